//! The desk of a hotel from outside its services: where its data lie, and the ways to publish, ask and wait. What does not
//! come about panics, which is the report of whoever checks something.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a test")]
#![allow(
    clippy::print_stdout,
    reason = "what a failing test leaves behind is shown by the test runner"
)]

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cardex_bus::streams::{DEADLETTERS, EVENTS, MARKS, PLACES, PROMPTS, StreamEnds, stream_ends};
use cardex_bus::subjects::MARK;
use cardex_bus::{Ack, Bus, Headers, Incoming, Mark, OrderedReader, Read, RequestError};
use cardex_domain::event::{Event, GuestRef};
use cardex_domain::ids::{DepartmentId, NodeId, PropertyId, StayId};
use cardex_domain::profile::Occasion;
use cardex_domain::time::Day;
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
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::events::PROPERTY;

/// What has not come about after this time does not come about.
pub const DEADLINE: Duration = Duration::from_secs(120);
/// How often a condition is looked at.
const TICK: Duration = Duration::from_millis(10);
/// How long an answer of the bus may take.
const ANSWER: Duration = Duration::from_secs(30);
/// How long who waits for a sequence waits for an answer.
const APPLIED_ANSWER: Duration = Duration::from_secs(8);
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
pub const LINKED: &str = "cardex.all.guest.linked";

pub use cardex_testkit::history::key;

/// The stay of the property that these tests play at.
pub fn stay_id(reservation: &str) -> StayId {
    key().stay(&PropertyId::new(PROPERTY).unwrap(), reservation)
}

/// For what that property asks, or a stay of any.
pub fn occasion(stay: Option<StayId>, as_of: Day) -> Occasion {
    let property = PropertyId::new(PROPERTY).unwrap();
    Occasion {
        property,
        stay,
        as_of,
    }
}

/// Waits until the condition gives something.
pub async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
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

/// Where the store and the key lie.
pub struct Premises(Option<TempDir>);

impl Premises {
    /// An empty directory with the installation's key.
    pub fn new() -> Self {
        let directory = TempDir::with_prefix("cardex-e2e-").unwrap();
        let key = directory.path().join("installation.key");
        std::fs::write(&key, "07".repeat(32)).unwrap();
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        Self(Some(directory))
    }

    /// The data directory.
    pub fn path(&self) -> PathBuf {
        let directory = self.0.as_ref().expect("it is there until it is dropped");
        directory.path().to_owned()
    }

    /// Where the store lies in it.
    pub fn store(&self) -> PathBuf {
        self.path().join("store")
    }

    /// Where the key lies in it.
    pub fn key_file(&self) -> PathBuf {
        self.path().join("installation.key")
    }
}

