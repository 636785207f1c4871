//! Laws of the fold that vectors cannot show: whatever the evidence, in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Base, Piece, Terms, live, multi, single, weights};
use crate::event::{Polarity, Purpose, Source};
use crate::time::Day;

const VALUES: [&str; 4] = ["north", "east", "south", "west"];

fn purpose() -> impl Strategy<Value = Option<Purpose>> {
    let some = prop_oneof![
        Just(Purpose::Business),
        Just(Purpose::Leisure),
        Just(Purpose::Family)
    ];
    prop::option::of(some)
}

fn on(as_of: i32, half_life_days: u32) -> Terms {
    Terms {
        as_of: Day(as_of),
        half_life_days,
        purpose: Some(Purpose::Business),
    }
}

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
        purpose(),
    )
        .prop_map(|(id, day, value, polarity, source, stay, purpose)| Piece {
            id,
            day: Day(day),
            value: VALUES[value],
            polarity,
            source,
            stay,
            purpose,
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
        let terms = on(800, 365);
        prop_assert_eq!(multi(&pieces, &terms, 100_000), multi(&other, &terms, 100_000));
        for base in [closed(), Base::Open(100_000)] {
            prop_assert_eq!(single(&pieces, &terms, &base), single(&other, &terms, &base));
        }
    }

    #[test]
    fn the_future_changes_nothing_today(pieces in pieces()) {
        let today = on(450, 365);
        let past: Vec<_> = pieces.iter().filter(|p| p.day <= today.as_of).cloned().collect();
        prop_assert_eq!(multi(&pieces, &today, 100_000), multi(&past, &today, 100_000));
        prop_assert_eq!(single(&pieces, &today, &closed()), single(&past, &today, &closed()));
    }

    #[test]
    fn beliefs_are_shares_of_one(pieces in pieces()) {
        let folded = single(&pieces, &on(900, 365), &closed());
        let sum: u64 = folded.p_ppm.values().map(|p| u64::from(*p)).sum();
        prop_assert!(sum <= 1_000_000 && sum + 4 > 1_000_000, "{sum}");
        for value in multi(&pieces, &on(900, 365), 100_000).values() {
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
            multi(of, &on(900, 365), 100_000).get(more.value).map_or(100_000, |v| v.p_ppm)
        };
        prop_assert!(p(&after) >= p(&before));
    }

    #[test]
    fn another_purpose_weighs_less_and_never_nothing(
        pieces in pieces(),
        asked in purpose(),
        as_of in prop_oneof![900..1_000, 15_000..16_500],
    ) {
        let plain = Terms { purpose: None, ..on(as_of, 500) };
        let live = live(&pieces, plain.as_of);
        let without = weights(&live, &plain, false);
        let with = weights(&live, &Terms { purpose: asked, ..plain }, false);
        for (piece, (without, with)) in live.iter().zip(without.into_iter().zip(with)) {
            let other = asked.is_some() && piece.purpose.is_some() && asked != piece.purpose;
            prop_assert_eq!(with == 0, without == 0);
            prop_assert!(with == without || other, "{:?}", piece);
            prop_assert!(with < without || without <= 1 || !other, "{:?}", piece);
        }
    }
}
