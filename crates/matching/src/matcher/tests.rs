use cardex_domain::identity::DenyList;
use proptest::prelude::*;

use super::*;
use crate::field::Part;
use crate::tests::{all_parts, records};
use crate::weights::Weights;

fn record(said: &[(Part, &str)]) -> Record {
    Record::of(said, &DenyList::default())
}

fn matcher() -> Matcher {
    Matcher::new(Weights::embedded(), 10_000)
}

fn with(said: &[(Part, &'static str)], other: &[(Part, &'static str)]) -> Record {
    record(&[said, other].concat())
}

const ANNA: &[(Part, &str)] = &[
    (Part::Family, "Lindqvist"),
    (Part::Given, "Anna"),
    (Part::Birth, "1980-03-04"),
];

#[test]
fn name_and_birth_date_alone_never_link() {
    let (a, b) = (record(ANNA), record(ANNA));
    // However few are recorded, and however rare the name is.
    for population in [1, 1_000, 1_000_000] {
        let many: Vec<Record> = (0..2000)
            .map(|_| record(&[(Part::Family, "Smith"), (Part::Given, "Jo")]))
            .collect();
        let matcher =
            Matcher::new(Weights::embedded(), population).with_frequencies(Frequencies::of(&many));
        let scored = matcher.compare(&a, &b);
        assert_eq!(scored.held, Some(Held::NameAndBirthAlone));
        assert_eq!(scored.verdict, Verdict::Review);
    }
}

#[test]
fn neither_nationality_gender_nor_region_makes_up_for_it() {
    let same = [
        (Part::Nationality, "PT"),
        (Part::Gender, "f"),
        (Part::Region, "Norte"),
    ];
    let scored = matcher().compare(&with(ANNA, &same), &with(ANNA, &same));
    assert_eq!(
        (scored.verdict, scored.held),
        (Verdict::Review, Some(Held::NameAndBirthAlone))
    );
}

#[test]
fn an_independent_field_does() {
    for independent in [
        (Part::Phone, "+351 22 000 1234"),
        (Part::Email, "anna@x.test"),
        (Part::Street, "12 Rua das Flores"),
        (Part::Company, "Lotus Trading"),
    ] {
        let it = with(ANNA, &[independent]);
        assert_eq!(
            matcher().compare(&it, &it).verdict,
            Verdict::Automatic,
            "{}",
            independent.0
        );
    }
}

const HOME: &[(Part, &str)] = &[
    (Part::Street, "12 Rua das Flores"),
    (Part::Postcode, "4050-262"),
    (Part::City, "Porto"),
    (Part::Phone, "+351 22 000 1234"),
    (Part::Nationality, "PT"),
];

#[test]
fn those_who_live_together_are_told_apart() {
    let name = |given, birth| {
        [
            (Part::Family, "Lindqvist"),
            (Part::Given, given),
            (Part::Birth, birth),
        ]
    };
    let anna = with(HOME, &name("Anna", "1980-03-04"));
    let couple = matcher().compare(&anna, &with(HOME, &name("Rui", "1978-11-21")));
    assert_eq!(couple.verdict, Verdict::Apart);
    let twins = matcher().compare(&anna, &with(HOME, &name("Marta", "1980-03-04")));
    assert_ne!(twins.verdict, Verdict::Automatic);
    let mother = matcher().compare(&anna, &with(HOME, &name("Anna", "1951-11-21")));
    assert_ne!(mother.verdict, Verdict::Automatic);
    let anyone = matcher().compare(&anna, &with(HOME, &[(Part::Family, "Lindqvist")]));
    assert_ne!(anyone.verdict, Verdict::Automatic);
}

#[test]
fn evidence_is_for_or_against_and_adds_up() {
    let scored = matcher().compare(
        &with(HOME, ANNA),
        &with(
            ANNA,
            &[(Part::City, "Braga"), (Part::Phone, "+351 22 000 1234")],
        ),
    );
    let bits = scored.prior_bits
        + scored
            .evidence
            .iter()
            .map(|evidence| evidence.bits)
            .sum::<f64>();
    assert!((probability(bits) - scored.posterior).abs() < 1e-9 && scored.held.is_none());
    let of = |field| {
        scored
            .evidence
            .iter()
            .find(|evidence| evidence.field == field)
    };
    assert_eq!(
        of(Field::City).map(|e| (e.level, e.bits < 0.0)),
        Some((Level::Different, true))
    );
    assert_eq!(
        of(Field::Phone).map(|e| (e.level, e.bits > 0.0)),
        Some((Level::Same, true))
    );
    assert_eq!(of(Field::Company), None);
}

#[test]
fn a_rare_name_says_more_than_a_common_one() {
    let family = |name| record(&[(Part::Family, name), (Part::Given, "伟明")]);
    let many: Vec<Record> = (0..1000)
        .map(|i| family(if i % 5 == 0 { "王" } else { "李" }))
        .chain([family("尉迟")])
        .collect();
    let matcher = matcher().with_frequencies(Frequencies::of(&many));
    let of = |name| matcher.compare(&family(name), &family(name)).evidence[0].bits;
    assert!(of("尉迟") > of("王") && of("王") > of("李"));
    assert!(of("李") >= 0.0);
}

/// Levels that are more than another, by field.
fn more(field: Field, level: Level) -> impl Iterator<Item = Level> {
    let levels = field
        .levels()
        .iter()
        .copied()
        .filter(move |_| level != Level::Missing);
    levels.filter(move |other| match (level, other) {
        (Level::Similar, Level::Swapped) | (Level::Swapped, Level::Close) => false,
        _ => *other > level,
    })
}

proptest! {
    #[test]
    fn agreeing_more_never_says_less(levels in proptest::collection::vec(0..LEVELS, FIELDS), population in 1_u64..10_000_000) {
        let matcher = Matcher::new(Weights::embedded(), population);
        let nobody = record(&[]);
        let level = |field: Field, at: usize| {
            let level = Level::ALL[at];
            if field.levels().contains(&level) { level } else { Level::Missing }
        };
        let levels: Vec<Level> = Field::ALL.iter().map(|field| level(*field, levels[*field as usize])).collect();
        let levels: Levels = levels.try_into().expect("one for each field");
        let of = |levels: &Levels| {
            let Judged { evident, held, .. } = matcher.judged(levels, &nobody, &nobody);
            posterior(evident, held)
        };
        for field in Field::ALL {
            for better in more(*field, levels[*field as usize]) {
                let mut more = levels;
                more[*field as usize] = better;
                // Weights are written to six digits.
                prop_assert!(of(&more) >= of(&levels) - 1e-5, "{} {}", field, better);
            }
        }
    }

    #[test]
    fn weighing_is_symmetric_and_a_probability(records in records(2)) {
        let (one, other) = (matcher().compare(&records[0], &records[1]), matcher().compare(&records[1], &records[0]));
        prop_assert!(one == other && (0.0..=1.0).contains(&one.posterior));
        prop_assert_eq!(one.posterior, matcher().posterior(&records[0], &records[1]));
    }

    #[test]
    fn whatever_the_name_and_birth_date_they_never_link(said in all_parts()) {
        let parts = [Part::Name, Part::Family, Part::Given, Part::Birth];
        let said: Vec<(Part, &str)> = said.iter().filter(|(part, _)| parts.contains(part)).map(|(p, t)| (*p, t.as_str())).collect();
        prop_assert!(matcher().compare(&record(&said), &record(&said)).verdict < Verdict::Automatic);
    }
}
