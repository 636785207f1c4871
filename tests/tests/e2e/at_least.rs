//! Who asks with `at_least` sees everything acknowledged up to there, or is told that the aggregator is behind, within
//! the time it gave.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cardex_bus::RequestError;
use cardex_domain::event::{Event, Setting};
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::profile::EvidenceView;
use cardex_wire::query::{
    ErrorCode, Get, GetReply, GetRequest, List, ListRequest, Operation, QueryError, encode,
};
use sha2::{Digest, Sha256};

use crate::events::{activated, booked, reservation, seen, stay};
use crate::harness::{Desk, House, query};

/// Publishers that ask for what they have just published, all at once.
const PUBLISHERS: usize = 8;
const ROUNDS: usize = 25;
/// How much longer than it was given an answer may take on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

fn question(number: &str, at_least: u64, wait_ms: Option<u32>) -> GetRequest {
    GetRequest {
        at_least: Some(at_least),
        wait_ms,
        ..GetRequest::of(reservation(number))
    }
}

async fn ask(desk: &Desk, question: &GetRequest) -> Result<GetReply, QueryError> {
    desk.ask::<Get>("engine", question).await
}

fn tells_of(reply: &GetReply, event: &Event) -> bool {
    let of = |e: &EvidenceView| e.id.0.event == event.key;
    reply.profile.evidence.iter().any(of)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_seen() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let publishers = (0..PUBLISHERS).map(|n| {
        let desk = house.desk.clone();
        tokio::spawn(async move {
            let number = format!("R-{n}");
            desk.publish(&stay(&number, booked("Chan"))).await;
            for _ in 0..ROUNDS {
                let event = seen("floor", reservation(&number))
                    .likes("amenity.fruit", "mango")
                    .event();
                let sequence = desk.publish(&event).await.stream_sequence;
                let reply = ask(&desk, &question(&number, sequence, Some(10_000))).await;
                let reply = reply.unwrap();
                assert!(reply.sequence >= sequence);
                assert!(tells_of(&reply, &event), "{sequence} is not in the answer");
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_early_is_told_so_in_time() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let desk = house.desk.clone();
    let known = desk.publish(&stay("R-1", booked("Chan"))).await;
    desk.applied(known.stream_sequence).await;

    let nothing = ListRequest {
        at_least: Some(known.stream_sequence + 1_000),
        wait_ms: Some(0),
        ..ListRequest::default()
    };
    let refused = desk.ask::<List>("engine", &nothing).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Behind);

    // An aggregator that waits for the text of a setting has a lag and answers all the same.
    let text = format!("{}\n# Another hash.\n", Vocabulary::EMBEDDED_TEXT);
    let hash = hash_of(&text);
    desk.publish(&activated(Setting::Vocabulary, &hash)).await;
    let event = seen("floor", reservation("R-1"))
        .likes("amenity.fruit", "mango")
        .event();
    let sequence = desk.publish(&event).await.stream_sequence;
    for wait_ms in [0, 50, 400] {
        let began = Instant::now();
        let refused = ask(&desk, &question("R-1", sequence, Some(wait_ms))).await;
        let took = began.elapsed();
        assert_eq!(refused.unwrap_err().code, ErrorCode::Behind);
        let patience = Duration::from_millis(u64::from(wait_ms));
        assert!(took >= patience && took < patience + SLACK, "{took:?}");
    }
    let stale = ask(&desk, &question("R-1", known.stream_sequence, None)).await;
    assert!(!tells_of(&stale.unwrap(), &event));

    desk.bus.put_settings(&hash, text.as_bytes()).await.unwrap();
    desk.applied(sequence).await;
    let reply = ask(&desk, &question("R-1", sequence, Some(0))).await;
    let reply = reply.unwrap();
    assert!(tells_of(&reply, &event));
    assert_eq!(reply.vocabulary, hash);

    house.stop_aggregator().await;
    let subject = query("macau", "engine", Get::NAME);
    let payload = encode(&question("R-1", sequence, Some(0))).into();
    let asked = desk.bus.request(&subject, payload, SLACK).await;
    assert!(
        matches!(asked, Err(RequestError::NoResponders { .. })),
        "{asked:?}"
    );
}

fn hash_of(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}
