//! When something last came under a place of another shard: all that a store keeps of what it leaves to others.

use std::num::NonZeroUsize;

use lru::LruCache;

/// Places of which it is kept when something last came there; of all others it counts as known as the newest of those
/// that are not kept.
const PLACES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("65,536 is not 0");

/// The last sequence at each place, as far as it is kept.
pub(crate) struct Recent {
    last: LruCache<u64, u64>,
    forgotten: u64,
}

impl Recent {
    pub(crate) fn new() -> Self {
        Self {
            last: LruCache::new(PLACES_MAX),
            forgotten: 0,
        }
    }

    pub(crate) fn note(&mut self, place: u64, sequence: u64) {
        if let Some((gone, at)) = self.last.push(place, sequence)
            && gone != place
        {
            self.forgotten = self.forgotten.max(at);
        }
    }

    /// No later than then something last came there.
    pub(crate) fn last(&self, place: u64) -> u64 {
        self.last.peek(&place).map_or(self.forgotten, |at| *at)
    }
}
