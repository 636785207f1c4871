//! The report as tables for a terminal.

use std::fmt::Write as _;

use super::Report;
use super::loss::Losses;
use super::plan::{Divided, Limit, Needs};
use super::router::Spread;
use super::sizes::Size;

/// The report in words and figures.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    sizes(report, &mut out);
    for needs in &report.groups {
        group(needs, &mut out);
    }
    limits(&report.limits, &mut out);
    spread(&report.spread, &mut out);
    losses(&report.losses, &mut out);
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a text takes what is written");
}

fn sizes(report: &Report, out: &mut String) {
    line(
        out,
        format_args!("bytes of an event  in the stream  rows: evidence  boards  id  rest"),
    );
    let of = &report.sizes;
    let kinds: [(&str, Size); 4] = [
        ("observation", of.observation),
        ("stay", of.stay),
        ("card event", of.card),
        ("outcome", of.outcome),
    ];
    for (name, size) in kinds {
        let Size {
            stream,
            evidence,
            boards,
            id,
            rest,
        } = size;
        line(
            out,
            format_args!(
                "  {name:<16} {stream:>13.0} {evidence:>15.0} {boards:>7.0} {id:>3.0} {rest:>5.0}"
            ),
        );
    }
    let copying = &report.copying;
    line(
        out,
        format_args!(
            "a store of {} events: backed up {:.0} events/s, restored {:.0} events/s, {:.0} bytes an event",
            copying.events, copying.backed_up_per_s, copying.restored_per_s, copying.backup_bytes
        ),
    );
}

fn group(needs: &Needs, out: &mut String) {
    let Needs {
        hotels,
        guests,
        years,
        ..
    } = needs;
    line(
        out,
        format_args!("\n{hotels} hotels, {guests} guests, {years} years of events"),
    );
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let rows = [
        ("events a day", format!("{:.0}", needs.events_a_day)),
        ("in the busiest second", format!("{:.1}", needs.peak_per_s)),
        ("of what an aggregator folds", percent(needs.peak_of_folded)),
        (
            "of a listener's check-ins",
            percent(needs.peak_of_checked_in),
        ),
        (
            "to each aggregator, busiest",
            format!("{}/s", bytes(needs.network_per_s)),
        ),
        ("stream of events, one copy", bytes(needs.stream)),
        ("three copies", bytes(needs.streams)),
        ("store that has everything", bytes(needs.store)),
        ("installations", needs.installations.to_string()),
        ("memory of an aggregator", bytes(needs.memory)),
        ("pairs known after", hours(needs.paired_in_hours)),
        (
            "whole stream read in",
            needs.replayed_in_hours.map(hours).join(" to "),
        ),
        ("machine replaced in", hours(needs.restored_in_hours)),
    ];
    for (name, value) in rows {
        line(out, format_args!("  {name:<28} {value:>20}"));
    }
    for division in &needs.divisions {
        let what = match division.divided {
            Divided::Evidence => "evidence",
            Divided::Boards => "and boards",
            Divided::Ids => "and their ids",
        };
        let of = division.of_a_shard.iter();
        let of: Vec<_> = of.map(|(n, of)| format!("{n}: {}", bytes(*of))).collect();
        line(
            out,
            format_args!("  shard of so many, divided: {what:<14} {}", of.join(", ")),
        );
    }
}

fn limits(limits: &[Limit], out: &mut String) {
    line(
        out,
        format_args!("\nwhat is full or too slow first, with so many hotels"),
    );
    for Limit { what, hotels } in limits {
        line(out, format_args!("  {what:<32} {hotels:>10.0}"));
    }
}

fn spread(spreads: &[Spread], out: &mut String) {
    let Some(first) = spreads.first() else { return };
    line(
        out,
        format_args!(
            "\n{} guests, {} references, {} pieces of evidence\nshards  fullest  emptiest  shards of a guest, p99  one more moves",
            first.guests, first.references, first.pieces
        ),
    );
    let percent = |ppm: u64| ppm as f64 / 10_000.0;
    for spread in spreads {
        line(
            out,
            format_args!(
                "{:>6} {:>+7.3} % {:>+7.3} % {:>12.2} {:>7} {:>13.2} %",
                spread.shards,
                percent(spread.fullest_over_ppm),
                -percent(spread.emptiest_under_ppm),
                spread.shards_of_a_guest,
                spread.shards_of_a_guest_p99,
                percent(spread.moved_ppm),
            ),
        );
    }
}

fn losses(losses: &[Losses], out: &mut String) {
    line(
        out,
        format_args!(
            "\nhotels  stores  replicas  replaced in  replicas down a year   a store has none, a year  for, mean  in all, a year"
        ),
    );
    for of in losses {
        line(
            out,
            format_args!(
                "{:>6} {:>7} {:>9} {:>12} {:>21.1} {:>25.4} {:>10} {:>15}",
                of.case.hotels,
                of.case.stores,
                of.case.replicas,
                hours(of.case.restored_in_hours),
                of.replicas_down_a_year,
                of.gone_a_year,
                hours(of.gone_for_minutes / 60.0),
                hours(of.minutes_a_year / 60.0),
            ),
        );
    }
}

fn bytes(bytes: f64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let unit = units.iter().find(|(unit, _)| bytes >= *unit);
    let (unit, name) = unit.unwrap_or(&(1.0, "B"));
    format!("{:.1} {name}", bytes / unit)
}

fn hours(hours: f64) -> String {
    match hours {
        _ if hours >= 48.0 => format!("{:.1} days", hours / 24.0),
        _ if hours >= 1.0 => format!("{hours:.1} h"),
        _ if hours * 60.0 >= 1.0 => format!("{:.1} min", hours * 60.0),
        _ => format!("{:.1} s", hours * 3_600.0),
    }
}
