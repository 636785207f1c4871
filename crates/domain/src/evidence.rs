//! A statement as the profile keeps it, and the gathering of a person's evidence from the records.

use std::sync::Arc;

use crate::event::{Polarity, Purpose, Source};
use crate::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId, StayId};
use crate::note::{FromNote, Standing};
use crate::time::{Day, Moment};

/// Which statement of which event: the identity of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId {
    /// The event.
    pub event: EventKey,
    /// The statement in it, counted from 0; from 128 on those that were read from its note.
    pub statement: u8,
}

impl std::fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.event, self.statement)
    }
}

impl std::str::FromStr for EvidenceId {
    type Err = crate::ids::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = crate::ids::IdError::Derived {
            what: "a piece of evidence",
        };
        let (event, statement) = text.split_once('.').ok_or(wrong.clone())?;
        Ok(Self {
            event: event.parse()?,
            statement: statement.parse().map_err(|_| wrong)?,
        })
    }
}

/// What was noticed by one event: one statement of it, or all of it with its note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceRef {
    /// The event.
    pub event: EventKey,
    /// The statement in it, counted from 0; all of it when `None`.
    pub statement: Option<u8>,
}

impl std::fmt::Display for EvidenceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.statement {
            None => self.event.fmt(f),
            Some(statement) => write!(f, "{}.{statement}", self.event),
        }
    }
}

impl std::str::FromStr for EvidenceRef {
    type Err = crate::ids::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(event) = text.parse() {
            return Ok(Self {
                event,
                statement: None,
            });
        }
        let EvidenceId { event, statement } = text.parse()?;
        Ok(Self {
            event,
            statement: Some(statement),
        })
    }
}

/// One attribute/value claim about a person, with where it comes from. The values are the vocabulary's own words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// Which statement it is.
    pub id: EvidenceId,
    /// About what.
    pub attribute: AttributeId,
    /// The canonical value.
    pub value: Arc<str>,
    /// For or against.
    pub polarity: Polarity,
    /// How it is known.
    pub source: Source,
    /// The day it was noticed, as written.
    pub day: Day,
    /// When it was noticed.
    pub observed_at: Moment,
    /// The stay in which it was noticed, where there was one.
    pub stay: Option<StayId>,
    /// On what kind of trip it holds: as it was said, else that of the stay in which it was noticed.
    pub purpose: Option<Purpose>,
    /// Where it was noticed.
    pub property: PropertyId,
    /// Which department noticed it.
    pub department: DepartmentId,
    /// Through which app.
    pub app: AppId,
    /// The publisher's id of the event.
    pub event_id: Arc<str>,
    /// How it was read, where it was not stated but read from the free note.
    pub from_note: Option<FromNote>,
}

impl Evidence {
    /// Whether nothing but the words of a note speaks for it: nobody has said yet that they mean it.
    #[must_use]
    pub fn is_only_read(&self) -> bool {
        self.from_note
            .is_some_and(|note| note.standing == Standing::Waiting)
    }
}
