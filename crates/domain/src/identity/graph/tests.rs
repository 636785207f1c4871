//! Who is one person with whom when people say so, when they take it back, and when something is never to be joined.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::event::{
    ExternalProfile, GuestDetails, Identifier, Name, Particulars, StayChange, StayDetails, UndoKind,
};
use crate::fact::{Fact, GuestFact, StayFact, UndoFact};
use crate::ids::{InstallationKey, PropertyId};
use crate::ledger::Ledger;
use crate::time::{Day, Moment};

const AT: Moment = Moment {
    utc_micros: 0,
    offset_minutes: 480,
};

fn key() -> InstallationKey {
    InstallationKey::new([7; 32])
}

fn profile(n: u8) -> NodeId {
    NodeId::Profile(key().profile("opera", &n.to_string()))
}

fn event(n: u16) -> EventKey {
    EventKey::of("test", &n.to_string())
}

fn link(n: u16, kind: LinkKind, a: NodeId, b: NodeId) -> Fact {
    Fact::Linked(LinkFact {
        key: event(n),
        kind,
        a,
        b,
        occurred_at: AT,
        by: "duty".into(),
        reason: "told so".into(),
    })
}

fn undo(n: u16, of: &[u16]) -> Fact {
    Fact::Undone(UndoFact {
        key: event(n),
        kind: UndoKind::Links,
        events: of.iter().copied().map(event).collect(),
        by: "duty".into(),
        reason: "namesakes".into(),
    })
}

/// A profile that carries a passport, of which no name is known.
fn passport(n: u16, of: u8, number: &str) -> Fact {
    shown(n, of, number, None, None)
}

/// A profile that carries a passport, with the name and the birth date on it.
fn shown(n: u16, of: u8, number: &str, name: Option<&str>, born: Option<Day>) -> Fact {
    let NodeId::Profile(profile) = profile(of) else {
        unreachable!("a profile is a profile")
    };
    let guest = GuestDetails {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Document,
            value: number.into(),
            verified: true,
        }],
        name: name.map(|name| Name {
            full: Some(name.into()),
            ..Name::default()
        }),
        particulars: Particulars {
            birth_date: born,
            ..Particulars::default()
        },
        ..GuestDetails::default()
    };
    Fact::Guest(GuestFact {
        key: event(n),
        profile,
        occurred_at: AT,
        guest: guest.facts(&key()).expect("the number says something"),
    })
}

/// A stay that names a profile.
fn booking(n: u16, reservation: &str, of: u8) -> Fact {
    let property = PropertyId::new("macau").expect("a property");
    let guest = GuestDetails {
        profile: Some(ExternalProfile {
            pms: "opera".into(),
            id: of.to_string().into(),
        }),
        ..GuestDetails::default()
    };
    let facts = guest.facts(&key()).expect("no identifiers");
    Fact::Stay(StayFact {
        key: event(n),
        stay: key().stay(&property, reservation),
        property,
        reservation: reservation.into(),
        occurred_at: AT,
        change: StayChange::Reserved(StayDetails {
            guest: Some(guest),
            ..StayDetails::default()
        }),
        guest: Some(facts),
    })
}

fn ledger(facts: impl IntoIterator<Item = (u16, Fact)>) -> Ledger {
    let mut ledger = Ledger::default();
    for (n, fact) in facts {
        ledger.record(event(n), fact);
    }
    ledger
}

fn person(ledger: &Ledger, node: NodeId) -> Person {
    let Ok::<_, Infallible>(person) = person_of(ledger, &DenyList::default(), node);
    person
}

fn members(ledger: &Ledger, node: NodeId) -> Vec<NodeId> {
    person(ledger, node).nodes.into_keys().collect()
}

fn sorted(nodes: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = nodes.into_iter().collect();
    nodes.sort();
    nodes
}

#[test]
fn a_link_makes_one_person_of_both_and_its_undoing_two_again() {
    let (a, b) = (profile(1), profile(2));
    let told = [(1, passport(1, 1, "E1")), (2, passport(2, 2, "E2"))];
    let apart = ledger(told.clone());
    let joined = link(3, LinkKind::Same, a, b);
    let linked = ledger(told.clone().into_iter().chain([(3, joined.clone())]));
    for node in [a, b] {
        assert_eq!(members(&linked, node), sorted([a, b]));
    }
    assert_eq!(person(&linked, a), person(&linked, b));
    for undone_first in [false, true] {
        let mut last = [(3, joined.clone()), (4, undo(4, &[3]))];
        if undone_first {
            last.reverse();
        }
        let again = ledger(told.clone().into_iter().chain(last));
        for node in [a, b] {
            assert_eq!(person(&again, node), person(&apart, node));
        }
    }
}

