//! Nothing is dropped in silence: what can't be used is a dead letter with its code, on the bus, in the store and in
//! the metrics, and reading goes on; what is missing in the stream raises an alarm.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use cardex_bus::Headers;
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::{Body, Event};
use cardex_domain::time::Moment;
use cardex_store::{DeadLetter, Entry, EntryKind, OpenOptions, Position, Store};
use cardex_wire::EventDraft;
use cardex_wire::query::{ErrorCode, Get, GetRequest};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::events::{booked, fresh_id, hours_ago, now, reservation, seen, stay};
use crate::harness::{Desk, House, until};

/// A line of the index of fixtures.
struct Fixture {
    file: String,
    subject: String,
    content_type: Option<String>,
    code: String,
    payload: Bytes,
}

/// Every invalid message that a stream can hold.
fn fixtures() -> Vec<Fixture> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/wire/fixtures/v1");
    let index = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let lines = index.lines().filter(|line| line.starts_with("invalid/"));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, subject, content_type, code] = fields[..] else {
                panic!("{line}")
            };
            Fixture {
                payload: std::fs::read(folder.join(file)).unwrap().into(),
                file: file.into(),
                subject: subject.into(),
                content_type: Some(content_type.into()).filter(|given| given != "-"),
                code: code.into(),
            }
        })
        // The stream takes no such subject, so that whoever publishes there is refused by the server.
        .filter(|fixture| !fixture.subject.contains(".gossip."))
        // What lies ahead of a fixture's day does not for ever.
        .filter(|fixture| fixture.code != "future_date")
        .chain([from_the_future()])
        .collect()
}

fn from_the_future() -> Fixture {
    let observed_at = now();
    let event = seen("dining", reservation("R-1")).likes("amenity.fruit", "mango");
    let message = EventDraft::of(&event.at(observed_at).event(), "/test").unwrap();
    let text = String::from_utf8(message.encode().unwrap().payload).unwrap();
    let field = |at: Moment| format!("\"observed_at\":\"{at}\"");
    let ahead = text.replace(&field(observed_at), &field(hours_ago(-25)));
    assert_ne!(ahead, text);
    Fixture {
        file: "from the future".into(),
        subject: "cardex.macau.observation.dining.pos".into(),
        content_type: None,
        code: "future_date".into(),
        payload: ahead.into(),
    }
}

/// The dead letters that the store holds; nobody else may have it open.
fn rows(house: &House) -> BTreeMap<u64, DeadLetter> {
    let store = Store::open(&house.premises.store(), &OpenOptions::default()).unwrap();
    let rows = store.store.read().dead_letters(0, 10_000).unwrap();
    rows.into_iter().map(|row| (row.sequence, row)).collect()
}

