//! From the stream into the store: read in order, decode, commit in groups, and say how far it is.
//!
//! **Invariant:** what has been read is either applied, or is a dead letter with its reason, before the position moves
//! past it. What may succeed later stops the pipeline at that sequence until it does.

mod decode;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::{Bus, OrderedReader, ReadError, streams};
use cardex_domain::ids::{AppId, InstallationKey};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{ConditionHandle, Heartbeat};
use cardex_store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::alike::Alike;
use crate::meters::Meters;
use crate::profiles::Profiles;
use crate::progress::Progress;
use crate::settings::SettingsBook;

pub use decode::Decoder;
pub(crate) use write::{Writer, retry_dead_letters};

/// The most events of one commit. A batch holds the engine's lock, and larger ones gain nothing.
pub(crate) const COMMIT_MAX_EVENTS: usize = 256;
/// The most events of one commit of a store that is built beside the one in use: so many that most pages of the engine
/// take several rows of a batch in turn, and few enough to hold in memory, at about two kilobytes each.
const LOAD_MAX_EVENTS: usize = 32_768;
/// Batches that may wait in front of each stage.
const QUEUE_MAX_BATCHES: usize = 8;
/// How often it is said how far the store has come while it catches up.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// A store that is behind by no more than these has caught up: events keep coming.
const CAUGHT_UP_EVENTS: u64 = 256;
/// How long the reader waits for an event before it looks whether it should stop.
const READ_LINGER: Duration = Duration::from_millis(500);

/// Why reading on is impossible without a person.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The stream is not the one that the store was built from.
    #[error(
        "the store does not belong to this stream; restore the streams from a copy, or, if what is there now is what shall \
         hold, say so by `cardex rebuild --accept-loss`"
    )]
    Stream(#[source] ReadError),
    /// The store failed.
    #[error(
        "the store could not take an event; nothing acknowledged is lost, for the stream has it: mend the cause and \
         start again"
    )]
    Store(#[source] StoreError),
    /// A stage ended without an error of its own.
    #[error(
        "the pipeline from the bus to the store broke off; see the log for the panic before this"
    )]
    Broken,
}

/// Who is served by the store meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serving {
    /// Whoever asks: an event that comes alone is committed alone, and a commit is all there or not at all.
    Everybody,
    /// Nobody, and nobody ever opens it unless it becomes whole.
    Nobody,
}

impl Serving {
    /// The most events of one commit.
    fn commit_max_events(self) -> usize {
        match self {
            Self::Everybody => COMMIT_MAX_EVENTS,
            Self::Nobody => LOAD_MAX_EVENTS,
        }
    }
}

/// Everything the pipeline works with.
pub(crate) struct Ingest {
    pub(crate) bus: Bus,
    pub(crate) store: Arc<Store>,
    pub(crate) key: InstallationKey,
    pub(crate) gateways: BTreeSet<AppId>,
    pub(crate) book: Arc<SettingsBook>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) alike: Arc<Alike>,
    pub(crate) progress: Progress,
    pub(crate) meters: Meters,
    pub(crate) condition: ConditionHandle,
    pub(crate) heartbeat: Heartbeat,
    /// Where to stop reading; `None` goes on for ever.
    pub(crate) up_to: Option<u64>,
    pub(crate) serving: Serving,
}

impl Ingest {
    /// Runs until told to stop, or until it has come as far as it should. What was read but not committed is read again at the next start.
    pub(crate) async fn run(self, token: CancellationToken) -> Result<(), IngestError> {
        let decoder = Decoder::new(self.key.clone(), self.gateways.clone());
        let opening = open(&self.bus, &self.store);
        let Some(reader) = token.run_until_cancelled(opening).await else {
            return Ok(());
        };
        let reader = reader?;
        note_end(&self.meters, &self.progress, &reader);
        let progress = self.progress.clone();
        tokio::spawn(tell_of_catching_up(progress.clone(), token.child_token()));
        let writer = Writer {
            bus: self.bus.clone(),
            store: Arc::clone(&self.store),
            book: self.book,
            profiles: self.profiles,
            alike: self.alike,
            progress: self.progress,
            meters: self.meters.clone(),
            condition: self.condition,
            incarnation: reader.position().incarnation,
            serving: self.serving,
        };
        writer.announce_again().await;
        let resumed = retry_dead_letters(&writer, &decoder, &token).await;
        resumed.map_err(IngestError::Store)?;

        let (read_tx, read_rx) = mpsc::channel(QUEUE_MAX_BATCHES);
        let (decoded_tx, decoded_rx) = mpsc::channel(QUEUE_MAX_BATCHES);
        let decoding = tokio::task::spawn_blocking(move || decoder.run(read_rx, &decoded_tx));
        let mut writing = tokio::spawn(writer.run(decoded_rx, token.clone()));
        // A writer that ends by itself has failed: nothing more may be read as if it were kept.
        let (read, written) = tokio::select! {
            read = read(reader, read_tx, (self.meters, progress), self.heartbeat, self.up_to, &token) => {
                // The queue is closed now: the stages work off what is in them and end.
                (read, writing.await)
            }
            written = &mut writing => (Ok(()), written),
        };
        let decoded = decoding.await;
        read?;
        written
            .map_err(|_| IngestError::Broken)?
            .map_err(IngestError::Store)?;
        decoded.map_err(|_| IngestError::Broken)
    }
}

