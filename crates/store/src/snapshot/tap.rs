//! What is written while a snapshot is taken.

use parking_lot::Mutex;

use super::file::{add_change, change_bytes};
use crate::engine::Batch;

/// What may wait for the snapshot's file, in bytes. Only a disk that stands still lets so much gather.
const WAITING_MAX_BYTES: usize = 64 << 20;

/// Changes on their way into a snapshot, where one is being taken.
#[derive(Default)]
pub(crate) struct Tap(Mutex<Option<Waiting>>);

/// Changes in the order in which they were made.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) changes: Vec<u8>,
    /// Whether some were let go.
    pub(super) outrun: bool,
}

impl Tap {
    /// The changes of a batch as they are noted; `None` while no snapshot is taken.
    pub(crate) fn noting(&self, batch: &Batch) -> Option<Vec<u8>> {
        self.0.lock().as_ref()?;
        let mut noted = Vec::with_capacity(change_bytes(batch.changes()));
        for (key, value) in batch.changes() {
            add_change(&mut noted, key, value);
        }
        Some(noted)
    }

    /// Takes note of changes, at the moment from which readers see them.
    pub(crate) fn note(&self, noted: Option<Vec<u8>>) {
        let mut tap = self.0.lock();
        if let (Some(waiting), Some(noted)) = (tap.as_mut(), noted) {
            waiting.outrun |= waiting.changes.len() + noted.len() > WAITING_MAX_BYTES;
            if !waiting.outrun {
                waiting.changes.extend_from_slice(&noted);
            }
        }
    }

    /// Notes changes from now on. Nobody writes meanwhile.
    pub(super) fn open(&self) {
        *self.0.lock() = Some(Waiting::default());
    }

    /// What was noted since.
    pub(super) fn drain(&self) -> Waiting {
        self.0
            .lock()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    pub(super) fn close(&self) {
        *self.0.lock() = None;
    }
}