/// How much is known of the guest of a reservation.
async fn evidence(desk: &Desk, number: &str) -> usize {
    let question = GetRequest::of(reservation(number));
    match desk.ask::<Get>("engine", &question).await {
        Ok(reply) => reply.profile.evidence.len(),
        Err(error) => {
            assert_eq!(error.code, ErrorCode::NotFound, "{error}");
            0
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_message_becomes_one_dead_letter_and_is_passed() {
    let mut house = House::open().await;
    let mut expected = BTreeMap::new();
    for fixture in fixtures() {
        let mut headers = Headers::new();
        if let Some(content_type) = &fixture.content_type {
            headers.insert("Content-Type", content_type).unwrap();
        }
        let (subject, id) = (&fixture.subject, &fixture.file);
        let published = house
            .desk
            .bus
            .publish(subject, id, fixture.payload.clone(), &headers);
        let sequence = published.await.unwrap().stream_sequence;
        house.listened_to(sequence);
        expected.insert(sequence, (fixture.file, fixture.code));
    }
    assert!(expected.len() >= 30);
    house.publish(&stay("R-1", booked("Chan"))).await;
    let noted = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
    house.publish(&noted.event()).await;
    house.settled().await;
    assert_eq!(
        evidence(&house.desk, "R-1").await,
        1,
        "reading goes on behind them"
    );

    let notices = until("every dead letter is on the bus", async || {
        let notices = house.desk.dead_letters().await;
        (notices.len() >= expected.len()).then_some(notices)
    })
    .await;
    for (sequence, (file, code)) in &expected {
        let notice = notices.get(sequence);
        assert_eq!(notice.map(|n| &n.code), Some(code), "{file}");
    }
    assert_eq!(notices.len(), expected.len(), "and no other");
    let counted: u64 = codes(&expected)
        .iter()
        .map(|(code, count)| {
            let metric = house.metric(&format!("dead_letters_total{{code=\"{code}\"}}"));
            assert_eq!(metric, *count, "{code}");
            metric
        })
        .sum();
    assert_eq!(counted, expected.len() as u64);

    house.stop_checkin().await;
    house.stop_aggregator().await;
    let rows = rows(&house);
    for (sequence, (file, code)) in &expected {
        let row = rows.get(sequence);
        assert_eq!(row.map(|r| &*r.code), Some(code.as_str()), "{file}");
    }
    assert_eq!(rows.len(), expected.len());
}

fn codes(expected: &BTreeMap<u64, (String, String)>) -> BTreeMap<&str, u64> {
    let mut codes = BTreeMap::new();
    for (_, code) in expected.values() {
        *codes.entry(code.as_str()).or_default() += 1;
    }
    codes
}

/// The bare protocol, in which a question names its reply subject freely.
async fn ask_with_reply(house: &House, subject: &str, reply: &str) {
    let address = house.server.url().strip_prefix("nats://").unwrap();
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let asked =
        format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {reply} 2\r\n{{}}\r\nPING\r\n");
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut line = String::new();
    while !line.starts_with("PONG") {
        line.clear();
        assert_ne!(stream.read_line(&mut line).await.unwrap(), 0);
        assert!(!line.starts_with("-ERR"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_subject_among_the_events_ends_as_a_dead_letter() {
    let house = House::open().await;
    let target = "cardex.macau.observation.dining.pos";
    // An answer of the aggregator, and the server's acknowledgement of a message that is none of ours itself.
    ask_with_reply(&house, "cardex.profile.macau.dining.list", target).await;
    ask_with_reply(&house, "cardex.macau.observation.floor.app", target).await;
    let letters = until("three dead letters", async || {
        let letters = house.desk.dead_letters().await;
        (letters.len() == 3).then_some(letters)
    })
    .await;
    let strays = letters.values().filter(|l| l.subject == target).count();
    assert_eq!(strays, 2);
    assert!(letters.values().all(|letter| letter.code == "not_an_event"));
    assert_eq!(house.metric("dead_letters_total{code=\"not_an_event\"}"), 3);
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    assert_eq!(end, 3, "and they answer each other no further");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_comes_again_with_other_content_is_a_dead_letter_and_an_alarm() {
    let house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let first = seen("floor", reservation("R-1"))
        .likes("amenity.fruit", "mango")
        .event();
    house.publish(&first).await;
    let mut second = first.clone();
    let Body::Observed(observation) = &mut second.body else {
        unreachable!()
    };
    observation.statements[0].value = "durian".into();
    house.desk.publish_again(&first).await;
    let refused = house.desk.publish_again(&second).await;
    let end = house.settled().await;
    house.desk.applied(end).await;

    assert_eq!(
        evidence(&house.desk, "R-1").await,
        1,
        "what came first holds"
    );
    assert_eq!(house.metric("event_ids_reused_total"), 1);
    let letters = until("its dead letter", async || {
        let letters = house.desk.dead_letters().await;
        (!letters.is_empty()).then_some(letters)
    })
    .await;
    let told: Vec<_> = letters
        .values()
        .map(|l| (l.sequence, l.code.as_str()))
        .collect();
    assert_eq!(told, [(refused, DeadLetter::ID_REUSED)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_version_could_not_read_is_tried_again() {
    let mut house = House::without_services().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let noted = seen("floor", reservation("R-1"))
        .likes("amenity.fruit", "mango")
        .event();
    let sequence = house.publish(&noted).await;
    old_version_gave_up(&house, sequence).await;

    house.start_aggregator().await;
    house.desk.applied(sequence).await;
    until("the dead letter is understood", async || {
        (evidence(&house.desk, "R-1").await == 1).then_some(())
    })
    .await;
    house.stop_aggregator().await;
    assert!(rows(&house).is_empty());
}

/// Leaves a store that has come to `sequence`, its first event applied by nobody and its last one not understood.
async fn old_version_gave_up(house: &House, sequence: u64) {
    let ends = stream_ends(&house.desk.bus, EVENTS).await.unwrap();
    let stored = house
        .desk
        .bus
        .stored(EVENTS, sequence)
        .await
        .unwrap()
        .unwrap();
    let store = Store::open(&house.premises.store(), &OpenOptions::default()).unwrap();
    let letter = |sequence: u64, subject: &str| Entry {
        sequence,
        server_time_micros: stored.server_time_us,
        kind: EntryKind::DeadLetter {
            subject: subject.into(),
            code: "unknown_version".into(),
            detail: "a version not known here".into(),
            key: None,
            decoder: 0,
        },
    };
    let entries: Vec<Entry> = (1..=sequence).map(|n| letter(n, &stored.subject)).collect();
    let position = Position {
        incarnation: ends.incarnation,
        sequence,
    };
    store.store.apply(&entries, &position).unwrap();
    store.store.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_nothing_explains_raises_the_alarm() {
    let mut house = House::without_services().await;
    let mut sequences = Vec::new();
    for _ in 0..4 {
        let noted = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
        sequences.push(house.publish(&noted.event()).await);
    }
    // One is erased as erasure is done; another one disappears behind everybody's back.
    house.desk.bus.erase(EVENTS, sequences[0]).await.unwrap();
    let order = json!({ "seq": sequences[2], "no_erase": true }).to_string();
    let subject = format!("$JS.API.STREAM.MSG.DELETE.{EVENTS}");
    let deleted = house
        .desk
        .bus
        .request(&subject, order.into(), crate::harness::DEADLINE);
    assert!(deleted.await.unwrap().starts_with(b"{\"type\""));

    house.start_aggregator().await;
    house.desk.applied(sequences[3]).await;
    assert_eq!(house.metric("stream_gaps_unexplained_total"), 1);
    house.stop_aggregator().await;
    let store = Store::open(&house.premises.store(), &OpenOptions::default()).unwrap();
    let gaps = store.store.read().gaps().unwrap();
    let told: Vec<_> = gaps
        .iter()
        .map(|g| (g.first, g.last, g.explained))
        .collect();
    let expected = [
        (sequences[0], sequences[0], true),
        (sequences[2], sequences[2], false),
    ];
    assert_eq!(told, expected);
}

/// Ids of events are the publisher's: the same id on another subject is another event.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_its_subjects_own() {
    let house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let id = fresh_id();
    for (department, value) in [("floor", "mango"), ("dining", "durian")] {
        let mut event = seen(department, reservation("R-1"))
            .likes("amenity.fruit", value)
            .event();
        event.id = id.as_str().into();
        house.publish(&with_its_key(event)).await;
    }
    house.settled().await;
    assert_eq!(evidence(&house.desk, "R-1").await, 2);
    assert_eq!(house.metric("event_ids_reused_total"), 0);
}

fn with_its_key(event: Event) -> Event {
    let subject = EventDraft::of(&event, "/test")
        .unwrap()
        .subject()
        .unwrap()
        .to_string();
    let key = cardex_domain::ids::EventKey::of(&subject, &event.id);
    Event { key, ..event }
}
