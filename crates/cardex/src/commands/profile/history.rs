//! What was recorded of a guest, in the order in which it came.

use cardex_domain::time::Moment;
use cardex_wire::query::{About, History, HistoryEntry, HistoryKind, HistoryReply, HistoryRequest};
use cardex_wire::text::AsText;
use clap::Args;

use crate::args::about::AboutArgs;
use crate::ask::AskArgs;
use crate::clock::{of_server, parse_moment, short};
use crate::commands::unassigned::{told, word};
use crate::screen::table::Table;
use crate::screen::{Format, Style, note};
use crate::session::Session;

/// Entries asked for at once.
const PAGE: u32 = 200;

/// Tell what was recorded of a guest, in the order in which it came
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// When somebody was in the room, where a room is named; a day alone is its first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// Only what was recorded at this moment or later
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Moment>,
    /// Only what was recorded before this moment
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    until: Option<Moment>,
    /// Begin with the newest
    #[arg(long)]
    newest_first: bool,
    /// The most entries to show [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    about: AboutArgs,
}

impl HistoryArgs {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        let mut screen = self.format.screen();
        let (mut after, mut left) = (None, self.limit.unwrap_or(u32::MAX));
        let mut entries: Vec<HistoryEntry> = Vec::new();
        loop {
            let request = HistoryRequest {
                about: About(self.about.guest_ref()?),
                at: self.at.map(AsText),
                since: self.since.map(AsText),
                until: self.until.map(AsText),
                newest_first: self.newest_first,
                limit: Some(left.min(PAGE)),
                after,
                at_least: self.ask.at_least,
                wait_ms: self.ask.wait_ms(),
            };
            let reply: HistoryReply = self.ask.ask::<History>(&bus, &request).await?;
            left -= u32::try_from(reply.entries.len()).unwrap_or(left).min(left);
            after = reply.next;
            if screen.json() {
                screen.objects(&reply.entries, reply.sequence)?;
            } else {
                entries.extend(reply.entries);
            }
            if after.is_none() || left == 0 {
                screen.lag(reply.sequence, reply.behind);
                break;
            }
        }
        if screen.json() {
            return Ok(());
        }
        if entries.is_empty() {
            note("nothing was recorded in that time");
            return Ok(());
        }
        screen.text(render(&entries, screen.style()))
    }
}

/// One line an entry.
fn render(entries: &[HistoryEntry], style: Style) -> String {
    let headings = [
        "recorded", "sequence", "what", "by", "happened", "says", "event",
    ];
    let mut table = Table::new(&headings);
    for entry in entries {
        table.row([
            short(of_server(entry.recorded_at.0.utc_micros)),
            entry.sequence.to_string(),
            what(entry),
            by(entry),
            entry.occurred_at.map_or_else(String::new, |at| short(at.0)),
            says(entry),
            entry.event.to_string(),
        ]);
    }
    table.render(style)
}

fn what(entry: &HistoryEntry) -> String {
    let kind = match entry.kind {
        HistoryKind::Observation => "noticed",
        HistoryKind::Retraction => "taken back",
        HistoryKind::NoteJudged => "note counts as",
        HistoryKind::Stay => "stay",
        HistoryKind::Correction => "put right",
        HistoryKind::Link => "guests",
        HistoryKind::Undo => "undone",
        HistoryKind::Card => "board",
        HistoryKind::Outcome => "item",
    };
    let outcome = entry.outcome.as_ref().map(word);
    let judgement = entry.judgement.as_ref().map(word);
    match entry.what.clone().or(outcome).or(judgement) {
        Some(what) => format!("{kind} {}", what.replace('_', " ")),
        None => kind.to_owned(),
    }
}

fn by(entry: &HistoryEntry) -> String {
    let mut who = Vec::new();
    let app = entry.app.as_ref().map(|app| format!("/{app}"));
    let department = entry.department.as_ref();
    who.extend(department.map(|of| format!("{of}{}", app.unwrap_or_default())));
    who.extend(entry.by.clone());
    who.extend(entry.property.as_ref().map(|at| format!("at {at}")));
    who.join(" ")
}

fn says(entry: &HistoryEntry) -> String {
    let mut parts: Vec<String> = Vec::new();
    let told = told(&entry.statements, entry.note.as_deref(), entry.withheld);
    parts.extend((!told.is_empty()).then_some(told));
    parts.extend(entry.unassigned.then(|| "of nobody for certain".to_owned()));
    parts.extend(entry.items.iter().map(ToString::to_string));
    parts.extend(entry.stay.as_ref().map(ToString::to_string));
    parts.extend(entry.nodes.iter().map(ToString::to_string));
    let moved = entry.moved_by.iter();
    parts.extend(moved.map(|key| format!("moved by event {key}")));
    parts.extend(entry.targets.iter().map(|key| format!("event {key}")));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_history_is_a_line_an_event() {
        let key = "e00000000000000000000000000";
        let entries: Vec<HistoryEntry> = serde_json::from_value(json!([
            {
                "sequence": 3, "event": key, "recorded_at": "2026-11-20T10:00:00Z",
                "occurred_at": "2026-11-20T18:00:00+08:00", "kind": "stay", "what": "checked_in",
                "property": "macau", "stay": "s00000000000000000000000000"
            },
            {
                "sequence": 5, "event": key, "recorded_at": "2026-11-20T11:30:00Z",
                "occurred_at": "2026-11-20T19:30:00+08:00", "kind": "observation",
                "property": "macau", "department": "dining", "app": "pos", "by": "w-17",
                "statements": [
                    { "attribute": "dining.cuisine", "value": "sichuan", "polarity": "for" },
                    { "attribute": "dining.drink", "value": "beer", "polarity": "against" }
                ],
                "withheld": 1, "moved_by": [key]
            },
            {
                "sequence": 7, "event": key, "recorded_at": "2026-11-20T12:00:00Z",
                "kind": "correction", "judgement": "no_longer", "by": "duty", "note": "his knee",
                "statements": [{ "attribute": "room.floor", "value": "10", "polarity": "for" }]
            },
            {
                "sequence": 9, "event": key, "recorded_at": "2026-11-21T09:00:00Z",
                "kind": "retraction", "targets": [key]
            }
        ]))
        .unwrap();
        let here = |text: &str| {
            let at = parse_moment(text).unwrap();
            short(of_server(at.utc_micros))
        };
        let expected = format!(
            "\
recorded          sequence  what                 by                        happened          says                                                                                                               event
{}  3         stay checked in      at macau                  2026-11-20 18:00  s00000000000000000000000000                                                                                        e00000000000000000000000000
{}  5         noticed              dining/pos w-17 at macau  2026-11-20 19:30  dining.cuisine=sichuan, dining.drink!=beer, 1 not for this department, moved by event e00000000000000000000000000  e00000000000000000000000000
{}  7         put right no longer  duty                                        room.floor=10, “his knee”                                                                                          e00000000000000000000000000
{}  9         taken back                                                       event e00000000000000000000000000                                                                                  e00000000000000000000000000
",
            here("2026-11-20T10:00Z"),
            here("2026-11-20T11:30Z"),
            here("2026-11-20T12:00Z"),
            here("2026-11-21T09:00Z"),
        );
        assert_eq!(render(&entries, Style::PLAIN), expected);
    }
}
