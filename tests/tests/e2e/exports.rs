//! What is exported can be published again: a guest in an empty installation has the same profile, byte by byte, and where
//! everything is already nothing changes.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::{
    Body, GuestDetails, Identifier, IdentifierKind, Judgement, Link, LinkKind, NodeRef,
    OutcomeKind, Owner, PreferenceCorrection, StayChange, StayDetails,
};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::NodeId;
use cardex_testkit::history;
use cardex_wire::query::{About, History, HistoryKind, HistoryRequest};
use cardex_wire::text::AsText;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::chaos::binary;
use crate::events::{
    PROPERTY, booked, checked_in, details, guest_operation, now, outcome, particulars, reservation,
    retraction, room, seen, stay,
};
use crate::harness::{Desk, House, stay_id};

/// Runs the program against the house's server and returns what it prints.
pub(crate) async fn cardex(house: &House, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env("CARDEX_NATS__URLS", house.server.url())
        .current_dir(house.premises.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output.stdout
}

/// Imports the file and returns the report.
async fn import(house: &House, what: &str, file: &Path) -> Value {
    let arguments = ["import", what, file.to_str().unwrap(), "--json"];
    let report = cardex(house, &arguments).await;
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    house.desk.applied(end).await;
    serde_json::from_slice(&report).unwrap()
}

async fn full(house: &House, number: &str) -> Vec<u8> {
    let about = ["--property", PROPERTY, "--reservation", number, "--full"];
    cardex(house, &[&["profile", "export"][..], &about].concat()).await
}

async fn canonical(desk: &Desk, number: &str) -> Vec<u8> {
    let node = NodeId::Stay(stay_id(number));
    desk.canonical(node, now().day()).await.unwrap()
}

async fn empty_house() -> House {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    house
}

fn with_passport(family: &str, passport: &str) -> StayChange {
    let details = details(family);
    let guest = details.guest.map(|guest| GuestDetails {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Document,
            value: passport.into(),
            verified: true,
        }],
        particulars: particulars(),
        ..guest
    });
    StayChange::Reserved(StayDetails { guest, ..details })
}

