use super::*;
use crate::tests::hotel::{RULE, check_faults, sources, vocabulary};
use crate::{Fault, Sources};

/// The rule `facing`, which wants one night at least, with a file of cases.
fn with_cases(cases: &str) -> (Playbook, Result<Vec<Case>, Vec<Fault>>) {
    let files = sources(&format!("format = 1\n{RULE}"));
    let files = Sources::new(files.files().chain([("tests/own.toml", cases)]));
    let playbook =
        Playbook::parse(&files, &vocabulary()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    (playbook, Playbook::cases(&files, &vocabulary()))
}

const CASE: &str = r#"
[[case]]
name = "a room to the south"
title = "Ms"
family = "Ho"
prefers = ["room.facing=south"]
reserved = { front_desk = ["facing"] }
in_house = { front_desk = ["facing"] }
[case.says.facing]
en = "Give Ms Ho a south room."
"#;

#[test]
fn the_default_playbook_does_what_its_cases_say_and_they_hold_every_rule() {
    let cases = Playbook::cases(&Sources::embedded(), Vocabulary::embedded());
    let cases = cases.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let playbook = Playbook::embedded();
    for case in &cases {
        let differences = case.differences(playbook, Vocabulary::embedded());
        let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{}: {}", case.name, told.join("\n"));
    }
    let coverage = playbook.coverage(&cases, Vocabulary::embedded());
    assert_eq!((coverage.unheard, coverage.survivors), Default::default());
    assert!(
        coverage.tried > 2 * playbook.rules().len(),
        "{}",
        coverage.tried
    );
}

#[test]
fn what_differs_is_said_with_both_sides() {
    let differences = |cases: &str| {
        let (playbook, cases) = with_cases(cases);
        let cases = cases.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let all = cases
            .iter()
            .flat_map(|case| case.differences(&playbook, &vocabulary()));
        all.map(|difference| difference.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(differences(CASE), Vec::<String>::new());
    let place = "front_desk while the stay is booked";
    assert_eq!(
        differences(&CASE.replace("reserved = { front_desk = [\"facing\"] }", "reserved = {}")),
        [format!("{place}\n  - nothing\n  + facing")]
    );
    assert_eq!(
        differences(&CASE.replace("in_house = { front", "in_house = { floor = [\"x\"], front")),
        ["floor in house\n  - x\n  + nothing"]
    );
    assert_eq!(
        differences(&CASE.replace("a south room", "the south room")),
        ["facing in en\n  - Give Ms Ho the south room.\n  + Give Ms Ho a south room."]
    );
    let day_guest = CASE
        .replace("family", "nights = 0\nfamily")
        .replace("[\"facing\"]", "[]");
    let silent = &day_guest[..day_guest.find("[case.says").unwrap()];
    assert_eq!(
        differences(&format!("{CASE}{silent}")),
        Vec::<String>::new()
    );
}

/// Whoever adds a rule need not look through the cases of others.
#[test]
fn a_file_looks_at_the_rules_that_its_cases_name() {
    let second = RULE
        .replace("\"facing\"", "\"facing-again\"")
        .replace("benefit = 3", "benefit = 9");
    let files = sources(&format!("format = 1\n{RULE}{second}"));
    let own = "[[case]]\nname = \"own\"\nprefers = [\"room.facing=south\"]\n";
    let told = |rules: &str| format!("{own}reserved = {{ front_desk = [{rules}] }}\n");
    let differences = |cases: &str| {
        let files = Sources::new(files.files().chain([("tests/own.toml", cases)]));
        let playbook = Playbook::parse(&files, &vocabulary()).unwrap();
        let cases = Playbook::cases(&files, &vocabulary()).unwrap();
        let all = cases
            .iter()
            .map(|case| case.differences(&playbook, &vocabulary()));
        all.map(|differences| differences.len()).sum::<usize>()
    };
    assert_eq!(differences(&told("\"facing-again\"")), 0);
    assert_eq!(differences(&told("\"facing\"")), 1, "the other says it all");
    let both = format!("{}{}", told("\"facing-again\""), told("\"facing\""));
    assert_eq!(differences(&both), 1);
}

#[test]
fn what_no_case_shows_is_found() {
    let open = |cases: &str| {
        let (playbook, cases) = with_cases(cases);
        let coverage = playbook.coverage(&cases.unwrap(), &vocabulary());
        let changes = coverage
            .survivors
            .into_iter()
            .map(|survivor| survivor.change);
        (coverage.unheard.len(), changes.collect::<Vec<_>>())
    };
    assert_eq!(open(""), (1, vec![]));
    assert_eq!(open(CASE), (0, vec!["without its condition".to_owned()]));
    let night = CASE
        .replace("family", "nights = 0\nfamily")
        .replace("[\"facing\"]", "[]");
    let night = &night[..night.find("[case.says").unwrap()];
    assert_eq!(open(&format!("{CASE}{night}")), (0, vec![]));
    let booked = CASE.replace("in_house = { front_desk = [\"facing\"] }\n", "");
    let both = format!("{booked}{night}");
    assert_eq!(
        open(&both),
        (0, vec!["without the trigger check_in".to_owned()])
    );
}

#[test]
fn faults_of_cases() {
    let faults = |cases: &str| {
        let mut found = with_cases(cases).1.unwrap_err();
        found.retain(|fault| &*fault.file == "tests/own.toml");
        found
    };
    let cases = [
        ("name = ", "named = ", 3, 1, "did you mean `name`?"),
        (
            "room.facing=south",
            "room.facng=south",
            6,
            12,
            "`room.facng` is not in the vocabulary",
        ),
        (
            "room.facing=south",
            "room.facing=soth",
            6,
            25,
            "did you mean `south`?",
        ),
        ("{ front_desk", "{ Front", 7, 14, "a department must be"),
        ("title = \"Ms\"", "day = 3", 4, 7, "expected a day"),
        (
            "title = \"Ms\"",
            "nights = -1",
            4,
            10,
            "a whole number from 0",
        ),
        (
            "[case.says.facing]",
            "[case.says]",
            10,
            6,
            "expected a table",
        ),
        ("[[case]]", "[[cases]]", 2, 3, "did you mean `case`?"),
    ];
    check_faults(CASE, faults, &cases);
}
