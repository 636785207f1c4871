//! What measurements compare the store with: the same rows written straight into the engine, with the same flushes.
//! Behind the feature `floor`; no service uses it.

use std::path::Path;

use crate::curate::UNDERSTOOD;
use crate::engine::{Batch, Engine, OpenFailure};
use crate::entry::{Entry, Position};
use crate::error::StoreError;
use crate::guard::{OpenOptions, io};
use crate::plan::{Known, Plan};
use crate::store::Store;

/// A key and a value as they lie on disk.
pub type Row = (Vec<u8>, Vec<u8>);

/// The engine without the store around it.
pub struct Floor {
    engine: Engine,
}

impl Floor {
    /// Opens an empty database in `dir` the way the store does.
    ///
    /// # Errors
    /// When the engine does not open there.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let engine = Engine::open(dir, options.cache_bytes).map_err(|failure| match failure {
            OpenFailure::Busy => StoreError::Locked {
                path: dir.to_owned(),
            },
            OpenFailure::Refused(source) => io("open", dir, source),
            OpenFailure::Damaged(source) => StoreError::Engine {
                what: "open its files",
                source,
            },
        })?;
        Ok(Self { engine })
    }

    /// Writes the rows as one batch and returns once they are safely on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in rows {
            batch.put(key, value);
        }
        self.engine.apply(batch)?;
        self.engine.sync()
    }
}

/// The rows that [`Store::write`] would write now for this batch. Nothing is written.
///
/// # Errors
/// As [`Store::write`].
pub fn rows(store: &Store, batch: &[Entry], position: &Position) -> Result<Vec<Row>, StoreError> {
    let mut known = Known::new();
    let before = store.visible.read().clone();
    let mut plan = Plan::new(&store.engine, &mut known, &before, UNDERSTOOD, None);
    for entry in batch {
        plan.add(entry)?;
    }
    plan.into_rows(Some(position))
}
