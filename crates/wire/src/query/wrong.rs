//! What is asked and answered about what staff said is wrong: the corrections that wait to be made.

use cardex_domain::evidence::EvidenceId;
use cardex_domain::ids::{DepartmentId, EventKey, NodeId, Room, RuleId, StayId};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Behind;
use crate::board::ReasonClaim;
use crate::event::v1::Polarity;
use crate::text::AsText;

/// Asks what was said to be wrong and still counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WrongRequest {
    /// Behind this one, in the order of the answers: the `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<AsText<EventKey>>,
    /// The most to answer with [default: 50, at most 500].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// What was said to be wrong and still counts, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrongReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How far that is behind the stream, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary in force.
    pub vocabulary: String,
    /// What waits to be put right.
    pub wrong: Vec<WrongView>,
    /// Where to go on, when there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AsText<EventKey>>,
}

/// An item that was said to be wrong, as far as what it claims still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrongView {
    /// The event that says so.
    pub event: AsText<EventKey>,
    /// The department that says so.
    pub department: AsText<DepartmentId>,
    /// The member of staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub occurred_at: AsText<Moment>,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The rule that made the item.
    pub rule: AsText<RuleId>,
    /// The stay.
    pub stay: AsText<StayId>,
    /// The guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<AsText<NodeId>>,
    /// The guest's room, or the one set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// What the item claims and the profile still does.
    pub claims: Vec<WrongClaim>,
}

/// A claim that was said to be wrong, with the evidence from before then that still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrongClaim {
    /// What it claims.
    #[serde(flatten)]
    pub claim: ReasonClaim,
    /// Whether it says that the guest wants it.
    pub polarity: Polarity,
    /// What it rests on.
    pub evidence: Vec<AsText<EvidenceId>>,
}
