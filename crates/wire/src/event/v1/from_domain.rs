//! The newest domain type as version 1, for publishers. Nothing is checked here: what was written is read back.

use cardex_domain::event as domain;
use cardex_domain::event::{Body, StayChange};
use cardex_domain::ids::NodeId;

use super::person::Guest;
use super::{
    About, Booking, Card, CardItem, Claim, ConfigActivation, Data, ExternalProfile,
    GuestCorrection, Hour, Identifier, Observation, Outcome, Retraction, Statement, StayBooked,
    StayCheckedIn, StayEvent, StayRoomMoved,
};
use crate::text::{AsText, EventId, Text};

pub(super) fn maybe<const MAX: usize, const LINES: bool>(
    text: Option<&str>,
) -> Option<Text<'_, MAX, LINES>> {
    text.map(Text::new)
}

impl<'a> Data<'a> {
    /// The data that says `body`, or `None` when it takes back an event whose id is none.
    #[must_use]
    pub fn of(body: &'a Body) -> Option<Self> {
        Some(match body {
            Body::Observed(seen) => Self::ObservationRecorded(seen.into()),
            Body::Retracted(retraction) => Self::ObservationRetracted(Retraction {
                event: AsText(EventId::parse(&retraction.event)?),
                statement: retraction.statement,
                reason: maybe(retraction.reason.as_deref()),
            }),
            Body::NoteJudged(judgement) => super::note::data(judgement)?,
            Body::Stay(stay) => stay_data(stay),
            Body::Outcome(outcome) => Self::OutcomeRecorded(Outcome {
                stay: AsText(outcome.stay),
                item: AsText(outcome.item.clone()),
                outcome: outcome.outcome.into(),
                occurred_at: AsText(outcome.occurred_at),
                by: maybe(outcome.by.as_deref()),
                note: maybe(outcome.note.as_deref()),
            }),
            Body::GuestCorrected(correction) => Self::GuestCorrected(GuestCorrection {
                profile: (&correction.profile).into(),
                guest: (&correction.details).into(),
                occurred_at: AsText(correction.occurred_at),
                by: maybe(correction.by.as_deref()),
            }),
            Body::PreferenceCorrected(correction) => {
                Self::GuestPreferenceCorrected(correction.into())
            }
            Body::Linked(link) => match link.kind {
                domain::LinkKind::Same => Self::GuestLinked(link.into()),
                domain::LinkKind::Never => Self::GuestNeverLinked(link.into()),
            },
            Body::Undone(undo) => match undo.kind {
                domain::UndoKind::Links => Self::GuestUnlinked(undo.into()),
                domain::UndoKind::Corrections => Self::GuestCorrectionRetracted(undo.into()),
            },
            Body::Card(card) => card_data(card),
            Body::Hour(hour) => Self::CardHour(Hour {
                reached: AsText(hour.reached),
                phases: hour.phases.iter().copied().map(Into::into).collect(),
            }),
            Body::ConfigActivated(activation) => Self::ConfigActivated(ConfigActivation {
                setting: activation.setting.into(),
                hash: Text::new(&activation.hash),
                by: maybe(activation.by.as_deref()),
            }),
        })
    }
}

fn stay_data(stay: &domain::StayEvent) -> Data<'_> {
    let reservation = Text::new(&stay.reservation);
    let occurred_at = AsText(stay.occurred_at);
    let plain = |reservation| StayEvent {
        reservation,
        occurred_at,
    };
    match &stay.change {
        StayChange::Reserved(details) => {
            let booking = details.into();
            let guest = details.guest.as_ref().map(Guest::from);
            Data::StayReserved(StayBooked {
                reservation,
                occurred_at,
                booking,
                guest,
            })
        }
        StayChange::Amended(details) => {
            let booking = details.into();
            let guest = details.guest.as_ref().map(Guest::from);
            Data::StayAmended(StayBooked {
                reservation,
                occurred_at,
                booking,
                guest,
            })
        }
        StayChange::CheckedIn { room, details } => {
            let room = AsText(room.clone());
            let booking = details.into();
            let guest = details.guest.as_ref().map(Guest::from);
            Data::StayCheckedIn(StayCheckedIn {
                reservation,
                occurred_at,
                room,
                booking,
                guest,
            })
        }
        StayChange::RoomMoved { room } => {
            let room = AsText(room.clone());
            Data::StayRoomMoved(StayRoomMoved {
                reservation,
                occurred_at,
                room,
            })
        }
        StayChange::Cancelled => Data::StayCancelled(plain(reservation)),
        StayChange::CheckInReversed => Data::StayCheckInReversed(plain(reservation)),
        StayChange::CheckedOut => Data::StayCheckedOut(plain(reservation)),
        StayChange::NoShow => Data::StayNoShow(plain(reservation)),
        StayChange::DoNotDisturb => Data::StayDoNotDisturb(plain(reservation)),
        StayChange::DoNotDisturbEnded => Data::StayDoNotDisturbEnded(plain(reservation)),
    }
}

