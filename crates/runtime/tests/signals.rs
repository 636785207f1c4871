//! Real signals against a real process: this test program runs itself once more as the process to be stopped.

#![cfg(unix)]

use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use cardex_runtime::shutdown::{EXIT_INTERRUPTED, Shutdown};

/// Set in the process that is to be stopped.
const ROLE: &str = "CARDEX_TEST_STOPPABLE";

/// The stoppable process gives up after this, which ends a test that has gone wrong.
const DEADLINE: Duration = Duration::from_secs(30);

#[test]
fn a_second_signal_exits_at_once_whichever_they_are() {
    for (first, second) in [("TERM", "INT"), ("INT", "TERM"), ("INT", "INT")] {
        let mut process = Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--exact", "stoppable_process", "--nocapture"])
            .env(ROLE, "1")
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
        read_until(&mut output, "listening\n");
        send(&process, first);
        read_until(&mut output, "stopping\n");
        send(&process, second);
        let status = process.wait().expect("the process ends");
        assert_eq!(status.code(), Some(EXIT_INTERRUPTED), "{first}, {second}");
    }
}

/// The process of the test above; as a test of its own it has nothing to do.
#[test]
fn stoppable_process() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let shutdown = Shutdown::new();
        shutdown
            .listen_for_signals()
            .expect("signals can be listened for");
        say("listening\n");
        let stopped = tokio::time::timeout(DEADLINE, shutdown.token().cancelled_owned());
        stopped.await.expect("a first signal comes");
        say("stopping\n");
        tokio::time::timeout(DEADLINE, std::future::pending::<()>())
            .await
            .expect("a second signal comes");
    });
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output
        .write_all(line.as_bytes())
        .expect("the output is read");
    output.flush().expect("the output is read");
}

fn read_until(output: &mut BufReader<ChildStdout>, end: &str) {
    let mut text = String::new();
    for byte in output.bytes() {
        text.push(char::from(byte.expect("the output can be read")));
        if text.ends_with(end) {
            return;
        }
    }
    panic!("the process ended before it wrote {end:?}, having written {text:?}");
}

fn send(process: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args(["-s", signal, &process.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}
