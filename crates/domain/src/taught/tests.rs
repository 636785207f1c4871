//! What outcomes say of a guest: by what their item said, in whatever order the two came, for the stay alone where the
//! item was.

use super::*;
use crate::event::{CardClaim, Outcome, StayChange, StayDetails};
use crate::fact::{Fact, StayFact};
use crate::gather::{Gathered, gather};
use crate::identity::{DenyList, person_of};
use crate::ids::{AttributeId, DepartmentId, InstallationKey, PropertyId, Room, RuleId};
use crate::ledger::Ledger;
use crate::profile::Occasion;
use crate::settings::Settings;
use crate::time::{Day, Moment};
use crate::vocabulary::Vocabulary;

const ATTRIBUTE: &str = "dining.cuisine";
const VALUE: &str = "sichuan";

fn at(day: i32) -> Moment {
    Moment {
        utc_micros: i64::from(day) * 86_400_000_000,
        offset_minutes: 0,
    }
}

fn property() -> PropertyId {
    PropertyId::new("macau").unwrap()
}

fn dining() -> DepartmentId {
    DepartmentId::new("dining").unwrap()
}

fn stay(reservation: &str) -> StayId {
    InstallationKey::new([7; 32]).stay(&property(), reservation)
}

fn event(id: &str) -> EventKey {
    EventKey::of("test", id)
}

fn booked(reservation: &str) -> (EventKey, Fact) {
    let fact = StayFact {
        key: event(reservation),
        stay: stay(reservation),
        property: property(),
        reservation: reservation.into(),
        occurred_at: at(1),
        guest: None,
        change: StayChange::CheckedIn {
            room: Room::new("1012").unwrap(),
            details: StayDetails::default(),
        },
    };
    (fact.key, Fact::Stay(fact))
}

fn item(reservation: &str) -> ItemId {
    let rule = RuleId::new("cuisine").unwrap();
    ItemId::of(stay(reservation), &dining(), &rule, &[(ATTRIBUTE, VALUE)])
}

fn issued(id: &str, revision: u64, says: Says, is_for_this_stay: bool) -> (EventKey, Fact) {
    let card = CardEvent {
        stay: stay("a"),
        department: dining(),
        revision,
        change: CardChange::Issued,
        items: vec![CardItem {
            item: item("a"),
            rule: RuleId::new("cuisine").unwrap(),
            claims: vec![CardClaim {
                attribute: AttributeId::new(ATTRIBUTE).unwrap(),
                value: VALUE.into(),
                says,
            }],
            is_for_this_stay,
        }],
        occurred_at: at(1),
    };
    (event(id), Fact::Card(card))
}

fn became(id: &str, outcome: OutcomeKind) -> (EventKey, Fact) {
    let fact = OutcomeFact {
        key: event(id),
        property: property(),
        department: dining(),
        outcome: Outcome {
            stay: stay("a"),
            item: item("a"),
            outcome,
            occurred_at: at(2),
            by: Some("waiter-7".into()),
            note: None,
        },
    };
    (fact.key, Fact::Outcome(fact))
}

/// What is gathered for the stay from these facts, the same in either order.
fn gathered(facts: &[(EventKey, Fact)]) -> Gathered {
    let gathered = |facts: &mut dyn Iterator<Item = &(EventKey, Fact)>| {
        let mut ledger = Ledger::default();
        for (key, fact) in facts {
            ledger.record(*key, fact.clone());
        }
        let deny = DenyList::default();
        let settings = Settings::new(&deny, Vocabulary::embedded());
        let Ok(person) = person_of(&ledger, &deny, NodeId::Stay(stay("a")));
        let occasion = Occasion {
            property: property(),
            stay: Some(stay("a")),
            as_of: Day(3),
        };
        let Ok(gathered) = gather(&ledger, &settings, &person, &occasion);
        gathered
    };
    let forwards = gathered(&mut facts.iter());
    assert_eq!(gathered(&mut facts.iter().rev()), forwards);
    forwards
}

fn check(outcome: OutcomeKind, says: Says, expected: Option<Polarity>) {
    let facts = [
        booked("a"),
        issued("1", 1, says, false),
        became("2", outcome),
    ];
    let gathered = gathered(&facts);
    let evidence: Vec<_> = gathered.evidence.values().flatten().collect();
    let said: Vec<_> = evidence.iter().map(|e| (&*e.value, e.polarity)).collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|polarity| (VALUE, polarity))
        .collect();
    assert_eq!(said, expected, "{outcome:?} of what is {says:?}");
    for e in evidence {
        assert_eq!(
            (e.source, e.stay, e.observed_at),
            (Source::Observed, Some(stay("a")), at(2))
        );
        assert_eq!((e.department.as_str(), e.id.event), ("dining", event("2")));
    }
}

#[test]
fn delight_speaks_for_what_was_suggested_and_declining_against_it() {
    use OutcomeKind::{Acknowledged, Declined, Delighted, Delivered, Done, NotPossible, Wrong};
    check(Delighted, Says::Wanted, Some(Polarity::For));
    check(Declined, Says::Wanted, Some(Polarity::Against));
    check(Delighted, Says::Unwanted, Some(Polarity::Against));
    check(Declined, Says::Unwanted, Some(Polarity::For));
    for outcome in [Delighted, Declined] {
        check(outcome, Says::Neither, None);
    }
    for outcome in [Delivered, Acknowledged, Done, NotPossible, Wrong] {
        check(outcome, Says::Wanted, None);
    }
}

#[test]
fn an_outcome_of_what_was_never_issued_says_nothing() {
    let gathered = gathered(&[booked("a"), became("2", OutcomeKind::Delighted)]);
    assert!(gathered.evidence.is_empty());
}

#[test]
fn an_item_for_the_stay_alone_teaches_for_the_stay_alone() {
    let facts = [
        booked("a"),
        issued("1", 1, Says::Wanted, true),
        became("2", OutcomeKind::Declined),
    ];
    let gathered = gathered(&facts);
    assert!(gathered.evidence.is_empty());
    assert_eq!(gathered.wishes.values().flatten().count(), 1);
}

#[test]
fn what_an_item_said_last_is_what_its_outcome_is_of() {
    let facts = [
        booked("a"),
        issued("1", 1, Says::Unwanted, true),
        became("2", OutcomeKind::Delighted),
        issued("3", 2, Says::Wanted, false),
    ];
    let gathered = gathered(&facts);
    let mut evidence = gathered.evidence.values().flatten();
    assert_eq!(evidence.next().unwrap().polarity, Polarity::For);
}

#[test]
fn of_what_was_said_of_an_item_the_last_counts() {
    let mut later = became("3", OutcomeKind::Declined);
    let Fact::Outcome(fact) = &mut later.1 else {
        panic!("an outcome is an outcome");
    };
    fact.outcome.occurred_at = at(3);
    let facts = [
        booked("a"),
        issued("1", 1, Says::Wanted, false),
        became("2", OutcomeKind::Delighted),
        later,
    ];
    let gathered = gathered(&facts);
    let evidence: Vec<_> = gathered.evidence.values().flatten().collect();
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].id.event, event("3"));
}

#[test]
fn another_hotel_says_nothing_of_a_stay() {
    let mut elsewhere = became("2", OutcomeKind::Delighted);
    let Fact::Outcome(fact) = &mut elsewhere.1 else {
        panic!("an outcome is an outcome");
    };
    fact.property = PropertyId::new("lisbon").unwrap();
    let facts = [booked("a"), issued("1", 1, Says::Wanted, false), elsewhere];
    assert!(gathered(&facts).evidence.is_empty());
}
