//! How the same person is recorded another time.

use cardex_matching::Part;
use hanconv::s2t;
use pinyin::ToPinyin;
use rand::Rng;
use rand::rngs::StdRng;

use super::names::{self, Script};
use super::{COMPANY_PERMILLE, Home, Person, happens};

/// Errors of one record: from none to as many.
const ERRORS_MAX: u32 = 3;

/// What is said of the person at another time, at another desk.
pub(super) fn with_errors(person: &Person, chance: &mut StdRng) -> Vec<(Part, String)> {
    let mut person = person.clone();
    if happens(chance, 120) {
        person.home = Home::new(chance);
    }
    if happens(chance, 100) {
        person.phone = names::phone(person.script, chance);
    }
    if happens(chance, 10) {
        person.family = names::family(person.script, chance);
    }
    if happens(chance, 200) {
        person.company = happens(chance, COMPANY_PERMILLE).then(|| names::company(chance));
    }
    if happens(chance, 20) {
        person.nationality = names::nationality(person.script, chance);
    }
    if happens(chance, 10) {
        person.gender = if person.gender == "f" { "m" } else { "f" };
    }
    let mut said = person.said();
    if person.script == Script::Latin {
        given_otherwise(&mut said, chance);
    }
    if person.script == Script::Han {
        written_otherwise(&mut said, chance);
    }
    for part in [
        Part::Phone,
        Part::Email,
        Part::Street,
        Part::Nationality,
        Part::Gender,
        Part::Birth,
        Part::Given,
    ] {
        // Booking forms leave out much, and desks the birth date.
        let missing = if part == Part::Given { 10 } else { 150 };
        if happens(chance, missing) {
            said.retain(|(p, _)| *p != part && !(part == Part::Street && *p == Part::House));
        }
    }
    for _ in 0..chance.random_range(0..=ERRORS_MAX) {
        err(&mut said, chance);
    }
    said
}

/// By an initial, or with a second name.
fn given_otherwise(said: &mut [(Part, String)], chance: &mut StdRng) {
    for (_, text) in said.iter_mut().filter(|(part, _)| *part == Part::Given) {
        match chance.random_range(0..50) {
            0 => text.truncate(1),
            1 => *text = format!("{text} {}", names::given(Script::Latin, chance)),
            _ => (),
        }
    }
}

/// In traditional characters, or by its reading in either order.
fn written_otherwise(said: &mut [(Part, String)], chance: &mut StdRng) {
    let how = chance.random_range(0..10);
    for (_, text) in said
        .iter_mut()
        .filter(|(part, _)| matches!(part, Part::Family | Part::Given))
    {
        match how {
            0..3 => *text = s2t(&*text),
            3 => {
                *text = text
                    .as_str()
                    .to_pinyin()
                    .flatten()
                    .map(pinyin::Pinyin::plain)
                    .collect()
            }
            _ => (),
        }
    }
    if how == 3 && chance.random() {
        exchange_names(said);
    }
}

fn err(said: &mut [(Part, String)], chance: &mut StdRng) {
    let at = chance.random_range(0..said.len());
    match chance.random_range(0..20) {
        0 => exchange_names(said),
        1 => exchange_day_and_month(said),
        2 => spell_in_capitals(said),
        _ => mistype(&mut said[at].1, chance),
    }
}

fn exchange_names(said: &mut [(Part, String)]) {
    for (part, _) in said {
        *part = match *part {
            Part::Family => Part::Given,
            Part::Given => Part::Family,
            other => other,
        };
    }
}

fn exchange_day_and_month(said: &mut [(Part, String)]) {
    for (_, text) in said
        .iter_mut()
        .filter(|(part, text)| *part == Part::Birth && text.len() == 10)
    {
        *text = format!("{}-{}-{}", &text[..4], &text[8..], &text[5..7]);
    }
}

fn spell_in_capitals(said: &mut [(Part, String)]) {
    for (_, text) in said
        .iter_mut()
        .filter(|(part, _)| matches!(part, Part::Family | Part::Given | Part::City))
    {
        *text = text.to_uppercase();
    }
}

/// A character too many, too few or wrong, or two exchanged.
fn mistype(text: &mut String, chance: &mut StdRng) {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() < 3 || !text.is_ascii() {
        return;
    }
    let at = chance.random_range(0..chars.len() - 1);
    let other = match chars[at] {
        '0'..='9' => char::from(chance.random_range(b'0'..=b'9')),
        _ => char::from(chance.random_range(b'a'..=b'z')),
    };
    match chance.random_range(0..4) {
        0 => chars.insert(at, other),
        1 => drop(chars.remove(at)),
        2 => chars[at] = other,
        _ => chars.swap(at, at + 1),
    }
    *text = chars.into_iter().collect();
}
