//! Everything that can happen, as the newest version of the wire understands it. Publishers' claims about themselves
//! are not here: property, department and app come from the subject.

mod guest;
mod note;

pub use guest::{
    ClaimRef, Judgement, Link, LinkKind, NodeRef, Old, Owner, PreferenceCorrection, Undo, UndoKind,
};
pub use note::{CountsAs, JudgedNote, NoteJudgement, ReadStatement};

use std::sync::Arc;

pub use crate::hour::HourEvent;
use crate::ids::{
    AppId, AttributeId, DepartmentId, EventKey, ItemId, NodeId, PropertyId, Room, RuleId, StayId,
};
use crate::profile::Verdict;
use crate::time::{Day, Moment};

/// One event of the stream, decoded and within its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who published it, read off the subject.
    pub publisher: Publisher,
    /// The publisher's own id of it: a ULID or UUID.
    pub id: Box<str>,
    /// The hash of subject and id under which it is remembered.
    pub key: EventKey,
    /// When it was published, by the publisher's clock.
    pub time: Moment,
    /// The department on whose behalf a gateway speaks; counts only from users allowed to.
    pub on_behalf_of: Option<DepartmentId>,
    /// What happened.
    pub body: Body,
}

/// Who published an event, as its subject says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The property; `None` for settings, which are the group's.
    pub property: Option<PropertyId>,
    /// The department, for observations and outcomes.
    pub department: Option<DepartmentId>,
    /// The app, for observations and outcomes.
    pub app: Option<AppId>,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Somebody noticed something about a guest.
    Observed(Observation),
    /// An observation, or one statement of it, is taken back for good.
    Retracted(Retraction),
    /// Somebody said whether a note means what it seems to say.
    NoteJudged(NoteJudgement),
    /// Something happened to a stay.
    Stay(StayEvent),
    /// What became of an item of a board.
    Outcome(Outcome),
    /// What is known of a guest beside preferences was put right.
    GuestCorrected(GuestCorrection),
    /// What is known of a guest's preferences was put right.
    PreferenceCorrected(PreferenceCorrection),
    /// Two guests are one person, or never are.
    Linked(Link),
    /// Guest operations are undone for good.
    Undone(Undo),
    /// Something happened to the items of a board.
    Card(CardEvent),
    /// An hour struck at a property.
    Hour(HourEvent),
    /// A setting that changes results became active.
    ConfigActivated(ConfigActivation),
}

impl Body {
    /// When it happened at the hotel; `None` for what has no time of its own.
    #[must_use]
    pub fn occurred_at(&self) -> Option<Moment> {
        match self {
            Self::Observed(seen) => Some(seen.observed_at),
            Self::NoteJudged(judgement) => Some(judgement.occurred_at),
            Self::Stay(stay) => Some(stay.occurred_at),
            Self::Outcome(outcome) => Some(outcome.occurred_at),
            Self::GuestCorrected(correction) => Some(correction.occurred_at),
            Self::PreferenceCorrected(correction) => Some(correction.occurred_at),
            Self::Linked(link) => Some(link.occurred_at),
            Self::Card(card) => Some(card.occurred_at),
            Self::Hour(hour) => Some(hour.reached),
            Self::Retracted(_) | Self::Undone(_) | Self::ConfigActivated(_) => None,
        }
    }
}

/// How the person on duty names a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestRef {
    /// By an id that Cardex gave out: a guest's, or a stay's.
    Node(NodeId),
    /// By the reservation number of the property's PMS.
    Reservation(Box<str>),
    /// By the profile of another system.
    Profile(ExternalProfile),
    /// Whoever is in this room of the property at the time of the observation.
    Room(Room),
    /// By identifiers, all of one person. One to four.
    Identifiers(Vec<Identifier>),
}

/// A guest's profile in another system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalProfile {
    /// The system, such as `opera-macau`.
    pub pms: Box<str>,
    /// Its id there.
    pub id: Box<str>,
}

/// The kinds of identifier that can tell who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// Passport or identity card: always strong.
    Document,
    /// Membership of a loyalty programme: always strong.
    Loyalty,
    /// Telephone number: strong when verified.
    Phone,
    /// E-mail address: strong when verified.
    Email,
}

impl IdentifierKind {
    /// The kind as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Loyalty => "loyalty",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// Something that identifies a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// As it was written; [`crate::identity::normalise`] makes it comparable.
    pub value: Box<str>,
    /// Whether the publisher checked that it belongs to the guest.
    pub verified: bool,
}

