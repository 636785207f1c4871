//! Version 1 of the data of every event. Published once, never changed: what must become different is version 2.

use cardex_domain::ids::{AttributeId, DepartmentId, ItemId, NodeId, Room, RuleId, StayId};
use cardex_domain::time::{Day, Moment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{
    ABOUT_IDENTIFIERS_MAX, CARD_ITEMS_MAX, CLAIM_VALUE_MAX_CHARS, HOUR_PHASES_MAX,
    IDENTIFIER_MAX_CHARS, ITEM_CLAIMS_MAX, PROFILE_MAX_CHARS, RESERVATION_MAX_CHARS,
    ROOM_TYPE_MAX_CHARS, STAFF_MAX_CHARS, STATEMENTS_MAX, VALUE_MAX_CHARS,
};
use crate::text::{AsText, EventId, NoteText, Text};
use crate::words::Phase;

mod correction;
mod data;
mod from_domain;
mod guest;
mod into_domain;
mod note;
mod person;

pub use correction::{CorrectionRetraction, JudgementWord, Owner, PreferenceCorrection};
pub use data::Data;
pub use guest::{Link, Member, Undo};
pub use note::{CountsAs, NoteJudgement, OwnNoteJudgement};
pub use person::{Address, Guest, Name};

/// Something noticed about a guest. Says at least one statement or a note.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Observation<'a> {
    /// About whom.
    #[serde(borrow)]
    pub about: About<'a>,
    /// When it was seen or heard, with the offset of the place: the date written here is its day.
    pub observed_at: AsText<Moment>,
    /// The member of staff who noticed it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<Text<'a, STAFF_MAX_CHARS>>,
    /// How it is known.
    pub how: How,
    /// For whom it holds.
    #[serde(default)]
    pub scope: Scope,
    /// Where it holds; as the vocabulary says of the attribute when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// What it says, one claim each.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STATEMENTS_MAX))]
    pub statements: Vec<Statement<'a>>,
    /// Free text.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteText<'a>>,
}

/// How the person on duty names a guest: in exactly one way.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = exactly_one)]
pub struct About<'a> {
    /// A guest's id, as Cardex gave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<AsText<NodeId>>,
    /// A stay's id, as Cardex gave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// The reservation number of the property's PMS.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Text<'a, RESERVATION_MAX_CHARS>>,
    /// The guest's profile in another system.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ExternalProfile<'a>>,
    /// Whoever is in this room at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// Identifiers, all of one person.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = ABOUT_IDENTIFIERS_MAX))]
    pub identifiers: Option<Vec<Identifier<'a>>>,
}

/// Requires one of the properties and no second.
fn exactly_one(schema: &mut schemars::Schema) {
    let names: Vec<String> = schema
        .get("properties")
        .and_then(|properties| properties.as_object())
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let one: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({ "required": [name] }))
        .collect();
    schema.insert("oneOf".to_owned(), one.into());
}

/// One attribute/value claim.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Statement<'a> {
    /// About what, such as `room.facing`.
    pub attribute: AsText<AttributeId>,
    /// Which value: the vocabulary's word for it, or a synonym, or one it does not know.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub value: Text<'a, VALUE_MAX_CHARS>,
    /// Whether the guest likes it.
    #[serde(default)]
    pub polarity: Polarity,
    /// On what kind of trip it holds; as the stay's, where it was noticed in one, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}

/// Whether a statement speaks for or against its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// The guest wants it.
    #[default]
    For,
    /// The guest does not want it.
    Against,
}

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The guest said so.
    Stated,
    /// Somebody saw it.
    Observed,
    /// It was concluded from something else.
    Inferred,
}

/// For whom an observation holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// For the guest, at every stay.
    #[default]
    Guest,
    /// For the party of that stay: also for the stays in the same room, and under the same number of a group booking.
    Party,
    /// For that stay alone.
    Stay,
}

/// Where an observation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// At the property where it was noticed, and never elsewhere.
    Property,
    /// At every property of the chain.
    Chain,
}

/// What a guest travels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// For work.
    Business,
    /// For pleasure.
    Leisure,
    /// With the family.
    Family,
}

/// A guest's profile in another system.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExternalProfile<'a> {
    /// The system, such as `opera-macau`.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub pms: Text<'a, PROFILE_MAX_CHARS>,
    /// Its id there.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub id: Text<'a, PROFILE_MAX_CHARS>,
}

/// Something that identifies a person.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Identifier<'a> {
    /// What it is.
    pub kind: IdentifierKind,
    /// As it is written.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub value: Text<'a, IDENTIFIER_MAX_CHARS>,
    /// Whether it was checked that it belongs to the guest.
    #[serde(default)]
    pub verified: bool,
}

/// The kinds of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Passport or identity card.
    Document,
    /// Membership of a loyalty programme.
    Loyalty,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
}

/// Takes back an observation published on the same subject, for good.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Retraction<'a> {
    /// The id of the observation.
    pub event: AsText<EventId>,
    /// The statement taken back, counted from 0; all of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<u8>,
    /// Why.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoteText<'a>>,
}

/// Something happened to a stay that needs no more words.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct StayEvent<'a> {
    /// The number by which the property's PMS knows the stay.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reservation: Text<'a, RESERVATION_MAX_CHARS>,
    /// When it happened at the hotel.
    pub occurred_at: AsText<Moment>,
}

/// A stay was booked, or its booking changed: what is present replaces, what is absent stays as it was.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct StayBooked<'a> {
    /// The number by which the property's PMS knows the stay.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reservation: Text<'a, RESERVATION_MAX_CHARS>,
    /// When it was booked or changed.
    pub occurred_at: AsText<Moment>,
    /// What was booked.
    #[serde(borrow, default, skip_serializing_if = "Booking::is_empty")]
    pub booking: Booking<'a>,
    /// Who is coming.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest<'a>>,
}

