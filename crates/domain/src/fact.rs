//! Facts: events in the form in which they are remembered, under the reference each of them named. A fact needs nothing
//! but its event and the installation's key, so facts are the same in any order of arrival.

use std::sync::Arc;

mod correction;
mod guest;
mod note;

pub use correction::CorrectionFact;
pub use guest::{LinkFact, NotANode, UndoFact};
pub use note::NoteJudgedFact;

use crate::event::{
    Body, CardEvent, ConfigActivation, Event, ExternalProfile, GuestDetails, GuestRef, Identifier,
    Name, Observation, Outcome, Particulars, Publisher, Reach, Scope, Source, Statement,
    StayChange, StayDetails, StayEvent,
};
use crate::hour::HourFact;
use crate::identity::normalise;
use crate::ids::{
    AppId, DepartmentId, EventKey, IdentifierKey, InstallationKey, NodeId, ProfileId, PropertyId,
    Room, StayId,
};
use crate::time::Moment;

/// Where evidence is kept: under what it named, never under whom that meant at the time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A guest or a stay.
    Node(NodeId),
    /// Whoever is in the room at that time.
    Room(PropertyId, Room),
    /// Whoever has the identifier.
    Identifier(IdentifierKey),
}

/// One event as it is remembered.
#[expect(
    clippy::large_enum_variant,
    reason = "a fact lives for the length of one look-up or one write"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Something was noticed.
    Noted(Noted),
    /// Something noticed was taken back.
    Retracted(RetractedFact),
    /// Somebody said whether a note means what it seems to say.
    NoteJudged(NoteJudgedFact),
    /// Something happened to a stay.
    Stay(StayFact),
    /// A profile was put right.
    Guest(GuestFact),
    /// What is known of preferences was put right.
    Corrected(CorrectionFact),
    /// Two nodes are one person, or never are.
    Linked(LinkFact),
    /// Guest operations were undone.
    Undone(UndoFact),
    /// Items came onto or left a board.
    Card(CardEvent),
    /// Something became of an item.
    Outcome(OutcomeFact),
    /// An hour struck.
    Hour(HourFact),
    /// A setting became active.
    Setting(ConfigActivation),
}

/// An observation under its references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The event.
    pub key: EventKey,
    /// The publisher's id of it.
    pub event_id: Arc<str>,
    /// What it named: one reference, or one for each identifier.
    pub references: Vec<Reference>,
    /// Where.
    pub property: PropertyId,
    /// By which department; the one spoken for where a gateway spoke.
    pub department: DepartmentId,
    /// The gateway's own department, where one spoke for another.
    pub via: Option<DepartmentId>,
    /// Through which app.
    pub app: AppId,
    /// When it was noticed.
    pub observed_at: Moment,
    /// How it is known.
    pub source: Source,
    /// For whom it holds.
    pub scope: Scope,
    /// Where it holds, where the observation says so.
    pub reach: Option<Reach>,
    /// The claims.
    pub statements: Vec<Statement>,
    /// The note.
    pub note: Option<Box<str>>,
    /// The member of staff.
    pub seen_by: Option<Box<str>>,
}

/// A retraction under what it takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetractedFact {
    /// The event.
    pub key: EventKey,
    /// The observation taken back.
    pub target: EventKey,
    /// The statement taken back; all of them when `None`.
    pub statement: Option<u8>,
}

/// An event of a stay, with ids derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayFact {
    /// The event.
    pub key: EventKey,
    /// The stay.
    pub stay: StayId,
    /// Where.
    pub property: PropertyId,
    /// The PMS's number of it.
    pub reservation: Box<str>,
    /// When it happened.
    pub occurred_at: Moment,
    /// What happened.
    pub change: StayChange,
    /// Who is coming, with ids derived; from the details inside `change`.
    pub guest: Option<GuestFacts>,
}

/// A correction of a profile, with ids derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestFact {
    /// The event.
    pub key: EventKey,
    /// The profile.
    pub profile: ProfileId,
    /// When it was put right.
    pub occurred_at: Moment,
    /// What is right.
    pub guest: GuestFacts,
}

/// What an event says of a person, with ids derived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestFacts {
    /// The profile named, with its derived id.
    pub profile: Option<(ProfileId, ExternalProfile)>,
    /// How the guest is called.
    pub name: Option<Name>,
    /// Language.
    pub language: Option<Box<str>>,
    /// Nationality.
    pub nationality: Option<Box<str>>,
    /// Birth date, address and company.
    pub particulars: Particulars,
    /// Identifiers with their keys; the values are normalised.
    pub identifiers: Vec<(IdentifierKey, Identifier)>,
}

