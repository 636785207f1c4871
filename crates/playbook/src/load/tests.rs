use proptest::prelude::*;

use crate::tests::hotel::{RULE, Wrong, check_faults, sources, vocabulary};
use crate::{Fault, Playbook};

mod escalation;
mod idle;
mod layered;
mod routes;
mod waiting;

/// The `[[rule]]` stands in line 3, its `id` in 4 and so on to its `freshness_hours` in 14.
fn good() -> String {
    format!("format = 1\n{RULE}")
}

fn faults(text: &str) -> Vec<Fault> {
    Playbook::parse(&sources(text), &vocabulary())
        .err()
        .unwrap_or_default()
}

fn check(cases: &[Wrong<'_>]) {
    check_in(&good(), cases);
}

fn check_in(text: &str, cases: &[Wrong<'_>]) {
    check_faults(text, faults, cases);
}

#[test]
fn the_example_is_faultless() {
    assert_eq!(faults(&good()), []);
}

#[test]
fn faults_of_form() {
    check(&[
        ("format = 1", "format = 2", 1, 10, "reads format 1"),
        ("format = 1", "", 1, 1, "`format` is missing"),
        (
            "format = 1",
            "format = 1\nrules = 3",
            2,
            1,
            "did you mean `rule`?",
        ),
        ("[[rule]]", "[[rule]", 3, 8, "this is not TOML"),
        ("benefit = 3", "benefit = ", 10, 11, "this is not TOML"),
        (
            "cost = 1",
            "benefit = 1",
            11,
            1,
            "this is not TOML: duplicate key",
        ),
        ("cost = 1", "costs = 1", 11, 1, "did you mean `cost`?"),
        ("cost = 1", "", 3, 1, "`cost` is missing"),
        (
            "cost = 1",
            "cost = 11",
            11,
            8,
            "a whole number from 0 to 10",
        ),
        (
            "benefit = 3",
            "benefit = 2.5",
            10,
            11,
            "a whole number from 1 to 10",
        ),
        (
            "hours = 24",
            "hours = 0",
            14,
            19,
            "a whole number from 1 to 720",
        ),
        (
            "\"facing\"",
            "\"Facing!\"",
            4,
            6,
            "a rule must be 1 to 64 characters",
        ),
        ("id = \"facing\"", "", 3, 1, "`id` is missing"),
        ("\"facing\"", "7", 4, 6, "expected a text"),
        (
            "[\"front_desk\"]",
            "\"front_desk\"",
            5,
            15,
            "expected an array",
        ),
        ("[\"front_desk\"]", "[]", 5, 15, "`departments` is empty"),
        (
            "[\"front_desk\"]",
            "[\"Front Desk\"]",
            5,
            16,
            "a department must be",
        ),
        (
            "[\"front_desk\"]",
            "[\"a\", \"a\"]",
            5,
            21,
            "`a` stands here twice",
        ),
        (
            "\"check_in\"",
            "\"checkin\"",
            6,
            27,
            "there are reservation, check_in, room, pre_arrival, room_move, breakfast, lunch, dinner, turndown, departure, after_stay, birthday, anniversary, long_stay, in_house",
        ),
        (
            "\"prefers\"",
            "\"likes\"",
            8,
            12,
            "there are prefers, ask, hint",
        ),
        ("\"room\"", "\"The room\"", 12, 12, "a category must be"),
        ("tier = 1", "tier = 2", 13, 8, "a whole number from 0 to 1"),
    ]);
}

#[test]
fn faults_of_meaning() {
    check(&[
        (
            "\"room.facing\"",
            "\"room.facng\"",
            7,
            10,
            "did you mean `room.facing`?",
        ),
        (
            "\"room.facing\"",
            "\"weather\"",
            7,
            10,
            "`weather` is not in the vocabulary",
        ),
        (
            "\"room.facing\"",
            "\"room.facing=soth\"",
            7,
            23,
            "did you mean `south`?",
        ),
        (
            "\"room.facing\"",
            "\"room.facing=字south\"",
            7,
            23,
            "write `south`",
        ),
        (
            "\"room.facing\"",
            "\"room.facing\", \"room.facing=east\"",
            7,
            25,
            "in `about` already",
        ),
        (
            "\"room.facing\"",
            "\"dining.cuisine\", \"interest.hobby\"",
            7,
            28,
            "a second attribute",
        ),
        (
            "\"room.facing\"",
            "\"allergy.food\"",
            7,
            10,
            "which is safety: write `verdict` with some of safety",
        ),
        (
            "\"prefers\"",
            "\"prefers\", \"need\"",
            8,
            23,
            "`need` is possible for nothing",
        ),
        (
            "\"prefers\"",
            "\"safety\"",
            8,
            12,
            "`safety` is possible for nothing",
        ),
        ("tier = 1", "tier = 0", 13, 8, "write `tier = 1`"),
    ]);
    let safety = good()
        .replace("\"prefers\"", "\"safety\"")
        .replace("room.facing", "allergy.food")
        .replace("room-facing", "allergy-food")
        .replace("tier = 1", "tier = 0");
    assert_eq!(faults(&safety), []);
    check_in(
        &safety,
        &[
            ("tier = 0", "tier = 1", 13, 8, "write `tier = 0`"),
            (
                "\"safety\"",
                "\"safety\", \"prefers\"",
                8,
                12,
                "`safety` stands alone",
            ),
        ],
    );
}

#[test]
fn what_a_department_may_not_know_is_a_fault() {
    let hearing = good()
        .replace("\"room.facing\"", "\"health.hearing\"")
        .replace(
            "Give { $guest } { A($room-facing) } room.",
            "Speak clearly.",
        );
    assert_eq!(faults(&hearing), []);
    let alias = hearing.replace("health.hearing", "privacy.alias");
    assert_eq!(faults(&alias), []);
    check_in(
        &alias,
        &[(
            "\"front_desk\"",
            "\"front_desk\", \"floor\"",
            7,
            10,
            "`privacy.alias` is hidden from floor",
        )],
    );
    let engine = alias
        .replace("\"front_desk\"", "\"engine\"")
        .replace("Speak clearly.", "{ $privacy-alias }");
    assert_eq!(faults(&engine), []);
    let asked = "when = '\"incognito\" in profile.privacy.alias'";
    let condition = good().replace("when = 'stay.nights >= 1'", asked);
    assert_eq!(faults(&condition), []);
    check_in(
        &condition,
        &[(
            "\"front_desk\"",
            "\"dining\"",
            9,
            24,
            "`privacy.alias` is hidden from dining",
        )],
    );
}

#[test]
fn faults_in_conditions() {
    let cases: &[(&str, usize, &str)] = &[
        ("stay.nights >=", 23, "this is not a CEL expression"),
        ("stay.nights >= 1)", 25, "this is not a CEL expression"),
        ("stay.nigths >= 1", 9, "did you mean `stay.nights`?"),
        (
            "guest.age > 3",
            9,
            "`guest.age` is not known here: write guest.language, guest.nationality",
        ),
        (
            "profil.room.facing == \"east\"",
            9,
            "did you mean `profile.room.facing`?",
        ),
        (
            "room.facing == \"east\"",
            9,
            "did you mean `profile.room.facing`?",
        ),
        ("earlier_stays > 1", 9, "did you mean `stay.earlier_stays`?"),
        ("weather == \"fine\"", 9, "write guest.…, profile.…, stay.…"),
        (
            "profile.room.facng == \"east\"",
            9,
            "did you mean `profile.room.facing`?",
        ),
        (
            "profile.room.facing == \"eest\"",
            32,
            "did you mean `east`?",
        ),
        ("\"East\" != profile.room.facing", 9, "write `east`"),
        (
            "profile.room.facing in [\"east\", \"up\"]",
            41,
            "`up` is not a value of `room.facing`",
        ),
        (
            "\"polo\" in profile.interest.hobby",
            9,
            "`polo` is not a value of `interest.hobby`",
        ),
        (
            "stay.status == \"arrived\"",
            24,
            "a stay is never `arrived`",
        ),
        (
            "profile.room.floor > 9",
            9,
            "only numbers are more or less, and this is a text",
        ),
        ("stay.nights == \"2\"", 21, "a number never equals a text"),
        (
            "profile.interest.hobby == \"golf\"",
            32,
            "write `value in list`",
        ),
        ("\"east\" in profile.room.facing", 19, "write `==`"),
        (
            "3 in profile.interest.hobby",
            9,
            "a number is never in a list whose values are a text",
        ),
        (
            "stay.nights + 1",
            21,
            "a condition is true or false, and this is a number",
        ),
        (
            "stay.nights >= 1 && stay.adults",
            29,
            "`&&` and `||` join conditions",
        ),
        ("!stay.adults", 10, "`!` denies a condition"),
        ("has(profile.room.facing)", 12, "remove `has`"),
        ("stay.nights > 1.5", 23, "a whole number"),
        (
            "stay.room_type.matches(\"S\")",
            31,
            "`matches` can't be used like this",
        ),
        (
            "profile.interest.hobby.exists(h, h == \"polo\")",
            47,
            "`polo` is not a value",
        ),
        (
            "profile.interest.hobby.exists(stay, true)",
            38,
            "`stay` has a meaning already",
        ),
        (
            "profile.room.facing.all(f, true)",
            9,
            "only a list is gone through",
        ),
        (
            "size(stay.nights) > 1",
            14,
            "only a list or a text has a size",
        ),
        (
            "profile.interest.hobby.filter(h, true) == []",
            38,
            "write `exists`, `all` or `exists_one`",
        ),
        ("guest.language.startsWith(2)", 35, "only a text has parts"),
        ("[1, \"a\"] == [1]", 9, "must be of one kind"),
        ("stay", 9, "`stay` is not known here"),
    ];
    for (condition, column, message) in cases {
        let when = format!("'{condition}'");
        check(&[("'stay.nights >= 1'", &when, 9, *column, message)]);
    }
}

#[test]
fn places_in_texts_are_where_they_are_written() {
    check(&[
        (
            "'stay.nights >= 1'",
            r#""profile.room.facing == \"ea\"""#,
            9,
            32,
            "not a value",
        ),
        (
            "'stay.nights >= 1'",
            r#""\u0022朝\" == stay.status && x""#,
            9,
            37,
            "`x` is not known",
        ),
        (
            "'stay.nights >= 1'",
            "'''\nstay.nights >= 1\n && zzz'''",
            11,
            5,
            "`zzz` is not known",
        ),
        (
            "'stay.nights >= 1'",
            "\"\"\"stay.nights \\\n   >= 1 && zzz\"\"\"",
            10,
            12,
            "`zzz` is not known",
        ),
    ]);
}

#[test]
fn an_id_is_taken_once() {
    let found = faults(&format!("{}{RULE}", good()));
    let found = found.iter().filter(|fault| &*fault.file == "playbook.toml");
    let told: Vec<String> = found.map(Fault::to_string).collect();
    assert_eq!(
        told,
        [
            "playbook.toml, line 17, column 6, rule `facing`: this id is taken by the rule in line 4 of playbook.toml: choose another"
        ]
    );
}

#[test]
fn all_faults_come_in_the_order_of_the_file() {
    let text = good()
        .replace("benefit = 3", "benefit = 30")
        .replace("\"check_in\"", "\"arrival\"")
        .replace(">= 1", ">= x");
    let lines: Vec<usize> = faults(&text).iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [6, 9, 10]);
}

proptest! {
    #[test]
    fn no_condition_makes_it_panic(condition in r#"[-a-z.,'"()!&|=<>? 0-9\[\]\{\}朝\\]{0,40}"#) {
        let when = format!("when = '''{}'''", condition.replace("'''", ""));
        let text = good().replace("when = 'stay.nights >= 1'", &when);
        for fault in faults(&text) {
            prop_assert!(fault.line >= 9 && fault.line <= 10, "{}", fault);
        }
    }

    #[test]
    fn no_file_makes_it_panic(from in 0_usize..300, length in 0_usize..40) {
        let good = good();
        let end = (from + length).min(good.len());
        let cut = format!("{}{}", &good[..from.min(end)], &good[end..]);
        faults(&cut);
    }
}
