//! The program as people run it: a command that answers and ends, and an `up` with a bus of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::chaos::binary;
use crate::harness::until;

/// How a command ended.
pub(crate) struct Ended {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) printed: String,
    /// What it said beside that.
    pub(crate) said: String,
}

impl Ended {
    /// What it printed as JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.said);
        serde_json::from_str(&self.printed).unwrap()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            printed: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, told nothing by this machine's environment but where the server's binary is.
fn cardex(directory: &Path) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARDEX_")) {
        if name != "CARDEX_NATS_SERVER" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command in this directory until it ends. Arguments are what stands between blanks.
pub(crate) async fn run(directory: &Path, arguments: &str) -> Ended {
    let mut command = cardex(directory);
    command.args(arguments.split_whitespace());
    command.output().await.unwrap().into()
}

/// A directory with data directories of hotels in it.
pub(crate) struct Town(TempDir);

impl Town {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("cardex-town-").unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command until it ends.
    pub(crate) async fn run(&self, arguments: &str) -> Ended {
        run(self.path(), arguments).await
    }

    /// Starts `up` with this data directory and waits until other commands find it.
    pub(crate) async fn up(&self, data: &str) -> Up {
        self.up_with(data, &[]).await
    }

    /// Likewise, with these settings, such as `log.filter=debug`.
    pub(crate) async fn up_with(&self, data: &str, settings: &[&str]) -> Up {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut command = cardex(self.path());
        command
            .args(["up", "--data", data])
            .args(["--set", &format!("server.port={port}")])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(false);
        let mut process = command.spawn().unwrap();
        let note = self.path().join(data).join("running.json");
        let pid = process.id();
        until("`up` is up", async || {
            assert_eq!(process.try_wait().unwrap(), None, "it ended by itself");
            let text = std::fs::read(&note).ok()?;
            let running: Value = serde_json::from_slice(&text).ok()?;
            (running["pid"].as_u64() == pid.map(u64::from)).then_some(())
        })
        .await;
        let data = self.path().join(data);
        Up { process, data }
    }
}

/// A `cardex up` with a bus of its own.
pub(crate) struct Up {
    process: Child,
    data: PathBuf,
}

impl Drop for Up {
    /// A test that fails asks it to end: killed, it would leave its server behind.
    fn drop(&mut self) {
        if let Some(pid) = self.process.id() {
            let _ = kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGTERM);
        }
    }
}

impl Up {
    /// Stops it as a service manager does.
    pub(crate) async fn stop(mut self) {
        let pid = self.process.id().unwrap();
        let pid = Pid::from_raw(pid.try_into().unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        assert!(self.process.wait().await.unwrap().success());
    }

    /// Kills it without warning, and only then the server that it leaves behind, so that nothing outlives the test.
    pub(crate) async fn kill9(mut self, meanwhile: impl AsyncFnOnce()) {
        self.process.kill().await.unwrap();
        meanwhile().await;
        let pid = std::fs::read_to_string(self.data.join("nats/nats-server.pid")).unwrap();
        kill(Pid::from_raw(pid.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    }
}
