use super::*;

#[test]
fn every_event_subject_reads_back_as_it_was_written() {
    let subjects = [
        EventSubject::observation("hz1", "dining", "pos-3"),
        EventSubject::outcome("hz1", "floor", "app"),
        EventSubject::stay("hz1", "checked_in"),
        EventSubject::guest("hz1", "corrected"),
        EventSubject::card("hz1", "issued"),
        EventSubject::config("vocabulary"),
    ];
    for subject in subjects {
        let subject = subject.unwrap();
        assert_eq!(subject.to_string().parse(), Ok(subject));
    }
}

#[test]
fn the_other_subjects_read_back_too() {
    let prompt = PromptSubject::new("hz1", "floor", "s01").unwrap();
    assert_eq!(prompt.to_string().parse(), Ok(prompt));
    let query = QuerySubject::new("hz1", "floor", "get").unwrap();
    assert_eq!(query.to_string().parse(), Ok(query));
    let dead = DeadletterSubject::of("cardex.hz1.stay.checked_in", 7);
    assert_eq!(dead.to_string(), "cardex.hz1.deadletter.7");
    assert_eq!(dead.to_string().parse(), Ok(dead));
    assert_eq!(
        DeadletterSubject::of("cardex.config.x", 8).to_string(),
        "cardex._.deadletter.8"
    );
    assert_eq!(
        DeadletterSubject::of("cardex.A.stay.x", 8).to_string(),
        "cardex._.deadletter.8"
    );
}

#[test]
fn what_is_no_event_subject_is_refused() {
    let long = format!("cardex.hz1.stay.{}", "a".repeat(65));
    let wrong = [
        ("other.hz1.stay.x", SubjectError::Unknown),
        ("cardex.hz1.stay", SubjectError::Unknown),
        ("cardex.hz1.stay.x.y", SubjectError::Unknown),
        ("cardex.hz1.prompt.floor.s1", SubjectError::Unknown),
        ("cardex.hz1.stay.", SubjectError::Token),
        ("cardex.hz1.stay.Caps", SubjectError::Token),
        ("cardex.hz 1.stay.x", SubjectError::Token),
        ("cardex.hz1.stay.*", SubjectError::Token),
        (
            "cardex.profile.observation.dining.pos",
            SubjectError::Reserved,
        ),
        (&long, SubjectError::Token),
    ];
    for (subject, error) in wrong {
        assert_eq!(subject.parse::<EventSubject>(), Err(error), "{subject}");
    }
}

#[test]
fn no_property_may_carry_a_word_of_the_layout() {
    for word in RESERVED_PROPERTIES {
        assert_eq!(
            EventSubject::stay(word, "x"),
            Err(SubjectError::Reserved),
            "{word}"
        );
    }
}
