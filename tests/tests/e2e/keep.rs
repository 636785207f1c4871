//! The store kept elsewhere, put back, built anew and checked, through the program as people run it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use cardex_aggregator::{Aggregator, AggregatorError, AggregatorSettings};
use cardex_bus::Bus;
use cardex_bus::snapshots::TAKE;
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::event::{Event, GuestRef};
use cardex_domain::fact::Fact;
use cardex_domain::ids::{DepartmentId, NodeId};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_store::{Claim, Entry, EntryKind, OpenOptions, Position, State, Store, floor};
use cardex_testkit::history;
use cardex_wire::query::{ErrorCode, Get, GetRequest};
use serde_json::Value;

use crate::events::{booked, now, reservation, seen, stay};
use crate::harness::{House, Premises, key, stay_id, until};
use crate::program::{Ended, Town};

pub(crate) const DATA: &str = "hotel";
/// What lies in a data directory while nothing runs with it.
pub(crate) const STOPPED: [&str; 4] = ["installation.key", "nats", "store", "store.lock"];

/// Publishes a season whose end has passed, and waits until the store has all of it.
async fn season(town: &Town, start: &str) -> u64 {
    season_of(town, 40, start).await
}

/// Likewise, with so many guests.
pub(crate) async fn season_of(town: &Town, guests: u32, start: &str) -> u64 {
    let command = format!(
        "generate --property macau --seed 7 --guests {guests} --days 20 --start {start} --data {DATA}"
    );
    assert_eq!(town.run(&command).await.code, Some(0));
    let list = format!("stay list --property macau --json --data {DATA}");
    let mut last = 0;
    until("the store has come to rest", async || {
        let listed = town.run(&list).await;
        assert_eq!(listed.code, Some(0), "{}", listed.said);
        let at: Option<Value> = listed
            .printed
            .lines()
            .next()
            .map(|line| serde_json::from_str(line).unwrap());
        let at = at?["at_sequence"].as_u64()?;
        let rested = at == last;
        last = at;
        rested.then_some(at)
    })
    .await
}

pub(crate) async fn verified(town: &Town) -> Value {
    let verified = town
        .run(&format!("store verify --json --data {DATA}"))
        .await;
    verified.json()
}

