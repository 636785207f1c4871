//! A small hotel for these tests: a real server, the real services, and the ways to publish, ask and wait.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cardex_aggregator::{Aggregator, AggregatorSettings};
use cardex_bus::streams::{DEADLETTERS, EVENTS, PROMPTS, StreamEnds, ensure_streams, stream_ends};
use cardex_bus::{Ack, Bus, Headers, Incoming, OrderedReader, Read, RequestError};
use cardex_checkin::{Checkin, CheckinSettings};
use cardex_domain::event::Event;
use cardex_domain::ids::{DepartmentId, NodeId, PropertyId, StayId};
use cardex_domain::profile::Occasion;
use cardex_domain::time::Day;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{ConditionState, Health};
use cardex_testkit::TestServer;
use cardex_wire::query::{
    BoardsRequest, ErrorCode, Get, GetRequest, List, ListRequest, Operation, QueryError,
    decode_reply, encode,
};
use cardex_wire::subject::Token;
use cardex_wire::text::AsText;
use cardex_wire::{
    BoardMessage, BoardView, DeadLetterCode, DeadLetterNotice, EventDraft, ProfileView,
    PromptSubject, QuerySubject, canonical,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::events::PROPERTY;

/// What has not come about after this time does not come about.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);
/// How often a condition is looked at.
const TICK: Duration = Duration::from_millis(10);
/// How long an answer of the bus may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The listener's durables, and what each delivers.
const DURABLES: [(&str, &[&str]); 3] = [
    (
        "cardex_checkin",
        &[
            "cardex.*.observation.*.*",
            "cardex.*.outcome.*.*",
            "cardex.*.stay.*",
            "cardex.*.guest.*",
            "cardex.*.card.escalated",
        ],
    ),
    ("cardex_many", &["cardex.*.card.hour", "cardex.config.*"]),
    (
        "cardex_links",
        &[
            "cardex.*.stay.reserved",
            "cardex.*.stay.amended",
            "cardex.*.stay.checked_in",
            "cardex.*.guest.corrected",
            "cardex.config.*",
        ],
    ),
];
/// Where links are published that nobody but Cardex made.
pub(crate) const LINKED: &str = "cardex.all.guest.linked";

pub(crate) use cardex_testkit::history::key;

/// The stay of the property that these tests play at.
pub(crate) fn stay_id(reservation: &str) -> StayId {
    key().stay(&PropertyId::new(PROPERTY).unwrap(), reservation)
}

/// For what that property asks, or a stay of any.
pub(crate) fn occasion(stay: Option<StayId>, as_of: Day) -> Occasion {
    let property = PropertyId::new(PROPERTY).unwrap();
    Occasion {
        property,
        stay,
        as_of,
    }
}

/// Waits until the condition gives something.
pub(crate) async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let mut ticks = tokio::time::interval(TICK);
    let waiting = async {
        loop {
            ticks.tick().await;
            if let Some(found) = condition().await {
                return found;
            }
        }
    };
    let waited = tokio::time::timeout(DEADLINE, waiting).await;
    waited.unwrap_or_else(|_| panic!("not within {DEADLINE:?}: {what}"))
}

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

/// Where the store and the key lie.
pub(crate) struct Premises(Option<TempDir>);

impl Premises {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("cardex-e2e-").unwrap();
        let key = directory.path().join("installation.key");
        std::fs::write(&key, "07".repeat(32)).unwrap();
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        Self(Some(directory))
    }

    pub(crate) fn path(&self) -> PathBuf {
        let directory = self.0.as_ref().expect("it is there until it is dropped");
        directory.path().to_owned()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path().join("store")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.path().join("installation.key")
    }
}

impl Drop for Premises {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(directory) = self.0.take()
        {
            println!("store and logs are kept: {}", directory.keep().display());
        }
    }
}

/// A bus that tests talk to.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) bus: Bus,
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

impl Desk {
    pub(crate) async fn publish(&self, event: &Event) -> Ack {
        let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
        let payload = Bytes::from(message.payload);
        let (subject, headers) = (&message.subject, Headers::new());
        let published = self.bus.publish(subject, &event.id, payload, &headers);
        published.await.unwrap()
    }

