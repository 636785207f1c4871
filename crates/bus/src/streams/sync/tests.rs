use super::*;

#[test]
fn varz_tells_how_the_server_syncs() {
    let not = SyncCheck::Not("120s".to_owned());
    for (body, expected) in [
        (
            r#"{"jetstream":{"config":{"sync_always":true,"sync_interval":120000000000}}}"#,
            SyncCheck::Always,
        ),
        (
            r#"{"jetstream":{"config":{"sync_interval":120000000000}}}"#,
            not,
        ),
    ] {
        assert_eq!(read_varz(body.as_bytes()), expected);
    }
    assert!(matches!(read_varz(b"{}"), SyncCheck::Unknown(_)));
    assert!(matches!(read_varz(b"<html>"), SyncCheck::Unknown(_)));
}

#[tokio::test]
async fn what_cannot_be_asked_is_unknown() {
    for url in ["https://127.0.0.1:1", "http://127.0.0.1:1", "nonsense"] {
        assert!(
            matches!(check_sync_always(url).await, SyncCheck::Unknown(_)),
            "{url}"
        );
    }
}
