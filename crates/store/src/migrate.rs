//! Bringing a store of an older format up to this one, step by step. A step may be killed and is then made again.

use std::num::NonZeroU16;

use cardex_domain::shard::{Shards, Share};

use crate::engine::{Batch, Engine};
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::read::{at_and_event, outcome_fact, sensible, stay_fact};
use crate::rows::{Behind, FormatRow, Names, NoteRow};
use crate::seal::{Body, seal};
use crate::sheet::Sheet;
use crate::teach::learn_again;

/// The format of stores written now. A step from each older one belongs into [`migrate`].
pub(crate) const FORMAT_VERSION: u32 = 8;
/// The same of a store that keeps a share: versions that know none must not take it for a whole one.
pub(crate) const FORMAT_DIVIDED: u32 = 9;
/// The rows that a step looks at before it writes what they come to.
pub(crate) const ROWS_AT_ONCE: usize = 256;

/// The format of a store that keeps this.
pub(crate) fn format_of(share: Option<Share>) -> u32 {
    share.map_or(FORMAT_VERSION, |_| FORMAT_DIVIDED)
}

/// Brings a store of an older format up to this one, and marks an empty one as keeping `share`. Answers what it keeps.
pub(crate) fn migrate(engine: &Engine, share: Option<Share>) -> Result<Option<Share>, StoreError> {
    let key = keys::format();
    match engine.get(key.as_bytes())? {
        Some(value) => {
            let body = Body::open(engine, key.as_bytes(), value)?;
            let FormatRow { version, share } = body.row(Kind::Format)?;
            let senseless = || StoreError::corrupt(Kind::Format.name(), "says what can't be");
            match version {
                FORMAT_VERSION => Ok(None),
                FORMAT_DIVIDED => share.0.and_then(share_of).map(Some).ok_or_else(senseless),
                // Format 2 has new kinds of row beside those of 1, rows of 3 may say more at their end, 4 has an index of
                // parties, 5 one of notes, 6 what outcomes taught, 7 an index of what was wrong, and 8 hours, and rows of stays
                // that say that somebody does not want to be disturbed. All other rows stay as they are.
                1..=7 => {
                    if version < 4 {
                        index_parties(engine)?;
                    }
                    if version < 5 {
                        index_notes(engine)?;
                    }
                    if version < 6 {
                        learn_again(engine)?;
                    }
                    if version < 7 {
                        index_wrong(engine)?;
                    }
                    write_format(engine, None)
                }
                newer if newer > FORMAT_DIVIDED => Err(StoreError::NewerFormat {
                    found: newer,
                    known: FORMAT_DIVIDED,
                }),
                _ => Err(senseless()),
            }
        }
        None if engine.all().next().is_none() => {
            if engine.was_recovered() {
                tracing::warn!(
                    "the store's files hold no rows any more; it is rebuilt from the stream"
                );
            }
            write_format(engine, share)
        }
        None => Err(StoreError::corrupt(Kind::Format.name(), "is missing")),
    }
}

/// Writes the index of parties for the stays that are there.
fn index_parties(engine: &Engine) -> Result<(), StoreError> {
    let mut rows = engine.scan(&Key::new(Kind::Stay)).peekable();
    while rows.peek().is_some() {
        let mut sheet = Sheet::default();
        for row in rows.by_ref().take(ROWS_AT_ONCE) {
            let (key, value) = row?;
            let body = Body::open(engine, &key, value)?;
            let fact = stay_fact(&key, &body)?;
            let indexed = sheet.party(&fact);
            indexed.expect("a row of an index is its key alone");
        }
        engine.apply(sheet.into_batch())?;
    }
    Ok(())
}

/// Writes the index of notes for the observations that are there.
fn index_notes(engine: &Engine) -> Result<(), StoreError> {
    let mut rows = engine.scan(&Key::new(Kind::Note)).peekable();
    while rows.peek().is_some() {
        let mut sheet = Sheet::default();
        let mut names = Names::default();
        for row in rows.by_ref().take(ROWS_AT_ONCE) {
            let (key, value) = row?;
            let body = Body::open(engine, &key, value)?;
            let row: NoteRow<'_> = body.row(Kind::Note)?;
            let Some(sequence) = row.sequence() else {
                continue;
            };
            let (at, event) = at_and_event(&key)?;
            // Its first reference, which the key begins with, is not in the index.
            if let Ok(noted) = sensible(Kind::Note, row.read(None, at, event, &mut names))? {
                let indexed = sheet.written(sequence, &noted);
                indexed.expect("a row of the index is a few bytes long");
            }
        }
        engine.apply(sheet.into_batch())?;
    }
    Ok(())
}

/// Writes the index of what was wrong for the outcomes that are there.
fn index_wrong(engine: &Engine) -> Result<(), StoreError> {
    let mut rows = engine.scan(&Key::new(Kind::Outcome)).peekable();
    while rows.peek().is_some() {
        let mut sheet = Sheet::default();
        for row in rows.by_ref().take(ROWS_AT_ONCE) {
            let (key, value) = row?;
            let body = Body::open(engine, &key, value)?;
            let indexed = sheet.wrong(&outcome_fact(&key, &body)?.1);
            indexed.expect("a row of an index is its key alone");
        }
        engine.apply(sheet.into_batch())?;
    }
    Ok(())
}

/// What a store keeps that is there already, as its format says.
pub(crate) fn share_in(engine: &Engine) -> Result<Option<Share>, StoreError> {
    let key = keys::format();
    let missing = || StoreError::corrupt(Kind::Format.name(), "is missing");
    let value = engine.get(key.as_bytes())?.ok_or_else(missing)?;
    let body = Body::open(engine, key.as_bytes(), value)?;
    let FormatRow { share, .. } = body.row(Kind::Format)?;
    Ok(share.0.and_then(share_of))
}

fn share_of((shards, shard): (u16, u16)) -> Option<Share> {
    Share::new(Shards::new(NonZeroU16::new(shards)?)?, shard)
}

fn write_format(engine: &Engine, share: Option<Share>) -> Result<Option<Share>, StoreError> {
    let row = FormatRow {
        version: format_of(share),
        share: Behind(share.map(|share| (share.shards().count(), share.shard()))),
    };
    let mut batch = Batch::default();
    seal(keys::format().as_bytes(), &row, |key, value| {
        batch.put(key, value);
    })
    .expect("the format row is a few bytes long");
    engine.apply(batch)?;
    engine.sync()?;
    Ok(share)
}
