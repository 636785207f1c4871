//! How far two records agree, field by field. Symmetric: neither is the first.

use cardex_domain::identity::form::is_one_error;
use strsim::jaro_winkler;

use crate::block::parts_of_birth;
use crate::field::{FIELDS, Field, Level, Levels};
use crate::han;
use crate::record::Record;

/// Jaro–Winkler similarity from which on texts differ by what a typing error does (Winkler 1990; the thresholds are
/// those in common use).
const CLOSE: f64 = 0.92;
/// The same from which on they are somewhat alike.
const SIMILAR: f64 = 0.82;
/// Characters from which on one error leaves enough of a text.
const TYPO_MIN_CHARS: usize = 4;
/// Digits that two telephone numbers share at their ends when one is written without codes.
const PHONE_SHARED_DIGITS_MIN: usize = 7;

/// How far the records agree on each field.
pub(crate) fn levels(a: &Record, b: &Record) -> Levels {
    let mut levels = [Level::Missing; FIELDS];
    let (family, given) = names(a, b);
    levels[Field::Family as usize] = family;
    levels[Field::Given as usize] = given;
    for field in Field::ALL
        .iter()
        .copied()
        .filter(|f| !matches!(f, Field::Family | Field::Given))
    {
        let (a, b) = (a.value(field), b.value(field));
        if a.is_empty() || b.is_empty() {
            continue;
        }
        levels[field as usize] = match field {
            _ if a == b => Level::Same,
            Field::Birth => birth(a, b),
            Field::Phone => phone(a, b),
            Field::Email => email(a, b),
            Field::House | Field::Postcode => code(a, b),
            Field::Nationality if a.len() != b.len() => Level::Missing,
            Field::Region | Field::Nationality | Field::Gender => Level::Different,
            Field::Street | Field::Line2 | Field::City | Field::Company => text(a, b),
            Field::Family | Field::Given => unreachable!("names are compared together"),
        };
    }
    levels
}

/// Family and given name. Where they agree better exchanged, they are exchanged.
fn names(a: &Record, b: &Record) -> (Level, Level) {
    let [family_a, family_b] = [a, b].map(|record| record.value(Field::Family));
    let [given_a, given_b] = [a, b].map(|record| record.value(Field::Given));
    let straight = (name(family_a, family_b), name(given_a, given_b));
    let agrees = |level| level >= Level::Close;
    if agrees(straight.0) || agrees(straight.1) {
        return straight;
    }
    if agrees(name(family_a, given_b)) && agrees(name(given_a, family_b)) {
        return (Level::Swapped, Level::Swapped);
    }
    straight
}

/// One part of a name. In different scripts nothing can be said: a reading is not a name.
fn name(a: &str, b: &str) -> Level {
    if a.is_empty() || b.is_empty() {
        return Level::Missing;
    }
    if a == b {
        return Level::Same;
    }
    match (han::is_written_in(a), han::is_written_in(b)) {
        (true, true) => characters(a, b),
        (false, false) if is_initial(a, b) || is_initial(b, a) => Level::Similar,
        (false, false) => words(a, b),
        _ => Level::Missing,
    }
}

/// Names in Han characters: of two or more, one may differ. One is a word, and either it or another.
fn characters(a: &str, b: &str) -> Level {
    let longest = a.chars().count().max(b.chars().count());
    match longest > 1 && is_one_error(a, b) {
        true => Level::Similar,
        false => Level::Different,
    }
}

fn is_initial(short: &str, long: &str) -> bool {
    short.chars().count() == 1 && long.starts_with(short)
}

/// Names of several words, of which some leave out the later ones.
fn words(a: &str, b: &str) -> Level {
    if !a.contains(' ') && !b.contains(' ') {
        return text(a, b);
    }
    let joined = |text: &str| text.replace(' ', "");
    if joined(a) == joined(b) {
        return Level::Same;
    }
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.starts_with(' '))
    };
    match text(a, b) {
        level if level >= Level::Close => level,
        _ if begins(a, b) || begins(b, a) => Level::Close,
        level => level,
    }
}

