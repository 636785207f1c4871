use proptest::prelude::*;

use super::*;
use crate::tests::cards::{self, OUTCOMES, floor, outcome, rule, stay};

const CHANGES: [CardChange; 4] = [
    CardChange::Issued,
    CardChange::Withdrawn,
    CardChange::Escalated,
    CardChange::Expired,
];

fn card(of: u8, change: CardChange, minute: i64) -> (EventKey, CardEvent) {
    (EventKey([of; 16]), cards::card(of, change, minute))
}

/// What became of the one rule's items.
fn of(cards: &[(EventKey, CardEvent)], outcomes: &[OutcomeFact]) -> Followed {
    let all = followed(cards, outcomes, None);
    all.get(&(floor(), rule())).cloned().unwrap_or_default()
}

#[test]
fn each_item_counts_once_in_every_way_it_was_answered() {
    use OutcomeKind::{Acknowledged, Delighted, Delivered, Done};
    let cards = [
        card(1, CardChange::Issued, 10),
        card(1, CardChange::Withdrawn, 11),
        card(1, CardChange::Issued, 12),
        card(2, CardChange::Issued, 20),
    ];
    let outcomes = [
        outcome(1, Delivered, 10),
        outcome(1, Acknowledged, 15),
        outcome(1, Acknowledged, 16),
        outcome(1, Done, 30),
        outcome(1, Delighted, 31),
        outcome(2, Delivered, 21),
        outcome(3, Done, 1),
    ];
    let found = of(&cards, &outcomes);
    assert_eq!(
        (found.issued, found.acknowledged(), found.acted_on),
        (2, 1, 1)
    );
    assert_eq!((found.count(Done), found.count(Delighted)), (1, 1));
    assert_eq!(found.waited_seconds, [180], "from when it had last come");
    assert_eq!(found.count(Delivered), 0, "no person did that");
}

#[test]
fn what_comes_again_after_the_answer_makes_no_difference_to_it() {
    let cards = [
        card(1, CardChange::Issued, 10),
        card(1, CardChange::Issued, 40),
    ];
    let found = of(&cards, &[outcome(1, OutcomeKind::Acknowledged, 12)]);
    assert_eq!(found.waited_seconds, [120]);
}

#[test]
fn whoever_acts_on_a_line_has_seen_it_and_a_clock_behind_is_at_once() {
    let cards = [card(1, CardChange::Issued, 10)];
    let found = of(&cards, &[outcome(1, OutcomeKind::Declined, 9)]);
    assert_eq!(found.waited_seconds, [0]);
}

#[test]
fn what_stood_until_its_stay_ended_expired_unless_somebody_acted_on_it() {
    use CardChange::{Expired, Issued};
    let cards = [card(1, Issued, 10), card(1, Expired, 90)];
    assert!(of(&cards, &[]).is_ignored());
    let seen = outcome(1, OutcomeKind::Acknowledged, 20);
    assert!(of(&cards, std::slice::from_ref(&seen)).is_ignored());
    let done = of(&cards, &[seen, outcome(1, OutcomeKind::Done, 100)]);
    assert_eq!((done.expired, done.is_ignored()), (0, false));
    let waiting = of(&cards[..1], &[]);
    assert!(!waiting.is_ignored(), "its time has not passed");
}

fn check_in_time(escalated: &[i64], answered: &[i64], in_time: u64) {
    let issued = card(1, CardChange::Issued, 10);
    let passed = escalated
        .iter()
        .map(|at| card(1, CardChange::Escalated, *at));
    let cards: Vec<_> = std::iter::once(issued).chain(passed).collect();
    let seen = answered
        .iter()
        .map(|at| outcome(1, OutcomeKind::Acknowledged, *at));
    let found = of(&cards, &seen.collect::<Vec<_>>());
    let told = (found.in_time, found.escalated, found.acknowledged());
    let expected = (
        in_time,
        u64::from(!escalated.is_empty()),
        u64::from(!answered.is_empty()),
    );
    assert_eq!(told, expected, "{escalated:?} {answered:?}");
}

#[test]
fn what_was_seen_before_its_time_had_passed_was_seen_in_time() {
    check_in_time(&[], &[90], 1);
    check_in_time(&[20], &[], 0);
    check_in_time(&[20], &[30], 0);
    check_in_time(&[20], &[20], 1);
    check_in_time(&[40, 20], &[30, 50], 0);
    check_in_time(&[20], &[30, 15], 1);
}

#[test]
fn days_are_those_on_which_an_item_first_came() {
    let day = 24 * 60;
    let cards = [
        card(1, CardChange::Issued, day - 1),
        card(1, CardChange::Issued, day + 1),
        card(2, CardChange::Issued, day),
    ];
    let issued = |first, last| {
        let all = followed(&cards, &[], Some((Day(first), Day(last))));
        all.values().map(|of| of.issued).sum::<u64>()
    };
    assert_eq!(
        (issued(0, 0), issued(1, 1), issued(0, 1), issued(2, 9)),
        (1, 1, 2, 0)
    );
}

fn check_median(waited_seconds: &[u64], median: Option<u64>) {
    let of = Followed {
        waited_seconds: waited_seconds.to_vec(),
        ..Followed::default()
    };
    assert_eq!(of.median_wait_seconds(), median, "{waited_seconds:?}");
}

#[test]
fn a_median_is_the_middle_or_the_mean_of_the_two() {
    check_median(&[], None);
    check_median(&[7], Some(7));
    check_median(&[1, 4], Some(2));
    check_median(&[1, 4, 1000], Some(4));
}

type Told = (Vec<(EventKey, CardEvent)>, Vec<OutcomeFact>);

fn told() -> impl Strategy<Value = Told> {
    let cards = (0_u8..4, 0..CHANGES.len(), 0_i64..5000);
    let outcomes = (0_u8..4, 0..OUTCOMES.len(), 0_i64..5000);
    (
        prop::collection::vec(cards.prop_map(|(of, c, m)| card(of, CHANGES[c], m)), 0..16),
        prop::collection::vec(
            outcomes.prop_map(|(of, k, m)| outcome(of, OUTCOMES[k], m)),
            0..16,
        ),
    )
}

proptest! {
    #[test]
    fn order_and_repetitions_change_nothing(
        (cards, outcomes) in told(),
        days in prop::option::of((0_i32..3).prop_map(|first| (Day(first), Day(first + 1)))),
        again in any::<prop::sample::Index>(),
    ) {
        let once = followed(&cards, &outcomes, days);
        let (mut more_cards, mut more) = (cards.clone(), outcomes.clone());
        if !cards.is_empty() {
            more_cards.push(again.get(&cards).clone());
        }
        if !outcomes.is_empty() {
            more.push(again.get(&outcomes).clone());
        }
        more_cards.reverse();
        more.reverse();
        prop_assert_eq!(once, followed(&more_cards, &more, days));
    }

    #[test]
    fn stays_counted_by_themselves_add_up((cards, outcomes) in told()) {
        let mut sum = ByRule::new();
        for of in 0_u8..4 {
            let cards: Vec<_> = cards.iter().filter(|(_, c)| c.stay == stay(of)).cloned().collect();
            for (rule, part) in followed(&cards, &outcomes, None) {
                sum.entry(rule).or_default().join(part);
            }
        }
        prop_assert_eq!(sum, followed(&cards, &outcomes, None));
    }
}
