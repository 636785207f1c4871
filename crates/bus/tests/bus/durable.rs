use std::time::Duration;

use cardex_bus::streams::EVENTS;
use cardex_bus::{Begin, DurableListener, DurableSettings};

use crate::{in_time, publish, server_with_streams};

const CHECKED_IN: &str = "cardex.hz1.stay.checked_in";

fn settings() -> DurableSettings {
    DurableSettings {
        stream: EVENTS.to_owned(),
        name: "checkin".to_owned(),
        filter_subjects: vec!["cardex.*.stay.*".to_owned()],
        ack_wait: Duration::from_millis(300),
        max_ack_pending: 100,
        begin: Begin::First,
    }
}

#[tokio::test]
async fn what_is_not_done_comes_again_and_what_is_done_does_not() {
    let (_server, bus) = server_with_streams().await;
    publish(&bus, "cardex.hz1.observation.dining.pos", "other").await;
    for id in ["ack", "nak", "term", "forgotten"] {
        publish(&bus, CHECKED_IN, id).await;
    }
    let mut listener = DurableListener::open(&bus, settings()).await.unwrap();
    let mut again = Vec::new();
    while again.len() < 2 {
        let delivery = in_time(listener.next()).await;
        let id = String::from_utf8(delivery.incoming.payload.to_vec()).unwrap();
        if delivery.delivered > 1 {
            assert_eq!(delivery.delivered, 2);
            again.push(id);
            delivery.ack().await;
            continue;
        }
        match id.as_str() {
            "ack" => delivery.ack().await,
            "nak" => delivery.nak(Duration::from_millis(10)).await,
            "term" => delivery.term("not ours").await,
            "forgotten" => drop(delivery),
            other => panic!("{other} is not for this durable"),
        }
    }
    again.sort();
    assert_eq!(again, ["forgotten", "nak"]);
}

#[tokio::test]
async fn listening_survives_a_kill_of_the_server_and_the_loss_of_the_durable() {
    let (mut server, bus) = server_with_streams().await;
    let mut listener = DurableListener::open(&bus, settings()).await.unwrap();
    publish(&bus, CHECKED_IN, "a").await;
    in_time(listener.next()).await.ack().await;
    server.kill9().await;
    server.restart().await;
    publish(&bus, CHECKED_IN, "b").await;
    let mut ids = Vec::new();
    while ids.last().is_none_or(|id| id != "b") {
        let delivery = in_time(listener.next()).await;
        ids.push(String::from_utf8(delivery.incoming.payload.to_vec()).unwrap());
        delivery.ack().await;
    }
    let client = async_nats::connect(server.url()).await.unwrap();
    let js = async_nats::jetstream::new(client);
    js.delete_consumer_from_stream("checkin", EVENTS)
        .await
        .unwrap();
    publish(&bus, CHECKED_IN, "c").await;
    while in_time(listener.next()).await.incoming.payload[..] != b"c"[..] {}
}

#[tokio::test]
async fn a_durable_made_by_somebody_else_can_be_used_but_not_wished_into_being() {
    let (_server, bus) = server_with_streams().await;
    assert!(
        DurableListener::attach(&bus, EVENTS, "checkin")
            .await
            .is_err()
    );
    DurableListener::open(&bus, settings()).await.unwrap();
    publish(&bus, CHECKED_IN, "a").await;
    let mut listener = DurableListener::attach(&bus, EVENTS, "checkin")
        .await
        .unwrap();
    assert_eq!(in_time(listener.next()).await.incoming.subject, CHECKED_IN);
}

#[tokio::test]
async fn the_backlog_is_what_waits_and_what_is_out() {
    let (_server, bus) = server_with_streams().await;
    for id in ["a", "b", "c"] {
        publish(&bus, "cardex.hz1.stay.reserved", id).await;
    }
    let settings = DurableSettings {
        ack_wait: crate::DEADLINE,
        ..settings()
    };
    let (stream, name) = (settings.stream.clone(), settings.name.clone());
    let mut listener = DurableListener::open(&bus, settings).await.unwrap();
    let first = in_time(listener.next()).await;
    assert_eq!(bus.durable_backlog(&stream, &name).await.unwrap(), 3);
    first.ack().await;
    let acknowledged = async {
        while bus.durable_backlog(&stream, &name).await.unwrap() != 2 {
            tokio::task::yield_now().await;
        }
    };
    in_time(acknowledged).await;
    assert!(bus.durable_backlog(&stream, "nobodys").await.is_err());
}
