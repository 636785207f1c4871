//! Notices of dead letters: that a message of the stream of events can't be used, and why. The message itself stays in
//! that stream, at its sequence.

use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subject::DeadLetterSubject;
use crate::text::AsText;

/// A message that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterNotice {
    /// Its sequence in the stream of events.
    pub sequence: u64,
    /// The subject it was published on.
    pub subject: String,
    /// Why, as a code that never changes.
    pub code: String,
    /// Why, in words, without guest data.
    pub detail: String,
    /// When the server took it.
    pub received: AsText<Moment>,
}

/// The bytes are not a notice of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a notice of a dead letter")]
pub struct NotANotice;

impl DeadLetterNotice {
    /// Where the notice is published: one subject for each sequence, so that replicas say it once.
    #[must_use]
    pub fn stands_on(&self) -> DeadLetterSubject {
        DeadLetterSubject::of(&self.subject, self.sequence)
    }

    /// The notice as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self)
            .expect("texts and integers under fixed names can always be written")
    }

    /// Reads a notice.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn decode(payload: &[u8]) -> Result<Self, NotANotice> {
        serde_json::from_slice(payload).map_err(|_| NotANotice)
    }
}
