use async_nats::jetstream;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use serde_json::json;

use super::may_pass;

fn refused(code: u16, number: u16) -> CreateStreamError {
    let reply = json!({"code": code, "err_code": number, "description": "no"});
    let reply: jetstream::Error = serde_json::from_value(reply).unwrap();
    CreateStreamErrorKind::JetStream(reply).into()
}

#[test]
fn only_a_refusal_for_good_ends_a_start() {
    // "bad request"
    assert!(!may_pass(&refused(400, 10003)));
    // "JetStream system temporarily unavailable"
    assert!(may_pass(&refused(503, 10008)));
    // "no suitable peers for placement, peer offline": one of the nodes is still to come.
    assert!(may_pass(&refused(400, 10005)));
}