/// An outcome under its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeFact {
    /// The event.
    pub key: EventKey,
    /// The property it was published at.
    pub property: PropertyId,
    /// The department that published it.
    pub department: DepartmentId,
    /// What it says.
    pub outcome: Outcome,
}

/// Why an event that decodes can't be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// The item belongs to another department's board.
    #[error("the outcome is of another department's item")]
    ForeignItem,
    /// An identifier has nothing left once blanks and punctuation are gone.
    #[error("an identifier has no letters or digits")]
    EmptyIdentifier,
    /// The subject lacks the property or department that the event needs.
    #[error("the subject does not say who published it")]
    NoPublisher,
    /// A link names one guest twice.
    #[error("both ends of the link are the same guest")]
    SameNode,
}

impl Fact {
    /// When it happened, by the clock of where it did; none where that is no matter of a place.
    #[must_use]
    pub fn occurred_at(&self) -> Option<Moment> {
        match self {
            Self::Noted(noted) => Some(noted.observed_at),
            Self::Stay(stay) => Some(stay.occurred_at),
            Self::Guest(guest) => Some(guest.occurred_at),
            Self::NoteJudged(judged) => Some(judged.occurred_at),
            Self::Corrected(correction) => Some(correction.occurred_at),
            Self::Card(card) => Some(card.occurred_at),
            Self::Hour(fact) => Some(fact.hour.reached),
            Self::Outcome(outcome) => Some(outcome.outcome.occurred_at),
            // Who links or undoes speaks of no place.
            Self::Linked(_) | Self::Retracted(_) | Self::Undone(_) | Self::Setting(_) => None,
        }
    }

    /// Whether the event can be remembered, for whoever publishes it: that does not depend on the key that ids are
    /// derived under.
    ///
    /// # Errors
    /// When it can't be, whatever else is known.
    pub fn check(event: &Event) -> Result<(), Unacceptable> {
        Self::of(event, &InstallationKey::new([0; 32])).map(drop)
    }

    /// The fact that `event` is.
    ///
    /// # Errors
    /// When the event can't be remembered, whatever else is known: a dead letter.
    pub fn of(event: &Event, key: &InstallationKey) -> Result<Self, Unacceptable> {
        let property = || {
            event
                .publisher
                .property
                .clone()
                .ok_or(Unacceptable::NoPublisher)
        };
        let department = || {
            let own = event.publisher.department.clone();
            event
                .on_behalf_of
                .clone()
                .or(own)
                .ok_or(Unacceptable::NoPublisher)
        };
        Ok(match &event.body {
            Body::Observed(seen) => {
                Self::Noted(Noted::of(seen, event, (property()?, department()?), key)?)
            }
            Body::Retracted(r) => Self::Retracted(RetractedFact {
                key: event.key,
                target: r.key,
                statement: r.statement,
            }),
            Body::NoteJudged(judgement) => {
                Self::NoteJudged(NoteJudgedFact::of(judgement, event, property()?))
            }
            Body::Stay(stay) => Self::Stay(StayFact::of(stay, event.key, property()?, key)?),
            Body::GuestCorrected(correction) => {
                let mut guest = correction.details.facts(key)?;
                let ExternalProfile { pms, id } = &correction.profile;
                let profile = key.profile(pms, id);
                guest.profile = Some((profile, correction.profile.clone()));
                Self::Guest(GuestFact {
                    key: event.key,
                    profile,
                    occurred_at: correction.occurred_at,
                    guest,
                })
            }
            Body::PreferenceCorrected(correction) => Self::Corrected(CorrectionFact::of(
                correction,
                (event.key, &event.id),
                property()?,
                key,
            )?),
            Body::Linked(link) => Self::Linked(LinkFact::of(link, event.key, &property()?, key)?),
            Body::Undone(undo) => Self::Undone(UndoFact::of(undo, event.key)),
            Body::Card(card) => Self::Card(card.clone()),
            Body::Hour(hour) => Self::Hour(HourFact {
                property: property()?,
                hour: hour.clone(),
            }),
            Body::Outcome(outcome) => {
                let department = department()?;
                if outcome.item.department() != department.as_str() {
                    return Err(Unacceptable::ForeignItem);
                }
                Self::Outcome(OutcomeFact {
                    key: event.key,
                    property: property()?,
                    department,
                    outcome: outcome.clone(),
                })
            }
            Body::ConfigActivated(activation) => Self::Setting(activation.clone()),
        })
    }
}

