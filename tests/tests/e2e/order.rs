//! The order in which events arrive does not matter: any permutation, repetition and lateness of the same events gives
//! byte-identical profiles, in the pure domain and through the real aggregator, and both agree.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::{Body, Event, Judgement, Link, LinkKind, NodeRef, Undo, UndoKind};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::fact::{Fact, Noted, Reference};
use cardex_domain::gather::{gather, said};
use cardex_domain::identity::{DenyList, Person, is_known, is_undone, person_of};
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::profile_of;
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::time::Day;
use cardex_testkit::history;
use cardex_testkit::history::last_day;
use cardex_tests::embedded::settings;
use cardex_wire::canonical;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use crate::events::{guest_operation, now};
use crate::harness::{House, key, occasion};

/// Events of one history.
const EVENTS_IN_HISTORY: usize = 250;
/// Events of one history of which every piece of evidence is looked for.
const EVENTS_IN_LONG_HISTORY: usize = 600;
/// Histories whose orders are tried in the pure domain.
const PURE_HISTORIES: u64 = 8;
/// Orders of each that are tried, one of each kind.
const PURE_ORDERS: u64 = 3;
/// Links that are made and undone.
const LINKS_UNDONE: usize = 6;
/// Histories that go through a real server and store, each in as many orders.
const REAL_HISTORIES: u64 = 2;
const REAL_ORDERS: u64 = 3;

/// The profile of every node, canonical.
pub(crate) type Export = BTreeMap<NodeId, Vec<u8>>;

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
pub(crate) fn folded<R>(records: &R, nodes: &BTreeSet<NodeId>, deny: &DenyList) -> Export
where
    R: Records<Error = Infallible>,
{
    let mut export = Export::new();
    for node in nodes {
        let profile = profile(records, *node, last_day(), deny);
        export.extend(profile.map(|profile| (*node, profile)));
    }
    export
}

/// What the pure domain says of a node on a day.
pub(crate) fn profile<R>(records: &R, node: NodeId, day: Day, deny: &DenyList) -> Option<Vec<u8>>
where
    R: Records<Error = Infallible>,
{
    let Ok(named) = resolve(records, deny, &[Reference::Node(node)], now());
    let Resolution::Assigned { node, stay } = named else {
        return None;
    };
    let Ok(profile) = profile_of(records, &settings(deny), node, &occasion(stay, day));
    Some(canonical(&profile))
}

/// The settings that the aggregator begins with, notes being read.
pub(crate) fn deny() -> DenyList {
    DenyList::parse(DenyList::EMBEDDED_TEXT).unwrap()
}

fn folded_all(ledger: &Ledger) -> Export {
    folded(ledger, &ledger.nodes(), &deny())
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
    let expected = folded_all(&ledger(&events));
    assert!(expected.len() > 20, "history {seed} has hardly any guests");
    let said: usize = expected.values().map(Vec::len).sum();
    assert!(said > 50_000, "history {seed} says hardly anything");
    for nth in 0..PURE_ORDERS {
        let other = order(&events, seed * PURE_ORDERS + nth);
        assert!(
            folded_all(&ledger(&other)) == expected,
            "order {nth} of history {seed} gives other profiles"
        );
    }
}

#[test]
fn every_piece_of_evidence_is_found_once_and_nothing_disappears() {
    let mut all = [0; 5];
    std::thread::scope(|scope| {
        let found = |seed| scope.spawn(move || nothing_of_the_history_disappears(seed));
        let histories: Vec<_> = (0..PURE_HISTORIES).map(found).collect();
        for history in histories {
            let found = history.join().unwrap();
            all = std::array::from_fn(|kind| all[kind] + found[kind]);
        }
    });
    assert!(
        all.iter().all(|found| *found > 5),
        "hardly any of a kind: {all:?}"
    );
}

/// Checks it, and returns how much is counted, discounted, given to another, retracted and out of scope.
fn nothing_of_the_history_disappears(seed: u64) -> [usize; 5] {
    let (events, deny) = (history(seed, EVENTS_IN_LONG_HISTORY), deny());
    let ledger = ledger(&events);
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for node in ledger.nodes() {
        let Ok(known) = is_known(&ledger, node);
        if known && !seen.contains(&node) {
            let Ok(person) = person_of(&ledger, &deny, node);
            seen.extend(person.nodes.keys().copied());
            found.gather(&ledger, &deny, &person);
        }
    }
    let mut noted = 0;
    for event in &events {
        let Some(observation) = observation(&ledger, event) else {
            continue;
        };
        let (references, at) = (&observation.references, observation.observed_at);
        let Ok(named) = resolve(&ledger, &deny, references, at);
        let waits = matches!(named, Resolution::Unassigned { .. });
        let Ok(judged) = ledger.note_judgements(observation.key);
        for said in said(&observation, &judged, &settings(&deny)) {
            noted += 1;
            let id = EvidenceId {
                event: observation.key,
                statement: said.number,
            };
            let places = found.places(id) + usize::from(waits);
            assert_eq!(places, 1, "{id} of history {seed} is in {places} places");
        }
    }
    assert!(
        noted > EVENTS_IN_HISTORY / 2,
        "history {seed} notes hardly anything"
    );
    found.kinds()
}

