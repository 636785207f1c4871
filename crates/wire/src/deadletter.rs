//! Notices of dead letters: that a message of the stream of events can't be used, and why. The message itself stays in
//! that stream, at its sequence.

use cardex_domain::time::Moment;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::reject::{RejectCode, codes};
use crate::subject::DeadLetterSubject;
use crate::text::AsText;

codes! {
    /// Why an event that can be read is not used, or not in full.
    UnusedCode:
    /// `onbehalfof` from an app that is none of the gateways in the settings.
    OnBehalfRefused = "on_behalf_refused",
    /// An outcome of an item that stands on another department's board.
    ForeignItem = "foreign_item",
    /// An identifier without a letter or digit.
    EmptyIdentifier = "empty_identifier",
    /// The subject lacks the property or the department that the event needs.
    NoPublisher = "no_publisher",
    /// Both ends of a link are the same guest.
    SameNode = "same_node",
    /// Another content has the id already, on the same subject.
    IdReused = "id_reused",
    /// The text of an activated setting has faults, or is not of its hash.
    SettingUnusable = "setting_unusable",
    /// The event counts, but the boards that it changes could not be made.
    BoardsFailed = "boards_failed",
}

/// Why a message became a dead letter: every code that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadLetterCode {
    /// It can't be read.
    Unreadable(RejectCode),
    /// It can be read, and is not used.
    Unused(UnusedCode),
}

impl DeadLetterCode {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        let unreadable = RejectCode::ALL.iter().copied().map(Self::Unreadable);
        unreadable.chain(UnusedCode::ALL.iter().copied().map(Self::Unused))
    }

    /// The code as notices write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable(code) => code.as_str(),
            Self::Unused(code) => code.as_str(),
        }
    }

    /// The code that is written so; `None` when a newer version of this program wrote it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unreadable = RejectCode::parse(text).map(Self::Unreadable);
        unreadable.or_else(|| UnusedCode::parse(text).map(Self::Unused))
    }
}

/// The codes as a schema: what a reader has to be ready for.
fn code_schema(_: &mut SchemaGenerator) -> Schema {
    let codes: Vec<&str> = DeadLetterCode::all().map(DeadLetterCode::as_str).collect();
    json_schema!({ "type": "string", "enum": codes })
}

/// A message that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterNotice {
    /// Its sequence in the stream of events.
    pub sequence: u64,
    /// The subject it was published on.
    pub subject: String,
    /// Why, as a code that never changes.
    #[schemars(schema_with = "code_schema")]
    pub code: String,
    /// Why, in words, without guest data.
    pub detail: String,
    /// When the server took it.
    pub received: AsText<Moment>,
    /// That it is done with, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
}

/// How a dead letter was done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolved {
    /// How.
    pub how: Resolution,
    /// Where the event counts now: its own sequence, or that of the one published in its place.
    pub sequence: u64,
}

/// The ways in which a dead letter is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The event was published again.
    Replayed,
    /// A later version of the aggregator understood it.
    Understood,
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
