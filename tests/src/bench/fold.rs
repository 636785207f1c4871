//! From a backlog on the bus to the durable position, over writing the same rows straight into the engine in batches
//! of the same size with the same flushes; and over reading the same messages and dropping them.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cardex_bus::{OrderedReader, Read, streams};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_store::floor::{self, Floor, Row};
use cardex_store::{Entry, OpenOptions, Position, Store};

use super::crowd::entry;
use super::figures::{Aim, Measure, Section, per_second};
use super::load::Hotel;
use super::rig::{self, Rig};
use super::{Options, ROUNDS, note};

/// Guests in house whom the observations are about.
pub(super) const GUESTS: usize = 1_000;
/// The most events that the fold commits at once.
pub(super) const BATCH_EVENTS: usize = 256;
/// Events of the backlog for each second of a turn.
const EVENTS_PER_SECOND: usize = 20_000;
/// Messages taken from the bus at a time, when they are dropped.
const READ_BATCH: usize = 256;
const LINGER: Duration = Duration::from_secs(1);

/// What is written: entries as the store takes them, and the rows that they come to, batch by batch.
struct Prepared {
    entries: Vec<Vec<Entry>>,
    rows: Vec<Vec<Row>>,
}

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    let backlog = backlog(&rig, options).await?;
    let Backlog { events, bytes, end } = backlog;
    let mut rates = [const { Vec::new() }; 4];
    let mut prepared = None;
    let mut batch_events = 0.0;
    for round in 0..ROUNDS {
        note(format!("fold: round {} of {ROUNDS}", round + 1));
        let (time, commits) = fold(&rig, &format!("fold-{round}"), end).await?;
        rates[0].push(per_second(events, time));
        rates[1].push(per_second(events, consume(&rig, end).await?));
        if prepared.is_none() {
            batch_events = events as f64 / commits;
            prepared = Some(prepare(&rig, &backlog, batch_events.round() as usize).await?);
        }
        let ready = prepared.take().context("made in the first round")?;
        let dirs = (
            rig.path(&format!("store-{round}")),
            rig.path(&format!("raw-{round}")),
        );
        let writing = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            // Whoever comes second finds the disk busy with the first one's leftovers: they take turns in that, too.
            let (stored, raw) = if round % 2 == 0 {
                let raw = raw(&dirs.1, &ready)?;
                (through_store(&dirs.0, &ready)?, raw)
            } else {
                (through_store(&dirs.0, &ready)?, raw(&dirs.1, &ready)?)
            };
            Ok((stored, raw, ready))
        });
        let (through_store, raw, ready) = writing.await??;
        rates[2].push(per_second(events, through_store));
        rates[3].push(per_second(events, raw));
        prepared = Some(ready);
    }
    rig.stop().await?;

    let [folded, consumed, stored, raw] = rates;
    let folded = Measure::of("fold", "events/s", folded);
    let raw = Measure::of("floor: same rows straight into sled", "events/s", raw);
    let consumed = Measure::of("floor: read from the bus and dropped", "events/s", consumed);
    let stored = Measure::of("store alone, of decoded events", "events/s", stored);
    let mut section = Section::new("fold");
    section.compare("fold ÷ sled", &folded, &raw, Some(Aim::AtLeast(0.8)));
    section.compare("fold ÷ consumption", &folded, &consumed, None);
    section.compare("store ÷ sled", &stored, &raw, None);
    section.measures = vec![folded, raw, consumed, stored];
    section.count("events", events as f64);
    section.count("bytes of an event", (bytes / events) as f64);
    section.count("events in a batch", batch_events);
    let rows = prepared.iter().flat_map(|p| &p.rows).map(Vec::len);
    section.count("rows", rows.sum::<usize>() as f64);
    Ok(section)
}

/// What waits on the bus.
pub(super) struct Backlog {
    pub(super) events: usize,
    bytes: usize,
    /// How far the stream goes with it.
    pub(super) end: u64,
}

/// Publishes guests who arrive, and then what is noticed about them.
pub(super) async fn backlog(rig: &Rig, options: &Options) -> anyhow::Result<Backlog> {
    let events = EVENTS_PER_SECOND * options.seconds as usize;
    note(format!("fold: a backlog of {events} events"));
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let mut backlog = Vec::with_capacity(events);
    for guest in 0..GUESTS {
        backlog.push(hotel.arrival(guest)?);
    }
    while backlog.len() < events {
        backlog.push(hotel.observation(GUESTS)?);
    }
    let bytes = backlog.iter().map(|message| message.payload.len()).sum();
    let end = rig.fill(backlog).await?;
    Ok(Backlog { events, bytes, end })
}

