//! What is wrong in a playbook, told so that the person who edits it can put it right.

use cardex_domain::vocabulary::{self, Attribute, Canonical, Vocabulary};

/// Something wrong in a file of a playbook, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}, line {line}, column {column}{}: {message}", of_rule(rule.as_deref()))]
pub struct Fault {
    /// The file of the playbook.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The rule it is in, as its id is written, where it has one.
    pub rule: Option<Box<str>>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// A fault of `rule` at a byte offset of a file with this path and text.
    pub(crate) fn at(
        (file, text): (&str, &str),
        offset: usize,
        rule: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        let vocabulary::Fault {
            line,
            column,
            message,
        } = vocabulary::Fault::at(text, offset, message);
        Self {
            file: file.into(),
            line,
            column,
            rule: rule.map(Box::from),
            message,
        }
    }
}

/// Something wrong at a byte offset of a text.
pub(crate) type Wrong = (usize, String);

fn of_rule(rule: Option<&str>) -> String {
    rule.map_or_else(String::new, |rule| format!(", rule `{rule}`"))
}

/// What to write instead of `word`: the nearest of `known`, when one is near enough to be what was meant.
pub(crate) fn meant<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let near_enough = 1.max(word.chars().count() / 3);
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= near_enough)
        .map(|(_, candidate)| candidate)
}

/// Why `word` is not a value of `attribute` as evidence keeps it, and what to write instead.
pub(crate) fn not_a_value(
    vocabulary: &Vocabulary,
    attribute: &Attribute,
    word: &str,
) -> Option<String> {
    let id = &attribute.id;
    let instead = match vocabulary.canonical(id, word) {
        Canonical::Known(value) if value == word => return None,
        Canonical::Open(value) if value == word => return None,
        Canonical::Known(value) => format!("write `{value}`"),
        Canonical::Open(value) => format!("write `{value}`"),
        Canonical::UnknownValue | Canonical::UnknownAttribute => {
            match meant(word, attribute.values.iter().map(|value| &*value.id)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write one that the vocabulary lists".to_owned(),
            }
        }
    };
    Some(format!("`{word}` is not a value of `{id}`: {instead}"))
}

/// How many characters to put in, take out or replace to get from `a` to `b` (Levenshtein, by Wagner and Fischer).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
