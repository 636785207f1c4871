//! Opening a consumer in a task of its own: a caller that waits in short turns, or among other things, would
//! otherwise begin again at every turn and never get there.

use std::future::Future;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

/// What is being opened, if anything is, and the pause before the next attempt.
pub(crate) struct Opening<T> {
    task: Option<AbortOnDropHandle<T>>,
    backoff: Backoff,
}

impl<T: Send + 'static> Opening<T> {
    pub(crate) const fn none() -> Self {
        Self {
            task: None,
            backoff: Backoff::new(),
        }
    }

    /// What was opened is of use: the next attempt is at once.
    pub(crate) const fn succeeded(&mut self) {
        self.backoff.reset();
    }

    /// Begins after a pause, unless it is under way already, and waits for the end. Cancel safe.
    pub(crate) async fn done<F>(&mut self, begin: impl FnOnce() -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let Self { task, backoff } = self;
        let task = task.get_or_insert_with(|| {
            let (pause, opening) = (backoff.pause(), begin());
            AbortOnDropHandle::new(tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                opening.await
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
