//! Who ends the program `chaos` is left with nothing that it started.

use std::fs;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::harness::{DEADLINE, until};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_the_program_ends_what_it_started() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chaos"));
        command
            .args(["--scenario", "bus-restart"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let program = command.spawn().unwrap();
        let id = i32::try_from(program.id().unwrap()).unwrap();
        // The bus, the aggregator and a listener.
        let started = until("a hotel of processes", async || {
            Some(children(id)).filter(|children| children.len() >= 3)
        })
        .await;
        kill(Pid::from_raw(id), signal).unwrap();
        ends(program).await;
        until("all that it started has ended", async || {
            started.iter().all(|child| !runs(*child)).then_some(())
        })
        .await;
    }
}

async fn ends(program: Child) {
    let ended = tokio::time::timeout(DEADLINE, program.wait_with_output()).await;
    let ended = ended.expect("it ends").unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !ended.status.success() && said.contains("interrupted"),
        "{said}"
    );
}

/// The processes that this one started and that have not ended.
fn children(of: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap();
    let all = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|id| stat(*id).is_some_and(|(_, parent)| parent == of))
        .collect()
}

fn runs(process: i32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process and who started it.
fn stat(process: i32) -> Option<(String, i32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let mut words = text.rsplit_once(") ")?.1.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
