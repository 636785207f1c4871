//! Three real nats-servers that keep three copies of everything, for tests of what happens when some of them die.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::streams::{DEADLETTERS, EVENTS, MARKS, ONCE, PLACES, PROMPTS, ensure_streams};
use cardex_bus::{Bus, BusSettings};
use serde_json::Value;

use crate::{Line, TestServer};

/// Nodes of a cluster, and copies of each stream.
pub const NODES: usize = 3;

/// What makes them one cluster, as it is deployed.
const CLUSTER: &str = include_str!("../../../deploy/cluster/cluster.conf");

/// How long the nodes may take to agree on who leads and what there is.
const AGREED_WITHIN: Duration = Duration::from_secs(60);
/// How long one of them may take to say so.
const ANSWER: Duration = Duration::from_secs(2);
const LOOKED_EVERY: Duration = Duration::from_millis(50);

/// A way for others to connect to a node that leads nowhere.
const NOWHERE: u16 = 1;

/// A cluster that belongs to one test.
pub struct TestCluster {
    /// Its nodes, each with a directory of its own.
    pub nodes: Vec<TestServer>,
    /// From each node to each other, where the others are reached by lines; else none.
    lines: Vec<(usize, usize, Line)>,
}

impl TestCluster {
    /// Starts three nodes that let everybody in, and waits until they keep Cardex's streams, three copies each.
    pub async fn start() -> Self {
        Self::start_by(free_ports(NODES), Vec::new()).await
    }

    /// The same with nodes that reach each other by lines alone, so that each may be cut off.
    pub async fn start_with_lines() -> Self {
        let ports = free_ports(NODES);
        let mut lines = Vec::new();
        for from in 0..NODES {
            for to in (0..NODES).filter(|to| *to != from) {
                lines.push((from, to, Line::lay(ports[to]).await));
            }
        }
        Self::start_by(ports, lines).await
    }

    async fn start_by(ports: Vec<u16>, lines: Vec<(usize, usize, Line)>) -> Self {
        // Nodes tell each other of ways to connect; here there are none but the lines. Nor are clients told of nodes that
        // they did not name: one that looked for another would come upon the node that is cut off.
        let advertised = match lines.is_empty() {
            true => String::new(),
            false => format!("advertise: \"127.0.0.1:{NOWHERE}\"\nno_advertise: true\n"),
        };
        let mut nodes = Vec::new();
        for (n, port) in ports.iter().enumerate() {
            let routes = ports.iter().enumerate().map(|(to, port)| {
                let line = lines.iter().find(|(from, end, _)| (*from, *end) == (n, to));
                route(to, line.map_or(*port, |(.., line)| line.port()))
            });
            let routes: String = routes.collect();
            let configuration = format!(
                "server_name: {}\nROUTES_LISTEN: \"127.0.0.1:{port}\"\n{routes}cluster {{\n{CLUSTER}{advertised}}}\n",
                name(n),
            );
            nodes.push(TestServer::start_with(&configuration).await);
        }
        let cluster = Self { nodes, lines };
        let bus = cluster.connect().await;
        let made = ensure_streams(&bus, NODES).await;
        made.expect("three nodes keep three copies");
        cluster
    }

    /// No line to or from the node carries anything any more.
    pub async fn cut_off(&mut self, node: usize) {
        for line in self.lines_of(node) {
            line.cut().await;
        }
    }

    /// The node is reached again, and reaches others.
    pub async fn mend(&mut self, node: usize) {
        for line in self.lines_of(node) {
            line.mend().await;
        }
    }

    fn lines_of(&mut self, node: usize) -> impl Iterator<Item = &mut Line> {
        let lines = self.lines.iter_mut();
        lines.filter_map(move |(from, to, line)| [*from, *to].contains(&node).then_some(line))
    }

    /// Where clients connect: each node.
    #[must_use]
    pub fn urls(&self) -> Vec<&str> {
        self.nodes.iter().map(TestServer::url).collect()
    }

    /// Settings of a client of this cluster.
    #[must_use]
    pub fn settings(&self) -> BusSettings {
        BusSettings {
            urls: self.urls().into_iter().map(str::to_owned).collect(),
            ..BusSettings::default()
        }
    }

    /// A client of this cluster.
    pub async fn connect(&self) -> Bus {
        Bus::connect(&self.settings())
            .await
            .expect("a connection to one of the test's servers")
    }

    /// The node that leads a stream, once those that are there agree on one.
    pub async fn leader(&self, bus: &Bus, stream: &str) -> usize {
        let led = self.once(bus, stream, |info| {
            let leader = info["cluster"]["leader"].as_str()?;
            (0..self.nodes.len()).find(|n| name(*n) == leader)
        });
        led.await
    }

    /// Has the nodes agree that this one leads a stream.
    pub async fn lead(&self, bus: &Bus, stream: &str, node: usize) {
        let wish = format!(r#"{{"placement":{{"preferred":"{}"}}}}"#, name(node));
        let subject = format!("$JS.API.STREAM.LEADER.STEPDOWN.{stream}");
        let agreed = async {
            while self.leader(bus, stream).await != node {
                // Who does not know of such wishes elects somebody; then it is wished again.
                let _ = bus
                    .request(&subject, wish.clone().into_bytes().into(), ANSWER)
                    .await;
            }
        };
        let agreed = tokio::time::timeout(AGREED_WITHIN, agreed).await;
        agreed.expect("the nodes agree on this one");
    }

    /// Waits until every node has all that is in each stream, so that any one may die.
    pub async fn whole(&self, bus: &Bus) {
        for stream in [EVENTS, PROMPTS, DEADLETTERS, ONCE, MARKS, PLACES] {
            let whole = self.once(bus, stream, |info| {
                let copies = info["cluster"]["replicas"].as_array()?;
                let current = copies.iter().filter(|copy| copy["current"] == true);
                (current.count() == NODES - 1).then_some(())
            });
            whole.await;
        }
    }

    /// What a stream's description comes to, once it comes to anything.
    async fn once<T>(&self, bus: &Bus, stream: &str, read: impl Fn(&Value) -> Option<T>) -> T {
        let subject = format!("$JS.API.STREAM.INFO.{stream}");
        let said = async {
            let mut looks = tokio::time::interval(LOOKED_EVERY);
            loop {
                looks.tick().await;
                let Ok(answer) = bus.request(&subject, Bytes::new(), ANSWER).await else {
                    continue;
                };
                let info = serde_json::from_slice(&answer).ok();
                if let Some(read) = info.as_ref().and_then(&read) {
                    return read;
                }
            }
        };
        let said = tokio::time::timeout(AGREED_WITHIN, said).await;
        said.expect("the nodes agree")
    }

    /// Kills all nodes without a chance to finish anything.
    pub async fn kill9_all(&mut self) {
        for node in &mut self.nodes {
            node.kill9().await;
        }
    }

    /// Starts all nodes again on the same ports and data.
    pub async fn restart_all(&mut self) {
        for node in &mut self.nodes {
            node.restart().await;
        }
    }
}

fn name(n: usize) -> String {
    format!("n{}", n + 1)
}

fn route(n: usize, port: u16) -> String {
    format!("ROUTE_{}: \"nats-route://127.0.0.1:{port}\"\n", n + 1)
}

/// Ports that the system chooses, for servers that have to be known to others before they start: taken and let go.
#[must_use]
pub fn free_ports(count: usize) -> Vec<u16> {
    let taken: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"))
        .collect();
    let ports = taken.iter().map(|listener| listener.local_addr());
    ports
        .map(|address| address.expect("it is bound").port())
        .collect()
}
