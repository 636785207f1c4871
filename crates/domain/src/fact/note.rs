//! What people say of statements that notes seem to make, as it is remembered: under the observation.

use crate::event::{CountsAs, Event, NoteJudgement, ReadStatement};
use crate::ids::{AppId, DepartmentId, EventKey, PropertyId};
use crate::time::Moment;

/// A judgement under the observation of which it judges the note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteJudgedFact {
    /// The event.
    pub key: EventKey,
    /// The observation.
    pub target: EventKey,
    /// Which statement of its note.
    pub statement: ReadStatement,
    /// What it counts as.
    pub counts_as: CountsAs,
    /// Where.
    pub property: PropertyId,
    /// By which department, and through which app; by guest operations when `None`.
    pub department: Option<(DepartmentId, AppId)>,
    /// When that was said.
    pub occurred_at: Moment,
    /// By whom.
    pub by: Option<Box<str>>,
}

impl NoteJudgedFact {
    pub(super) fn of(judgement: &NoteJudgement, event: &Event, property: PropertyId) -> Self {
        let publisher = event.publisher.clone();
        let department = event.on_behalf_of.clone().or(publisher.department);
        Self {
            key: event.key,
            target: judgement.of.key(),
            statement: judgement.statement.clone(),
            counts_as: judgement.counts_as,
            property,
            department: department.zip(publisher.app),
            occurred_at: judgement.occurred_at,
            by: judgement.by.clone(),
        }
    }

    /// The order in which judgements of one statement hold: the last one does.
    #[must_use]
    pub fn order(&self) -> (i64, EventKey) {
        (self.occurred_at.utc_micros, self.key)
    }
}
