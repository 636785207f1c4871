//! Checking a whole store: every row by itself, and every event's rows against what the event says they are.

use crate::error::StoreError;
use crate::keys::{self, Kind};
use crate::read::Reader;
use crate::rows::{
    CardRow, CorrectionRow, CuratedRow, DeadLetterRow, EventRow, FateRow, FormatRow, GapRow,
    GuestRow, HeadRow, HeadTimeRow, HourRow, ItemRow, LessonRow, LinkRow, NoteJudgedRow, NoteRow,
    OutcomeRow, RetractionRow, SettingRow, StayRow, UncuratedRow, UndoRow, WatchRow, WrittenRow,
};
use crate::seal::Body;
use crate::sheet::{Sheet, Stamped};
use crate::store::Store;

/// What was found in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Rows.
    pub rows: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// Events among them.
    pub events: u64,
    /// Dead letters among them.
    pub dead_letters: u64,
}

pub(crate) fn verify(store: &Store) -> Result<Verified, StoreError> {
    let reader = store.read();
    store.engine.verify_pages()?;
    let mut verified = Verified::default();
    for row in store.engine.all() {
        let (key, value) = row?;
        verified.rows += 1;
        verified.bytes += (key.len() + value.len()) as u64;
        let body = Body::open(&store.engine, &key, value)?;
        let kind = Kind::of(&key).expect("a row that opens is of a known kind");
        check(kind, &body)?;
        match kind {
            Kind::Event => {
                verified.events += 1;
                check_event(store, &reader, &key, &body)?;
            }
            Kind::DeadLetter => verified.dead_letters += 1,
            _ => {}
        }
    }
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
fn check(kind: Kind, body: &Body) -> Result<(), StoreError> {
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

/// Whether each row that the event makes is there.
fn check_event(
    store: &Store,
    reader: &Reader<'_>,
    key: &[u8],
    body: &Body,
) -> Result<(), StoreError> {
    let row: EventRow<'_> = body.row(Kind::Event)?;
    let damaged = || StoreError::corrupt(Kind::Event.name(), "says what can't be");
    let event = cardex_domain::ids::EventKey(keys::last_id(key).ok_or_else(damaged)?);
    let fact = reader.fact_at(event, &row)?;
    let mut sheet = Sheet::default();
    let stamped = Stamped {
        sequence: row.sequence,
        server_time_micros: row.server_time_micros,
        key: event,
        content: row.content,
        fact: &fact,
    };
    // Whether there was anything behind an event when it came can't be told afterwards.
    sheet.event(stamped, None).map_err(|_| damaged())?;
    for (key, _) in sheet.rows {
        if store.engine.get(&key)?.is_none() {
            let kind = Kind::of(&key).map_or("a row", Kind::name);
            return Err(StoreError::corrupt(kind, "is missing"));
        }
    }
    Ok(())
}
