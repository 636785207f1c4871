//! What people say of statements that notes seem to make.

use super::{Polarity, Scope, Source};
use crate::ids::{AppId, AttributeId, EventKey};
use crate::time::Moment;

/// Says whether a statement that a note seems to make is what was meant. The latest of one statement holds, whichever
/// comes first. It names the statement by what it says, so that it means the same however the note is read later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteJudgement {
    /// Whose note.
    pub of: JudgedNote,
    /// Which statement.
    pub statement: ReadStatement,
    /// What it counts as.
    pub counts_as: CountsAs,
    /// When that was said.
    pub occurred_at: Moment,
    /// By whom, as the app says.
    pub by: Option<Box<str>>,
}

/// How an observation is named of which the note is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgedNote {
    /// One that the publisher's own department published at the same property.
    Own {
        /// Its id.
        event: Box<str>,
        /// The app through which it was published; the publisher's own when `None`.
        app: Option<AppId>,
        /// The key of it.
        key: EventKey,
    },
    /// Any: guest operations look after all guests.
    Any(EventKey),
}

impl JudgedNote {
    /// The observation.
    #[must_use]
    pub fn key(&self) -> EventKey {
        match self {
            Self::Own { key, .. } | Self::Any(key) => *key,
        }
    }
}

/// A statement that a note seems to make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadStatement {
    /// About what.
    pub attribute: AttributeId,
    /// Which value, in the words of the vocabulary by which it was read.
    pub value: Box<str>,
    /// Whether the guest likes it or not.
    pub polarity: Polarity,
    /// The guest, or somebody who belongs to the guest.
    pub scope: Scope,
}

/// What a statement counts as that was read from a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountsAs {
    /// The guest said so.
    Stated,
    /// Somebody saw it.
    Observed,
    /// It is not what was meant.
    Nothing,
}

impl CountsAs {
    /// The word for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Observed => "observed",
            Self::Nothing => "nothing",
        }
    }

    /// How it is known, if it counts.
    #[must_use]
    pub fn source(self) -> Option<Source> {
        match self {
            Self::Stated => Some(Source::Stated),
            Self::Observed => Some(Source::Observed),
            Self::Nothing => None,
        }
    }
}
