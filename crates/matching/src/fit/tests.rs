use cardex_domain::identity::DenyList;

use super::*;
use crate::field::Part;

/// Records of which every third has another of the same person, who moved now and then.
fn pool() -> Pool {
    let mut records = Vec::new();
    for i in 0..1500_u32 {
        let family = format!(
            "{}son",
            ["Al", "Bo", "Ca", "Du", "Er", "Fi", "Go", "Hu"][i as usize % 8]
        );
        let given = format!(
            "{}{}a",
            ["Mar", "Jul", "Ros", "Til"][i as usize / 8 % 4],
            char::from(b'a' + (i % 23) as u8)
        );
        let birth = format!("{}-{:02}-{:02}", 1940 + i % 67, 1 + i % 12, 1 + i % 28);
        let phone = format!("2200{:06}", i * 7919 % 1_000_000);
        let moved = if i % 15 == 0 { "Leixoes" } else { "Porto" };
        for (city, _) in [("Porto", true), (moved, i % 3 == 0)]
            .iter()
            .filter(|(_, recorded)| *recorded)
        {
            let said = [
                (Part::Family, family.as_str()),
                (Part::Given, &given),
                (Part::Birth, &birth),
                (Part::Phone, &phone),
                (Part::City, city),
            ];
            records.push(Record::of(&said, &DenyList::default()));
        }
    }
    Pool::new(records, Effort::ALONE)
}

#[test]
fn what_is_so_is_found_without_labels() {
    let weights = fit(&pool(), Weights::embedded(), Effort::ALONE);
    let chance = |field, level| weights.chances(field, level).expect("the field has it");
    // Of 2,000 records 1,000 have another of the same person; in one of five such pairs somebody moved.
    assert!(
        (0.45..0.55).contains(&weights.matches_per_record()),
        "{}",
        weights.matches_per_record()
    );
    let moved = chance(Field::City, Level::Different).one_person;
    assert!((0.1..0.25).contains(&moved), "{moved}");
    assert!(chance(Field::Phone, Level::Same).one_person > 0.95);
    let families = chance(Field::Family, Level::Same).two_people;
    assert!((0.1..0.15).contains(&families), "one of eight: {families}");
}

#[test]
fn what_nobody_says_stays_as_it_was() {
    let weights = fit(&pool(), Weights::embedded(), Effort::ALONE);
    for level in Field::Company.levels() {
        let [was, is] = [Weights::embedded(), &weights]
            .map(|w| w.chances(Field::Company, *level).expect("it has it"));
        assert!(
            (was.one_person - is.one_person).abs() < 1e-3
                && (was.two_people - is.two_people).abs() < 1e-3
        );
    }
}

#[test]
fn a_few_records_or_none_can_be_fitted() {
    for count in [0, 1, 2, 3] {
        let record = Record::of(&[(Part::Family, "Smith")], &DenyList::default());
        let pool = Pool::new(vec![record; count], Effort::ALONE);
        assert!(Weights::parse(fit(&pool, Weights::embedded(), Effort::ALONE).text()).is_ok());
    }
}
