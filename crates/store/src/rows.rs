//! What rows hold, as plain data of their own, so that what lies on disk changes only when someone means it to.
//!
//! A row says nothing that its key says already. Changing one of these types changes the format: the golden bytes in
//! `fixtures/` tell.

macro_rules! coded {
    ($type:ident { $($word:ident = $code:literal),+ $(,)? }) => {
        impl Coded for $type {
            fn code(self) -> u8 {
                match self { $($type::$word => $code),+ }
            }
            fn of_code(code: u8) -> Result<Self, Senseless> {
                match code { $($code => Ok($type::$word),)+ _ => Err(Senseless) }
            }
        }
    };
}

mod behind;
mod card;
mod correction;
mod curation;
mod guest;
mod judged;
mod lesson;
mod link;
mod names;
mod note;

use bincode::{BorrowDecode, Encode};
use cardex_domain::board::Phase;
use cardex_domain::event::{
    CardChange, ConfigActivation, HourEvent, IdentifierKind, OutcomeKind, Polarity, Purpose, Reach,
    Says, Scope, Setting, Source,
};
use cardex_domain::fact::{Fact, Reference, RetractedFact};
use cardex_domain::hour::HourFact;
use cardex_domain::ids::{
    DepartmentId, EventKey, IdError, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId,
};
use cardex_domain::time::Moment;

use crate::entry::{Counts, DeadLetter, Gap, Position};
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};

pub(crate) use behind::Behind;
pub(crate) use card::{CardRow, ItemRow, OutcomeRow};
pub(crate) use correction::CorrectionRow;
pub(crate) use curation::{CuratedRow, UncuratedRow};
pub(crate) use guest::{GuestRow, StayRow};
pub(crate) use judged::{NoteJudgedRow, WrittenRow};
pub(crate) use lesson::{FateRow, LessonRow};
pub(crate) use link::{LinkRow, UndoRow};
pub(crate) use names::Names;
pub(crate) use note::NoteRow;

/// A row decodes but says something that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Senseless;

impl From<IdError> for Senseless {
    fn from(_: IdError) -> Self {
        Self
    }
}

impl Senseless {
    pub(crate) fn in_row(self, kind: Kind) -> StoreError {
        StoreError::corrupt(kind.name(), "says what can't be")
    }
}

/// A closed set of words as numbers on disk.
pub(crate) trait Coded: Sized {
    /// The number.
    fn code(self) -> u8;
    /// The word.
    fn of_code(code: u8) -> Result<Self, Senseless>;
}

coded!(Source { Stated = 0, Observed = 1, Inferred = 2 });
coded!(Scope { Guest = 0, Party = 1, Stay = 2 });
coded!(Reach { Property = 0, Chain = 1 });
coded!(Purpose { Business = 0, Leisure = 1, Family = 2 });
coded!(Polarity { For = 0, Against = 1 });
coded!(IdentifierKind { Document = 0, Loyalty = 1, Phone = 2, Email = 3 });
coded!(OutcomeKind {
    Delivered = 0, Acknowledged = 1, Done = 2, Declined = 3, Delighted = 4, NotPossible = 5, Wrong = 6,
});
coded!(Says { Wanted = 0, Unwanted = 1, Neither = 2 });
coded!(CardChange { Issued = 0, Withdrawn = 1, Escalated = 2, Expired = 3 });
coded!(Phase { Reserved = 0, InHouse = 1, Over = 2 });
coded!(Setting { Vocabulary = 0, DenyList = 1, IdentityWeights = 2, Playbook = 3 });

/// Every setting there is.
pub(crate) const SETTINGS: [Setting; 4] = [
    Setting::Vocabulary,
    Setting::DenyList,
    Setting::IdentityWeights,
    Setting::Playbook,
];

/// The format of the whole store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct FormatRow {
    pub(crate) version: u32,
    /// How many shards there are, and which one this is; of a store that is divided.
    pub(crate) share: Behind<(u16, u16)>,
}

/// Position and counts: rewritten with every batch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct HeadRow<'a> {
    position: Option<(&'a str, u64)>,
    counts: [u64; 9],
}

impl<'a> HeadRow<'a> {
    pub(crate) fn of(position: Option<&'a Position>, counts: &Counts) -> Self {
        Self {
            position: position.map(|p| (p.incarnation.as_str(), p.sequence)),
            counts: [
                counts.events,
                counts.notes,
                counts.retractions,
                counts.stay_events,
                counts.outcomes,
                counts.duplicates,
                counts.dead_letters,
                counts.gaps,
                counts.live_bytes,
            ],
        }
    }

