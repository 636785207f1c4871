//! Pairs of stays, and whether they stay together; told of either, and in either order of their events.

use std::convert::Infallible;

use super::*;
use crate::event::{StayChange, StayDetails};
use crate::fact::{Fact, StayFact};
use crate::ids::{EventKey, PropertyId, Room};
use crate::ledger::Ledger;
use crate::time::{Day, Moment};

const HOUR_MICROS: i64 = 3_600_000_000;

fn id(reservation: u8) -> StayId {
    StayId([reservation; 16])
}

/// What a word says, `day` days on: `P-3 0 2` booked under that number from day 0 to day 2, `in 101`, `to 102`, `out`.
fn change(words: &str) -> StayChange {
    let words: Vec<&str> = words.split(' ').collect();
    let room = |text: &str| Room::new(text).expect("a room");
    match words[..] {
        ["in", number] => StayChange::CheckedIn {
            room: room(number),
            details: StayDetails::default(),
        },
        ["to", number] => StayChange::RoomMoved { room: room(number) },
        ["out"] => StayChange::CheckedOut,
        [party, from, to] => StayChange::Amended(StayDetails {
            arrival: Some(Day(from.parse().expect("a day"))),
            departure: Some(Day(to.parse().expect("a day"))),
            party: (party != "-").then(|| party.into()),
            ..StayDetails::default()
        }),
        _ => panic!("not a change: {words:?}"),
    }
}

/// What happens to a stay: hours and words.
type Life<'a> = &'a [(i64, &'a str)];

fn facts(reservation: u8, property: &str, life: Life<'_>) -> Vec<StayFact> {
    let fact = |(number, (hours, words)): (usize, &(i64, &str))| StayFact {
        key: EventKey::of(&reservation.to_string(), &number.to_string()),
        stay: id(reservation),
        property: PropertyId::new(property).expect("a property"),
        reservation: reservation.to_string().into(),
        occurred_at: Moment {
            utc_micros: hours * HOUR_MICROS,
            offset_minutes: 0,
        },
        change: change(words),
        guest: None,
    };
    life.iter().enumerate().map(fact).collect()
}

fn ledger(facts: impl Iterator<Item = StayFact>) -> Ledger {
    let mut ledger = Ledger::default();
    for fact in facts {
        ledger.record(fact.key, Fact::Stay(fact));
    }
    ledger
}

fn of(ledger: &Ledger, reservation: u8) -> Vec<StayId> {
    let Ok::<_, Infallible>(stay) = ledger.stay(id(reservation));
    let Ok::<_, Infallible>(companions) = companions(ledger, &stay.expect("it has facts"));
    companions.into_keys().collect()
}

fn check(a: Life<'_>, b: Life<'_>, together: bool) {
    check_at(("macau", a), ("macau", b), together);
}

fn check_at((at_a, a): (&str, Life<'_>), (at_b, b): (&str, Life<'_>), together: bool) {
    let facts = [facts(1, at_a, a), facts(2, at_b, b)].concat();
    let ways = [
        ledger(facts.iter().cloned()),
        ledger(facts.iter().rev().cloned()),
    ];
    for ledger in &ways {
        for (one, other) in [(1, 2), (2, 1)] {
            let expected = if together { vec![id(other)] } else { vec![] };
            assert_eq!(of(ledger, one), expected, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn a_number_makes_a_party_of_those_who_are_there_on_the_same_days() {
    check(&[(0, "P-3 0 2")], &[(0, "P-3 1 4")], true);
    check(&[(0, "P-3 0 2")], &[(0, "P-3 2 4")], true);
    check(&[(0, "P-3 0 2")], &[(0, "P-3 3 4")], false);
    check(&[(0, "P-3 0 2")], &[(0, "P-4 0 2")], false);
    check(&[(0, "- 0 2")], &[(0, "- 0 2")], false);
}

#[test]
fn the_newest_revision_says_which_party_it_is() {
    check(&[(0, "P-3 0 2"), (1, "P-4 0 2")], &[(0, "P-3 0 2")], false);
    check(&[(0, "P-4 0 2"), (1, "P-3 0 2")], &[(0, "P-3 0 2")], true);
}

#[test]
fn a_number_is_its_propertys_own() {
    let life: Life<'_> = &[(0, "P-3 0 2"), (1, "in 101")];
    check_at(("macau", life), ("harbour", life), false);
}

#[test]
fn who_shares_a_room_is_together_from_one_check_in_to_the_other_departure() {
    let first: Life<'_> = &[(0, "- 0 2"), (1, "in 101"), (5, "out")];
    check(first, &[(0, "- 0 2"), (2, "in 101")], true);
    check(first, &[(0, "- 0 2"), (5, "in 101")], false);
    check(first, &[(0, "- 0 2"), (2, "in 102")], false);
    check(first, &[(0, "- 0 2"), (2, "in 102"), (4, "to 101")], true);
    check(first, &[(0, "- 0 2"), (2, "in 102"), (6, "to 101")], false);
}

#[test]
fn a_number_that_too_many_carry_makes_no_party() {
    let most = u8::try_from(PARTY_STAYS_MAX).expect("few");
    for (stays, companions) in [(most, PARTY_STAYS_MAX - 1), (most + 1, 1)] {
        let lives = (1..=stays).flat_map(|reservation| {
            // Two of them share a room, whatever the number says.
            let number = if reservation < 3 { "in 101" } else { "out" };
            facts(reservation, "macau", &[(0, "P-3 0 2"), (1, number)])
        });
        assert_eq!(of(&ledger(lives), 1).len(), companions, "{stays} stays");
    }
}
