//! Checking a whole store: every row by itself, and every event's rows against what the event says they are.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::guard::words;
use crate::keys::{self, Kind};
use crate::read::{Reader, at_and_event, sensible};
use crate::rows::{
    CardRow, CorrectionRow, CuratedRow, DeadLetterRow, EventRow, FateRow, FormatRow, GapRow,
    GuestRow, HeadRow, HeadTimeRow, HourRow, ItemRow, LessonRow, LinkRow, NoteJudgedRow, NoteRow,
    OutcomeRow, RetractionRow, SettingRow, StayRow, UncuratedRow, UndoRow, WatchRow, WrittenRow,
};
use crate::seal::Body;
use crate::sheet::{Sealed, Sheet, Stamped};
use crate::snapshot::Tell;
use crate::store::Store;

/// How often it is told how far it is.
const TELL_EVERY_ROWS: u64 = 4_096;

/// What was found in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Rows.
    pub rows: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// Events among them.
    pub events: u64,
    /// Of these such as another shard keeps: whether the rows that every shard has of them are all here can't be told.
    pub elsewhere: u64,
    /// Dead letters among them.
    pub dead_letters: u64,
    /// What two stores of one stream have in common at one position.
    pub state: State,
}

/// A hash for each kind of row. Stores that were built from the same stream up to the same position have the same,
/// whenever and however: it leaves out what says when something was understood, rather than what was published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State(Vec<(&'static str, [u8; 32])>);

