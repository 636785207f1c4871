//! The processes that are killed: aggregator, listener and server, each as it runs in a hotel.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cardex_bus::streams::ensure_streams;
use cardex_testkit::TestServer;
use tokio::process::{Child, Command};

use crate::harness::{Desk, Premises};

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Victim {
    Aggregator,
    Listener,
    Server,
}

impl Victim {
    pub(super) const ALL: [Self; 3] = [Self::Aggregator, Self::Listener, Self::Server];
}

/// A hotel of processes.
pub(super) struct Processes {
    pub(super) server: TestServer,
    pub(super) desk: Desk,
    pub(super) premises: Premises,
    aggregator: Child,
    listener: Child,
}

impl Processes {
    pub(super) async fn start() -> Self {
        let server = TestServer::start().await;
        let bus = server.connect().await;
        ensure_streams(&bus, 1).await.unwrap();
        let premises = Premises::new();
        Self {
            aggregator: service("aggregator", &server, &premises),
            listener: service("checkin", &server, &premises),
            desk: Desk { bus },
            server,
            premises,
        }
    }

    /// Kills without warning, and starts again.
    pub(super) async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Server => self.server.restart().await,
            Victim::Aggregator => {
                kill(&mut self.aggregator).await;
                self.aggregator = service("aggregator", &self.server, &self.premises);
            }
            Victim::Listener => {
                kill(&mut self.listener).await;
                self.listener = service("checkin", &self.server, &self.premises);
            }
        }
    }

    /// Nothing ends by itself, whatever else is killed.
    pub(super) fn all_run(&mut self) {
        for (name, child) in [
            ("aggregator", &mut self.aggregator),
            ("checkin", &mut self.listener),
        ] {
            if let Some(status) = child.try_wait().unwrap() {
                let log = std::fs::read_to_string(log(name, &self.premises.path())).unwrap();
                let last: Vec<&str> = log.lines().rev().take(20).collect();
                panic!("{name} ended by itself, {status}: {last:#?}");
            }
        }
    }

    /// Ends the services, so that the store can be looked at.
    pub(super) async fn end(&mut self) {
        kill(&mut self.listener).await;
        kill(&mut self.aggregator).await;
    }
}

async fn kill(child: &mut Child) {
    child.kill().await.unwrap();
}

fn service(name: &str, server: &TestServer, premises: &Premises) -> Child {
    let binary = binary();
    let data = premises.path();
    let log = log(name, &data);
    let log: File = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .unwrap();
    let mut command = Command::new(binary);
    command
        .args([name, "--nats", server.url(), "--data"])
        .arg(&data)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true);
    command.spawn().unwrap()
}

fn log(name: &str, data: &Path) -> PathBuf {
    data.join(format!("{name}.log"))
}

/// The program beside this one.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.ancestors().nth(2).unwrap().join("cardex");
    assert!(
        beside.is_file(),
        "{} is missing: build it first with `cargo build -p cardex`",
        beside.display()
    );
    beside
}
