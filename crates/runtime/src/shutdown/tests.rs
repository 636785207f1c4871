//! Draining within the bound on paused time, and obeying signals that come through a channel.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{DrainTimeout, Shutdown, ShutdownSettings, StopSignals};

const BOUND: Duration = Duration::from_secs(10);

impl StopSignals for mpsc::Receiver<()> {
    async fn next(&mut self) {
        if self.recv().await.is_none() {
            pending::<()>().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_tasks_that_finish() {
    let shutdown = Shutdown::new();
    let token = shutdown.token();
    let finished = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&finished);
    shutdown.spawn("slow", async move {
        token.cancelled().await;
        tokio::time::sleep(BOUND / 2).await;
        flag.store(true, Ordering::SeqCst);
    });
    let start = Instant::now();
    assert_eq!(shutdown.drain(BOUND).await, Ok(()));
    assert!(finished.load(Ordering::SeqCst));
    assert!(start.elapsed() < BOUND, "took {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_at_its_bound() {
    let shutdown = Shutdown::new();
    for _ in 0..3 {
        shutdown.spawn("stuck", pending::<()>());
    }
    let start = Instant::now();
    assert_eq!(
        shutdown.drain(BOUND).await,
        Err(DrainTimeout {
            bound: BOUND,
            unfinished: 3
        })
    );
    assert!(start.elapsed() >= BOUND && start.elapsed() < BOUND + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn nothing_stops_before_the_order() {
    let shutdown = Shutdown::new();
    let mut run = std::pin::pin!(shutdown.run_until_stopped(BOUND));
    assert!(
        tokio::time::timeout(BOUND * 100, run.as_mut())
            .await
            .is_err(),
        "stopped by itself"
    );
    shutdown.trigger();
    assert_eq!(run.await, Ok(()));
}

#[tokio::test]
async fn the_first_signal_stops_and_the_second_exits() {
    let shutdown = Shutdown::new();
    let (send, signals) = mpsc::channel(2);
    let exited = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&exited);
    let obeying = tokio::spawn(
        shutdown
            .clone()
            .obey(signals, move || flag.store(true, Ordering::SeqCst)),
    );

    send.send(()).await.expect("signals are awaited");
    shutdown.token().cancelled().await;
    assert!(!exited.load(Ordering::SeqCst), "one signal must not exit");

    send.send(()).await.expect("signals are awaited");
    obeying.await.expect("obeying does not panic");
    assert!(exited.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_service_that_ends_stops_the_others() {
    let ended = Shutdown::new();
    let outcome = ended.spawn("ends", async { Err::<(), _>("no bus") });
    ended.token().cancelled().await;
    assert_eq!(outcome.await.expect("it did not panic"), Err("no bus"));

    let panicked = Shutdown::new();
    let outcome = panicked.spawn("panics", async {
        assert!(pending_is_wrong(), "on purpose")
    });
    panicked.token().cancelled().await;
    assert!(outcome.await.is_err_and(|error| error.is_panic()));
    assert_eq!(panicked.drain(BOUND).await, Ok(()));
}

fn pending_is_wrong() -> bool {
    false
}

#[test]
fn the_bound_is_ten_seconds_unless_set() {
    assert_eq!(ShutdownSettings::default().drain_bound(), BOUND);
}

#[test]
fn a_signal_that_is_ignored_from_the_start_is_known() {
    use super::is_ignored;
    use tokio::signal::unix::SignalKind;

    let of_sh = |before: &str| {
        let script = format!("{before} exec cat /proc/self/status");
        let said = std::process::Command::new("sh")
            .args(["-c", &script])
            .output();
        String::from_utf8(said.unwrap().stdout).unwrap()
    };
    let ignoring = of_sh("trap '' HUP USR2;");
    assert!(is_ignored(SignalKind::hangup(), &ignoring));
    assert!(is_ignored(SignalKind::user_defined2(), &ignoring));
    assert!(!is_ignored(SignalKind::user_defined2(), &of_sh("")));
    assert!(!is_ignored(SignalKind::hangup(), ""));
}
