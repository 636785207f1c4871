//! `cardex playbook simulate`: what departments would have been told by a changed playbook, of what really happened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use cardex_aggregator::Decoder;
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_bus::{Bus, Incoming, OrderedReader, Read};
use cardex_checkin::{Difference, Happened, LineChange, PaperSettings, Simulated, Simulation};
use cardex_domain::event::Setting;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;
use cardex_playbook::Playbook;
use cardex_store::EntryKind;
use clap::Args;
use serde_json::{Value, json};

use super::{check, faultless, serving, vocabulary_in_force};
use crate::active::active_text;
use crate::args::departments;
use crate::clock::{WHOSE_CLOCK, now, of_server, parse_moment, short};
use crate::commands::import::progress::Progress;
use crate::exit::{Interrupted, Usage};
use crate::interrupt;
use crate::screen::table::Table;
use crate::screen::{Format, Screen};
use crate::session::Session;

/// Messages taken from the stream, and played, at once.
const BATCH_MESSAGES: usize = 256;
/// How long one look for more may take before it is looked whether somebody interrupts.
const PATIENCE: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Examples:
  cardex playbook simulate playbook
  cardex playbook simulate playbook --since 2026-11-01 --property macau --department floor
  cardex playbook simulate playbook --since -7 --json | jq 'select(.change == \"gone\") | .before'

All that was published since is played twice, by the playbook in force and by this one, each with the hours, the learning and \
the escalations that follow; what went before is taken as it was. Nothing is published. Counted are lines, each once: those that are \
never told (gone), those that were not told (come), that read otherwise, that come or go at another time, that other sections read, \
and that stand at another place among those that are told either way.

Outcomes were given to what was told then. Where this playbook tells the same line by a rule of the same name it is answered \
alike, be it worded otherwise; for a line that nobody was told nobody answered, so it stands until its time is over, counts as \
one that nobody acted on, and is not escalated. Vocabulary, deny list and languages are those in force, for all of the time.

The events are read from the beginning, under the installation's key: run it where the aggregator runs, with its settings. \
What happened since takes time on two cores, and everything takes memory: 100,000 events of 10,000 stays about seven minutes of core \
time where all of them are compared, and 450 MiB; 10,000 events of 1,000 stays 40 seconds and 75 MiB.";

/// What a changed playbook would have told otherwise of what really happened; nothing is published
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{WHOSE_CLOCK}"))]
pub(super) struct Simulate {
    /// The directory of the changed playbook
    directory: PathBuf,
    /// From when on it is compared: a day such as -30 or 2026-11-01, or a moment such as 2026-11-01T18:00
    #[arg(long, value_name = "TIME", value_parser = parse_moment, default_value = "-30", allow_hyphen_values = true)]
    since: Moment,
    /// Only what is told at this hotel [default: all of the group]
    #[arg(long, value_name = "PROPERTY")]
    property: Option<PropertyId>,
    /// Only what this department is told [default: every one]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<DepartmentId>,
    /// How many lines to print for each department and change
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    examples: usize,
    #[command(flatten)]
    format: Format,
}

impl Simulate {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if self.since > now() {
            return Err(Usage("--since lies ahead: name a time that has passed".to_owned()).into());
        }
        if let Some(department) = &self.department {
            departments::doubt(&session.settings, department);
        }
        let bus = session.connect().await?;
        let vocabulary = vocabulary_in_force(&bus).await?;
        let (_, changed) = check(&self.directory, &vocabulary)?;
        let sources = serving(session, &bus).await?;
        let serving = faultless(&self.directory, Playbook::parse(&sources, &vocabulary))?;
        let decoder = Decoder::of_bus(&bus, &session.settings.aggregator).await?;
        let serving = settings(session, &bus, (vocabulary, serving)).await?;
        let changed = PaperSettings {
            playbook: Arc::new(changed),
            ..serving.clone()
        };
        let simulation = Simulation::new(serving, changed, self.since);
        let mut found = play(&bus, &decoder, simulation).await?;
        self.narrow(&mut found);
        let mut screen = self.format.screen();
        match screen.json() {
            true => self.show_all(&found, &mut screen),
            false => self.show(&found, &mut screen),
        }
    }

    /// Leaves out what nobody asked for.
    fn narrow(&self, found: &mut Simulated) {
        let wants = |property: &PropertyId, department: &DepartmentId| {
            self.property.as_ref().is_none_or(|only| only == property)
                && self
                    .department
                    .as_ref()
                    .is_none_or(|only| only == department)
        };
        found
            .lines
            .retain(|(property, department), _| wants(property, department));
        found
            .differences
            .retain(|of| wants(&of.property, &of.department));
    }

    /// For programs: the counts, and then every line that differs.
    fn show_all(&self, found: &Simulated, screen: &mut Screen) -> anyhow::Result<()> {
        let counts = counts(found).into_iter();
        let counts = counts.map(|((property, department), counts)| {
            let mut of = json!({
                "property": property.as_str(), "department": department.as_str(),
                "before": counts.lines[0], "after": counts.lines[1],
            });
            for (change, count) in LineChange::ALL.iter().zip(counts.changes) {
                of[change.as_str()] = Value::from(count);
            }
            of
        });
        screen.object(&json!({
            "since": self.since.to_string(),
            "stays": found.stays,
            "differences": found.differences.len(),
            "departments": counts.collect::<Vec<_>>(),
        }))?;
        found.differences.iter().try_for_each(|of| {
            screen.object(&json!({
                "property": of.property.as_str(), "department": of.department.as_str(),
                "change": of.change.as_str(), "at": of.at.to_string(),
                "stay": of.stay.to_string(), "reservation": &*of.reservation,
                "rule": of.rule.as_str(), "before": of.before, "after": of.after,
            }))
        })
    }

    /// For people: the counts, and then some lines of each kind.
    fn show(&self, found: &Simulated, screen: &mut Screen) -> anyhow::Result<()> {
        let (since, stays) = (short(self.since), found.stays);
        let differ = found.differences.len();
        screen.line(format!(
            "since {since}: {stays} stays, {differ} lines differ"
        ))?;
        if differ == 0 {
            return Ok(());
        }
        let mut table = Table::new(&[
            "property",
            "department",
            "lines",
            "then",
            "gone",
            "come",
            "reworded",
            "other times",
            "for others",
            "moved",
        ]);
        for ((property, department), counts) in counts(found) {
            let numbers = counts.lines.iter().chain(&counts.changes);
            let names = [property.to_string(), department.to_string()];
            table.row(names.into_iter().chain(numbers.map(u64::to_string)));
        }
        screen.text(table.render(screen.style()))?;
        let kind = |of: &Difference| (of.property.clone(), of.department.clone(), of.change);
        for alike in found
            .differences
            .chunk_by(|one, other| kind(one) == kind(other))
        {
            let (of, left) = (&alike[0], alike.len().saturating_sub(self.examples));
            let change = of.change.as_str().replace('_', " ");
            let heading = format!("{} {}, {change}:", of.property, of.department);
            screen.line(format!("\n{}", screen.style().bold(heading)))?;
            for of in alike.iter().take(self.examples) {
                screen.line(example(of))?;
            }
            if left > 0 {
                screen.line(format!("  and {left} more; --json prints all of them"))?;
            }
        }
        Ok(())
    }
}

