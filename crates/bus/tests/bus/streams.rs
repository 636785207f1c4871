use cardex_bus::streams::{
    DEADLETTERS, EVENTS, MARKS, ONCE, PLACES, PROMPTS, StreamsError, SyncCheck, check_sync_always,
    ensure_streams, stream_ends,
};
use cardex_testkit::TestServer;

use crate::{publish, server_with_streams};

const SETTINGS: &str = "CARDEX_SETTINGS";

#[tokio::test]
async fn missing_streams_are_made_and_found_again() {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    let first = ensure_streams(&bus, 1).await.unwrap();
    let all = [EVENTS, PROMPTS, DEADLETTERS, ONCE, MARKS, PLACES, SETTINGS];
    assert_eq!(first.created, all);
    let second = ensure_streams(&bus, 1).await.unwrap();
    assert_eq!(second.found, all);
    assert_eq!(second.created, Vec::<String>::new());
}

#[tokio::test]
async fn a_stream_with_a_limit_is_refused_by_name_of_the_field() {
    let (server, bus) = server_with_streams().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let js = async_nats::jetstream::new(client);
    let mut config = js
        .get_stream(EVENTS)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    config.max_messages = 100;
    config.allow_direct = true;
    js.update_stream(config).await.unwrap();
    let Err(StreamsError::Differs(differences)) = ensure_streams(&bus, 1).await else {
        panic!("a stream that drops events was accepted");
    };
    let named: Vec<_> = differences
        .iter()
        .map(|d| (&*d.stream, d.field, &*d.have))
        .collect();
    assert_eq!(
        named,
        [
            (EVENTS, "max_msgs", "100"),
            (EVENTS, "allow_direct", "true")
        ]
    );
}

#[tokio::test]
async fn the_server_we_start_syncs_before_it_acknowledges() {
    let server = TestServer::start().await;
    assert_eq!(
        check_sync_always(server.monitoring_url()).await,
        SyncCheck::Always
    );
}

#[tokio::test]
async fn the_ends_of_a_stream_and_its_incarnation_survive_a_kill() {
    let (mut server, bus) = server_with_streams().await;
    let empty = stream_ends(&bus, EVENTS).await.unwrap();
    assert_eq!((empty.last, empty.messages), (0, 0));
    publish(&bus, "cardex.hz1.stay.reserved", "a").await;
    server.kill9().await;
    server.restart().await;
    let bus = server.connect().await;
    let ends = stream_ends(&bus, EVENTS).await.unwrap();
    assert_eq!((ends.first, ends.last, ends.messages), (1, 1, 1));
    assert_eq!(ends.incarnation, empty.incarnation);
}

#[tokio::test]
async fn a_settings_body_is_found_under_its_hash() {
    let (_server, bus) = server_with_streams().await;
    assert_eq!(bus.get_settings("h1").await.unwrap(), None);
    let body = vec![7_u8; 300_000];
    bus.put_settings("h1", &body).await.unwrap();
    bus.put_settings("h1", &body).await.unwrap();
    assert_eq!(bus.get_settings("h1").await.unwrap().unwrap(), body);
}
