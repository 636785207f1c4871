use cardex_domain::identity::DenyList;

use super::*;
use crate::field::Part;

fn keys(said: &[(Part, &str)]) -> BTreeSet<String> {
    blocking_keys(&Record::of(said, &DenyList::default()))
}

#[track_caller]
fn meet(one: &[(Part, &str)], other: &[(Part, &str)]) {
    assert!(
        !keys(one).is_disjoint(&keys(other)),
        "{:?}\n{:?}",
        keys(one),
        keys(other)
    );
}

#[test]
fn a_chinese_name_meets_its_forms() {
    let name = |text| [(Part::Name, text)];
    meet(&name("曾伟明"), &name("曾偉明"));
    meet(&name("曾伟明"), &name("Zeng, Weiming"));
    meet(&name("曾伟明"), &name("Weiming Zeng"));
    meet(&name("曾伟明"), &name("Zeng Weiming"));
    meet(
        &name("曾伟明"),
        &[(Part::Family, "Zeng"), (Part::Given, "Wei Ming")],
    );
    meet(&name("單雄信"), &name("Shan Xiongxin"));
    meet(&name("尉迟恭"), &name("Gong Yuchi"));
    meet(&name("吕布"), &name("Lü Bu"));
}

#[test]
fn an_error_leaves_a_key_in_common() {
    let born = |name, birth| [(Part::Name, name), (Part::Birth, birth)];
    meet(
        &born("Anna Smith", "1980-03-04"),
        &born("Anna Smyth", "1980-03-05"),
    );
    meet(
        &born("Anna Smith", "1980-03-04"),
        &born("Smith Anna", "1981-03-04"),
    );
    meet(
        &born("Anna Smith", "1980-03-04"),
        &born("Anna Brown", "1980-04-03"),
    );
    let reached = |phone, email| [(Part::Phone, phone), (Part::Email, email)];
    meet(
        &reached("+44 20 7946 0018", "a@x.test"),
        &reached("020 79460018", "b@x.test"),
    );
    meet(
        &reached("111222333", "anna.smith@x.test"),
        &reached("444555666", "anna.smith@y.test"),
    );
}

#[test]
fn strangers_do_not_meet() {
    let one = [
        (Part::Name, "Anna Smith"),
        (Part::Birth, "1980-03-04"),
        (Part::City, "Porto"),
    ];
    let other = [
        (Part::Name, "Rui Carvalho"),
        (Part::Birth, "1990-07-21"),
        (Part::City, "Porto"),
    ];
    assert!(keys(&one).is_disjoint(&keys(&other)));
}

#[test]
fn sounds_are_those_of_soundex() {
    // The examples of Knuth, and of the US National Archives, without padding.
    for (name, code) in [
        ("euler", "e46"),
        ("gauss", "g2"),
        ("hilbert", "h416"),
        ("knuth", "k53"),
        ("lloyd", "l3"),
        ("lukasiewicz", "l222"),
        ("ashcraft", "a261"),
        ("tymczak", "t522"),
        ("pfister", "p236"),
    ] {
        assert_eq!(sound(name), code, "{name}");
    }
}