#[test]
fn what_is_never_one_person_is_kept_apart_however_it_would_be_joined() {
    let (a, b, c) = (profile(1), profile(2), profile(3));
    let never = (9, link(9, LinkKind::Never, a, b));
    let by_document = [(1, passport(1, 1, "E1")), (2, passport(2, 2, "E1"))];
    let directly = [(1, link(1, LinkKind::Same, a, b))];
    let by_way_of = [
        (1, link(1, LinkKind::Same, a, c)),
        (2, link(2, LinkKind::Same, c, b)),
    ];
    assert_eq!(members(&ledger(by_document.clone()), a), sorted([a, b]));
    for facts in [by_document.to_vec(), directly.to_vec(), by_way_of.to_vec()] {
        let ledger = ledger(facts.into_iter().chain([never.clone()]));
        assert!(!members(&ledger, a).contains(&b));
        assert!(!members(&ledger, b).contains(&a));
        assert_eq!(person(&ledger, a).identity.apart.len(), 1);
        assert_eq!(person(&ledger, b).identity.apart.len(), 1);
    }
}

#[test]
fn strangers_with_one_document_are_two_until_somebody_says_that_they_are_one() {
    let [wei, wei_again, maria, nobody] = [1, 2, 3, 4].map(profile);
    let mut told = vec![
        (1, shown(1, 1, "E1", Some("WANG Wei"), None)),
        (2, shown(2, 2, "E1", Some("王伟 Wang Wei"), None)),
        (3, shown(3, 3, "E1", Some("Maria Lopez"), None)),
    ];
    let apart = ledger(told.clone());
    assert_eq!(members(&apart, wei), sorted([wei, wei_again]));
    assert_eq!(members(&apart, maria), [maria]);
    let conflicts = |person: Person| -> Vec<Vec<NodeId>> {
        let conflicts = person.identity.conflicts.into_values();
        conflicts.map(|nodes| nodes.into_iter().collect()).collect()
    };
    let all = sorted([wei, wei_again, maria]);
    for node in [wei, maria] {
        assert_eq!(conflicts(person(&apart, node)), vec![all.clone()]);
    }

    let link = (4, link(4, LinkKind::Same, wei_again, maria));
    let linked = ledger(told.clone().into_iter().chain([link]));
    assert_eq!(members(&linked, wei), all);
    assert!(conflicts(person(&linked, maria)).is_empty());

    // Who may be either is given to neither, and one document more changes nothing of who is a stranger.
    told.push((5, passport(5, 4, "E1")));
    let unclear = ledger(told);
    assert_eq!(members(&unclear, nobody), [nobody]);
    assert_eq!(members(&unclear, wei), sorted([wei, wei_again]));
}

#[test]
fn birth_dates_that_conflict_part_those_of_one_name() {
    let (a, b) = (profile(1), profile(2));
    let born = |year, month| Day::from_ymd(year, month, 8);
    let showing = |second| {
        ledger([
            (1, shown(1, 1, "E1", Some("Wang Wei"), born(1961, 3))),
            (2, shown(2, 2, "E1", Some("Wang Wei"), second)),
        ])
    };
    assert_eq!(members(&showing(born(1984, 11)), a), [a]);
    assert_eq!(members(&showing(born(1961, 4)), a), sorted([a, b]));
    assert_eq!(members(&showing(None), a), sorted([a, b]));
}

#[test]
fn what_people_said_goes_before_what_a_document_says() {
    let (a, b, c) = (profile(1), profile(2), profile(3));
    let facts = [
        (1, passport(1, 1, "E1")),
        (2, passport(2, 3, "E1")),
        (3, link(3, LinkKind::Same, b, c)),
        (4, link(4, LinkKind::Never, a, b)),
    ];
    assert_eq!(members(&ledger(facts), c), sorted([b, c]));
}

#[test]
fn what_never_is_a_profiles_is_not_that_of_its_stays() {
    let property = PropertyId::new("macau").expect("a property");
    let [one, other] = ["r1", "r2"].map(|number| NodeId::Stay(key().stay(&property, number)));
    let (a, b) = (profile(1), profile(2));
    let facts = [
        (1, booking(1, "r1", 1)),
        (2, booking(2, "r2", 2)),
        (3, link(3, LinkKind::Never, a, b)),
        (4, link(4, LinkKind::Same, one, other)),
    ];
    let kept = ledger(facts.clone());
    assert_eq!(members(&kept, one), sorted([a, one]));
    assert_eq!(members(&kept, other), sorted([b, other]));
    // Unless it is the stay itself that is said never to be the profile's.
    let moved = (5, link(5, LinkKind::Never, b, other));
    let moved = ledger(facts.into_iter().chain([moved]));
    assert_eq!(members(&moved, one), sorted([a, one, other]));
    assert_eq!(members(&moved, b), [b]);
}

#[test]
fn a_person_says_what_joins_it() {
    let property = PropertyId::new("macau").expect("a property");
    let stay = key().stay(&property, "r1");
    let facts = [
        (1, booking(1, "r1", 1)),
        (2, passport(2, 1, "E1")),
        (3, passport(3, 2, "E1")),
        (4, link(4, LinkKind::Same, profile(2), profile(3))),
    ];
    let person = person(&ledger(facts), profile(3));
    let (NodeId::Profile(named), carried) = (profile(1), [profile(1), profile(2)]) else {
        unreachable!("a profile is a profile")
    };
    let [Join::Linked(said), rest @ ..] = &person.identity.joins[..] else {
        panic!("what people said comes first: {:?}", person.identity.joins)
    };
    assert_eq!(said.key, event(4));
    let named = Join::Named {
        profile: named,
        stays: [stay].into(),
    };
    let shared = Join::Shared {
        identifier: key().identifier("document", "E1"),
        kind: IdentifierKind::Document,
        nodes: carried.into(),
    };
    assert_eq!(rest, [named, shared]);
}

