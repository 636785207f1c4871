use super::*;
use crate::ids::AttributeId;

fn attribute(id: &str) -> &'static Attribute {
    let id = AttributeId::new(id).unwrap();
    Vocabulary::embedded().attribute(&id).unwrap()
}

#[test]
fn the_vocabulary_knows_what_acts_and_keeps_it_for_ever() {
    for id in [NO_INFORMATION, INCOGNITO, NO_PERSONAL_NOTES] {
        let known = attribute(id);
        assert_eq!(
            (known.kind, known.half_life_days),
            (Kind::Safety, 0),
            "{id}"
        );
    }
    assert!(attribute(ALIAS).verbatim);
}

#[test]
fn what_serves_the_guest_is_not_personal() {
    let check = |id: &str, personal| assert_eq!(attribute(id).is_personal(), personal, "{id}");
    check("drink.alcohol", true);
    check("health.hearing", true);
    check("interest.hobby", true);
    check("allergy.food", false);
    check("privacy.photographs", false);
    check("room.facing", false);
}

#[test]
fn a_name_is_kept_as_it_is_written() {
    let id = AttributeId::new(ALIAS).unwrap();
    let word = Vocabulary::embedded().canonical(&id, " Mr Stone ");
    assert_eq!(word, crate::vocabulary::Canonical::Open("Mr Stone".into()));
}

#[test]
fn a_note_betrays_what_its_reader_may_not_see() {
    let betrays = |text: &str, department: &str| {
        let department = DepartmentId::new(department).unwrap();
        Vocabulary::embedded().betrays(text, &department)
    };
    assert!(betrays("very Hard of hearing, poor man", "front_desk"));
    assert!(betrays("客人听力不好", "floor"));
    assert!(!betrays("very hard of hearing", "guest_relations"));
    assert!(betrays("allergic to peanuts", "front_desk"));
    assert!(!betrays("allergic to peanuts", "dining"));
    assert!(!betrays("likes the corner table", "dining"));
}
