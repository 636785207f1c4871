use cardex_domain::ids::StayId;
use cardex_domain::profile::GuestCard;
use cardex_wire::guest::GuestView;
use cardex_wire::query::FieldEvidence;

use super::*;

fn stay(n: u8) -> NodeId {
    NodeId::Stay(StayId([n; 16]))
}

fn pair() -> PairView {
    let said = |field: &str, level: &str, millibits| FieldEvidence {
        field: field.into(),
        level: level.into(),
        millibits,
        a: "Chan".into(),
        b: "Chan".into(),
    };
    PairView {
        a: GuestView::of(&[stay(1)], &GuestCard::default()),
        b: GuestView::of(&[stay(2)], &GuestCard::default()),
        posterior_ppm: 997_312,
        linkable: None,
        held: None,
        prior_millibits: -10_000,
        evidence: vec![
            said("family", "same", 7_000),
            said("email", "same", 15_000),
            said("city", "different", -900),
        ],
        contested: Vec::new(),
        unlinked: Vec::new(),
    }
}

#[test]
fn the_reason_says_how_likely_and_by_what_and_nothing_of_the_guests() {
    let said = "linked automatically, posterior 0.9973, because email same, family same; against it: city different";
    assert_eq!(reason(&pair()), said);
}

#[test]
fn two_members_have_one_link_whoever_publishes_it_and_whichever_comes_first() {
    let at = now(0);
    let one = draft(stay(1), stay(2), reason(&pair()), at);
    let other = draft(stay(2), stay(1), reason(&pair()), at);
    assert_eq!(one, other);
    assert_eq!(one.encode().unwrap().subject, SUBJECT);
    assert_ne!(one.id, draft(stay(1), stay(3), reason(&pair()), at).id);
}
