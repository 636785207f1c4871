//! Reading boards: by asking, and as server-sent events.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cardex_bus::streams::PROMPTS;
use cardex_domain::board::BoardState;
use cardex_gateway::{GatewaySettings, ROUTES};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::{Block, Running, guest, tell, tell_as, token};
use crate::events::{booked, reservation, seen, stay};
use crate::harness::{DEADLINE, House, prompt, stay_id, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_cardex_tells_a_department_comes_as_it_stands_on_the_bus_and_to_no_other() {
    let house = House::open().await;
    let gateway = Running::start(&house).await;
    let mut events = gateway.of("floor").listen().await;
    assert_eq!(events.until_caught_up().await, []);

    house.publish(&stay("R-1", booked("Chan"))).await;
    let likes = seen("floor", reservation("R-1")).likes("amenity.flower", "lily");
    house.publish(&likes.event()).await;
    house.settled().await;
    let subject = prompt("floor", "R-1").to_string();
    let stored = house.desk.bus.last_for_subject(PROMPTS, &subject).await;
    let stored = stored.unwrap().expect("the floor was told");
    let told = std::str::from_utf8(&stored.payload).unwrap();
    loop {
        let block = events.block().await.unwrap();
        if let Block::Event { id, data, .. } = block
            && id == stored.stream_sequence
        {
            assert_eq!(data, told);
            break;
        }
    }
    for path in [
        "/v1/boards".to_owned(),
        format!("/v1/boards?stay={}", stay_id("R-1")),
    ] {
        let answer = gateway.of("floor").get(&path).await;
        assert_eq!(
            std::str::from_utf8(&answer.body).unwrap(),
            format!("[{told}]")
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
    }

    // Nothing in what another department reads is of the floor's.
    let boards = gateway.of("front_desk").get("/v1/boards").await.json();
    let boards = boards.as_array().unwrap();
    assert!(
        boards
            .iter()
            .all(|board| board["data"]["department"] == "front_desk"),
        "{boards:?}"
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_has_every_open_board_at_once_and_then_each_revision() {
    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    tell(&house.desk, "floor", "R-1", "first").await;
    tell(&house.desk, "floor", "R-2", "over").await;
    tell_as(&house.desk, "floor", "R-2", "over", BoardState::Closed).await;
    tell(&house.desk, "front_desk", "R-1", "not theirs").await;
    let second = tell(&house.desk, "floor", "R-1", "second").await;
    let other = tell(&house.desk, "floor", "R-3", "other").await;
    let expected = vec![(second, "second".to_owned()), (other, "other".to_owned())];

    let mut events = gateway.of("floor").listen().await;
    assert_eq!(events.until_caught_up().await, expected);
    let answer = gateway.of("floor").get("/v1/boards").await.json();
    let open: Vec<_> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|board| board.to_string())
        .collect();
    assert_eq!(
        open.iter()
            .map(|board| guest(board.as_bytes()))
            .collect::<Vec<_>>(),
        ["second", "other"]
    );

    let third = tell(&house.desk, "floor", "R-1", "third").await;
    assert_eq!(events.board().await, (third, "third".to_owned()));
    // Who was shown the board is told that its stay is over.
    let over = tell_as(&house.desk, "floor", "R-1", "gone", BoardState::Closed).await;
    assert_eq!(events.board().await, (over, "gone".to_owned()));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_is_told_every_revision_that_was_missed() {
    let mut house = House::without_services().await;
    let gateway = Running::start(&house).await;
    let floor = gateway.of("floor");
    let mut events = floor.listen().await;
    events.until_caught_up().await;
    let mut seen = Vec::new();
    let mut told = Vec::new();
    for round in 0..4 {
        told.push(tell(&house.desk, "floor", "R-1", &format!("{round} a")).await);
        seen.push(events.board().await.0);
        drop(events);
        // Nobody listens, and the bus is killed meanwhile.
        for revision in ["b", "c"] {
            told.push(tell(&house.desk, "floor", "R-1", &format!("{round} {revision}")).await);
            tell(&house.desk, "front_desk", "R-1", "not theirs").await;
        }
        house.server.kill9().await;
        house.server.restart().await;
        let last = seen.last().unwrap().to_string();
        events = floor.with("last-event-id", &last).listen().await;
        for _ in ["b", "c"] {
            seen.push(events.board().await.0);
        }
    }
    // A stream that is open while the bus is killed goes on, too.
    house.server.kill9().await;
    house.server.restart().await;
    told.push(tell(&house.desk, "floor", "R-1", "last").await);
    seen.push(events.board().await.0);
    assert_eq!(seen, told);

    // An id that the stream has not come to is of another stream: what stands is told anew.
    let mut anew = floor.with("last-event-id", "1000000").listen().await;
    assert_eq!(
        anew.until_caught_up().await,
        [(*told.last().unwrap(), "last".to_owned())]
    );
    let answer = floor
        .with("last-event-id", "yesterday")
        .get("/v1/boards/events")
        .await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (StatusCode::BAD_REQUEST, "last_event_id")
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_to_who_has_no_token_of_the_department() {
    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    tell(&house.desk, "floor", "R-1", "Mr Chan").await;
    let wrong = gateway
        .stranger()
        .with("authorization", "Bearer cardex_guessed");
    let hash = format!("Bearer {}", token("floor").hash());
    let by_hash = gateway.stranger().with("authorization", &hash);
    let basic = format!("Basic {}", token("floor").expose());
    let basic = gateway.stranger().with("authorization", &basic);
    for (method, path) in ROUTES {
        let method: Method = method.to_uppercase().parse().unwrap();
        for (caller, code) in [
            (&gateway.stranger(), "no_token"),
            (&basic, "no_token"),
            (&wrong, "unknown_token"),
            (&by_hash, "unknown_token"),
        ] {
            let answer = caller.ask(method.clone(), path, Body::empty()).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNAUTHORIZED, code)
            );
            let told = answer.headers["www-authenticate"].to_str().unwrap();
            assert!(told.starts_with("Bearer"), "{told}");
        }
    }
    let desk = gateway.of("front_desk");
    assert_eq!(desk.get("/v1/boards").await.body, "[]");
    let of_stay = format!("/v1/boards?stay={}", stay_id("R-1"));
    assert_eq!(desk.get(&of_stay).await.body, "[]");
    for query in ["department=floor", "stay=x"] {
        let answer = desk.get(&format!("/v1/boards?{query}")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "query")
        );
    }
    let lost = desk.get("/v1/guests").await;
    assert_eq!(
        (lost.status, lost.problem().as_str()),
        (StatusCode::NOT_FOUND, "unknown_path")
    );
    let method = desk.get("/v1/outcomes").await;
    assert_eq!(
        (method.status, method.problem().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "method")
    );
    assert_eq!(method.headers["allow"], "POST");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_shows_that_it_is_there_and_ends_when_the_gateway_stops() {
    let house = House::without_services().await;
    let quickly = |settings| GatewaySettings {
        heartbeat_ms: 20,
        max_streams_per_client: 1,
        ..settings
    };
    let gateway = Running::start_with(&house, quickly).await;
    let mut events = gateway.of("floor").listen().await;
    events.until_caught_up().await;
    for _ in 0..3 {
        assert_eq!(events.block().await, Some(Block::Comment(String::new())));
    }
    let second = gateway.of("floor").get("/v1/boards/events").await;
    assert_eq!(
        (second.status, second.problem().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_streams")
    );
    assert_eq!(
        gateway.metric("gateway_streams{client=\"floor-screen\"}"),
        1
    );
    // The front desk's are its own, and whoever leaves makes room.
    let other = gateway.of("front_desk").listen().await;
    drop(other);
    drop(events);
    let mut events = until("there is room again", async || {
        let metric = gateway.metric("gateway_streams{client=\"floor-screen\"}");
        (metric == 0).then_some(())?;
        Some(gateway.of("floor").listen().await)
    })
    .await;
    gateway.stop().await;
    while let Some(block) = events.block().await {
        assert!(!matches!(block, Block::Event { .. }), "{block:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_is_cut_off_and_holds_nobody_up() {
    let house = House::without_services().await;
    let impatient = |settings| GatewaySettings {
        stalled_ms: 300,
        ..settings
    };
    let gateway = Running::start_with(&house, impatient).await;
    // A socket that takes little, and never reads.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow: TcpStream = socket.connect(gateway.address).await.unwrap();
    let request = format!(
        "GET /v1/boards/events HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {}\r\n\r\n",
        token("floor").expose()
    );
    slow.write_all(request.as_bytes()).await.unwrap();
    let mut quick = gateway.of("floor").listen().await;
    quick.until_caught_up().await;
    let long = "x".repeat(24 * 1024);
    let mut told = 0;
    let cut = async {
        while gateway.metric("gateway_stalled_total") == 0 {
            told = tell(&house.desk, "floor", "R-1", &long).await;
            // Whoever reads has each at once.
            assert_eq!(quick.board().await.0, told);
        }
    };
    tokio::time::timeout(DEADLINE, cut)
        .await
        .expect("it is cut off");
    let mut left = Vec::new();
    let read = tokio::time::timeout(DEADLINE, slow.read_to_end(&mut left)).await;
    drop(read.expect("its end comes"));
    until("the stream is closed", async || {
        let open = gateway.metric("gateway_streams{client=\"floor-screen\"}");
        (open == 1).then_some(())
    })
    .await;
    assert!(
        left.len() < 64 * 1024 * 1024,
        "{} bytes were held for it",
        left.len()
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_come_ends() {
    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    let mut idle = TcpStream::connect(gateway.address).await.unwrap();
    idle.write_all(b"GET /v1/boards HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(60), idle.read_to_end(&mut answer)).await;
    ended.expect("the gateway ends it").unwrap();
    gateway.stop().await;
}
