//! Putting a damaged store right from itself, as far as that goes: indexes and marks follow from other rows and are made
//! again. What follows from nothing here is in the stream alone, and then nothing is touched.

use std::path::Path;

use crate::compact::opened;
use crate::engine::{Batch, Engine};
use crate::error::StoreError;
use crate::guard::{self, OpenOptions};
use crate::keys::{self, Kind};
use crate::migrate::{ROWS_AT_ONCE, share_in};
use crate::read::Reader;
use crate::rows::EventRow;
use crate::seal::{self, Body};
use crate::store::Store;
use crate::verify::{check, rows_of_event};

/// What was put right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Rows that were damaged and taken away.
    pub removed: u64,
    /// Rows that were missing and made again.
    pub made: u64,
}

pub(crate) fn repair(dir: &Path, options: &OpenOptions) -> Result<Repaired, StoreError> {
    let lock = guard::own(dir)?;
    let engine = opened(dir, options)?;
    let mut repaired = Repaired {
        removed: remove_damaged(&engine, share_in(&engine)?.is_some())?,
        made: 0,
    };
    drop(engine);
    drop(lock);
    let store = Store::open_as_it_is(dir, options)?;
    repaired.made = make_missing(&store)?;
    store.verify()?;
    store.close()?;
    Ok(repaired)
}

/// Takes damaged rows away that can be made again. None is when there is one that can't.
fn remove_damaged(engine: &Engine, is_divided: bool) -> Result<u64, StoreError> {
    engine.verify_pages()?;
    let mut batch = Batch::default();
    let mut removed = 0;
    for row in engine.all() {
        let (key, value) = row?;
        let sound = seal::check(&key, &value);
        let kind = Kind::of(&key);
        let sound = match kind {
            // A cut row is read with its parts where its event is looked at.
            Some(kind) if sound.is_ok() => {
                Body::open(engine, &key, value).and_then(|body| check(kind, &body))
            }
            _ => sound,
        };
        let Err(error) = sound else { continue };
        // What these follow from another shard may have.
        let away = is_divided && matches!(kind, Some(Kind::Written | Kind::Wrong));
        if away || !kind.is_some_and(follows_from_others) {
            return Err(error);
        }
        batch.remove(&key);
        removed += 1;
    }
    if removed > 0 {
        // Without it everything is looked at again, and marked.
        batch.remove(keys::curated().as_bytes());
        engine.apply(batch)?;
        engine.sync()?;
    }
    Ok(removed)
}

/// Whether rows of this kind can be made again from others, or are nothing but a mark that is set again.
fn follows_from_others(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::HeadTime
            | Kind::Naming
            | Kind::Carrying
            | Kind::Room
            | Kind::Arrival
            | Kind::Word
            | Kind::Linked
            | Kind::Undone
            | Kind::Corrected
            | Kind::CorrectedEvent
            | Kind::Uncurated
            | Kind::Curated
            | Kind::Party
            | Kind::Written
            | Kind::Wrong
    )
}

/// Makes the rows again that an event makes and that are not there.
fn make_missing(store: &Store) -> Result<u64, StoreError> {
    let reader = store.read();
    let mut made = 0;
    let mut events = store.engine.scan(&keys::Key::new(Kind::Event)).peekable();
    while events.peek().is_some() {
        let mut batch = Batch::default();
        for row in events.by_ref().take(ROWS_AT_ONCE) {
            let (key, value) = row?;
            let body = Body::open(&store.engine, &key, value)?;
            made += missing_of(&reader, &key, &body, &mut batch)?;
        }
        store.engine.apply(batch)?;
    }
    Ok(made)
}

fn missing_of(
    reader: &Reader<'_>,
    key: &[u8],
    body: &Body,
    batch: &mut Batch,
) -> Result<u64, StoreError> {
    let row: EventRow<'_> = body.row(Kind::Event)?;
    let mut made = 0;
    for (key, value) in rows_of_event(reader, key, &row)?.unwrap_or_default() {
        if reader.engine().get(&key)?.is_none() {
            batch.put(key, value);
            made += 1;
        }
    }
    Ok(made)
}
