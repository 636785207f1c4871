//! What an observation says: its own statements, and those that its note seems to make.
//!
//! The number of a statement that was read follows from what it says and not from where it stands, so that whatever
//! names it means the same by whichever vocabulary the note is read. There are 128 numbers: a
//! statement that is alone in a note in asking for one has it whatever else is read; of several that ask for the same all
//! but the least have another, which depends on what else is read.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::worded;
use crate::event::{CountsAs, Polarity, ReadStatement, Scope, Source, Statement};
use crate::fact::{NoteJudgedFact, Noted};
use crate::ids::AttributeId;
use crate::note::{FromNote, Span, Standing};
use crate::settings::Settings;

/// Statements that were read from a note have this number or a higher one; those that an observation makes itself are
/// fewer.
pub const READ_FROM: u8 = 0x80;

/// The most statements that are read from one note, and the most that people stand by beside, so that each has a number.
const READ_MAX: usize = 64;

/// Bytes of the hash that numbers a statement.
const DIGEST_BYTES: usize = 32;

/// A claim of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'n> {
    /// Its number in the observation.
    pub number: u8,
    /// What it says; in the vocabulary's words where it was read from the note, else as it was written.
    pub statement: Cow<'n, Statement>,
    /// For whom it holds.
    pub scope: Scope,
    /// How it is known.
    pub source: Source,
    /// How it was read, where it comes from the note.
    pub from_note: Option<FromNote>,
}

impl Said<'_> {
    /// The same, without a copy of what it says.
    pub(super) fn lent(&self) -> Said<'_> {
        Said {
            statement: Cow::Borrowed(&self.statement),
            ..*self
        }
    }

    /// Whether somebody said that the note does not mean it.
    pub(super) fn is_rejected(&self) -> bool {
        self.from_note
            .is_some_and(|note| note.standing == Standing::Rejected)
    }
}

/// A statement that was read from the note of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its number in the observation.
    pub number: u8,
    /// What it says, in the vocabulary's words as far as it has any.
    pub statement: ReadStatement,
    /// How it is known: inferred, until somebody confirms it.
    pub source: Source,
    /// How it was read.
    pub from_note: FromNote,
}

/// What the observation says, by number. What its note repeats, or seems to deny, of its own statements is theirs to say.
#[must_use]
pub fn said<'n>(
    noted: &'n Noted,
    judged: &[NoteJudgedFact],
    settings: &Settings<'_>,
) -> Vec<Said<'n>> {
    let read = said_by_note(noted, judged, settings);
    own(noted).chain(read).collect()
}

/// What the observation says itself, by number.
pub(super) fn own(noted: &Noted) -> impl Iterator<Item = Said<'_>> {
    let numbered = (0_u8..).zip(&noted.statements);
    numbered.map(|(number, statement)| Said {
        number,
        statement: Cow::Borrowed(statement),
        scope: noted.scope,
        source: noted.source,
        from_note: None,
    })
}

/// What the note of the observation says beside, by number.
pub(super) fn said_by_note(
    noted: &Noted,
    judged: &[NoteJudgedFact],
    settings: &Settings<'_>,
) -> Vec<Said<'static>> {
    let read = read(noted, judged, settings).into_iter();
    let read = read.map(|read| Said {
        number: read.number,
        scope: read.statement.scope.max(noted.scope),
        statement: Cow::Owned(Statement {
            attribute: read.statement.attribute,
            value: read.statement.value.into(),
            polarity: read.statement.polarity,
            purpose: None,
        }),
        source: read.source,
        from_note: Some(read.from_note),
    });
    read.collect()
}

