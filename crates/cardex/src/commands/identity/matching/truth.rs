//! Which rows of a labelled table are one person.

use std::collections::HashMap;
use std::str::FromStr;

use csv::StringRecord;

use super::columns::{missing, position};
use crate::exit::Usage;

const DIGITS: &str = "digits";

/// A column that tells, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    column: String,
    /// Whether the first number in it tells, and not the whole.
    digits: bool,
}

/// Persons by number; rows of one person have the same.
#[derive(Debug, Default)]
pub(super) struct Persons {
    numbers: HashMap<String, u32>,
    rows: HashMap<u32, u64>,
    next: u32,
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.rsplit_once(':') {
            Some((column, DIGITS)) => Ok(Self {
                column: column.to_owned(),
                digits: true,
            }),
            Some((_, rule)) => Err(format!("no rule {rule}: write COLUMN or COLUMN:{DIGITS}")),
            None => Ok(Self {
                column: text.to_owned(),
                digits: false,
            }),
        }
    }
}

impl Rule {
    /// Where its column stands.
    pub(super) fn position(&self, heading: &StringRecord) -> Result<usize, Usage> {
        position(heading, &self.column).ok_or_else(|| missing(&self.column, heading))
    }

    /// What the rows of a person have in common; `None` when the row says nothing.
    pub(super) fn label<'t>(&self, text: &'t str) -> Option<&'t str> {
        let text = if self.digits {
            let from = text
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(text.len());
            let number = &text[from..];
            &number[..number
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(number.len())]
        } else {
            text.trim()
        };
        (!text.is_empty()).then_some(text)
    }
}

impl Persons {
    /// The person of a label; without one, somebody who comes once.
    pub(super) fn number(&mut self, label: Option<&str>) -> u32 {
        let number = match label.map(|label| (label, self.numbers.get(label))) {
            Some((_, Some(number))) => *number,
            known => {
                self.next += 1;
                if let Some((label, None)) = known {
                    self.numbers.insert(label.to_owned(), self.next);
                }
                self.next
            }
        };
        *self.rows.entry(number).or_default() += 1;
        number
    }

    /// How many pairs of rows are of one person.
    pub(super) fn pairs(&self) -> u64 {
        self.rows.values().map(|rows| rows * (rows - 1) / 2).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_or_the_whole_tells() {
        let digits: Rule = "rec_id:digits".parse().unwrap();
        assert_eq!(digits.label("rec-223-dup-0"), Some("223"));
        assert_eq!(digits.label("none"), None);
        let whole: Rule = "person".parse().unwrap();
        assert_eq!(whole.label(" a1 "), Some("a1"));
        assert!("rec_id:letters".parse::<Rule>().is_err());
    }

    #[test]
    fn pairs_are_counted_by_person() {
        let mut persons = Persons::default();
        let numbers: Vec<u32> = [Some("a"), Some("b"), Some("a"), None, None, Some("a")]
            .into_iter()
            .map(|label| persons.number(label))
            .collect();
        assert_eq!(numbers, [1, 2, 1, 3, 4, 1]);
        assert_eq!(persons.pairs(), 3);
    }
}