/// The reader behind the store's position, or at the beginning.
async fn open(bus: &Bus, store: &Store) -> Result<OrderedReader, IngestError> {
    let reached = store.reached();
    let stored_at_us = reached.as_ref().and_then(|reached| reached.stored_at_us);
    let after = reached.map(|reached| cardex_bus::Position {
        incarnation: reached.position.incarnation,
        sequence: reached.position.sequence,
    });
    let opened = match (after, stored_at_us) {
        // A stream that lost its end and has grown again has another message there.
        (Some(after), Some(at)) => {
            OrderedReader::open_behind(bus, streams::EVENTS, after, at).await
        }
        (after, _) => OrderedReader::open(bus, streams::EVENTS, after).await,
    };
    opened.map_err(IngestError::Stream)
}

/// Says in the log that the store is behind the stream at the start, how far it has come, and when it is there.
async fn tell_of_catching_up(progress: Progress, token: CancellationToken) {
    let Some((behind, _)) = progress.behind() else {
        return;
    };
    match progress.sequence() {
        0 => tracing::info!(
            events = behind,
            "the store is empty: building it from the stream"
        ),
        at => tracing::info!(
            at,
            events = behind,
            "the store is behind the stream: catching up"
        ),
    }
    let mut ticks = tokio::time::interval(TELL_EVERY);
    ticks.tick().await;
    while token.run_until_cancelled(ticks.tick()).await.is_some() {
        let at = progress.sequence();
        let Some((behind, _)) = progress
            .behind()
            .filter(|(events, _)| *events > CAUGHT_UP_EVENTS)
        else {
            tracing::info!(at, "the store has caught up with the stream");
            return;
        };
        tracing::info!(at, events = behind, "catching up with the stream");
    }
}

/// Feeds the pipeline until told to stop, until everything up to `up_to` is on its way, or until the stages behind have
/// ended.
async fn read(
    mut reader: OrderedReader,
    batches: mpsc::Sender<Vec<cardex_bus::Read>>,
    (meters, progress): (Meters, Progress),
    heartbeat: Heartbeat,
    up_to: Option<u64>,
    token: &CancellationToken,
) -> Result<(), IngestError> {
    let end = up_to.unwrap_or(u64::MAX);
    loop {
        heartbeat.beat();
        let left = end.saturating_sub(reader.position().sequence);
        let at_once = usize::try_from(left).map_or(COMMIT_MAX_EVENTS, |n| n.min(COMMIT_MAX_EVENTS));
        if at_once == 0 {
            break;
        }
        let next = reader.next_batch(at_once, READ_LINGER);
        let mut batch = match token.run_until_cancelled(next).await {
            Some(batch) => batch.map_err(IngestError::Stream)?,
            None => break,
        };
        // Of a gap and what follows it there may be more sequences than were asked for.
        batch.retain(|read| begins_at(read) <= end);
        note_end(&meters, &progress, &reader);
        if !batch.is_empty() && batches.send(batch).await.is_err() {
            break;
        }
    }
    heartbeat.retire();
    Ok(())
}

fn begins_at(read: &cardex_bus::Read) -> u64 {
    match read {
        cardex_bus::Read::Message(message) => message.stream_sequence,
        cardex_bus::Read::Gap(gap) => gap.first,
    }
}

/// Takes note of how far the stream goes, against which the lag is told.
fn note_end(meters: &Meters, progress: &Progress, reader: &OrderedReader) {
    progress.stream_ends_at(reader.known_end());
    let end = i64::try_from(reader.known_end()).unwrap_or(i64::MAX);
    meters.stream_end.set(end);
}
