//! What each stay was looked at for last, so that a board never follows from less than one before it did.
//!
//! Events of one stay are worked off at once, and an answer may be older than one that was acted on meanwhile, also by one
//! that found no news and published nothing. A later event that was looked at has said all that an earlier one would; where
//! only the answer is older, it is asked for again. Of another listener the same is seen by its boards: one that
//! passes with an earlier event than was looked at here may be older than what was found to be no news.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use cardex_domain::ids::{EventKey, PropertyId, StayId};
use cardex_domain::stay::Stay;
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::boards::Occasion;

/// Looks that are kept: more than the stays of all pages of answers that can be under way at once.
const LOOKS_MAX: NonZeroUsize = NonZeroUsize::new(32_768).expect("it is not zero");

/// A look at a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// The property of the stay.
    pub(crate) property: PropertyId,
    pub(crate) stay: StayId,
    /// The event that it was looked at for.
    pub(crate) event: EventKey,
    pub(crate) occasion: Occasion,
    /// What the answer had reached.
    pub(crate) sequence: u64,
}

impl Look {
    /// The look at the stay for that event, as of what the answer had reached.
    pub(crate) fn at(stay: &Stay, (event, occasion): (EventKey, Occasion), sequence: u64) -> Self {
        Self {
            property: stay.property.clone(),
            stay: stay.id,
            event,
            occasion,
            sequence,
        }
    }
}

/// How a look stands to those before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// None of them knew more.
    Next,
    /// A later event was looked at: nothing is left to be said.
    Over,
    /// One of them knew what the server took up to `since`: so must this one.
    Behind { since: u64 },
}

/// The last look at each stay.
pub(crate) struct Looks {
    kept: Mutex<Kept>,
    /// Something is to be looked at again.
    overtaken: Notify,
}

struct Kept {
    last: LruCache<StayId, Look>,
    /// Those that an older board was published after.
    again: BTreeMap<StayId, Look>,
}

impl Looks {
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::new(Kept {
                last: LruCache::new(LOOKS_MAX),
                again: BTreeMap::new(),
            }),
            overtaken: Notify::new(),
        }
    }

    /// How this look stands to those before it. Where it is its turn it is the last from now on, so that whatever passes
    /// while its boards are made is seen. Should they fail to be, the event comes again.
    pub(crate) fn begin(&self, look: &Look) -> Turn {
        let mut kept = self.kept.lock();
        match kept.last.get(&look.stay) {
            Some(last) if last.occasion.trigger > look.occasion.trigger => Turn::Over,
            Some(last) if last.sequence > look.sequence => Turn::Behind {
                since: last.sequence,
            },
            _ => {
                kept.last.put(look.stay, look.clone());
                Turn::Next
            }
        }
    }

    /// Whether the stay was looked at.
    pub(crate) fn knows(&self, stay: StayId) -> bool {
        self.kept.lock().last.contains(&stay)
    }

    /// Another listener published a board of this revision.
    pub(crate) fn passed(&self, stay: StayId, revision: u64) {
        let mut kept = self.kept.lock();
        let last = kept.last.peek(&stay);
        if let Some(later) = last.filter(|last| last.occasion.trigger > revision) {
            let later = later.clone();
            kept.again.insert(stay, later);
            self.overtaken.notify_one();
        }
    }

    /// A look that is to be repeated, once there is one.
    pub(crate) async fn next_again(&self) -> Look {
        loop {
            let next = self.kept.lock().again.pop_first();
            if let Some((_, look)) = next {
                return look;
            }
            self.overtaken.notified().await;
        }
    }

    /// The boards are others altogether.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept.lock();
        kept.last.clear();
        kept.again.clear();
    }
}

#[cfg(test)]
mod tests;
