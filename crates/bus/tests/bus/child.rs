use std::fs::File;
use std::net::TcpListener;
use std::path::Path;

use cardex_bus::child::{ChildError, ChildServer, ChildSettings, find_binary};
use cardex_bus::permissions::{
    PERMISSIONS_FILE, Secret, ServerConfiguration, User, authorization, include_permissions,
};
use cardex_bus::subjects::Token;
use cardex_bus::{Bus, BusError, BusSettings};
use cardex_testkit::TestServer;
use tempfile::TempDir;
use tokio::process::Command;

use crate::in_time;

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_by_its_version() {
    let directory = TempDir::new().unwrap();
    let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nats-server-2.9.10");
    let settings = ChildSettings {
        binary: Some(binary),
        directory: directory.path().join("bus"),
        ..ChildSettings::default()
    };
    let error = ChildServer::start(&settings).await.unwrap_err();
    assert!(matches!(error, ChildError::TooOld { .. }), "{error}");
    assert!(error.to_string().contains("v2.9.10"), "{error}");
}

#[tokio::test]
async fn a_binary_that_cannot_be_used_is_named_with_the_way_out() {
    let directory = TempDir::new().unwrap();
    let named = |binary: &Path| ChildSettings {
        binary: Some(binary.to_owned()),
        directory: directory.path().join("bus"),
        ..ChildSettings::default()
    };
    let missing = directory.path().join("nowhere");
    let text = directory.path().join("text");
    std::fs::write(&text, "no program").unwrap();
    for binary in [missing.as_path(), text.as_path(), Path::new("/bin/echo")] {
        let error = ChildServer::start(&named(binary)).await.unwrap_err();
        let kind = matches!(
            error,
            ChildError::Unusable { .. } | ChildError::NotAServer { .. }
        );
        assert!(kind, "{error:?}");
        for said in [binary.to_str().unwrap(), "server.binary"] {
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let directory = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let settings = ChildSettings {
        directory: directory.path().to_owned(),
        port: Some(port),
        ..ChildSettings::default()
    };
    let error = ChildServer::start(&settings).await.unwrap_err();
    assert!(matches!(error, ChildError::PortTaken { .. }), "{error}");
    for said in [port.to_string().as_str(), "server.port"] {
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn two_owners_of_one_directory_are_refused() {
    let server = TestServer::start().await;
    let settings = ChildSettings {
        directory: server.directory().to_owned(),
        ..ChildSettings::default()
    };
    let error = ChildServer::start(&settings).await.unwrap_err();
    assert!(matches!(error, ChildError::Owned(_)), "{error}");
}

#[tokio::test]
async fn an_address_without_a_server_is_named() {
    let settings = BusSettings {
        urls: vec!["nats://127.0.0.1:1".to_owned()],
        connect_timeout_ms: 10,
        ..BusSettings::default()
    };
    let error = Bus::connect(&settings).await.unwrap_err();
    assert!(matches!(error, BusError::Connect { .. }));
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn a_server_left_behind_is_stopped_before_its_data_is_used_again() {
    let directory = TempDir::new().unwrap();
    let settings = ChildSettings {
        directory: directory.path().to_owned(),
        ..ChildSettings::default()
    };
    // A killed owner's server: it holds the lock it inherited, and its process id is in its file.
    let lock = File::create(directory.path().join("server.lock")).unwrap();
    lock.lock().unwrap();
    let mut orphan = Command::new("sleep")
        .arg("600")
        .stdin(lock)
        .spawn()
        .unwrap();
    let pid_file = directory.path().join("nats-server.pid");
    std::fs::write(pid_file, orphan.id().unwrap().to_string()).unwrap();
    let server = ChildServer::start(&settings).await.unwrap();
    assert!(!in_time(orphan.wait()).await.unwrap().success());
    server.stop().await;
}

#[tokio::test]
async fn the_server_accepts_the_configuration_that_is_generated() {
    let directory = TempDir::new().unwrap();
    let user = |name: &str, capabilities: &[&str]| User {
        name: Token::new(name).unwrap(),
        property: Token::new("hz1").unwrap(),
        secret: Secret::Bcrypt(format!("$2a$11${}", "a".repeat(53))),
        capabilities: capabilities
            .iter()
            .map(|text| text.parse().unwrap())
            .collect(),
    };
    let configuration = ServerConfiguration {
        listen: "127.0.0.1:4222".to_owned(),
        monitoring: "127.0.0.1:8222".to_owned(),
        store_dir: directory.path().join("with \"quotes\""),
    };
    let users = [
        user(
            "dining",
            &["observe:dining/pos", "board:dining", "profile:dining"],
        ),
        user("nothing", &[]),
        user("aggregator", &["service:aggregator"]),
    ];
    let permissions = directory.path().join(PERMISSIONS_FILE);
    std::fs::write(&permissions, authorization(&users).unwrap()).unwrap();
    let file = directory.path().join("nats-server.conf");
    std::fs::write(&file, configuration.render() + &include_permissions()).unwrap();
    let binary = find_binary(None).await.unwrap();
    let tried = Command::new(binary)
        .arg("-t")
        .arg("-c")
        .arg(&file)
        .output()
        .await
        .unwrap();
    assert!(
        tried.status.success(),
        "{}",
        String::from_utf8_lossy(&tried.stderr)
    );
}
