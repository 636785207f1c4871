use super::*;

fn check(text: &str, value: &str, expected: &str) {
    let wording = Wording::parse(text).expect("a text");
    let filled = wording.fill("Mr Ho", "room 1012", |_| value.to_owned());
    assert_eq!(filled, expected);
}

#[test]
fn the_article_fits_the_value_behind_it() {
    let text = "Give {guest} a {room.facing} room.";
    check(text, "east-facing", "Give Mr Ho an east-facing room.");
    check(text, "south-facing", "Give Mr Ho a south-facing room.");
    check("Serve tea, {drink.tea}.", "oolong", "Serve tea, oolong.");
    check("Bring soda {drink.soft}.", "apple", "Bring soda apple.");
}

#[test]
fn a_sentence_starts_with_a_capital() {
    check("{room.facing}, for {guest}", "any", "Any, for Mr Ho");
}
