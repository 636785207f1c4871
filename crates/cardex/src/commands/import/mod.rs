//! `cardex import`: tables of what happened before Cardex was there, published as the events they tell of; and exports of
//! events, published again as they were.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_bus::streams::ONCE;
use cardex_bus::subjects::OnceSubject;
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Moment;
use clap::{Args, Subcommand};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::exit::{Interrupted, Usage};
use crate::interrupt;
use crate::near::offer;
use crate::outlet::Outlet;
use crate::screen::{Format, note};
use crate::session::Session;

mod bookings;
mod encode;
mod events;
mod ids;
mod lines;
mod mapping;
mod observations;
pub(crate) mod progress;
mod report;
mod row;
pub(crate) mod source;

use encode::{Encoded, Encoder};
use ids::FileHash;
use mapping::Mapping;
use progress::Progress;
use report::{Rejects, Report};
use row::Offset;

/// How many batches of rows are encoded ahead of publishing.
const AHEAD_BATCHES: usize = 8;

const EXAMPLES: &str = "\
Examples:
  cardex import bookings bookings.csv --property macau
  cardex import bookings city_hotel_bookings.csv.gz --preset city-hotel --property city \\
      --rejects rejects.csv
  cardex import bookings bookings.csv --property lisbon --offset +00:00
  cardex import observations noticed.csv --property macau --mapping noticed.toml
  cardex import observations noticed.ndjson.gz
  cardex import person guest.json

Files are CSV with a heading, plain or gzipped. A mapping says which column means what; the presets (city-hotel, \
bookings, observations) are the examples to write one by.

The id of an event follows from the file's hash, the row's line and what happened, so importing a file again \
changes nothing, in a minute or in a year: after Ctrl-C or a failure simply import it again. The counts are of what the \
server acknowledged: it knows again what it stored within two minutes before, and takes what is older once more, which \
counts once all the same. A row that can't be used \
is reported with its line and reason, and the rest goes on; where none can, the exit code is 1. A booking for which \
nothing says when it was made is taken to be made on the day of arrival, and where that lies ahead, when the file was \
first imported. With another mapping the same rows would say something \
else under the same ids, and the aggregator keeps those as dead letters: change the file's rows instead.

Exports hold whole events, which are published again on their subjects with their ids and bytes: where they are \
already nothing changes. An empty installation with the same key then has the same profiles, byte by byte; under \
another key guests and stays have other ids, and what names one by its id names nobody there.";

/// Publish tables of bookings or observations as events, or events that were exported
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A table of stays, one a row
    #[command(after_help = EXAMPLES)]
    Bookings(FileArgs),
    /// A table of observations, one a row; or events, one a line, as `cardex export observations` prints them
    #[command(after_help = EXAMPLES)]
    Observations(FileArgs),
    /// Everything of a guest, as `cardex profile export --full` prints it
    #[command(after_help = EXAMPLES)]
    Person(events::PersonArgs),
}

#[derive(Debug, Args)]
struct FileArgs {
    /// The file: CSV with a heading, or an export of events; plain or gzipped
    file: PathBuf,
    /// The hotel of a table
    #[arg(long, value_name = "PROPERTY")]
    property: Option<PropertyId>,
    /// What the columns mean, in a file
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    mapping: Option<PathBuf>,
    /// What the columns mean, as Cardex brings it along [default: bookings or observations]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Offset of the hotel's clock, for times without one [default: the mapping's]
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    offset: Option<Offset>,
    /// Write the rows that can't be used to this file, too
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Publish one by one with so many under way [default: in batches where the server stores them as one]
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    #[command(flatten)]
    format: Format,
}

impl Import {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let (args, kind) = match &self.what {
            What::Bookings(args) => (args, "bookings"),
            What::Observations(args) if lines::is_of_objects(&args.file)? => {
                return Box::pin(events::observations(args, session)).await;
            }
            What::Observations(args) => (args, "observations"),
            What::Person(args) => return Box::pin(args.import(session)).await,
        };
        let Some(property) = &args.property else {
            return Err(Usage("say with --property of which hotel the table is".to_owned()).into());
        };
        let preset = args.preset.as_deref().unwrap_or(kind);
        let (mut mapping, words) = Mapping::open_with_words(args.mapping.as_deref(), preset)?;
        let fits = match mapping {
            Mapping::Bookings(_) => kind == "bookings",
            Mapping::Observations(_) => kind == "observations",
        };
        if !fits {
            return Err(Usage(format!("the mapping is not one of {kind}")).into());
        }
        match (args.offset, &args.mapping) {
            (Some(offset), _) => mapping.set_offset(offset),
            (None, Some(_)) => {}
            (None, None) => note(format!(
                "the hotel's clock is taken to be at {}, as preset {preset} says; --offset names another",
                mapping.offset()
            )),
        }
        Box::pin(args.import(session, property, mapping, &words)).await
    }
}

