//! Starts while the server dies, and what is known when they are done.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::service::Endpoint;
use cardex_bus::streams::{EVENTS, ensure_streams};
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings, ServiceSettings};
use cardex_testkit::TestServer;

use crate::{DEADLINE, in_time, server_with_streams};

/// Time enough to send something, and for a server that works to answer it many times over.
const A_WHILE: Duration = Duration::from_millis(300);

/// What the step comes to when the server dies after it was asked and before it answers.
async fn with_a_dying_server<T>(server: &mut TestServer, step: impl Future<Output = T>) -> T {
    tokio::pin!(step);
    server.freeze();
    let early = tokio::time::timeout(A_WHILE, &mut step).await;
    assert!(early.is_err(), "a frozen server answers nobody");
    server.kill9().await;
    let (done, ()) = tokio::join!(in_time(step), server.restart());
    done
}

fn durable() -> DurableSettings {
    DurableSettings {
        stream: EVENTS.to_owned(),
        name: "listener".to_owned(),
        filter_subjects: Vec::new(),
        ack_wait: DEADLINE,
        max_ack_pending: 10,
        begin: Begin::First,
    }
}

#[tokio::test]
async fn a_server_that_dies_while_streams_are_looked_up_is_waited_for() {
    let mut server = TestServer::start().await;
    let bus = server.connect().await;
    let streams = with_a_dying_server(&mut server, ensure_streams(&bus, 1)).await;
    assert_eq!(streams.unwrap().created.len(), 7);
}

#[tokio::test]
async fn a_server_that_dies_while_a_durable_is_opened_is_waited_for() {
    let (mut server, bus) = server_with_streams().await;
    let opening = DurableListener::open(&bus, durable());
    let mut listener = with_a_dying_server(&mut server, opening).await.unwrap();
    crate::publish(&bus, "cardex.hz1.stay.reserved", "one").await;
    assert_eq!(in_time(listener.next()).await.incoming.stream_sequence, 1);
}

#[tokio::test]
async fn what_the_server_refuses_is_not_tried_for_long() {
    let (_server, bus) = server_with_streams().await;
    let missing = DurableListener::attach(&bus, EVENTS, "nobodys");
    let refused = tokio::time::timeout(cardex_bus::publish::RETRY_BOUND / 2, missing).await;
    assert!(refused.expect("at once").is_err());
}

async fn serve(bus: Bus) -> cardex_bus::Service {
    let settings = ServiceSettings {
        name: "echo".to_owned(),
        version: "1.0.0".to_owned(),
        description: "Says it again".to_owned(),
        queue_group: "echo".to_owned(),
        max_concurrent: 1,
        says: Default::default(),
    };
    let echo = Endpoint::new("echo", "cardex.profile.*.*.echo", |request| async move {
        Ok(request.payload)
    });
    bus.serve(&settings, vec![echo]).await.unwrap()
}

#[tokio::test]
async fn a_service_is_ready_once_the_server_knows_it() {
    let server = TestServer::start().await;
    let (bus, asker) = (server.connect().await, server.connect().await);
    server.freeze();
    let serving = serve(bus);
    tokio::pin!(serving);
    let early = tokio::time::timeout(A_WHILE, &mut serving).await;
    assert!(early.is_err(), "a frozen server knows of no service");
    server.thaw();
    let _service = in_time(serving).await;
    let asked = asker.request("cardex.profile.hz1.dining.echo", Bytes::from("q"), DEADLINE);
    assert_eq!(asked.await.unwrap(), "q");
}
