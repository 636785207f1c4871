use super::*;

pub(crate) mod hotel;

#[test]
fn the_embedded_playbook_has_no_fault() {
    let faults = Playbook::parse(&Sources::embedded(), Vocabulary::embedded()).err();
    let faults: Vec<String> = faults.iter().flatten().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(Playbook::embedded().rules().len() >= 40);
}

#[test]
fn a_summary_says_whom_the_rules_serve() {
    let rule = |id: &str, departments: &str| {
        hotel::RULE
            .replace("\"facing\"", &format!("{id:?}"))
            .replace("[\"front_desk\"]", departments)
    };
    let text = format!(
        "format = 1\n{}{}",
        rule("a", r#"["floor", "front_desk"]"#),
        rule("b", r#"["floor"]"#),
    );
    let playbook = Playbook::parse(&hotel::sources(&text), &hotel::vocabulary()).unwrap();
    assert_eq!(
        playbook.summary().to_string(),
        "2 rules: floor 2, front_desk 1"
    );
    assert_eq!(playbook.hash().len(), 64);
}

#[test]
fn a_playbook_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Playbook>();
}