impl Noted {
    fn of(
        seen: &Observation,
        event: &Event,
        (property, department): (PropertyId, DepartmentId),
        key: &InstallationKey,
    ) -> Result<Self, Unacceptable> {
        let Publisher {
            department: publisher,
            app,
            ..
        } = &event.publisher;
        Ok(Self {
            key: event.key,
            event_id: (*event.id).into(),
            references: references(&seen.about, &property, key)?,
            property,
            department,
            via: event.on_behalf_of.as_ref().and(publisher.clone()),
            app: app.clone().ok_or(Unacceptable::NoPublisher)?,
            observed_at: seen.observed_at,
            source: seen.source,
            scope: seen.scope,
            reach: seen.reach,
            statements: seen.statements.clone(),
            note: seen.note.clone(),
            seen_by: seen.seen_by.clone(),
        })
    }
}

impl StayFact {
    fn of(
        stay: &StayEvent,
        event: EventKey,
        property: PropertyId,
        key: &InstallationKey,
    ) -> Result<Self, Unacceptable> {
        let guest = stay.change.details().and_then(|d| d.guest.as_ref());
        Ok(Self {
            key: event,
            stay: key.stay(&property, &stay.reservation),
            property,
            reservation: stay.reservation.clone(),
            occurred_at: stay.occurred_at,
            guest: guest.map(|guest| guest.facts(key)).transpose()?,
            change: stay.change.clone(),
        })
    }
}

impl StayChange {
    /// Whether a stay may begin with it. The others need one that is known.
    #[must_use]
    pub fn begins(&self) -> bool {
        matches!(self, Self::Reserved(_) | Self::CheckedIn { .. })
    }

    /// What the change says of the booking, where it says anything.
    #[must_use]
    pub fn details(&self) -> Option<&StayDetails> {
        match self {
            Self::Reserved(details) | Self::Amended(details) | Self::CheckedIn { details, .. } => {
                Some(details)
            }
            _ => None,
        }
    }

    /// The same, to be added to.
    pub fn details_mut(&mut self) -> Option<&mut StayDetails> {
        match self {
            Self::Reserved(details) | Self::Amended(details) | Self::CheckedIn { details, .. } => {
                Some(details)
            }
            _ => None,
        }
    }
}

impl GuestDetails {
    /// The same with ids derived and identifiers normalised.
    ///
    /// # Errors
    /// When an identifier has nothing to compare.
    pub fn facts(&self, key: &InstallationKey) -> Result<GuestFacts, Unacceptable> {
        let mut identifiers = self
            .identifiers
            .iter()
            .map(|identifier| keyed(identifier, key))
            .collect::<Result<Vec<_>, _>>()?;
        identifiers.sort();
        identifiers.dedup();
        Ok(GuestFacts {
            profile: self
                .profile
                .clone()
                .map(|p| (key.profile(&p.pms, &p.id), p)),
            name: self.name.clone(),
            language: self.language.clone(),
            nationality: self.nationality.clone(),
            particulars: self.particulars.clone(),
            identifiers,
        })
    }
}

/// The identifier normalised, with its key.
///
/// # Errors
/// When nothing is left of it to compare.
pub fn keyed(
    identifier: &Identifier,
    key: &InstallationKey,
) -> Result<(IdentifierKey, Identifier), Unacceptable> {
    let value = normalise(identifier.kind, &identifier.value);
    if value.is_empty() {
        return Err(Unacceptable::EmptyIdentifier);
    }
    let derived = key.identifier(identifier.kind.as_str(), &value);
    Ok((
        derived,
        Identifier {
            value: value.into(),
            ..identifier.clone()
        },
    ))
}

/// The references that `about` names at `property`.
///
/// # Errors
/// When an identifier has nothing to compare.
pub fn references(
    about: &GuestRef,
    property: &PropertyId,
    key: &InstallationKey,
) -> Result<Vec<Reference>, Unacceptable> {
    Ok(match about {
        GuestRef::Node(node) => vec![Reference::Node(*node)],
        GuestRef::Reservation(number) => {
            vec![Reference::Node(NodeId::Stay(key.stay(property, number)))]
        }
        GuestRef::Profile(p) => vec![Reference::Node(NodeId::Profile(key.profile(&p.pms, &p.id)))],
        GuestRef::Room(room) => vec![Reference::Room(property.clone(), room.clone())],
        GuestRef::Identifiers(identifiers) => {
            let mut keys = identifiers
                .iter()
                .map(|i| keyed(i, key).map(|(k, _)| Reference::Identifier(k)))
                .collect::<Result<Vec<_>, _>>()?;
            keys.sort();
            keys.dedup();
            keys
        }
    })
}