/// A guest of two stays of whom all kinds of things are known, and somebody else.
async fn play(house: &House) {
    house
        .publish(&stay("R-1", with_passport("Chan", "E1")))
        .await;
    house.publish(&stay("R-2", booked("Lam"))).await;
    house.publish(&stay("R-3", booked("Chan"))).await;
    let cuisine = seen("dining", reservation("R-1")).likes("dining.cuisine", "sichuan");
    let wrong = seen("dining", reservation("R-1"))
        .likes("dining.cuisine", "thai")
        .event();
    house.publish(&cuisine.event()).await;
    house.publish(&wrong).await;
    house.publish(&retraction(&wrong)).await;
    let south = seen("front_desk", reservation("R-3")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    let others = seen("front_desk", reservation("R-2")).likes("room.facing", "north");
    house.publish(&others.event()).await;
    house
        .publish(&stay("R-1", checked_in("1001", "Chan")))
        .await;
    let fruit = seen("floor", room("1001")).likes("amenity.fruit", "mango");
    house
        .publish(&fruit.noting("asked for more of it").event())
        .await;
    let link = guest_operation(Body::Linked(Link {
        kind: LinkKind::Same,
        a: NodeRef::Reservation("R-1".into()),
        b: NodeRef::Reservation("R-3".into()),
        occurred_at: now(),
        by: "duty".into(),
        reason: "told at the desk".into(),
    }));
    house.publish(&link).await;
    house.settled().await;
    let board = house.desk.board("floor", "R-1").await.unwrap();
    let item = &board.items[0].id.0;
    house
        .publish(&outcome("floor", stay_id("R-1"), item, OutcomeKind::Done))
        .await;
    house.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_goes_into_an_empty_installation_and_comes_out_the_same() {
    let house = House::open().await;
    play(&house).await;
    let (profile, person) = (
        canonical(&house.desk, "R-1").await,
        full(&house, "R-1").await,
    );
    let content: Value = serde_json::from_slice(&person).unwrap();
    let received = content["received"].as_array().unwrap();
    assert!(received.iter().any(|shown| shown["department"] == "floor"));
    let text = String::from_utf8(person.clone()).unwrap();
    assert!(text.contains("sichuan") && !text.contains("Lam"), "{text}");
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("guest.json");
    std::fs::write(&file, &person).unwrap();

    let mut other = empty_house().await;
    let report = import(&other, "person", &file).await;
    let events = content["events"].as_array().unwrap().len() as u64;
    assert_eq!(
        (report["stored"].as_u64(), report["unusable"].as_u64()),
        (Some(events), Some(0))
    );
    assert!(
        canonical(&other.desk, "R-1").await == profile,
        "another profile"
    );
    assert!(full(&other, "R-1").await == person, "another export");
    assert_eq!(other.metric("events_folded_total"), events);
    import(&other, "person", &file).await;
    assert_eq!(other.metric("events_folded_total"), events);
    assert!(other.desk.dead_letters().await.is_empty());
    assert!(full(&other, "R-1").await == person);
    other.stop_aggregator().await;

    let before = house.metric("events_folded_total");
    import(&house, "person", &file).await;
    assert_eq!(house.metric("events_folded_total"), before);
    assert!(house.desk.dead_letters().await.is_empty());
}

/// The keys of the events in an export, by the type of the event.
fn exported(person: &[u8]) -> Vec<(String, Value)> {
    let content: Value = serde_json::from_slice(person).unwrap();
    let events = content["events"].as_array().unwrap().iter();
    let typed = events.map(|archived| {
        let event = &archived["event"];
        let data = event["data"].clone();
        (event["type"].as_str().unwrap().to_owned(), data)
    });
    typed.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_goes_out_with_both_guests_and_with_the_correction_that_moved_it() {
    let house = House::open().await;
    for (number, family) in [("R-1", "Chan"), ("R-2", "Lam"), ("R-3", "Okafor")] {
        house.publish(&stay(number, booked(family))).await;
    }
    let noted = seen("dining", reservation("R-1"))
        .likes("dining.cuisine", "sichuan")
        .likes("drink.tea", "puer")
        .event();
    house.publish(&noted).await;
    let moved = guest_operation(Body::PreferenceCorrected(PreferenceCorrection {
        about: reservation("R-1"),
        judgement: Judgement::SomeoneElse {
            evidence: vec![EvidenceRef {
                event: noted.key,
                statement: Some(1),
            }],
            to: Owner::Guest(reservation("R-2")),
        },
        occurred_at: now(),
        by: "relations".into(),
        why: "it was the neighbour's tea".into(),
    }));
    house.publish(&moved).await;
    // What becomes of what stays behind is nothing to whom the tea was.
    let [cuisine, tea] = [0, 1].map(|statement| {
        let mut event = retraction(&noted);
        if let Body::Retracted(retraction) = &mut event.body {
            retraction.statement = Some(statement);
        }
        event
    });
    house.publish(&cuisine).await;
    house.publish(&tea).await;
    house.settled().await;

    // Who sees whose tea it was, with the correction that says so.
    for (number, said, taken_back) in [
        ("R-1", 2, vec![cuisine.key, tea.key]),
        ("R-2", 1, vec![tea.key]),
    ] {
        let question = HistoryRequest {
            about: About(reservation(number)),
            at: None,
            since: None,
            until: None,
            newest_first: false,
            limit: None,
            after: None,
            at_least: None,
            wait_ms: None,
        };
        let asked = house.desk.ask::<History>("guest_relations", &question);
        let entries = asked.await.unwrap().entries;
        let of = |kind| entries.iter().filter(move |entry| entry.kind == kind);
        let [seen] = &of(HistoryKind::Observation).collect::<Vec<_>>()[..] else {
            panic!("{number}: {entries:?}");
        };
        assert_eq!(seen.statements.len(), said, "{number}");
        assert_eq!(seen.withheld, 0, "{number}");
        assert_eq!(seen.statements[said - 1].value, "puer");
        assert_eq!(seen.moved_by, [AsText(moved.key)], "{number}");
        assert_eq!(of(HistoryKind::Correction).count(), 1, "{number}");
        let retracted = of(HistoryKind::Retraction).map(|entry| entry.event.0);
        assert_eq!(retracted.collect::<Vec<_>>(), taken_back, "{number}");
    }

    for number in ["R-1", "R-2"] {
        let person = full(&house, number).await;
        let events = exported(&person);
        let has = |kind: &str| events.iter().filter(|(of, _)| of.contains(kind)).count();
        assert_eq!(has("observation.recorded"), 1, "{number}");
        assert_eq!(has("guest.preference_corrected"), 1, "{number}");
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("guest.json");
        std::fs::write(&file, &person).unwrap();
        let mut other = empty_house().await;
        let report = import(&other, "person", &file).await;
        assert_eq!(report["stored"].as_u64(), Some(events.len() as u64));
        assert!(full(&other, number).await == person, "another export");
        other.stop_aggregator().await;
    }
    let nobody = exported(&full(&house, "R-3").await);
    assert_eq!(nobody.len(), 1, "{nobody:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn observations_go_out_and_in_line_by_line_and_bad_lines_hold_up_nobody() {
    let house = House::without_services().await;
    for event in history(500, 120) {
        house.desk.publish(&event).await;
    }
    let there = house.desk.everything(EVENTS).await;
    let noticed = there.iter().filter(|m| m.subject.contains(".observation."));
    let noticed: Vec<_> = noticed
        .map(|m| (m.subject.clone(), m.payload.clone()))
        .collect();
    let lines = cardex(&house, &["export", "observations"]).await;
    let packed = cardex(&house, &["export", "observations", "--gzip"]).await;
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&*packed);
    reader.read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == lines);
    let later = cardex(&house, &["export", "observations", "--since", "2999-01-01"]).await;
    assert!(later.is_empty());

    let directory = TempDir::new().unwrap();
    let (file, rejects) = (
        directory.path().join("n"),
        directory.path().join("rejects.csv"),
    );
    let text = String::from_utf8(lines).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let own = r#"{"event":{},"subject":"cardex.macau.stay.reserved"}"#;
    std::fs::write(&file, format!("{first}\nno event\n{own}\n{rest}")).unwrap();

    let mut other = empty_house().await;
    let arguments = [
        "import",
        "observations",
        file.to_str().unwrap(),
        "--rejects",
    ];
    let arguments = [&arguments[..], &[rejects.to_str().unwrap()]].concat();
    cardex(&other, &arguments).await;
    let rejected = std::fs::read_to_string(&rejects).unwrap();
    let numbers: Vec<&str> = rejected
        .lines()
        .map(|l| l.split(',').next().unwrap())
        .collect();
    assert_eq!(numbers, ["line", "2", "3"]);
    let arrived = other.desk.everything(EVENTS).await;
    let arrived: Vec<_> = arrived
        .into_iter()
        .map(|m| (m.subject, m.payload))
        .collect();
    assert!(arrived == noticed, "other events, or in another order");

    let report = import(&other, "observations", &file).await;
    assert_eq!(report["unusable"], 2);
    assert_eq!(other.metric("events_folded_total"), noticed.len() as u64);
    assert!(other.desk.dead_letters().await.is_empty());
    other.stop_aggregator().await;
}
