//! Whatever is given as a snapshot of a store.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    if let Ok(held) = cardex_store::check_snapshot(file) {
        assert_eq!(held.bytes, file.len() as u64);
    }
});
