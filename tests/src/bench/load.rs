//! A made-up hotel: guests who arrive and what staff notice about them. The same seed gives the same events, but for
//! their times, which lie before the moment at which they are made.

use cardex_bus::{Headers, Outgoing};
use cardex_domain::event::{
    Body, ExternalProfile, GuestDetails, GuestRef, Name, Observation, Polarity, Publisher, Scope,
    Source, Statement, StayChange, StayDetails, StayEvent,
};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, PropertyId, Room};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::text::EventId;
use cardex_wire::{CONTENT_TYPE, EventDraft};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The departments that notice things.
const DEPARTMENTS: [&str; 3] = ["front_desk", "floor", "dining"];
/// As the aggregator's clock: what is noticed on a later date than its own does not count yet.
const OFFSET_MINUTES: i16 = 0;
const HOUR_MICROS: i64 = 3_600_000_000;
const NIGHTS: i32 = 3;
/// How far ahead guests book.
const BOOKED_AHEAD_DAYS: i32 = 365;

/// A hotel and its guests, by number.
pub(super) struct Hotel {
    random: StdRng,
    property: PropertyId,
    /// Whether whoever notices something writes a note, too.
    noting: bool,
}

impl Hotel {
    pub(super) fn new(seed: u64, property: &str) -> anyhow::Result<Self> {
        Ok(Self {
            random: StdRng::seed_from_u64(seed),
            property: PropertyId::new(property)?,
            noting: false,
        })
    }

    /// A hotel in which notes are written, no two alike.
    pub(super) fn noting(self, noting: bool) -> Self {
        Self { noting, ..self }
    }

    pub(super) fn property(&self) -> &PropertyId {
        &self.property
    }

    pub(super) fn reservation(guest: usize) -> String {
        format!("R-{guest}")
    }

    pub(super) fn profile(guest: usize) -> ExternalProfile {
        ExternalProfile {
            pms: "pms".into(),
            id: format!("{guest}").into(),
        }
    }

    /// The guest arrives without a reservation and gets the room of the same number.
    pub(super) fn arrival(&mut self, guest: usize) -> anyhow::Result<Outgoing> {
        let now = moment(0);
        let details = StayDetails {
            arrival: Some(now.day()),
            departure: Some(now.day().plus(NIGHTS)),
            guest: Some(GuestDetails {
                profile: Some(Self::profile(guest)),
                name: Some(Name {
                    family: Some(format!("Guest {guest}").into()),
                    ..Name::default()
                }),
                ..GuestDetails::default()
            }),
            ..StayDetails::default()
        };
        let event = StayEvent {
            reservation: Self::reservation(guest).into(),
            occurred_at: now,
            change: StayChange::CheckedIn {
                room: Room::new(&guest.to_string())?,
                details,
            },
        };
        self.outgoing(None, Body::Stay(event))
    }

    /// The guest books, as somebody of whom this is said.
    pub(super) fn booking(
        &mut self,
        guest: usize,
        details: GuestDetails,
    ) -> anyhow::Result<Outgoing> {
        let now = moment(0);
        let nights = self.random.random_range(1..=BOOKED_AHEAD_DAYS);
        let details = StayDetails {
            arrival: Some(now.day().plus(nights)),
            departure: Some(now.day().plus(nights + NIGHTS)),
            guest: Some(details),
            ..StayDetails::default()
        };
        let event = StayEvent {
            reservation: Self::reservation(guest).into(),
            occurred_at: now,
            change: StayChange::Reserved(details),
        };
        self.outgoing(None, Body::Stay(event))
    }

    /// Staff notice something about this guest, named by the booking.
    pub(super) fn observation_of(&mut self, guest: usize) -> anyhow::Result<Outgoing> {
        let statement = self.statement();
        let about = GuestRef::Reservation(Self::reservation(guest).into());
        self.noticed(about, 0, vec![statement])
    }

    /// Staff notice something about one of the guests up to `guests`: of the vocabulary, named as staff would.
    pub(super) fn observation(&mut self, guests: usize) -> anyhow::Result<Outgoing> {
        let guest = self.random.random_range(0..guests);
        let about = match self.random.random_range(0..10) {
            0..=5 => GuestRef::Room(Room::new(&guest.to_string())?),
            6..=8 => GuestRef::Reservation(Self::reservation(guest).into()),
            _ => GuestRef::Profile(Self::profile(guest)),
        };
        let statement = self.statement();
        self.noticed(about, 0, vec![statement])
    }