/// Something noticed about a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// About whom.
    pub about: GuestRef,
    /// When it was seen or heard.
    pub observed_at: Moment,
    /// The member of staff, as the app says.
    pub seen_by: Option<Box<str>>,
    /// How it is known.
    pub source: Source,
    /// For whom it holds.
    pub scope: Scope,
    /// Where it holds, where that is not what the vocabulary says of the attribute.
    pub reach: Option<Reach>,
    /// What it says, one claim each. May be empty when there is a note.
    pub statements: Vec<Statement>,
    /// Free text.
    pub note: Option<Box<str>>,
}

/// One attribute/value claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// About what.
    pub attribute: AttributeId,
    /// Which value, as it was written: the vocabulary's own word for it, or a synonym, or one it does not know.
    pub value: Arc<str>,
    /// Whether the guest likes it or not.
    pub polarity: Polarity,
    /// On what kind of trip it holds, where that was said.
    pub purpose: Option<Purpose>,
}

/// Whether a statement speaks for or against its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Polarity {
    /// The guest wants it.
    For,
    /// The guest does not want it.
    Against,
}

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The guest said so.
    Stated,
    /// Somebody saw it.
    Observed,
    /// It was concluded from something else.
    Inferred,
}

/// For whom an observation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// For the guest, at every stay.
    Guest,
    /// For the party of that stay: see [`crate::party`].
    Party,
    /// For that stay alone.
    Stay,
}

/// Where what is known holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// At the property where it was noticed, and never elsewhere.
    Property,
    /// At every property of the chain.
    Chain,
}

/// What a guest travels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// For work.
    Business,
    /// For pleasure.
    Leisure,
    /// With the family.
    Family,
}

impl Purpose {
    /// The purpose as it is written on the wire, in playbooks and in vectors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Leisure => "leisure",
            Self::Family => "family",
        }
    }
}

/// Takes back an observation published on the same subject. Final, whichever of the two arrives first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retraction {
    /// The id of the observation.
    pub event: Box<str>,
    /// The key of it: the same subject, that id.
    pub key: EventKey,
    /// The statement taken back, counted from 0, from 128 on one that was read from its note; all of it when `None`.
    pub statement: Option<u8>,
    /// Why, in the publisher's words.
    pub reason: Option<Box<str>>,
}

/// Something that happened to a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayEvent {
    /// The number by which the property's PMS knows the stay.
    pub reservation: Box<str>,
    /// When it happened at the hotel.
    pub occurred_at: Moment,
    /// What happened.
    pub change: StayChange,
}

/// What happened to a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StayChange {
    /// It was booked.
    Reserved(StayDetails),
    /// The booking was changed: what is present replaces, what is absent stays as it was.
    Amended(StayDetails),
    /// It was called off.
    Cancelled,
    /// The guest arrived and has the room.
    CheckedIn {
        /// The room given.
        room: Room,
        /// What the desk learnt about the booking; what is absent stays as it was.
        details: StayDetails,
    },
    /// The latest check-in before this was a mistake: it never took place.
    CheckInReversed,
    /// The guest moved.
    RoomMoved {
        /// The new room.
        room: Room,
    },
    /// The guest left.
    CheckedOut,
    /// The guest did not come.
    NoShow,
    /// The guest, in house, does not want to be disturbed: the sign hangs on the door, or the switch in the room is on.
    DoNotDisturb,
    /// The sign is gone, or the switch is off.
    DoNotDisturbEnded,
}

/// What a booking says, each part optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StayDetails {
    /// First day.
    pub arrival: Option<Day>,
    /// Day of departure.
    pub departure: Option<Day>,
    /// The room set aside.
    pub room: Option<Room>,
    /// The type of room booked, in the property's own code.
    pub room_type: Option<Box<str>>,
    /// Adults in the room.
    pub adults: Option<u16>,
    /// Children and infants in the room.
    pub children: Option<u16>,
    /// The number of the group or family booking that this stay is part of.
    pub party: Option<Box<str>>,
    /// What the guest comes for.
    pub purpose: Option<Purpose>,
    /// Who is coming.
    pub guest: Option<GuestDetails>,
}

/// What a booking or a profile says of the person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestDetails {
    /// The guest's profile in another system.
    pub profile: Option<ExternalProfile>,
    /// How the guest is called.
    pub name: Option<Name>,
    /// BCP 47 tag of the language the guest speaks.
    pub language: Option<Box<str>>,
    /// ISO 3166-1 alpha-2 or -3 code of nationality.
    pub nationality: Option<Box<str>>,
    /// Birth date, address and company.
    pub particulars: Particulars,
    /// What identifies the guest.
    pub identifiers: Vec<Identifier>,
}

/// What tells namesakes apart. It identifies the guest beside a name, and nobody by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Particulars {
    /// When the guest was born.
    pub birth_date: Option<Day>,
    /// Where the guest lives.
    pub address: Option<Address>,
    /// The company that the guest travels for.
    pub company: Option<Box<str>>,
}

