use std::os::unix::fs::PermissionsExt;

use cardex_bus::child::{ChildError, ChildServer, ChildSettings};
use cardex_bus::{Bus, BusError, BusSettings};
use cardex_testkit::TestServer;
use tempfile::TempDir;

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_by_its_version() {
    let directory = TempDir::new().unwrap();
    let binary = directory.path().join("nats-server");
    std::fs::write(&binary, "#!/bin/sh\necho 'nats-server: v2.9.10'\n").unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
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
