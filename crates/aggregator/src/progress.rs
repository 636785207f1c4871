//! How far the store durably is, for those who wait until it has come far enough.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

/// The caller asked for a sequence that the store has not reached in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    /// How far it is.
    pub(crate) at: u64,
}

/// The sequence up to which everything is applied, flushed and synced, and what is known to follow.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    reached: watch::Sender<u64>,
    ahead: Arc<Mutex<Ahead>>,
}

/// What the stream is known to hold.
#[derive(Debug)]
struct Ahead {
    /// Its last sequence.
    end: u64,
    /// When it last had nothing that was not applied.
    caught_up_at: Instant,
}

impl Progress {
    pub(crate) fn new(sequence: u64) -> Self {
        let ahead = Ahead {
            end: sequence,
            caught_up_at: Instant::now(),
        };
        Self {
            reached: watch::Sender::new(sequence),
            ahead: Arc::new(Mutex::new(ahead)),
        }
    }

    pub(crate) fn reached(&self, sequence: u64) {
        self.reached.send_replace(sequence);
        self.note(|ahead| ahead.end = ahead.end.max(sequence));
    }

    /// Takes note of how far the stream goes.
    pub(crate) fn stream_ends_at(&self, end: u64) {
        self.note(|ahead| ahead.end = end);
    }

    fn note(&self, change: impl FnOnce(&mut Ahead)) {
        let mut ahead = self.ahead.lock();
        if ahead.end <= self.sequence() {
            ahead.caught_up_at = Instant::now();
        }
        change(&mut ahead);
        if ahead.end <= self.sequence() {
            ahead.caught_up_at = Instant::now();
        }
    }

    pub(crate) fn sequence(&self) -> u64 {
        *self.reached.borrow()
    }

    /// How many events of the stream are not applied, and for how long it has had such; `None` when there are none.
    pub(crate) fn behind(&self) -> Option<(u64, Duration)> {
        let ahead = self.ahead.lock();
        let events = ahead.end.saturating_sub(self.sequence());
        (events > 0).then(|| (events, ahead.caught_up_at.elapsed()))
    }

    /// Waits until `sequence` is reached, at most for `patience`.
    pub(crate) async fn at_least(&self, sequence: u64, patience: Duration) -> Result<(), Behind> {
        let mut receiver = self.reached.subscribe();
        let reached = receiver.wait_for(|at| *at >= sequence);
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Behind {
                at: self.sequence(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
