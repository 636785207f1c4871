//! Work on many records by several threads. What comes out does not depend on how many: parts are put together in
//! their order.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many records a thread takes at once.
const PART_RECORDS: usize = 1024;

/// How much of the machine a piece of work may take, and whom it tells how far it is.
#[derive(Clone, Copy)]
pub struct Effort<'t> {
    /// Threads.
    pub threads: NonZeroUsize,
    /// Is told how many records of how many are done, from any thread.
    pub progress: &'t (dyn Fn(usize, usize) + Sync),
}

impl Effort<'static> {
    /// One thread that tells nobody.
    pub const ALONE: Self = Self {
        threads: NonZeroUsize::MIN,
        progress: &|_, _| (),
    };
}

impl Effort<'_> {
    /// The results for parts of `0..count`, in the order of the parts.
    pub(crate) fn in_parts<T: Send>(
        self,
        count: usize,
        work: impl Fn(Range<usize>) -> T + Sync,
    ) -> Vec<T> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let take_parts = || {
            let mut results = Vec::new();
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                let from = part.saturating_mul(PART_RECORDS);
                if from >= count {
                    return results;
                }
                let to = count.min(from + PART_RECORDS);
                results.push((part, work(from..to)));
                let done = done.fetch_add(to - from, Ordering::Relaxed) + (to - from);
                (self.progress)(done, count);
            }
        };
        let mut results = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.get())
                .map(|_| scope.spawn(take_parts))
                .collect();
            let mut results = take_parts();
            for other in others {
                results.extend(other.join().expect("a thread ends as its work does"));
            }
            results
        });
        results.sort_unstable_by_key(|(part, _)| *part);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
