//! How far the store durably is, for those who wait until it has come far enough.

use std::time::Duration;

use tokio::sync::watch;

/// The caller asked for a sequence that the store has not reached in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    /// How far it is.
    pub(crate) at: u64,
}

/// The sequence up to which everything is applied, flushed and synced.
#[derive(Debug, Clone)]
pub(crate) struct Progress(watch::Sender<u64>);

impl Progress {
    pub(crate) fn new(sequence: u64) -> Self {
        Self(watch::Sender::new(sequence))
    }

    pub(crate) fn reached(&self, sequence: u64) {
        self.0.send_replace(sequence);
    }

    pub(crate) fn sequence(&self) -> u64 {
        *self.0.borrow()
    }

    /// Waits until `sequence` is reached, at most for `patience`.
    pub(crate) async fn at_least(&self, sequence: u64, patience: Duration) -> Result<(), Behind> {
        let mut receiver = self.0.subscribe();
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
