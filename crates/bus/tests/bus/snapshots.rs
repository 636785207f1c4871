//! Snapshots are carried as they are, listed with what is said of them, and gone when they are taken away.

use std::collections::BTreeMap;

use super::server_with_streams;

#[tokio::test]
async fn a_snapshot_comes_back_as_it_was_put() {
    let (_server, bus) = server_with_streams().await;
    assert_eq!(bus.snapshots().await.unwrap(), []);
    let bodies: Vec<Vec<u8>> = [1_u32, 300_000]
        .map(|bytes| (0..bytes).map(|n| n.to_le_bytes()[0] ^ 0x5a).collect())
        .into();
    for (n, body) in bodies.iter().enumerate() {
        let of = BTreeMap::from([("sequence".to_owned(), n.to_string())]);
        let put = bus.put_snapshot(&format!("s{n}"), of, &body[..]).await;
        put.unwrap();
    }
    let listed = bus.snapshots().await.unwrap();
    assert_eq!(listed.len(), bodies.len());
    for (n, (snapshot, body)) in listed.iter().zip(&bodies).enumerate() {
        assert_eq!(snapshot.name, format!("s{n}"));
        assert_eq!(snapshot.of["sequence"], n.to_string());
        assert_eq!(snapshot.bytes, body.len() as u64);
        let (mut back, mut told) = (Vec::new(), 0);
        let got = bus.get_snapshot(&snapshot.name, &mut back, |bytes| told = bytes);
        got.await.unwrap();
        assert_eq!((&back, told), (body, snapshot.bytes));
    }
    bus.remove_snapshot("s0").await.unwrap();
    let left = bus.snapshots().await.unwrap();
    assert_eq!(left, listed[1..]);
    assert!(bus.get_snapshot("s0", Vec::new(), |_| ()).await.is_err());
    assert!(bus.remove_snapshot("s9").await.is_err());
}