impl Default for Premises {
    fn default() -> Self {
        Self::new()
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
pub struct Desk {
    /// Its connection.
    pub bus: Bus,
}

impl Desk {
    /// Waits until it is marked that the stream was so far.
    pub async fn marked(&self, sequence: u64) {
        until("the stream is marked", async || {
            let stored = self.bus.last_for_subject(MARKS, MARK).await.unwrap()?;
            let mark: Mark = serde_json::from_slice(&stored.payload).unwrap();
            (mark.sequence >= sequence).then_some(())
        })
        .await;
    }

    /// Publishes an event, again under its id until it is acknowledged.
    pub async fn publish(&self, event: &Event) -> Ack {
        let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
        let payload = Bytes::from(message.payload);
        let (subject, headers) = (&message.subject, Headers::new());
        let published = self.bus.publish(subject, &event.id, payload, &headers);
        published.await.unwrap()
    }

    /// Publishes the event past the server's own memory of message ids, as a publisher does that comes back much later.
    pub async fn publish_again(&self, event: &Event) -> u64 {
        let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
        let payload = Bytes::from(message.payload);
        let answer = self.bus.request(&message.subject, payload, ANSWER);
        let ack: Value = serde_json::from_slice(&answer.await.unwrap()).unwrap();
        assert!(ack.get("duplicate").is_none(), "{ack}");
        ack["seq"].as_u64().expect("an acknowledgement says where")
    }

    /// Asks as a department of the property.
    pub async fn ask<O: Operation>(
        &self,
        department: &str,
        question: &O::Request,
    ) -> Result<O::Reply, QueryError> {
        self.ask_at::<O>(PROPERTY, department, question).await
    }

    /// Asks as a department of a property.
    pub async fn ask_at<O: Operation>(
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
    pub async fn applied(&self, sequence: u64) {
        until("the aggregator comes that far", async || {
            self.has_applied(sequence).await.then_some(())
        })
        .await;
    }

    /// Whether the aggregator has applied the sequence, or does within a few seconds; not so either when it is killed
    /// before it answers.
    pub async fn has_applied(&self, sequence: u64) -> bool {
        let question = ListRequest {
            limit: Some(0),
            at_least: Some(sequence),
            wait_ms: Some(5_000),
            ..ListRequest::default()
        };
        let subject = query(PROPERTY, DepartmentId::ENGINE, List::NAME);
        let asked = self
            .bus
            .request(&subject, encode(&question).into(), APPLIED_ANSWER);
        let Err(error) = asked.await else { return true };
        if let RequestError::Service(error) = error {
            let error = QueryError::from_header(error.code, &error.message);
            assert!(error.code.is_transient(), "{error}");
        }
        false
    }

    /// Waits until the listener has worked off everything and has nothing under way, has linked whom it links and has worked
    /// that off, too, and the aggregator has come to the stream's end; returns that end.
    pub async fn settled(&self, published: u64) -> u64 {
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
        let ends = async || stream_ends(&self.bus, EVENTS).await.ok();
        let end = until("the stream says where it ends", ends).await.last;
        self.applied(end).await;
        end
    }

    /// Waits until the durable has delivered the stream up to this sequence, and everything is acknowledged; for as long as
    /// it gets on.
    async fn worked_off(&self, durable: &str, sequence: u64) {
        let mut ticks = tokio::time::interval(TICK);
        let (mut done, mut since) = (0, Instant::now());
        loop {
            ticks.tick().await;
            if let Some(state) = self.listening(durable).await {
                let idle = state.pending == 0 && state.unacknowledged == 0;
                if idle && state.delivered >= sequence {
                    return;
                }
                if state.done > done {
                    (done, since) = (state.done, Instant::now());
                }
            }
            let waits = since.elapsed() > DEADLINE;
            assert!(
                !waits,
                "{durable} does not get on from {done} to {sequence}"
            );
        }
    }

    /// The sequence of the last event on any of these subjects; 0 when there is none.
    async fn last(&self, subjects: &[&str]) -> u64 {
        let mut last = 0;
        for subject in subjects {
            // A cluster of which a node has just come back may have nobody who leads for a moment.
            let stored = until("the stream says what it has", async || {
                self.bus.last_for_subject(EVENTS, subject).await.ok()
            })
            .await;
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
            done: info["ack_floor"]["stream_seq"].as_u64()?,
        })
    }

    /// Takes away the durables of a listener that has ended, and how far they were: as if it had never read anything.
    pub async fn forget_the_listener(&self) {
        self.lose_the_durables().await;
        for (durable, _) in DURABLES {
            let place = format!("cardex.place.{durable}");
            let kept = self.bus.last_for_subject(PLACES, &place).await.unwrap();
            if let Some(kept) = kept {
                let subject = format!("$JS.API.STREAM.MSG.DELETE.{PLACES}");
                let which = json!({ "seq": kept.stream_sequence }).to_string();
                self.must(&subject, which.into()).await;
            }
        }
    }

    /// Takes the listener's durables away as soon as they are there, as a server may that loses its files.
    pub async fn lose_the_durables(&self) {
        for (durable, _) in DURABLES {
            until("the durable is there", async || {
                self.listening(durable).await.map(drop)
            })
            .await;
            let subject = format!("$JS.API.CONSUMER.DELETE.{EVENTS}.{durable}");
            self.must(&subject, Bytes::new()).await;
        }
    }

    /// Has the server do something.
    async fn must(&self, subject: &str, asked: Bytes) {
        let answer = self.bus.request(subject, asked, ANSWER).await;
        let answer: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
        assert_eq!(answer["success"], true, "{answer}");
    }

    /// The sequence up to which the listener has done with every event; 0 while it is not known.
    pub async fn listened(&self) -> u64 {
        let [(durable, _), ..] = DURABLES;
        let state = self.listening(durable).await;
        state.map_or(0, |state| state.done)
    }

    /// The canonical form of the profile of a node, as the aggregator folds it; `None` when it knows no such node.
    pub async fn canonical(&self, node: NodeId, as_of: Day) -> Option<Vec<u8>> {
        self.try_canonical(node, None, as_of).await.unwrap()
    }

    /// The same of an aggregator that has come so far; or what it says instead.
    ///
    /// # Errors
    /// What the aggregator answers when it gives no profile.
    pub async fn try_canonical(
        &self,
        node: NodeId,
        at_least: Option<u64>,
        as_of: Day,
    ) -> Result<Option<Vec<u8>>, QueryError> {
        let mut question = GetRequest {
            as_of: Some(AsText(as_of)),
            whole: true,
            at_least,
            ..GetRequest::of(GuestRef::Node(node))
        };
        let mut whole: Option<ProfileView> = None;
        loop {
            let reply = match self.ask::<Get>(DepartmentId::ENGINE, &question).await {
                Err(error) if error.code == ErrorCode::NotFound => return Ok(None),
                answered => answered?,
            };
            question.after = reply.next;
            let last = question.after.is_none();
            let whole = match &mut whole {
                Some(whole) => {
                    whole.join(reply.profile);
                    &*whole
                }
                None => whole.insert(reply.profile),
            };
            if last {
                return Ok(Some(canonical(&whole.to_profile().unwrap())));
            }
        }
    }

    /// The board of the stay that stands on the bus.
    pub async fn board(&self, department: &str, reservation: &str) -> Option<BoardView> {
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
    pub async fn texts(&self, department: &str, reservation: &str) -> Vec<String> {
        let board = self.board(department, reservation).await;
        board.map_or_else(Vec::new, |board| {
            board.items.into_iter().map(|item| item.text).collect()
        })
    }

    /// What a department is answered that asks for its boards.
    pub async fn open_boards(&self, department: &str) -> Vec<BoardView> {
        let question = BoardsRequest::default();
        let asked = self.ask::<cardex_wire::query::Boards>(department, &question);
        asked.await.unwrap().boards
    }

    /// Every message that a stream holds.
    pub async fn everything(&self, stream: &str) -> Vec<Incoming> {
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
    pub async fn ends(&self) -> Vec<StreamEnds> {
        let mut ends = Vec::new();
        for stream in [EVENTS, PROMPTS, DEADLETTERS] {
            ends.push(stream_ends(&self.bus, stream).await.unwrap());
        }
        ends
    }

    /// The dead letters on the bus, by the sequence of the message.
    pub async fn dead_letters(&self) -> BTreeMap<u64, DeadLetterNotice> {
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
    done: u64,
}

/// Where a department asks.
pub fn query(property: &str, department: &str, operation: &str) -> String {
    QuerySubject {
        property: PropertyId::new(property).unwrap(),
        department: DepartmentId::new(department).unwrap(),
        op: Token::new(operation).unwrap(),
    }
    .to_string()
}

/// Where the board of a stay for a department stands.
pub fn prompt(department: &str, reservation: &str) -> PromptSubject {
    PromptSubject {
        property: PropertyId::new(PROPERTY).unwrap(),
        department: DepartmentId::new(department).unwrap(),
        stay: stay_id(reservation),
    }
}
