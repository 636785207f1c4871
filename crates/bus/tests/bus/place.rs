//! A durable that is lost goes on where it was.

use std::time::Duration;

use cardex_bus::streams::{EVENTS, PROMPTS, ensure_streams};
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings, PlaceKeeper};
use cardex_testkit::TestServer;

use crate::{in_time, publish, server_with_streams};

const CHECKED_IN: &str = "cardex.hz1.stay.checked_in";

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
