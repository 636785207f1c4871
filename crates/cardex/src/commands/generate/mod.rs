//! `cardex generate`: a seeded season of a hotel, for trying things out and for load.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::Outgoing;
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Day;
use cardex_wire::{EventDraft, Message};
use clap::Args;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::import::progress::{Progress, per_second};
use crate::clock::{parse_day, today};
use crate::exit::{Interrupted, OutputClosed, Usage};
use crate::interrupt;
use crate::outlet::Outlet;
use crate::publish::event_headers;
use crate::screen::table::Table;
use crate::screen::{Format, Screen};
use crate::session::Session;

mod chance;
mod people;
mod season;

use season::{Plan, play};

/// How many events may be under way when a pace is kept.
const PACED_WINDOW: usize = 64;

const EXAMPLES: &str = "\
Examples:
  cardex generate --property macau --seed 1
  cardex generate --property macau --seed 1 --guests 500 --days 120 --rate 200
  cardex generate --property macau --seed 1 --days 3 --speed 3600       an hour passes in a second
  cardex generate --property macau --seed 1 --start 2026-01-01 --out season.ndjson

Guests book, walk in, return, move, cancel or stay away; staff notice their habits, some of it told late. The same \
seed, size and start give the same events with the same ids, so publishing them again changes nothing.";

/// Publish a seeded season of a hotel
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Generate {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// What chance begins with
    #[arg(long, value_name = "N")]
    seed: u64,
    /// How many guests there are
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    guests: u64,
    /// How many days it goes on
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Its first day [default: so that it ends today]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    start: Option<Day>,
    /// Events a second, or max
    #[arg(long, value_name = "RATE", default_value = "max")]
    rate: Rate,
    /// How many times quicker than in the hotel time passes
    #[arg(long, value_name = "TIMES", conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..))]
    speed: Option<u32>,
    /// Write one JSON object a line to this file instead of publishing; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rate", "speed"])]
    out: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// How many events a second.
#[derive(Debug, Clone, Copy)]
enum Rate {
    Max,
    PerSecond(u32),
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "max" => Ok(Self::Max),
            Ok(rate) if rate > 0 => Ok(Self::PerSecond(rate)),
            _ => Err("a rate is events a second, or max".to_owned()),
        }
    }
}

impl Generate {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let events = play(&self.plan()?);
        match &self.out {
            Some(path) => write(&events, path),
            None => Box::pin(self.publish(session, &events)).await,
        }
    }

    fn plan(&self) -> Result<Plan, Usage> {
        let days = i32::try_from(self.days).unwrap_or(i32::MAX);
        let start = self.start.unwrap_or_else(|| today().plus(-days));
        if self.out.is_none() && start.plus(days) > today() {
            let way_out = "the season would end after today, and nobody takes events of the future: begin earlier, or write them with --out";
            return Err(Usage(way_out.to_owned()));
        }
        Ok(Plan {
            property: self.property.clone(),
            seed: self.seed,
            guests: self.guests,
            days: i64::from(self.days),
            start,
        })
    }

    async fn publish(&self, session: &Session, events: &[EventDraft]) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let paced = self.speed.is_some() || matches!(self.rate, Rate::PerSecond(_));
        let mut outlet = Outlet::open(&bus, paced.then_some(PACED_WINDOW)).await?;
        let stop = interrupt::token()?;
        let mut tally = Tally::default();
        let total = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let mut progress = Progress::of_count(total, "events");
        let started = Instant::now();
        for (number, event) in (0_u64..).zip(events) {
            let due = started + self.due(number, event, events.first());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep_until(due), if due > Instant::now() => {}
                () = std::future::ready(()), if due <= Instant::now() => {}
            }
            outlet.push(number, outgoing(event)?).await?;
            tally.take(&mut outlet)?;
            progress.at(number, number);
        }
        outlet.finish().await?;
        tally.take(&mut outlet)?;
        progress.finish();
        if stop.is_cancelled() {
            let said = format!(
                "{} of {total} events are stored; the same command goes on",
                tally.stored
            );
            return Err(Interrupted(said).into());
        }
        tally.show(progress.elapsed(), &mut self.format.screen())
    }

    /// When an event is due, after the first.
    fn due(&self, number: u64, event: &EventDraft, first: Option<&EventDraft>) -> Duration {
        if let (Some(speed), Some(first)) = (self.speed, first) {
            let micros = event.time.utc_micros - first.time.utc_micros;
            return Duration::from_micros(u64::try_from(micros).unwrap_or(0)) / speed;
        }
        match self.rate {
            Rate::Max => Duration::ZERO,
            Rate::PerSecond(rate) => Duration::from_nanos(number * 1_000_000_000 / u64::from(rate)),
        }
    }
}

fn outgoing(event: &EventDraft) -> anyhow::Result<Outgoing> {
    let Message {
        subject, payload, ..
    } = event.encode()?;
    Ok(Outgoing {
        subject,
        id: event.id.to_string(),
        payload: payload.into(),
        headers: event_headers(),
    })
}

/// One line an event: where it would go, and what.
fn write(events: &[EventDraft], path: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let written = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        other => other.with_context(failed),
    };
    let out: Box<dyn std::io::Write> = if path.as_os_str() == "-" {
        Box::new(std::io::stdout())
    } else {
        Box::new(std::fs::File::create(path).with_context(failed)?)
    };
    let mut out = std::io::BufWriter::new(out);
    for event in events {
        let message = event.encode()?;
        let payload = RawValue::from_string(String::from_utf8(message.payload)?)?;
        let line =
            json!({ "subject": message.subject, "msg_id": message.msg_id, "event": payload });
        written(writeln!(out, "{line}"))?;
    }
    written(out.flush())
}

/// What became of the events.
#[derive(Debug, Default)]
struct Tally {
    stored: u64,
    duplicates: u64,
    subjects: BTreeMap<String, u64>,
}

impl Tally {
    fn take(&mut self, outlet: &mut Outlet) -> anyhow::Result<()> {
        while let Some(stored) = outlet.stored()? {
            self.stored += 1;
            self.duplicates += u64::from(stored.ack.duplicate);
            *self.subjects.entry(stored.subject).or_default() += 1;
        }
        Ok(())
    }

    fn show(&self, time: Duration, screen: &mut Screen) -> anyhow::Result<()> {
        let rate = per_second(self.stored, time);
        if screen.json() {
            return screen.object(&json!({
                "events": self.stored,
                "duplicates": self.duplicates,
                "subjects": self.subjects,
                "per_second": rate,
            }));
        }
        let mut table = Table::new(&["subject", "events"]);
        for (subject, count) in &self.subjects {
            table.row([subject.clone(), count.to_string()]);
        }
        table.row(["all".to_owned(), self.stored.to_string()]);
        table.row([
            "of these there already".to_owned(),
            self.duplicates.to_string(),
        ]);
        table.row(["a second".to_owned(), rate.to_string()]);
        screen.text(table.render(screen.style()))
    }
}
