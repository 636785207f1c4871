//! Which numbers are found, and which are left alone.

use super::*;

#[track_caller]
fn check(note: &str, expected: &[&str]) {
    let text = folded(note);
    let words: Vec<&str> = found(&text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(words, expected, "{note}");
}

#[test]
fn cards_are_known_by_their_check_digit_however_they_are_written() {
    check("card 4111 1111 1111 1111", &["card 4111 1111 1111 1111"]);
    check("4111-1111-1111-1111 exp 12/27", &["4111 1111 1111 1111"]);
    check("4111111111111111", &["4111111111111111"]);
    check("Amex no. 378282246310005", &["amex no. 378282246310005"]);
    check(
        "信用卡６２２２０２００００００００００１２",
        &["信用卡622202000000000012"],
    );
    // One digit off: nothing but its name says what it is.
    check("4111 1111 1111 1112", &[]);
    check("card 4111 1111 1111 1112", &["card 4111 1111 1111 1112"]);
}

#[test]
fn papers_are_known_by_their_names_and_identity_cards_by_themselves() {
    check("Passport E12345678 copied", &["passport e12345678"]);
    check(
        "passport number: AB1234567",
        &["passport number: ab1234567"],
    );
    check("护照号E12345678，已复印", &["护照号e12345678"]);
    check("11010519491231002X", &["11010519491231002x"]);
    check("110105194912310021", &[]);
}

#[test]
fn other_numbers_are_left_alone() {
    for note in [
        "room 1012, floor 10",
        "tel +853 6600 1122",
        "手机13800138000",
        "booking 2026110912345",
        "confirmation 1234567812345670",
        "0000 0000 0000 0000",
        "passport at the desk, room 1012 from 21/11",
        "card for the birthday on 12 03 2026",
    ] {
        check(note, &[]);
    }
}
