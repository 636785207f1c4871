//! What an observation says: its own statements, and those that its note seems to make.
//!
//! The number of a statement that was read follows from what it says and not from where it stands, so that whatever
//! names it means the same by whichever vocabulary the note is read.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::worded;
use crate::event::{Polarity, Scope, Source, Statement};
use crate::fact::Noted;
use crate::ids::AttributeId;
use crate::note::{FromNote, Span, Standing};
use crate::settings::Settings;

/// Statements that were read from a note have this number or a higher one; those that an observation makes itself are
/// fewer.
pub const READ_FROM: u8 = 0x80;

/// The most statements that are read from one note, so that each has a number.
const READ_MAX: usize = 64;

/// A claim of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its number in the observation.
    pub number: u8,
    /// What it says; in the vocabulary's words where it was read from the note, else as it was written.
    pub statement: Statement,
    /// For whom it holds.
    pub scope: Scope,
    /// How it is known.
    pub source: Source,
    /// How it was read, where it comes from the note.
    pub from_note: Option<FromNote>,
}

/// What a statement that was read says, in the vocabulary's words: what makes it the same statement.
pub type Content = (AttributeId, Box<str>, Polarity, Scope);

/// What the observation says, by number. What its note repeats, or seems to deny, of its own statements is theirs to say.
#[must_use]
pub fn said(noted: &Noted, settings: &Settings<'_>) -> Vec<Said> {
    let own = (0_u8..).zip(&noted.statements);
    let mut said: Vec<Said> = own
        .map(|(number, statement)| Said {
            number,
            statement: statement.clone(),
            scope: noted.scope,
            source: noted.source,
            from_note: None,
        })
        .collect();
    let Some(note) = &noted.note else {
        return said;
    };
    let mut read: BTreeMap<Content, Span> = BTreeMap::new();
    let stated = stated(noted, settings);
    for reading in settings.notes.read(note) {
        let claim = (reading.attribute, reading.value);
        if !stated.contains(&claim) && read.len() < READ_MAX {
            let (attribute, value) = claim;
            let content = (attribute, value, reading.polarity, reading.scope);
            read.entry(content).or_insert(reading.span);
        }
    }
    let numbers = numbered(read.keys());
    for (content, span) in read {
        let number = numbers[&content];
        let (attribute, value, polarity, scope) = content;
        said.push(Said {
            number,
            statement: Statement {
                attribute,
                value,
                polarity,
                purpose: None,
            },
            scope: scope.max(noted.scope),
            source: Source::Inferred,
            from_note: Some(FromNote {
                span: Some(span),
                standing: Standing::Waiting,
            }),
        });
    }
    said.sort_unstable_by_key(|said| said.number);
    said
}

/// What the observation states itself, in the vocabulary's words as far as it has any.
fn stated(noted: &Noted, settings: &Settings<'_>) -> BTreeSet<(AttributeId, Box<str>)> {
    let claim = |statement: &Statement| {
        let attribute = settings.vocabulary.meant(&statement.attribute);
        let (_, value) = worded(settings.vocabulary, attribute, &statement.value);
        (attribute.clone(), value)
    };
    noted.statements.iter().map(claim).collect()
}

/// The number of each statement: seven bits of a hash of what it says, and the next free one where two have the same.
fn numbered<'c>(read: impl Iterator<Item = &'c Content>) -> BTreeMap<Content, u8> {
    let mut wanted: Vec<(u8, &Content)> = read.map(|of| (first_number(of), of)).collect();
    wanted.sort();
    let mut taken = BTreeSet::new();
    let number = |(first, content): (u8, &Content)| {
        let from_first =
            (0..READ_FROM).map(|step| (first - READ_FROM + step) % READ_FROM + READ_FROM);
        let number = from_first
            .into_iter()
            .find(|number| !taken.contains(number))
            .expect("fewer statements are read than there are numbers");
        taken.insert(number);
        (content.clone(), number)
    };
    wanted.into_iter().map(number).collect()
}

/// The number that a statement has unless another of the same note has it already.
#[must_use]
pub fn first_number((attribute, value, polarity, scope): &Content) -> u8 {
    let mut hash = Sha256::new();
    hash.update(attribute.as_str());
    hash.update(match polarity {
        Polarity::For => "=",
        Polarity::Against => "!=",
    });
    hash.update(&**value);
    hash.update(match scope {
        Scope::Guest => "",
        Scope::Party => "@party",
        Scope::Stay => "@stay",
    });
    hash.finalize()[0] | READ_FROM
}

#[cfg(test)]
mod tests;