    /// What an earlier stay has left of the guest: two wishes stated to the front desk, and a few more of any kind.
    pub(super) fn memory(&mut self, guest: usize) -> anyhow::Result<Vec<Outgoing>> {
        let mut statements = vec![
            wish("room.facing", "south")?,
            wish("room.facing", "south")?,
            wish("room.floor_level", "high")?,
            wish("room.floor_level", "high")?,
        ];
        statements.extend((0..4).map(|_| self.statement()));
        let told = statements.into_iter().zip(1..);
        told.map(|(statement, visit)| self.said_before(guest, visit, vec![statement]))
            .collect()
    }

    /// What two earlier visits have left of the guest: all of this, by attribute and value, stated in each.
    pub(super) fn known_for(
        &mut self,
        guest: usize,
        known: &[(&str, &str)],
    ) -> anyhow::Result<Vec<Outgoing>> {
        let wishes = known
            .iter()
            .map(|(attribute, value)| wish(attribute, value));
        let wishes = wishes.collect::<anyhow::Result<Vec<_>>>()?;
        let visits = 1..=2;
        visits
            .map(|visit| self.said_before(guest, visit, wishes.clone()))
            .collect()
    }

    /// The guest said this so many visits ago, a month before each.
    fn said_before(
        &mut self,
        guest: usize,
        visit: i64,
        statements: Vec<Statement>,
    ) -> anyhow::Result<Outgoing> {
        let about = GuestRef::Profile(Self::profile(guest));
        self.noticed(about, visit * 24 * 30, statements)
    }

    /// Something of the vocabulary.
    pub(super) fn statement(&mut self) -> Statement {
        let count = Vocabulary::embedded().attributes().count();
        let mut attributes = Vocabulary::embedded().attributes();
        let attribute = attributes
            .nth(self.random.random_range(0..count))
            .expect("it is one of so many");
        let value = match attribute.values.len() {
            0 => format!("{}", self.random.random_range(1..40)).into(),
            n => attribute.values[self.random.random_range(0..n)].id.clone(),
        };
        Statement {
            attribute: attribute.id.clone(),
            value: value.into(),
            polarity: if self.random.random_bool(0.9) {
                Polarity::For
            } else {
                Polarity::Against
            },
            purpose: None,
        }
    }

    fn note(&mut self) -> Option<Box<str>> {
        let number: u32 = self.random.random();
        let note = format!("Call {number}: prefers a quiet room on a high floor, no spicy food.");
        self.noting.then(|| note.into())
    }

    fn noticed(
        &mut self,
        about: GuestRef,
        hours_ago: i64,
        statements: Vec<Statement>,
    ) -> anyhow::Result<Outgoing> {
        let department = DEPARTMENTS[self.random.random_range(0..DEPARTMENTS.len())];
        let source = match self.random.random_range(0..3) {
            0 => Source::Stated,
            1 => Source::Observed,
            _ => Source::Inferred,
        };
        let seen = Observation {
            about,
            observed_at: moment(hours_ago),
            seen_by: Some("staff-17".into()),
            source: if hours_ago > 0 {
                Source::Stated
            } else {
                source
            },
            scope: Scope::Guest,
            reach: None,
            statements,
            note: self.note(),
        };
        self.outgoing(Some(department), Body::Observed(seen))
    }

    fn outgoing(&mut self, department: Option<&str>, body: Body) -> anyhow::Result<Outgoing> {
        let app = department.map(|_| AppId::new("bench")).transpose()?;
        let draft = EventDraft {
            publisher: Publisher {
                property: Some(self.property.clone()),
                department: department.map(DepartmentId::new).transpose()?,
                app,
            },
            id: EventId::derived(self.random.random()),
            source: "/cardex/bench".to_owned(),
            time: moment(0),
            on_behalf_of: None,
            body,
        };
        let message = draft.encode()?;
        Ok(Outgoing {
            subject: message.subject,
            id: draft.id.to_string(),
            payload: message.payload.into(),
            headers: Headers::new().with("Content-Type", CONTENT_TYPE)?,
        })
    }
}

fn wish(attribute: &str, value: &str) -> anyhow::Result<Statement> {
    Ok(Statement {
        attribute: AttributeId::new(attribute)?,
        value: value.into(),
        polarity: Polarity::For,
        purpose: None,
    })
}

/// By the hotel's clock.
pub(super) fn moment(hours_ago: i64) -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
    Moment {
        utc_micros: micros - hours_ago * HOUR_MICROS,
        offset_minutes: OFFSET_MINUTES,
    }
}
