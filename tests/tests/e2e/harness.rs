//! A small hotel for these tests: a real server, the real services, and the ways to publish, ask and wait.

use std::sync::atomic::{AtomicU64, Ordering};

use cardex_aggregator::{Aggregator, AggregatorSettings};
use cardex_bus::Bus;
use cardex_bus::streams::ensure_streams;
use cardex_checkin::{Checkin, CheckinSettings};
use cardex_domain::event::Event;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{ConditionState, Health};
use cardex_testkit::TestServer;
use tokio::task::JoinHandle;

pub(crate) use cardex_tests::desk::{
    DEADLINE, Desk, LINKED, Premises, key, occasion, prompt, query, stay_id, until,
};

/// A service that runs inside the test.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
    health: Health,
}

impl Running {
    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// The hotel. The services run in this process, so that tests can read their metrics.
pub(crate) struct House {
    pub(crate) server: TestServer,
    pub(crate) desk: Desk,
    pub(crate) premises: Premises,
    aggregator: Option<Running>,
    checkin: Option<Running>,
    /// The highest sequence published that the listener is told of.
    published: AtomicU64,
}

impl House {
    /// A hotel with both services running.
    pub(crate) async fn open() -> Self {
        let mut house = Self::without_services().await;
        house.start_aggregator().await;
        house.start_checkin().await;
        house
    }

    /// A hotel with streams and nobody who reads them.
    pub(crate) async fn without_services() -> Self {
        let server = TestServer::start().await;
        let bus = server.connect().await;
        Self::on(server, bus).await
    }

    /// A hotel on a server of one's own, with streams and nobody who reads them. The bus is for everything that tests
    /// do and look at.
    pub(crate) async fn on(server: TestServer, bus: Bus) -> Self {
        ensure_streams(&bus, 1).await.unwrap();
        Self {
            server,
            desk: Desk { bus },
            premises: Premises::new(),
            aggregator: None,
            checkin: None,
            published: AtomicU64::new(0),
        }
    }

    pub(crate) fn aggregator_settings(&self) -> AggregatorSettings {
        AggregatorSettings {
            store_dir: self.premises.store(),
            installation_key_file: self.premises.key_file(),
            ..AggregatorSettings::default()
        }
    }

    pub(crate) async fn start_aggregator(&mut self) {
        let bus = self.server.connect().await;
        self.start_aggregator_as(bus).await;
    }

    pub(crate) async fn start_aggregator_as(&mut self, bus: Bus) {
        let health = Health::default();
        let started = Aggregator::start(bus, self.aggregator_settings(), &health).await;
        let aggregator = started.unwrap();
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { aggregator.run(token).await.unwrap() });
        self.aggregator = Some(Running { stop, task, health });
    }

    pub(crate) async fn start_checkin(&mut self) {
        let bus = self.server.connect().await;
        self.start_checkin_as(bus).await;
    }

    pub(crate) async fn start_checkin_as(&mut self, bus: Bus) {
        let health = Health::default();
        let started = Checkin::start(bus, CheckinSettings::default(), &health).await;
        let checkin = started.unwrap();
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { checkin.run(token).await });
        self.checkin = Some(Running { stop, task, health });
    }

    pub(crate) async fn stop_aggregator(&mut self) {
        self.aggregator.take().unwrap().stop().await;
    }

    pub(crate) async fn stop_checkin(&mut self) {
        self.checkin.take().unwrap().stop().await;
    }

    /// The value of one of the aggregator's metrics, written as `name{label="value"}` without prefix.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let running = self.aggregator.as_ref().unwrap();
        let text = running.health.metrics.encode().unwrap();
        let wanted = format!("cardex_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&wanted));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// What the listener says of a condition of its own.
    pub(crate) fn condition(&self, name: &str) -> ConditionState {
        let running = self.checkin.as_ref().unwrap();
        let report = running.health.readiness.report();
        report.iter().find(|of| of.name == name).unwrap().state
    }

    /// Publishes an event and returns its sequence.
    pub(crate) async fn publish(&self, event: &Event) -> u64 {
        let ack = self.desk.publish(event).await;
        self.listened_to(ack.stream_sequence);
        ack.stream_sequence
    }

    /// Takes note that the listener is told of this sequence.
    pub(crate) fn listened_to(&self, sequence: u64) {
        self.published.fetch_max(sequence, Ordering::Relaxed);
    }

    /// Waits until the listener has worked off everything published and the aggregator has applied what it said.
    pub(crate) async fn settled(&self) -> u64 {
        let published = self.published.load(Ordering::Relaxed);
        self.desk.settled(published).await
    }
}
