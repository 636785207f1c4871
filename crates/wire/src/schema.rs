//! The published contract: JSON Schemas of everything that travels, made from the types that read and write it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::board::{BOARD_TYPE, BoardMessage};
use crate::deadletter::DeadLetterNotice;
use crate::event::{DATA_CONTENT_TYPE, EventType, SPEC_VERSION, v1};
use crate::limits::SOURCE_MAX_CHARS;
use crate::query;
use crate::text::{AsText, EventId, Text};
use cardex_domain::ids::DepartmentId;
use cardex_domain::time::Moment;

/// A dialect of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draft {
    /// Draft-07, the only plain JSON Schema that AsyncAPI reads.
    Draft07,
    /// 2020-12.
    Draft2020,
}

impl Draft {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Draft07, Self::Draft2020];

    /// The folder in which its schemas are kept.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Draft07 => "draft-07",
            Self::Draft2020 => "2020-12",
        }
    }

    fn settings(self) -> SchemaSettings {
        match self {
            Self::Draft07 => SchemaSettings::draft07(),
            Self::Draft2020 => SchemaSettings::draft2020_12(),
        }
    }
}

/// The envelope of an event with its data.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Envelope")]
struct Envelope<'a, D> {
    /// CloudEvents version.
    specversion: String,
    /// The event's id: the same whenever it is published again.
    id: AsText<EventId>,
    /// The program that publishes, as a URI reference.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    source: Text<'a, SOURCE_MAX_CHARS>,
    /// Type and version of the event.
    r#type: String,
    /// What the event is about, in the publisher's words.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    subject: Option<Text<'a, SOURCE_MAX_CHARS>>,
    /// When it was published.
    time: AsText<Moment>,
    /// What `data` is encoded in.
    datacontenttype: Option<String>,
    /// The department on whose behalf a gateway speaks.
    onbehalfof: Option<AsText<DepartmentId>>,
    /// What happened.
    data: D,
}

/// Every schema of the contract in this dialect: file name and text.
#[must_use]
pub fn schemas(draft: Draft) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = EventType::ALL
        .iter()
        .map(|kind| (format!("event.{kind}.v1.json"), event(draft, *kind)))
        .collect();
    let board = constants(root::<BoardMessage>(draft, true), BOARD_TYPE);
    files.push(("prompt.board.v1.json".to_owned(), text(board)));
    let letter = text(root::<DeadLetterNotice>(draft, true));
    files.push(("deadletter.json".to_owned(), letter));
    operation::<query::Get>(draft, &mut files);
    operation::<query::Find>(draft, &mut files);
    operation::<query::List>(draft, &mut files);
    operation::<query::Explain>(draft, &mut files);
    operation::<query::History>(draft, &mut files);
    operation::<query::Affected>(draft, &mut files);
    operation::<query::Unassigned>(draft, &mut files);
    operation::<query::Duplicates>(draft, &mut files);
    operation::<query::Links>(draft, &mut files);
    operation::<query::Pending>(draft, &mut files);
    operation::<query::InForce>(draft, &mut files);
    operation::<query::Wrong>(draft, &mut files);
    operation::<query::Notes>(draft, &mut files);
    operation::<query::Lessons>(draft, &mut files);
    operation::<query::Stats>(draft, &mut files);
    operation::<query::Boards>(draft, &mut files);
    files
}

/// The schema of one event's full envelope, in version 1.
fn event(draft: Draft, kind: EventType) -> String {
    use EventType as Kind;
    fn of<D: JsonSchema>(draft: Draft) -> Schema {
        root::<Envelope<'_, D>>(draft, false)
    }
    let schema = match kind {
        Kind::ObservationRecorded => of::<v1::Observation<'_>>(draft),
        Kind::ObservationRetracted => of::<v1::Retraction<'_>>(draft),
        Kind::ObservationNoteJudged => of::<v1::OwnNoteJudgement<'_>>(draft),
        Kind::GuestNoteJudged => of::<v1::NoteJudgement<'_>>(draft),
        Kind::StayReserved | Kind::StayAmended => of::<v1::StayBooked<'_>>(draft),
        Kind::StayCheckedIn => of::<v1::StayCheckedIn<'_>>(draft),
        Kind::StayRoomMoved => of::<v1::StayRoomMoved<'_>>(draft),
        Kind::StayCancelled
        | Kind::StayCheckInReversed
        | Kind::StayCheckedOut
        | Kind::StayNoShow
        | Kind::StayDoNotDisturb
        | Kind::StayDoNotDisturbEnded => of::<v1::StayEvent<'_>>(draft),
        Kind::OutcomeRecorded => of::<v1::Outcome<'_>>(draft),
        Kind::GuestCorrected => of::<v1::GuestCorrection<'_>>(draft),
        Kind::GuestLinked | Kind::GuestNeverLinked => of::<v1::Link<'_>>(draft),
        Kind::GuestPreferenceCorrected => of::<v1::PreferenceCorrection<'_>>(draft),
        Kind::GuestCorrectionRetracted => of::<v1::CorrectionRetraction<'_>>(draft),
        Kind::GuestUnlinked => of::<v1::Undo<'_>>(draft),
        Kind::CardIssued | Kind::CardWithdrawn | Kind::CardEscalated | Kind::CardExpired => {
            of::<v1::Card<'_>>(draft)
        }
        Kind::CardHour => of::<v1::Hour>(draft),
        Kind::ConfigActivated => of::<v1::ConfigActivation<'_>>(draft),
    };
    text(constants(schema, &kind.versioned(1)))
}

fn operation<O: query::Operation>(draft: Draft, files: &mut Vec<(String, String)>) {
    let name = O::NAME;
    let request = text(root::<O::Request>(draft, false));
    files.push((format!("query.{name}.request.json"), request));
    files.push((
        format!("query.{name}.reply.json"),
        text(root::<O::Reply>(draft, true)),
    ));
}

/// The schema of `T`, as it is written by us or read by us.
fn root<T: JsonSchema>(draft: Draft, written: bool) -> Schema {
    let settings = draft.settings();
    let settings = if written {
        settings.for_serialize()
    } else {
        settings.for_deserialize()
    };
    SchemaGenerator::new(settings).into_root_schema_for::<T>()
}

/// The schema with the envelope's constants filled in.
fn constants(mut schema: Schema, kind: &str) -> Schema {
    schema.insert("title".to_owned(), kind.into());
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return schema;
    };
    let mut fix = |name: &str, constraint: &str, value: Value| {
        if let Some(Value::Object(property)) = properties.get_mut(name) {
            property.insert(constraint.to_owned(), value);
        }
    };
    fix("specversion", "const", json!(SPEC_VERSION));
    fix("type", "const", json!(kind));
    let pattern = format!("^{}( *;.*)?$", DATA_CONTENT_TYPE.replace('/', "\\/"));
    fix("datacontenttype", "pattern", json!(pattern));
    schema
}

fn text(schema: Schema) -> String {
    let mut text = serde_json::to_string_pretty(&schema.to_value())
        .expect("a JSON value can always be written");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
