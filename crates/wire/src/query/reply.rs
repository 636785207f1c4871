//! What is answered. Every answer says the sequence it had reached and the vocabulary it was folded with.

use cardex_domain::fact::{CorrectionFact, Reference};
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, IdentifierKey, ItemId, NodeId, PropertyId, Room,
    StayId,
};
use cardex_domain::time::{Day, Moment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::lessons::ShownView;
use super::outlook::{Lessening, OutlookView};
use crate::board::BoardView;
use crate::event::v1::{JudgementWord, OutcomeKind, Polarity};
use crate::guest::{GuestView, StayView};
use crate::identity::{IdentityView, LinkView};
use crate::profile::{Decimal, EvidenceView, LabelView, ProfileView, reads_identifiers};
use crate::text::AsText;
use crate::words::{Kind, Status, UnassignedReason, Verdict, is_zero};

/// How far an answer is behind the stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Behind {
    /// Events that are not yet counted, as far as known.
    pub events: u64,
    /// For how long there have been such, in seconds.
    pub seconds: u64,
}

/// The profile of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "GetReply")]
pub struct GetReply<P = ProfileView> {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// Until when what had been recorded was looked at, where not all of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<AsText<Moment>>,
    /// What is known, as far as the department may see it.
    pub profile: P,
    /// The stay, where the question named one or a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<StayView>,
    /// Where to go on, where all was asked for and there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl GetReply {
    /// Adds the page that follows.
    pub fn join(&mut self, next: Self) {
        self.profile.join(next.profile);
        self.next = next.next;
    }
}

/// Guests that were found, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The guests.
    pub guests: Vec<Found>,
}

/// A guest that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Who it is.
    pub guest: GuestView,
    /// The guest's stays, the newest first.
    pub stays: Vec<StayView>,
}

/// Stays of the property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The stays, in id order.
    pub stays: Vec<StayView>,
    /// How many stays there are in all that were asked for, by how far they have come.
    pub counts: StatusCounts,
    /// Where to go on, when there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AsText<StayId>>,
}

/// How many stays have come how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusCounts {
    /// Booked and expected.
    pub reserved: u64,
    /// In house.
    pub in_house: u64,
    /// Left.
    pub checked_out: u64,
    /// Called off.
    pub cancelled: u64,
    /// Did not come.
    pub no_show: u64,
}

impl StatusCounts {
    /// Counts one more stay.
    pub fn add(&mut self, status: impl Into<Status>) {
        *match status.into() {
            Status::Reserved => &mut self.reserved,
            Status::InHouse => &mut self.in_house,
            Status::CheckedOut => &mut self.checked_out,
            Status::Cancelled => &mut self.cancelled,
            Status::NoShow => &mut self.no_show,
        } += 1;
    }

    /// All stays.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.reserved + self.in_house + self.checked_out + self.cancelled + self.no_show
    }
}

/// Why a profile says what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// Whose profile it is.
    pub guest: GuestView,
    /// Why the members are one guest, for departments that keep guests' cards.
    #[serde(default, skip_serializing_if = "IdentityView::is_empty")]
    pub identity: IdentityView,
    /// The day it was folded for.
    pub as_of: AsText<Day>,
    /// Until when what had been recorded was looked at, where not all of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<AsText<Moment>>,
    /// Each claim with its evidence; a claim that goes on with the next answer stands in both.
    pub claims: Vec<ExplainedClaim>,
    /// What the vocabulary has no word for yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncurated: Vec<ExplainedEvidence>,
    /// Where to go on, when there is more evidence than fits into an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl ExplainReply {
    /// Adds the page that follows.
    pub fn join(&mut self, next: Self) {
        for claim in next.claims {
            match self.claims.last_mut().filter(|last| last.is_of(&claim)) {
                Some(last) => {
                    last.evidence.extend(claim.evidence);
                    last.more = claim.more;
                }
                None => self.claims.push(claim),
            }
        }
        self.uncurated.extend(next.uncurated);
        self.next = next.next;
    }
}