/// What the note of an observation seems to say, and what people said that it means, by number.
#[must_use]
pub fn read(noted: &Noted, judged: &[NoteJudgedFact], settings: &Settings<'_>) -> Vec<Read> {
    let Some(note) = &noted.note else {
        return Vec::new();
    };
    let stated = stated(noted, settings);
    let is_own = |read: &ReadStatement| {
        let mut own = stated.iter();
        own.any(|(attribute, value)| *attribute == read.attribute && *value == read.value)
    };
    let mut spans: BTreeMap<ReadStatement, Option<Span>> = BTreeMap::new();
    for reading in settings.notes.read(note) {
        let statement = ReadStatement {
            attribute: reading.attribute,
            value: reading.value,
            polarity: reading.polarity,
            scope: reading.scope,
        };
        if spans.len() < READ_MAX && !is_own(&statement) {
            spans.entry(statement).or_insert(Some(reading.span));
        }
    }
    let judged = judgements(judged, settings);
    // What is no longer read so counts all the same where somebody stands by it.
    let confirmed = judged
        .iter()
        .filter(|(_, as_what)| as_what.source().is_some());
    let unread = confirmed.map(|(statement, _)| statement);
    let unread = unread.filter(|of| !spans.contains_key(of) && !is_own(of));
    let unread: Vec<ReadStatement> = unread.take(READ_MAX).cloned().collect();
    spans.extend(unread.into_iter().map(|statement| (statement, None)));
    let numbered = numbered(spans);
    let read = |(number, (statement, span)): (u8, (ReadStatement, Option<Span>))| {
        let (standing, source) = match judged.get(&statement).map(|as_what| as_what.source()) {
            None => (Standing::Waiting, Source::Inferred),
            Some(Some(source)) => (Standing::Confirmed, source),
            Some(None) => (Standing::Rejected, Source::Inferred),
        };
        Read {
            number,
            statement,
            source,
            from_note: FromNote { span, standing },
        }
    };
    numbered.into_iter().map(read).collect()
}

/// What people last said of each statement, in the vocabulary's words as far as it has any.
fn judgements(
    judged: &[NoteJudgedFact],
    settings: &Settings<'_>,
) -> BTreeMap<ReadStatement, CountsAs> {
    let mut judged: Vec<&NoteJudgedFact> = judged.iter().collect();
    judged.sort_by_key(|judgement| judgement.order());
    let last = judged.into_iter().map(|judgement| {
        let said = &judgement.statement;
        let attribute = settings.vocabulary.meant(&said.attribute);
        let (_, value) = worded(settings.vocabulary, attribute, &said.value);
        let statement = ReadStatement {
            attribute: attribute.clone(),
            value,
            ..said.clone()
        };
        (statement, judgement.counts_as)
    });
    last.collect()
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

/// Each statement with its number: what it asks for first where no other asks for the same, whatever else was read. Of
/// those that ask for the same the least has it, so that another vocabulary can change the numbers of such alone, and each
/// of the others has the next number that it asks for and nobody had before.
fn numbered<T>(read: BTreeMap<ReadStatement, T>) -> BTreeMap<u8, (ReadStatement, T)> {
    let asking = read.into_iter().map(|of| (digest(&of.0), of));
    let mut asking: Vec<_> = asking.collect();
    let mut numbered = BTreeMap::new();
    // A round each, so that nobody's first number goes to one who could not have another.
    for round in 0_u8.. {
        if asking.is_empty() {
            break;
        }
        let mut without = Vec::new();
        for (digest, of) in asking {
            match numbered.entry(wanted(&digest, round)) {
                Entry::Vacant(free) => {
                    free.insert(of);
                }
                Entry::Occupied(_) => without.push((digest, of)),
            }
        }
        asking = without;
    }
    numbered
}

/// The number that a statement has unless another of the same note has it already.
#[must_use]
pub fn first_number(statement: &ReadStatement) -> u8 {
    wanted(&digest(statement), 0)
}

/// The number that a statement asks for in a round: seven bits of its own hash, and once those are used up one behind the
/// other, so that it comes by every number there is.
fn wanted(digest: &[u8; DIGEST_BYTES], round: u8) -> u8 {
    let byte = digest.get(usize::from(round)).copied();
    byte.unwrap_or_else(|| digest[0].wrapping_add(round)) | READ_FROM
}

/// A hash of what a statement says.
fn digest(statement: &ReadStatement) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    hash.update(statement.attribute.as_str());
    hash.update(match statement.polarity {
        Polarity::For => "=",
        Polarity::Against => "!=",
    });
    hash.update(&*statement.value);
    hash.update(match statement.scope {
        Scope::Guest => "",
        Scope::Party => "@party",
        Scope::Stay => "@stay",
    });
    hash.finalize().into()
}

#[cfg(test)]
pub(super) mod tests;