    /// Publishes the event past the server's own memory of message ids, as a publisher does that comes back much later.
    pub(crate) async fn publish_again(&self, event: &Event) -> u64 {
        let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
        let payload = Bytes::from(message.payload);
        let answer = self.bus.request(&message.subject, payload, ANSWER);
        let ack: Value = serde_json::from_slice(&answer.await.unwrap()).unwrap();
        assert!(ack.get("duplicate").is_none(), "{ack}");
        ack["seq"].as_u64().expect("an acknowledgement says where")
    }

    /// Asks as a department of the property.
    pub(crate) async fn ask<O: Operation>(
        &self,
        department: &str,
        question: &O::Request,
    ) -> Result<O::Reply, QueryError> {
        self.ask_at::<O>(PROPERTY, department, question).await
    }

    pub(crate) async fn ask_at<O: Operation>(
        &self,
        property: &str,
        department: &str,
        question: &O::Request,
    ) -> Result<O::Reply, QueryError> {
        let subject = query(property, department, O::NAME);
        let asked = self.bus.request(&subject, encode(question).into(), ANSWER);
        match asked.await {
            Ok(answer) => decode_reply(&answer),
            Err(RequestError::Service(error)) => {
                Err(QueryError::from_header(error.code, &error.message))
            }
            Err(RequestError::NoResponders { .. }) => {
                let detail = "the service is not there, or not yet";
                Err(QueryError::new(ErrorCode::Unavailable, detail))
            }
            Err(error) => panic!("no answer on {subject}: {error}"),
        }
    }

    /// Waits until the aggregator has applied the sequence.
    pub(crate) async fn applied(&self, sequence: u64) {
        until("the aggregator comes that far", async || {
            let question = ListRequest {
                limit: Some(0),
                at_least: Some(sequence),
                wait_ms: Some(5_000),
                ..ListRequest::default()
            };
            match self.ask::<List>(DepartmentId::ENGINE, &question).await {
                Ok(_) => Some(()),
                Err(error) => {
                    assert!(error.code.is_transient(), "{error}");
                    None
                }
            }
        })
        .await;
    }

    /// Waits until the listener has worked off everything and has nothing under way, has linked whom it links and has worked
    /// that off, too, and the aggregator has come to the stream's end; returns that end.
    pub(crate) async fn settled(&self, published: u64) -> u64 {
        let mut published = published;
        loop {
            for (durable, filter) in DURABLES {
                let news = self.last(filter).await;
                self.worked_off(durable, news).await;
            }
            let linked = self.last(&[LINKED]).await;
            if linked <= published {
                break;
            }
            published = linked;
        }
        let end = stream_ends(&self.bus, EVENTS).await.unwrap().last;
        self.applied(end).await;
        end
    }

    /// Waits until the durable has delivered the stream up to this sequence, and everything is acknowledged.
    async fn worked_off(&self, durable: &str, sequence: u64) {
        until("the listener has worked everything off", async || {
            let state = self.listening(durable).await?;
            let idle = state.pending == 0 && state.unacknowledged == 0;
            (idle && state.delivered >= sequence).then_some(())
        })
        .await;
    }

    /// The sequence of the last event on any of these subjects; 0 when there is none.
    async fn last(&self, subjects: &[&str]) -> u64 {
        let mut last = 0;
        for subject in subjects {
            let stored = self.bus.last_for_subject(EVENTS, subject).await.unwrap();
            last = last.max(stored.map_or(0, |stored| stored.stream_sequence));
        }
        last
    }

    /// Where a durable of the listener's stands, once there is one.
    async fn listening(&self, durable: &str) -> Option<Listening> {
        let subject = format!("$JS.API.CONSUMER.INFO.{EVENTS}.{durable}");
        let answer = self
            .bus
            .request(&subject, Bytes::new(), ANSWER)
            .await
            .ok()?;
        let info: Value = serde_json::from_slice(&answer).ok()?;
        Some(Listening {
            pending: info["num_pending"].as_u64()?,
            unacknowledged: info["num_ack_pending"].as_u64()?,
            delivered: info["delivered"]["stream_seq"].as_u64()?,
        })
    }

    /// Takes the listener's durables away, as if it had never read anything.
    pub(crate) async fn forget_the_listener(&self) {
        for (durable, _) in DURABLES {
            let subject = format!("$JS.API.CONSUMER.DELETE.{EVENTS}.{durable}");
            let answer = self.bus.request(&subject, Bytes::new(), ANSWER).await;
            let answer: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
            assert_eq!(answer["success"], true, "{answer}");
        }
    }

