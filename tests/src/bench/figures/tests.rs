//! Medians, percentiles and aims.

use std::time::Duration;

use super::*;

#[test]
fn the_median_lies_in_the_middle() {
    for (figures, median) in [
        (vec![3.0], 3.0),
        (vec![9.0, 1.0, 2.0], 2.0),
        (vec![4.0, 1.0, 2.0, 3.0], 2.5),
    ] {
        assert_eq!(
            Measure::of("m", "u", figures.clone()).median,
            median,
            "{figures:?}"
        );
    }
}

#[test]
fn percentiles_are_taken_round_by_round() {
    let round = |from: u64| {
        (from..from + 100)
            .rev()
            .map(Duration::from_millis)
            .collect()
    };
    let p99 = Measure::percentile("m", 99, &[round(1), round(101), round(51)]);
    assert_eq!(p99.rounds, [100.0, 200.0, 150.0]);
    assert_eq!((p99.median, p99.min, p99.max), (150.0, 100.0, 200.0));
}

#[test]
fn an_aim_includes_its_bound() {
    assert!(Aim::AtLeast(0.7).is_met_by(0.7));
    assert!(!Aim::AtLeast(0.7).is_met_by(0.69));
    assert!(Aim::AtMost(3.0).is_met_by(3.0));
    assert!(!Aim::AtMost(3.0).is_met_by(3.01));
}

#[test]
fn a_ratio_is_that_of_the_medians_with_the_spread_of_the_rounds() {
    let mut section = Section::new("s");
    let a = Measure::of("a", "u", vec![2.0, 4.0, 6.0]);
    let b = Measure::of("b", "u", vec![4.0, 2.0, 2.0]);
    section.compare("a over b", &a, &b, Some(Aim::AtMost(1.0)));
    let ratio = &section.ratios[0];
    assert_eq!((ratio.value, ratio.min, ratio.max), (2.0, 0.5, 3.0));
    assert_eq!(ratio.met, Some(false));
}
