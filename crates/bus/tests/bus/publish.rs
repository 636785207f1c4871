use std::time::Duration;

use bytes::Bytes;
use cardex_bus::streams::{EVENTS, MAX_MESSAGE_BYTES, PROMPTS, stream_ends};
use cardex_bus::{Headers, Outgoing, PublishError};

use crate::{in_time, publish, server_with_streams};

const DINING: &str = "cardex.hz1.observation.dining.pos";
const FLOOR: &str = "cardex.hz1.observation.floor.app";
const BOARD: &str = "cardex.hz1.prompt.floor.s1";

#[tokio::test]
async fn an_id_counts_once_for_its_subject_and_swallows_nothing_of_another() {
    let (_server, bus) = server_with_streams().await;
    let first = publish(&bus, DINING, "a").await;
    let again = publish(&bus, DINING, "a").await;
    assert_eq!(
        (again.duplicate, again.stream_sequence),
        (true, first.stream_sequence)
    );
    let other = publish(&bus, FLOOR, "a").await;
    assert_eq!(
        (other.duplicate, other.stream_sequence),
        (false, first.stream_sequence + 1)
    );
}

#[tokio::test]
async fn whoever_builds_on_an_old_board_is_told() {
    let (_server, bus) = server_with_streams().await;
    let headers = Headers::new().with("traceparent", "00-1").unwrap();
    let board = |id: &'static str, last| {
        let (bus, headers) = (bus.clone(), headers.clone());
        async move {
            bus.publish_expecting(BOARD, id, Bytes::from(id), &headers, last)
                .await
        }
    };
    let first = board("a", 0).await.unwrap();
    assert!(matches!(
        board("b", 0).await,
        Err(PublishError::Conflict { .. })
    ));
    // The acknowledgement got lost and it is sent again: stored once, and not a conflict with itself.
    let again = board("a", 0).await.unwrap();
    assert_eq!(
        (again.duplicate, again.stream_sequence),
        (true, first.stream_sequence)
    );
    let second = board("b", first.stream_sequence).await.unwrap();
    let last = bus.last_for_subject(PROMPTS, BOARD).await.unwrap().unwrap();
    assert_eq!(
        (last.stream_sequence, &last.payload[..]),
        (second.stream_sequence, &b"b"[..])
    );
    assert_eq!(last.headers.get("Traceparent"), Some("00-1"));
    assert_eq!(
        bus.last_for_subject(PROMPTS, "cardex.hz1.prompt.floor.s2")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn the_last_board_of_each_stay_then_what_follows() {
    let (_server, bus) = server_with_streams().await;
    for (stay, id) in [("s1", "a"), ("s2", "b"), ("s1", "c")] {
        publish(&bus, &format!("cardex.hz1.prompt.floor.{stay}"), id).await;
    }
    publish(&bus, "cardex.hz1.prompt.dining.s1", "x").await;
    let filter = "cardex.hz1.prompt.floor.*";
    let found = in_time(bus.last_per_subject(PROMPTS, filter))
        .await
        .unwrap();
    let payloads: Vec<_> = found.iter().map(|stored| &stored.payload[..]).collect();
    assert_eq!(payloads, [b"b", b"c"]);
    let none = in_time(bus.last_per_subject(PROMPTS, "cardex.hz2.prompt.floor.*"))
        .await
        .unwrap();
    assert_eq!(none, []);
    let mut watch = bus.watch_last(PROMPTS, filter);
    assert_eq!(&in_time(watch.next()).await.unwrap().payload[..], b"b");
    assert_eq!(&in_time(watch.next()).await.unwrap().payload[..], b"c");
    publish(&bus, "cardex.hz1.prompt.floor.s2", "d").await;
    assert_eq!(&in_time(watch.next()).await.unwrap().payload[..], b"d");
}

#[tokio::test]
async fn what_the_server_never_takes_is_refused_at_once() {
    let (_server, bus) = server_with_streams().await;
    let too_large = vec![b'x'; usize::try_from(MAX_MESSAGE_BYTES).unwrap() + 1];
    let headers = Headers::new();
    let sent = bus.publish(DINING, "a", too_large.into(), &headers);
    let refused = tokio::time::timeout(Duration::from_secs(5), sent)
        .await
        .unwrap();
    assert!(
        matches!(refused, Err(PublishError::Refused { .. })),
        "{refused:?}"
    );
}

fn observations(ids: std::ops::Range<u64>) -> Vec<Outgoing> {
    let observation = |id: u64| Outgoing {
        subject: DINING.to_owned(),
        id: format!("m{id}"),
        payload: Bytes::from(format!("{id}")),
        headers: Headers::new(),
    };
    ids.map(observation).collect()
}

#[tokio::test]
async fn batches_store_each_message_once_however_they_overlap() {
    let (_server, bus) = server_with_streams().await;
    let batches = bus.batches(EVENTS).await.unwrap();
    assert_eq!(batches.is_atomic(), bus.server_is_at_least(2, 12));
    let ids = [(0..1), (1..2_500), (2_000..2_600)];
    let mut stored = 0;
    for ids in ids {
        let messages = observations(ids);
        let reported = in_time(batches.publish(messages.clone())).await;
        assert_eq!(
            reported
                .iter()
                .map(|(sent, _)| sent.clone())
                .collect::<Vec<_>>(),
            messages
        );
        for (message, outcome) in reported {
            let ack = outcome.unwrap();
            // Ids were given in order, so a message's sequence is its id and one.
            assert_eq!(format!("m{}", ack.stream_sequence - 1), message.id);
            stored += u64::from(!ack.duplicate);
        }
    }
    assert_eq!(stored, 2_600);
    assert_eq!(stream_ends(&bus, EVENTS).await.unwrap().messages, 2_600);
    assert_eq!(
        bus.stored(EVENTS, 2_100).await.unwrap().unwrap().payload,
        "2099"
    );
}

#[tokio::test]
async fn bulk_reports_each_message_in_order_through_a_kill_of_the_server() {
    let (mut server, bus) = server_with_streams().await;
    let messages = observations(0..200);
    let mut bulk = bus.bulk(16);
    let mut reported = Vec::new();
    for (number, message) in messages.iter().enumerate() {
        if number == 100 {
            server.kill9().await;
            server.restart().await;
        }
        reported.extend(in_time(bulk.push(message.clone())).await);
    }
    while let Some(report) = in_time(bulk.next()).await {
        reported.push(report);
    }
    assert_eq!(
        reported
            .iter()
            .map(|(message, _)| message.clone())
            .collect::<Vec<_>>(),
        messages
    );
    assert!(reported.iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(stream_ends(&bus, EVENTS).await.unwrap().messages, 200);
}