/// A claim with all its evidence, also what does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedClaim {
    /// The attribute.
    pub attribute: AsText<AttributeId>,
    /// What people call it.
    pub label: LabelView,
    /// How evidence about it adds up.
    pub kind: Kind,
    /// The value.
    pub value: String,
    /// Whether it is a wish for the stay alone, above what is known otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wish: bool,
    /// What people call the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_label: Option<LabelView>,
    /// What it means to staff, where it means anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Probability in parts per million.
    pub p_ppm: u32,
    /// Confidence in parts per million.
    pub confidence_ppm: u32,
    /// Weight for it in 2⁻³².
    pub for_q32: Decimal,
    /// Weight against it in 2⁻³².
    pub against_q32: Decimal,
    /// What would give it another verdict; of wishes, which last as long as their stay, nothing is said.
    #[serde(default, skip_serializing_if = "OutlookView::is_empty")]
    pub outlook: OutlookView,
    /// The evidence, the newest first.
    pub evidence: Vec<ExplainedEvidence>,
    /// How many more pieces of evidence there are, which come with the answers that follow.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
}

impl ExplainedClaim {
    /// Whether the other is the same claim.
    fn is_of(&self, other: &Self) -> bool {
        let key = |claim: &Self| (claim.wish, claim.attribute.clone(), claim.value.clone());
        key(self) == key(other)
    }
}

/// A piece of evidence with what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedEvidence {
    /// The evidence.
    pub evidence: EvidenceView,
    /// The day it was noticed, as it was written.
    pub day: AsText<Day>,
    /// Its weight on the day folded for, in 2⁻³², before evidence of one stay is taken together.
    pub weight_q32: Decimal,
    /// Whether it counts.
    pub state: EvidenceState,
    /// The correction that keeps it from counting, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<CorrectionView>,
    /// Why it weighs less than its source and age would have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lessened: Vec<Lessening>,
    /// The words of the note that it was read from, where the department may read the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The member of staff who noticed it, as the app says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<String>,
    /// The event's sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}

/// Whether a piece of evidence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceState {
    /// It counts.
    Counts,
    /// Another of the same stay, value and source weighs as much or more.
    Saturated,
    /// It was noticed after the day folded for.
    Future,
    /// It was taken back.
    Retracted,
    /// It is bound to another property.
    OtherProperty,
    /// It was for another stay, or its party, alone.
    OtherStay,
    /// A correction keeps it from counting here.
    Discounted,
    /// It was only read from a note, and the guest wants nothing personal noted.
    NoPersonalNotes,
}

/// A correction by which evidence does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CorrectionView {
    /// The event: what retracting it names.
    pub event: AsText<EventKey>,
    /// What is so instead.
    pub judgement: JudgementWord,
    /// Whose the evidence is said to be, where it is said: it counts there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<ReferenceView>,
    /// When it was found out.
    pub occurred_at: AsText<Moment>,
    /// By whom, for departments that keep guests' cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl CorrectionView {
    /// The correction as a department sees it.
    #[must_use]
    pub fn of(correction: &CorrectionFact, department: &DepartmentId) -> Self {
        let reads = reads_identifiers(department);
        Self {
            event: AsText(correction.key),
            judgement: JudgementWord::of(&correction.judgement),
            to: correction.to().iter().map(ReferenceView::from).collect(),
            occurred_at: AsText(correction.occurred_at),
            by: reads.then(|| correction.by.to_string()),
            why: reads.then(|| correction.why.to_string()),
        }
    }
}

/// The stays whose boards an event may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AffectedReply {
    /// The sequence reached.
    pub sequence: u64,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// Hash of the playbook that was activated last, when one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// The day the profiles are folded for: that of the event.
    pub as_of: AsText<Day>,
    /// The sequence of the event that last taught how rules fare; 0 when none did.
    #[serde(default)]
    pub taught: u64,
    /// The stays, in an order of which `next` is a place.
    pub affected: Vec<AffectedStay>,
    /// Where to go on, when there are more than fit into an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AsText<StayId>>,
}

/// A stay whose boards an event may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AffectedStay {
    /// The stay.
    pub stay: StayView,
    /// The time at its hotel.
    pub now: AsText<Moment>,
    /// The guest's profile in that stay, whole.
    pub profile: ProfileView,
    /// How many stays of the guest ended before.
    pub earlier_stays: u32,
    /// What became of the items of its boards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<OutcomeView>,
    /// The items of its boards that were not acknowledged in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<AsText<ItemId>>,
    /// What departments were told in the guest's other stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<ShownView>,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeView {
    /// The item.
    pub item: AsText<ItemId>,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// When.
    pub occurred_at: AsText<Moment>,
}

