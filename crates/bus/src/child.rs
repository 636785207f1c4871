//! A nats-server as a child process on loopback, for whoever has none: its data lies in a given directory, it
//! syncs before it acknowledges, and it never outlives its usefulness: a server left behind by a killed
//! owner is found by the lock it inherited and stopped before another one touches the same data.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::connect::server_is_supported;

/// Names the binary when the settings do not.
pub const BINARY_VARIABLE: &str = "CARDEX_NATS_SERVER";

const BINARY: &str = "nats-server";
const START_BOUND: Duration = Duration::from_secs(15);
const STOP_BOUND: Duration = Duration::from_secs(10);
/// A process that is just being started holds our locks for an instant.
const LOCK_GRACE: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How to run the child.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChildSettings {
    /// The binary; unset: [`BINARY_VARIABLE`], `PATH`, then `target/tools` beside an ancestor of the program.
    pub binary: Option<PathBuf>,
    /// Where its data, configuration and process id go.
    pub directory: PathBuf,
    /// Port for clients; unset: one the system chooses.
    pub port: Option<u16>,
    /// Port for monitoring; unset: one the system chooses.
    pub monitoring_port: Option<u16>,
    /// Its JetStream domain, where another server's streams can be reached through it; unset: none.
    pub domain: Option<String>,
    /// More text for its configuration, such as the users and their permissions.
    pub configuration: String,
}

/// Why there is no child.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// No binary was found.
    #[error(
        "no nats-server found; install version 2.10 or newer in PATH, or name it with {BINARY_VARIABLE}"
    )]
    NotFound,
    /// Nothing that can be started is where the binary is said to be.
    #[error(
        "the nats-server named, {}, can't be started; put the right path into server.binary or {BINARY_VARIABLE}, \
         or leave both out to have PATH searched", binary.display()
    )]
    Unusable {
        /// The binary.
        binary: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The binary is something else.
    #[error(
        "{} is no nats-server: asked for its version it says {said:?}; name another with server.binary or \
         {BINARY_VARIABLE}", binary.display()
    )]
    NotAServer {
        /// The binary.
        binary: PathBuf,
        /// What it says it is.
        said: String,
    },
    /// The binary is too old.
    #[error(
        "{} is {version}; 2.10 or newer is needed: install one, or name it with server.binary or \
         {BINARY_VARIABLE}", binary.display()
    )]
    TooOld {
        /// The binary.
        binary: PathBuf,
        /// What it says it is.
        version: String,
    },
    /// Another process of this system owns the directory.
    #[error("another process runs the server of {}; stop it or use another directory", .0.display())]
    Owned(PathBuf),
    /// A server left behind holds the directory and does not stop.
    #[error("a nats-server left behind holds {} and does not stop; end it by hand", .0.display())]
    LeftBehind(PathBuf),
    /// Something else listens where the server should.
    #[error(
        "port {port} of 127.0.0.1 is taken; stop what listens there, or set {setting} to another port or leave \
         it out for a free one"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// The setting that names it.
        setting: &'static str,
    },
    /// The server did not come up.
    #[error("nats-server did not start: {0}")]
    DidNotStart(String),
    /// A file or process could not be handled.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// A running nats-server, killed when dropped.
#[derive(Debug)]
pub struct ChildServer {
    process: Child,
    port: u16,
    monitoring_port: u16,
    /// Held as long as this process owns the directory.
    _owner: File,
}

#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
    monitoring: Vec<String>,
}

