//! The store can always be rebuilt: reading the stream again gives the same profiles, byte for byte, and publishes
//! nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use cardex_bus::Headers;
use cardex_domain::event::{Event, OutcomeKind};
use cardex_domain::fact::Fact;
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_domain::time::Day;
use cardex_testkit::history;
use cardex_testkit::history::last_day;

use crate::events::{booked, checked_in, now, outcome, reservation, seen, stay};
use crate::harness::{Desk, House, key, stay_id, until};

const EVENTS_IN_HISTORY: usize = 266;

/// A guest who is expected and comes, so that there are boards and card events too.
fn arrival() -> Vec<Event> {
    let likes = |department, attribute, value| {
        seen(department, reservation("R-1"))
            .likes(attribute, value)
            .event()
    };
    vec![
        stay("R-1", booked("Chan")),
        likes("floor", "amenity.fruit", "mango"),
        likes("front_desk", "room.facing", "south"),
        likes("floor", "hat.colour", "no word for that"),
        stay("R-1", checked_in("1001", "Chan")),
    ]
}

/// The profile of every node that the events tell of, canonical, on two days.
pub(crate) async fn export(desk: &Desk, events: &[Event]) -> BTreeMap<(NodeId, Day), Vec<u8>> {
    let mut ledger = Ledger::default();
    for event in events {
        ledger.record(event.key, Fact::of(event, &key()).unwrap());
    }
    let mut export = BTreeMap::new();
    for node in ledger.nodes() {
        for day in [last_day(), now().day()] {
            let profile = desk.canonical(node, day).await;
            export.extend(profile.map(|profile| ((node, day), profile)));
        }
    }
    export
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_is_rebuilt_from_the_stream_and_nobody_hears_of_it() {
    let mut house = House::open().await;
    let mut events = history(2_000, EVENTS_IN_HISTORY);
    events.extend(arrival());
    for event in &events {
        house.publish(event).await;
    }
    let (subject, headers) = ("cardex.macau.observation.dining.pos", Headers::new());
    let payload = Bytes::from_static(b"{}");
    let bus = &house.desk.bus;
    let unreadable = bus.publish(subject, "unreadable", payload, &headers).await;
    house.listened_to(unreadable.unwrap().stream_sequence);
    house.settled().await;
    let board = house.desk.board("floor", "R-1").await.unwrap();
    let item = &board.items[0].id.0;
    let done = outcome("floor", stay_id("R-1"), item, OutcomeKind::Done);
    house.publish(&done).await;
    let end = house.settled().await;
    until("the dead letter", async || {
        (house.desk.dead_letters().await.len() == 1).then_some(())
    })
    .await;
    let (profiles, before) = (export(&house.desk, &events).await, house.desk.ends().await);
    assert!(profiles.len() > 60, "there are hardly any guests");
    assert!(before.iter().all(|stream| stream.messages > 0));

    house.stop_aggregator().await;
    std::fs::remove_dir_all(house.premises.store()).unwrap();
    house.start_aggregator().await;
    assert_eq!(house.settled().await, end);
    let rebuilt = export(&house.desk, &events).await;
    assert_eq!(rebuilt.len(), profiles.len());
    for (of, profile) in &profiles {
        assert!(rebuilt.get(of) == Some(profile), "{of:?} is another");
    }
    assert_eq!(house.desk.ends().await, before);
    // The whole stream was read: it is not that nothing was lost.
    assert_eq!(house.metric("dead_letters_total{code=\"not_an_event\"}"), 1);
    assert!(house.metric("events_folded_total") > events.len() as u64);
}
