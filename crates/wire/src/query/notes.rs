//! What is asked and answered about free notes: what they seem to say, what people said of that, and how they are worded.

use cardex_domain::evidence::EvidenceId;
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Behind, ReferenceView};
use crate::event::v1::{How, Polarity, Scope};
use crate::profile::LabelView;
use crate::text::AsText;
use crate::words::Standing;

/// Asks for notes that wait for somebody to say whether they mean what they seem to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NotesRequest {
    /// Only the note of this observation, whether it waits or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<AsText<EventKey>>,
    /// Only those of this department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<AsText<DepartmentId>>,
    /// Go on after the note of this sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The most notes to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Notes, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotesReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary by whose words they are read.
    pub vocabulary: String,
    /// The notes: a department's own, and everybody's for guest relations.
    pub notes: Vec<ReviewedNote>,
    /// Where to go on, when there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A note with what it seems to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewedNote {
    /// The sequence of the observation.
    pub sequence: u64,
    /// The observation.
    pub event: AsText<EventKey>,
    /// The publisher's id of it.
    pub event_id: String,
    /// What it named.
    pub references: Vec<ReferenceView>,
    /// When it was noticed.
    pub observed_at: AsText<Moment>,
    /// Where.
    pub property: AsText<PropertyId>,
    /// By which department.
    pub department: AsText<DepartmentId>,
    /// The department that published it, where a gateway spoke for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<AsText<DepartmentId>>,
    /// Through which app.
    pub app: AsText<AppId>,
    /// The member of staff, as the app says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<String>,
    /// The text, where the department may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it seems to say, as far as the department may see that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingView>,
    /// How many readings the department may not see: guest relations do.
    #[serde(default, skip_serializing_if = "is_none")]
    pub withheld: u32,
    /// What to reconsider in its wording: for guest relations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<HintView>,
}

/// A statement that a note seems to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingView {
    /// The evidence that it is.
    pub id: AsText<EvidenceId>,
    /// About what.
    pub attribute: AsText<AttributeId>,
    /// Which value.
    pub value: String,
    /// For or against.
    pub polarity: Polarity,
    /// Of whom the note seems to say it.
    pub scope: Scope,
    /// How it is known.
    pub how: How,
    /// What people say of it.
    pub standing: Standing,
    /// The words that it rests on, where the department may read the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A hint on the wording of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HintView {
    /// What is amiss: `abusive`, `diagnosing`, `labelling`, `ranking`, `grouping`, `number`, `doubtful` or `long`.
    pub code: String,
    /// The words.
    pub words: String,
    /// What to write instead.
    pub instead: LabelView,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
fn is_none(number: &u32) -> bool {
    *number == 0
}