/// What was noted by the event, or restated by it unless that is retracted.
fn observation(ledger: &Ledger, event: &Event) -> Option<Noted> {
    match Fact::of(event, &key()).unwrap() {
        Fact::Noted(noted) => Some(noted),
        Fact::Corrected(correction) => {
            let Ok(retracted) = is_undone(ledger, correction.key, UndoKind::Corrections);
            correction.restated().filter(|_| !retracted)
        }
        _ => None,
    }
}

/// How often each piece of evidence is found, by where.
#[derive(Default)]
struct Found {
    counted: BTreeMap<EvidenceId, usize>,
    discounted: BTreeMap<EvidenceId, usize>,
    /// Given to somebody else: it is found with them, or nobody has it.
    moved: BTreeSet<EvidenceId>,
    retracted: BTreeMap<EvidenceId, usize>,
    out_of_scope: BTreeMap<EvidenceId, usize>,
}

impl Found {
    fn gather(&mut self, ledger: &Ledger, deny: &DenyList, person: &Person) {
        let occasion = occasion(None, last_day());
        let Ok(gathered) = gather(ledger, &settings(deny), person, &occasion);
        let counted = gathered.evidence.values().chain(gathered.wishes.values());
        for e in counted.flatten().chain(&gathered.uncurated) {
            *self.counted.entry(e.id).or_default() += 1;
        }
        for d in &gathered.discounted {
            match d.by.judgement {
                Judgement::SomeoneElse { .. } => {
                    self.moved.insert(d.evidence.id);
                }
                _ => *self.discounted.entry(d.evidence.id).or_default() += 1,
            }
        }
        for e in &gathered.retracted {
            *self.retracted.entry(e.id).or_default() += 1;
        }
        for (_, e) in &gathered.left_out {
            *self.out_of_scope.entry(e.id).or_default() += 1;
        }
    }

    /// In how many places a piece is found. One that was given away and is with nobody else is where it was.
    fn places(&self, id: EvidenceId) -> usize {
        let of = |part: &BTreeMap<EvidenceId, usize>| part.get(&id).copied().unwrap_or(0);
        let places =
            of(&self.counted) + of(&self.discounted) + of(&self.retracted) + of(&self.out_of_scope);
        places.max(usize::from(self.moved.contains(&id)))
    }

    fn kinds(&self) -> [usize; 5] {
        [
            self.counted.len(),
            self.discounted.len(),
            self.moved.len(),
            self.retracted.len(),
            self.out_of_scope.len(),
        ]
    }
}

#[test]
fn a_link_and_its_undoing_leave_every_profile_byte_for_byte() {
    let events = history(0, EVENTS_IN_HISTORY);
    let before = folded_all(&ledger(&events));
    let nodes: Vec<NodeId> = before.keys().copied().collect();
    let mut rng = StdRng::seed_from_u64(0);
    for nth in 0..LINKS_UNDONE {
        let pair: Vec<NodeId> = nodes.choose_multiple(&mut rng, 2).copied().collect();
        let link = guest_operation(Body::Linked(Link {
            kind: [LinkKind::Same, LinkKind::Never][nth % 2],
            a: NodeRef::Node(pair[0]),
            b: NodeRef::Node(pair[1]),
            occurred_at: now(),
            by: "desk".into(),
            reason: "told at the desk".into(),
        }));
        let undo = guest_operation(Body::Undone(Undo {
            kind: UndoKind::Links,
            events: vec![link.key],
            by: "desk".into(),
            reason: "namesakes".into(),
        }));
        let linked = [&events[..], std::slice::from_ref(&link)].concat();
        let changed = folded_all(&ledger(&linked)) != before;
        assert!(
            changed,
            "{} and {} say nothing of the link",
            pair[0], pair[1]
        );
        let undone = [&[undo], &events[..], &[link]].concat();
        assert!(folded_all(&ledger(&undone)) == before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregator_agrees_whatever_the_order() {
    for seed in 100..100 + REAL_HISTORIES {
        let events = history(seed, EVENTS_IN_HISTORY);
        let expected = folded_all(&ledger(&events));
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
