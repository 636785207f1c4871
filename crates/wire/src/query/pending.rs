//! What is asked and answered about words that the vocabulary does not understand.

use cardex_domain::ids::{AttributeId, DepartmentId, EventKey};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Behind;
use crate::text::AsText;

/// Asks for what the vocabulary does not understand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PendingRequest {
    /// Go on after this word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<PendingPlace>,
    /// The most words to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// A place in the list of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingPlace {
    /// The attribute.
    pub attribute: AsText<AttributeId>,
    /// The word, as the answer before gave it.
    pub word: String,
}

/// What the vocabulary does not understand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The words, by attribute and word.
    pub pending: Vec<PendingWord>,
    /// While everything that is kept is looked at again, because another vocabulary became active: how far that is.
    /// More words may come to be listed until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking: Option<LookedAgain>,
    /// Where to go on, when there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<PendingPlace>,
}

/// How much of what is kept has been looked at by the vocabulary that is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LookedAgain {
    /// Observations that were looked at.
    pub observations: u64,
    /// All observations.
    pub of: u64,
}

/// A word that the vocabulary does not understand, with how it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingWord {
    /// About what it was said.
    pub attribute: AsText<AttributeId>,
    /// Whether the vocabulary knows the attribute, and only not this value of it.
    pub attribute_is_known: bool,
    /// The word in the form in which words are compared.
    pub word: String,
    /// The value as it was last written.
    pub value: String,
    /// How many statements say it that were not taken back.
    pub count: u64,
    /// Whether there are more, which were not counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// When it was first noticed.
    pub first: AsText<Moment>,
    /// When it was last noticed, of those counted.
    pub last: AsText<Moment>,
    /// The departments that said it.
    pub departments: Vec<AsText<DepartmentId>>,
    /// Some of the events that say it, the newest first.
    pub examples: Vec<AsText<EventKey>>,
}
