//! Version 1 to the newest domain type, with the rules that reach over more than one member.

use cardex_domain::event as domain;
use cardex_domain::event::{Body, LinkKind, StayChange};
use cardex_domain::ids::{EventKey, NodeId};
use cardex_domain::time::Moment;

use super::{
    About, Booking, Card, Claim, ConfigActivation, Data, ExternalProfile, Guest, GuestCorrection,
    Hour, How, Identifier, IdentifierKind, Observation, Outcome, OutcomeKind, Polarity, Purpose,
    Reach, Retraction, Says, Scope, Setting, Statement,
};
use crate::event::Context;
use crate::limits::{
    ABOUT_IDENTIFIERS_MAX, CARD_ITEMS_MAX, HOUR_PHASES_MAX, ITEM_CLAIMS_MAX, STATEMENTS_MAX,
};
use crate::reject::{Reject, RejectCode};
use crate::text::{AsText, Text};

impl Data<'_> {
    /// The newest form of what the event says.
    pub(in crate::event) fn into_latest(self, context: &Context<'_>) -> Result<Body, Reject> {
        use domain::CardChange::{Escalated, Expired, Issued, Withdrawn};
        let stay =
            |reservation, occurred_at, change| stay(reservation, occurred_at, change, context);
        match self {
            Self::ObservationRecorded(seen) => seen.into_domain(context).map(Body::Observed),
            Self::ObservationRetracted(retraction) => {
                Ok(Body::Retracted(retraction.into_domain(context)))
            }
            Self::ObservationNoteJudged(j) => j.into_domain(context).map(Body::NoteJudged),
            Self::GuestNoteJudged(j) => j.into_domain(context).map(Body::NoteJudged),
            Self::StayReserved(s) => {
                let details = details(s.booking, s.guest, context)?;
                stay(s.reservation, s.occurred_at, StayChange::Reserved(details))
            }
            Self::StayAmended(s) => {
                let details = details(s.booking, s.guest, context)?;
                stay(s.reservation, s.occurred_at, StayChange::Amended(details))
            }
            Self::StayCheckedIn(s) => {
                let details = details(s.booking, s.guest, context)?;
                let change = StayChange::CheckedIn {
                    room: s.room.0,
                    details,
                };
                stay(s.reservation, s.occurred_at, change)
            }
            Self::StayRoomMoved(s) => stay(
                s.reservation,
                s.occurred_at,
                StayChange::RoomMoved { room: s.room.0 },
            ),
            Self::StayCancelled(s) => stay(s.reservation, s.occurred_at, StayChange::Cancelled),
            Self::StayCheckInReversed(s) => {
                stay(s.reservation, s.occurred_at, StayChange::CheckInReversed)
            }
            Self::StayCheckedOut(s) => stay(s.reservation, s.occurred_at, StayChange::CheckedOut),
            Self::StayNoShow(s) => stay(s.reservation, s.occurred_at, StayChange::NoShow),
            Self::StayDoNotDisturb(s) => {
                stay(s.reservation, s.occurred_at, StayChange::DoNotDisturb)
            }
            Self::StayDoNotDisturbEnded(s) => {
                stay(s.reservation, s.occurred_at, StayChange::DoNotDisturbEnded)
            }
            Self::OutcomeRecorded(outcome) => outcome.into_domain(context).map(Body::Outcome),
            Self::GuestCorrected(c) => c.into_domain(context).map(Body::GuestCorrected),
            Self::GuestPreferenceCorrected(c) => {
                c.into_domain(context).map(Body::PreferenceCorrected)
            }
            Self::GuestCorrectionRetracted(r) => r.into_domain().map(Body::Undone),
            Self::GuestLinked(link) => link.into_domain(LinkKind::Same, context).map(Body::Linked),
            Self::GuestNeverLinked(link) => {
                link.into_domain(LinkKind::Never, context).map(Body::Linked)
            }
            Self::GuestUnlinked(undo) => undo.into_domain().map(Body::Undone),
            Self::CardIssued(card) => card.into_domain(Issued, context).map(Body::Card),
            Self::CardWithdrawn(card) => card.into_domain(Withdrawn, context).map(Body::Card),
            Self::CardEscalated(card) => card.into_domain(Escalated, context).map(Body::Card),
            Self::CardExpired(card) => card.into_domain(Expired, context).map(Body::Card),
            Self::CardHour(hour) => hour.into_domain(context).map(Body::Hour),
            Self::ConfigActivated(c) => c.into_domain().map(Body::ConfigActivated),
        }
    }
}

/// The text, which must say something.
pub(super) fn said<const MAX: usize, const LINES: bool>(
    text: Text<'_, MAX, LINES>,
    path: &str,
) -> Result<Box<str>, Reject> {
    text.said()
        .ok_or_else(|| Reject::at(RejectCode::EmptyText, path, "must not be blank"))
}

/// The text where it says something: a form's blank field says nothing.
pub(super) fn maybe<const MAX: usize, const LINES: bool>(
    text: Option<Text<'_, MAX, LINES>>,
) -> Option<Box<str>> {
    text.and_then(Text::said)
}

