//! A gateway whose user may do what `bus config` gives it, and nothing else: all of its work, for its own departments.

use axum::http::StatusCode;
use cardex_bus::permissions::{Capability, Secret, ServiceRole, User, authorization};
use cardex_bus::subjects::Token;
use cardex_bus::{Bus, BusSettings};
use cardex_testkit::TestServer;
use tempfile::NamedTempFile;

use super::outcomes::{OWN, outcome, send};
use super::{Running, tell};
use crate::harness::House;

const PASSWORD: &str = "only-for-this-test";

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn user(name: &str, capabilities: Vec<Capability>) -> User {
    User {
        name: token(name),
        property: token("macau"),
        secret: Secret::Plain(PASSWORD.into()),
        capabilities,
    }
}

fn users() -> Vec<User> {
    let serves = |department: &str| Capability::Gateway {
        department: token(department),
        app: token("screen"),
    };
    vec![
        user("hall", vec![serves("front_desk"), serves("floor")]),
        user("checkin", vec![Capability::Service(ServiceRole::Checkin)]),
        user("operator", vec![Capability::Service(ServiceRole::Operator)]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateways_user_may_do_its_work() {
    let server = TestServer::start_with(&authorization(&users()).unwrap()).await;
    let passwords = NamedTempFile::new().unwrap();
    std::fs::write(passwords.path(), PASSWORD).unwrap();
    let connect = async |server: &TestServer, user: &str| {
        let settings = BusSettings {
            user: Some(user.into()),
            password_file: Some(passwords.path().to_owned()),
            ..server.settings()
        };
        Bus::connect(&settings).await.unwrap()
    };
    let checkin = connect(&server, "checkin").await;
    let mut house = House::on(server, checkin).await;
    let bus = connect(&house.server, "hall").await;
    let gateway = Running::start_on(bus.clone(), |settings| settings).await;
    let floor = gateway.of("floor");

    let first = tell(&house.desk, "floor", "R-1", "first").await;
    let mut events = floor.listen().await;
    assert_eq!(
        events.until_caught_up().await,
        [(first, "first".to_owned())]
    );
    assert_eq!(
        floor
            .get("/v1/boards")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let answer = send(&floor, &outcome(OWN, "done")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    house.server.kill9().await;
    house.server.restart().await;
    let second = tell(&house.desk, "floor", "R-1", "second").await;
    assert_eq!(events.board().await, (second, "second".to_owned()));
    let last = first.to_string();
    let mut resumed = floor.with("last-event-id", &last).listen().await;
    assert_eq!(resumed.board().await, (second, "second".to_owned()));
    assert_eq!(bus.status().borrow().server_errors, 0);
    gateway.stop().await;
}
