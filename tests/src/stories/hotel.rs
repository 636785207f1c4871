//! A Cardex of one's own: `cardex up` as a child process on a data directory, ended by its id.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use cardex_bus::{Bus, BusSettings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long it may take to come up.
const START_BOUND: Duration = Duration::from_secs(60);
/// How long it may take to finish and end.
const STOP_BOUND: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How much of the log of a start that failed is shown.
const LOG_LINES_SHOWN: usize = 12;

/// A running `cardex up`.
#[derive(Debug)]
pub struct Hotel {
    process: Child,
    bus: Bus,
    running: Running,
}

/// The note that `cardex up` leaves in its data directory.
#[derive(Debug, Deserialize)]
struct Running {
    pid: u32,
    urls: Vec<String>,
    health: String,
}

/// How many events the listener has worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// Worked off to the end.
    pub(super) done: u64,
    /// Refused: not an event.
    pub(super) refused: u64,
}

impl Hotel {
    /// Starts the program on a data directory and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up, with the end of what it said.
    pub async fn open(cardex: &Path, data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)
            .with_context(|| format!("cannot create {}", data.display()))?;
        let log_path = data.join("up.log");
        let log = File::create(&log_path)
            .with_context(|| format!("cannot create {}", log_path.display()))?;
        let mut process = Command::new(cardex)
            .arg("up")
            .arg("--data")
            .arg(data)
            // Several may start at once, and the usual port is one.
            .arg("--set")
            .arg(format!("server.port={}", free_port()?))
            .env_remove("CARDEX")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C at the terminal is for us: we end it when we are done.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot run {}", cardex.display()))?;
        let started = match tokio::time::timeout(START_BOUND, join(&mut process, data)).await {
            Ok(started) => started,
            Err(_) => Err(anyhow::anyhow!("not ready after {START_BOUND:?}")),
        };
        match started {
            Ok((bus, running)) => Ok(Self {
                process,
                bus,
                running,
            }),
            Err(error) => {
                end(&mut process).await?;
                let said = end_of(&log_path);
                Err(error.context(format!("`cardex up` does not come up; it said:\n{said}")))
            }
        }
    }

    /// A connection to its bus.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Where its health is told.
    #[must_use]
    pub fn health(&self) -> &str {
        &self.running.health
    }

    /// How far the listener is.
    pub(super) async fn progress(&self) -> anyhow::Result<Progress> {
        let (_, metrics) = get(&self.running.health, "/metrics").await?;
        let count = |end: &str| {
            let name = format!("cardex_listener_events_total{{end=\"{end}\"}} ");
            let lines = metrics.lines();
            lines
                .filter_map(|line| line.strip_prefix(&name))
                .find_map(|count| count.trim().parse().ok())
                .unwrap_or(0)
        };
        Ok(Progress {
            done: count("done"),
            refused: count("not_an_event"),
        })
    }

    /// Lets it finish and waits for its end.
    ///
    /// # Errors
    /// When it fails, or does not end in time and had to be killed.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.bus.drain().await?;
        match end(&mut self.process).await? {
            status if status.success() => Ok(()),
            status => bail!("`cardex up` ended with {status}"),
        }
    }
}

impl Drop for Hotel {
    /// What is given up half-way is asked to end, too: killed, it would leave its server behind.
    fn drop(&mut self) {
        let running = self.process.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = running {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
    }
}

/// Tells the process to end, and kills it when it does not: its own children end with it only if it is asked.
async fn end(process: &mut Child) -> anyhow::Result<ExitStatus> {
    if let Some(pid) = process.id() {
        kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    }
    match tokio::time::timeout(STOP_BOUND, process.wait()).await {
        Ok(status) => Ok(status?),
        Err(_) => {
            process.kill().await?;
            bail!("`cardex up` did not stop within {STOP_BOUND:?} and was killed");
        }
    }
}

/// Waits until the process says that it is ready, and joins its bus.
async fn join(process: &mut Child, data: &Path) -> anyhow::Result<(Bus, Running)> {
    let running = ready(process, data).await?;
    let settings = BusSettings {
        urls: running.urls.clone(),
        client_name: "cardex-stories".to_owned(),
        ..BusSettings::default()
    };
    Ok((Bus::connect(&settings).await?, running))
}

fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

async fn ready(process: &mut Child, data: &Path) -> anyhow::Result<Running> {
    let note = data.join("running.json");
    let pid = process.id();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        if let Some(status) = process.try_wait()? {
            bail!("it ended with {status}");
        }
        let running = std::fs::read(&note)
            .ok()
            .and_then(|text| serde_json::from_slice::<Running>(&text).ok())
            // One that was left behind names another process.
            .filter(|running| Some(running.pid) == pid);
        if let Some(running) = running
            && get(&running.health, "/readyz")
                .await
                .is_ok_and(|(status, _)| status == 200)
        {
            return Ok(running);
        }
    }
}

/// Asks an endpoint on loopback; gives the status and the body.
async fn get(address: &str, path: &str) -> anyhow::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Ok((status.context("no HTTP answer")?, body.to_owned()))
}

fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
}