/// A postal address in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Street, with or without the house number.
    pub street: Option<Box<str>>,
    /// House number.
    pub house: Option<Box<str>>,
    /// A second line: building, estate, district.
    pub line2: Option<Box<str>>,
    /// Town or suburb.
    pub city: Option<Box<str>>,
    /// Postcode.
    pub postcode: Option<Box<str>>,
    /// State, province or country.
    pub region: Option<Box<str>>,
}

/// A person's name in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// How the guest is addressed, such as `Mr` or `女士`.
    pub title: Option<Box<str>>,
    /// Family name.
    pub family: Option<Box<str>>,
    /// Given name.
    pub given: Option<Box<str>>,
    /// The whole name as the guest writes it, where the parts do not say it.
    pub full: Option<Box<str>>,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The stay on whose board the item stood.
    pub stay: StayId,
    /// The item.
    pub item: ItemId,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// When.
    pub occurred_at: Moment,
    /// By whom, as the app says.
    pub by: Option<Box<str>>,
    /// Free text.
    pub note: Option<Box<str>>,
}

/// What can become of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl OutcomeKind {
    /// Whether somebody has seen the item then.
    #[must_use]
    pub fn acknowledges(self) -> bool {
        self != Self::Delivered
    }

    /// Whether the item has nothing left to be done after this.
    #[must_use]
    pub fn closes(self) -> bool {
        !matches!(self, Self::Delivered | Self::Acknowledged)
    }
}

/// Puts right what is known of a guest beside preferences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestCorrection {
    /// The profile corrected; created when it is new.
    pub profile: ExternalProfile,
    /// What is right; what is absent stays as it was, identifiers are added.
    pub details: GuestDetails,
    /// When it was put right.
    pub occurred_at: Moment,
    /// By whom, as the app says.
    pub by: Option<Box<str>>,
}

/// Something that happened to items of one board at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEvent {
    /// The stay.
    pub stay: StayId,
    /// The department whose board it is.
    pub department: DepartmentId,
    /// The revision of the board with which it happened.
    pub revision: u64,
    /// What happened.
    pub change: CardChange,
    /// To which items.
    pub items: Vec<CardItem>,
    /// When.
    pub occurred_at: Moment,
}

/// What can happen to an item on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardChange {
    /// It came onto the board.
    Issued,
    /// It was taken off before anybody acted on it.
    Withdrawn,
    /// It went to the next in line.
    Escalated,
    /// Its time passed.
    Expired,
}

/// An item with what it claims, so that an outcome can be understood by replay alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardItem {
    /// The item.
    pub item: ItemId,
    /// The rule that made it.
    pub rule: RuleId,
    /// What it is about, sorted.
    pub claims: Vec<CardClaim>,
    /// Whether it rests on what was wished for its stay alone.
    pub is_for_this_stay: bool,
}

impl CardItem {
    /// The attribute/value pairs it is about.
    #[must_use]
    pub fn pairs(&self) -> Vec<(AttributeId, Box<str>)> {
        let pairs = self.claims.iter();
        pairs
            .map(|claim| (claim.attribute.clone(), claim.value.clone()))
            .collect()
    }
}

/// What an item says of an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardClaim {
    /// The attribute.
    pub attribute: AttributeId,
    /// The vocabulary's word for the value.
    pub value: Box<str>,
    /// Whether the guest wants it.
    pub says: Says,
}

/// Whether an item says that the guest wants something: what its outcomes teach follows from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Says {
    /// That it is wanted. So it is read where nothing is said, as it was before this was told.
    #[default]
    Wanted,
    /// That it is not.
    Unwanted,
    /// Neither: it is to be asked about, or to be kept safe from.
    Neither,
}

impl Says {
    /// What an item says that rests on a claim with this verdict.
    #[must_use]
    pub fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Prefers | Verdict::Hint | Verdict::Need => Self::Wanted,
            Verdict::Avoids | Verdict::AvoidHint => Self::Unwanted,
            Verdict::Ask | Verdict::Safety => Self::Neither,
        }
    }
}

/// A setting that changes results became active for the whole group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigActivation {
    /// Which setting.
    pub setting: Setting,
    /// SHA-256 of its text, in lower-case hexadecimal.
    pub hash: Box<str>,
    /// By whom, as the publisher says.
    pub by: Option<Box<str>>,
}

/// The settings that change results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// The vocabulary.
    Vocabulary,
    /// Identifiers that never link.
    DenyList,
    /// What records are weighed by that may be the same person, and whether the clear ones are linked by themselves.
    IdentityWeights,
    /// What departments are told.
    Playbook,
}

impl Setting {
    /// The setting as it stands in a subject.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vocabulary => "vocabulary",
            Self::DenyList => "deny_list",
            Self::IdentityWeights => "identity_weights",
            Self::Playbook => "playbook",
        }
    }
}