impl FileArgs {
    async fn import(
        &self,
        session: &Session,
        property: &PropertyId,
        mapping: Mapping,
        words: &BTreeSet<String>,
    ) -> anyhow::Result<()> {
        let path = self.file.clone();
        let survey = tokio::task::spawn_blocking(move || source::survey(&path)).await??;
        let sheet = sheet(&survey, &mapping, words)?;
        let bus = session.connect().await?;
        let now = clock::now();
        let first_imported = match mapping {
            Mapping::Bookings(_) => first_imported(&bus, survey.hash, now).await?,
            Mapping::Observations(_) => now,
        };
        let encoder = Encoder {
            first_imported,
            now,
            mapping,
            sheet,
            property: property.clone(),
            file: survey.hash,
        };
        let mut work = Work {
            encoder: Arc::new(encoder),
            ahead: VecDeque::new(),
            outlet: Outlet::open(&bus, self.window).await?,
            report: Report::default(),
            rejects: Rejects::open(self.rejects.as_deref(), &survey.heading)?,
            progress: Progress::of_bytes(survey.bytes, "events"),
        };
        let stop = interrupt::token()?;
        let (sender, receiver) = mpsc::channel(AHEAD_BATCHES);
        let (path, columns) = (self.file.clone(), survey.heading.len());
        let reader = tokio::task::spawn_blocking(move || source::read(&path, columns, &sender));
        let worked = work.run(receiver, &stop).await;
        work.progress.finish();
        work.rejects.finish()?;
        let line = work.report.line;
        worked.with_context(|| {
            format!("everything up to line {line} is stored; import the file again to go on")
        })?;
        if stop.is_cancelled() {
            let said =
                format!("everything up to line {line} is stored; import the file again to go on");
            return Err(Interrupted(said).into());
        }
        reader.await??;
        work.report.show(&work.progress, &mut self.format.screen())
    }
}

/// The columns of the file, which are those that the mapping needs; a warning for each that means nothing.
fn sheet(
    survey: &source::Survey,
    mapping: &Mapping,
    words: &BTreeSet<String>,
) -> anyhow::Result<row::Sheet> {
    let columns = survey.heading.iter().enumerate();
    let sheet = row::Sheet {
        columns: columns
            .map(|(at, name)| (name.trim().to_owned(), at))
            .collect(),
        absent: mapping.absent().clone(),
        hash8: survey.hash.hash8(),
    };
    let has = |column: &str| sheet.columns.contains_key(column);
    let missing = mapping.missing(has);
    if !missing.is_empty() {
        let missing = missing.join(", ");
        let way_out = match mapping::fitting(mapping, has) {
            Some(preset) => format!("its columns are those of --preset {preset}"),
            None => "say with --mapping FILE what its columns mean".to_owned(),
        };
        let fault = format!("the file has no column {missing}, which the mapping needs; {way_out}");
        return Err(Usage(fault).into());
    }
    let unknown = sheet.columns.keys().filter(|name| !words.contains(*name));
    for column in unknown {
        let near = offer(column, words.iter().map(String::as_str));
        note(format!(
            "warning: column {column} means nothing here and is left out{near}"
        ));
    }
    Ok(sheet)
}

/// When this file was first imported into the installation, which may be now.
async fn first_imported(bus: &Bus, file: FileHash, now: Moment) -> anyhow::Result<Moment> {
    let subject = OnceSubject::Import { file: file.token() };
    let said = bus.say_once(&subject, &now.to_string()).await;
    let said = said.context("it can't be learnt when this file was first imported")?;
    let moment = clock::parse_moment(&String::from_utf8_lossy(&said));
    moment.map_err(|_| anyhow::anyhow!("{subject} in the stream {ONCE} holds no moment"))
}

/// An import under way.
struct Work {
    encoder: Arc<Encoder>,
    /// Batches being encoded, in the order of the file.
    ahead: VecDeque<JoinHandle<Encoded>>,
    outlet: Outlet,
    report: Report,
    rejects: Rejects,
    progress: Progress,
}

impl Work {
    /// Publishes batch after batch until the file ends or it is told to stop, then waits for what is under way.
    async fn run(
        &mut self,
        mut batches: mpsc::Receiver<source::Batch>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            while self.ahead.len() < AHEAD_BATCHES {
                // Only an empty queue is worth waiting for the file.
                let batch = match batches.try_recv() {
                    Ok(batch) => Some(batch),
                    Err(_) if self.ahead.is_empty() => batches.recv().await,
                    Err(_) => None,
                };
                let Some(batch) = batch else { break };
                self.ahead.push_back(self.encoder.spawn(batch));
            }
            let Some(encoded) = self.ahead.pop_front() else {
                break;
            };
            self.publish(encoded.await?, stop).await?;
        }
        self.outlet.finish().await?;
        self.take_stored()
    }

    async fn publish(&mut self, encoded: Encoded, stop: &CancellationToken) -> anyhow::Result<()> {
        for row in encoded.rows {
            if stop.is_cancelled() {
                return Ok(());
            }
            self.report.row();
            let events = match row.events {
                Ok(events) => events,
                Err(unusable) => {
                    self.report.unusable(&unusable.reason);
                    self.rejects.add(row.line, &unusable, &self.progress)?;
                    continue;
                }
            };
            for event in events {
                self.outlet.push(row.line, event).await?;
            }
            self.take_stored()?;
        }
        self.progress.at(encoded.end_bytes, self.report.published());
        Ok(())
    }

    fn take_stored(&mut self) -> anyhow::Result<()> {
        while let Some(stored) = self.outlet.stored()? {
            self.report.stored(&stored);
        }
        Ok(())
    }
}
