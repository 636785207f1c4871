//! Whatever bytes come on whatever subject: an event or a refusal, and an event comes back as it was written.
#![no_main]

use cardex_domain::time::Moment;
use cardex_wire::{EventDraft, decode};
use libfuzzer_sys::fuzz_target;

const SUBJECTS: [&str; 5] = [
    "cardex.harbour.observation.dining.pos",
    "cardex.harbour.outcome.dining.pos",
    "cardex.harbour.stay.checked_in",
    "cardex.harbour.guest.corrected",
    "cardex.harbour.card.issued",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (which, payload) = input;
    let subject = SUBJECTS[usize::from(which) % SUBJECTS.len()];
    // 2026-06-01T00:00:00Z
    let received = Moment { utc_micros: 1_780_272_000_000_000, offset_minutes: 0 };
    if let Ok(event) = decode(subject, None, payload, received) {
        let draft = EventDraft::of(&event, "/fuzz").expect("a decoded event has a usable id");
        if let Ok(message) = draft.encode() {
            let again = decode(&message.subject, None, &message.payload, received);
            assert_eq!(again.as_ref(), Ok(&event));
        }
    }
});
