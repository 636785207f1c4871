//! Free notes as the fold sees them: what a reader of notes makes of one, and how evidence tells that it was read.
//!
//! **Invariant:** nobody here understands a word. Whoever folds a profile brings the reader along ([`ReadsNotes`]), and
//! the same note read by the same reader says the same.

use crate::event::{Polarity, Scope};
use crate::ids::AttributeId;

/// Bytes of a note as it was written, at the bounds of characters: from `start`, up to and without `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A statement that a note seems to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// About what.
    pub attribute: AttributeId,
    /// The vocabulary's own word for the value.
    pub value: Box<str>,
    /// Whether the guest wants it.
    pub polarity: Polarity,
    /// The guest, or somebody who belongs to the guest.
    pub scope: Scope,
    /// The words that say so.
    pub span: Span,
}

/// Reads free notes by the words of one vocabulary.
pub trait ReadsNotes: std::fmt::Debug + Send + Sync {
    /// What a note seems to say, in its order; the same statement once.
    fn read(&self, note: &str) -> Vec<Reading>;
}

/// Leaves every note unread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unread;

impl ReadsNotes for Unread {
    fn read(&self, _: &str) -> Vec<Reading> {
        Vec::new()
    }
}

/// How a piece of evidence was read from a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FromNote {
    /// The words that it rests on; `None` when the note is no longer read so and people stand by it all the same.
    pub span: Option<Span>,
    /// What people say of it.
    pub standing: Standing,
}

/// What people say of a statement that was read from a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nobody said anything yet: it counts as inferred.
    Waiting,
    /// It is what was meant.
    Confirmed,
    /// It is not what was meant, and does not count.
    Rejected,
}

impl Standing {
    /// The word for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}
