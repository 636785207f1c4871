//! The comparable form of each part: without case, accents, titles, legal forms and habits of writing. What can't be
//! brought into its form says nothing.

use cardex_domain::event::IdentifierKind;
use cardex_domain::identity::form::PARTICLES;
pub(crate) use cardex_domain::identity::form::{name, words};
use cardex_domain::identity::{self, DenyList};
use unicode_normalization::UnicodeNormalization;

use crate::han;

/// Words for streets and their short forms.
const STREET_WORDS: &[(&str, &str)] = &[
    ("ave", "avenue"),
    ("av", "avenue"),
    ("bvd", "boulevard"),
    ("blvd", "boulevard"),
    ("cct", "circuit"),
    ("cir", "circle"),
    ("cl", "close"),
    ("cres", "crescent"),
    ("cr", "crescent"),
    ("ct", "court"),
    ("dr", "drive"),
    ("hwy", "highway"),
    ("ln", "lane"),
    ("pde", "parade"),
    ("pl", "place"),
    ("rd", "road"),
    ("sq", "square"),
    ("st", "street"),
    ("str", "strasse"),
    ("tce", "terrace"),
    ("ter", "terrace"),
    ("wy", "way"),
];

/// Legal forms of companies.
const LEGAL_FORMS: &[&str] = &[
    "ag",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "ltda",
    "nv",
    "oy",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "se",
    "sl",
    "spa",
    "srl",
    "the",
];
const HAN_LEGAL_FORMS: &[&str] = &["股份有限公司", "有限责任公司", "有限公司", "公司"];

/// Digits below which a number is an extension or a mistake.
const PHONE_DIGITS_MIN: usize = 6;

/// Family and given name out of a whole name: as a comma tells, by the surname of a Chinese name, else the last word
/// with the particles before it is the family name.
pub(crate) fn split_name(text: &str) -> (String, String) {
    if let Some((family, given)) = text.split_once([',', '，']) {
        return (name(family), name(given));
    }
    let whole = name(text);
    if han::is_written_in(&whole) {
        let (family, given) = han::split(&whole);
        return (family.to_owned(), given.to_owned());
    }
    let words: Vec<&str> = whole.split(' ').collect();
    let mut from = words.len().saturating_sub(1);
    while from > 1 && PARTICLES.contains(&words[from - 1]) {
        from -= 1;
    }
    (words[from..].join(" "), words[..from].join(" "))
}

/// Eight digits, year first. A typing error makes dates that are in no calendar, so the calendar is not asked.
pub(crate) fn birth(text: &str) -> Option<String> {
    let folded: String = text.nfkc().collect();
    let date = folded.split(['T', ' ']).find(|part| !part.is_empty())?;
    let numbers: Vec<&str> = date
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty())
        .collect();
    let (year, month, day) = match numbers[..] {
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        [year, month, day] if year.len() == 4 => (year, month, day),
        [day, month, year] if year.len() == 4 => match month.parse::<u32>() {
            Ok(13..) => (year, day, month),
            _ => (year, month, day),
        },
        _ => return None,
    };
    let digits = format!("{year}{month:0>2}{day:0>2}");
    let nobodys = digits == "19000101" || digits.bytes().all(|b| digits.starts_with(char::from(b)));
    (digits.len() == 8 && !nobodys).then_some(digits)
}

/// Digits without international prefix and trunk zero. The country code stays where it was given: numbers are compared
/// by their ends.
pub(crate) fn phone(text: &str, deny: &DenyList) -> Option<String> {
    let number = identity::normalise(IdentifierKind::Phone, &text.replace("(0)", ""));
    let digits = number.trim_start_matches('+').trim_start_matches('0');
    let counts = digits.len() >= PHONE_DIGITS_MIN && !deny.denies(IdentifierKind::Phone, &number);
    (counts && !deny.denies(IdentifierKind::Phone, digits)).then(|| digits.to_owned())
}

/// An address without what follows a plus sign, which is its owner's own sorting.
pub(crate) fn email(text: &str, deny: &DenyList) -> Option<String> {
    let address = identity::normalise(IdentifierKind::Email, text);
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    let counts = !local.is_empty() && domain.contains('.');
    (counts && !deny.denies(IdentifierKind::Email, &address)).then(|| format!("{local}@{domain}"))
}

/// Street and house number; the number is where one is written with the street.
pub(crate) fn street(text: &str) -> (String, String) {
    let words = words(text);
    let numbered = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut number = words.split(' ').filter(numbered);
    let house = number.next().unwrap_or_default().to_owned();
    let full = |word| {
        STREET_WORDS
            .iter()
            .find(|(short, _)| *short == word)
            .map_or(word, |(_, full)| *full)
    };
    let street: Vec<&str> = words
        .split(' ')
        .filter(|word| *word != house)
        .enumerate()
        // What stands first is a name: St Kilda Road is not Street Kilda Road.
        .map(|(i, word)| if i == 0 { word } else { full(word) })
        .collect();
    (street.join(" "), house)
}

/// Letters and digits alone.
pub(crate) fn code(text: &str) -> String {
    words(text).replace(' ', "")
}

/// A company without its legal form.
pub(crate) fn company(text: &str) -> String {
    let words = words(text);
    if han::is_written_in(&words) {
        let form = HAN_LEGAL_FORMS
            .iter()
            .find_map(|form| words.strip_suffix(form));
        return form.unwrap_or(&words).to_owned();
    }
    let kept: Vec<&str> = words
        .split(' ')
        .filter(|word| !LEGAL_FORMS.contains(word))
        .collect();
    kept.join(" ")
}

/// `m` or `f`, where it is one of them.
pub(crate) fn gender(text: &str) -> Option<&'static str> {
    match words(text).as_str() {
        "m" | "male" | "man" | "mr" | "男" | "先生" => Some("m"),
        "f" | "female" | "woman" | "w" | "mrs" | "ms" | "女" | "女士" => Some("f"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
