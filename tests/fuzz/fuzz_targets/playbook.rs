//! Whatever people write into a playbook: rules, or faults with a place.
#![no_main]

use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::Playbook;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(faults) = Playbook::parse(text, Vocabulary::embedded()) {
        assert!(faults.iter().all(|fault| fault.line > 0 && fault.column > 0));
    }
});
