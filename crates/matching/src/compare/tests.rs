use cardex_domain::identity::DenyList;
use proptest::prelude::*;

use super::*;
use crate::field::Part;
use crate::tests::records;

#[track_caller]
fn check(part: Part, field: Field, a: &str, b: &str, level: Level) {
    let record = |text| Record::of(&[(part, text)], &DenyList::default());
    let (a, b) = (record(a), record(b));
    assert_eq!(levels(&a, &b)[field as usize], level);
    assert_eq!(levels(&b, &a)[field as usize], level, "the other way round");
}

#[test]
fn names_agree_as_far_as_they_are_alike() {
    for (a, b, level) in [
        ("Smith", "SMITH", Level::Same),
        ("Wei Ming", "Weiming", Level::Same),
        ("Smith", "Smyth", Level::Close),
        ("Anna Maria", "Anna", Level::Close),
        ("J", "John", Level::Similar),
        ("Smith", "Carvalho", Level::Different),
        ("Smith", "", Level::Missing),
    ] {
        check(Part::Given, Field::Given, a, b, level);
    }
}

#[test]
fn characters_are_compared_and_readings_are_not() {
    for (a, b, level) in [
        ("偉明", "伟明", Level::Same),
        ("伟明", "伟民", Level::Similar),
        ("伟", "维", Level::Different),
        ("伟明", "慧敏", Level::Different),
        ("伟明", "Weiming", Level::Missing),
    ] {
        check(Part::Given, Field::Given, a, b, level);
    }
}

#[test]
fn dates_agree_by_digits_and_parts() {
    for (other, level) in [
        ("1980-03-04", Level::Same),
        ("1980-04-03", Level::Swapped),
        ("1980-03-05", Level::Close),
        ("1908-03-04", Level::Close),
        ("1980-03-27", Level::Similar),
        ("1975-11-27", Level::Different),
        ("soon", Level::Missing),
    ] {
        check(Part::Birth, Field::Birth, "1980-03-04", other, level);
    }
}

#[test]
fn contacts_agree_through_codes_tags_and_typing_errors() {
    check(
        Part::Phone,
        Field::Phone,
        "+44 20 7946 0018",
        "020 7946 0018",
        Level::Same,
    );
    check(
        Part::Phone,
        Field::Phone,
        "+44 20 7946 0018",
        "020 7946 0081",
        Level::Close,
    );
    check(
        Part::Phone,
        Field::Phone,
        "+44 20 7946 0018",
        "+44 161 496 0999",
        Level::Different,
    );
    check(
        Part::Email,
        Field::Email,
        "anna+x@a.test",
        "anna@a.test",
        Level::Same,
    );
    check(
        Part::Email,
        Field::Email,
        "anna@a.test",
        "anna@b.test",
        Level::Close,
    );
    check(
        Part::Email,
        Field::Email,
        "anna.silva@a.test",
        "anna.sliva@a.test",
        Level::Close,
    );
    check(
        Part::Email,
        Field::Email,
        "guest117@a.test",
        "guest110@a.test",
        Level::Different,
    );
    check(
        Part::Email,
        Field::Email,
        "anna@a.test",
        "rui@a.test",
        Level::Different,
    );
    check(
        Part::Postcode,
        Field::Postcode,
        "SW1A 1AA",
        "sw1a1ab",
        Level::Close,
    );
    check(
        Part::Nationality,
        Field::Nationality,
        "PT",
        "PRT",
        Level::Missing,
    );
}

#[test]
fn exchanged_names_are_seen() {
    let record = |family, given| {
        Record::of(
            &[(Part::Family, family), (Part::Given, given)],
            &DenyList::default(),
        )
    };
    let of = |a, b| {
        let levels = levels(&a, &b);
        (
            levels[Field::Family as usize],
            levels[Field::Given as usize],
        )
    };
    assert_eq!(
        of(record("Smith", "Anna"), record("Anna", "Smyth")),
        (Level::Swapped, Level::Swapped)
    );
    assert_eq!(
        of(record("Smith", "Anna"), record("Smith", "Anna")),
        (Level::Same, Level::Same)
    );
    assert_eq!(
        of(record("Thomas", "Thomas"), record("Thomas", "Rui")),
        (Level::Same, Level::Different)
    );
}

proptest! {
    #[test]
    fn comparing_is_symmetric(records in records(2)) {
        prop_assert_eq!(levels(&records[0], &records[1]), levels(&records[1], &records[0]));
    }

    #[test]
    fn the_bound_is_one(a in "[a-d]{1,12}", b in "[a-d]{1,12}") {
        prop_assert!(jaro_winkler(&a, &b) <= similarity_at_most(&a, &b) + 1e-9);
    }

    #[test]
    fn one_error_is_a_distance_of_one(a in "[ab单]{0,5}", b in "[ab单]{0,5}") {
        prop_assert_eq!(is_one_error(&a, &b), strsim::damerau_levenshtein(&a, &b) == 1);
    }

    #[test]
    fn one_error_is_close(text in "[a-z]{4,20}", at in 0_usize..4, letter in "[a-z]") {
        let mut other = text.clone();
        other.insert_str(at, &letter);
        prop_assert!(super::text(&text, &other) >= Level::Close);
        other = text.clone();
        other.replace_range(at..=at, &letter);
        prop_assert!(text == other || super::text(&text, &other) >= Level::Close);
    }
}
