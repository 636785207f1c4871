use super::*;

#[test]
fn the_embedded_playbook_has_no_fault() {
    let faults = Playbook::parse(Playbook::EMBEDDED_TEXT, Vocabulary::embedded()).err();
    let faults: Vec<String> = faults.iter().flatten().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(Playbook::embedded().summary().rules >= 40);
}