pub(super) fn at_most(
    count: usize,
    max: usize,
    code: RejectCode,
    path: &str,
) -> Result<(), Reject> {
    if count <= max {
        return Ok(());
    }
    Err(Reject::at(code, path, &format!("at most {max} of them")))
}

fn stay(
    reservation: Text<'_, { crate::limits::RESERVATION_MAX_CHARS }>,
    occurred_at: AsText<Moment>,
    change: StayChange,
    context: &Context<'_>,
) -> Result<Body, Reject> {
    Ok(Body::Stay(domain::StayEvent {
        reservation: said(reservation, "data.reservation")?,
        occurred_at: context.moment(occurred_at.0, "data.occurred_at")?,
        change,
    }))
}

fn details(
    booking: Booking<'_>,
    guest: Option<Guest<'_>>,
    context: &Context<'_>,
) -> Result<domain::StayDetails, Reject> {
    let day = |day: Option<AsText<_>>, path| day.map(|d| context.booked_day(d.0, path)).transpose();
    let arrival = day(booking.arrival, "data.booking.arrival")?;
    let departure = day(booking.departure, "data.booking.departure")?;
    if arrival.zip(departure).is_some_and(|(from, to)| to < from) {
        let rule = "lies before the arrival";
        return Err(Reject::at(
            RejectCode::DatesReversed,
            "data.booking.departure",
            rule,
        ));
    }
    Ok(domain::StayDetails {
        arrival,
        departure,
        room: booking.room.map(|room| room.0),
        room_type: maybe(booking.room_type),
        adults: booking.adults,
        children: booking.children,
        party: maybe(booking.party),
        purpose: booking.purpose.map(Into::into),
        guest: guest
            .map(|g| g.into_domain("data.guest", context))
            .transpose()?,
    })
}

impl Observation<'_> {
    fn into_domain(self, context: &Context<'_>) -> Result<domain::Observation, Reject> {
        let code = RejectCode::TooManyStatements;
        at_most(
            self.statements.len(),
            STATEMENTS_MAX,
            code,
            "data.statements",
        )?;
        let note = maybe(self.note);
        if self.statements.is_empty() && note.is_none() {
            let rule = "must hold a statement or a note";
            return Err(Reject::at(RejectCode::EmptyObservation, "data", rule));
        }
        Ok(domain::Observation {
            about: self.about.into_domain()?,
            observed_at: context.moment(self.observed_at.0, "data.observed_at")?,
            seen_by: maybe(self.seen_by),
            source: self.how.into(),
            scope: self.scope.into(),
            reach: self.reach.map(Into::into),
            statements: self
                .statements
                .into_iter()
                .map(Statement::into_domain)
                .collect::<Result<_, _>>()?,
            note,
        })
    }
}

impl About<'_> {
    pub(crate) fn into_domain(self) -> Result<domain::GuestRef, Reject> {
        let Self {
            guest,
            stay,
            reservation,
            profile,
            room,
            identifiers,
        } = self;
        let mut ways = [
            guest.map(|guest| Ok(domain::GuestRef::Node(guest.0))),
            stay.map(|stay| Ok(domain::GuestRef::Node(NodeId::Stay(stay.0)))),
            reservation.map(|number| {
                said(number, "data.about.reservation").map(domain::GuestRef::Reservation)
            }),
            profile.map(|p| {
                p.into_domain("data.about.profile")
                    .map(domain::GuestRef::Profile)
            }),
            room.map(|room| Ok(domain::GuestRef::Room(room.0))),
            identifiers.map(about_identifiers),
        ]
        .into_iter()
        .flatten();
        match (ways.next(), ways.next()) {
            (Some(way), None) => way,
            _ => {
                let rule = "must name the guest in exactly one way";
                Err(Reject::at(RejectCode::InvalidReference, "data.about", rule))
            }
        }
    }
}

fn about_identifiers(list: Vec<Identifier<'_>>) -> Result<domain::GuestRef, Reject> {
    let path = "data.about.identifiers";
    if list.is_empty() {
        return Err(Reject::at(RejectCode::EmptyList, path, "must hold one"));
    }
    identifiers(list, ABOUT_IDENTIFIERS_MAX, path).map(domain::GuestRef::Identifiers)
}

impl Statement<'_> {
    pub(super) fn into_domain(self) -> Result<domain::Statement, Reject> {
        Ok(domain::Statement {
            attribute: self.attribute.0,
            value: said(self.value, "data.statements[].value")?.into(),
            polarity: self.polarity.into(),
            purpose: self.purpose.map(Into::into),
        })
    }
}

impl ExternalProfile<'_> {
    pub(super) fn into_domain(self, path: &str) -> Result<domain::ExternalProfile, Reject> {
        Ok(domain::ExternalProfile {
            pms: said(self.pms, path)?,
            id: said(self.id, path)?,
        })
    }
}

pub(super) fn identifiers(
    list: Vec<Identifier<'_>>,
    max: usize,
    path: &str,
) -> Result<Vec<domain::Identifier>, Reject> {
    at_most(list.len(), max, RejectCode::TooManyEntries, path)?;
    list.into_iter()
        .map(|identifier| {
            Ok(domain::Identifier {
                kind: identifier.kind.into(),
                value: said(identifier.value, path)?,
                verified: identifier.verified,
            })
        })
        .collect()
}

