//! The writer: writes what has gathered, brings it onto the disk, then says how far it is and announces what could not be
//! used.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardex_bus::{Bus, Incoming, streams};
use cardex_domain::event::ConfigActivation;
use cardex_domain::fact::Fact;
use cardex_domain::time::Moment;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::ConditionHandle;
use cardex_store::{Applied, DeadLetter, Entry, EntryKind, Position, Store, StoreError};
use cardex_wire::text::AsText;
use cardex_wire::{DeadLetterNotice, Resolution, Resolved, UnusedCode};
use tokio::sync::mpsc;

use super::decode::{DECODER, Decoder};
use super::{COMMIT_MAX_EVENTS, QUEUE_MAX_BATCHES, Serving};
use crate::alike::Alike;
use crate::answer::now;
use crate::curation::word_of;
use crate::meters::Meters;
use crate::profiles::Profiles;
use crate::progress::Progress;
use crate::settings::{Ready, SettingError, SettingsBook};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After a start, dead letters this far behind the position are announced again: the last commit may have been the
/// last thing that happened before a crash.
const ANNOUNCE_AGAIN_EVENTS: u64 = (COMMIT_MAX_EVENTS * QUEUE_MAX_BATCHES) as u64;
/// With no more than one commit ahead of it, the store counts as caught up.
const CAUGHT_UP_EVENTS: i64 = COMMIT_MAX_EVENTS as i64;
/// Batches that are written and wait for the disk, beside the one that is being written.
const WRITTEN_MAX_BATCHES: usize = 1;
/// How often it is looked whether a full disk has room again.
const LOOK_FOR_ROOM_EVERY: Duration = Duration::from_secs(1);
/// Dead letters looked at in one go.
const DEAD_LETTERS_PAGE: usize = 256;

/// Owns the right to write the store.
pub(crate) struct Writer {
    pub(crate) bus: Bus,
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<SettingsBook>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) alike: Arc<Alike>,
    pub(crate) progress: Progress,
    pub(crate) meters: Meters,
    pub(crate) condition: ConditionHandle,
    pub(crate) incarnation: String,
    pub(crate) serving: Serving,
}

impl Writer {
    /// Works until the queue in front is closed and empty. While the disk takes one batch, the next is written.
    pub(crate) async fn run(
        self,
        batches: mpsc::Receiver<Vec<Entry>>,
        token: CancellationToken,
    ) -> Result<(), StoreError> {
        self.note_lag(self.progress.sequence(), 0);
        let (written_tx, written_rx) = mpsc::channel(WRITTEN_MAX_BATCHES);
        let (written, synced) = tokio::join!(
            self.write_all(batches, written_tx, &token),
            self.sync_all(written_rx)
        );
        // Once a sync has failed, writing does for that reason.
        synced.and(written)
    }

