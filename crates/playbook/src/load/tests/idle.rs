//! Rules that can never speak, never come onto a board, or add nothing to another.

use super::*;

#[test]
fn days_that_are_none_or_never_come_are_faults() {
    let dated = |more: &str| good().replace("benefit = 3", &format!("benefit = 3\n{more}"));
    assert_eq!(
        faults(&dated("from = 2026-12-01\nuntil = \"2026-12-31\"")),
        []
    );
    for (more, line, column, message) in [
        (
            "season = \"12-15..02-30\"",
            11,
            10,
            "months and days that there are",
        ),
        ("weekdays = [\"friday\"]", 11, 13, "there are mon, tue"),
        ("weekdays = []", 11, 12, "`weekdays` is empty"),
        ("from = \"soon\"", 11, 8, "expected a day"),
        (
            "from = 2026-12-01\nuntil = 2026-11-30",
            12,
            9,
            "no such day",
        ),
        (
            "season = \"06-01..06-30\"\nfrom = 2026-12-01\nuntil = 2027-02-01",
            13,
            9,
            "no such day",
        ),
    ] {
        check_in(
            &dated(more),
            &[("benefit = 3", "benefit = 3", line, column, message)],
        );
    }
}

#[test]
fn a_rule_that_can_come_onto_no_board_is_a_fault() {
    let dear = good().replace("benefit = 3", "benefit = 1");
    check_in(
        &dear,
        &[("cost = 1", "cost = 4", 11, 8, "it never comes onto a board")],
    );
    assert_eq!(faults(&dear.replace("cost = 1", "cost = 3")), []);
}

/// The rule is about `room.facing`, and speaks from the booking on.
#[test]
fn a_condition_that_decides_nothing_is_a_fault() {
    let facing = "profile.room.facing";
    for (when, answer) in [
        (format!("{facing} == \"east\""), ""),
        (format!("{facing} != \"east\""), ""),
        (
            format!("{facing} == \"east\" || {facing} != \"east\""),
            "always holds",
        ),
        (
            format!("{facing} == \"east\" && {facing} == \"west\""),
            "never holds",
        ),
        (
            format!("{facing} in [\"north\", \"south\", \"east\", \"west\"]"),
            "always holds",
        ),
        (
            "profile.room.floor == \"9\" || profile.room.floor != \"9\"".to_owned(),
            "",
        ),
        (
            "stay.nights > 2 && stay.nights < 2".to_owned(),
            "never holds",
        ),
        (
            "stay.nights > 2 || stay.nights <= 2".to_owned(),
            "always holds",
        ),
        ("stay.nights > 2 && stay.nights < 4".to_owned(), ""),
        ("stay.status == \"checked_out\"".to_owned(), "never holds"),
        ("stay.status == \"in_house\"".to_owned(), ""),
        (
            "\"golf\" in profile.interest.hobby && !(\"golf\" in profile.interest.hobby)"
                .to_owned(),
            "never holds",
        ),
        (
            "profile.interest.hobby.exists(h, h == \"golf\" && h == \"chess\")".to_owned(),
            "never holds",
        ),
        (
            "profile.interest.hobby.exists(h, h == \"golf\")".to_owned(),
            "",
        ),
        (
            "profile.interest.hobby.all(h, h == \"golf\")".to_owned(),
            "",
        ),
        ("1 == 2".to_owned(), "never holds"),
        ("true".to_owned(), "always holds"),
        ("size(profile.interest.hobby) > 900".to_owned(), ""),
        ("stay.nights + 1 < 0".to_owned(), ""),
        ("stay.adults > stay.children".to_owned(), ""),
        (
            "guest.language == \"en\" && guest.language == \"fr\"".to_owned(),
            "never holds",
        ),
        ("guest.language.startsWith(\"en\")".to_owned(), ""),
    ] {
        let text = good().replace("'stay.nights >= 1'", &format!("'{when}'"));
        let told: String = faults(&text).iter().map(Fault::to_string).collect();
        assert!(
            if answer.is_empty() {
                told.is_empty()
            } else {
                told.contains(answer)
            },
            "{when}: {told}"
        );
    }
}

#[test]
fn a_rule_that_another_covers_is_doubted() {
    let other = RULE.replace("\"facing\"", "\"more\"");
    let doubts = |text: &str| {
        let sources = sources(text);
        let playbook = Playbook::parse(&sources, &vocabulary()).unwrap();
        let doubts = playbook.lint(&sources, &vocabulary());
        doubts.iter().map(Fault::to_string).collect::<String>()
    };
    let whenever = |rule: &str| rule.replace("when = 'stay.nights >= 1'\n", "");
    let two = format!("format = 1\n{}{other}", whenever(RULE));
    assert!(
        doubts(&two).contains("rule `more`: its line never shows: `facing` tells the same departments about `room.facing`"),
        "{}",
        doubts(&two)
    );
    for fine in [
        format!("format = 1\n{RULE}{other}"),
        two.replace("benefit = 3", "benefit = 4")
            .replacen("benefit = 4", "benefit = 3", 1),
        format!(
            "format = 1\n{}{}",
            whenever(RULE),
            other.replace("front_desk", "dining")
        ),
        format!(
            "format = 1\n{}{}",
            whenever(RULE),
            other.replace("\"prefers\"", "\"hint\"")
        ),
    ] {
        assert_eq!(doubts(&fine), "", "{fine}");
    }
}
