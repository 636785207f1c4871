use crate::tests::hotel::{Wrong, check_faults, sources, vocabulary};
use crate::{Fault, Playbook, Sources};

/// A rule without keys that say when it speaks; the first of its lines is empty.
const RULE: &str = r#"
[[rule]]
id = "timed"
departments = ["floor"]
WHEN
benefit = 3
cost = 0
category = "time"
tier = 1
freshness_hours = 24
text = "Look after { $guest }."
"#;

fn rules(when: &str) -> String {
    format!("format = 1\n{}", RULE.replace("WHEN", when))
}

/// Holds a rule that speaks by `when` against what it tells in a stay from 4 to 8 May 2026, by what is asked of it.
fn check(when: &str, asked: &[(&str, &str)]) {
    let cases: String = asked
        .iter()
        .enumerate()
        .map(|(n, (given, told))| {
            format!("[[case]]\nname = \"{n}\"\nnights = 4\nroom = \"1001\"\n{given}\n{told}\n")
        })
        .collect();
    let files = sources(&rules(when));
    let files = Sources::new(files.files().chain([("tests/own.toml", &*cases)]));
    let playbook =
        Playbook::parse(&files, &vocabulary()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let cases =
        Playbook::cases(&files, &vocabulary()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    for (case, asked) in cases.iter().zip(asked) {
        let differences = case.differences(&playbook, &vocabulary());
        assert!(differences.is_empty(), "{when}: {asked:?}: {differences:?}");
    }
}

const BOOKED: &str = "reserved = { floor = [\"timed\"] }";
const HERE: &str = "in_house = { floor = [\"timed\"] }";
const GONE: &str = "over = { floor = [\"timed\"] }";
const NOT_BOOKED: &str = "reserved = {}";
const NOT_HERE: &str = "in_house = {}";
const NOT_GONE: &str = "over = {}";

#[test]
fn before_arrival_from_so_many_hours_on_until_check_in() {
    check(
        "trigger = [\"pre_arrival\"]\nhours_before = 24",
        &[
            ("on = 2026-05-03\nat = \"14:59\"", NOT_BOOKED),
            ("on = 2026-05-03\nat = \"15:00\"", BOOKED),
            ("on = 2026-05-04\nat = \"23:00\"", BOOKED),
            ("on = 2026-05-04\nat = \"16:00\"", NOT_HERE),
        ],
    );
}

#[test]
fn at_meals_and_so_many_hours_before_on_the_same_day() {
    check(
        "trigger = [\"dinner\"]\nhours_before = 2",
        &[
            ("at = \"15:59\"", NOT_HERE),
            ("at = \"16:00\"", HERE),
            ("on = 2026-05-06\nat = \"21:59\"", HERE),
            ("on = 2026-05-06\nat = \"22:00\"", NOT_HERE),
            ("at = \"18:00\"", NOT_BOOKED),
        ],
    );
    check(
        "trigger = [\"breakfast\", \"lunch\"]\nhours_before = 9",
        &[
            // What would begin on the day before begins with the day.
            ("at = \"00:00\"", HERE),
            ("at = \"10:29\"", HERE),
            ("at = \"14:30\"", NOT_HERE),
        ],
    );
}

#[test]
fn at_turndown_but_for_the_last_night() {
    check(
        "trigger = [\"turndown\"]",
        &[
            ("on = 2026-05-07\nat = \"18:00\"", HERE),
            ("on = 2026-05-07\nat = \"21:00\"", NOT_HERE),
            ("on = 2026-05-08\nat = \"18:00\"", NOT_HERE),
        ],
    );
}

#[test]
fn before_departure_until_check_out() {
    check(
        "trigger = [\"departure\"]\nhours_before = 16",
        &[
            ("on = 2026-05-07\nat = \"19:59\"", NOT_HERE),
            ("on = 2026-05-07\nat = \"20:00\"", HERE),
            ("on = 2026-05-08\nat = \"13:00\"", HERE),
            ("on = 2026-05-08\nat = \"13:00\"", NOT_GONE),
        ],
    );
}

#[test]
fn after_the_stay_from_the_morning_of_a_day_on_for_two_weeks() {
    check(
        "trigger = [\"after_stay\"]\ndays_after = 2",
        &[
            ("on = 2026-05-10\nat = \"07:59\"", NOT_GONE),
            ("on = 2026-05-10\nat = \"08:00\"", GONE),
            ("on = 2026-05-22\nat = \"07:59\"", GONE),
            ("on = 2026-05-22\nat = \"08:00\"", NOT_GONE),
            ("on = 2026-05-10", NOT_HERE),
        ],
    );
}

#[test]
fn on_the_day_of_a_move() {
    check(
        "trigger = [\"room_move\"]",
        &[
            ("on = 2026-05-06\nat = \"23:59\"", NOT_HERE),
            (
                "on = 2026-05-06\nat = \"23:59\"\nmoved_from = \"0901\"",
                HERE,
            ),
        ],
    );
}

#[test]
fn the_hotels_day_goes_on_until_the_night_audit() {
    const KNOWN: &str = "prefers = [\"room.facing=east\"]";
    check(
        "trigger = [\"room\"]\nabout = [\"room.facing\"]",
        &[
            (&format!("{KNOWN}\non = 2026-05-05\nat = \"03:59\""), HERE),
            (
                &format!("{KNOWN}\non = 2026-05-05\nat = \"04:00\""),
                NOT_HERE,
            ),
        ],
    );
    // The 5th of May 2026 is a Tuesday.
    check(
        "trigger = [\"reservation\"]\nabout = [\"room.facing\"]\nweekdays = [\"tue\"]",
        &[
            (
                &format!("{KNOWN}\non = 2026-05-05\nat = \"03:59\""),
                NOT_BOOKED,
            ),
            (&format!("{KNOWN}\non = 2026-05-05\nat = \"04:00\""), BOOKED),
            (&format!("{KNOWN}\non = 2026-05-06\nat = \"03:59\""), BOOKED),
        ],
    );
}

#[test]
fn every_so_many_days_but_not_on_the_first() {
    check(
        "trigger = [\"long_stay\"]\nevery_days = 2",
        &[
            ("", NOT_HERE),
            ("on = 2026-05-05", NOT_HERE),
            ("on = 2026-05-06", HERE),
            ("on = 2026-05-06\nat = \"22:00\"", NOT_HERE),
            ("on = 2026-05-08", HERE),
        ],
    );
}

#[test]
fn on_a_day_of_the_year_by_what_is_known_of_it() {
    let known = |day: &str| format!("prefers = [\"family.birthday={day}\"]\non = 2026-05-06");
    check(
        "trigger = [\"birthday\"]",
        &[
            (&known("05-06"), HERE),
            (&known("1961-05-06"), HERE),
            (&known("05-07"), NOT_HERE),
            (&known("in spring"), NOT_HERE),
            (&known("05-06"), NOT_BOOKED),
            ("prefers = [\"family.birthday=05-04\"]", BOOKED),
            (
                "hint = [\"family.birthday=05-06\"]\non = 2026-05-06",
                NOT_HERE,
            ),
            (
                "prefers = [\"family.birthday=02-29\"]\nday = 2026-02-27\non = 2026-02-28",
                HERE,
            ),
            (
                "prefers = [\"family.birthday=02-29\"]\nday = 2028-02-27\non = 2028-02-28",
                NOT_HERE,
            ),
        ],
    );
}

#[test]
fn what_comes_by_the_clock_beside_what_comes_anyhow_is_a_fault() {
    let faults = |text: &str| -> Vec<Fault> {
        Playbook::parse(&sources(text), &vocabulary())
            .err()
            .unwrap_or_default()
    };
    let good = rules("trigger = [\"dinner\"]");
    assert_eq!(faults(&good), []);
    let wrong: &[Wrong<'_>] = &[
        (
            "[\"dinner\"]",
            "[\"dinner\", \"check_in\"]",
            6,
            1,
            "`dinner` adds nothing to `check_in`",
        ),
        (
            "[\"dinner\"]",
            "[\"reservation\"]",
            3,
            1,
            "`about` is missing",
        ),
        (
            "[\"dinner\"]",
            "[\"long_stay\"]",
            3,
            1,
            "`every_days` is missing, which `long_stay` asks for",
        ),
        (
            "[\"dinner\"]",
            "[\"pre_arrival\"]",
            3,
            1,
            "`hours_before` is missing",
        ),
        (
            "[\"dinner\"]",
            "[\"dinner\"]\nevery_days = 3",
            7,
            1,
            "`every_days` is for other triggers",
        ),
        (
            "[\"dinner\"]",
            "[\"dinner\"]\nhours_before = 0",
            7,
            16,
            "from 1 to 168",
        ),
        (
            "[\"dinner\"]",
            "[\"dinner\"]\nverdict = [\"prefers\"]",
            7,
            1,
            "has no `verdict`",
        ),
        (
            "format = 1",
            "format = 1\n[times]\nzone = \"Macau\"",
            3,
            8,
            "`Macau` is no zone",
        ),
        (
            "format = 1",
            "format = 1\n[times]\ndinner = \"18:00\"",
            3,
            10,
            "two times of one day",
        ),
        (
            "format = 1",
            "format = 1\n[times]\narrival = \"3pm\"",
            3,
            11,
            "a time of day",
        ),
        (
            "format = 1",
            "format = 1\n[times]\nsupper = \"3pm\"",
            3,
            1,
            "`supper` is not known here",
        ),
    ];
    check_faults(&good, faults, wrong);
}