    async fn write_all(
        &self,
        mut batches: mpsc::Receiver<Vec<Entry>>,
        written: mpsc::Sender<Written>,
        token: &CancellationToken,
    ) -> Result<(), StoreError> {
        while let Some(mut entries) = self.gathered(&mut batches).await {
            if !self.has_room(token).await? {
                return Ok(());
            }
            let Some(activations) = self.activations(&mut entries, token).await else {
                return Ok(());
            };
            let batch = self.write(entries, activations).await?;
            if written.send(batch).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What is to be committed next: what there is, or, where nobody waits for it, as much as makes a whole commit.
    async fn gathered(&self, batches: &mut mpsc::Receiver<Vec<Entry>>) -> Option<Vec<Entry>> {
        let mut entries = batches.recv().await?;
        while entries.len() < self.serving.commit_max_events() {
            let more = match self.serving {
                Serving::Everybody => batches.try_recv().ok(),
                Serving::Nobody => batches.recv().await,
            };
            let Some(more) = more else { break };
            entries.extend(more);
        }
        Some(entries)
    }

    /// Waits until the store's disk has room, and says that it waits; false when told to stop first. Meanwhile what was
    /// written before is answered, and nobody is told that more is.
    async fn has_room(&self, token: &CancellationToken) -> Result<bool, StoreError> {
        let mut waits = false;
        // The kernel knows this without asking the disk.
        while !self.store.has_room()? {
            if !waits {
                waits = true;
                let path = self.store.dir().display();
                tracing::error!(%path, "the store's disk is full: nothing more is taken in until there is room");
                self.condition
                    .not_ready("the store's disk is full: make room, and it goes on by itself");
            }
            // The engine writes for questions, too. What found no room once never does: then it is no use to wait.
            let store = Arc::clone(&self.store);
            let synced = tokio::task::spawn_blocking(move || store.sync()).await;
            synced.expect("syncing does not panic")?;
            let pause = tokio::time::sleep(LOOK_FOR_ROOM_EVERY);
            if token.run_until_cancelled(pause).await.is_none() {
                return Ok(false);
            }
        }
        if waits {
            tracing::info!("the store's disk has room again");
        }
        Ok(true)
    }

    /// Writes the entries. A store that fails to write must be opened anew, so this is not tried again here: the
    /// service ends, and whoever runs it starts it again. What is not safely on disk is read again then.
    async fn write(
        &self,
        entries: Vec<Entry>,
        activations: Vec<(usize, Ready)>,
    ) -> Result<Written, StoreError> {
        let began = Instant::now();
        let last = entries.last().map_or(0, |entry| entry.sequence);
        let position = Position {
            incarnation: self.incarnation.clone(),
            sequence: last,
        };
        let (store, profiles) = (Arc::clone(&self.store), Arc::clone(&self.profiles));
        let alike = Arc::clone(&self.alike);
        let vocabulary = self.book.active().vocabulary;
        let serving = self.serving;
        let writing = tokio::task::spawn_blocking(move || {
            let word_of = word_of(&vocabulary);
            let applied = match serving {
                Serving::Everybody => {
                    let applied = store.write_marking(&entries, &position, &word_of);
                    let applied =
                        applied.and_then(|a| profiles.recorded(&store, &entries).map(|()| a));
                    alike.recorded(&entries);
                    applied
                }
                Serving::Nobody => store.load_marking(&entries, &position, &word_of),
            };
            (entries, applied)
        });
        let (entries, applied) = writing.await.expect("writing a batch does not panic");
        let applied = applied.inspect_err(|_| self.condition.not_ready("a write failed"))?;
        // Whoever waits for the sequence of an activation is answered by what it activates.
        for (at, ready) in activations {
            if applied[at] == Applied::New {
                self.book.activate(ready);
            }
        }
        self.progress.written(last);
        Ok(Written {
            began,
            entries,
            applied,
        })
    }

    /// Brings what was written onto the disk, and tells of it then.
    async fn sync_all(&self, mut written: mpsc::Receiver<Written>) -> Result<(), StoreError> {
        while let Some(first) = written.recv().await {
            let mut batches = vec![first];
            batches.extend(std::iter::from_fn(|| written.try_recv().ok()));
            let store = Arc::clone(&self.store);
            let syncing = tokio::task::spawn_blocking(move || store.sync());
            let synced = syncing.await.expect("syncing does not panic");
            synced.inspect_err(|_| self.condition.not_ready("a sync failed"))?;
            for batch in batches {
                self.committed(batch).await;
            }
        }
        Ok(())
    }

    /// The batch is safely on disk.
    async fn committed(&self, batch: Written) {
        let Some(last) = batch.entries.last() else {
            return;
        };
        let took = batch.began.elapsed().as_secs_f64();
        self.meters.commit_seconds.observe(took);
        let committed = self.count(&batch.entries, &batch.applied);
        self.progress.reached(last.sequence);
        self.note_lag(last.sequence, last.server_time_micros);
        let dead = committed.iter().filter(|c| c.dead).map(|c| c.sequence);
        self.announce(dead.collect()).await;
    }

    fn count(&self, entries: &[Entry], applied: &[Applied]) -> Vec<Committed> {
        let mut committed = Vec::with_capacity(entries.len());
        for (entry, applied) in entries.iter().zip(applied) {
            let conflict = matches!(applied, Applied::Conflict { .. });
            match (&entry.kind, applied) {
                (_, Applied::Conflict { first_sequence }) => {
                    tracing::error!(
                        sequence = entry.sequence,
                        first_sequence,
                        "an event id came again with other content"
                    );
                    self.meters.reused_ids.inc();
                    self.meters.dead_letters.with([DeadLetter::ID_REUSED]).inc();
                }
                (_, Applied::Duplicate { .. }) => {
                    self.meters.duplicates.inc();
                }
                (EntryKind::Event { .. }, Applied::New) => {
                    self.meters.folded.inc();
                }
                (EntryKind::DeadLetter { code, .. }, Applied::New) => {
                    tracing::warn!(sequence = entry.sequence, code = &**code, "dead letter");
                    self.meters.dead_letters.with([code]).inc();
                }
                (
                    EntryKind::Gap {
                        first,
                        last,
                        explained,
                    },
                    Applied::New,
                ) => {
                    if *explained {
                        tracing::info!(first, last, "messages of the stream were erased");
                    } else {
                        tracing::error!(
                            first,
                            last,
                            "the stream lost messages and nothing explains it"
                        );
                        self.meters.unexplained_gaps.inc_by(last - first + 1);
                    }
                }
            }
            let dead = conflict || matches!(entry.kind, EntryKind::DeadLetter { .. });
            committed.push(Committed {
                sequence: entry.sequence,
                dead,
            });
        }
        committed
    }

    /// Prepares the settings that the entries activate, by place among the entries, waiting for texts that are not
    /// there yet; `None` when told to stop first. What can never be used becomes a dead letter.
    async fn activations(
        &self,
        entries: &mut [Entry],
        token: &CancellationToken,
    ) -> Option<Vec<(usize, Ready)>> {
        let mut prepared = Vec::new();
        for (at, entry) in entries.iter_mut().enumerate() {
            let EntryKind::Event {
                subject,
                key,
                fact: Fact::Setting(activation),
                ..
            } = &entry.kind
            else {
                continue;
            };
            match self.prepare(activation, token).await? {
                Ok(ready) => prepared.push((at, ready)),
                Err(error) => {
                    entry.kind = EntryKind::DeadLetter {
                        subject: subject.clone(),
                        code: UnusedCode::SettingUnusable.as_str().into(),
                        detail: error.to_string().into(),
                        key: Some(*key),
                        decoder: DECODER,
                    };
                }
            }
        }
        Some(prepared)
    }

    async fn prepare(
        &self,
        activation: &ConfigActivation,
        token: &CancellationToken,
    ) -> Option<Result<Ready, SettingError>> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.book.prepare(activation).await {
                Err(error @ SettingError::Missing { .. }) => {
                    tracing::error!(%error, "waiting for a setting");
                    self.condition
                        .not_ready("waiting for the text of an activated setting");
                }
                done => return Some(done),
            }
            token.run_until_cancelled(tokio::time::sleep(pause)).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn note_lag(&self, sequence: u64, server_time_micros: i64) {
        let applied = i64::try_from(sequence).unwrap_or(i64::MAX);
        let lag = (self.meters.stream_end.get() - applied).max(0);
        self.meters.lag_events.set(lag);
        let age = (now().utc_micros - server_time_micros) / 1_000_000;
        self.meters
            .lag_seconds
            .set(if lag == 0 || server_time_micros == 0 {
                0
            } else {
                age
            });
        if lag <= CAUGHT_UP_EVENTS {
            self.condition.ready();
        }
    }

    /// Publishes, once for all replicas, that these sequences could not be used.
    async fn announce(&self, sequences: Vec<u64>) {
        for sequence in sequences {
            let store = Arc::clone(&self.store);
            let row = tokio::task::spawn_blocking(move || store.read().dead_letter(sequence));
            match row.await.expect("reading a row does not panic") {
                Ok(Some(letter)) => self.announce_one(&letter).await,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(sequence, %error, "dead letter not announced; its row stands")
                }
            }
        }
    }

    async fn announce_one(&self, letter: &DeadLetter) {
        if let Err(error) = self.bus.announce(&notice(letter)).await {
            tracing::error!(sequence = letter.sequence, %error, "dead letter not announced; its row stands");
        }
    }

    /// Says that a dead letter is understood now.
    async fn announce_understood(&self, letter: &DeadLetter) {
        let sequence = letter.sequence;
        let mut notice = notice(letter);
        notice.resolved = Some(Resolved {
            how: Resolution::Understood,
            sequence,
        });
        if let Err(error) = self.bus.announce(&notice).await {
            tracing::warn!(sequence, %error, "not said that a dead letter is understood");
        }
    }

    /// Announces what the last run may not have come to announce.
    pub(crate) async fn announce_again(&self) {
        let from = self
            .progress
            .sequence()
            .saturating_sub(ANNOUNCE_AGAIN_EVENTS);
        let store = Arc::clone(&self.store);
        let page =
            tokio::task::spawn_blocking(move || store.read().dead_letters(from, DEAD_LETTERS_PAGE));
        match page.await.expect("reading rows does not panic") {
            Ok(letters) => {
                for letter in letters {
                    self.announce_one(&letter).await;
                }
            }
            Err(error) => {
                tracing::error!(%error, "dead letters not announced again; their rows stand")
            }
        }
    }
}

fn notice(letter: &DeadLetter) -> DeadLetterNotice {
    let received = Moment {
        utc_micros: letter.server_time_micros,
        offset_minutes: 0,
    };
    DeadLetterNotice {
        sequence: letter.sequence,
        subject: letter.subject.to_string(),
        code: letter.code.to_string(),
        detail: letter.detail.to_string(),
        received: AsText(received),
        resolved: None,
    }
}

/// A batch that readers see and that a power cut may still take back.
struct Written {
    began: Instant,
    entries: Vec<Entry>,
    applied: Vec<Applied>,
}

/// A sequence that is committed.
struct Committed {
    sequence: u64,
    dead: bool,
}

/// Tries the dead letters again that an older version of this program wrote.
pub(crate) async fn retry_dead_letters(
    writer: &Writer,
    decoder: &Decoder,
    token: &CancellationToken,
) -> Result<(), StoreError> {
    let mut from = 0;
    loop {
        let store = Arc::clone(&writer.store);
        let page =
            tokio::task::spawn_blocking(move || store.read().dead_letters(from, DEAD_LETTERS_PAGE));
        let page = page.await.expect("reading rows does not panic")?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        from = last.sequence + 1;
        for letter in page.iter().filter(|letter| letter.decoder < DECODER) {
            if token.is_cancelled() {
                return Ok(());
            }
            retry(writer, decoder, letter).await?;
        }
    }
}

async fn retry(writer: &Writer, decoder: &Decoder, letter: &DeadLetter) -> Result<(), StoreError> {
    let stored = match writer.bus.stored(streams::EVENTS, letter.sequence).await {
        Ok(Some(stored)) => stored,
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!(sequence = letter.sequence, %error, "dead letter not read again");
            return Ok(());
        }
    };
    let entry = decoder.message(&Incoming {
        subject: stored.subject,
        headers: stored.headers,
        payload: stored.payload,
        stream_sequence: stored.stream_sequence,
        server_time_us: stored.server_time_us,
    });
    let (store, profiles) = (Arc::clone(&writer.store), Arc::clone(&writer.profiles));
    let alike = Arc::clone(&writer.alike);
    let sequence = letter.sequence;
    let understood = matches!(entry.kind, EntryKind::Event { .. });
    let vocabulary = writer.book.active().vocabulary;
    let resolved = tokio::task::spawn_blocking(move || {
        store.resolve_dead_letter(sequence, &entry, &word_of(&vocabulary))?;
        alike.recorded(std::slice::from_ref(&entry));
        profiles.recorded(&store, &[entry])
    });
    resolved.await.expect("writing a row does not panic")?;
    if understood {
        writer.announce_understood(letter).await;
    }
    tracing::info!(sequence, "a dead letter was tried again");
    Ok(())
}
