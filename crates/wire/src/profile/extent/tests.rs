use std::collections::BTreeSet;

use cardex_domain::event::ExternalProfile;
use cardex_domain::ids::DepartmentId;

use super::super::tests::evidence;
use super::*;

const FACING: [&str; 2] = ["south", "west"];

/// A profile of one attribute with so many pieces for each value, by turns for it and against it.
fn profile(pieces: u8) -> Profile {
    let vocabulary = Vocabulary::embedded();
    let id = AttributeId::new("room.facing").unwrap();
    let mut profile = super::super::tests::profile().0;
    let claim = |(value, first): (&&str, u8)| Claim {
        value: (*value).into(),
        for_q32: 1,
        against_q32: 1,
        p_ppm: 500_000,
        confidence_ppm: 500_000,
        verdict: Some(Verdict::Prefers),
        evidence: (0..pieces)
            .map(|n| {
                let mut piece = evidence("room.facing", value, first + n);
                piece.observed_at.utc_micros += i64::from(n);
                // Only the oldest piece speaks for it.
                if n > 0 {
                    piece.polarity = Polarity::Against;
                }
                piece
            })
            .collect(),
    };
    let kind = vocabulary.attribute(&id).unwrap().kind;
    let claims = FACING.iter().zip([10, 10 + pieces]).map(claim).collect();
    profile.attributes = [(id, AttributeProfile { kind, claims })].into();
    profile.wishes.clear();
    profile.guest.profiles = vec![ExternalProfile {
        pms: "opera".into(),
        id: "7".into(),
    }];
    profile
}

fn answer(extent: &Extent, pieces: u8) -> ProfileView {
    let engine = DepartmentId::engine();
    ProfileView::of(&profile(pieces), Vocabulary::embedded(), &engine, extent)
}

#[test]
fn what_is_little_is_shown_whole() {
    let view = answer(&Extent::ANSWER, 20);
    assert!(view.is_whole());
    assert_eq!(view.to_profile(), Some(profile(20)));
}

#[test]
fn of_much_the_newest_is_shown_with_how_much_more_there_is_and_what_bears_the_verdict_out() {
    let extent = Extent {
        evidence: 9,
        ..Extent::ANSWER
    };
    let view = answer(&extent, 20);
    assert!(!view.is_whole());
    for claim in &view.attributes[0].claims {
        assert_eq!((claim.evidence.len(), claim.more), (4, 16));
    }
    let shown = view.to_profile().unwrap();
    for claim in &shown.attributes.values().next().unwrap().claims {
        let ages: Vec<i64> = claim
            .evidence
            .iter()
            .map(|e| e.observed_at.utc_micros)
            .collect();
        let oldest = *ages.iter().min().unwrap();
        let of = |e: &&Evidence| e.observed_at.utc_micros == oldest;
        let bearing = claim.evidence.iter().find(of).unwrap();
        assert_eq!(bearing.polarity, Polarity::For);
        assert_eq!(*ages.iter().max().unwrap() - oldest, 19);
    }
}

#[test]
fn however_little_may_be_said_each_attribute_and_claim_that_is_said_has_something() {
    let mut extent = Extent::ANSWER;
    while let Some(less) = extent.lessened() {
        extent = less;
    }
    let view = answer(&extent, 20);
    let attribute = &view.attributes[0];
    assert_eq!((attribute.claims.len(), attribute.more), (1, 1));
    assert_eq!(attribute.claims[0].evidence.len(), 1);
    assert_eq!((view.notes.len(), view.more_notes), (0, 2));
    assert_eq!((view.uncurated.len(), view.more_uncurated), (0, 1));
    assert_eq!(view.guest.members.len(), 1);
    let card = profile(20).guest;
    let (identifiers, profiles) = (count(card.identifiers.len()), count(card.profiles.len()));
    assert!(identifiers > 0 && profiles > 0);
    let guest = &view.guest;
    assert!(guest.identifiers.is_empty() && guest.profiles.is_empty());
    assert_eq!(
        (guest.more_identifiers, guest.more_profiles),
        (identifiers, profiles)
    );
}

#[test]
fn pages_make_up_the_whole_with_each_piece_once() {
    let profile = profile(40);
    for bytes in [1, 3_000, 9_000, usize::MAX] {
        let (mut whole, mut next) = ProfileView::page(&profile, None, 0, bytes);
        let mut ids: Vec<_> = whole.evidence.iter().map(|e| e.id).collect();
        let mut pages = 1;
        while let Some(from) = next {
            let page;
            (page, next) = ProfileView::page(&profile, None, from, bytes);
            assert!(page.guest.members.is_empty());
            ids.extend(page.evidence.iter().map(|e| e.id));
            whole.join(page);
            pages += 1;
        }
        let distinct: BTreeSet<_> = ids.iter().map(|id| id.0).collect();
        assert_eq!((ids.len(), distinct.len()), (80, 80));
        assert_eq!(pages > 1, bytes < usize::MAX, "{pages} pages");
        assert!(whole.is_whole());
        assert_eq!(whole.to_profile(), Some(profile.clone()));
    }
}

#[test]
fn shares_are_even_and_never_nothing() {
    for (lengths, each, total, expected) in [
        (&[3, 5][..], usize::MAX, 8, usize::MAX),
        (&[3, 5], 4, 8, 4),
        (&[3, 5], usize::MAX, 7, 4),
        (&[100, 1, 1], usize::MAX, 50, 48),
        (&[9, 9, 9], usize::MAX, 2, 1),
        (&[], usize::MAX, 0, usize::MAX),
    ] {
        assert_eq!(share(lengths, each, total), expected, "{lengths:?} {total}");
    }
}
