//! Blocking: which records are worth comparing. Two records that share a key are candidates, and there are enough kinds
//! of keys that an error or two in any fields leave one in common.

use std::collections::BTreeSet;

use crate::field::Field;
use crate::record::Record;

/// Letters of a phonetic code (Soundex: Russell 1918, as in Knuth, "Sorting and Searching", 6).
const SOUNDEX_CHARS: usize = 4;
/// Digits at the end of a telephone number that find it, with or without country code and area.
const PHONE_TAIL_DIGITS: usize = 7;
/// Characters of an e-mail address before the `@` from which on they find it at another provider.
const LOCAL_PART_MIN_CHARS: usize = 6;
/// Characters at the beginning of a street that find it.
const STREET_PREFIX_CHARS: usize = 4;

/// The keys by which a store finds candidates: a record is to be compared with those that share one. A key is a
/// lower-case letter for its kind, a colon, and text of the normal form, so it is as confidential as the record.
///
/// Names stand in keys by their readings and in either order, so 曾伟明, 曾偉明 and Weiming Zeng meet.
#[must_use]
pub fn blocking_keys(record: &Record) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    each_key(record, &mut |key| {
        keys.insert(key.to_owned());
    });
    keys
}

/// Hands out every key; one may come twice.
pub(crate) fn each_key(record: &Record, give: &mut dyn FnMut(&str)) {
    let readings = record.readings();
    let names: Vec<&str> = readings
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    let sounds: Vec<String> = names.iter().map(|name| sound(name)).collect();
    let mut key = |kind: char, parts: &[&str]| {
        if parts.iter().all(|part| !part.is_empty()) {
            give(&format!("{kind}:{}", parts.join("|")));
        }
    };
    if let [a, b] = names[..] {
        key('n', &[a.min(b), a.max(b)]);
    }
    if let [a, b] = &sounds[..] {
        key('p', &[a.min(b), a.max(b)]);
    }
    let value = |field| record.value(field);
    let [year, first, second] = parts_of_birth(value(Field::Birth));
    let (low, high) = (first.min(second), first.max(second));
    for sound in &sounds {
        let initial = &sound[..sound.chars().next().map_or(0, char::len_utf8)];
        // Day and month in either order.
        key('b', &[year, low, high, initial]);
        key('h', &[value(Field::Postcode), sound]);
        key('c', &[value(Field::Company), sound]);
    }
    let phone = value(Field::Phone);
    key(
        't',
        &[&phone[phone.len().saturating_sub(PHONE_TAIL_DIGITS)..]],
    );
    key('e', &[value(Field::Email)]);
    let local = value(Field::Email).split('@').next().unwrap_or_default();
    if local.len() >= LOCAL_PART_MIN_CHARS {
        key('l', &[local]);
    }
    let street: String = value(Field::Street).chars().filter(|c| *c != ' ').collect();
    let begins: String = street.chars().take(STREET_PREFIX_CHARS).collect();
    key('a', &[&street, value(Field::House)]);
    key('s', &[value(Field::Postcode), &begins]);
    key('z', &[value(Field::Postcode), value(Field::House)]);
}

/// Year, month and day of eight digits; empty when there are none.
pub(crate) fn parts_of_birth(digits: &str) -> [&str; 3] {
    match digits.len() {
        8 => [&digits[..4], &digits[4..6], &digits[6..]],
        _ => [""; 3],
    }
}

/// What a name sounds like: Soundex of Latin letters, the beginning of anything else.
fn sound(name: &str) -> String {
    if !name.is_ascii() {
        return name.chars().take(SOUNDEX_CHARS).collect();
    }
    let mut code = String::with_capacity(SOUNDEX_CHARS);
    let mut before = None;
    for letter in name.chars() {
        let group = match letter {
            'b' | 'f' | 'p' | 'v' => Some('1'),
            'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => Some('2'),
            'd' | 't' => Some('3'),
            'l' => Some('4'),
            'm' | 'n' => Some('5'),
            'r' => Some('6'),
            // A letter of the same group after h or w counts as one with that before.
            'h' | 'w' if !code.is_empty() => continue,
            _ => None,
        };
        if code.is_empty() {
            code.push(letter);
        } else if let Some(digit) = group.filter(|_| group != before) {
            code.push(digit);
        }
        if code.len() == SOUNDEX_CHARS {
            break;
        }
        before = group;
    }
    code
}

#[cfg(test)]
mod tests;
