//! How soon what was struck does its work again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;

use super::hotel::Victim;
use crate::desk::Desk;

/// How often it is looked.
const LOOKED_EVERY: Duration = Duration::from_millis(20);

/// What was asked of an aggregator that is killed is never answered, and says nothing of the next.
const ASKED_ANEW_AFTER: Duration = Duration::from_millis(500);

/// How long it took from the kill, or from the end of the fault, until the victim did its work.
#[derive(Debug, Clone, Serialize)]
pub struct Recovery {
    /// What was struck.
    pub victim: &'static str,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Nothing else was struck meanwhile, so that it is the victim's own.
    pub alone: bool,
}

/// How many faults have struck.
#[derive(Debug, Clone, Default)]
pub(super) struct Strikes(Arc<AtomicUsize>);

impl Strikes {
    pub(super) fn another(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is watched.
pub(super) struct Watch {
    pub(super) desk: Desk,
    pub(super) strikes: Strikes,
    /// From when it is counted.
    pub(super) since: Instant,
    /// What was acknowledged by then.
    pub(super) sequence: u64,
    /// How many events were.
    pub(super) count: watch::Receiver<usize>,
}

impl Watch {
    /// Waits until the server acknowledges again, the aggregator answers with all that had been acknowledged, or the listener
    /// has worked that off.
    pub(super) async fn recovers(mut self, victim: Victim) -> Recovery {
        let strikes = self.strikes.count();
        let mut look = tokio::time::interval(LOOKED_EVERY);
        match victim {
            Victim::Server => {
                let before = *self.count.borrow();
                // The load may have ended, which is no fault of the server's.
                let _ = self.count.wait_for(|count| *count > before).await;
            }
            Victim::Aggregator => {
                let applied = || {
                    let asked = self.desk.has_applied(self.sequence);
                    tokio::time::timeout(ASKED_ANEW_AFTER, asked)
                };
                while !applied().await.is_ok_and(|applied| applied) {
                    look.tick().await;
                }
            }
            Victim::Listener => {
                while self.desk.listened().await < self.sequence {
                    look.tick().await;
                }
            }
        }
        let took = self.since.elapsed();
        Recovery {
            victim: victim.name(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            alone: self.strikes.count() == strikes,
        }
    }
}
