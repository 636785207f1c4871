//! Whatever people write into a playbook: rules, or faults with a place.
#![no_main]

use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // What comes before the first form feed are the rules, behind it the words.
    let (rules, words) = text.split_once('\u{c}').unwrap_or((text, ""));
    let sources = Sources::new([("playbook.toml", rules), ("words/en.ftl", words)]);
    if let Err(faults) = Playbook::parse(&sources, Vocabulary::embedded()) {
        assert!(faults.iter().all(|fault| fault.line > 0 && fault.column > 0));
    }
});
