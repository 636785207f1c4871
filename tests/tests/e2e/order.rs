//! The order in which events arrive does not matter: any permutation, repetition and lateness of the same events gives
//! byte-identical profiles, in the pure domain and through the real aggregator, and both agree.

use std::collections::BTreeMap;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::Event;
use cardex_domain::fact::{Fact, Reference};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::profile_of;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::vocabulary::Vocabulary;
use cardex_testkit::history;
use cardex_testkit::history::last_day;
use cardex_wire::canonical;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::events::now;
use crate::harness::{House, key, occasion};

/// Events of one history.
const EVENTS_IN_HISTORY: usize = 250;
/// Histories whose orders are tried in the pure domain.
const PURE_HISTORIES: u64 = 8;
/// Orders of each that are tried, one of each kind.
const PURE_ORDERS: u64 = 3;
/// Histories that go through a real server and store, each in as many orders.
const REAL_HISTORIES: u64 = 2;
const REAL_ORDERS: u64 = 3;

/// The profile of every node, canonical.
type Export = BTreeMap<NodeId, Vec<u8>>;

/// An order in which the events may come: any, or as they happened but for some that are late; each event may come
/// again at any time after.
fn order(events: &[Event], seed: u64) -> Vec<Event> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut events = events.to_vec();
    match seed % 3 {
        0 => events.shuffle(&mut rng),
        1 => events.reverse(),
        _ => events.sort_by_cached_key(|event| {
            let happened = event.body.occurred_at().unwrap_or(event.time).utc_micros;
            let late_micros = match rng.random_range(0..4) {
                0 => rng.random_range(0..90_i64 * 24 * 3_600_000_000),
                _ => 0,
            };
            happened + late_micros
        }),
    }
    for _ in 0..events.len() / 5 {
        let again = rng.random_range(0..events.len());
        let event = events[again].clone();
        events.insert(rng.random_range(again..events.len()) + 1, event);
    }
    events
}

fn ledger(events: &[Event]) -> Ledger {
    let mut ledger = Ledger::default();
    for event in events {
        ledger.record(event.key, Fact::of(event, &key()).unwrap());
    }
    ledger
}

/// What the pure domain says of every node; nothing of one that nobody can be told from.
fn folded(ledger: &Ledger, deny: &DenyList) -> Export {
    let mut export = Export::new();
    for node in ledger.nodes() {
        let Ok(named) = resolve(ledger, deny, &[Reference::Node(node)], now());
        let Resolution::Assigned { node, stay } = named else {
            continue;
        };
        let vocabulary = Vocabulary::embedded();
        let occasion = occasion(stay, last_day());
        let Ok(profile) = profile_of(ledger, deny, vocabulary, node, &occasion);
        export.insert(node, canonical(&profile));
    }
    export
}

fn deny() -> DenyList {
    DenyList::parse(DenyList::EMBEDDED_TEXT).unwrap()
}

#[test]
fn profiles_are_a_function_of_the_set_of_events() {
    std::thread::scope(|scope| {
        for seed in 0..PURE_HISTORIES {
            scope.spawn(move || no_order_of_the_history_matters(seed));
        }
    });
}

fn no_order_of_the_history_matters(seed: u64) {
    let events = history(seed, EVENTS_IN_HISTORY);
    let expected = folded(&ledger(&events), &deny());
    assert!(expected.len() > 20, "history {seed} has hardly any guests");
    let said: usize = expected.values().map(Vec::len).sum();
    assert!(said > 50_000, "history {seed} says hardly anything");
    for nth in 0..PURE_ORDERS {
        let other = order(&events, seed * PURE_ORDERS + nth);
        assert!(
            folded(&ledger(&other), &deny()) == expected,
            "order {nth} of history {seed} gives other profiles"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregator_agrees_whatever_the_order() {
    for seed in 100..100 + REAL_HISTORIES {
        let events = history(seed, EVENTS_IN_HISTORY);
        let expected = folded(&ledger(&events), &deny());
        for nth in 0..REAL_ORDERS {
            let export = through_the_aggregator(&order(&events, seed * REAL_ORDERS + nth)).await;
            for (node, profile) in &expected {
                assert!(
                    export.get(node) == Some(profile),
                    "order {nth} of history {seed} gives another profile of {node}"
                );
            }
            assert_eq!(export.len(), expected.len());
        }
    }
}

/// Publishes the events in this order, the aggregator reading along, and exports every profile.
async fn through_the_aggregator(events: &[Event]) -> Export {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let mut published = std::collections::BTreeSet::new();
    for event in events {
        if published.insert(event.key) {
            house.desk.publish(event).await;
        } else {
            house.desk.publish_again(event).await;
        }
    }
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    assert_eq!(
        end,
        events.len() as u64,
        "the repetitions are in the stream"
    );
    house.desk.applied(end).await;
    assert_eq!(house.metric("events_folded_total"), published.len() as u64);
    let mut export = Export::new();
    for node in ledger(events).nodes() {
        let profile = house.desk.canonical(node, last_day()).await;
        export.extend(profile.map(|profile| (node, profile)));
    }
    house.stop_aggregator().await;
    export
}