/// A fact without its number.
#[derive(Debug, Clone)]
enum Said {
    Link(LinkKind, u8, u8),
    Passport(u8, u8, Option<&'static str>, Option<i32>),
    Booking(u8, u8),
    Undo(u16),
}

impl Said {
    fn fact(&self, n: u16) -> Fact {
        match *self {
            Self::Link(kind, a, b) => link(n, kind, profile(a), profile(b)),
            Self::Passport(of, number, name, born) => {
                let born = born.and_then(|year| Day::from_ymd(year, 3, 8));
                shown(n, of, &format!("E{number}"), name, born)
            }
            Self::Booking(number, of) => booking(n, &format!("r{number}"), of),
            Self::Undo(of) => undo(n, &[of]),
        }
    }
}

/// What is on a passport of one of a few people, as well as somebody noted it.
fn a_passport() -> impl Strategy<Value = Said> {
    let names = [
        "Wang Wei",
        "王伟",
        "Maria Lopez",
        "Maria Wang",
        "Ngozi Okafor",
    ];
    let name = prop::option::of(prop::sample::select(names.to_vec()));
    let born = prop::option::weighted(0.3, prop::sample::select(vec![1961, 1984]));
    (0_u8..7, 0_u8..3, name, born)
        .prop_map(|(of, number, name, born)| Said::Passport(of, number, name, born))
}

/// A small world in which everything meets.
fn facts() -> impl Strategy<Value = Vec<(u16, Fact)>> {
    let kind = prop::sample::select(vec![LinkKind::Same, LinkKind::Never]);
    let pair = (0_u8..7, 1_u8..7).prop_map(|(a, step)| (a, (a + step) % 7));
    let said = prop_oneof![
        4 => (kind, pair).prop_map(|(kind, (a, b))| Said::Link(kind, a, b)),
        2 => a_passport(),
        2 => (0_u8..5, 0_u8..7).prop_map(|(number, of)| Said::Booking(number, of)),
        1 => (0_u16..30).prop_map(Said::Undo),
    ];
    prop::collection::vec(said, 1..30).prop_map(|said| {
        (0_u16..)
            .zip(said)
            .map(|(n, said)| (n, said.fact(n)))
            .collect()
    })
}

proptest! {
    #[test]
    fn all_members_have_the_same_person_and_none_that_never_is_one(facts in facts()) {
        let ledger = ledger(facts.clone());
        for node in ledger.nodes() {
            let whole = person(&ledger, node);
            prop_assert!(whole.nodes.contains_key(&node));
            for member in whole.nodes.keys() {
                prop_assert_eq!(&person(&ledger, *member), &whole);
            }
            for kept in &whole.identity.apart {
                prop_assert!(!(whole.nodes.contains_key(&kept.a) && whole.nodes.contains_key(&kept.b)));
            }
        }
    }

    #[test]
    fn no_document_makes_strangers_one(said in prop::collection::vec(a_passport(), 1..12)) {
        // Each is somebody of their own, and all show the same document.
        let of = |(n, said): (u8, Said)| match said {
            Said::Passport(_, _, name, born) => (u16::from(n), Said::Passport(n, 0, name, born).fact(n.into())),
            said => (u16::from(n), said.fact(n.into())),
        };
        let ledger = ledger((0_u8..).zip(said).map(of));
        for node in ledger.nodes() {
            let person = person(&ledger, node);
            let named = |facts: &NodeFacts, name: &str| {
                facts.name.as_ref().and_then(|n| n.full.as_deref()) == Some(name)
            };
            for (one, other) in [("Wang Wei", "Maria Lopez"), ("Maria Wang", "Ngozi Okafor")] {
                let mut all = person.nodes.values();
                let has_one = all.any(|facts| named(facts, one));
                let mut all = person.nodes.values();
                prop_assert!(!(has_one && all.any(|facts| named(facts, other))));
            }
        }
    }

    #[test]
    fn the_order_of_what_is_said_does_not_matter(
        (facts, other) in facts().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle()))
    ) {
        let (one, other) = (ledger(facts), ledger(other));
        for node in one.nodes() {
            prop_assert_eq!(person(&one, node), person(&other, node));
        }
    }

    #[test]
    fn a_link_that_is_undone_leaves_every_person_as_it_was(
        facts in facts(), a in 0_u8..7, b in 0_u8..7, never in any::<bool>()
    ) {
        prop_assume!(a != b);
        let before = ledger(facts.clone());
        let kind = if never { LinkKind::Never } else { LinkKind::Same };
        let said = [(100, link(100, kind, profile(a), profile(b))), (101, undo(101, &[100]))];
        let after = ledger(facts.into_iter().chain(said));
        for node in before.nodes() {
            prop_assert_eq!(person(&before, node), person(&after, node));
        }
    }
}
