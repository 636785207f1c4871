//! Whose lines wait: only theirs who are told something.

use super::*;

/// The `[do_not_disturb]` stands in line 2, its `waits` in 3.
fn good() -> String {
    format!("format = 1\n[do_not_disturb]\nwaits = [\"front_desk\"]\n{RULE}")
}

#[test]
fn who_waits_is_told_something() {
    assert_eq!(faults(&good()), []);
    let front_desk = "[\"front_desk\"]";
    check_in(
        &good(),
        &[
            (
                front_desk,
                "[\"front-desk\"]",
                3,
                10,
                "no rule serves `front-desk`: did you mean `front_desk`?",
            ),
            (front_desk, "[\"spa\"]", 3, 10, "there are front_desk"),
            (front_desk, "[\"Spa\"]", 3, 10, "a-z"),
            (front_desk, "\"front_desk\"", 3, 9, "expected an array"),
            ("waits =", "wait =", 3, 1, "did you mean `waits`?"),
        ],
    );
}
