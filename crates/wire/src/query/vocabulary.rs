//! What is asked and answered about the vocabulary itself: that by whose words everything is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Behind;

/// Asks for the vocabulary in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct VocabularyRequest {
    /// Hash of one that whoever asks has, and need not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has: Option<String>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// The vocabulary in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VocabularyReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// Its text, where it is another than whoever asks has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