    pub(crate) fn read(self) -> (Option<Position>, Counts) {
        let [
            events,
            notes,
            retractions,
            stay_events,
            outcomes,
            duplicates,
            dead_letters,
            gaps,
            live_bytes,
        ] = self.counts;
        let position = self.position.map(|(incarnation, sequence)| Position {
            incarnation: incarnation.to_owned(),
            sequence,
        });
        let counts = Counts {
            events,
            notes,
            retractions,
            stay_events,
            outcomes,
            duplicates,
            dead_letters,
            gaps,
            live_bytes,
        };
        (position, counts)
    }
}

/// When the server stored the message of the position. A row of its own, and with the sequence, so that a store that has
/// none, or that a version without it went on with, opens like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct HeadTimeRow {
    pub(crate) sequence: u64,
    pub(crate) server_time_micros: i64,
}

/// An event remembered for ever.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct EventRow<'a> {
    pub(crate) sequence: u64,
    pub(crate) server_time_micros: i64,
    pub(crate) content: [u8; 16],
    pub(crate) place: Place<'a>,
}

/// Where the fact of an event stands: what its row's key needs beside the event's key and sequence.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) enum Place<'a> {
    Note(Option<ReferenceRow<'a>>, i64),
    Retraction([u8; 16]),
    Stay([u8; 16]),
    Guest([u8; 16]),
    Card([u8; 16], &'a str, u64),
    Outcome([u8; 16], &'a str),
    Setting(u8),
    Link,
    Undo,
    Correction,
    NoteJudged([u8; 16]),
    Hour(&'a str),
}

impl<'a> Place<'a> {
    pub(crate) fn of(fact: &'a Fact) -> Self {
        match fact {
            Fact::Noted(n) => Self::Note(
                n.references.first().map(ReferenceRow::of),
                n.observed_at.utc_micros,
            ),
            Fact::Retracted(r) => Self::Retraction(r.target.0),
            Fact::NoteJudged(j) => Self::NoteJudged(j.target.0),
            Fact::Stay(s) => Self::Stay(s.stay.0),
            Fact::Guest(g) => Self::Guest(g.profile.0),
            Fact::Card(c) => Self::Card(c.stay.0, c.department.as_str(), c.revision),
            Fact::Outcome(o) => Self::Outcome(o.outcome.stay.0, o.outcome.item.as_str()),
            Fact::Setting(s) => Self::Setting(s.setting.code()),
            Fact::Hour(h) => Self::Hour(h.property.as_str()),
            Fact::Linked(_) => Self::Link,
            Fact::Undone(_) => Self::Undo,
            Fact::Corrected(_) => Self::Correction,
        }
    }

    /// The key of the fact's row.
    pub(crate) fn row_key(&self, event: EventKey, sequence: u64) -> Result<Key, Senseless> {
        Ok(match self {
            Self::Note(reference, at) => {
                let reference = reference.map(ReferenceRow::read).transpose()?;
                keys::note(reference.as_ref(), *at, event)
            }
            Self::Retraction(target) => keys::retractions(EventKey(*target)).id(&event.0),
            Self::Stay(stay) => keys::stay(StayId(*stay)).id(&event.0),
            Self::Guest(profile) => keys::guest(ProfileId(*profile)).id(&event.0),
            Self::Card(stay, department, revision) => keys::card(
                StayId(*stay),
                &DepartmentId::new(department)?,
                *revision,
                event,
            ),
            Self::Outcome(stay, item) => keys::outcome(StayId(*stay), &item.parse()?, event),
            Self::Setting(setting) => {
                keys::activations(Setting::of_code(*setting)?).number(sequence)
            }
            Self::NoteJudged(target) => keys::note_judged(EventKey(*target)).id(&event.0),
            Self::Hour(property) => keys::hours(&PropertyId::new(property)?).number(sequence),
            Self::Link => keys::link(event),
            Self::Undo => keys::undo(event),
            Self::Correction => keys::correction(event),
        })
    }
}

/// What an observation named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) enum ReferenceRow<'a> {
    Profile([u8; 16]),
    Stay([u8; 16]),
    Room(&'a str, &'a str),
    Identifier([u8; 16]),
}

impl<'a> ReferenceRow<'a> {
    pub(crate) fn of(reference: &'a Reference) -> Self {
        match reference {
            Reference::Node(NodeId::Profile(id)) => Self::Profile(id.0),
            Reference::Node(NodeId::Stay(id)) => Self::Stay(id.0),
            Reference::Room(property, room) => Self::Room(property.as_str(), room.as_str()),
            Reference::Identifier(key) => Self::Identifier(key.0),
        }
    }

    pub(crate) fn read(self) -> Result<Reference, Senseless> {
        Ok(match self {
            Self::Profile(id) => Reference::Node(NodeId::Profile(ProfileId(id))),
            Self::Stay(id) => Reference::Node(NodeId::Stay(StayId(id))),
            Self::Room(property, room) => {
                Reference::Room(PropertyId::new(property)?, Room::new(room)?)
            }
            Self::Identifier(key) => Reference::Identifier(IdentifierKey(key)),
        })
    }
}

/// A moment: microseconds and the offset in minutes.
pub(crate) type MomentRow = (i64, i16);

pub(crate) fn moment_row(moment: Moment) -> MomentRow {
    (moment.utc_micros, moment.offset_minutes)
}

pub(crate) fn moment((utc_micros, offset_minutes): MomentRow) -> Moment {
    Moment {
        utc_micros,
        offset_minutes,
    }
}

pub(crate) fn boxed(text: Option<&str>) -> Option<Box<str>> {
    text.map(Into::into)
}

/// What is taken back of the observation in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct RetractionRow {
    pub(crate) sequence: u64,
    pub(crate) statement: Option<u8>,
}

impl RetractionRow {
    pub(crate) fn of(sequence: u64, fact: &RetractedFact) -> Self {
        Self {
            sequence,
            statement: fact.statement,
        }
    }

    pub(crate) fn read(self, event: EventKey, target: EventKey) -> RetractedFact {
        RetractedFact {
            key: event,
            target,
            statement: self.statement,
        }
    }
}

/// An activation of the setting in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct SettingRow<'a> {
    hash: &'a str,
    by: Option<&'a str>,
}

