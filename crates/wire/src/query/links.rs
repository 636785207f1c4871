//! What is asked and answered about who was linked with whom: every link in force, that any of them can be undone.

use cardex_domain::ids::EventKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Behind;
use crate::identity::LinkView;
use crate::text::AsText;

/// Asks which links are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LinksRequest {
    /// Only those that Cardex made itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// Behind this one, in the order of the answers: the `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<AsText<EventKey>>,
    /// The most to answer with [default: 100, at most 500].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Links in force, in the order of their events' keys, which says nothing of when they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinksReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How far that is behind the stream, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Those that nothing undoes, at all properties.
    pub links: Vec<MadeLink>,
    /// Where to go on, when there may be more; the page behind may be empty, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AsText<EventKey>>,
}

/// A link in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MadeLink {
    /// Whether Cardex made it itself.
    pub automatic: bool,
    /// What it says; its event is what undoes it.
    #[serde(flatten)]
    pub link: LinkView,
}
