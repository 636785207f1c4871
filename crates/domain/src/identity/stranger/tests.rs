//! Who is taken for a stranger, and who is not.

use super::*;

fn full(name: &str) -> Name {
    Name {
        full: Some(name.into()),
        ..Name::default()
    }
}

fn named(family: &str, given: &str) -> Name {
    Name {
        family: Some(family.into()),
        given: Some(given.into()),
        ..Name::default()
    }
}

#[track_caller]
fn check(a: &Name, b: &Name, expected: bool) {
    let [one, other] = [a, b].map(|name| Face::of(Some(name), None));
    assert_eq!(one.is_stranger_to(&other), expected, "{a:?} {b:?}");
    assert_eq!(other.is_stranger_to(&one), expected, "{b:?} {a:?}");
}

#[test]
fn names_with_nothing_in_common_are_strangers() {
    for (a, b) in [
        (full("WANG Wei"), full("Maria Lopez")),
        (named("Ferreira", "Ana"), full("Ngozi Okafor")),
        (full("王伟"), full("李娜")),
        (full("Maria de Souza"), full("Luis de Castro")),
        (full("王伟 Wang Wei"), full("Maria Lopez")),
        (full("J Smith"), full("Maria Lopez")),
    ] {
        check(&a, &b, true);
    }
}

#[test]
fn one_who_married_or_was_written_otherwise_is_no_stranger() {
    for (a, b) in [
        (full("Anna Smith"), named("Jones", "Anna")),
        (full("WANG Wei"), named("Wang", "Wei")),
        (full("Wei Wang"), full("Wangwei")),
        (full("Li Xiao Ming"), full("Xiaoming")),
        (full("José Müller"), full("Jose Mueller")),
        (full("Jon Brandt"), full("John Brand")),
        (full("Alex Dupont"), full("Alexander Duval")),
        (full("王伟"), full("王偉")),
        (full("张伟"), full("張先生")),
        (full("王伟"), full("Wang Wei")),
        (full("王伟"), full("Maria Lopez")),
        (full("王伟 David Wang"), full("Wang Wei")),
        (full("Иван Петров"), full("Maria Lopez")),
        (Name::default(), full("Maria Lopez")),
    ] {
        check(&a, &b, false);
    }
}

#[test]
fn birth_dates_tell_apart_unless_one_may_be_mistyped() {
    let day = |year, month, day| Day::from_ymd(year, month, day).expect("a date");
    let born = day(1961, 3, 8);
    for (other, expected) in [
        (day(1961, 3, 8), false),
        (day(1961, 8, 3), false),
        (day(1967, 3, 8), false),
        (day(1961, 3, 28), false),
        (day(1984, 3, 8), false),
        (day(1984, 11, 8), true),
        (day(1984, 11, 23), true),
    ] {
        assert_eq!(are_different_births(born, other), expected, "{other}");
        assert_eq!(are_different_births(other, born), expected, "{other}");
    }
}