fn card_data(card: &domain::CardEvent) -> Data<'_> {
    let data = Card {
        stay: AsText(card.stay),
        department: AsText(card.department.clone()),
        revision: card.revision,
        items: card.items.iter().map(CardItem::from).collect(),
        occurred_at: AsText(card.occurred_at),
    };
    match card.change {
        domain::CardChange::Issued => Data::CardIssued(data),
        domain::CardChange::Withdrawn => Data::CardWithdrawn(data),
        domain::CardChange::Escalated => Data::CardEscalated(data),
        domain::CardChange::Expired => Data::CardExpired(data),
    }
}

impl<'a> From<&'a domain::Observation> for Observation<'a> {
    fn from(seen: &'a domain::Observation) -> Self {
        Self {
            about: (&seen.about).into(),
            observed_at: AsText(seen.observed_at),
            seen_by: maybe(seen.seen_by.as_deref()),
            how: seen.source.into(),
            scope: seen.scope.into(),
            reach: seen.reach.map(Into::into),
            statements: seen.statements.iter().map(Statement::from).collect(),
            note: maybe(seen.note.as_deref()),
        }
    }
}

impl<'a> From<&'a domain::Statement> for Statement<'a> {
    fn from(statement: &'a domain::Statement) -> Self {
        Self {
            attribute: AsText(statement.attribute.clone()),
            value: Text::new(&statement.value),
            polarity: statement.polarity.into(),
            purpose: statement.purpose.map(Into::into),
        }
    }
}

impl<'a> From<&'a domain::GuestRef> for About<'a> {
    fn from(about: &'a domain::GuestRef) -> Self {
        use domain::GuestRef;
        let none = Self::default();
        match about {
            GuestRef::Node(NodeId::Stay(stay)) => Self {
                stay: Some(AsText(*stay)),
                ..none
            },
            GuestRef::Node(guest) => Self {
                guest: Some(AsText(*guest)),
                ..none
            },
            GuestRef::Reservation(number) => Self {
                reservation: Some(Text::new(number)),
                ..none
            },
            GuestRef::Profile(profile) => Self {
                profile: Some(profile.into()),
                ..none
            },
            GuestRef::Room(room) => Self {
                room: Some(AsText(room.clone())),
                ..none
            },
            GuestRef::Identifiers(list) => Self {
                identifiers: Some(list.iter().map(Identifier::from).collect()),
                ..none
            },
        }
    }
}

impl<'a> From<&'a domain::ExternalProfile> for ExternalProfile<'a> {
    fn from(profile: &'a domain::ExternalProfile) -> Self {
        Self {
            pms: Text::new(&profile.pms),
            id: Text::new(&profile.id),
        }
    }
}

impl<'a> From<&'a domain::Identifier> for Identifier<'a> {
    fn from(identifier: &'a domain::Identifier) -> Self {
        Self {
            kind: identifier.kind.into(),
            value: Text::new(&identifier.value),
            verified: identifier.verified,
        }
    }
}

impl<'a> From<&'a domain::StayDetails> for Booking<'a> {
    fn from(details: &'a domain::StayDetails) -> Self {
        Self {
            arrival: details.arrival.map(AsText),
            departure: details.departure.map(AsText),
            room: details.room.clone().map(AsText),
            room_type: maybe(details.room_type.as_deref()),
            adults: details.adults,
            children: details.children,
            party: maybe(details.party.as_deref()),
            purpose: details.purpose.map(Into::into),
        }
    }
}

impl<'a> From<&'a domain::CardItem> for CardItem<'a> {
    fn from(item: &'a domain::CardItem) -> Self {
        let claim = |claim: &'a domain::CardClaim| Claim {
            attribute: AsText(claim.attribute.clone()),
            value: Text::new(&claim.value),
            says: claim.says.into(),
        };
        Self {
            item: AsText(item.item.clone()),
            rule: AsText(item.rule.clone()),
            claims: item.claims.iter().map(claim).collect(),
            this_stay: item.is_for_this_stay,
        }
    }
}
