//! Publishing many events and keeping the server busy: in batches where it stores them as one, else a window of single
//! ones. What became of each is handed out in the order in which they were given.

use std::collections::VecDeque;

use anyhow::Context as _;
use cardex_bus::publish::{SYNCED_WINDOW, UNSYNCED_WINDOW};
use cardex_bus::streams::{EVENTS, SyncCheck, check_sync_always};
use cardex_bus::{Ack, Batches, Bulk, Bus, Outgoing, PublishError};
use tokio::task::JoinHandle;

/// How many events are stored as one.
const BATCH_EVENTS: usize = 500;

/// How many batches are under way: one is stored while the next is sent.
const BATCHES_UNDER_WAY: usize = 3;

/// What became of an event.
type Outcome = (Outgoing, Result<Ack, PublishError>);

/// An event that is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    /// What it was given with: the line it came from, say.
    pub(crate) tag: u64,
    /// Where it was published.
    pub(crate) subject: String,
    /// The server's word.
    pub(crate) ack: Ack,
}

/// A way out for many events.
pub(crate) struct Outlet {
    route: Route,
    /// The tags of what is not handed out yet, in order.
    tags: VecDeque<u64>,
    outcomes: VecDeque<Outcome>,
}

enum Route {
    One(Bulk),
    Many {
        batches: Batches,
        gathered: Vec<Outgoing>,
        under_way: VecDeque<JoinHandle<Vec<Outcome>>>,
    },
}

impl Outlet {
    /// The quickest way that the server offers; a window of single events where one is asked for.
    pub(crate) async fn open(bus: &Bus, window: Option<usize>) -> anyhow::Result<Self> {
        let batches = bus.batches(EVENTS).await?;
        let route = match window {
            Some(window) => Route::One(bus.bulk(window)),
            None if batches.is_atomic() => Route::Many {
                batches,
                gathered: Vec::with_capacity(BATCH_EVENTS),
                under_way: VecDeque::new(),
            },
            None => Route::One(bus.bulk(fitting_window(bus).await)),
        };
        Ok(Self {
            route,
            tags: VecDeque::new(),
            outcomes: VecDeque::new(),
        })
    }

    /// Sends an event, after waiting for earlier ones where enough are under way.
    pub(crate) async fn push(&mut self, tag: u64, event: Outgoing) -> anyhow::Result<()> {
        self.tags.push_back(tag);
        match &mut self.route {
            Route::One(bulk) => self.outcomes.extend(bulk.push(event).await),
            Route::Many {
                batches,
                gathered,
                under_way,
            } => {
                gathered.push(event);
                if gathered.len() == BATCH_EVENTS {
                    under_way.push_back(spawn(batches, gathered));
                }
                if under_way.len() == BATCHES_UNDER_WAY
                    && let Some(oldest) = under_way.pop_front()
                {
                    self.outcomes.extend(oldest.await?);
                }
            }
        }
        Ok(())
    }

    /// Waits for everything under way.
    pub(crate) async fn finish(&mut self) -> anyhow::Result<()> {
        match &mut self.route {
            Route::One(bulk) => {
                while let Some(outcome) = bulk.next().await {
                    self.outcomes.push_back(outcome);
                }
            }
            Route::Many {
                batches,
                gathered,
                under_way,
            } => {
                under_way.push_back(spawn(batches, gathered));
                for batch in under_way.drain(..) {
                    self.outcomes.extend(batch.await?);
                }
            }
        }
        Ok(())
    }

    /// The next event that is stored; `None` when no more are reported yet.
    pub(crate) fn stored(&mut self) -> anyhow::Result<Option<Stored>> {
        let Some((event, outcome)) = self.outcomes.pop_front() else {
            return Ok(None);
        };
        let tag = self.tags.pop_front().unwrap_or_default();
        let ack =
            outcome.with_context(|| format!("event {} is not known to be stored", event.id))?;
        Ok(Some(Stored {
            tag,
            subject: event.subject,
            ack,
        }))
    }
}

fn spawn(batches: &Batches, gathered: &mut Vec<Outgoing>) -> JoinHandle<Vec<Outcome>> {
    let events = std::mem::replace(gathered, Vec::with_capacity(BATCH_EVENTS));
    let batches = batches.clone();
    tokio::spawn(async move { batches.publish(events).await })
}

/// A server that syncs each message does one after the other; where it can't be known it is taken to.
async fn fitting_window(bus: &Bus) -> usize {
    match bus.monitoring_url() {
        Some(url) => match check_sync_always(url).await {
            SyncCheck::Not(_) => UNSYNCED_WINDOW,
            SyncCheck::Always | SyncCheck::Unknown(_) => SYNCED_WINDOW,
        },
        None => SYNCED_WINDOW,
    }
}
