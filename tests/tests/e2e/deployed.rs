//! What a script of `deploy/` says where it can't do what it is for.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::chaos::binary;
use crate::program::Ended;

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_whose_port_is_taken_is_not_started() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("cluster");
    let mut start = Command::new(root.join("deploy/cluster/start"));
    start
        .arg("--data")
        .arg(&data)
        .args(["--port", &port.to_string()])
        .env("CARDEX", binary())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = Ended::from(start.output().await.unwrap());
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    for words in [&format!("port {port} of 127.0.0.1 is taken"), "--port"] {
        assert!(ended.said.contains(words), "{}", ended.said);
    }
    assert!(ended.said.ends_with("nothing was started\n"));
    assert!(!data.exists());
}
