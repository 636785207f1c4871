use super::*;

pub(crate) mod hotel;

#[test]
fn the_embedded_playbook_has_no_fault() {
    let faults = Playbook::parse(&Sources::embedded(), Vocabulary::embedded()).err();
    let faults: Vec<String> = faults.iter().flatten().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(Playbook::embedded().rules().len() >= 40);
}

/// What stands behind a line of the embedded rules' comment, as a file.
fn example(behind: &str) -> String {
    let sources = Sources::embedded();
    let lines = sources.file("playbook.toml").unwrap().lines();
    let example = lines.skip_while(|line| !line.ends_with(behind)).skip(1);
    let example = example.take_while(|line| *line == "#" || line.starts_with("#     "));
    example
        .map(|line| line[1..].trim().to_owned() + "\n")
        .collect()
}

#[test]
fn the_examples_of_a_brand_and_a_property_can_be_taken_as_they_stand() {
    let brand = example("brands/garden.toml may say:");
    let property = example("properties/macau.toml:");
    let embedded = Sources::embedded();
    let files = embedded.files().chain([
        ("brands/garden.toml", &*brand),
        ("properties/macau.toml", &*property),
    ]);
    let playbook = Playbook::parse(&Sources::new(files), Vocabulary::embedded()).unwrap();
    let macau = playbook.for_property(&"macau".parse().unwrap());
    let rules = || macau.rules().map(|rule| (rule.id.as_str(), rule.benefit));
    assert!(rules().all(|(id, _)| id != "ask-facing"));
    assert!(rules().any(|rule| rule == ("welcome", 6)));
    assert_ne!(macau.hours(), &hours::Hours::default());
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
