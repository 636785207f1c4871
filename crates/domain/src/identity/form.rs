//! The comparable form of names: without case, accents, titles and the difference of simplified and traditional characters.

use std::collections::HashMap;
use std::sync::LazyLock;

use hanconv::RawDictionary;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words before, after or instead of a name that are none.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "mme",
    "mlle",
    "herr",
    "frau",
    "sr",
    "sra",
    "srta",
    "dott",
    "ing",
    "dipl",
    "phd",
    "md",
    "jr",
    "senior",
    "junior",
    "esq",
];

/// Forms of address that follow a Chinese name.
const HAN_TITLES: &[&str] = &[
    "先生", "女士", "小姐", "太太", "夫人", "博士", "教授", "老师", "经理",
];

/// What stands before a family name and belongs to it.
pub const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "da", "di", "do", "dos", "du", "del", "della", "la", "le",
    "ter", "ten", "bin", "al", "el", "st", "mac", "mc", "zu", "af", "av",
];

/// Variants of characters that names are also written with, and that conversion leaves as they are.
const ALIKE: &[(char, char)] = &[('锺', '钟'), ('喆', '哲'), ('昇', '升'), ('堃', '坤')];

static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let one = |text: &str| text.chars().next();
    let pairs = RawDictionary::TSCharacters.iter();
    pairs
        .filter_map(|(from, to)| Some((one(from)?, one(to)?)))
        .chain(ALIKE.iter().copied())
        .collect()
});

/// Words in lower case without accents, joined by single blanks; Han characters simplified and without blanks between.
#[must_use]
pub fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut gap = false;
    let folded = text.nfkc().flat_map(char::to_lowercase).nfd();
    for c in folded.filter(|c| !is_combining_mark(*c) && !is_silent(*c)) {
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        let in_han = is_han(c) && words.chars().next_back().is_some_and(is_han);
        if std::mem::take(&mut gap) && !words.is_empty() && !in_han {
            words.push(' ');
        }
        match spelt(c) {
            Some(spelling) => words.push_str(spelling),
            None => words.push(simplified(c)),
        }
    }
    words.nfc().collect()
}

/// Characters inside a word that some write and some don't.
fn is_silent(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʻ' | '·' | '・' | '‧')
}

/// Letters that decomposition leaves as they are.
fn spelt(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// One part of a name.
#[must_use]
pub fn name(text: &str) -> String {
    let words = words(text);
    if is_written_in_han(&words) {
        let words = HAN_TITLES
            .iter()
            .find_map(|title| words.strip_suffix(title))
            .unwrap_or(&words);
        return words.to_owned();
    }
    let kept: Vec<&str> = words
        .split(' ')
        .filter(|word| !TITLES.contains(word))
        .collect();
    kept.join(" ")
}

/// Whether the character is a Han character.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
        || c == '〇'
}

/// Whether the text is written in Han characters.
#[must_use]
pub fn is_written_in_han(text: &str) -> bool {
    text.chars().next().is_some_and(is_han)
}

/// The form in which simplified and traditional characters are one. It is for comparing, not for showing: where one
/// simplified character stands for several traditional ones, these become one.
#[must_use]
pub fn simplified(c: char) -> char {
    if is_han(c) {
        SIMPLIFIED.get(&c).copied().unwrap_or(c)
    } else {
        c
    }
}

/// Whether one character was put in, left out, replaced, or two neighbours exchanged (a Damerau–Levenshtein distance of
/// 1): nothing else is left between what both begin and end with.
#[must_use]
pub fn is_one_error(a: &str, b: &str) -> bool {
    let equal = |(a, b): &(char, char)| a == b;
    let length = |shared: (char, char)| shared.0.len_utf8();
    let begin: usize = a.chars().zip(b.chars()).take_while(equal).map(length).sum();
    let (a, b) = (&a[begin..], &b[begin..]);
    let ends = a.chars().rev().zip(b.chars().rev());
    let end: usize = ends.take_while(equal).map(length).sum();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    match (a.chars().count(), b.chars().count()) {
        (0 | 1, 1) | (1, 0) => true,
        (2, 2) => a.chars().eq(b.chars().rev()),
        _ => false,
    }
}
