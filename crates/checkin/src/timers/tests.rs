//! What is waited for, and what is said of it.

use cardex_domain::ids::InstallationKey;

use super::*;

fn due(at: i64, name: &str) -> (Due, Unseen) {
    let property = PropertyId::new("macau").unwrap();
    let stay = InstallationKey::new([7; 32]).stay(&property, "R-1");
    let department = DepartmentId::new("floor").unwrap();
    let rule = RuleId::new(name).unwrap();
    let item = ItemId::of(stay, &department, &rule, &[]);
    let unseen = Unseen {
        property,
        stay,
        department,
        rule,
        since_revision: 7,
    };
    ((at, item), unseen)
}

#[test]
fn a_newer_board_takes_the_place_of_what_was_waited_for() {
    let mut waiting = Waiting::default();
    let (early, late) = (due(5, "early"), due(9, "late"));
    waiting.put("a", vec![late.clone(), early.clone()]);
    assert_eq!(waiting.first(), Some(early.clone()));
    waiting.said(&early.0);
    assert_eq!(waiting.first(), Some(late.clone()));
    let other = due(5, "other");
    waiting.put("b", vec![other.clone()]);
    waiting.put("a", Vec::new());
    assert_eq!(waiting.first(), Some(other));
    waiting.put("b", Vec::new());
    assert_eq!(waiting.first(), None);
    assert!(waiting.of.is_empty(), "nothing is left behind");
}

#[test]
fn whoever_says_it_says_the_same_and_of_another_coming_something_else() {
    let (at, unseen) = due(1_800_000_000_000_000, "flowers");
    let said = unseen.escalated(&at);
    assert_eq!(
        said.encode().unwrap().payload,
        unseen.escalated(&at).encode().unwrap().payload
    );
    let again = Unseen {
        since_revision: 8,
        ..unseen
    };
    assert_ne!(again.escalated(&at).id.as_str(), said.id.as_str());
}
