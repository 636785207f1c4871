use serde_json::json;
use tokio::time::Instant;

use super::*;

fn story() -> Story {
    let text = "title = 't'\nknown = 'k'\nnever_said = ['deafness']\nguest = {}\nstep = []";
    toml::from_str(text).unwrap()
}

fn heard(department: &str, lines: &[&str]) -> Heard {
    let item = |line: &&str| {
        json!({
            "id": format!("{department}.{}", "0".repeat(26)), "rule": "facing", "category": "room", "tier": 1,
            "score": 1, "text": line, "reasons": [], "since_revision": 1, "freshness_hours": 24,
        })
    };
    let items: Vec<_> = lines.iter().map(item).collect();
    let board = json!({
        "stay": format!("s{}", "0".repeat(26)), "property": "grand", "department": department, "revision": 1,
        "previous": 0, "state": if lines.is_empty() { "closed" } else { "open" }, "phase": "reserved",
        "guest": "Mr Ho", "items": items, "changes": [], "alert": false, "as_of": "2026-11-22",
        "profile_sequence": 1, "playbook": "", "vocabulary": "",
    });
    Heard {
        subject: format!("cardex.grand.prompt.{department}.s"),
        payload: board.to_string().into(),
        board: serde_json::from_value(board).unwrap(),
        at: Instant::now(),
    }
}

/// Compares, and gives department, mark and line.
fn check(told: &[(&str, &[&str])], came: &[Heard], wanted: &[&str]) {
    let told: Vec<(&str, Vec<String>)> = told
        .iter()
        .map(|(to, lines)| (*to, lines.iter().map(|&line| line.to_owned()).collect()))
        .collect();
    let told: Vec<Wanted<'_>> = told
        .iter()
        .map(|(department, lines)| Wanted {
            department,
            stay: None,
            lines,
            others: Vec::new(),
            sections: None,
        })
        .collect();
    let found = compare(&told, came, &story());
    let found: Vec<String> = found
        .iter()
        .map(|(department, found)| match found {
            Found::Right { item, .. } => format!("{department} right: {}", item.text),
            Found::Closed => format!("{department} closed"),
            Found::Shown(text) => format!("{department} shown: {text}"),
            Found::Missing(text) => format!("{department} missing: {text}"),
            Found::Unexpected(text) => format!("{department} unexpected: {text}"),
        })
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_came_is_compared_line_by_line() {
    let desk = || heard("front_desk", &["a", "b"]);
    check(
        &[("front_desk", &["a", "b"])],
        &[desk()],
        &["front_desk right: a", "front_desk right: b"],
    );
    check(
        &[("front_desk", &["a"])],
        &[desk()],
        &["front_desk right: a", "front_desk unexpected: b"],
    );
    check(
        &[("front_desk", &["a", "c"])],
        &[desk()],
        &[
            "front_desk right: a",
            "front_desk missing: c",
            "front_desk unexpected: b",
        ],
    );
}

#[test]
fn each_department_gets_its_own_board_and_one() {
    check(
        &[("floor", &["a"])],
        &[heard("dining", &["a"])],
        &["floor missing: a", "dining unexpected: a"],
    );
    check(
        &[("floor", &["a"])],
        &[heard("floor", &["a"]), heard("floor", &["a"])],
        &["floor right: a", "floor unexpected: a"],
    );
    check(&[("floor", &[])], &[heard("floor", &[])], &["floor closed"]);
    check(&[("floor", &[])], &[], &["floor missing: a closed board"]);
    check(
        &[],
        &[heard("spa", &[])],
        &["spa unexpected: a board without lines"],
    );
}

#[test]
fn what_is_not_to_be_said_is_found_anywhere_on_a_board() {
    check(
        &[("floor", &["mind his Deafness"])],
        &[heard("floor", &["mind his Deafness"])],
        &[
            "floor right: mind his Deafness",
            "floor unexpected: the word “deafness”, which is not to be said",
        ],
    );
}

#[test]
fn a_board_alerts_when_it_brings_news_and_only_then() {
    let mut came = heard("floor", &["a"]);
    came.board.alert = true;
    let wanted = ["floor right: a", "floor unexpected: an alert without news"];
    check(&[("floor", &["a"])], &[came], &wanted);
}