/// A guest arrived and has the room.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct StayCheckedIn<'a> {
    /// The number by which the property's PMS knows the stay.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reservation: Text<'a, RESERVATION_MAX_CHARS>,
    /// When the guest arrived.
    pub occurred_at: AsText<Moment>,
    /// The room given.
    pub room: AsText<Room>,
    /// What the desk learnt about the booking; what is absent stays as it was.
    #[serde(borrow, default, skip_serializing_if = "Booking::is_empty")]
    pub booking: Booking<'a>,
    /// Who came; what is absent stays as it was.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest<'a>>,
}

/// A guest changed rooms.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct StayRoomMoved<'a> {
    /// The number by which the property's PMS knows the stay.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reservation: Text<'a, RESERVATION_MAX_CHARS>,
    /// When the guest moved.
    pub occurred_at: AsText<Moment>,
    /// The new room.
    pub room: AsText<Room>,
}

/// What a booking says, each part optional.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Booking<'a> {
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival: Option<AsText<Day>>,
    /// Day of departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<AsText<Day>>,
    /// The room set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// The type of room booked, in the property's own code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub room_type: Option<Text<'a, ROOM_TYPE_MAX_CHARS>>,
    /// Adults in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adults: Option<u16>,
    /// Children and infants in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<u16>,
    /// The number of the group or family booking that this stay is part of.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub party: Option<Text<'a, RESERVATION_MAX_CHARS>>,
    /// What the guest comes for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}

impl Booking<'_> {
    fn is_empty(&self) -> bool {
        let Self {
            arrival,
            departure,
            room,
            room_type,
            adults,
            children,
            party,
            purpose,
        } = self;
        arrival.is_none()
            && departure.is_none()
            && room.is_none()
            && room_type.is_none()
            && adults.is_none()
            && children.is_none()
            && party.is_none()
            && purpose.is_none()
    }
}

/// What became of an item.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Outcome<'a> {
    /// The stay on whose board the item stands.
    pub stay: AsText<StayId>,
    /// The item.
    pub item: AsText<ItemId>,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// When.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text<'a, STAFF_MAX_CHARS>>,
    /// Free text.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteText<'a>>,
}

/// What can become of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It reached a screen.
    Delivered,
    /// A person saw it.
    Acknowledged,
    /// It was carried out.
    Done,
    /// The guest did not want it.
    Declined,
    /// It was carried out and the guest was visibly pleased.
    Delighted,
    /// It could not be carried out.
    NotPossible,
    /// It is not true of this guest.
    Wrong,
}

/// Puts right what is known of a guest beside preferences.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GuestCorrection<'a> {
    /// The profile corrected; created when it is new.
    #[serde(borrow)]
    pub profile: ExternalProfile<'a>,
    /// What is right; what is absent stays as it was, identifiers are added.
    #[serde(borrow)]
    pub guest: Guest<'a>,
    /// When it was put right.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text<'a, STAFF_MAX_CHARS>>,
}

/// Something that happened to items of one board at one revision. Published by Cardex.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Card<'a> {
    /// The stay.
    pub stay: AsText<StayId>,
    /// The department whose board it is.
    pub department: AsText<DepartmentId>,
    /// The revision of the board with which it happened.
    pub revision: u64,
    /// To which items.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = CARD_ITEMS_MAX))]
    pub items: Vec<CardItem<'a>>,
    /// When.
    pub occurred_at: AsText<Moment>,
}

/// An hour struck at a property at which something may be told of stays, or no longer. Published by Cardex.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Hour {
    /// Which, by the hotel's clock.
    pub reached: AsText<Moment>,
    /// To which part of a stay that makes a difference.
    #[schemars(length(min = 1, max = HOUR_PHASES_MAX))]
    pub phases: Vec<Phase>,
}

/// An item with what it claims.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CardItem<'a> {
    /// The item.
    pub item: AsText<ItemId>,
    /// The rule that made it.
    pub rule: AsText<RuleId>,
    /// What it is about.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ITEM_CLAIMS_MAX))]
    pub claims: Vec<Claim<'a>>,
    /// Whether it rests on what was wished for its stay alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub this_stay: bool,
}

/// An attribute/value pair.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Claim<'a> {
    /// The attribute.
    pub attribute: AsText<AttributeId>,
    /// The vocabulary's word for the value.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub value: Text<'a, CLAIM_VALUE_MAX_CHARS>,
    /// Whether the item says that the guest wants it.
    #[serde(default, skip_serializing_if = "Says::is_default")]
    pub says: Says,
}

/// Whether an item says that the guest wants something. Outcomes of the item teach by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// That it is wanted.
    #[default]
    Wanted,
    /// That it is not.
    Unwanted,
    /// Neither: it is to be asked about, or to be kept safe from.
    Neither,
}

impl Says {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A setting that changes results became active for the whole group.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConfigActivation<'a> {
    /// Which setting.
    pub setting: Setting,
    /// SHA-256 of its text, in lower-case hexadecimal.
    #[serde(borrow)]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub hash: Text<'a, 64>,
    /// By whom.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text<'a, STAFF_MAX_CHARS>>,
}

/// The settings that change results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The vocabulary.
    Vocabulary,
    /// Identifiers that never link.
    DenyList,
    /// What records are weighed by that may be the same person.
    IdentityWeights,
    /// What departments are told.
    Playbook,
}