/// Folds the whole stream into a new store; how long it took, and in how many commits.
pub(super) async fn fold(rig: &Rig, store: &str, end: u64) -> anyhow::Result<(Duration, f64)> {
    let (bus, health) = (rig.connect().await?, Health::default());
    let aggregator = rig.aggregator(&bus, store, &health).await?;
    let token = CancellationToken::new();
    let began = Instant::now();
    let running = tokio::spawn(aggregator.run(token.clone()));
    rig.reached(&rig.bus, end).await?;
    let time = began.elapsed();
    let commits = rig::metric(&health, "cardex_commit_seconds_count")?;
    token.cancel();
    running.await??;
    bus.drain().await?;
    Ok((time, commits))
}

pub(super) async fn consume(rig: &Rig, end: u64) -> anyhow::Result<Duration> {
    let bus = rig.connect().await?;
    let began = Instant::now();
    let mut reader = OrderedReader::open(&bus, streams::EVENTS, None).await?;
    while reader.position().sequence < end {
        drop(reader.next_batch(READ_BATCH, LINGER).await?);
    }
    let time = began.elapsed();
    drop(reader);
    bus.drain().await?;
    Ok(time)
}

impl Backlog {
    /// What it is to the store.
    pub(super) async fn entries(&self, rig: &Rig) -> anyhow::Result<Vec<Entry>> {
        let mut reader = OrderedReader::open(&rig.bus, streams::EVENTS, None).await?;
        let mut entries = Vec::with_capacity(self.events);
        while reader.position().sequence < self.end {
            for read in reader.next_batch(READ_BATCH, LINGER).await? {
                let Read::Message(message) = read else {
                    anyhow::bail!("the backlog has a gap");
                };
                let (message, taken) = (
                    (&*message.subject, &*message.payload),
                    (message.stream_sequence, message.server_time_us),
                );
                entries.push(entry(message, taken, &rig::key())?);
            }
        }
        Ok(entries)
    }

    /// Commits of one event each straight into a new store of this name, a second.
    pub(super) async fn one_by_one(
        &self,
        rig: &Rig,
        store: &str,
        options: &Options,
    ) -> anyhow::Result<f64> {
        let (entries, dir) = (self.entries(rig).await?, rig.path(store));
        let bound = Duration::from_secs(u64::from(options.seconds));
        let applying = tokio::task::spawn_blocking(move || one_by_one(&dir, &entries, bound));
        applying.await.context("applying does not panic")?
    }
}

/// Works out beforehand what each batch comes to.
async fn prepare(rig: &Rig, backlog: &Backlog, batch_events: usize) -> anyhow::Result<Prepared> {
    let entries = backlog.entries(rig).await?;
    let dir = rig.path("rows");
    let preparing = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let store = Store::open(&dir, &OpenOptions::default())?.store;
        let entries: Vec<Vec<Entry>> = entries
            .chunks(batch_events.max(1))
            .map(<[Entry]>::to_vec)
            .collect();
        let mut rows = Vec::new();
        for batch in &entries {
            let position = position(batch);
            rows.push(floor::rows(&store, batch, &position)?);
            store.write(batch, &position)?;
        }
        Ok(Prepared { entries, rows })
    });
    preparing.await?
}

fn position(batch: &[Entry]) -> Position {
    Position {
        incarnation: "bench".to_owned(),
        sequence: batch.last().map_or(0, |entry| entry.sequence),
    }
}

fn through_store(dir: &std::path::Path, prepared: &Prepared) -> anyhow::Result<Duration> {
    let store = Store::open(dir, &OpenOptions::default())?.store;
    let began = Instant::now();
    for batch in &prepared.entries {
        store.apply(batch, &position(batch))?;
    }
    Ok(began.elapsed())
}

/// Entries that are committed one by one, in order, until so much time is over; how many that is a second.
fn one_by_one(dir: &std::path::Path, entries: &[Entry], bound: Duration) -> anyhow::Result<f64> {
    let store = Store::open(dir, &OpenOptions::default())?.store;
    let (began, mut done) = (Instant::now(), 0);
    for entry in entries.chunks(1) {
        if began.elapsed() >= bound {
            break;
        }
        store.apply(entry, &position(entry))?;
        done += 1;
    }
    Ok(per_second(done, began.elapsed()))
}

fn raw(dir: &std::path::Path, prepared: &Prepared) -> anyhow::Result<Duration> {
    let floor = Floor::open(dir, &OpenOptions::default())?;
    // The engine takes rows over, so that they are copied before the clock starts.
    let batches = prepared.rows.clone();
    let began = Instant::now();
    for rows in batches {
        floor.write(rows)?;
    }
    Ok(began.elapsed())
}
