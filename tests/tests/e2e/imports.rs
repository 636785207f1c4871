//! What a table says is published as it says, or reported with its line: nothing is acknowledged that nobody takes.

use std::time::Duration;

use cardex_bus::streams::EVENTS;
use serde_json::{Value, json};

use crate::events::{PROPERTY, now};
use crate::harness::{House, until};
use crate::program::{Ended, run};

/// How long the server shall remember what was published: less than it takes to import again.
const REMEMBERED: Duration = Duration::from_millis(100);

/// Imports the table and waits until the aggregator has come so far.
async fn import(house: &House, arguments: &str) -> Ended {
    let command = format!(
        "import bookings bookings.csv --property {PROPERTY} --json --nats {} {arguments}",
        house.server.url()
    );
    let ended = run(&house.premises.path(), &command).await;
    house.settled().await;
    ended
}

/// Lets the server forget at once what it has stored, as it does after two minutes.
async fn forgetful(house: &House) {
    let asked = async |operation: &str, body: Vec<u8>| -> Value {
        let api = format!("$JS.API.STREAM.{operation}.{EVENTS}");
        let answer = house
            .desk
            .bus
            .request(&api, body.into(), Duration::from_secs(30));
        serde_json::from_slice(&answer.await.unwrap()).unwrap()
    };
    let mut config = asked("INFO", Vec::new()).await["config"].take();
    config["duplicate_window"] = json!(u64::try_from(REMEMBERED.as_nanos()).unwrap());
    let updated = asked("UPDATE", serde_json::to_vec(&config).unwrap()).await;
    assert!(updated.get("error").is_none(), "{updated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_ahead_are_kept_or_reported_and_the_same_when_imported_again() {
    let house = House::open().await;
    forgetful(&house).await;
    let today = now().day();
    let (before, ahead, later) = (today.plus(-9), today.plus(13), today.plus(15));
    let table = format!(
        "reservation,arrival,departure,booked,status,room,family\n\
         C1,{ahead},{later},{before},reserved,,Chan\n\
         C2,{ahead},{later},,reserved,,Lim\n\
         C3,{ahead},{later},,cancelled,,Ho\n\
         C4,{ahead},{later},,in_house,1012,Ng\n"
    );
    std::fs::write(house.premises.path().join("bookings.csv"), table).unwrap();
    let first = import(&house, "").await;
    let report = first.json();
    assert_eq!(
        (&report["unusable"], &report["stored"]),
        (&json!(1), &json!(4))
    );
    assert!(
        first
            .said
            .contains("line 5: it tells of what has not happened yet"),
        "{}",
        first.said
    );

    let again = until("the server has forgotten", async || {
        let report = import(&house, "").await.json();
        (report["stored"] == 4).then_some(report)
    })
    .await;
    assert_eq!(again["duplicates"], 0);
    assert!(house.metric("events_repeated_total") >= 4);
    assert_eq!(
        house.metric("event_ids_reused_total"),
        0,
        "it said the same again"
    );
    assert_eq!(house.desk.dead_letters().await.len(), 0);
    let command = format!(
        "stay list --property {PROPERTY} --json --nats {}",
        house.server.url()
    );
    let listed = run(&house.premises.path(), &command).await;
    let stays = listed.printed.lines().map(|line| {
        let stay: Value = serde_json::from_str(line).unwrap();
        let word = |member: &str| stay[member].as_str().unwrap().to_owned();
        (word("reservation"), word("status"))
    });
    let mut stays: Vec<_> = stays.collect();
    stays.sort();
    let expected = [("C1", "reserved"), ("C2", "reserved"), ("C3", "cancelled")];
    let expected = expected.map(|(number, status)| (number.to_owned(), status.to_owned()));
    assert_eq!(stays, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_which_nothing_can_be_used_has_failed() {
    let house = House::without_services().await;
    let table = "reservation,arrival,status\nC1,soon,reserved\n";
    std::fs::write(house.premises.path().join("bookings.csv"), table).unwrap();
    let command = format!(
        "import bookings bookings.csv --property {PROPERTY} --nats {}",
        house.server.url()
    );
    let ended = run(&house.premises.path(), &command).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("line 2"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_what_it_leaves_out_and_at_which_hour_it_is() {
    let house = House::without_services().await;
    let table =
        "reservation,arrival,booked_at,colour,status\nC1,2026-01-05,2026-01-02,red,reserved\n";
    std::fs::write(house.premises.path().join("bookings.csv"), table).unwrap();
    let command = format!(
        "import bookings bookings.csv --property {PROPERTY} --nats {}",
        house.server.url()
    );
    let usual = run(&house.premises.path(), &command).await;
    for words in [
        "column booked_at means nothing",
        "nearest: booked",
        "column colour",
        "+08:00",
    ] {
        assert!(usual.said.contains(words), "{words}: {}", usual.said);
    }
    let other = run(
        &house.premises.path(),
        &format!("{command} --offset=-03:00"),
    )
    .await;
    assert_eq!(other.code, Some(0), "{}", other.said);
    assert!(!other.said.contains("+08:00"), "{}", other.said);
    let events = house.desk.everything(EVENTS).await;
    let text = String::from_utf8(events.last().unwrap().payload.to_vec()).unwrap();
    assert!(text.contains("2026-01-05T12:00:00"), "{text}");
}
