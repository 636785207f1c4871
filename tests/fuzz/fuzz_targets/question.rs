//! Whatever is asked of the services.
#![no_main]

use cardex_wire::query::{
    AffectedRequest, BoardsRequest, ExplainRequest, FindRequest, GetRequest, ListRequest,
    UnassignedRequest, decode_request,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let _ = decode_request::<GetRequest>(payload);
    let _ = decode_request::<FindRequest>(payload);
    let _ = decode_request::<ListRequest>(payload);
    let _ = decode_request::<ExplainRequest>(payload);
    let _ = decode_request::<AffectedRequest>(payload);
    let _ = decode_request::<UnassignedRequest>(payload);
    let _ = decode_request::<BoardsRequest>(payload);
});
