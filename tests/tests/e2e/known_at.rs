//! What was known at a moment is what would be folded had nothing come since: in the pure domain and through the real
//! aggregator, for every beginning of a history as the server took it.

use cardex_bus::streams::EVENTS;
use cardex_domain::event::Event;
use cardex_domain::event::{GuestRef, Polarity};
use cardex_domain::fact::Fact;
use cardex_domain::ids::DepartmentId;
use cardex_domain::ids::NodeId;
use cardex_domain::known_at::KnownAt;
use cardex_domain::ledger::Ledger;
use cardex_domain::time::Moment;
use cardex_testkit::history;
use cardex_wire::canonical;
use cardex_wire::query::{Explain, ExplainRequest, Get, GetRequest};
use cardex_wire::text::AsText;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::events::{booked, checked_in, now, reservation, seen, stay};
use crate::harness::{House, key, stay_id};
use crate::order::{deny, folded};

const EVENTS_IN_HISTORY: usize = 120;
/// One beginning in so many is looked at.
const STEP: usize = 6;
const HISTORIES: u64 = 3;

fn fact(event: &Event) -> Fact {
    Fact::of(event, &key()).unwrap()
}

/// The ledger of the events, each taken at its place, two at a time.
fn ledger<'e>(events: impl Iterator<Item = (usize, &'e Event)>) -> Ledger {
    let mut ledger = Ledger::default();
    for (place, event) in events {
        ledger.record_at(event.key, fact(event), taken(place));
    }
    ledger
}

fn taken(place: usize) -> i64 {
    i64::try_from(place / 2).unwrap()
}

#[test]
fn what_was_known_is_what_the_beginning_of_the_history_gives() {
    for seed in 300..300 + HISTORIES {
        let mut events = history(seed, EVENTS_IN_HISTORY);
        events.shuffle(&mut StdRng::seed_from_u64(seed));
        let whole = ledger(events.iter().enumerate());
        let mut differ = 0;
        for end in (0..EVENTS_IN_HISTORY).step_by(STEP) {
            let at = taken(end);
            let beginning = events.iter().enumerate();
            let beginning = ledger(beginning.filter(|(place, _)| taken(*place) <= at));
            let nodes = whole.nodes();
            let known = folded(&KnownAt::new(&whole, at), &nodes, &deny());
            let expected = folded(&beginning, &nodes, &deny());
            assert!(known == expected, "history {seed} at {at}");
            differ += usize::from(known != folded(&whole, &nodes, &deny()));
        }
        assert!(
            differ > EVENTS_IN_HISTORY / STEP / 2,
            "nothing is held back"
        );
        let end = taken(events.len());
        let nodes = whole.nodes();
        let known = folded(&KnownAt::new(&whole, end), &nodes, &deny());
        assert!(known == folded(&whole, &nodes, &deny()), "history {seed}");
    }
}

fn asked(about: GuestRef, known_at: Option<Moment>) -> GetRequest {
    GetRequest {
        as_of: Some(AsText(now().day())),
        known_at: known_at.map(AsText),
        ..GetRequest::of(about)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregator_knows_what_it_knew() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let events = history(400, EVENTS_IN_HISTORY);
    for event in &events {
        house.publish(event).await;
    }
    house.desk.applied(EVENTS_IN_HISTORY as u64).await;
    let stored = house.desk.everything(EVENTS).await;
    let whole = ledger(events.iter().enumerate());
    let mut answered = 0;
    for end in (STEP..EVENTS_IN_HISTORY).step_by(STEP * 3) {
        let at = Moment {
            utc_micros: stored[end].server_time_us,
            offset_minutes: 0,
        };
        let known = stored.iter().filter(|m| m.server_time_us <= at.utc_micros);
        let beginning = ledger(events[..known.count()].iter().enumerate());
        for node in whole.nodes() {
            let question = asked(GuestRef::Node(node), Some(at));
            let reply = house.desk.ask::<Get>(DepartmentId::ENGINE, &question).await;
            let profile = reply
                .ok()
                .map(|r| canonical(&r.profile.to_profile().unwrap()));
            let day = now().day();
            let expected = crate::order::profile(&beginning, node, day, &deny());
            assert!(profile == expected, "{node} at sequence {}", end + 1);
            answered += usize::from(profile.is_some());
        }
    }
    assert!(answered > 50, "hardly anybody is known");
    house.stop_aggregator().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_later_is_not_known_and_what_the_guest_asks_for_since_is_heeded() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let before = seen("dining", reservation("R-1")).likes("dining.cuisine", "sichuan");
    house.publish(&before.event()).await;
    let later = seen("dining", reservation("R-1")).likes("dining.cuisine", "thai");
    let end = house.publish(&later.event()).await;
    desk.applied(end).await;
    let stored = desk.everything(EVENTS).await;
    let at = Moment {
        utc_micros: stored[1].server_time_us,
        offset_minutes: 0,
    };
    let question = ExplainRequest {
        as_of: Some(AsText(now().day())),
        known_at: Some(AsText(at)),
        ..ExplainRequest::of(reservation("R-1"))
    };
    let reply = desk.ask::<Explain>("dining", &question).await.unwrap();
    let values: Vec<&str> = reply.claims.iter().map(|c| c.value.as_str()).collect();
    assert_eq!(values, ["sichuan"]);
    let turns = &reply.claims[0].outlook.turns;
    assert!(
        turns
            .iter()
            .any(|turn| turn.polarity == Polarity::Against.into())
    );

    let peace = seen("front_desk", reservation("R-1")).likes("privacy.incognito", "alias");
    let end = house.publish(&peace.event()).await;
    desk.applied(end).await;
    let refused = desk.ask::<Explain>("dining", &question).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "forbidden");
    assert!(
        desk.ask::<Explain>("guest_relations", &question)
            .await
            .is_ok()
    );

    house
        .publish(&stay("R-1", checked_in("1001", "Chan")))
        .await;
    let node = GuestRef::Node(NodeId::Stay(stay_id("R-1")));
    let early = Moment {
        utc_micros: stored[0].server_time_us - 1,
        offset_minutes: 0,
    };
    let nobody = desk.ask::<Get>("engine", &asked(node, Some(early))).await;
    assert_eq!(nobody.unwrap_err().code.as_str(), "not_found");
    house.stop_aggregator().await;
}
