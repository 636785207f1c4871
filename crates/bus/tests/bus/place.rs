//! A durable that is lost goes on where it was.

use std::time::Duration;

use cardex_bus::streams::{EVENTS, PLACES, PROMPTS, ensure_streams};
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings, Headers, PlaceKeeper};
use cardex_testkit::{TestCluster, TestServer};
use serde_json::{Value, json};

use crate::{in_time, publish, server_with_streams};

const CHECKED_IN: &str = "cardex.hz1.stay.checked_in";
const PLACE: &str = "cardex.place.checkin";

fn settings() -> DurableSettings {
    DurableSettings {
        stream: EVENTS.to_owned(),
        name: "checkin".to_owned(),
        filter_subjects: vec!["cardex.*.stay.*".to_owned()],
        ack_wait: Duration::from_millis(300),
        max_ack_pending: 100,
        begin: Begin::WhereItWas { into: PROMPTS },
    }
}

fn keeper(bus: &Bus) -> PlaceKeeper {
    PlaceKeeper::new(bus, &settings()).unwrap()
}

async fn open(bus: &Bus) -> DurableListener {
    DurableListener::open(bus, settings()).await.unwrap()
}

/// Works off so many, and waits until the server knows it.
async fn work_off(bus: &Bus, listener: &mut DurableListener, messages: usize) -> Vec<String> {
    let (mut ids, mut last) = (Vec::new(), 0);
    while ids.len() < messages {
        let delivery = in_time(listener.next()).await;
        ids.push(String::from_utf8(delivery.incoming.payload.to_vec()).unwrap());
        last = delivery.incoming.stream_sequence;
        delivery.ack().await;
    }
    let known = async {
        let progress = || bus.durable_progress(EVENTS, "checkin");
        while progress().await.unwrap().acknowledged_to < last {
            tokio::task::yield_now().await;
        }
    };
    in_time(known).await;
    ids
}

/// A durable that has worked off two messages, which was kept.
async fn kept() -> (TestServer, Bus, PlaceKeeper) {
    let (server, bus) = server_with_streams().await;
    for id in ["a", "b"] {
        publish(&bus, CHECKED_IN, id).await;
    }
    let mut listener = open(&bus).await;
    assert_eq!(work_off(&bus, &mut listener, 2).await, ["a", "b"]);
    let mut keeper = keeper(&bus);
    keeper.keep().await.unwrap();
    (server, bus, keeper)
}

async fn lose(server: &TestServer) {
    let js = jetstream(server).await;
    js.delete_consumer_from_stream("checkin", EVENTS)
        .await
        .unwrap();
}

async fn jetstream(server: &TestServer) -> async_nats::jetstream::Context {
    let client = async_nats::connect(server.url()).await.unwrap();
    async_nats::jetstream::new(client)
}

#[tokio::test]
async fn a_durable_that_is_lost_goes_on_where_it_was() {
    let (server, bus, mut keeper) = kept().await;
    publish(&bus, CHECKED_IN, "c").await;
    lose(&server).await;
    let (mut one, other) = tokio::join!(open(&bus), open(&bus));
    drop(other);
    assert_eq!(work_off(&bus, &mut one, 1).await, ["c"]);
    // One that is there is had as it is.
    drop(open(&bus).await);
    publish(&bus, CHECKED_IN, "d").await;
    assert_eq!(work_off(&bus, &mut one, 1).await, ["d"]);
    keeper.keep().await.unwrap();
    publish(&bus, CHECKED_IN, "e").await;
    assert_eq!(work_off(&bus, &mut one, 1).await, ["e"]);
    lose(&server).await;
    // What was not kept is done again. The listener finds out by itself.
    assert_eq!(work_off(&bus, &mut one, 1).await, ["e"]);
}

#[tokio::test]
async fn one_that_goes_on_has_done_what_was_done_before_it_also_in_a_cluster() {
    let cluster = TestCluster::start().await;
    let bus = cluster.connect().await;
    ensure_streams(&bus, 3).await.unwrap();
    for id in ["a", "b", "c"] {
        publish(&bus, CHECKED_IN, id).await;
    }
    assert_eq!(work_off(&bus, &mut open(&bus).await, 2).await, ["a", "b"]);
    keeper(&bus).keep().await.unwrap();
    lose(&cluster.nodes[0]).await;
    let mut listener = open(&bus).await;
    // The nodes themselves say 0 until something is acknowledged.
    let progress = bus.durable_progress(EVENTS, "checkin").await.unwrap();
    assert_eq!((progress.acknowledged_to, progress.backlog), (2, 1));
    assert_eq!(work_off(&bus, &mut listener, 1).await, ["c"]);
}

