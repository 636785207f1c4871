//! What notes say as they were read, kept by what stands in them: a profile with a thousand notes would be a thousand
//! notes read at every event of its guest.

use std::num::NonZeroUsize;

use cardex_domain::note::{Reading, ReadsNotes};
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;
use lru::LruCache;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// Notes of which it is kept what they say, about a quarter of a kilobyte each.
const NOTES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("it is not 0");

/// Reads notes by the words of one vocabulary, each text once as long as it is kept.
#[derive(Debug)]
pub(crate) struct Readings {
    extractor: Extractor,
    kept: Mutex<LruCache<[u8; 32], Box<[Reading]>>>,
}

impl Readings {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            extractor: Extractor::new(vocabulary),
            kept: Mutex::new(LruCache::new(NOTES_MAX)),
        }
    }

    /// What reads a note that is not kept.
    pub(crate) fn extractor(&self) -> &Extractor {
        &self.extractor
    }
}

impl ReadsNotes for Readings {
    fn read(&self, note: &str) -> Vec<Reading> {
        let key: [u8; 32] = Sha256::digest(note).into();
        if let Some(known) = self.kept.lock().get(&key) {
            return known.to_vec();
        }
        let read = self.extractor.read(note);
        self.kept.lock().put(key, read.as_slice().into());
        read
    }
}

#[cfg(test)]
mod tests;
