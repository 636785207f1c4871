//! Copying a store into fresh files: the engine's own never shrink.
//!
//! The order of renames makes every crash harmless: the store's own name is missing only while a complete copy stands
//! beside it, and [`settle`] ends what was begun.

use std::fs;
use std::path::Path;

use crate::engine::{Batch, Engine};
use crate::entry::Counts;
use crate::error::StoreError;
use crate::guard::{self, OpenOptions, beside, io, stand, sync_dir};
use crate::keys;
use crate::rows::HeadRow;
use crate::seal::seal;

const COPY: &str = "compacting";
const OLD: &str = "old";
const ROWS_PER_BATCH: usize = 1_000;

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compaction {
    /// Bytes of the files before.
    pub bytes_before: u64,
    /// Bytes of the files after.
    pub bytes_after: u64,
}

/// Whether the files have grown out of proportion to the rows in them.
pub(crate) fn is_due(
    engine: &Engine,
    counts: &Counts,
    options: &OpenOptions,
) -> Result<bool, StoreError> {
    let Some(ratio) = options.compact_at_ratio else {
        return Ok(false);
    };
    let disk = engine.disk_bytes()?;
    let grown = disk > counts.live_bytes.saturating_mul(u64::from(ratio));
    Ok(grown && disk >= options.compact_min_bytes)
}

/// Ends or undoes a compaction that was cut short.
pub(crate) fn settle(dir: &Path) -> Result<(), StoreError> {
    let (copy, old) = (beside(dir, COPY), beside(dir, OLD));
    if !dir.exists() && old.exists() {
        let complete = if copy.exists() { &copy } else { &old };
        rename(complete, dir)?;
    }
    for leftover in [copy, old] {
        if dir.exists() && leftover.exists() {
            fs::remove_dir_all(&leftover).map_err(|e| io("remove", &leftover, e))?;
        }
    }
    Ok(())
}

/// Copies the store in `dir` and puts the copy in its place. Nobody has it open, and the caller holds its lock.
pub(crate) fn compact(dir: &Path, options: &OpenOptions) -> Result<Compaction, StoreError> {
    let copy = beside(dir, COPY);
    let from = opened(dir, options)?;
    let to = opened(&copy, options)?;
    let bytes_before = from.disk_bytes()?;
    copy_rows(&from, &to)?;
    to.sync()?;
    let bytes_after = to.disk_bytes()?;
    drop((from, to));
    guard::wait_released(dir)?;
    guard::wait_released(&copy)?;
    sync_dir(&copy)?;
    exchange(dir)?;
    Ok(Compaction {
        bytes_before,
        bytes_after,
    })
}

/// Puts the complete, closed store in `fresh` in the place of that in `dir`. The caller holds its lock.
pub(crate) fn take_place(dir: &Path, fresh: &Path) -> Result<(), StoreError> {
    sync_dir(fresh)?;
    if !dir.exists() {
        return rename(fresh, dir);
    }
    rename(fresh, &beside(dir, COPY))?;
    exchange(dir)
}

/// Puts the complete copy in the place of the store.
fn exchange(dir: &Path) -> Result<(), StoreError> {
    let (copy, old) = (beside(dir, COPY), beside(dir, OLD));
    rename(dir, &old)?;
    rename(&copy, dir)?;
    fs::remove_dir_all(&old).map_err(|e| io("remove", &old, e))
}

pub(crate) fn opened(dir: &Path, options: &OpenOptions) -> Result<Engine, StoreError> {
    guard::open_engine(dir, options)?
        .map_err(|reason| StoreError::corrupt("the engine's file", &reason))
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|e| io("rename", from, e))?;
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}

fn copy_rows(from: &Engine, to: &Engine) -> Result<(), StoreError> {
    let head = keys::head();
    let mut live_bytes = 0;
    let mut batch = Batch::default();
    let mut waiting = 0;
    for row in from.all() {
        let (key, value) = row?;
        if *key == *head.as_bytes() {
            continue;
        }
        live_bytes += (key.len() + value.len()) as u64;
        batch.put(key.to_vec(), value.to_vec());
        waiting += 1;
        if waiting == ROWS_PER_BATCH {
            to.apply(std::mem::take(&mut batch))?;
            waiting = 0;
        }
    }
    let visible = stand(from)?;
    let counts = Counts {
        live_bytes,
        ..visible.counts
    };
    let row = HeadRow::of(visible.position.as_ref(), &counts);
    seal(head.as_bytes(), &row, |key, value| batch.put(key, value))
        .map_err(|_| StoreError::TooLarge { sequence: 0 })?;
    to.apply(batch)
}