impl State {
    /// The kinds of row in which the stores differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = [(self, other), (other, self)]
            .into_iter()
            .flat_map(|(one, other)| one.0.iter().filter(|kind| !other.0.contains(kind)))
            .map(|(name, _)| *name)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn add(&mut self, kind: Kind, hash: Sha256) {
        self.0.push((kind.name(), hash.finalize().into()));
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut whole = Sha256::new();
        for (_, hash) in &self.0 {
            whole.update(hash);
        }
        let whole: [u8; 32] = whole.finalize().into();
        whole.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether rows of this kind say the same whenever the stream was read.
fn is_state(key: &[u8], kind: Kind) -> bool {
    let kind = match kind {
        // The key of the row that it continues follows.
        Kind::Continued => key.get(1..).and_then(Kind::of),
        kind => Some(kind),
    };
    !matches!(
        kind,
        None | Some(
            Kind::Format
                | Kind::Head
                | Kind::HeadTime
                | Kind::DeadLetter
                | Kind::Gap
                | Kind::Watch
                | Kind::Uncurated
                | Kind::Curated
                | Kind::Lesson
        )
    )
}

/// The hashes as rows come, sorted by kind.
#[derive(Default)]
struct Hashing {
    state: State,
    open: Option<(Kind, Sha256)>,
}

impl Hashing {
    fn row(&mut self, kind: Kind, key: &[u8], value: &[u8]) {
        if !is_state(key, kind) {
            return;
        }
        if self.open.as_ref().is_none_or(|(open, _)| *open != kind) {
            self.close();
            self.open = Some((kind, Sha256::new()));
        }
        if let Some((_, hash)) = &mut self.open {
            for part in [key, value] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
    }

    fn close(&mut self) {
        if let Some((kind, hash)) = self.open.take() {
            self.state.add(kind, hash);
        }
    }
}

/// Checks everything. The engine can panic on damaged files.
pub(crate) fn verify(store: &Store, tell: &mut Tell<'_>) -> Result<Verified, StoreError> {
    let reader = store.read();
    catch_unwind(AssertUnwindSafe(|| verify_all(store, &reader, tell)))
        .unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    StoreError::corrupt(
        "the engine's file",
        &format!("can't be read: {}", words(panic)),
    )
}

fn verify_all(
    store: &Store,
    reader: &Reader<'_>,
    tell: &mut Tell<'_>,
) -> Result<Verified, StoreError> {
    store.engine.verify_pages()?;
    let mut verified = Verified::default();
    let mut hashing = Hashing::default();
    for row in store.engine.all() {
        let (key, value) = row?;
        verified.rows += 1;
        verified.bytes += (key.len() + value.len()) as u64;
        let kind = Kind::of(&key);
        if let Some(kind) = kind {
            hashing.row(kind, &key, &value);
        }
        let body = Body::open(&store.engine, &key, value)?;
        let kind = kind.expect("a row that opens is of a known kind");
        check(kind, &body)?;
        match kind {
            Kind::Event => {
                verified.events += 1;
                verified.elsewhere += u64::from(!check_event(store, reader, &key, &body)?);
            }
            Kind::Note => check_pointer(store, &key, &body)?,
            Kind::DeadLetter => verified.dead_letters += 1,
            _ => {}
        }
        if verified.rows.is_multiple_of(TELL_EVERY_ROWS) && !tell(verified.bytes) {
            return Err(StoreError::GivenUp);
        }
    }
    hashing.close();
    verified.state = hashing.state;
    let counts = reader.counts();
    if verified.events != counts.events {
        return Err(StoreError::corrupt(
            "the number of events",
            "is not what was counted",
        ));
    }
    if verified.dead_letters != counts.dead_letters {
        return Err(StoreError::corrupt(
            "the number of dead letters",
            "is not what was counted",
        ));
    }
    Ok(verified)
}

/// Whether the row decodes as what its key says it is.
pub(crate) fn check(kind: Kind, body: &Body) -> Result<(), StoreError> {
    match kind {
        Kind::Format => body.row::<FormatRow>(kind).map(drop),
        Kind::Head => body.row::<HeadRow<'_>>(kind).map(drop),
        Kind::HeadTime => body.row::<HeadTimeRow>(kind).map(drop),
        Kind::Event => body.row::<EventRow<'_>>(kind).map(drop),
        Kind::Note => body.row::<NoteRow<'_>>(kind).map(drop),
        Kind::Retraction => body.row::<RetractionRow>(kind).map(drop),
        Kind::Stay => body.row::<StayRow<'_>>(kind).map(drop),
        Kind::Guest => body.row::<GuestRow<'_>>(kind).map(drop),
        Kind::Card => body.row::<CardRow<'_>>(kind).map(drop),
        Kind::Outcome => body.row::<OutcomeRow<'_>>(kind).map(drop),
        Kind::Setting => body.row::<SettingRow<'_>>(kind).map(drop),
        Kind::Hour => body.row::<HourRow>(kind).map(drop),
        Kind::Item => body.row::<ItemRow<'_>>(kind).map(drop),
        Kind::DeadLetter => body.row::<DeadLetterRow<'_>>(kind).map(drop),
        Kind::Gap => body.row::<GapRow>(kind).map(drop),
        Kind::Link => body.row::<LinkRow<'_>>(kind).map(drop),
        Kind::Correction => body.row::<CorrectionRow<'_>>(kind).map(drop),
        Kind::Undo => body.row::<UndoRow<'_>>(kind).map(drop),
        Kind::Uncurated => body.row::<UncuratedRow<'_>>(kind).map(drop),
        Kind::Curated => body.row::<CuratedRow<'_>>(kind).map(drop),
        Kind::NoteJudged => body.row::<NoteJudgedRow<'_>>(kind).map(drop),
        Kind::Written => body.row::<WrittenRow<'_>>(kind).map(drop),
        Kind::Watch => body.row::<WatchRow>(kind).map(drop),
        Kind::Fate => body.row::<FateRow>(kind).map(drop),
        Kind::Lesson => body.row::<LessonRow>(kind).map(drop),
        Kind::Copy
        | Kind::Naming
        | Kind::Carrying
        | Kind::Room
        | Kind::Arrival
        | Kind::Word
        | Kind::Linked
        | Kind::Undone
        | Kind::Party
        | Kind::Wrong
        | Kind::Corrected
        | Kind::CorrectedEvent => body.row::<()>(kind),
        // Read as a part of the row it continues.
        Kind::Continued => Ok(()),
    }
}

/// Where an observation stands under a further reference, it stands whole under its first one in the same store.
fn check_pointer(store: &Store, key: &[u8], body: &Body) -> Result<(), StoreError> {
    let NoteRow::Under(first) = body.row(Kind::Note)? else {
        return Ok(());
    };
    let (at, event) = at_and_event(key)?;
    let first = sensible(Kind::Note, first.read())?;
    match store
        .engine
        .get(keys::note(Some(&first), at, event).as_bytes())?
    {
        Some(_) => Ok(()),
        None => Err(StoreError::corrupt(Kind::Note.name(), "points at nothing")),
    }
}

/// Checks that each row that the event makes is there; whether it is one that this store keeps.
fn check_event(
    store: &Store,
    reader: &Reader<'_>,
    key: &[u8],
    body: &Body,
) -> Result<bool, StoreError> {
    let row: EventRow<'_> = body.row(Kind::Event)?;
    let Some(rows) = rows_of_event(reader, key, &row)? else {
        return Ok(false);
    };
    for (key, _) in rows {
        if store.engine.get(&key)?.is_none() {
            let kind = Kind::of(&key).map_or("a row", Kind::name);
            return Err(StoreError::corrupt(kind, "is missing"));
        }
    }
    Ok(true)
}

/// The rows that the event at `key` makes; `None` where another shard keeps what they follow from. Whether there was anything behind an event when it came can't be told
/// afterwards.
pub(crate) fn rows_of_event(
    reader: &Reader<'_>,
    key: &[u8],
    row: &EventRow<'_>,
) -> Result<Option<Vec<Sealed>>, StoreError> {
    let damaged = || StoreError::corrupt(Kind::Event.name(), "says what can't be");
    let event = cardex_domain::ids::EventKey(keys::last_id(key).ok_or_else(damaged)?);
    let fact = match reader.fact_at(event, row) {
        Err(StoreError::Elsewhere) => return Ok(None),
        read => read?,
    };
    let mut sheet = Sheet::default();
    let stamped = Stamped {
        sequence: row.sequence,
        server_time_micros: row.server_time_micros,
        key: event,
        content: row.content,
        fact: &fact,
    };
    let rows = sheet.event(stamped, None, reader.share());
    rows.map_err(|_| damaged())?;
    Ok(Some(sheet.rows))
}
