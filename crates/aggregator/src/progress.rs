//! How far the store durably is, for those who wait until it has come far enough.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

/// The caller asked for a sequence that the store has not reached in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    /// How far it is.
    pub(crate) at: u64,
}

/// Up to which sequence everything is there, and what is known to follow.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    reached: watch::Sender<Reached>,
    ahead: Arc<Mutex<Ahead>>,
}

/// How far the records go.
#[derive(Debug, Clone, Copy)]
struct Reached {
    /// Up to here readers see everything.
    written: u64,
    /// Up to here everything is flushed and synced as well.
    durable: u64,
    /// It will get no further.
    ended: bool,
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
            reached: watch::Sender::new(Reached {
                written: sequence,
                durable: sequence,
                ended: false,
            }),
            ahead: Arc::new(Mutex::new(ahead)),
        }
    }

    /// Readers see everything up to `sequence`.
    pub(crate) fn written(&self, sequence: u64) {
        self.reached.send_modify(|at| at.written = sequence);
    }

    /// Everything up to `sequence` is safely on disk.
    pub(crate) fn reached(&self, sequence: u64) {
        self.reached.send_modify(|at| at.durable = sequence);
        self.note(|ahead| ahead.end = ahead.end.max(sequence));
    }

    /// Nothing more is read: whoever waits, waits in vain.
    pub(crate) fn end(&self) {
        self.reached.send_modify(|at| at.ended = true);
    }

    /// Waits until nothing more is read.
    pub(crate) async fn ended(&self) {
        let mut receiver = self.reached.subscribe();
        // The sender is this.
        let _ = receiver.wait_for(|at| at.ended).await;
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

    /// The sequence up to which everything is safely on disk.
    pub(crate) fn sequence(&self) -> u64 {
        self.reached.borrow().durable
    }

    /// How many events of the stream are not applied, and for how long it has had such; `None` when there are none.
    pub(crate) fn behind(&self) -> Option<(u64, Duration)> {
        let ahead = self.ahead.lock();
        let events = ahead.end.saturating_sub(self.sequence());
        (events > 0).then(|| (events, ahead.caught_up_at.elapsed()))
    }

    /// Waits until readers see `sequence`, which may not be safely on disk yet, at most until `deadline`.
    pub(crate) async fn visible(&self, sequence: u64, deadline: Instant) -> Result<(), Behind> {
        self.wait(deadline, |at| at.written >= sequence).await
    }

    /// Waits until everything up to `sequence` is safely on disk, at most until `deadline`.
    pub(crate) async fn durable(&self, sequence: u64, deadline: Instant) -> Result<(), Behind> {
        self.wait(deadline, |at| at.durable >= sequence).await
    }

    async fn wait(
        &self,
        deadline: Instant,
        enough: impl Fn(&Reached) -> bool,
    ) -> Result<(), Behind> {
        let mut receiver = self.reached.subscribe();
        let reached = receiver.wait_for(|at| at.ended || enough(at));
        match tokio::time::timeout_at(deadline, reached).await {
            Ok(Ok(at)) if enough(&at) => Ok(()),
            _ => Err(Behind {
                at: self.sequence(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
