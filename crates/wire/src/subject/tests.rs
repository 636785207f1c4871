use super::*;

#[test]
fn subjects_read_back_as_written() {
    for text in [
        "cardex.macau.observation.dining.pos",
        "cardex.macau.outcome.front_desk.desk-app",
        "cardex.macau.stay.checked_in",
        "cardex.macau.guest.corrected",
        "cardex.macau.card.issued",
        "cardex.config.vocabulary",
    ] {
        let subject: EventSubject = text.parse().unwrap();
        assert_eq!(subject.to_string(), text);
    }
    let prompt = "cardex.macau.prompt.floor.s0000000000000000000000000c";
    assert_eq!(prompt.parse::<PromptSubject>().unwrap().to_string(), prompt);
    let query = "cardex.profile.macau.floor.get";
    assert_eq!(query.parse::<QuerySubject>().unwrap().to_string(), query);
    for letter in ["cardex.macau.deadletter.12", "cardex._.deadletter.12"] {
        assert_eq!(
            letter.parse::<DeadLetterSubject>().unwrap().to_string(),
            letter
        );
    }
}

#[test]
fn other_subjects_are_refused() {
    for text in [
        "",
        "cardex",
        "cardex.",
        "cardex..stay.reserved",
        "cardex.config.stay.reserved",
        "cardex.profile.observation.a.b",
        "cardex.macau.stay",
        "cardex.macau.stay.reserved.more",
        "cardex.macau.observation.dining",
        "cardex.macau.observation.dining.pos.x",
        "cardex.Macau.stay.reserved",
        "cardex.macau.stay.*",
        "cardex.config",
        "other.macau.stay.reserved",
        "$JS.API.INFO",
    ] {
        assert!(text.parse::<EventSubject>().is_err(), "{text}");
    }
}

#[test]
fn a_dead_letter_names_the_property_where_there_is_one() {
    let of = |subject| DeadLetterSubject::of(subject, 7).to_string();
    assert_eq!(
        of("cardex.macau.stay.whatever"),
        "cardex.macau.deadletter.7"
    );
    assert_eq!(of("cardex.config.vocabulary"), "cardex._.deadletter.7");
    assert_eq!(of("_INBOX.x.y"), "cardex._.deadletter.7");
}

#[test]
fn only_observations_and_outcomes_name_department_and_app() {
    let publisher = |text: &str| text.parse::<EventSubject>().unwrap().publisher();
    let seen = publisher("cardex.macau.observation.dining.pos");
    assert_eq!(seen.department.unwrap().as_str(), "dining");
    assert_eq!(seen.app.unwrap().as_str(), "pos");
    assert_eq!(publisher("cardex.macau.stay.reserved").department, None);
    assert_eq!(publisher("cardex.config.deny_list").property, None);
}
