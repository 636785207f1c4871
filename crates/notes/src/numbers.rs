//! Numbers that pay for somebody or prove who somebody is: payment cards, passports and other papers. They have no place in
//! a note, and say nothing about what a guest likes.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use crate::folded::folded;
use crate::lexicon::WordList;
use crate::sections::sections;

/// Digits of a payment card's number (ISO/IEC 7812).
const CARD_DIGITS: RangeInclusive<usize> = 13..=19;
/// Characters of the number of a Chinese identity card (GB 11643).
const IDENTITY_CARD_CHARS: usize = 18;
/// Characters of the number of a paper that is called by its name.
const PAPER_CHARS: RangeInclusive<usize> = 6..=20;
/// Digits that the number of a paper has at the least.
const PAPER_DIGITS_MIN: usize = 5;
/// Between the name of a paper or card and its number: "no.", "number is", a colon.
const BETWEEN_BYTES_MAX: usize = 16;

static NAMES: LazyLock<Names> = LazyLock::new(Names::read);

/// What such numbers are called.
struct Names {
    /// Of payment cards, and then of papers.
    list: WordList,
    cards: usize,
}

impl Names {
    fn read() -> Self {
        let listed = sections(include_str!("numbers.txt"));
        let words = |name: &str| -> Vec<String> {
            let own = listed.iter().filter(|(heading, _)| *heading == name);
            own.flat_map(|(_, words)| words)
                .map(|word| folded(word))
                .collect()
        };
        let (mut all, papers) = (words("card"), words("paper"));
        let cards = all.len();
        all.extend(papers);
        Self {
            list: WordList::new(&all),
            cards,
        }
    }
}

/// The numbers in a folded text, each with what it is called where that stands before it.
pub(crate) fn found(text: &str) -> Vec<Range<usize>> {
    let mut numbers: Vec<Range<usize>> = Vec::new();
    if text.bytes().filter(u8::is_ascii_digit).count() < PAPER_DIGITS_MIN {
        return numbers;
    }
    let named: Vec<(Range<usize>, bool)> = NAMES
        .list
        .find(text)
        .map(|(range, place)| (range, place < NAMES.cards))
        .collect();
    for run in runs(text) {
        let called = named
            .iter()
            .rev()
            .find(|(name, _)| name.end <= run.start && is_between(&text[name.end..run.start]));
        let digits = &text[run.clone()];
        let is_found = match called {
            Some((_, true)) => is_as_long_as_card(digits),
            Some((_, false)) => is_papers(digits),
            None => is_card(digits) || is_identity_card(digits),
        };
        if is_found {
            let start = called.map_or(run.start, |(name, _)| name.start);
            numbers.push(start..run.end);
        }
    }
    numbers
}

/// Runs of letters and digits that have a digit in them; groups of digits apart by single blanks are one.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for token in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let own = at..at + token.len();
        at = own.end + text[own.end..].chars().next().map_or(0, char::len_utf8);
        if !token.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let is_digits = |range: &Range<usize>| {
            text[range.clone()]
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b' ')
        };
        match runs.last_mut() {
            Some(last)
                if is_digits(last) && is_digits(&own) && &text[last.end..own.start] == " " =>
            {
                last.end = own.end
            }
            _ => runs.push(own),
        }
    }
    runs
}

/// Whether what stands between a name and a number belongs to the name: no figure, and not a whole clause.
fn is_between(text: &str) -> bool {
    text.len() <= BETWEEN_BYTES_MAX
        && !text.bytes().any(|byte| byte.is_ascii_digit())
        && !text.contains([',', ';', '。'])
}

fn is_as_long_as_card(run: &str) -> bool {
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b' ';
    run.bytes().all(is_number) && CARD_DIGITS.contains(&digits(run).count())
}

/// Whether a number that nothing names is that of a payment card: it begins as those of the large networks do, which
/// bookings and telephones mostly don't, and ends with its check digit (Luhn, ISO/IEC 7812-1).
fn is_card(run: &str) -> bool {
    let begins = digits(run).take(4).fold(0, |all, digit| 10 * all + digit);
    let is_of_network = (2221..=2720).contains(&begins) || (3000..=6999).contains(&begins);
    let doubled = |digit: u32| (2 * digit) / 10 + (2 * digit) % 10;
    let weighed = digits(run)
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            1 => doubled(digit),
            _ => digit,
        });
    let all_same = digits(run).all(|digit| 1111 * digit == begins);
    is_as_long_as_card(run) && is_of_network && !all_same && weighed.sum::<u32>().is_multiple_of(10)
}

fn digits(run: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    run.chars().filter_map(|c| c.to_digit(10))
}

/// Whether a run is the number of a Chinese identity card, by its check character (ISO 7064 MOD 11-2).
fn is_identity_card(run: &str) -> bool {
    let value = |(at, c): (usize, char)| match c {
        'x' if at + 1 == IDENTITY_CARD_CHARS => Some(10),
        c => c.to_digit(10),
    };
    let values: Option<Vec<u32>> = run.chars().enumerate().map(value).collect();
    values.is_some_and(|values| {
        let sum = values.iter().fold(0, |sum, value| (2 * sum + value) % 11);
        values.len() == IDENTITY_CARD_CHARS && sum == 1
    })
}

/// Whether a run looks like the number of a paper that is called by its name before it.
fn is_papers(run: &str) -> bool {
    PAPER_CHARS.contains(&run.len()) && digits(run).count() >= PAPER_DIGITS_MIN
}

#[cfg(test)]
mod tests;
