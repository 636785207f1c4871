//! A pair reads as people decide it.

use cardex_domain::ids::ProfileId;
use cardex_domain::profile::GuestCard;

use super::*;

fn pair() -> PairView {
    let guest = |n| {
        GuestView::of(
            &[NodeId::Profile(ProfileId([n; 16]))],
            &GuestCard::default(),
        )
    };
    let said = |field: &str, level: &str, millibits, a: &str, b: &str| FieldEvidence {
        field: field.into(),
        level: level.into(),
        millibits,
        a: a.into(),
        b: b.into(),
    };
    PairView {
        a: guest(1),
        b: guest(2),
        posterior_ppm: 873_456,
        linkable: None,
        held: None,
        prior_millibits: -11_000,
        evidence: vec![
            said("given", "close", 6_640, "weiming", "weimnig"),
            said("city", "different", -1_200, "macau", "zhuhai"),
        ],
        contested: Vec::new(),
        unlinked: Vec::new(),
    }
}

#[test]
fn a_pair_says_what_speaks_for_and_against_it_and_how_to_decide() {
    let pair = pair();
    let (a, b) = ends(&pair).unwrap();
    let text = render(3, &pair, "macau", Style::PLAIN);
    assert!(text.starts_with("3. 87.34 % one person\n"), "{text}");
    for line in [
        "   for      given close: weiming / weimnig (+6.6 bits)".to_owned(),
        "   against  city different: macau / zhuhai (-1.2 bits)".to_owned(),
        format!("   cardex identity link --property macau {a} {b} --reason '…'"),
        format!("   cardex identity never --property macau {a} {b} --reason '…'"),
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
}

#[test]
fn an_answer_is_one_of_four() {
    assert_eq!(decision("y\n"), Some(Decision::Decided(LinkKind::Same)));
    assert_eq!(
        decision("NEVER\n"),
        Some(Decision::Decided(LinkKind::Never))
    );
    assert_eq!(decision("s\n"), Some(Decision::Later));
    assert_eq!(decision("q\n"), Some(Decision::Stop));
    assert_eq!(decision("\n"), None);
}