/// Any text: by Jaro–Winkler, or one error in a text that is long enough.
fn text(a: &str, b: &str) -> Level {
    if is_mistyped(a, b) {
        return Level::Close;
    }
    // In rare cases Jaro's greedy pairing of characters depends on which text is the first.
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    if similarity_at_most(a, b) < SIMILAR {
        return Level::Different;
    }
    match jaro_winkler(a, b) {
        s if s >= CLOSE => Level::Close,
        s if s >= SIMILAR => Level::Similar,
        _ => Level::Different,
    }
}

/// What Jaro–Winkler can't exceed, from the lengths and the characters that both have, wherever they stand. Most texts
/// are told apart by it, at a fraction of the cost.
fn similarity_at_most(a: &str, b: &str) -> f64 {
    if !a.is_ascii() || !b.is_ascii() {
        return 1.0;
    }
    let mut counts = [0_u8; 128];
    for byte in a.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let mut shared = 0_u8;
    for byte in b.bytes() {
        let count = &mut counts[usize::from(byte)];
        shared += u8::from(*count > 0);
        *count = count.saturating_sub(1);
    }
    let same = a
        .bytes()
        .zip(b.bytes())
        .take(4)
        .take_while(|(a, b)| a == b)
        .count();
    #[allow(clippy::cast_precision_loss, reason = "lengths of at most 120 bytes")]
    let [a, b, same] = [a.len(), b.len(), same].map(|length| length as f64);
    let jaro = (f64::from(shared) / a + f64::from(shared) / b + 1.0) / 3.0;
    jaro + 0.1 * same * (1.0 - jaro)
}

/// Whether a text that is long enough has one error.
fn is_mistyped(a: &str, b: &str) -> bool {
    is_one_error(a, b) && a.chars().count().min(b.chars().count()) >= TYPO_MIN_CHARS
}

/// Dates that are not equal.
fn birth(a: &str, b: &str) -> Level {
    let ([year_a, month_a, day_a], [year_b, month_b, day_b]) =
        (parts_of_birth(a), parts_of_birth(b));
    if year_a == year_b && month_a == day_b && day_a == month_b {
        return Level::Swapped;
    }
    let equal = [year_a == year_b, month_a == month_b, day_a == day_b];
    match equal.iter().filter(|equal| **equal).count() {
        _ if is_one_error(a, b) => Level::Close,
        2 => Level::Similar,
        _ => Level::Different,
    }
}

/// Telephone numbers that are not equal: one may leave out the codes that the other has.
fn phone(a: &str, b: &str) -> Level {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if short.len() >= PHONE_SHARED_DIGITS_MIN && long.ends_with(short) {
        return Level::Same;
    }
    let long = match long.len() - short.len() {
        codes @ 2.. => &long[codes..],
        _ => long,
    };
    match is_one_error(long, short) {
        true => Level::Close,
        false => Level::Different,
    }
}

/// E-mail addresses that are not equal: a typing error, or the same name at another provider. Addresses that differ in a
/// number are of different people: providers and portals number those whose names are taken.
fn email(a: &str, b: &str) -> Level {
    let local = |address: &str| address.split('@').next().map(str::len);
    let same_local =
        local(a) == local(b) && a[..local(a).unwrap_or(0)] == b[..local(b).unwrap_or(0)];
    match local(a) {
        Some(length) if same_local && length >= TYPO_MIN_CHARS => Level::Close,
        _ if is_mistyped(a, b) && digits(a).eq(digits(b)) => Level::Close,
        _ => Level::Different,
    }
}

fn digits(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(char::is_ascii_digit)
}

/// Short codes that are not equal.
fn code(a: &str, b: &str) -> Level {
    match is_one_error(a, b) && a.len().min(b.len()) >= 2 {
        true => Level::Close,
        false => Level::Different,
    }
}

#[cfg(test)]
mod tests;
