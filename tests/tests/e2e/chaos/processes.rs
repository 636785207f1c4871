//! The processes that are killed: aggregator, listeners and server, each as it runs in a hotel.

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
    listeners: Vec<Child>,
}

impl Processes {
    /// A hotel with so many listeners.
    pub(super) async fn start(listeners: usize) -> Self {
        let server = TestServer::start().await;
        let bus = server.connect().await;
        ensure_streams(&bus, 1).await.unwrap();
        let premises = Premises::new();
        Self {
            aggregator: service("aggregator", &[server.url()], &premises),
            listeners: (0..listeners)
                .map(|_| service("checkin", &[server.url()], &premises))
                .collect(),
            desk: Desk { bus },
            server,
            premises,
        }
    }

    /// Kills without warning, all listeners where it is one, and starts again.
    pub(super) async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Server => self.server.restart().await,
            Victim::Aggregator => {
                kill(&mut self.aggregator).await;
                self.aggregator = service("aggregator", &[self.server.url()], &self.premises);
            }
            Victim::Listener => {
                for listener in &mut self.listeners {
                    kill(listener).await;
                    *listener = service("checkin", &[self.server.url()], &self.premises);
                }
            }
        }
    }

    /// Kills everything without warning, one after the other in this order.
    pub(super) async fn kill_all(&mut self, order: [Victim; 3]) {
        for victim in order {
            match victim {
                Victim::Server => self.server.kill9().await,
                Victim::Aggregator => kill(&mut self.aggregator).await,
                Victim::Listener => {
                    for listener in &mut self.listeners {
                        kill(listener).await;
                    }
                }
            }
        }
    }

    /// Starts everything again after all of it was killed.
    pub(super) async fn start_all(&mut self) {
        self.server.restart().await;
        self.aggregator = service("aggregator", &[self.server.url()], &self.premises);
        for listener in &mut self.listeners {
            *listener = service("checkin", &[self.server.url()], &self.premises);
        }
    }

    /// Nothing ends by itself, whatever else is killed.
    pub(super) fn all_run(&mut self) {
        let listeners = self.listeners.iter_mut().map(|child| ("checkin", child));
        for (name, child) in listeners.chain([("aggregator", &mut self.aggregator)]) {
            if let Some(status) = child.try_wait().unwrap() {
                let log = std::fs::read_to_string(log(name, &self.premises.path())).unwrap();
                let last: Vec<&str> = log.lines().rev().take(20).collect();
                panic!("{name} ended by itself, {status}: {last:#?}");
            }
        }
    }

    /// Ends the services, so that the store can be looked at.
    pub(super) async fn end(&mut self) {
        for listener in &mut self.listeners {
            kill(listener).await;
        }
        kill(&mut self.aggregator).await;
    }
}

async fn kill(child: &mut Child) {
    child.kill().await.unwrap();
}

/// A service on a bus of these servers, each of which keeps a copy of everything.
pub(super) fn service(name: &str, urls: &[&str], premises: &Premises) -> Child {
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
        .args([name, "--data"])
        .arg(&data)
        .args(urls.iter().flat_map(|url| ["--nats", url]))
        .args(["--set", &format!("server.replicas={}", urls.len())])
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