/// What lies in a directory.
pub(crate) fn lies_in(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Turns a bit over somewhere in a file.
fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn says(ended: &Ended, words: &str) {
    assert_eq!(ended.code, Some(1), "{}", ended.printed);
    assert!(ended.said.contains(words), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_restored_and_caught_up_is_the_one_that_never_stopped() {
    let town = Town::new();
    let store = town.path().join(DATA).join("store");
    let up = town.up(DATA).await;
    season(&town, "2026-01-01").await;
    for command in ["store verify", "store repair", "rebuild"] {
        let refused = town.run(&format!("{command} --data {DATA}")).await;
        says(&refused, "in use by another process");
    }
    let backup = |to| format!("backup --to {to} --json --data {DATA}");
    let serving = town.run(&backup("kept.snapshot")).await.json();
    up.stop().await;
    let backed_up = town.run(&backup("stopped.snapshot")).await.json();
    let at_backup = verified(&town).await;
    for field in ["sequence", "events", "incarnation", "installation_key"] {
        assert_eq!(backed_up[field], serving[field]);
    }
    assert_eq!(backed_up["sequence"], at_backup["sequence"]);

    let up = town.up(DATA).await;
    season(&town, "2026-03-01").await;
    up.stop().await;
    let never_stopped = verified(&town).await;
    assert_ne!(never_stopped["state"], at_backup["state"]);

    let restore = format!("restore kept.snapshot --json --data {DATA}");
    says(&town.run(&restore).await, "is not empty");
    fs::remove_dir_all(&store).unwrap();
    let damaged = town.path().join("damaged.snapshot");
    fs::copy(town.path().join("kept.snapshot"), &damaged).unwrap();
    flip(&damaged, 7_919 * 4_729);
    let refused = format!("restore damaged.snapshot --data {DATA}");
    says(&town.run(&refused).await, "damaged or cut short");
    assert!(!store.exists());

    let restored = town.run(&restore).await.json();
    assert_eq!(restored["sha256"], serving["sha256"]);
    assert_eq!(verified(&town).await["state"], at_backup["state"]);
    let after =
        never_stopped["sequence"].as_u64().unwrap() - at_backup["sequence"].as_u64().unwrap();
    assert_eq!(restored["events_after"].as_u64(), Some(after));

    let up = town.up(DATA).await;
    until("it has caught up", async || {
        let list = format!("stay list --property macau --json --data {DATA}");
        let listed = town.run(&list).await;
        let line: Value = serde_json::from_str(listed.printed.lines().next()?).ok()?;
        (line["at_sequence"] == never_stopped["sequence"]).then_some(())
    })
    .await;
    up.stop().await;
    assert_eq!(verified(&town).await["state"], never_stopped["state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_built_anew_is_the_one_that_never_stopped() {
    let town = Town::new();
    let store = town.path().join(DATA).join("store");
    let up = town.up(DATA).await;
    season(&town, "2026-01-01").await;
    up.stop().await;
    let before = verified(&town).await;
    let replay = format!("store verify --replay --json --data {DATA}");
    assert_eq!(
        town.run(&replay).await.json()["differs_from_stream"],
        serde_json::json!([])
    );

    // Of two at once the second leaves the first what it builds.
    let other = Claim::take(&town.path().join(DATA).join("store.replaying")).unwrap();
    says(&town.run(&replay).await, "in use by another process");
    drop(other);
    assert_eq!(town.run(&replay).await.code, Some(0));

    // What a rebuild left that was killed may be half of anything, and is of no use to the next.
    let left = town.path().join(DATA).join("store.rebuilding");
    fs::create_dir(&left).unwrap();
    fs::copy(store.join("db"), left.join("db")).unwrap();
    let rebuild = format!("rebuild --json --data {DATA}");
    let rebuilt = town.run(&rebuild).await.json();
    assert_eq!(rebuilt["sequence"], before["sequence"]);
    assert_eq!(verified(&town).await["state"], before["state"]);

    // What can't be read is said to be so, and left alone until somebody has it built anew.
    fs::write(store.join("db"), "no database").unwrap();
    let verify = format!("store verify --data {DATA}");
    says(&town.run(&verify).await, "cardex rebuild");
    let repair = format!("store repair --data {DATA}");
    says(&town.run(&repair).await, "cardex rebuild");
    assert_eq!(
        town.run(&rebuild).await.json()["sequence"],
        before["sequence"]
    );
    assert_eq!(verified(&town).await["state"], before["state"]);
    assert_eq!(lies_in(&town.path().join(DATA)), STOPPED);
}

/// Publishes the events and waits until the aggregator that runs has applied them; where the stream ends then.
async fn told(house: &House, events: &[Event]) -> u64 {
    for event in events {
        house.publish(event).await;
    }
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    house.desk.applied(end).await;
    end
}

/// Has the aggregator put a snapshot on the bus; its name.
async fn snapshot(bus: &Bus) -> String {
    let asked = bus.request(TAKE, Bytes::new(), Duration::from_secs(60));
    String::from_utf8(asked.await.unwrap().to_vec()).unwrap()
}

fn state(premises: &Premises) -> State {
    let store = Store::open_as_it_is(&premises.store(), &OpenOptions::default()).unwrap();
    store.verify().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_begins_with_a_snapshot_is_the_one_that_never_stopped() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let events = history(31, 240);
    let (before, after) = events.split_at(200);
    let at = told(&house, before).await;
    let bus = &house.desk.bus;
    let name = snapshot(bus).await;
    let mut of = bus.snapshots().await.unwrap().remove(0).of;
    assert_eq!(of["sequence"], at.to_string());
    let end = told(&house, after).await;
    // One that is damaged, newer, and named as if it were right.
    of.insert("sequence".to_owned(), end.to_string());
    let put = bus.put_snapshot("v1.damaged", of, &b"CARDEXSN\x01\0\0\0"[..]);
    put.await.unwrap();
    house.stop_aggregator().await;

    let replica = Premises::new();
    let settings = AggregatorSettings {
        store_dir: replica.store(),
        installation_key_file: replica.key_file(),
        from_snapshot: true,
        ..AggregatorSettings::default()
    };
    let (health, stop) = (Health::default(), CancellationToken::new());
    let started = Aggregator::start(house.server.connect().await, settings, &health).await;
    let running = tokio::spawn(started.unwrap().run(stop.clone()));
    house.desk.applied(end).await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let metrics = health.metrics.encode().unwrap();
    let folded = "cardex_events_folded_total ";
    let folded = metrics.lines().find_map(|line| line.strip_prefix(folded));
    let folded: u64 = folded.unwrap().parse().unwrap();
    assert!(
        folded > 0 && folded <= end - at,
        "{folded} of {end} after {name}"
    );
    assert_eq!(state(&replica), state(&house.premises));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_snapshots_are_kept_and_nothing_else() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let events = history(32, 40);
    let mut names = Vec::new();
    for some in events.chunks(10) {
        told(&house, some).await;
        names.push(snapshot(&house.desk.bus).await);
    }
    let listed = house.desk.bus.snapshots().await.unwrap();
    let kept: BTreeSet<_> = listed.into_iter().map(|one| one.name).collect();
    let newest = names.split_off(names.len() - 2);
    assert_eq!(kept, newest.into_iter().collect());
    let left = lies_in(&house.premises.path());
    assert_eq!(left, ["installation.key", "store", "store.lock"]);
    house.stop_aggregator().await;
}

/// Damages the row of an observation, as a disk does that gives back something else than it was given.
fn damage(premises: &Premises, event: &Event) {
    let scratch = Premises::new();
    let store = Store::open(&scratch.store(), &OpenOptions::default()).unwrap();
    let entry = Entry {
        sequence: 1,
        server_time_micros: 0,
        kind: EntryKind::Event {
            subject: "cardex.macau.observation.floor.staff".into(),
            key: event.key,
            content: [0; 16],
            fact: Fact::of(event, &key()).unwrap(),
        },
    };
    let position = Position {
        incarnation: "1".to_owned(),
        sequence: 1,
    };
    let rows = floor::rows(&store.store, &[entry], &position).unwrap();
    // The number of a kind of row is on disk for ever.
    const NOTE: u8 = 0x04;
    let row = rows.into_iter().find(|(key, _)| key[0] == NOTE);
    let (key, mut value) = row.unwrap();
    value[5] ^= 1;
    let files = floor::Floor::open(&premises.store(), &OpenOptions::default()).unwrap();
    files.write(vec![(key, value)]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_meets_a_damaged_row_gets_no_answer_and_the_aggregator_ends_with_the_way_out() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let likes = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
    let likes = likes.event();
    let end = told(&house, &[stay("R-1", booked("Chan")), likes.clone()]).await;
    let node = NodeId::Stay(stay_id("R-1"));
    assert!(house.desk.canonical(node, now().day()).await.is_some());
    house.stop_aggregator().await;
    damage(&house.premises, &likes);

    let settings = house.aggregator_settings();
    let (health, stop) = (Health::default(), CancellationToken::new());
    let started = Aggregator::start(house.server.connect().await, settings, &health).await;
    let running = tokio::spawn(started.unwrap().run(stop));
    let question = GetRequest {
        at_least: Some(end),
        ..GetRequest::of(GuestRef::Node(node))
    };
    let answer = house.desk.ask::<Get>(DepartmentId::ENGINE, &question).await;
    // Where something else met the row first, nobody answers any more.
    let refused = [ErrorCode::Internal, ErrorCode::Unavailable];
    assert!(refused.contains(&answer.unwrap_err().code));
    let ended = running.await.unwrap();
    assert!(
        matches!(ended, Err(AggregatorError::Damaged { .. })),
        "{ended:?}"
    );
}
