use super::*;

fn record(said: &[(Part, &str)]) -> Record {
    Record::of(said, &DenyList::default())
}

#[test]
fn each_field_has_its_value() {
    let it = record(&[
        (Part::Name, "Mr Kenji Tanaka"),
        (Part::Birth, "1980-03-04"),
        (Part::Street, "12 High St"),
        (Part::Gender, "?"),
    ]);
    assert_eq!(it.value(Field::Family), "tanaka");
    assert_eq!(it.value(Field::Given), "kenji");
    assert_eq!(it.value(Field::House), "12");
    assert!(it.says(Field::Birth) && !it.says(Field::Gender) && !it.says_nothing());
    assert!(record(&[(Part::Family, "--"), (Part::Phone, " ")]).says_nothing());
}

#[test]
fn parts_go_before_the_whole_and_later_before_earlier() {
    let it = record(&[
        (Part::Family, "Tanaka"),
        (Part::Name, "Kenji T."),
        (Part::Family, "Sato"),
    ]);
    assert_eq!(
        (it.value(Field::Family), it.value(Field::Given)),
        ("sato", "kenji")
    );
}

#[test]
fn what_is_too_long_is_cut_between_characters() {
    let it = record(&[(Part::Company, &"酒".repeat(1000))]);
    assert_eq!(it.value(Field::Company), "酒".repeat(VALUE_MAX_BYTES / 3));
}

#[test]
fn nothing_of_the_guest_is_shown_by_debug() {
    assert_eq!(
        format!("{:?}", record(&[(Part::Family, "Tanaka")])),
        "{Family}"
    );
}