#[tokio::test]
async fn what_was_done_for_a_stream_that_is_gone_is_done_again() {
    let (server, bus, mut keeper) = kept().await;
    jetstream(&server)
        .await
        .delete_stream(PROMPTS)
        .await
        .unwrap();
    ensure_streams(&bus, 1).await.unwrap();
    publish(&bus, CHECKED_IN, "c").await;
    assert_eq!(work_off(&bus, &mut open(&bus).await, 1).await, ["c"]);
    // Whoever keeps it, and however far it is meanwhile.
    keeper.keep().await.unwrap();
    self::keeper(&bus).keep().await.unwrap();
    lose(&server).await;
    let mut listener = open(&bus).await;
    assert_eq!(work_off(&bus, &mut listener, 3).await, ["a", "b", "c"]);
    // From then on it is done for the one that is there.
    keeper.keep().await.unwrap();
    publish(&bus, CHECKED_IN, "d").await;
    lose(&server).await;
    assert_eq!(work_off(&bus, &mut open(&bus).await, 1).await, ["d"]);
}

#[tokio::test]
async fn a_place_holds_as_long_as_both_streams_have_what_it_names() {
    let (server, bus, _) = kept().await;
    // As it would be if a stream had lost its end, or lost it and grown again.
    let amiss = [
        ("/done/sequence", json!(3)),
        ("/done/stored_at_us", json!(1)),
        ("/into/sequence", json!(1)),
        ("/into/incarnation", json!("1")),
    ];
    for (at, value) in amiss {
        let stands = bus.last_for_subject(PLACES, PLACE).await.unwrap().unwrap();
        let mut place: Value = serde_json::from_slice(&stands.payload).unwrap();
        *place.pointer_mut(at).unwrap() = value;
        publish_text(&bus, at, place.to_string()).await;
        // Nobody puts another there for the same durable.
        keeper(&bus).keep().await.unwrap();
        lose(&server).await;
        let mut listener = open(&bus).await;
        assert_eq!(work_off(&bus, &mut listener, 2).await, ["a", "b"], "{at}");
        keeper(&bus).keep().await.unwrap();
        let stands = bus.last_for_subject(PLACES, PLACE).await.unwrap().unwrap();
        let place: Value = serde_json::from_slice(&stands.payload).unwrap();
        assert_eq!(place["done"]["sequence"], 2, "{at}");
    }
}

async fn publish_text(bus: &Bus, id: &str, text: String) {
    let headers = Headers::new();
    bus.publish(PLACE, id, text.into(), &headers).await.unwrap();
}

#[tokio::test]
async fn a_durable_of_before_is_kept_only_by_what_it_knows_it_worked_for() {
    let (server, bus) = server_with_streams().await;
    publish(&bus, CHECKED_IN, "a").await;
    let mut listener = open(&bus).await;
    assert_eq!(work_off(&bus, &mut listener, 1).await, ["a"]);
    jetstream(&server)
        .await
        .delete_stream(PROMPTS)
        .await
        .unwrap();
    ensure_streams(&bus, 1).await.unwrap();
    keeper(&bus).keep().await.unwrap();
    assert!(bus.last_for_subject(PLACES, PLACE).await.unwrap().is_none());
    lose(&server).await;
    assert_eq!(work_off(&bus, &mut open(&bus).await, 1).await, ["a"]);
}

#[tokio::test]
async fn a_stream_that_was_made_anew_is_worked_off_from_its_beginning() {
    let (server, bus, _) = kept().await;
    jetstream(&server)
        .await
        .delete_stream(EVENTS)
        .await
        .unwrap();
    ensure_streams(&bus, 1).await.unwrap();
    publish(&bus, CHECKED_IN, "first").await;
    assert_eq!(work_off(&bus, &mut open(&bus).await, 1).await, ["first"]);
}
