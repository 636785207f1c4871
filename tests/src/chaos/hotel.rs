//! The processes that faults strike: aggregator, listeners and server, each as it runs in a hotel.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use cardex_bus::streams::ensure_streams;
use cardex_testkit::TestServer;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::desk::{DEADLINE, Desk, Premises, until};

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// The aggregator; where the store is divided one after the other of those that keep a share.
    Aggregator,
    /// Every listener.
    Listener,
    /// The bus.
    Server,
}

impl Victim {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Aggregator, Self::Listener, Self::Server];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aggregator => AGGREGATOR,
            Self::Listener => LISTENER,
            Self::Server => "nats-server",
        }
    }
}

const AGGREGATOR: &str = "aggregator";
const LISTENER: &str = "checkin";
/// What aggregators are called as a service.
const SERVICE: &str = "cardex-aggregator";
/// How long they have to say that they are there.
const HEARD_WITHIN: Duration = Duration::from_millis(300);
/// How much of a service's log is shown when it ends.
const LAST_LINES: usize = 20;

/// A service that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Which.
    pub service: &'static str,
    /// How.
    pub status: ExitStatus,
    /// The end of its log, the last line first.
    pub said: Vec<String>,
}

/// A hotel of processes.
pub struct Hotel {
    /// Its bus.
    pub server: TestServer,
    /// Whoever publishes, asks and looks.
    pub desk: Desk,
    /// Where its data lie.
    pub premises: Premises,
    /// One for each shard, which one is where the store is not divided.
    aggregators: Vec<Child>,
    /// Which of them is struck next.
    struck: usize,
    listeners: Vec<Child>,
}

impl Hotel {
    /// A hotel with so many listeners.
    pub async fn start(listeners: usize) -> Self {
        Self::divided(listeners, 1).await
    }

    /// The same with a store that is divided among so many aggregators.
    pub async fn divided(listeners: usize, shards: usize) -> Self {
        let server = TestServer::start().await;
        let bus = server.connect().await;
        ensure_streams(&bus, 1).await.unwrap();
        let premises = Premises::new();
        Self {
            aggregators: (0..shards)
                .map(|shard| aggregator(server.url(), &premises, shard, shards))
                .collect(),
            struck: 0,
            listeners: (0..listeners)
                .map(|_| service(LISTENER, &[server.url()], 1, &premises))
                .collect(),
            desk: Desk { bus },
            server,
            premises,
        }
    }

    /// Kills without warning, all listeners where it is one, and starts again.
    pub async fn kill(&mut self, victim: Victim) {
        self.down(victim).await;
        self.up(victim).await;
    }

    /// Kills without warning.
    pub async fn down(&mut self, victim: Victim) {
        if victim == Victim::Server {
            return self.server.kill9().await;
        }
        for child in self.processes(victim) {
            child.kill().await.unwrap();
        }
    }

    /// Starts what was killed or has ended.
    pub async fn up(&mut self, victim: Victim) {
        match victim {
            Victim::Server => self.server.restart().await,
            Victim::Aggregator => {
                let (struck, shards) = (self.struck, self.aggregators.len());
                let again = aggregator(self.server.url(), &self.premises, struck, shards);
                self.aggregators[struck] = again;
                self.struck = (struck + 1) % shards;
            }
            Victim::Listener => {
                for listener in &mut self.listeners {
                    *listener = service(LISTENER, &[self.server.url()], 1, &self.premises);
                }
            }
        }
    }

    /// Kills everything without warning, one after the other in this order.
    pub async fn kill_all(&mut self, order: [Victim; 3]) {
        for victim in order {
            self.down(victim).await;
        }
    }

    /// Starts everything again after all of it was killed.
    pub async fn start_all(&mut self) {
        for victim in [Victim::Server, Victim::Aggregator, Victim::Listener] {
            self.up(victim).await;
        }
    }

    /// Lets it do nothing any more while its connections stand.
    pub fn freeze(&mut self, victim: Victim) {
        match victim {
            Victim::Server => self.server.freeze(),
            _ => self.signal(victim, Signal::SIGSTOP),
        }
    }

    /// Lets it go on where it was frozen.
    pub fn thaw(&mut self, victim: Victim) {
        match victim {
            Victim::Server => self.server.thaw(),
            _ => self.signal(victim, Signal::SIGCONT),
        }
    }

    /// Tells it to end, as an operator does, and waits until it has; a service has to say that all went well.
    pub async fn terminate(&mut self, victim: Victim) {
        if victim == Victim::Server {
            return self.server.stop().await;
        }
        self.signal(victim, Signal::SIGTERM);
        for child in self.processes(victim) {
            let ended = tokio::time::timeout(DEADLINE, child.wait()).await;
            let status = ended.expect("whoever is told to end does").unwrap();
            assert!(status.success(), "{} ended by {status}", victim.name());
        }
    }

