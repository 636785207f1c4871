//! Of which observations anything is taken back, or anything is said of the note. Of few it is, and looking for the rows
//! of each one that is read would take longer than reading it; so it is asked here first.
//!
//! A Bloom filter of fixed size: what was ever added is always found, and of what was not, little. Keys are hashes
//! already, so their own bits say where they stand.

use std::sync::atomic::{AtomicU64, Ordering};

use cardex_domain::ids::EventKey;

use crate::engine::Engine;
use crate::error::StoreError;
use crate::keys::{self, Kind};

/// Bits of the filter: with a million such events, two in a hundred other observations are looked for in vain.
const BITS: usize = 1 << 23;
const WORD_BITS: usize = u64::BITS as usize;

/// The events that retractions name, and what is said of notes.
pub(crate) struct Targets(Box<[AtomicU64]>);

impl Targets {
    /// Those of the rows.
    pub(crate) fn read(engine: &Engine) -> Result<Self, StoreError> {
        let words = (0..BITS / WORD_BITS).map(|_| AtomicU64::new(0));
        let targets = Self(words.collect());
        for kind in [Kind::Retraction, Kind::NoteJudged] {
            for row in engine.scan(&keys::Key::new(kind)) {
                let (key, _) = row?;
                let target = keys::first_id(&key);
                let wrong = || StoreError::corrupt(kind.name(), "has a key that is too short");
                targets.add(EventKey(target.ok_or_else(wrong)?));
            }
        }
        Ok(targets)
    }

    /// Adds one; to be called before readers may see its row.
    pub(crate) fn add(&self, target: EventKey) {
        for (word, bit) in places(target) {
            self.0[word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether one of them may name the event; `false` is certain.
    pub(crate) fn may_have(&self, event: EventKey) -> bool {
        places(event)
            .into_iter()
            .all(|(word, bit)| self.0[word].load(Ordering::Relaxed) & bit != 0)
    }
}

/// Where the bits of a key are: four words of it, each of which says a place.
fn places(key: EventKey) -> [(usize, u64); 4] {
    let (chunks, _) = key.0.as_chunks::<4>();
    [0, 1, 2, 3].map(|n| {
        let place = u32::from_le_bytes(chunks[n]) as usize % BITS;
        (place / WORD_BITS, 1 << (place % WORD_BITS))
    })
}
