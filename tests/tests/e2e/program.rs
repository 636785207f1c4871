//! The program as people run it: a command that answers and ends, and an `up` with a bus of its own.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{Termios, tcgetattr};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::chaos::binary;
use crate::harness::{DEADLINE, until};

/// How a program says that it no longer needs the terminal's other screen.
const LEAVES_SCREEN: &str = "\u{1b}[?1049l";

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

/// A command that runs on a terminal of its own, 80 by 24.
pub(crate) struct OnTerminal {
    process: Child,
    /// The person's side of the terminal.
    person: File,
    /// Everything that the terminal was sent.
    shown: Arc<Mutex<Vec<u8>>>,
    before: Termios,
}

impl OnTerminal {
    /// Starts the command in this directory. Arguments are what stands between blanks.
    pub(crate) fn start(directory: &Path, arguments: &str) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let terminal = openpty(Some(&size), None).unwrap();
        let before = tcgetattr(&terminal.slave).unwrap();
        let its_side = || Stdio::from(terminal.slave.try_clone().unwrap());
        let mut command = cardex(directory);
        command
            .args(arguments.split_whitespace())
            .env("TERM", "xterm-256color")
            .stdin(its_side())
            .stdout(its_side())
            .stderr(its_side());
        let process = command.spawn().unwrap();
        let person = File::from(terminal.master);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reads, kept) = (person.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Reading fails once nobody has the other side any more.
            while let Ok(read @ 1..) = reads.read(&mut bytes) {
                kept.lock().unwrap().extend_from_slice(&bytes[..read]);
            }
        });
        Self {
            process,
            person,
            shown,
            before,
        }
    }

    /// What the terminal was sent so far.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Presses these keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self) {
        let pid = self.process.id().unwrap();
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM).unwrap();
    }

    /// Waits until it ends; its exit code. The terminal is to be as it was before.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let code = self.process.wait().await.unwrap().code();
        until("the terminal shows what stood there before", async || {
            self.shown().contains(LEAVES_SCREEN).then_some(())
        })
        .await;
        assert_eq!(tcgetattr(&self.person).unwrap(), self.before);
        code
    }
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

    /// Starts a command and kills it without warning once the condition holds, which it has to while the command is at
    /// work.
    pub(crate) async fn kill9_when(
        &self,
        arguments: &str,
        mut moment: impl FnMut() -> bool + Send + 'static,
    ) {
        let mut command = cardex(self.path()).into_std();
        command
            .args(arguments.split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        // Looked at without a pause: what it waits for may last for some milliseconds only.
        let watching = tokio::task::spawn_blocking(move || {
            let deadline = Instant::now() + DEADLINE;
            while !moment() && process.try_wait().unwrap().is_none() && Instant::now() < deadline {
                std::thread::yield_now();
            }
            process.kill().unwrap();
            process.wait().unwrap()
        });
        let ended = watching.await.unwrap();
        let killed = ended.signal() == Some(Signal::SIGKILL as i32);
        assert!(killed, "it ended before it was killed: {ended}");
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
    pub(crate) async fn stop(self) {
        self.stop_by(Signal::SIGTERM).await;
    }

    /// Stops it by this signal, and its server with it, where it has one of its own.
    pub(crate) async fn stop_by(mut self, signal: Signal) {
        let server = self.server();
        self.signal(signal);
        assert!(self.process.wait().await.unwrap().success());
        let left = server.is_some_and(|server| kill(server, None).is_ok());
        assert!(!left, "it leaves its server behind");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.process.id().unwrap();
        kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
    }

    fn server(&self) -> Option<Pid> {
        let pid = std::fs::read_to_string(self.data.join("nats/nats-server.pid")).ok()?;
        Some(Pid::from_raw(pid.trim().parse().unwrap()))
    }

    /// Kills it without warning, and only then the server that it leaves behind, so that nothing outlives the test.
    pub(crate) async fn kill9(mut self, meanwhile: impl AsyncFnOnce()) {
        self.process.kill().await.unwrap();
        meanwhile().await;
        let server = self.server().expect("it has one of its own");
        kill(server, Signal::SIGKILL).unwrap();
    }
}
