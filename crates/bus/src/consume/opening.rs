//! Opening a consumer in a task of its own: a caller that waits in short turns, or among other things, would
//! otherwise begin again at every turn and never get there. An attempt that takes long is begun anew: what was asked of a server
//! that died, or of a stream without a leader, is never answered.

use std::future::Future;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use crate::BoxError;

/// How long the first attempt may take, and twice as long each one after it, up to the longest.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_PATIENCE: Duration = Duration::from_secs(16);

/// What is being opened, if anything is, and the pause before the next attempt.
pub(crate) struct Opening<T> {
    task: Option<AbortOnDropHandle<Result<T, BoxError>>>,
    backoff: Backoff,
    patience: Duration,
}

impl<T: Send + 'static> Opening<T> {
    pub(crate) const fn none() -> Self {
        Self {
            task: None,
            backoff: Backoff::new(),
            patience: FIRST_PATIENCE,
        }
    }

    /// What was opened is of use: the next attempt is at once.
    pub(crate) const fn succeeded(&mut self) {
        self.backoff.reset();
        self.patience = FIRST_PATIENCE;
    }

    /// Begins after a pause, unless it is under way already, and waits for the end. Cancel safe.
    pub(crate) async fn done<F>(&mut self, begin: impl FnOnce() -> F) -> Result<T, BoxError>
    where
        F: Future<Output = Result<T, BoxError>> + Send + 'static,
    {
        let Self {
            task,
            backoff,
            patience,
        } = self;
        let task = task.get_or_insert_with(|| {
            let (pause, bound, opening) = (backoff.pause(), *patience, begin());
            *patience = (bound * 2).min(LONGEST_PATIENCE);
            AbortOnDropHandle::new(tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let opened = tokio::time::timeout(bound, opening).await;
                opened.unwrap_or_else(|late| Err(Box::new(late)))
            }))
        });
        let ended = task.await;
        self.task = None;
        match ended {
            Ok(opened) => opened,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is ending, and we with it.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Ever longer pauses between attempts, up to a bound.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(2);

    pub(crate) const fn new() -> Self {
        Self {
            next: Duration::ZERO,
        }
    }

    /// The first attempt after a success is at once.
    const fn reset(&mut self) {
        self.next = Duration::ZERO;
    }

    /// How long to wait before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).clamp(Self::FIRST, Self::LONGEST);
        pause
    }
}