impl<'a> SettingRow<'a> {
    pub(crate) fn of(activation: &'a ConfigActivation) -> Self {
        Self {
            hash: &activation.hash,
            by: activation.by.as_deref(),
        }
    }

    pub(crate) fn read(self, setting: Setting) -> ConfigActivation {
        ConfigActivation {
            setting,
            hash: self.hash.into(),
            by: boxed(self.by),
        }
    }
}

/// An hour that struck at the property in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct HourRow {
    utc_micros: i64,
    offset_minutes: i16,
    phases: Vec<u8>,
}

impl HourRow {
    pub(crate) fn of(hour: &HourEvent) -> Self {
        Self {
            utc_micros: hour.reached.utc_micros,
            offset_minutes: hour.reached.offset_minutes,
            phases: hour.phases.iter().map(|phase| phase.code()).collect(),
        }
    }

    pub(crate) fn read(self, property: &str) -> Result<HourFact, Senseless> {
        let phases = self.phases.into_iter().map(Phase::of_code);
        Ok(HourFact {
            property: PropertyId::new(property)?,
            hour: HourEvent {
                reached: Moment {
                    utc_micros: self.utc_micros,
                    offset_minutes: self.offset_minutes,
                },
                phases: phases.collect::<Result<_, _>>()?,
            },
        })
    }
}

/// The dead letter whose sequence is in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct DeadLetterRow<'a> {
    server_time_micros: i64,
    subject: &'a str,
    code: &'a str,
    detail: &'a str,
    key: Option<[u8; 16]>,
    decoder: u32,
}

impl<'a> DeadLetterRow<'a> {
    pub(crate) fn of(letter: &'a DeadLetter) -> Self {
        Self {
            server_time_micros: letter.server_time_micros,
            subject: &letter.subject,
            code: &letter.code,
            detail: &letter.detail,
            key: letter.key.map(|key| key.0),
            decoder: letter.decoder,
        }
    }

    pub(crate) fn read(self, sequence: u64) -> DeadLetter {
        DeadLetter {
            sequence,
            server_time_micros: self.server_time_micros,
            subject: self.subject.into(),
            code: self.code.into(),
            detail: self.detail.into(),
            key: self.key.map(EventKey),
            decoder: self.decoder,
        }
    }
}

/// The gap whose first sequence is in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct GapRow {
    last: u64,
    explained: bool,
    server_time_micros: i64,
}

impl GapRow {
    pub(crate) fn of(gap: &Gap) -> Self {
        Self {
            last: gap.last,
            explained: gap.explained,
            server_time_micros: gap.server_time_micros,
        }
    }

    pub(crate) fn read(self, first: u64) -> Gap {
        Gap {
            first,
            last: self.last,
            explained: self.explained,
            server_time_micros: self.server_time_micros,
        }
    }
}

/// The event of which a watch row speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct WatchRow {
    pub(crate) event: [u8; 16],
}
