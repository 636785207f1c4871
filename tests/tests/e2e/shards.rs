//! What was noticed of guests divided among several stores: whoever is asked answers as one that has all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use bytes::Bytes;
use cardex_aggregator::{Aggregator, AggregatorError, AggregatorSettings};
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::{Event, GuestRef, OutcomeKind};
use cardex_domain::fact::Fact;
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_store::{OpenOptions, Store, StoreError};
use cardex_testkit::history;
use cardex_wire::query::{ErrorCode, Get, GetRequest, QueryError};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::events::{booked, checked_in, outcome, reservation, seen, stay};
use crate::harness::{House, key, query, stay_id};
use crate::rebuild::export;
use crate::replicas::answering;

const EVENTS_IN_HISTORY: usize = 160;
/// Of whose guests everything is asked.
const COMPARED: usize = 30;
/// How often each question is asked, so that every shard is asked some of them.
const TIMES: usize = 2;

/// An aggregator that keeps a share, in this process.
struct Shard {
    settings: AggregatorSettings,
    stop: CancellationToken,
    task: JoinHandle<Result<(), AggregatorError>>,
}

fn number(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn settings(house: &House, shard: u16, shards: u16) -> AggregatorSettings {
    AggregatorSettings {
        store_dir: house.premises.path().join(format!("{shard}-of-{shards}")),
        shards: number(shards),
        shard: number(shard),
        ..house.aggregator_settings()
    }
}

impl Shard {
    async fn start(house: &House, shard: u16, shards: u16) -> Self {
        Self::with(house, settings(house, shard, shards)).await
    }

    async fn with(house: &House, settings: AggregatorSettings) -> Self {
        let bus = house.server.connect().await;
        let started = Aggregator::start(bus, settings.clone(), &Health::default()).await;
        let stop = CancellationToken::new();
        let task = tokio::spawn(started.unwrap().run(stop.clone()));
        Self {
            settings,
            stop,
            task,
        }
    }

    async fn stop(self) -> AggregatorSettings {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        self.settings
    }
}

/// All shards, which answer.
async fn all(house: &House, shards: u16) -> Vec<Shard> {
    let mut running = Vec::new();
    for shard in 1..=shards {
        running.push(Shard::start(house, shard, shards).await);
    }
    answering(house, usize::from(shards)).await;
    running
}

async fn stop(shards: Vec<Shard>) -> Vec<AggregatorSettings> {
    let mut settings = Vec::new();
    for shard in shards {
        settings.push(shard.stop().await);
    }
    settings
}

/// Guests of all kinds, with boards and what became of them.
async fn past(house: &House) -> Vec<Event> {
    let mut events = history(4_100, EVENTS_IN_HISTORY);
    for guest in 0..8 {
        let number = format!("R-{guest}");
        events.push(stay(&number, booked("Chan")));
        let noticed = seen("floor", reservation(&number));
        events.push(
            noticed
                .likes("amenity.fruit", "mango")
                .likes("hat.colour", "no word for that")
                .noting("would like a quiet room")
                .event(),
        );
        events.push(stay(
            &number,
            checked_in(&format!("{}", 1001 + guest), "Chan"),
        ));
    }
    for event in &events {
        house.publish(event).await;
    }
    house.settled().await;
    for guest in 0..8 {
        let number = format!("R-{guest}");
        let Some(board) = house.desk.board("floor", &number).await else {
            continue;
        };
        let what = if guest % 2 == 0 {
            OutcomeKind::Wrong
        } else {
            OutcomeKind::Done
        };
        let said = outcome("floor", stay_id(&number), &board.items[0].id.0, what);
        house.publish(&said).await;
    }
    house.settled().await;
    events
}

fn nodes(events: &[Event]) -> BTreeSet<NodeId> {
    let mut ledger = Ledger::default();
    for event in events {
        ledger.record(event.key, Fact::of(event, &key()).unwrap());
    }
    ledger.nodes()
}

/// What is answered, without how far whoever answered was.
async fn said(house: &House, property: &str, department: &str, op: &str, asked: &Value) -> Value {
    let subject = query(property, department, op);
    let payload = Bytes::from(asked.to_string());
    let within = std::time::Duration::from_secs(30);
    match house.desk.bus.request(&subject, payload, within).await {
        Ok(answer) => {
            let mut answer: Value = serde_json::from_slice(&answer).unwrap();
            let fields = answer.as_object_mut().unwrap();
            fields.remove("sequence");
            fields.remove("behind");
            answer
        }
        Err(error) => Value::String(format!("{error:?}")),
    }
}

/// Everything that is answered of these guests and of the properties, by who asks and what.
async fn everything(house: &House, nodes: &BTreeSet<NodeId>) -> BTreeMap<String, Value> {
    let mut questions = Vec::new();
    for property in ["harbour", "garden", "macau"] {
        for department in ["guest_relations", "floor"] {
            let mut ask = |op: &str, asked: Value| {
                questions.push((property, department, op.to_owned(), asked));
            };
            for op in [
                "unassigned",
                "links",
                "wrong",
                "pending",
                "notes",
                "lessons",
            ] {
                ask(op, json!({ "limit": 400 }));
            }
            ask(
                "stats",
                json!({ "since": "2026-02-01", "until": "2026-07-01" }),
            );
            ask("stats", json!({}));
            ask("find", json!({ "text": "chan" }));
        }
    }
    for node in nodes.iter().take(COMPARED) {
        let about = serde_json::to_value(GetRequest::of(GuestRef::Node(*node))).unwrap();
        let about = &about["about"];
        for department in ["guest_relations", "floor", "engine"] {
            for op in ["explain", "history", "get"] {
                questions.push((
                    "harbour",
                    department,
                    op.to_owned(),
                    json!({ "about": about }),
                ));
            }
        }
    }
    let mut everything = BTreeMap::new();
    for (property, department, op, asked) in questions {
        let answer = said(house, property, department, &op, &asked).await;
        everything.insert(format!("{property} {department} {op} {asked}"), answer);
    }
    everything
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_answers_as_if_nothing_were_divided() {
    let mut house = House::open().await;
    let events = past(&house).await;
    let nodes = nodes(&events);
    house.stop_checkin().await;
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    house.desk.applied(end).await;
    let whole = everything(&house, &nodes).await;
    let profiles = export(&house.desk, &events).await;
    house.stop_aggregator().await;
    for op in [
        "wrong",
        "pending",
        "notes",
        "stats",
        "find",
        "history",
        "unassigned",
    ] {
        let full = |(asked, said): (&String, &Value)| {
            asked.contains(&format!(" {op} ")) && said.to_string().len() > 200
        };
        assert!(
            whole.iter().any(full),
            "{op} is answered with hardly anything"
        );
    }

    let shards = all(&house, 3).await;
    for _ in 0..TIMES {
        let divided = everything(&house, &nodes).await;
        for (asked, said) in &whole {
            assert_eq!(&divided[asked], said, "{asked}");
        }
    }
    assert_eq!(export(&house.desk, &events).await, profiles);
    // Each keeps a part, and nobody all.
    let mut kept = BTreeMap::new();
    for settings in stop(shards).await {
        let store = Store::open_as_it_is(&settings.store_dir, &OpenOptions::default()).unwrap();
        let verified = store.verify().unwrap();
        kept.insert(store.share().unwrap().to_string(), verified.rows);
    }
    let store = Store::open_as_it_is(&house.premises.store(), &OpenOptions::default()).unwrap();
    let rows = store.verify().unwrap().rows;
    assert!(kept.values().all(|kept| *kept < rows), "{kept:?} of {rows}");
    assert_eq!(kept.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_before_a_question_is_in_its_answer() {
    let house = House::without_services().await;
    let shards = all(&house, 3).await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let question = |at_least| GetRequest {
        at_least: Some(at_least),
        wait_ms: Some(10_000),
        whole: true,
        ..GetRequest::of(reservation("R-1"))
    };
    for n in 1..=60_usize {
        let noticed = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
        let at = house.publish(&noticed.event()).await;
        let answered = house
            .desk
            .ask::<Get>("engine", &question(at))
            .await
            .unwrap();
        let profile = answered.profile.to_profile().unwrap();
        let known = profile.attributes.values().flat_map(|of| &of.claims);
        let pieces: usize = known.map(|claim| claim.evidence.len()).sum();
        assert_eq!(pieces, n, "after {n} observations");
    }
    stop(shards).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_nobody_keeps_is_named_and_its_replica_stands_in_for_it() {
    let house = House::without_services().await;
    let mut shards = all(&house, 2).await;
    let mut numbers = Vec::new();
    for guest in 0..20 {
        let number = format!("R-{guest}");
        house.publish(&stay(&number, booked("Chan"))).await;
        let noticed = seen("floor", reservation(&number)).likes("amenity.fruit", "mango");
        house.publish(&noticed.event()).await;
        numbers.push(number);
    }
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    let ask = async |number: &String| -> Result<(), QueryError> {
        let question = GetRequest {
            at_least: Some(end),
            wait_ms: Some(10_000),
            ..GetRequest::of(reservation(number))
        };
        house.desk.ask::<Get>("engine", &question).await.map(drop)
    };
    let second = shards.pop().unwrap().stop().await;
    answering(&house, 1).await;
    let mut unanswered = 0;
    for number in &numbers {
        if let Err(error) = ask(number).await {
            assert_eq!(error.code, ErrorCode::Unavailable);
            assert!(error.detail.contains("shard 2-of-2"), "{error}");
            unanswered += 1;
        }
    }
    assert!((1..20).contains(&unanswered), "{unanswered} of 20");

    // Another of the same share, from the stream, and the one that was there: one dying is not noticed.
    let replica = AggregatorSettings {
        store_dir: house.premises.path().join("replica"),
        ..second.clone()
    };
    let replica = Shard::with(&house, replica).await;
    let again = Shard::with(&house, second).await;
    answering(&house, 3).await;
    for number in &numbers {
        ask(number).await.unwrap();
    }
    again.stop().await;
    answering(&house, 2).await;
    for number in &numbers {
        ask(number).await.unwrap();
    }
    replica.stop().await;
    stop(shards).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_come_as_they_do_from_one_store() {
    let mut house = House::without_services().await;
    let shards = all(&house, 3).await;
    house.start_checkin().await;
    for guest in 0..12 {
        let number = format!("R-{guest}");
        house.publish(&stay(&number, booked("Chan"))).await;
        let noticed = seen("floor", reservation(&number)).likes("amenity.fruit", "mango");
        house.publish(&noticed.event()).await;
        let room = format!("{}", 1001 + guest);
        house
            .publish(&stay(&number, checked_in(&room, "Chan")))
            .await;
    }
    house.settled().await;
    for guest in 0..12 {
        let board = house.desk.board("floor", &format!("R-{guest}")).await;
        assert_eq!(board.unwrap().items.len(), 1, "R-{guest}");
    }
    house.stop_checkin().await;
    stop(shards).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_opened_as_what_it_was_built_and_in_no_other_company() {
    let house = House::without_services().await;
    let shards = all(&house, 2).await;
    // Beside shards of another number nobody answers.
    let bus = house.server.connect().await;
    let other = Aggregator::start(bus, settings(&house, 1, 3), &Health::default()).await;
    let refused = other.err();
    assert!(
        matches!(refused, Some(AggregatorError::OtherSettings { .. })),
        "{refused:?}"
    );
    let kept = stop(shards).await;
    let as_another = AggregatorSettings {
        store_dir: kept[0].store_dir.clone(),
        ..kept[1].clone()
    };
    let bus = house.server.connect().await;
    let refused = Aggregator::start(bus, as_another, &Health::default())
        .await
        .err();
    assert!(
        matches!(
            refused,
            Some(AggregatorError::Store(StoreError::OtherShare { .. }))
        ),
        "{refused:?}"
    );
}
