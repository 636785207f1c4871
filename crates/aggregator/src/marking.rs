//! Marks, as events come, how far the stream was, elsewhere than in its own files; and looks at the start whether it still
//! is. A store that is new or older than the stream can't know by itself that there was more.

use std::sync::Arc;
use std::time::Duration;

use cardex_bus::streams::StreamEnds;
use cardex_bus::{Bus, Mark, MarkError, Position};
use cardex_runtime::CancellationToken;
use cardex_store::Store;

use crate::service::AggregatorError;

/// How often it is marked: what no aggregator had for so long may be gone from the stream without anybody knowing it.
const MARK_EVERY: Duration = Duration::from_secs(1);

/// Marks how far the store, and so the stream, has come.
pub(crate) struct Marking {
    pub(crate) bus: Bus,
    pub(crate) store: Arc<Store>,
}

impl Marking {
    /// Runs until told to stop, or until the stream has lost what a store that is behind has not read yet.
    pub(crate) async fn run(self, token: CancellationToken) -> Result<(), AggregatorError> {
        let mut ticks = tokio::time::interval(MARK_EVERY);
        let mut marked = None;
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let reached = reached(&self.store);
            let Some(mark) = reached.as_ref().filter(|_| reached != marked) else {
                continue;
            };
            match token.run_until_cancelled(self.bus.marks(mark)).await {
                Some(Ok(())) => marked = reached,
                Some(Err(error @ MarkError::Gone(_))) => return Err(AggregatorError::Gone(error)),
                Some(Err(error)) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "it is not marked how far the stream is; trying again"
                ),
                None => break,
            }
        }
        Ok(())
    }
}

/// Refuses to go on by a stream that has not what was marked and the store has not read.
pub(crate) async fn check(bus: &Bus, store: &Store) -> Result<(), AggregatorError> {
    let read = store.position().map(|position| Position {
        incarnation: position.incarnation,
        sequence: position.sequence,
    });
    look(bus, read.as_ref()).await
}

/// Whether the stream of events still has all that any aggregator marked of it, before a store is built from it.
///
/// # Errors
/// [`AggregatorError::Gone`] when it has not, and [`AggregatorError::Mark`] when that can't be learnt.
pub async fn nothing_is_gone(bus: &Bus) -> Result<(), AggregatorError> {
    look(bus, None).await
}

/// Lets the stream that is there now be all that there was: a person said so.
///
/// # Errors
/// When that can't be marked.
pub async fn accept_loss(bus: &Bus, ends: &StreamEnds) -> Result<(), AggregatorError> {
    let beginning = Mark {
        incarnation: ends.incarnation.clone(),
        sequence: 0,
        stored_at_us: None,
    };
    let marked = bus.marks_anew(&beginning).await;
    marked.map_err(|error| AggregatorError::Mark(error.into()))
}

async fn look(bus: &Bus, read: Option<&Position>) -> Result<(), AggregatorError> {
    let looked = bus.has_what_was_marked(read).await;
    looked.map_err(|error| match error {
        MarkError::Gone(_) => AggregatorError::Gone(error),
        error => AggregatorError::Mark(error),
    })
}

/// How far the store is, for good.
fn reached(store: &Store) -> Option<Mark> {
    let reached = store.reached()?;
    Some(Mark {
        incarnation: reached.position.incarnation,
        sequence: reached.position.sequence,
        stored_at_us: reached.stored_at_us,
    })
}
