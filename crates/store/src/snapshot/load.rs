//! Loading a snapshot: into fresh files beside the store's directory, which take its name once everything was right.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::file::{Block, Reader};
use super::{Held, SnapshotError, Tell};
use crate::compact::{self, opened, rename};
use crate::engine::{Batch, Engine};
use crate::error::StoreError;
use crate::guard::{self, Lock, OpenOptions, io, sync_dir};
use crate::keys::{Key, Kind};
use crate::migrate::{FORMAT_DIVIDED, share_in};
use crate::unfinished::Unfinished;

const ROWS_PER_BATCH: usize = 1_000;

/// Loads a snapshot into `dir`, which holds no store, under the installation's key of this fingerprint.
pub(crate) fn restore(
    dir: &Path,
    input: impl Read,
    key: &str,
    options: &OpenOptions,
    tell: &mut Tell<'_>,
) -> Result<Held, SnapshotError> {
    let _lock = Lock::take(dir)?;
    compact::settle(dir)?;
    if !is_empty(dir)? {
        return Err(SnapshotError::NotEmpty {
            path: dir.to_owned(),
        });
    }
    let fresh = Unfinished::Restoring.beside(dir);
    remove(&fresh)?;
    let loaded = load(dir, &fresh, input, key, options, tell);
    let held = match loaded {
        Ok(held) => held,
        Err(error) => {
            remove(&fresh)?;
            return Err(error);
        }
    };
    if dir.exists() {
        fs::remove_dir(dir).map_err(|e| io("replace", dir, e))?;
    }
    rename(&fresh, dir)?;
    Ok(held)
}

fn load(
    dir: &Path,
    fresh: &Path,
    input: impl Read,
    key: &str,
    options: &OpenOptions,
    tell: &mut Tell<'_>,
) -> Result<Held, SnapshotError> {
    let mut reader = Reader::begin(input)?;
    let header = &reader.header;
    if header.key != key {
        return Err(SnapshotError::OtherKey {
            held: header.key.clone(),
            given: key.to_owned(),
        });
    }
    if header.store_format > FORMAT_DIVIDED {
        let (found, known) = (header.store_format, FORMAT_DIVIDED);
        return Err(StoreError::NewerFormat { found, known }.into());
    }
    let engine = opened(fresh, options)?;
    let held = loop {
        match reader.next()? {
            Block::Rows(rows) => apply(&engine, rows.changes())?,
            Block::End(held) => break held,
        }
        if !tell(reader.bytes) {
            return Err(StoreError::GivenUp.into());
        }
    };
    is_what_was_held(&engine, &held)?;
    guard::keeps_the_share(dir, share_in(&engine)?, options)?;
    engine.sync()?;
    drop(engine);
    guard::wait_released(fresh)?;
    sync_dir(fresh)?;
    Ok(*held)
}

fn apply<'c>(
    engine: &Engine,
    changes: impl Iterator<Item = super::file::Change<'c>>,
) -> Result<(), StoreError> {
    let mut changes = changes.peekable();
    while changes.peek().is_some() {
        let mut batch = Batch::default();
        for (key, value) in changes.by_ref().take(ROWS_PER_BATCH) {
            match value {
                Some(value) => batch.put(key.to_vec(), value.to_vec()),
                None => batch.remove(key),
            }
        }
        engine.apply(batch)?;
    }
    Ok(())
}

/// Whether the rows that were loaded are those that the end of the snapshot speaks of.
fn is_what_was_held(engine: &Engine, held: &Held) -> Result<(), SnapshotError> {
    let wrong = || SnapshotError::damaged("its rows are not what its end says");
    let visible = guard::stand(engine).map_err(|_| wrong())?;
    if visible.position != held.position || visible.counts != held.counts {
        return Err(wrong());
    }
    let mut events = 0;
    for row in engine.scan(&Key::new(Kind::Event)) {
        row?;
        events += 1;
    }
    (events == held.counts.events)
        .then_some(())
        .ok_or_else(wrong)
}

fn is_empty(dir: &Path) -> Result<bool, StoreError> {
    if !dir.exists() {
        return Ok(true);
    }
    let mut files = fs::read_dir(dir).map_err(|e| io("read", dir, e))?;
    Ok(files.next().is_none())
}

fn remove(dir: &Path) -> Result<(), StoreError> {
    if dir.exists() {
        guard::wait_released(dir)?;
        fs::remove_dir_all(dir).map_err(|e| io("remove", dir, e))?;
    }
    Ok(())
}
