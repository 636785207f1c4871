//! Ids are the same for all who work on one bus: whoever comes with another key, or would make one, is refused.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use cardex_aggregator::{Aggregator, AggregatorError, AggregatorSettings};
use cardex_runtime::health::Health;
use cardex_testkit::TestServer;
use cardex_wire::EventDraft;
use serde_json::Value;

use crate::events::{booked, stay};
use crate::harness::{Desk, House, until};
use crate::program::Town;

/// How long an answer of the bus may take.
const ANSWER: Duration = Duration::from_secs(30);

fn write_key(path: &Path, byte: &str) {
    std::fs::write(path, byte.repeat(32)).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// Why an aggregator with a directory of its own does not start on the house's bus.
async fn refused(house: &House, directory: &Path) -> Option<AggregatorError> {
    let settings = AggregatorSettings {
        store_dir: directory.join("store"),
        installation_key_file: directory.join("installation.key"),
        ..AggregatorSettings::default()
    };
    let bus = house.server.connect().await;
    let started = Aggregator::start(bus, settings, &Health::default()).await;
    started.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregator_with_another_key_is_refused() {
    let house = House::open().await;
    let town = Town::new();
    let key = town.path().join("second/installation.key");
    let command = format!("aggregator --data second --nats {}", house.server.url());
    let ended = town.run(&command).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("Copy the key file"), "{}", ended.said);
    assert!(!key.exists(), "no key is made on a bus that has one");

    write_key(&key, "08");
    let ended = town.run(&command).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .said
            .contains("is not the installation key of this bus"),
        "{}",
        ended.said
    );
    assert!(
        !ended.said.contains(&"08".repeat(32)),
        "a key is never printed"
    );

    std::fs::copy(house.premises.key_file(), &key).unwrap();
    let second = town.path().join("second");
    assert!(
        refused(&house, &second).await.is_none(),
        "a replica has the same key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_made_where_something_was_published_already() {
    let house = House::without_services().await;
    let directory = Town::new();
    house.desk.publish(&stay("R-1", booked("Chan"))).await;
    let error = refused(&house, directory.path()).await;
    assert!(
        matches!(error, Some(AggregatorError::NoKey { .. })),
        "{error:?}"
    );
    // An installation that never said which key is its own, as older versions did: the first to come with one says it.
    write_key(&directory.path().join("installation.key"), "08");
    assert!(refused(&house, directory.path()).await.is_none());
    write_key(&directory.path().join("installation.key"), "09");
    let error = refused(&house, directory.path()).await;
    assert!(
        matches!(error, Some(AggregatorError::OtherKey { .. })),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_publishes_as_soon_as_there_is_a_stream_does_not_come_before_the_key() {
    let server = TestServer::start().await;
    let desk = Desk {
        bus: server.connect().await,
    };
    let event = EventDraft::of(&stay("R-1", booked("Chan")), "/test").unwrap();
    let message = event.encode().unwrap();
    // There is nobody to take it until there is a stream.
    let taken = async || {
        let payload = Bytes::copy_from_slice(&message.payload);
        let answer = desk.bus.request(&message.subject, payload, ANSWER).await;
        let ack: Value = serde_json::from_slice(&answer.ok()?).unwrap();
        ack["seq"].as_u64()
    };
    let (town, bus) = (Town::new(), format!("nats.urls={}", server.url()));
    let settings = [&*bus];
    let (up, sequence) = tokio::join!(
        town.up_with("data", &settings),
        until("the event is taken", taken),
    );
    desk.applied(sequence).await;
    assert!(town.path().join("data/installation.key").exists());
    up.stop().await;
}