impl ChildServer {
    /// Starts the server and waits until it takes clients.
    ///
    /// # Errors
    /// When no fitting binary is found, the directory is in use, or the server does not come up.
    pub async fn start(settings: &ChildSettings) -> Result<Self, ChildError> {
        let binary = find_binary(settings.binary.as_deref()).await?;
        let directory = &settings.directory;
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| ChildError::Io {
                doing,
                path,
                source,
            }
        };
        std::fs::create_dir_all(directory).map_err(io("create", directory))?;
        let owner = lock_within(&directory.join("owner.lock"), LOCK_GRACE)
            .await?
            .ok_or_else(|| ChildError::Owned(directory.clone()))?;
        let inherited = stop_left_behind(directory).await?;
        remove_ports_files(directory);
        ask_for(settings.port, "server.port")?;
        ask_for(settings.monitoring_port, "server.monitoring_port")?;
        let config = directory.join("nats-server.conf");
        std::fs::write(&config, configuration(settings)).map_err(io("write", &config))?;
        let mut process = Command::new(&binary)
            .arg("--config")
            .arg(&config)
            // Whoever holds this lock is the server: it is inherited, and freed by its end alone.
            .stdin(Stdio::from(inherited))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // An interrupt at the terminal is for us: we drain first, then stop the server.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(io("start", &binary))?;
        forward_log(&mut process);
        let ports = wait_for_ports(&mut process, directory).await?;
        let port = only_port(&ports.nats)?;
        let monitoring_port = only_port(&ports.monitoring)?;
        Ok(Self {
            process,
            port,
            monitoring_port,
            _owner: owner,
        })
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where it is monitored.
    #[must_use]
    pub fn monitoring_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitoring_port)
    }

    /// The port for clients.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The port for monitoring.
    #[must_use]
    pub const fn monitoring_port(&self) -> u16 {
        self.monitoring_port
    }

    /// Stops the server, letting it finish what it has; kills it after a bound.
    pub async fn stop(mut self) {
        if let Some(pid) = self.process.id() {
            signal(pid, Signal::SIGTERM);
        }
        if tokio::time::timeout(STOP_BOUND, self.process.wait())
            .await
            .is_err()
        {
            tracing::warn!("nats-server did not stop in time; killing it");
            self.kill().await;
        }
    }

    /// Kills the server at once and waits for its end.
    pub async fn kill(mut self) {
        if let Err(error) = self.process.kill().await {
            tracing::warn!(%error, "cannot kill nats-server");
        }
    }

    /// Waits until the server ends by itself, which it should not. Cancel safe.
    pub async fn ended(&mut self) {
        match self.process.wait().await {
            Ok(status) => tracing::error!(%status, "nats-server ended"),
            Err(error) => tracing::error!(%error, "nats-server cannot be waited for"),
        }
    }
}

/// Says that a port is taken before the server only ends over it.
fn ask_for(port: Option<u16>, setting: &'static str) -> Result<(), ChildError> {
    let Some(port) = port else { return Ok(()) };
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(ChildError::PortTaken { port, setting })
        }
        // What else is wrong with it, the server says better.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn configuration(settings: &ChildSettings) -> String {
    let port = |port: Option<u16>| port.map_or_else(|| "-1".to_owned(), |port| port.to_string());
    let path = |name: &str| quoted(&settings.directory.join(name));
    format!(
        "# Written anew at every start.\n\
         listen: \"127.0.0.1:{}\"\n\
         http: \"127.0.0.1:{}\"\n\
         pid_file: {}\n\
         ports_file_dir: {}\n\
         jetstream {{\n  store_dir: {}\n  sync_interval: always\n{}}}\n{}",
        port(settings.port),
        port(settings.monitoring_port),
        path("nats-server.pid"),
        quoted(&settings.directory),
        path("data"),
        settings
            .domain
            .as_ref()
            .map_or_else(String::new, |domain| format!("  domain: {domain}\n")),
        settings.configuration,
    )
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Finds a binary that is new enough: the one named, else the variable's, else the first fit one in `PATH` and in
/// `target/tools`, where set-up scripts put one.
///
/// # Errors
/// When there is none, or only older ones.
pub async fn find_binary(named: Option<&Path>) -> Result<PathBuf, ChildError> {
    let variable = std::env::var_os(BINARY_VARIABLE).map(PathBuf::from);
    if let Some(binary) = named.map(Path::to_owned).or(variable) {
        return check_version(&binary).await.map(|()| binary);
    }
    let mut refused = ChildError::NotFound;
    for binary in usual_places().into_iter().filter(|place| place.is_file()) {
        match check_version(&binary).await {
            Ok(()) => return Ok(binary),
            Err(error) if matches!(refused, ChildError::NotFound) => refused = error,
            Err(_) => {}
        }
    }
    Err(refused)
}

