//! Random records, and what holds of pools of them.

use cardex_domain::identity::DenyList;
use proptest::prelude::*;

use crate::{Effort, Part, Pool, Quality, Record, Weighed, Weights, fit};

/// What may be said of somebody, with few values so that some agree.
pub(crate) fn all_parts() -> impl Strategy<Value = Vec<(Part, String)>> {
    let names = [
        "Anna", "Ana", "Smith", "Smyth", "Łukasz", "曾", "单", "伟明", "偉明", "Weiming", "Zeng",
        "J", "",
    ];
    let codes = [
        "1980-03-04",
        "1980-04-03",
        "1981-03-04",
        "4050-262",
        "4050",
        "+351220001234",
        "220001234",
        "12",
        "",
    ];
    let others = [
        "anna@x.test",
        "anna@y.test",
        "Lotus Ltd",
        "12 High St",
        "High Street 12",
        "Porto",
        "PT",
        "f",
        "",
    ];
    let one_of = |texts: &'static [&'static str]| proptest::sample::select(texts);
    let said: Vec<_> = Part::ALL
        .iter()
        .map(|part| {
            let texts: &'static [&'static str] = match part {
                Part::Name | Part::Family | Part::Given => Box::leak(Box::new(names)),
                Part::Birth | Part::Phone | Part::Postcode | Part::House => {
                    Box::leak(Box::new(codes))
                }
                _ => Box::leak(Box::new(others)),
            };
            one_of(texts).prop_map(move |text| (*part, text.to_owned()))
        })
        .collect();
    said
}

/// So many random records.
pub(crate) fn records(count: usize) -> impl Strategy<Value = Vec<Record>> {
    let record = all_parts().prop_map(|said| {
        let said: Vec<(Part, &str)> = said
            .iter()
            .map(|(part, text)| (*part, text.as_str()))
            .collect();
        Record::of(&said, &DenyList::default())
    });
    proptest::collection::vec(record, count)
}

/// The pairs by what is said, so that places don't matter.
fn found(records: Vec<Record>, weights: &Weights) -> Vec<(Record, Record, u64)> {
    let pool = Pool::new(records, Effort::ALONE);
    let pairs = pool.pairs(&pool.matcher(weights), 0.0, Effort::ALONE);
    let mut found: Vec<_> = pairs
        .iter()
        .map(|pair| {
            let (a, b) = (
                pool.records()[pair.a as usize].clone(),
                pool.records()[pair.b as usize].clone(),
            );
            (a.clone().min(b.clone()), a.max(b), pair.posterior.to_bits())
        })
        .collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_order_of_records_makes_no_difference(records in records(60), turn in 1_usize..59) {
        let mut turned = records.clone();
        turned.rotate_left(turn);
        turned.reverse();
        let weights = fit(&Pool::new(records.clone(), Effort::ALONE), Weights::embedded(), Effort::ALONE);
        let again = fit(&Pool::new(turned.clone(), Effort::ALONE), Weights::embedded(), Effort::ALONE);
        prop_assert_eq!(weights.text(), again.text());
        prop_assert_eq!(found(records, &weights), found(turned, &weights));
    }
}

#[test]
fn large_blocks_are_compared_between_neighbours_and_in_any_order() {
    let record = |i: u32| {
        let given = format!(
            "Anna{}",
            char::from_u32(u32::from('a') + i % 26).expect("a letter")
        );
        let said = [
            (Part::Family, "Smith"),
            (Part::Given, given.as_str()),
            (Part::Birth, &format!("19{:02}-03-04", i % 90)),
        ];
        Record::of(&said, &DenyList::default())
    };
    let mut records: Vec<Record> = (0..500).map(record).collect();
    let forwards = found(records.clone(), Weights::embedded());
    records.reverse();
    assert_eq!(forwards, found(records, Weights::embedded()));
    assert!(
        forwards.len() < 500 * 100,
        "{} of {} pairs",
        forwards.len(),
        500 * 499 / 2
    );
}

#[test]
fn threads_make_no_difference() {
    let record = |i: u32| {
        let said = [
            (Part::Family, format!("Smith{}", i % 700)),
            (Part::Phone, format!("2200{:05}", i % 900)),
        ];
        let said: Vec<(Part, &str)> = said
            .iter()
            .map(|(part, text)| (*part, text.as_str()))
            .collect();
        Record::of(&said, &DenyList::default())
    };
    let many = Effort {
        threads: std::num::NonZeroUsize::new(3).expect("not zero"),
        ..Effort::ALONE
    };
    let pool = |effort| Pool::new((0..5000).map(record).collect(), effort);
    let (alone, together) = (pool(Effort::ALONE), pool(many));
    let matcher = alone.matcher(Weights::embedded());
    let pairs = alone.pairs(&matcher, 0.0, Effort::ALONE);
    assert!(!pairs.is_empty());
    assert_eq!(pairs, together.pairs(&matcher, 0.0, many));
    assert_eq!(alone.candidates(many), pairs.len() as u64);
    let [one, other] = [(&alone, Effort::ALONE), (&together, many)]
        .map(|(pool, effort)| fit(pool, Weights::embedded(), effort));
    assert_eq!(one.text(), other.text());
}

#[test]
fn quality_is_counted_at_every_threshold() {
    let weighed = [
        (0.999, true),
        (0.99, true),
        (0.9, false),
        (0.9, true),
        (0.2, false),
    ]
    .map(|(posterior, one_person)| Weighed {
        posterior,
        one_person,
    });
    let quality = Quality::of(weighed.to_vec(), 4);
    let at = |threshold| quality.at(threshold);
    assert_eq!((at(0.99).right, at(0.99).wrong, at(0.99).missed), (2, 0, 2));
    assert_eq!((at(0.5).right, at(0.5).wrong, at(0.5).missed), (3, 1, 1));
    assert_eq!(at(0.99).precision().to_bits(), 1.0_f64.to_bits());
    assert_eq!(quality.best().threshold.to_bits(), 0.9_f64.to_bits());
    assert!((quality.best().f1() - 0.75).abs() < 1e-9);
}
