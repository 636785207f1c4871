use proptest::prelude::*;

use super::*;
use crate::tests::cards::{self, OUTCOMES, card, outcome};

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
        told in prop::collection::vec((0_usize..4, prop::option::of(0_usize..OUTCOMES.len())), 0..40),
    ) {
        let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
        let mut total = Tally::default();
        for (item, outcome) in told {
            let fate = fates.entry(item).or_default();
            let before = fate.tally();
            match outcome {
                Some(kind) => drop(fate.outcomes.insert(OUTCOMES[kind])),
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

/// When each that was shown last was, in minutes, and in how many stays the guest did not want it.
fn found(cards: &[CardEvent], outcomes: &[OutcomeFact]) -> Vec<(i64, u32)> {
    let shown = shown(cards, outcomes);
    let found = shown
        .iter()
        .map(|s| (s.last.seconds_since(cards::at(0)) / 60, s.declined));
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
