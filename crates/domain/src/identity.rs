//! Who is who: a person is a connected component of stays and profiles, found anew whenever it is asked for. Here is
//! what is compared; how nodes are joined is in [`graph`].

pub mod form;
mod graph;
mod node;
mod stranger;

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::event::{IdentifierKind, Name};

pub use graph::{Component, Identity, Join, Person, component_of, is_contested, person_of};
pub use node::{NodeFacts, carriers, is_known, is_recorded, is_undone, links, node_facts};
pub(crate) use stranger::are_of_two;

/// Identifiers that belong to nobody in particular and so never link: an agency's relay address, `000000`, a
/// switchboard; and what stands in place of names that nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DenyList {
    patterns: BTreeMap<IdentifierKind, Vec<Box<str>>>,
    /// By their words.
    names: BTreeSet<BTreeSet<String>>,
}

/// The deny list has a line that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} of the deny list: expected document, loyalty, phone or email and a pattern, or name and a name"
)]
pub struct DenyListFault {
    /// The line, from 1.
    pub line: usize,
}

impl DenyList {
    /// The list used when no other is activated.
    pub const EMBEDDED_TEXT: &'static str = include_str!("deny_list.txt");

    /// Reads a list: a line is a kind of identifier and a pattern, in which `*` stands for anything, or `name` and what
    /// stands in place of a name; `#` begins a comment.
    ///
    /// # Errors
    /// At the first line that is neither.
    pub fn parse(text: &str) -> Result<Self, DenyListFault> {
        let mut list = Self::default();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let fault = DenyListFault { line: i + 1 };
            let (kind, pattern) = line.split_once(char::is_whitespace).ok_or(fault.clone())?;
            let kind = match kind {
                "document" => IdentifierKind::Document,
                "loyalty" => IdentifierKind::Loyalty,
                "phone" => IdentifierKind::Phone,
                "email" => IdentifierKind::Email,
                "name" => {
                    list.names.insert(words(&in_full(pattern)));
                    continue;
                }
                _ => return Err(fault),
            };
            let normal: Vec<String> = pattern
                .split('*')
                .map(|part| normalise(kind, part))
                .collect();
            list.patterns
                .entry(kind)
                .or_default()
                .push(normal.join("*").into());
        }
        Ok(list)
    }

    /// Whether the name stands in place of one that nobody knows. One that is on the list is a person's all the same
    /// where nothing else is known.
    #[must_use]
    pub fn is_placeholder(&self, name: &Name) -> bool {
        self.names.contains(&words(name))
    }

    /// Whether the normalised identifier is on the list. One of a single repeated character always is.
    #[must_use]
    pub fn denies(&self, kind: IdentifierKind, normalised: &str) -> bool {
        let mut chars = normalised.trim_start_matches('+').chars();
        let first = chars.next();
        if chars.all(|c| Some(c) == first) {
            return true;
        }
        self.patterns
            .get(&kind)
            .is_some_and(|all| all.iter().any(|p| matches(p, normalised)))
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts = tail.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The comparable form of an identifier: e-mail addresses in lower case, telephone numbers as digits with their `+`,
/// document and loyalty numbers as capital letters and digits. Empty when nothing is left.
#[must_use]
pub fn normalise(kind: IdentifierKind, value: &str) -> String {
    let folded = value.nfkc();
    match kind {
        IdentifierKind::Email => folded
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect(),
        IdentifierKind::Phone => {
            let digits: String = folded.filter(|c| c.is_ascii_digit() || *c == '+').collect();
            let international = digits.starts_with('+') || digits.starts_with("00");
            let digits = digits.replace('+', "");
            match international {
                true if digits.is_empty() => digits,
                true => format!("+{}", digits.trim_start_matches("00")),
                false => digits,
            }
        }
        IdentifierKind::Document | IdentifierKind::Loyalty => folded
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect(),
    }
}

fn in_full(name: &str) -> Name {
    Name {
        full: Some(name.trim().into()),
        ..Name::default()
    }
}

/// Whether any two of the names can't be one person's. A name that is a part of another does not conflict with it, nor
/// does what stands in place of one.
fn names_conflict<'a>(names: impl Iterator<Item = &'a Option<Name>>, deny: &DenyList) -> bool {
    let names: BTreeSet<BTreeSet<String>> = names
        .flatten()
        .filter(|name| !deny.is_placeholder(name))
        .map(spelt_alike)
        .filter(|words| !words.is_empty())
        .collect();
    names.iter().enumerate().any(|(i, a)| {
        names
            .iter()
            .skip(i + 1)
            .any(|b| !a.is_subset(b) && !b.is_subset(a))
    })
}

/// The words of a name as those are that are written otherwise and mean it: simplified and traditional characters, `ü` and
/// `ue`, with and without what stands inside a word.
fn spelt_alike(name: &Name) -> BTreeSet<String> {
    let parts = parts(name).map(|part| &**part);
    let words = form::words(&parts.collect::<Vec<_>>().join(" "));
    let words = words.split(' ').filter(|word| !word.is_empty());
    words
        .map(|word| {
            word.replace("ae", "a")
                .replace("oe", "o")
                .replace("ue", "u")
        })
        .collect()
}

/// The parts of a name that say it all.
fn parts(name: &Name) -> impl Iterator<Item = &Box<str>> {
    let (full, family, given) = match (&name.full, &name.family, &name.given) {
        (_, Some(family), Some(given)) => (None, Some(family), Some(given)),
        (Some(full), _, _) => (Some(full), None, None),
        (None, family, given) => (None, family.as_ref(), given.as_ref()),
    };
    full.into_iter().chain(family).chain(given)
}

/// The comparable words of a name, without case, accents or order; a name in Han characters is one word.
#[must_use]
pub fn words(name: &Name) -> BTreeSet<String> {
    let folded: String = parts(name)
        .flat_map(|part| part.nfkd().chain(std::iter::once(' ')))
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty());
    if folded.is_ascii() || folded.chars().any(|c| c.is_ascii_alphabetic()) {
        words.map(str::to_owned).collect()
    } else {
        let whole: String = words.collect();
        BTreeSet::from([whole])
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect()
    }
}

/// Whether each of the words that are wanted, or what begins with it, is among those of a name.
#[must_use]
pub fn has_words(of: &BTreeSet<String>, wanted: &BTreeSet<String>) -> bool {
    wanted.iter().all(|w| of.iter().any(|h| h.starts_with(w)))
}

#[cfg(test)]
mod tests;