/// Where a binary may be when nobody says where it is.
fn usual_places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::current_exe().unwrap_or_default();
    let tools = program.ancestors().skip(1).flat_map(|ancestor| {
        [
            ancestor.join("tools"),
            ancestor.join("target").join("tools"),
        ]
    });
    std::env::split_paths(&path)
        .chain(tools)
        .map(|place| place.join(BINARY))
        .collect()
}

async fn check_version(binary: &Path) -> Result<(), ChildError> {
    let output = Command::new(binary).arg("--version").output().await;
    let output = output.map_err(|source| ChildError::Unusable {
        binary: binary.to_owned(),
        source,
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.lines().next().unwrap_or_default().trim().to_owned();
    if !said.starts_with("nats-server") {
        let binary = binary.to_owned();
        return Err(ChildError::NotAServer { binary, said });
    }
    let version = said.rsplit(' ').next().unwrap_or_default();
    if server_is_supported(version) {
        return Ok(());
    }
    Err(ChildError::TooOld {
        binary: binary.to_owned(),
        version: said,
    })
}

/// The file with its lock, or nothing when somebody else holds it.
fn lock(path: &Path) -> Result<Option<File>, ChildError> {
    let io = |source| ChildError::Io {
        doing: "lock",
        path: path.to_owned(),
        source,
    };
    let file = File::options()
        .create(true)
        .append(true)
        .read(true)
        .open(path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// The lock, should it become free within this time.
async fn lock_within(path: &Path, bound: Duration) -> Result<Option<File>, ChildError> {
    let deadline = Instant::now() + bound;
    loop {
        let locked = lock(path)?;
        if locked.is_some() || Instant::now() > deadline {
            return Ok(locked);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The server's lock; a server that still holds it without an owner is stopped first.
async fn stop_left_behind(directory: &Path) -> Result<File, ChildError> {
    let path = directory.join("server.lock");
    if let Some(file) = lock_within(&path, LOCK_GRACE).await? {
        return Ok(file);
    }
    let pid = std::fs::read_to_string(directory.join("nats-server.pid"));
    if let Some(pid) = pid.ok().and_then(|pid| pid.trim().parse().ok()) {
        tracing::warn!(pid, "stopping a nats-server whose owner is gone");
        signal(pid, Signal::SIGTERM);
    }
    let stopped = lock_within(&path, STOP_BOUND).await?;
    stopped.ok_or_else(|| ChildError::LeftBehind(directory.to_owned()))
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid)
        && let Err(error) = kill(Pid::from_raw(pid), signal)
    {
        tracing::warn!(pid, %error, "cannot signal nats-server");
    }
}

fn forward_log(process: &mut Child) {
    let Some(log) = process.stderr.take() else {
        return;
    };
    tokio::spawn(async move {
        let mut lines = BufReader::new(log).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::debug!(target: "nats_server", "{line}");
        }
    });
}

/// A killed server leaves its file behind.
fn remove_ports_files(directory: &Path) {
    for path in ports_files(directory) {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "cannot remove a stale file");
        }
    }
}

fn ports_files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "ports")
        })
        .collect()
}

async fn wait_for_ports(process: &mut Child, directory: &Path) -> Result<Ports, ChildError> {
    let deadline = Instant::now() + START_BOUND;
    loop {
        let written = ports_files(directory)
            .pop()
            .and_then(|path| std::fs::read(path).ok());
        // A file that is still being written does not parse.
        if let Some(ports) = written.and_then(|text| serde_json::from_slice(&text).ok()) {
            return Ok(ports);
        }
        if let Ok(Some(status)) = process.try_wait() {
            return Err(ChildError::DidNotStart(format!("it ended with {status}")));
        }
        if Instant::now() > deadline {
            return Err(ChildError::DidNotStart(format!(
                "not up after {} s",
                START_BOUND.as_secs()
            )));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn only_port(urls: &[String]) -> Result<u16, ChildError> {
    let port = urls
        .first()
        .and_then(|url| url.rsplit(':').next())
        .and_then(|port| port.parse().ok());
    port.ok_or_else(|| ChildError::DidNotStart("its file of ports names none".to_owned()))
}
