//! A real nats-server per test, on ports the system chooses, with its data in a directory of its own that is
//! kept when the test fails.

use std::path::{Path, PathBuf};

use cardex_bus::child::{ChildError, ChildServer, ChildSettings};
use cardex_bus::{Bus, BusSettings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// A nats-server that belongs to one test.
pub struct TestServer {
    child: Option<ChildServer>,
    settings: ChildSettings,
    directory: Option<TempDir>,
    url: String,
    monitoring_url: String,
}

impl TestServer {
    /// Starts a server that lets everybody in.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts a server with more text in its configuration, such as users and their permissions.
    pub async fn start_with(configuration: &str) -> Self {
        Self::start_in(None, configuration).await
    }

    /// The same in a JetStream domain of its own.
    pub async fn start_in(domain: Option<&str>, configuration: &str) -> Self {
        let directory = TempDir::with_prefix("cardex-nats-").expect("a temporary directory");
        let mut settings = ChildSettings {
            directory: directory.path().to_owned(),
            domain: domain.map(str::to_owned),
            configuration: configuration.to_owned(),
            ..ChildSettings::default()
        };
        let child = ChildServer::start(&settings)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        // After a kill it has to come back where its clients look for it.
        settings.port = Some(child.port());
        settings.monitoring_port = Some(child.monitoring_port());
        let (url, monitoring_url) = (child.url(), child.monitoring_url());
        Self {
            child: Some(child),
            settings,
            directory: Some(directory),
            url,
            monitoring_url,
        }
    }

    /// Where clients connect; the same after a restart.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it is monitored; the same after a restart.
    #[must_use]
    pub fn monitoring_url(&self) -> &str {
        &self.monitoring_url
    }

    /// Its directory: configuration, process id and data.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.settings.directory
    }

    /// Where it keeps its streams.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        self.settings.directory.join("data")
    }

    /// Settings of a client of this server.
    #[must_use]
    pub fn settings(&self) -> BusSettings {
        BusSettings {
            urls: vec![self.url.clone()],
            server_monitoring_url: Some(self.monitoring_url.clone()),
            ..BusSettings::default()
        }
    }

    /// A client of this server.
    pub async fn connect(&self) -> Bus {
        Bus::connect(&self.settings())
            .await
            .expect("a connection to the test's server")
    }

    /// Lets it do nothing any more while its connections stand, until it is thawed or killed.
    pub fn freeze(&self) {
        let pid = self.signal(Signal::SIGSTOP);
        // The signal is on its way; a thread may do something still.
        while !is_stopped(pid) {
            std::thread::yield_now();
        }
    }

    /// Lets it go on where it was frozen.
    pub fn thaw(&self) {
        let _ = self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) -> Pid {
        let file = self.settings.directory.join("nats-server.pid");
        let pid = std::fs::read_to_string(file).expect("a server that runs has its id there");
        let pid = pid.trim().parse().expect("it is a number");
        let pid = Pid::from_raw(pid);
        kill(pid, signal).expect("it runs");
        pid
    }

    /// Kills it without a chance to finish anything.
    pub async fn kill9(&mut self) {
        if let Some(child) = self.child.take() {
            child.kill().await;
        }
    }

    /// Stops it, letting it finish what it has.
    pub async fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            child.stop().await;
        }
    }

    /// Turns one bit of the message that holds this text, in the first block file of a stream, as a damaged disk does.
    /// The server, which may not be running, finds it when it starts and forgets that message and all after it.
    pub fn damage(&self, stream: &str, text: &[u8]) {
        let streams = self.data_directory().join("jetstream/$G/streams");
        let block = streams.join(stream).join("msgs/1.blk");
        let mut bytes = std::fs::read(&block).expect("the stream's block file");
        let mut places = bytes.windows(text.len());
        let at = places.position(|window| window == text);
        bytes[at.expect("the text stands in it")] ^= 1;
        std::fs::write(&block, bytes).expect("the stream's block file is ours");
    }

    /// Starts it again on the same ports and data; one that still runs is killed first.
    pub async fn restart(&mut self) {
        let started = self.try_restart().await;
        started.expect("the test's server again");
    }

    /// The same where its data may be damaged.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn try_restart(&mut self) -> Result<(), ChildError> {
        self.kill9().await;
        self.child = Some(ChildServer::start(&self.settings).await?);
        Ok(())
    }
}

/// Whether no thread of the process runs any more.
fn is_stopped(pid: Pid) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it is there");
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // Behind the name, which is in parentheses.
        let state = stat.rsplit(')').next().unwrap_or_default();
        stat.is_empty() || state.trim_start().starts_with('T')
    })
}

impl Drop for TestServer {
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the failed test has to know where to look"
    )]
    fn drop(&mut self) {
        drop(self.child.take());
        if std::thread::panicking()
            && let Some(directory) = self.directory.take()
        {
            let kept = directory.keep();
            eprintln!("the server's directory is kept: {}", kept.display());
        }
    }
}