    /// The process of the aggregator, which runs.
    #[must_use]
    pub fn aggregator_pid(&self) -> u32 {
        self.aggregators[self.struck].id().expect("it runs")
    }

    /// Nothing ends by itself, whatever else is struck.
    pub fn all_run(&mut self) {
        if let Some(ended) = self.ended() {
            panic!("{ended:#?}");
        }
    }

    /// The first service that has ended by itself.
    pub fn ended(&mut self) -> Option<Ended> {
        let listeners = self.listeners.iter_mut().map(|child| (LISTENER, child));
        let aggregators = self.aggregators.iter_mut();
        let all = listeners.chain(aggregators.map(|child| (AGGREGATOR, child)));
        let ended = all
            .into_iter()
            .find_map(|(name, child)| Some((name, child.try_wait().unwrap()?)));
        let (service, status) = ended?;
        Some(Ended {
            service,
            status,
            said: self.said(service),
        })
    }

    /// Waits until the aggregator ends by itself; none when it has not within the time.
    pub async fn aggregator_ends(&mut self, within: Duration) -> Option<Ended> {
        let ended = tokio::time::timeout(within, self.aggregators[self.struck].wait()).await;
        Some(Ended {
            service: AGGREGATOR,
            status: ended.ok()?.unwrap(),
            said: self.said(AGGREGATOR),
        })
    }

    /// The end of a service's log, the last line first.
    fn said(&self, service: &str) -> Vec<String> {
        let log = std::fs::read_to_string(log(service, &self.premises)).unwrap();
        let last = log.lines().rev().take(LAST_LINES);
        last.map(str::to_owned).collect()
    }

    /// Ends the services, so that the store can be looked at.
    pub async fn end(&mut self) {
        self.down(Victim::Listener).await;
        for aggregator in &mut self.aggregators {
            aggregator.kill().await.unwrap();
        }
    }

    /// Waits until every aggregator answers: what one keeps nobody else can tell.
    pub async fn all_answer(&self) {
        let all = self.aggregators.len();
        until("every aggregator answers", async || {
            let there = self.desk.bus.instances(SERVICE, HEARD_WITHIN).await;
            let there = there.ok().flatten()?;
            (there.len() == all).then_some(())
        })
        .await;
    }

    /// The stores, each of which holds what came.
    #[must_use]
    pub fn stores(&self) -> Vec<PathBuf> {
        let shards = self.aggregators.len();
        let store = |shard: usize| match shards {
            1 => self.premises.store(),
            _ => self
                .premises
                .path()
                .join(format!("store-{}-of-{shards}", shard + 1)),
        };
        (0..shards).map(store).collect()
    }

    fn signal(&mut self, victim: Victim, signal: Signal) {
        for child in self.processes(victim) {
            let pid = child.id().expect("it runs");
            let pid = Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, signal).unwrap();
        }
    }

    fn processes(&mut self, victim: Victim) -> &mut [Child] {
        match victim {
            Victim::Aggregator => std::slice::from_mut(&mut self.aggregators[self.struck]),
            Victim::Listener => &mut self.listeners,
            Victim::Server => &mut [],
        }
    }
}

/// The aggregator that keeps this shard, from 0 on.
fn aggregator(url: &str, premises: &Premises, shard: usize, shards: usize) -> Child {
    let settings = [
        format!("aggregator.shards={shards}"),
        format!("aggregator.shard={}", shard + 1),
    ];
    service_with(AGGREGATOR, &[url], 1, premises, &settings)
}

/// A service that connects to one of these servers, on a bus that keeps so many copies of everything.
#[must_use]
pub fn service(name: &str, urls: &[&str], copies: usize, premises: &Premises) -> Child {
    service_with(name, urls, copies, premises, &[])
}

fn service_with(
    name: &str,
    urls: &[&str],
    copies: usize,
    premises: &Premises,
    settings: &[String],
) -> Child {
    let log: File = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log(name, premises))
        .unwrap();
    let mut command = Command::new(binary());
    command
        .args([name, "--data"])
        .arg(premises.path())
        .args(urls.iter().flat_map(|url| ["--nats", url]))
        .args(["--set", &format!("server.replicas={copies}")])
        .args(settings.iter().flat_map(|setting| ["--set", setting]))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true);
    command.spawn().unwrap()
}

fn log(name: &str, premises: &Premises) -> PathBuf {
    premises.path().join(format!("{name}.log"))
}

/// The command line that was built with this program.
///
/// # Panics
/// When it was not.
#[must_use]
pub fn binary() -> PathBuf {
    crate::program()
        .expect("the program `cardex` is missing: build it first with `cargo build -p cardex`")
}

/// Builds the store anew by the command line, with these flags.
pub async fn rebuild(flags: &[&str], url: &str, premises: &Premises) -> Output {
    let mut command = Command::new(binary());
    command
        .args(["rebuild", "--nats", url, "--data"])
        .arg(premises.path())
        .args(flags)
        .stdin(Stdio::null());
    command.output().await.unwrap()
}
