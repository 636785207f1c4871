//! The report for people.

use std::fmt::{self, Write as _};

use super::Report;
use super::figures::{Aim, Section};

/// The report as text.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    write(report, &mut text).expect("text can always be written to memory");
    text
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    let place = &report.environment;
    writeln!(
        out,
        "{} cores, {} build, nats-server {}, sync {}, seed {}, {} rounds of {} s",
        place.cores, place.build, place.server, place.sync, place.seed, place.rounds, place.seconds
    )?;
    for section in &report.sections {
        writeln!(out, "\n{}", section.name)?;
        write_section(section, out)?;
    }
    Ok(())
}

fn write_section(section: &Section, out: &mut String) -> fmt::Result {
    if let Some(why) = &section.skipped {
        writeln!(out, "  skipped: {why}")?;
    }
    for ratio in &section.ratios {
        let aim = match (ratio.aim, ratio.met) {
            (Some(Aim::AtLeast(least)), met) => format!("aim ≥ {least}{}", verdict(met)),
            (Some(Aim::AtMost(most)), met) => format!("aim ≤ {most}{}", verdict(met)),
            (None, _) => String::new(),
        };
        let (value, min, max) = (ratio.value, ratio.min, ratio.max);
        let name = ratio.name;
        writeln!(
            out,
            "  {name:<44} {value:>10.2}   ({min:.2} to {max:.2})   {aim}"
        )?;
    }
    for measure in &section.measures {
        let (name, unit) = (measure.name, measure.unit);
        let [median, min, max] = [measure.median, measure.min, measure.max].map(short);
        writeln!(out, "    {name:<42} {median:>10} {unit}   ({min} to {max})")?;
    }
    for count in &section.counts {
        writeln!(out, "    {:<42} {:>10}", count.name, short(count.value))?;
    }
    Ok(())
}

fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => ": met",
        Some(false) => ": missed",
        None => "",
    }
}

/// With as many decimals as make sense.
fn short(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}
