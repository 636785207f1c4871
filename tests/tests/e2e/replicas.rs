//! Several aggregators side by side: any of them answers, all say the same, and nobody waits long when one is killed.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cardex_aggregator::{Aggregator, AggregatorError, AggregatorSettings};
use cardex_bus::Headers;
use cardex_domain::event::Event;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_testkit::history;
use cardex_tests::chaos::hotel::service;
use cardex_wire::query::{List, ListRequest};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::events::{booked, checked_in, reservation, seen, stay};
use crate::harness::{DEADLINE, House, Premises, prompt, until};
use crate::rebuild::export;

const SERVICE: &str = "cardex-aggregator";
/// How long instances have to say that they are there.
const WITHIN: Duration = Duration::from_millis(300);
/// Enough for a store to take its time.
const EVENTS_IN_HISTORY: usize = 300;
/// Of whose guests the profiles are compared.
const COMPARED: usize = 60;
/// Of which some would come to one that has just started.
const QUESTIONS: usize = 100;
/// Guests who arrive while one aggregator is killed.
const ARRIVALS: usize = 60;
/// After so many of them.
const KILLED_AFTER: usize = 20;
/// The longest that a board may take then.
const SLOWEST: Duration = Duration::from_secs(10);

/// An aggregator beside that of the house, in this process.
struct Second {
    stop: CancellationToken,
    task: JoinHandle<Result<(), AggregatorError>>,
}

impl Second {
    /// With a store of its own, which is empty.
    async fn start(house: &House, gateways: &[&str]) -> Result<Self, AggregatorError> {
        let settings = AggregatorSettings {
            store_dir: house.premises.path().join("second"),
            gateways: gateways.iter().map(|app| (*app).to_owned()).collect(),
            ..house.aggregator_settings()
        };
        let bus = house.server.connect().await;
        let aggregator = Aggregator::start(bus, settings, &Health::default()).await?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(aggregator.run(stop.clone()));
        Ok(Self { stop, task })
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// Waits until so many aggregators answer.
pub(crate) async fn answering(house: &House, count: usize) {
    until("so many aggregators answer", async || {
        let there = house.desk.bus.instances(SERVICE, WITHIN).await.unwrap();
        there
            .is_some_and(|there| there.len() == count)
            .then_some(())
    })
    .await;
}

/// Any aggregator answers, as of the end of the stream, and says how far it is.
async fn reached(house: &House, at_least: Option<u64>) -> u64 {
    let question = ListRequest {
        at_least,
        wait_ms: Some(30_000),
        ..ListRequest::default()
    };
    house
        .desk
        .ask::<List>("engine", &question)
        .await
        .unwrap()
        .sequence
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_one_answers_once_it_is_as_far_and_says_the_same() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let events: Vec<Event> = history(3_000, EVENTS_IN_HISTORY);
    for event in &events {
        house.publish(event).await;
    }
    let subject = "cardex.macau.observation.dining.pos";
    let nonsense = Bytes::from_static(b"{}");
    let headers = Headers::new();
    let dead = house
        .desk
        .bus
        .publish(subject, "dead", nonsense, &headers)
        .await;
    let end = dead.unwrap().stream_sequence;
    house.desk.applied(end).await;
    until("the dead letter", async || {
        (house.desk.dead_letters().await.len() == 1).then_some(())
    })
    .await;
    let some = &events[..COMPARED];
    let said = export(&house.desk, some).await;
    let before = house.desk.ends().await;

    let second = Second::start(&house, &[]).await.unwrap();
    for _ in 0..QUESTIONS {
        assert!(reached(&house, None).await >= end, "it is not as far");
    }
    answering(&house, 2).await;
    house.stop_aggregator().await;
    answering(&house, 1).await;
    assert_eq!(export(&house.desk, some).await, said);
    assert_eq!(house.desk.ends().await, before, "nothing is said twice");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_as_far_answers_when_nobody_else_does() {
    let mut house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    house.settled().await;
    house.stop_checkin().await;
    let second = Second::start(&house, &[]).await.unwrap();
    house.stop_aggregator().await;
    answering(&house, 1).await;
    let noted = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
    let noted = house.publish(&noted.event()).await;
    assert!(reached(&house, Some(noted)).await >= noted);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_would_answer_otherwise_does_not() {
    let house = House::open().await;
    let refused = Second::start(&house, &["console"]).await.err();
    assert!(
        matches!(refused, Some(AggregatorError::OtherSettings { .. })),
        "{refused:?}"
    );
    answering(&house, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_of_two_is_killed_every_board_comes_soon() {
    let house = House::open().await;
    let mut guests = BTreeMap::new();
    for guest in 0..ARRIVALS {
        let number = format!("R-{guest}");
        house.publish(&stay(&number, booked("Chan"))).await;
        let noted = seen("dining", reservation(&number)).likes("allergy.food", "peanut");
        house.publish(&noted.event()).await;
        guests.insert(prompt("kitchen", &number).to_string(), number);
    }
    house.settled().await;
    // A process with a store of its own.
    let premises = Premises::new();
    let mut other = service("aggregator", &[house.server.url()], 1, &premises);
    answering(&house, 2).await;

    let boards = house.desk.bus.subscribe("cardex.macau.prompt.kitchen.*");
    let mut boards = boards.await.unwrap();
    let (mut arrived, mut slowest) = (BTreeMap::new(), Duration::ZERO);
    for (place, (subject, number)) in guests.iter().enumerate() {
        if place == KILLED_AFTER {
            other.start_kill().unwrap();
        }
        arrived.insert(subject.clone(), Instant::now());
        let room = (1001 + place).to_string();
        house
            .publish(&stay(number, checked_in(&room, "Chan")))
            .await;
    }
    while !arrived.is_empty() {
        let board = tokio::time::timeout(DEADLINE, boards.next()).await;
        let board = board.unwrap().unwrap();
        if let Some(at) = arrived.remove(&board.subject) {
            slowest = slowest.max(at.elapsed());
        }
    }
    println!("the slowest board came after {} ms", slowest.as_millis());
    assert!(slowest < SLOWEST, "{slowest:?}");
    other.wait().await.unwrap();
}
