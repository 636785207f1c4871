//! A guest's history as it is answered: what was recorded, in the order in which it came, as far as a department sees it.

use cardex_domain::ids::{AppId, DepartmentId, EventKey, ItemId, NodeId, PropertyId, StayId};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reply::{Behind, WaitingStatement};
use crate::event::v1::{JudgementWord, OutcomeKind};
use crate::text::AsText;
use crate::words::is_zero;

/// Everything recorded that touches a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The nodes that are the guest, in order.
    pub members: Vec<AsText<NodeId>>,
    /// What was recorded, by sequence, in the order asked for.
    pub entries: Vec<HistoryEntry>,
    /// Where to go on, when there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// One event that touches a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEntry {
    /// The event's sequence.
    pub sequence: u64,
    /// The event.
    pub event: AsText<EventKey>,
    /// When the server took it.
    pub recorded_at: AsText<Moment>,
    /// When it happened, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<AsText<Moment>>,
    /// What kind of event it is.
    pub kind: HistoryKind,
    /// What happened, as the event's subject names it; of a statement read from a note, what it counts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// What became of an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeKind>,
    /// What is so instead of what was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<JudgementWord>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<AsText<PropertyId>>,
    /// By which department, or on whose board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<AsText<DepartmentId>>,
    /// Through which app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AsText<AppId>>,
    /// The member of staff, as the event says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// What was noticed, or what is put right of it, as far as the department may see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<WaitingStatement>,
    /// How many statements the department may not see.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withheld: u32,
    /// The note, where the department may read it; of what was put right, linked or undone, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The items that came onto or left a board, or that something became of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AsText<ItemId>>,
    /// The events that are taken back or undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<AsText<EventKey>>,
    /// The corrections by which some of what was noticed is somebody else's: it counts with whom they say. Where it was
    /// noticed of another guest, no more of it is shown than they say is this guest's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_by: Vec<AsText<EventKey>>,
    /// The guests that are linked or kept apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<AsText<NodeId>>,
    /// Whether it can't be told that it is about this guest: two had the room, say. It counts for nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unassigned: bool,
}

/// What kind of event touches a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Something was noticed.
    Observation,
    /// Something noticed was taken back.
    Retraction,
    /// Somebody said whether a note means what it seems to say, and what it counts as.
    NoteJudged,
    /// Something happened to a stay.
    Stay,
    /// What is known was put right.
    Correction,
    /// Two were said to be one guest, or never to be.
    Link,
    /// Guest operations were undone.
    Undo,
    /// Items came onto a board or left it.
    Card,
    /// Something became of an item.
    Outcome,
}
