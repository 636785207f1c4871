//! Whatever stands where a board should.
#![no_main]

use cardex_wire::{BoardMessage, DeadLetterNotice};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let subject = "cardex.harbour.prompt.floor.s00000000000000000000000000";
    if let Ok(message) = BoardMessage::decode(subject, payload) {
        let _ = message.data.to_board();
    }
    let _ = DeadLetterNotice::decode(payload);
});
