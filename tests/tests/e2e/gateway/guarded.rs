//! A gateway whose user may do what `bus config` gives it, and nothing else: all of its work, for its own departments.

use std::path::Path;

use axum::http::StatusCode;
use cardex_bus::permissions::{Capability, Secret, ServiceRole, User, authorization};
use cardex_bus::subjects::Token;
use cardex_bus::{Bus, BusSettings};
use cardex_domain::ids::PropertyId;
use cardex_gateway::Vendors;
use cardex_testkit::TestServer;
use tempfile::{NamedTempFile, TempDir};

use super::outcomes::{OWN, outcome, send};
use super::webhooks::{Receiver, boards, webhook, yes};
use super::{Running, client, settings, tell};
use crate::harness::{House, until};

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

/// The users of a hotel whose gateway serves these vendors, and nobody else.
fn users(vendors: &Path) -> Vec<User> {
    let hall = Vendors::read(vendors).unwrap();
    let hall = hall.capabilities(&PropertyId::new("macau").unwrap());
    vec![
        user("hall", hall),
        user("checkin", vec![Capability::Service(ServiceRole::Checkin)]),
        user("operator", vec![Capability::Service(ServiceRole::Operator)]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateways_user_may_do_its_work() {
    let receiver = Receiver::open(yes).await;
    let files = TempDir::new().unwrap();
    let text = client("floor") + &webhook(files.path(), "pager", "floor", receiver.address);
    let settings = settings(files.path(), &text);
    let users = users(settings.vendors_file.as_ref().unwrap());
    let server = TestServer::start_with(&authorization(&users).unwrap()).await;
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
    let gateway = Running::start_for(bus.clone(), |_| text, |settings| settings).await;
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
    receiver.has("R-1", &[first, second]).await;
    until("it is known on the bus", async || {
        (boards(&gateway, "delivered") == 2).then_some(())
    })
    .await;
    assert_eq!(bus.status().borrow().server_errors, 0);
    gateway.stop().await;
}