/// Observations that have nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnassignedReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How much of the stream is not in the answer, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The observations, and what corrections moved to nobody, by sequence.
    pub unassigned: Vec<Waiting>,
    /// Changes of stays that nobody booked or checked in, by sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<UnknownStay>,
    /// Retractions of what nobody noted, and undoings of what nobody said, by sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retractions: Vec<VoidRetraction>,
    /// Corrections of preferences of nobody that can be told, by sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<WaitingCorrection>,
    /// Links, and what keeps guests apart, that name somebody of whom nothing is known, by sequence; for departments
    /// that keep guests' cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<WaitingLink>,
    /// There may be more: it is to be asked for as what is later than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// What was said of two guests of whom one, or both, nobody knows. It joins or parts whoever comes by that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingLink {
    /// The event's sequence.
    pub sequence: u64,
    /// What was said.
    #[serde(flatten)]
    pub link: LinkView,
    /// Whether it says that they never are one person.
    pub never: bool,
    /// Those of the two of whom nothing is known.
    pub unknown: Vec<AsText<NodeId>>,
}

/// A correction that has nobody yet. It counts once it is known whom it named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingCorrection {
    /// The event's sequence.
    pub sequence: u64,
    /// The correction.
    #[serde(flatten)]
    pub correction: CorrectionView,
    /// What it named.
    pub references: Vec<ReferenceView>,
    /// Why it has nobody.
    pub reason: UnassignedReason,
    /// Who it may be about.
    pub candidates: Vec<AsText<NodeId>>,
}

/// A change of a stay that nobody booked or checked in. It counts once the booking comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownStay {
    /// The event's sequence.
    pub sequence: u64,
    /// The event.
    pub event: AsText<EventKey>,
    /// The stay that it would be.
    pub stay: AsText<StayId>,
    /// The PMS's number, as the event gives it.
    pub reservation: String,
    /// What is said to have happened, as the event's subject names it.
    pub change: String,
    /// When it is said to have happened.
    pub occurred_at: AsText<Moment>,
}

/// A retraction of what nobody noted, or an undoing of what nobody said: of an id that is unknown, or another
/// department's. It counts once that comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidRetraction {
    /// The event's sequence.
    pub sequence: u64,
    /// The event.
    pub event: AsText<EventKey>,
    /// The event that is named.
    pub target: AsText<EventKey>,
}

/// An observation that has nobody yet, or what a correction moved of one to somebody who can't be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// The event's sequence; that of the correction, where one moved it.
    pub sequence: u64,
    /// The event.
    pub event: AsText<EventKey>,
    /// What it named; what the correction names, where one moved it.
    pub references: Vec<ReferenceView>,
    /// The correction by which it is nobody's, where it is by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_by: Option<CorrectionView>,
    /// When it was noticed.
    pub observed_at: AsText<Moment>,
    /// Where.
    pub property: AsText<PropertyId>,
    /// By which department.
    pub department: AsText<DepartmentId>,
    /// Through which app.
    pub app: AsText<AppId>,
    /// The member of staff who noticed it, as the app says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<String>,
    /// What was noticed, as far as the department may see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<WaitingStatement>,
    /// How many statements the department may not see.
    #[serde(default)]
    pub withheld: u32,
    /// The note, where the department may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it has nobody.
    pub reason: UnassignedReason,
    /// Who it may be about.
    pub candidates: Vec<AsText<NodeId>>,
}

/// A statement of an observation that has nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingStatement {
    /// About what.
    pub attribute: AsText<AttributeId>,
    /// Which value, as it was written.
    pub value: String,
    /// For or against.
    pub polarity: Polarity,
}

/// What an observation named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceView {
    /// A guest or a stay.
    Guest(AsText<NodeId>),
    /// Whoever was in the room.
    Room(AsText<Room>),
    /// Whoever has the identifier of this key.
    Identifier(AsText<IdentifierKey>),
}

impl From<&Reference> for ReferenceView {
    fn from(reference: &Reference) -> Self {
        match reference {
            Reference::Node(node) => Self::Guest(AsText(*node)),
            Reference::Room(_, room) => Self::Room(AsText(room.clone())),
            Reference::Identifier(key) => Self::Identifier(AsText(*key)),
        }
    }
}

/// The department's current boards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoardsReply {
    /// The sequence reached.
    pub sequence: u64,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// The boards, by stay.
    pub boards: Vec<BoardView>,
}
