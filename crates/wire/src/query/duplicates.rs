//! Guests that may be one person: what is asked of them and answered.

use cardex_domain::ids::{EventKey, NodeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, Behind};
use crate::event::v1::IdentifierKind;
use crate::guest::GuestView;
use crate::text::AsText;

/// Asks for guests that may be one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DuplicatesRequest {
    /// Which of them.
    pub queue: Queue,
    /// Only pairs with this guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Only pairs that Cardex may link by itself, and none where the hotel does not allow it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// How many of the best to leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<u32>,
    /// The most pairs to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// What is to be done with pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Suggested as one person: at least 99 % likely.
    #[default]
    Suggested,
    /// For a person to look at: at least half likely, or with one identifier (document, loyalty, checked telephone number or
    /// e-mail address) under names or birth dates that conflict.
    Review,
}

/// Guests that may be one person, the likeliest first; among those to review, contested identifiers before all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicatesReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the weights.
    pub weights: String,
    /// Whether the hotel has those linked by themselves of whom nothing needs a person's look.
    #[serde(default)]
    pub automatic: bool,
    /// The pairs. None is one person already, or never to be.
    pub pairs: Vec<PairView>,
    /// How many to leave out to go on, when there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// Two guests that may be one person, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairView {
    /// The one.
    pub a: GuestView,
    /// The other.
    pub b: GuestView,
    /// How likely it is that they are one person, in parts per million.
    pub posterior_ppm: u32,
    /// Whom to link where Cardex may do so by itself: the pair is suggested, none of their records conflict in given name or
    /// birth date, they carry no contested identifier, and nobody has taken a link between them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linkable: Option<LinkableView>,
    /// Why they are not suggested although the evidence would be enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// What speaks before anything is compared, in thousandths of a bit: one of many guests is meant.
    pub prior_millibits: i32,
    /// What both speak of, and what it says.
    pub evidence: Vec<FieldEvidence>,
    /// The kinds of identifier that both carry under names or birth dates that conflict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<IdentifierKind>,
    /// Links between the two that were taken back: somebody has found them to be two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlinked: Vec<AsText<EventKey>>,
}

/// A member of each of two guests: those whose records are most alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkableView {
    /// The one.
    pub a: AsText<NodeId>,
    /// The other.
    pub b: AsText<NodeId>,
}

/// What one field says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldEvidence {
    /// The field, such as `birth`.
    pub field: String,
    /// How far the two agree: `same`, `close`, `swapped`, `similar` or `different`.
    pub level: String,
    /// For (positive) or against (negative) their being one person, in thousandths of a bit.
    pub millibits: i32,
    /// What the one says, in comparable form.
    pub a: String,
    /// What the other says.
    pub b: String,
}
