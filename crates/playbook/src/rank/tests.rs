use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn equal_scores_go_by_id() {
    assert!(order(1, 5, "a") < order(1, 5, "b"));
    assert!(order(1, 6, "b") < order(1, 5, "a"));
    assert!(order(0, -9, "b") < order(1, 5, "a"));
}

proptest! {
    #[test]
    fn a_board_holds_six_beside_safety_and_two_of_a_category(
        items in prop::collection::vec((0_u8..3, 0_usize..5), 0..60),
    ) {
        let categories = ["a", "b", "c", "d", "e"];
        let fits = fits(items.iter().map(|(tier, category)| (*tier, categories[*category])));
        let shown: Vec<_> = items.iter().zip(&fits).filter(|(_, fits)| **fits).map(|(item, _)| item).collect();
        let (safety, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(tier, _)| *tier == SAFETY_TIER);
        prop_assert_eq!(safety.len(), items.iter().filter(|(tier, _)| *tier == SAFETY_TIER).count());
        prop_assert!(others.len() <= MAX_ITEMS);
        let used: BTreeSet<usize> = others.iter().map(|(_, category)| *category).collect();
        for category in used {
            let same = others.iter().filter(|(_, c)| *c == category).count();
            prop_assert!(same <= MAX_ITEMS_PER_CATEGORY);
        }
    }
}

fn any_factors() -> impl Strategy<Value = Factors> {
    let counts = (0_u64..400, 0_u64..400);
    let worth = (1_u32..=10, 0_u32..=10, 1_u32..=100);
    let before = (prop::option::of(0_u32..400), 0_u32..4);
    (0_u32..=1_000_000, counts, worth, before).prop_map(
        |(
            probability_ppm,
            (taken_up, turned_down),
            (benefit, cost, urgency_percent),
            (shown_days_ago, declines),
        )| {
            Factors::from(Ranking {
                probability_ppm,
                tally: Tally {
                    taken_up,
                    turned_down,
                },
                benefit,
                cost,
                urgency_percent,
                shown_days_ago,
                declines,
            })
        },
    )
}

proptest! {
    #[test]
    fn being_surer_never_lowers_an_item(factors in any_factors(), surer in 0.0_f64..=1.0) {
        let surer = Factors {
            probability: factors.probability + (1.0 - factors.probability) * surer,
            ..factors
        };
        let shown = factors.expected_value() > 0.0;
        prop_assert!(!shown || surer.expected_value() > 0.0);
        prop_assert!(!shown || surer.score_micros() >= factors.score_micros());
    }

    #[test]
    fn what_is_taken_up_more_often_is_never_lowered(factors in any_factors(), more in 0_u32..40) {
        let mut liked = factors;
        liked.acceptance.a += f64::from(more);
        // The optimistic end may fall while little is known; from what is known well it never does.
        if factors.acceptance.a >= 4.0 && factors.expected_value() > 0.0 {
            prop_assert!(liked.score_micros() >= factors.score_micros());
        }
    }
}
