//! Laws of the fold that vectors cannot show: whatever the evidence, in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Base, Piece, multi, single};
use crate::event::{Polarity, Source};
use crate::time::Day;

const VALUES: [&str; 4] = ["north", "east", "south", "west"];

fn piece() -> impl Strategy<Value = Piece<'static, u16, u8>> {
    let source = prop_oneof![
        Just(Source::Stated),
        Just(Source::Observed),
        Just(Source::Inferred)
    ];
    let polarity = prop_oneof![3 => Just(Polarity::For), 1 => Just(Polarity::Against)];
    (
        any::<u16>(),
        0..900,
        0..VALUES.len(),
        polarity,
        source,
        prop::option::of(0..6_u8),
    )
        .prop_map(|(id, day, value, polarity, source, stay)| Piece {
            id,
            day: Day(day),
            value: VALUES[value],
            polarity,
            source,
            stay,
        })
}

/// Pieces with ids of their own: what two pieces under one id mean is decided before the fold.
fn pieces() -> impl Strategy<Value = Vec<Piece<'static, u16, u8>>> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| {
        let by_id: BTreeMap<u16, _> = pieces.into_iter().map(|p| (p.id, p)).collect();
        by_id.into_values().collect()
    })
}

fn closed() -> Base<'static> {
    Base::Closed(VALUES.iter().map(|v| (*v, 250_000)).collect())
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(pieces in pieces(), seed in any::<u64>()) {
        let mut other = pieces.clone();
        other.extend(pieces.iter().take(3).cloned());
        let by = |p: &Piece<'_, u16, u8>| (u64::from(p.id) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        other.sort_by_key(by);
        let as_of = Day(800);
        prop_assert_eq!(multi(&pieces, as_of, 365, 100_000), multi(&other, as_of, 365, 100_000));
        for base in [closed(), Base::Open(100_000)] {
            prop_assert_eq!(single(&pieces, as_of, 730, &base), single(&other, as_of, 730, &base));
        }
    }

    #[test]
    fn the_future_changes_nothing_today(pieces in pieces()) {
        let today = Day(450);
        let past: Vec<_> = pieces.iter().filter(|p| p.day <= today).cloned().collect();
        prop_assert_eq!(multi(&pieces, today, 365, 100_000), multi(&past, today, 365, 100_000));
        prop_assert_eq!(single(&pieces, today, 365, &closed()), single(&past, today, 365, &closed()));
    }

    #[test]
    fn beliefs_are_shares_of_one(pieces in pieces()) {
        let folded = single(&pieces, Day(900), 365, &closed());
        let sum: u64 = folded.p_ppm.values().map(|p| u64::from(*p)).sum();
        prop_assert!(sum <= 1_000_000 && sum + 4 > 1_000_000, "{sum}");
        for value in multi(&pieces, Day(900), 365, 100_000).values() {
            prop_assert!(value.p_ppm <= 1_000_000 && value.confidence_ppm < 1_000_000);
        }
    }

    #[test]
    fn one_more_sign_for_a_value_never_lowers_it(pieces in pieces(), mut more in piece()) {
        more.polarity = Polarity::For;
        more.id = 0;
        let before: Vec<_> = pieces.into_iter().filter(|p| p.id != 0).collect();
        let mut after = before.clone();
        after.push(more.clone());
        let p = |of: &[Piece<'static, u16, u8>]| {
            multi(of, Day(900), 365, 100_000).get(more.value).map_or(100_000, |v| v.p_ppm)
        };
        prop_assert!(p(&after) >= p(&before));
    }
}
