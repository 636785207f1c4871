//! What is asked. Every question may name the sequence that its answer must have reached.

use std::borrow::Cow;

use cardex_domain::event::GuestRef;
use cardex_domain::ids::{AttributeId, EventKey, Room, SectionId, StayId};
use cardex_domain::time::{Day, Moment};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::cursor::Cursor;
use crate::event::v1;
use crate::reject::Fault;
use crate::text::AsText;
use crate::words::Status;

/// How a question names its guest: as an observation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About(pub GuestRef);

impl Serialize for About {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        v1::About::from(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for About {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let about = v1::About::deserialize(deserializer)?;
        about.into_domain().map(Self).map_err(|reject| {
            let rule = reject.detail.trim_start_matches("data.").to_owned();
            de::Error::custom(Fault::new(reject.code, rule))
        })
    }
}

impl JsonSchema for About {
    fn schema_name() -> Cow<'static, str> {
        <v1::About<'_> as JsonSchema>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <v1::About<'_> as JsonSchema>::json_schema(generator)
    }
}

/// Asks for the profile of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetRequest {
    /// Which guest.
    pub about: About,
    /// When somebody was in the room, where a room is named; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<AsText<Moment>>,
    /// The stay whose own evidence is to count too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// The day to fold for; today when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsText<Day>>,
    /// Only what had been recorded at this moment; everything when absent. Where no day is given, that of this moment
    /// is folded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<AsText<Moment>>,
    /// Whether all of it is asked for, with every piece of evidence, page by page; for Cardex's own services alone. Else
    /// of a guest of whom a great deal is known the newest is answered, with how much more there is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Go on where the page before ended, by its `next`; the rest of the question is to be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The sequence that the answer must reach at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

impl GetRequest {
    /// For this guest, as of now.
    #[must_use]
    pub fn of(about: GuestRef) -> Self {
        Self {
            about: About(about),
            at: None,
            stay: None,
            as_of: None,
            known_at: None,
            whole: false,
            after: None,
            at_least: None,
            wait_ms: None,
        }
    }
}

/// Asks for guests. Names one of text and identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FindRequest {
    /// Words of a name, or a reservation number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<FindIdentifier>,
    /// The most guests to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// An identifier to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindIdentifier {
    /// What it is.
    pub kind: v1::IdentifierKind,
    /// As it is written.
    pub value: String,
}

/// Asks for stays of the property.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListRequest {
    /// Only those that have come so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Only those whose room this is: now, set aside, or the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// Only those that touch this day or a later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<AsText<Day>>,
    /// Only those that touch this day or an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<AsText<Day>>,
    /// The most stays to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Go on after this stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<AsText<StayId>>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Asks why a profile says what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainRequest {
    /// Which guest.
    pub about: About,
    /// When somebody was in the room, where a room is named; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<AsText<Moment>>,
    /// The stay whose own evidence is to count too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// Only this attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AsText<AttributeId>>,
    /// The day to fold for; today when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsText<Day>>,
    /// Only what had been recorded at this moment; everything when absent. Where no day is given, that of this moment
    /// is folded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<AsText<Moment>>,
    /// The most pieces of evidence to answer; as many as fit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Go on where the page before ended, by its `next`; the rest of the question is to be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The sequence that the answer must reach at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

impl ExplainRequest {
    /// For this guest, as of now.
    #[must_use]
    pub fn of(about: GuestRef) -> Self {
        Self {
            about: About(about),
            at: None,
            stay: None,
            attribute: None,
            as_of: None,
            known_at: None,
            limit: None,
            after: None,
            at_least: None,
            wait_ms: None,
        }
    }
}

/// Asks for everything recorded that touches a guest, in the order in which it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRequest {
    /// Which guest.
    pub about: About,
    /// When somebody was in the room, where a room is named; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<AsText<Moment>>,
    /// Only what was recorded at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<AsText<Moment>>,
    /// Only what was recorded before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<AsText<Moment>>,
    /// Whether to begin with the newest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest_first: bool,
    /// The most entries to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Go on after the entry of this sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The sequence that the answer must reach at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Asks which stays an event may concern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AffectedRequest {
    /// The event's sequence.
    pub sequence: u64,
    /// The event's key.
    pub event: AsText<EventKey>,
    /// Go on after this stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AsText<StayId>>,
    /// This stay alone, whether the event affects it or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<AsText<StayId>>,
    /// The sequence that the answer must reach at least: the event's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Asks for observations that have nobody yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UnassignedRequest {
    /// Only those of a later sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The most to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// Asks for the department's boards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BoardsRequest {
    /// Only that of this stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// Only those that this section of the department reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<AsText<SectionId>>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}