/// What both go by, beside the changed playbook.
async fn settings(
    session: &Session,
    bus: &Bus,
    (vocabulary, playbook): (Vocabulary, Playbook),
) -> anyhow::Result<PaperSettings> {
    let deny = DenyList::parse(&active_text(bus, Setting::DenyList).await?);
    let deny =
        deny.map_err(|fault| anyhow::anyhow!("the deny list in force can't be read: {fault}"))?;
    Ok(PaperSettings {
        playbook: Arc::new(playbook),
        notes: Arc::new(Extractor::new(&vocabulary)),
        vocabulary: Arc::new(vocabulary),
        deny: Arc::new(deny),
        languages: session.settings.checkin.languages()?,
    })
}

/// Plays all that stands in the stream of events.
async fn play(
    bus: &Bus,
    decoder: &Decoder,
    mut simulation: Simulation,
) -> anyhow::Result<Simulated> {
    let end = stream_ends(bus, EVENTS).await?;
    let stop = interrupt::token()?;
    let mut progress = Progress::of_count(end.last, "events");
    let mut reader = OrderedReader::open(bus, EVENTS, None).await?;
    let mut at = 0;
    while at < end.last && end.messages > 0 {
        if stop.is_cancelled() {
            progress.finish();
            return Err(Interrupted(format!("{at} of {} events were read", end.last)).into());
        }
        let batch = reader.next_batch(BATCH_MESSAGES, PATIENCE).await?;
        let messages = batch.into_iter().filter_map(|read| match read {
            Read::Message(message) => Some(message),
            Read::Gap(_) => None,
        });
        let events: Vec<Happened> = messages.filter_map(|of| happened(decoder, &of)).collect();
        let playing = tokio::task::spawn_blocking(move || {
            simulation.take(&events);
            simulation
        });
        simulation = playing.await.context("the playing broke off")?;
        at = reader.position().sequence;
        progress.at(at, at);
    }
    progress.finish();
    let ending = tokio::task::spawn_blocking(move || simulation.finish(now()));
    ending.await.context("the playing broke off")
}

/// What the message says that happened; nothing where it is a dead letter.
fn happened(decoder: &Decoder, message: &Incoming) -> Option<Happened> {
    let EntryKind::Event { key, fact, .. } = decoder.message(message).kind else {
        return None;
    };
    let received = of_server(message.server_time_us);
    Some(Happened {
        received,
        key,
        fact,
    })
}

/// What is counted of a department.
#[derive(Default)]
struct Counts {
    /// How many lines it is told, by the one playbook and by the other.
    lines: [u64; 2],
    /// How many of them differ, by what does.
    changes: [u64; LineChange::ALL.len()],
}

/// By property and department.
fn counts(found: &Simulated) -> BTreeMap<(&PropertyId, &DepartmentId), Counts> {
    let mut counts: BTreeMap<_, Counts> = BTreeMap::new();
    for ((property, department), lines) in &found.lines {
        counts.entry((property, department)).or_default().lines = *lines;
    }
    for of in &found.differences {
        let counts = counts.entry((&of.property, &of.department)).or_default();
        let changes = LineChange::ALL.iter().zip(&mut counts.changes);
        for (_, count) in changes.filter(|(change, _)| **change == of.change) {
            *count += 1;
        }
    }
    counts
}

/// A line that differs, for people.
fn example(of: &Difference) -> String {
    let head = format!("  {} {} {}", short(of.at), of.reservation, of.rule);
    match (&of.before, &of.after) {
        (Some(before), Some(after)) if before != after => {
            format!("{head}\n    - {before}\n    + {after}")
        }
        (Some(text), _) | (None, Some(text)) => format!("{head}: {text}"),
        (None, None) => head,
    }
}
