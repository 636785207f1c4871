//! The endpoint over a real socket, and heartbeats on paused time.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Health, HealthError, HealthServer, HealthSettings, Liveness};

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(10);

struct Served {
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
    server: JoinHandle<Result<(), HealthError>>,
}

async fn serve() -> Served {
    let health = Health::default();
    let server = HealthServer::bind(&HealthSettings::default(), health.clone())
        .await
        .expect("a port is free");
    let address = server.local_addr();
    let stop = CancellationToken::new();
    let server = tokio::spawn(server.serve(stop.clone()));
    Served {
        address,
        health,
        stop,
        server,
    }
}

/// Status, headers and body of an answer.
async fn ask(address: SocketAddr, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the endpoint listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: cardex\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the request is taken");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(DEADLINE, read)
        .await
        .expect("an answer in time")
        .expect("an answer in text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    (status, head.to_lowercase(), body.to_owned())
}

async fn readyz(address: SocketAddr) -> (u16, Value) {
    let (status, head, body) = ask(address, "/readyz").await;
    assert!(head.contains("content-type: application/json"), "{head}");
    (status, serde_json::from_str(&body).expect("a JSON list"))
}

#[tokio::test]
async fn readiness_follows_the_conditions() {
    let Served {
        address, health, ..
    } = serve().await;
    assert_eq!(
        readyz(address).await,
        (503, json!([])),
        "nothing registered is not ready"
    );

    let store = health.readiness.condition("aggregator.store");
    let caught_up = health.readiness.condition("aggregator.caught_up");
    let entry = |name: &str, state: &str, reason: Option<&str>| json!({ "name": name, "state": state, "reason": reason });
    let starting = |name| entry(name, "not_ready", Some("starting"));
    assert_eq!(
        readyz(address).await,
        (
            503,
            json!([
                starting("aggregator.caught_up"),
                starting("aggregator.store")
            ])
        )
    );

    store.ready();
    caught_up.not_ready(format!("{} events behind", 7));
    let behind = entry("aggregator.caught_up", "not_ready", Some("7 events behind"));
    assert_eq!(
        readyz(address).await,
        (
            503,
            json!([behind, entry("aggregator.store", "ready", None)])
        )
    );
    assert!(!health.readiness.is_ready());

    caught_up.ready();
    store.warn("sync_interval can't be checked");
    let warned = entry(
        "aggregator.store",
        "warning",
        Some("sync_interval can't be checked"),
    );
    assert_eq!(
        readyz(address).await,
        (
            200,
            json!([entry("aggregator.caught_up", "ready", None), warned])
        )
    );
    assert!(health.readiness.is_ready());
}

#[tokio::test]
async fn liveness_follows_the_heartbeats() {
    let Served {
        address, health, ..
    } = serve().await;
    let (status, _, body) = ask(address, "/livez").await;
    assert_eq!((status, body.as_str()), (200, "ok"));

    let long = health
        .liveness
        .heartbeat("checkin.loop", Duration::from_secs(3600));
    let short = health.liveness.heartbeat("aggregator.loop", Duration::ZERO);
    let (status, _, body) = ask(address, "/livez").await;
    assert_eq!(
        (status, body.as_str()),
        (503, "no heartbeat from: aggregator.loop")
    );

    short.retire();
    drop(long);
    assert_eq!(ask(address, "/livez").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_goes_stale_unless_it_beats() {
    let liveness = Liveness::default();
    let heartbeat = liveness.heartbeat("loop", Duration::from_secs(5));
    for (pass_s, beat, stale) in [
        (5, false, false),
        (1, false, true),
        (0, true, false),
        (4, true, false),
        (5, false, false),
        (9, false, true),
    ] {
        tokio::time::advance(Duration::from_secs(pass_s)).await;
        if beat {
            heartbeat.beat();
        }
        assert_eq!(!liveness.stale().is_empty(), stale, "after {pass_s} s");
    }
    drop(heartbeat);
    assert_eq!(liveness.stale(), ["loop"], "a loop that died stays stale");
}

#[tokio::test]
async fn metrics_are_served_as_openmetrics() {
    let Served {
        address, health, ..
    } = serve().await;
    health.metrics.counter("folded", "Events folded").inc();
    let (status, head, body) = ask(address, "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    assert!(
        body.contains("cardex_folded_total 1\n") && body.ends_with("# EOF\n"),
        "{body}"
    );
}

#[tokio::test]
async fn other_paths_are_not_there() {
    let Served { address, .. } = serve().await;
    assert_eq!(ask(address, "/").await.0, 404);
}

#[tokio::test]
async fn the_server_stops_even_with_a_request_half_sent() {
    let Served {
        address,
        stop,
        server,
        ..
    } = serve().await;
    let mut half = TcpStream::connect(address)
        .await
        .expect("the endpoint listens");
    half.write_all(b"GET /livez HTTP/1.1\r\n")
        .await
        .expect("the request is taken");
    assert_eq!(
        ask(address, "/livez").await.0,
        200,
        "the half request was accepted before this one"
    );
    stop.cancel();
    let served = tokio::time::timeout(DEADLINE, server)
        .await
        .expect("it stops in time");
    served
        .expect("it does not panic")
        .expect("it stops in order");
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let Served { address, .. } = serve().await;
    let refused = HealthServer::bind(&HealthSettings { listen: address }, Health::default()).await;
    match refused {
        Err(error @ HealthError::Bind { .. }) => {
            assert!(error.to_string().contains(&address.to_string()))
        }
        other => panic!("{other:?}"),
    }
}
