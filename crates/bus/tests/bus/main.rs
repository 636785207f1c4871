//! The bus against a real nats-server, one per test.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod child;
mod clock;
mod credentials;
mod durable;
mod once;
mod ordered;
mod permissions;
mod place;
mod publish;
mod service;
mod snapshots;
mod startup;
mod streams;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::streams::ensure_streams;
use cardex_bus::{Ack, Bus, Headers};
use cardex_testkit::TestServer;

/// No wait of these tests is longer; one that reaches it has failed.
const DEADLINE: Duration = Duration::from_secs(30);

/// A server with the streams, and a client.
async fn server_with_streams() -> (TestServer, Bus) {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    ensure_streams(&bus, 1).await.unwrap();
    (server, bus)
}

async fn publish(bus: &Bus, subject: &str, id: &str) -> Ack {
    let payload = Bytes::from(id.to_owned());
    bus.publish(subject, id, payload, &Headers::new())
        .await
        .unwrap()
}

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what)
        .await
        .expect("done before the deadline")
}