    /// The canonical form of the profile of a node, as the aggregator folds it; `None` when it knows no such node.
    pub(crate) async fn canonical(&self, node: NodeId, as_of: Day) -> Option<Vec<u8>> {
        let mut question = GetRequest {
            as_of: Some(AsText(as_of)),
            whole: true,
            ..GetRequest::of(cardex_domain::event::GuestRef::Node(node))
        };
        let mut whole: Option<ProfileView> = None;
        loop {
            let reply = match self.ask::<Get>(DepartmentId::ENGINE, &question).await {
                Ok(reply) => reply,
                Err(error) if error.code == ErrorCode::NotFound => return None,
                Err(error) => panic!("{error}"),
            };
            question.after = reply.next;
            match &mut whole {
                Some(whole) => whole.join(reply.profile),
                None => whole = Some(reply.profile),
            }
            if question.after.is_none() {
                return Some(canonical(&whole?.to_profile().unwrap()));
            }
        }
    }

    /// The board of the stay that stands on the bus.
    pub(crate) async fn board(&self, department: &str, reservation: &str) -> Option<BoardView> {
        let subject = prompt(department, reservation).to_string();
        let stored = self
            .bus
            .last_for_subject(PROMPTS, &subject)
            .await
            .unwrap()?;
        Some(
            BoardMessage::decode(&subject, &stored.payload)
                .unwrap()
                .data,
        )
    }

    /// The texts of the open items of a board; none when there is no board.
    pub(crate) async fn texts(&self, department: &str, reservation: &str) -> Vec<String> {
        let board = self.board(department, reservation).await;
        board.map_or_else(Vec::new, |board| {
            board.items.into_iter().map(|item| item.text).collect()
        })
    }

    /// What a department is answered that asks for its boards.
    pub(crate) async fn open_boards(&self, department: &str) -> Vec<BoardView> {
        let question = BoardsRequest::default();
        let asked = self.ask::<cardex_wire::query::Boards>(department, &question);
        asked.await.unwrap().boards
    }

    /// Every message that a stream holds.
    pub(crate) async fn everything(&self, stream: &str) -> Vec<Incoming> {
        let end = stream_ends(&self.bus, stream).await.unwrap();
        let mut messages = Vec::new();
        if end.messages == 0 {
            return messages;
        }
        let mut reader = OrderedReader::open(&self.bus, stream, None).await.unwrap();
        while reader.position().sequence < end.last {
            let batch = reader.next_batch(256, TICK).await.unwrap();
            messages.extend(batch.into_iter().filter_map(|read| match read {
                Read::Message(message) => Some(message),
                Read::Gap(_) => None,
            }));
        }
        messages
    }

    /// How far the three streams go.
    pub(crate) async fn ends(&self) -> Vec<StreamEnds> {
        let mut ends = Vec::new();
        for stream in [EVENTS, PROMPTS, DEADLETTERS] {
            ends.push(stream_ends(&self.bus, stream).await.unwrap());
        }
        ends
    }

    /// The dead letters on the bus, by the sequence of the message.
    pub(crate) async fn dead_letters(&self) -> BTreeMap<u64, DeadLetterNotice> {
        let notices = self.everything(DEADLETTERS).await;
        notices
            .iter()
            .filter(|message| !message.subject.starts_with("cardex.erased."))
            .map(|message| {
                let notice = DeadLetterNotice::decode(&message.payload).unwrap();
                assert_eq!(notice.stands_on().to_string(), message.subject);
                let listed = DeadLetterCode::parse(&notice.code).is_some();
                assert!(listed, "{} is not in the contract", notice.code);
                (notice.sequence, notice)
            })
            .collect()
    }
}

/// Where a durable stands.
struct Listening {
    pending: u64,
    unacknowledged: u64,
    delivered: u64,
}

pub(crate) fn query(property: &str, department: &str, operation: &str) -> String {
    QuerySubject {
        property: PropertyId::new(property).unwrap(),
        department: DepartmentId::new(department).unwrap(),
        op: Token::new(operation).unwrap(),
    }
    .to_string()
}

pub(crate) fn prompt(department: &str, reservation: &str) -> PromptSubject {
    PromptSubject {
        property: PropertyId::new(PROPERTY).unwrap(),
        department: DepartmentId::new(department).unwrap(),
        stay: stay_id(reservation),
    }
}
