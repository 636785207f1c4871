//! What became of an item, told over HTTP: as the token's department, once, and only what can be used.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cardex_bus::streams::EVENTS;
use cardex_domain::event::{Body as Said, OutcomeKind};
use cardex_wire::decode;
use serde_json::{Value, json};

use super::{Answer, Caller, Running};
use crate::events::{booked, now, reservation, seen, stay};
use crate::harness::{House, stay_id};

/// Items as they are called, of no board.
pub(super) const OWN: &str = "floor.00000000000000000000000000";
const ANOTHERS: &str = "front_desk.00000000000000000000000000";

pub(super) async fn send(caller: &Caller, outcome: &Value) -> Answer {
    let caller = caller.with("content-type", "application/json");
    let body = Body::from(outcome.to_string());
    caller.ask(Method::POST, "/v1/outcomes", body).await
}

pub(super) fn outcome(item: &str, kind: &str) -> Value {
    json!({ "stay": stay_id("R-1").to_string(), "item": item, "outcome": kind, "occurred_at": now().to_string() })
}

/// Every outcome on the bus, with its subject.
async fn outcomes(house: &House) -> Vec<(String, OutcomeKind)> {
    let messages = house.desk.everything(EVENTS).await.into_iter();
    let said = messages.filter(|message| message.subject.contains(".outcome."));
    said.map(|message| {
        let content_type = message.headers.get("Content-Type");
        let event = decode(&message.subject, content_type, &message.payload, now()).unwrap();
        match event.body {
            Said::Outcome(outcome) => (message.subject, outcome.outcome),
            other => panic!("no outcome: {other:?}"),
        }
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_the_departments_and_counts_once_however_often_it_is_sent() {
    let house = House::open().await;
    let gateway = Running::start(&house).await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let likes = seen("floor", reservation("R-1")).likes("amenity.flower", "lily");
    house.publish(&likes.event()).await;
    house.settled().await;
    let floor = gateway.of("floor");
    let boards = floor.get("/v1/boards").await.json();
    let item = boards[0]["data"]["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    let done = outcome(&item, "done");
    let first = send(&floor, &done).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let told = first.json();
    assert_eq!(told["duplicate"], false);
    let again = send(&floor, &done).await.json();
    assert_eq!(again["duplicate"], true);
    assert_eq!(
        (&again["id"], &again["sequence"]),
        (&told["id"], &told["sequence"])
    );
    let subject = "cardex.macau.outcome.floor.screen".to_owned();
    assert_eq!(
        outcomes(&house).await,
        [(subject.clone(), OutcomeKind::Done)]
    );

    // The board knows: what was done is on it no more.
    house.listened_to(told["sequence"].as_u64().unwrap());
    house.settled().await;
    let boards = floor.get("/v1/boards").await.json();
    assert_eq!(boards[0]["data"]["items"], json!([]));

    // Long after the server has forgotten ids, the very same event comes again and is known.
    let stored = house.desk.everything(EVENTS).await;
    let stored = stored
        .iter()
        .find(|message| message.subject == subject)
        .unwrap();
    let sent = house
        .desk
        .bus
        .request(&subject, stored.payload.clone(), crate::harness::DEADLINE);
    sent.await.unwrap();
    house.settled().await;
    assert_eq!(house.metric("events_repeated_total"), 1);
    assert_eq!(house.desk.dead_letters().await.len(), 0);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_tells_two_that_say_the_same_apart_and_hides_nothing_that_says_something_else() {
    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    let floor = gateway.of("floor");
    let (seen, done) = (outcome(OWN, "acknowledged"), outcome(OWN, "done"));
    let one = floor.with("idempotency-key", "4711");
    let other = floor.with("idempotency-key", "4712");
    let mut ids = Vec::new();
    for (caller, said, duplicate) in [
        (&one, &seen, false),
        (&one, &seen, true),
        (&other, &seen, false),
        // The same key for something else is a mistake of the vendor's, and no reason to lose it.
        (&one, &done, false),
    ] {
        let answer = send(caller, said).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let answer = answer.json();
        assert_eq!(answer["duplicate"], duplicate, "{answer}");
        ids.push(answer["id"].to_string());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(outcomes(&house).await.len(), 3);
    let too_long = floor.with("idempotency-key", &"k".repeat(256));
    let answer = send(&too_long, &done).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (StatusCode::BAD_REQUEST, "idempotency_key")
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_refused_with_the_place_and_the_rule() {
    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    let floor = gateway.of("floor");
    let good = outcome(OWN, "done");
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        changed[member] = value;
        changed
    };
    for (said, code, place) in [
        (
            with("outcome", json!("finished")),
            "invalid_value",
            "outcome",
        ),
        (
            with("occurred_at", Value::Null),
            "wrong_type",
            "occurred_at",
        ),
        (
            with("occurred_at", json!("2026-11-22T12:00:00")),
            "missing_offset",
            "occurred_at",
        ),
        (
            with("occurred_at", json!("2096-11-22T12:00:00Z")),
            "future_date",
            "occurred_at",
        ),
        (with("stay", json!("../R-1")), "invalid_id", "stay"),
        (with("note", json!("a\u{202e}b")), "bidi_character", "note"),
        (with("item", json!(ANOTHERS)), "foreign_item", ""),
        (json!({}), "missing_field", "stay"),
        (json!([]), "not_an_event", "object"),
    ] {
        let answer = send(&floor, &said).await;
        let found = (answer.status, answer.problem());
        assert_eq!(
            found,
            (StatusCode::UNPROCESSABLE_ENTITY, code.to_owned()),
            "{said}"
        );
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(place), "{said}: {detail}");
    }
    let json = floor.with("content-type", "application/json");
    let large = json
        .ask(
            Method::POST,
            "/v1/outcomes",
            Body::from(" ".repeat(17 * 1024)),
        )
        .await;
    assert_eq!(
        (large.status, large.problem().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );
    let form = floor.with("content-type", "text/plain");
    let form = form
        .ask(Method::POST, "/v1/outcomes", Body::from(good.to_string()))
        .await;
    assert_eq!(form.problem(), "media_type");
    assert_eq!(outcomes(&house).await, []);
    gateway.stop().await;
}