impl Retraction<'_> {
    fn into_domain(self, context: &Context<'_>) -> domain::Retraction {
        domain::Retraction {
            key: EventKey::of(context.subject, self.event.as_str()),
            event: self.event.0.into_inner(),
            statement: self.statement,
            reason: maybe(self.reason),
        }
    }
}

impl Outcome<'_> {
    fn into_domain(self, context: &Context<'_>) -> Result<domain::Outcome, Reject> {
        Ok(domain::Outcome {
            stay: self.stay.0,
            item: self.item.0,
            outcome: self.outcome.into(),
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: maybe(self.by),
            note: maybe(self.note),
        })
    }
}

impl GuestCorrection<'_> {
    fn into_domain(self, context: &Context<'_>) -> Result<domain::GuestCorrection, Reject> {
        Ok(domain::GuestCorrection {
            profile: self.profile.into_domain("data.profile")?,
            details: self.guest.into_domain("data.guest", context)?,
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: maybe(self.by),
        })
    }
}

impl Hour {
    fn into_domain(self, context: &Context<'_>) -> Result<domain::HourEvent, Reject> {
        let path = "data.phases";
        at_most(
            self.phases.len(),
            HOUR_PHASES_MAX,
            RejectCode::TooManyEntries,
            path,
        )?;
        if self.phases.is_empty() {
            return Err(Reject::at(RejectCode::EmptyList, path, "must hold one"));
        }
        Ok(domain::HourEvent {
            reached: context.moment(self.reached.0, "data.reached")?,
            phases: self.phases.into_iter().map(Into::into).collect(),
        })
    }
}

impl Card<'_> {
    fn into_domain(
        self,
        change: domain::CardChange,
        context: &Context<'_>,
    ) -> Result<domain::CardEvent, Reject> {
        let path = "data.items";
        at_most(
            self.items.len(),
            CARD_ITEMS_MAX,
            RejectCode::TooManyEntries,
            path,
        )?;
        if self.items.is_empty() {
            return Err(Reject::at(RejectCode::EmptyList, path, "must hold one"));
        }
        let item = |item: super::CardItem<'_>| {
            Ok(domain::CardItem {
                item: item.item.0,
                rule: item.rule.0,
                claims: claims(item.claims, "data.items[].claims")?,
                is_for_this_stay: item.this_stay,
            })
        };
        Ok(domain::CardEvent {
            stay: self.stay.0,
            department: self.department.0,
            revision: self.revision,
            change,
            items: self
                .items
                .into_iter()
                .map(item)
                .collect::<Result<_, Reject>>()?,
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
        })
    }
}

fn claims(list: Vec<Claim<'_>>, path: &str) -> Result<Vec<domain::CardClaim>, Reject> {
    at_most(
        list.len(),
        ITEM_CLAIMS_MAX,
        RejectCode::TooManyEntries,
        path,
    )?;
    let mut claims = list
        .into_iter()
        .map(|claim| {
            Ok(domain::CardClaim {
                attribute: claim.attribute.0,
                value: said(claim.value, path)?,
                says: claim.says.into(),
            })
        })
        .collect::<Result<Vec<_>, Reject>>()?;
    claims.sort();
    Ok(claims)
}

impl ConfigActivation<'_> {
    fn into_domain(self) -> Result<domain::ConfigActivation, Reject> {
        let hash = self.hash.as_str();
        let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if hash.len() != 64 || !hash.bytes().all(hexadecimal) {
            let rule = "must be a SHA-256 in lower-case hexadecimal";
            return Err(Reject::at(RejectCode::InvalidValue, "data.hash", rule));
        }
        Ok(domain::ConfigActivation {
            setting: self.setting.into(),
            hash: hash.into(),
            by: maybe(self.by),
        })
    }
}

macro_rules! same_words {
    ($($name:ident { $($word:ident),* } = $domain:ty;)*) => {
        $(
            impl From<$name> for $domain {
                fn from(word: $name) -> Self {
                    match word { $($name::$word => Self::$word,)* }
                }
            }

            impl From<$domain> for $name {
                fn from(word: $domain) -> Self {
                    match word { $(<$domain>::$word => Self::$word,)* }
                }
            }
        )*
    };
}

same_words! {
    Polarity { For, Against } = domain::Polarity;
    Says { Wanted, Unwanted, Neither } = domain::Says;
    How { Stated, Observed, Inferred } = domain::Source;
    Scope { Guest, Party, Stay } = domain::Scope;
    Reach { Property, Chain } = domain::Reach;
    Purpose { Business, Leisure, Family } = domain::Purpose;
    IdentifierKind { Document, Loyalty, Phone, Email } = domain::IdentifierKind;
    OutcomeKind { Delivered, Acknowledged, Done, Declined, Delighted, NotPossible, Wrong } =
        domain::OutcomeKind;
    Setting { Vocabulary, DenyList, IdentityWeights, Playbook } = domain::Setting;
}
