use proptest::prelude::*;

use super::*;
use crate::event::{CardClaim, CardItem, Outcome, Says};
use crate::ids::{EventKey, PropertyId, StayId};

const KINDS: [OutcomeKind; 7] = [
    OutcomeKind::Delivered,
    OutcomeKind::Acknowledged,
    OutcomeKind::Done,
    OutcomeKind::Declined,
    OutcomeKind::Delighted,
    OutcomeKind::NotPossible,
    OutcomeKind::Wrong,
];

fn check(outcomes: &[OutcomeKind], expired: bool, taken_up: u64, turned_down: u64) {
    let fate = Fate {
        outcomes: outcomes.iter().copied().collect(),
        expired,
    };
    let tally = Tally {
        taken_up,
        turned_down,
    };
    assert_eq!(fate.tally(), tally, "{fate:?}");
}

#[test]
fn each_outcome_counts_once_and_in_quarters() {
    use OutcomeKind::{Acknowledged, Declined, Delighted, Delivered, Done, NotPossible, Wrong};
    check(&[], false, 0, 0);
    check(&[], true, 0, 1);
    check(&[Delivered, Acknowledged], true, 0, 1);
    check(&[Done], true, 4, 0);
    check(&[Done, Done, Delighted], false, 8, 0);
    check(&[Declined], true, 0, 4);
    check(&[NotPossible], true, 0, 0);
    check(&[Wrong], true, 0, 0);
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_what_every_item_came_to(
        told in prop::collection::vec((0_usize..4, prop::option::of(0_usize..KINDS.len())), 0..40),
    ) {
        let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
        let mut total = Tally::default();
        for (item, outcome) in told {
            let fate = fates.entry(item).or_default();
            let before = fate.tally();
            match outcome {
                Some(kind) => drop(fate.outcomes.insert(KINDS[kind])),
                None => fate.expired = true,
            }
            total = total.replacing(before, fate.tally());
        }
        let sum = fates.values().map(Fate::tally).fold(Tally::default(), |sum, tally| Tally {
            taken_up: sum.taken_up + tally.taken_up,
            turned_down: sum.turned_down + tally.turned_down,
        });
        prop_assert_eq!(total, sum);
    }
}

const HOUR_MICROS: i64 = 3_600_000_000;

fn at(hour: i64) -> Moment {
    Moment {
        utc_micros: hour * HOUR_MICROS,
        offset_minutes: 480,
    }
}

fn stay(n: u8) -> StayId {
    StayId([n; 16])
}

fn item(of: StayId) -> CardItem {
    let (attribute, value) = ("room.facing", "south");
    let rule = RuleId::new("facing").unwrap();
    CardItem {
        item: ItemId::of(of, &floor(), &rule, &[(attribute, value)]),
        rule,
        claims: vec![CardClaim {
            attribute: AttributeId::new(attribute).unwrap(),
            value: value.into(),
            says: Says::Wanted,
        }],
        is_for_this_stay: false,
    }
}

fn floor() -> DepartmentId {
    DepartmentId::new("floor").unwrap()
}

fn card(of: u8, change: CardChange, hour: i64) -> CardEvent {
    CardEvent {
        stay: stay(of),
        department: floor(),
        revision: 1,
        change,
        items: vec![item(stay(of))],
        occurred_at: at(hour),
    }
}

fn outcome(of: u8, outcome: OutcomeKind, hour: i64) -> OutcomeFact {
    OutcomeFact {
        key: EventKey([of; 16]),
        property: PropertyId::new("macau").unwrap(),
        department: floor(),
        outcome: Outcome {
            stay: stay(of),
            item: item(stay(of)).item,
            outcome,
            occurred_at: at(hour),
            by: None,
            note: None,
        },
    }
}

fn found(cards: &[CardEvent], outcomes: &[OutcomeFact]) -> Vec<(i64, u32)> {
    let shown = shown(cards, outcomes);
    let found = shown
        .iter()
        .map(|s| (s.last.utc_micros / HOUR_MICROS, s.declined));
    found.collect()
}

#[test]
fn the_same_said_in_several_stays_was_shown_until_it_last_went() {
    use CardChange::{Expired, Issued, Withdrawn};
    let cards = [
        card(1, Issued, 10),
        card(1, Expired, 60),
        card(2, Issued, 100),
        card(2, Withdrawn, 90),
    ];
    assert_eq!(found(&cards, &[]), [(100, 0)]);
    assert_eq!(found(&cards[..2], &[]), [(60, 0)]);
    assert_eq!(
        found(&cards[1..2], &[]),
        [],
        "nothing says that it was shown"
    );
}

#[test]
fn a_guest_who_did_not_want_it_is_counted_once_a_stay() {
    use OutcomeKind::{Declined, Done};
    let cards = [
        card(1, CardChange::Issued, 10),
        card(2, CardChange::Issued, 20),
    ];
    let outcomes = [
        outcome(1, Declined, 30),
        outcome(1, Declined, 31),
        outcome(2, Done, 40),
        outcome(3, Declined, 50),
    ];
    assert_eq!(found(&cards, &outcomes), [(40, 1)]);
    let both = [outcome(1, Declined, 30), outcome(2, Declined, 40)];
    assert_eq!(found(&cards, &both), [(40, 2)]);
}
