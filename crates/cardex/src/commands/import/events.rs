//! Events as an export holds them, published again on their subjects with their ids and bytes: where they are already
//! nothing changes.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::event::Event;
use clap::Args;
use csv::StringRecord;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::encode::Unusable;
use super::lines::{self, ReadLine};
use super::progress::Progress;
use super::report::{Rejects, Report};
use super::row::Reason;
use super::{AHEAD_BATCHES, FileArgs};
use crate::archive::Archived;
use crate::commands::export::is_observation;
use crate::commands::profile::PERSON_FORMAT;
use crate::exit::{Interrupted, Usage};
use crate::interrupt;
use crate::outlet::Outlet;
use crate::screen::Format;
use crate::session::Session;

/// The file of a person, and how to publish it.
#[derive(Debug, Args)]
pub(super) struct PersonArgs {
    /// The file, as `cardex profile export --full` prints it
    file: PathBuf,
    /// Publish one by one with so many under way [default: in batches where the server stores them as one]
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    #[command(flatten)]
    format: Format,
}

/// What is needed of the file of a person.
#[derive(Deserialize)]
struct Person {
    format: String,
    events: Vec<Box<RawValue>>,
}

/// Publishes the events of a file with one a line, as `cardex export observations` writes it.
pub(super) async fn observations(args: &FileArgs, session: &Session) -> anyhow::Result<()> {
    if args.property.is_some() || args.mapping.is_some() || args.preset.is_some() {
        let way_out = "the file holds whole events, which say themselves where they were published; leave \
                       --property, --mapping and --preset out";
        return Err(Usage(way_out.to_owned()).into());
    }
    let path = args.file.clone();
    let bytes = tokio::task::spawn_blocking(move || lines::length(&path)).await??;
    let heading = StringRecord::from(vec!["text"]);
    let work = Work {
        outlet: Outlet::open(&session.connect().await?, args.window).await?,
        report: Report::default(),
        rejects: Rejects::open(args.rejects.as_deref(), &heading)?,
        progress: Progress::of_bytes(bytes, "events"),
        wanted: |event| match is_observation(&event.body) {
            true => Ok(()),
            false => Err("is no observation".to_owned()),
        },
    };
    let (sender, receiver) = mpsc::channel(AHEAD_BATCHES);
    let path = args.file.clone();
    let reader = tokio::task::spawn_blocking(move || lines::read(&path, &sender));
    work.publish(receiver, args.format).await?;
    reader.await?
}

impl PersonArgs {
    pub(super) async fn import(&self, session: &Session) -> anyhow::Result<()> {
        let person = read_person(&self.file)?;
        let (sender, receiver) = mpsc::channel(1);
        let events = person.events.into_iter().zip(1_u64..);
        let lines: Vec<ReadLine> = events.map(|(e, n)| (n, Ok(e.get().to_owned()))).collect();
        let total = lines.len() as u64;
        let batch = lines::Lines {
            lines,
            end_bytes: total,
        };
        sender.send(batch).await.context("the receiver is kept")?;
        drop(sender);
        let work = Work {
            outlet: Outlet::open(&session.connect().await?, self.window).await?,
            report: Report::default(),
            rejects: Rejects::open(None, &StringRecord::new())?,
            progress: Progress::of_count(total, "events"),
            wanted: |_| Ok(()),
        };
        work.publish(receiver, self.format).await
    }
}

fn read_person(path: &Path) -> anyhow::Result<Person> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let person = serde_json::from_str(&text).ok();
    person
        .filter(|person: &Person| person.format == PERSON_FORMAT)
        .ok_or_else(|| {
            let way_out = "the file is not of the form that `cardex profile export --full` prints";
            Usage(way_out.to_owned()).into()
        })
}

/// An import under way.
struct Work {
    outlet: Outlet,
    report: Report,
    rejects: Rejects,
    progress: Progress,
    /// Whether an event belongs into such a file.
    wanted: fn(&Event) -> Result<(), Reason>,
}

impl Work {
    /// Publishes line after line until there are no more or it is told to stop, and says what became of them.
    async fn publish(
        mut self,
        mut batches: mpsc::Receiver<lines::Lines>,
        format: Format,
    ) -> anyhow::Result<()> {
        let stop = interrupt::token()?;
        let worked = self.run(&mut batches, &stop).await;
        self.progress.finish();
        self.rejects.finish()?;
        let said = format!(
            "everything up to line {} is stored; import the file again to go on",
            self.report.line
        );
        worked.with_context(|| said.clone())?;
        if stop.is_cancelled() {
            return Err(Interrupted(said).into());
        }
        self.report.show(&self.progress, &mut format.screen())
    }

    async fn run(
        &mut self,
        batches: &mut mpsc::Receiver<lines::Lines>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while let Some(batch) = batches.recv().await {
            for (line, text) in batch.lines {
                if stop.is_cancelled() {
                    break;
                }
                self.line(line, text).await?;
            }
            self.progress.at(batch.end_bytes, self.report.published());
            if stop.is_cancelled() {
                break;
            }
        }
        self.outlet.finish().await?;
        self.take_stored()
    }

    async fn line(&mut self, line: u64, text: Result<String, Reason>) -> anyhow::Result<()> {
        self.report.row();
        let event = match &text {
            Ok(text) => event(text, self.wanted),
            Err(reason) => Err(reason.clone()),
        };
        match event {
            Ok(event) => {
                self.outlet.push(line, event).await?;
                self.take_stored()
            }
            Err(reason) => {
                self.report.unusable(&reason);
                let record = text.ok().map(|text| StringRecord::from(vec![text]));
                let unusable = Unusable { reason, record };
                self.rejects.add(line, &unusable, &self.progress)
            }
        }
    }

    fn take_stored(&mut self) -> anyhow::Result<()> {
        while let Some(stored) = self.outlet.stored()? {
            self.report.stored(&stored);
        }
        Ok(())
    }
}

/// The event of a line, if it is one that belongs there.
fn event(
    text: &str,
    wanted: fn(&Event) -> Result<(), Reason>,
) -> Result<cardex_bus::Outgoing, Reason> {
    let archived: Archived =
        serde_json::from_str(text).map_err(|_| "is no event as an export holds it".to_owned())?;
    let (outgoing, event) = archived.outgoing()?;
    wanted(&event)?;
    Ok(outgoing)
}
