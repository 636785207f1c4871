//! Orderly stopping: one token says stop, one tracker knows who still works, and a bound says how long to wait.

#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Exit code of a process that was told to stop twice, as shells know it from an interrupted program.
pub const EXIT_INTERRUPTED: i32 = 130;

/// Settings of the shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ShutdownSettings {
    /// How long tasks may take to finish once told to stop, in milliseconds.
    pub drain_ms: u64,
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self { drain_ms: 10_000 }
    }
}

impl ShutdownSettings {
    /// The bound for [`Shutdown::drain`].
    #[must_use]
    pub fn drain_bound(self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// Tasks were still at work when the drain's bound was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{unfinished} tasks had not finished {} ms after the order to stop: raise drain_ms if they need longer", bound.as_millis())]
pub struct DrainTimeout {
    /// The bound that was given.
    pub bound: Duration,
    /// How many tasks were left.
    pub unfinished: usize,
}

/// The process's order to stop and its tasks. Clones are the same shutdown.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tracker: TaskTracker,
}

impl Shutdown {
    /// A shutdown that nobody has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The token that is cancelled when everything is to stop.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// The tasks that [`drain`](Self::drain) waits for.
    #[must_use]
    pub fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    /// Tells everything to stop.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Runs a service as a tracked task. When it ends, be it by an error or a panic, everything else is told to
    /// stop: a process never goes on with half its services. The handle tells how it ended.
    pub fn spawn<F>(&self, name: &'static str, service: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let end = ServiceEnd {
            name,
            token: self.token(),
        };
        self.tracker.spawn(async move {
            let _end = end;
            service.await
        })
    }

    /// Listens for SIGINT, SIGTERM and, where it is not ignored, SIGHUP (Ctrl-C elsewhere than on unix): the first tells
    /// everything to stop, the second exits the process at once with [`EXIT_INTERRUPTED`].
    ///
    /// # Errors
    /// When the process can't listen for signals.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn listen_for_signals(&self) -> io::Result<()> {
        let signals = Signals::listen()?;
        tokio::spawn(
            self.clone()
                .obey(signals, || std::process::exit(EXIT_INTERRUPTED)),
        );
        Ok(())
    }

    /// Waits for the order to stop, then [`drain`](Self::drain)s.
    ///
    /// # Errors
    /// [`DrainTimeout`] when tasks are still at work after `bound`.
    pub async fn run_until_stopped(&self, bound: Duration) -> Result<(), DrainTimeout> {
        self.token.cancelled().await;
        self.drain(bound).await
    }

    /// Tells everything to stop and waits at most `bound` for the tracked tasks to finish.
    ///
    /// # Errors
    /// [`DrainTimeout`] when tasks are still at work after `bound`; they are left to the end of the runtime.
    pub async fn drain(&self, bound: Duration) -> Result<(), DrainTimeout> {
        self.token.cancel();
        self.tracker.close();
        tokio::time::timeout(bound, self.tracker.wait())
            .await
            .map_err(|_| DrainTimeout {
                bound,
                unfinished: self.tracker.len(),
            })
    }

    /// The first signal stops everything, the second calls `exit`.
    async fn obey(self, mut signals: impl StopSignals, exit: impl FnOnce()) {
        signals.next().await;
        tracing::info!("told to stop: finishing; a second signal exits at once");
        self.trigger();
        signals.next().await;
        tracing::warn!("told to stop again: exiting at once");
        exit();
    }
}

/// Tells everything to stop when the service that holds it ends in any way.
struct ServiceEnd {
    name: &'static str,
    token: CancellationToken,
}

impl Drop for ServiceEnd {
    fn drop(&mut self) {
        if !self.token.is_cancelled() {
            tracing::error!(
                service = self.name,
                panicked = std::thread::panicking(),
                "service ended without being told to: stopping"
            );
            self.token.cancel();
        }
    }
}

/// Where orders to stop come from: the operating system, or a test.
trait StopSignals: Send {
    /// Completes when the next order has come.
    fn next(&mut self) -> impl Future<Output = ()> + Send;
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// The terminal was closed. `nohup` starts a program with this ignored, and listening would undo that.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let hang_up = SignalKind::hangup();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let listens = !is_ignored(hang_up, &status);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: listens.then(|| signal(hang_up)).transpose()?,
        })
    }
}

/// Whether a process ignores the signal, by what Linux says of its status (proc(5), `SigIgn`).
#[cfg(unix)]
fn is_ignored(signal: tokio::signal::unix::SignalKind, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

#[cfg(unix)]
impl StopSignals for Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = async { self.hang_up.as_mut()?.recv().await }, if self.hang_up.is_some() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }
}

#[cfg(not(unix))]
impl StopSignals for Signals {
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
