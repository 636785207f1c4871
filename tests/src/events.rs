//! Events as the people of a hotel publish them, in few words: for the end-to-end tests and the programs that try to break
//! what they check. What can't be written is a fault of whoever wrote it, so it panics.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cardex_domain::event::{
    Address, Body, ConfigActivation, Event, GuestDetails, GuestRef, Link, LinkKind, Name, NodeRef,
    Observation, Outcome, OutcomeKind, Particulars, Polarity, Publisher, Retraction, Scope,
    Setting, Source, Statement, StayChange, StayDetails, StayEvent, Undo, UndoKind,
};
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, ItemId, PropertyId, Room, StayId, content_hash,
};
use cardex_domain::time::Moment;
use cardex_wire::EventDraft;
use cardex_wire::text::EventId;

/// The hotel of these tests.
pub const PROPERTY: &str = "macau";
/// Macau's offset from UTC.
const OFFSET_MINUTES: i16 = 480;
const HOUR_MICROS: i64 = 3_600_000_000;
/// The program that publishes for each department.
pub const APP: &str = "app";

/// This machine's clock, as the hotel reads it.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment {
        utc_micros: i64::try_from(since.as_micros()).unwrap(),
        offset_minutes: OFFSET_MINUTES,
    }
}

/// What it read so many hours ago; ahead when negative.
pub fn hours_ago(hours: i64) -> Moment {
    let now = now();
    Moment {
        utc_micros: now.utc_micros - hours * HOUR_MICROS,
        ..now
    }
}

/// An id that no other event of this run has.
pub fn fresh_id() -> EventId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let text = format!("{} {} {n}", std::process::id(), now().utc_micros);
    EventId::derived(content_hash(text.as_bytes()))
}

/// Whoever is in this room.
pub fn room(number: &str) -> GuestRef {
    GuestRef::Room(Room::new(number).unwrap())
}

/// Whoever has this reservation.
pub fn reservation(number: &str) -> GuestRef {
    GuestRef::Reservation(number.into())
}

/// Something that somebody of a department noticed: stated by the guest, about the guest, now, unless said otherwise.
#[derive(Clone)]
pub struct Seen {
    department: Box<str>,
    observation: Observation,
}

/// Begins what somebody of a department noticed about somebody.
pub fn seen(department: &str, about: GuestRef) -> Seen {
    Seen {
        department: department.into(),
        observation: Observation {
            about,
            observed_at: now(),
            seen_by: None,
            source: Source::Stated,
            scope: Scope::Guest,
            reach: None,
            statements: Vec::new(),
            note: None,
        },
    }
}

impl Seen {
    /// The guest likes this.
    pub fn likes(self, attribute: &str, value: &str) -> Self {
        self.says(attribute, value, Polarity::For)
    }

    /// The guest does not.
    pub fn dislikes(self, attribute: &str, value: &str) -> Self {
        self.says(attribute, value, Polarity::Against)
    }

    fn says(mut self, attribute: &str, value: &str, polarity: Polarity) -> Self {
        self.observation.statements.push(Statement {
            attribute: AttributeId::new(attribute).unwrap(),
            value: value.into(),
            polarity,
            purpose: None,
        });
        self
    }

    /// With a note beside.
    pub fn noting(mut self, note: &str) -> Self {
        self.observation.note = Some(note.into());
        self
    }

    /// Noticed at this moment.
    pub fn at(mut self, observed_at: Moment) -> Self {
        self.observation.observed_at = observed_at;
        self
    }

    /// Seen by staff, not said by the guest.
    pub fn observed(mut self) -> Self {
        self.observation.source = Source::Observed;
        self
    }

    /// As it is published.
    pub fn event(self) -> Event {
        by_department(&self.department, Body::Observed(self.observation))
    }
}

/// Takes back an event of the same department and app.
pub fn retraction(of: &Event) -> Event {
    let department = of.publisher.department.as_ref().unwrap();
    let body = Body::Retracted(Retraction {
        event: of.id.clone(),
        key: of.key,
        statement: None,
        reason: None,
    });
    by_department(department.as_str(), body)
}

/// What became of an item, as its department says.
pub fn outcome(department: &str, stay: StayId, item: &ItemId, kind: OutcomeKind) -> Event {
    let body = Body::Outcome(Outcome {
        stay,
        item: item.clone(),
        outcome: kind,
        occurred_at: now(),
        by: None,
        note: None,
    });
    by_department(department, body)
}

/// An event of a stay that happens now.
pub fn stay(reservation: &str, change: StayChange) -> Event {
    stay_at(reservation, now(), change)
}

/// An event of a stay that happened then.
pub fn stay_at(reservation: &str, occurred_at: Moment, change: StayChange) -> Event {
    let reservation = reservation.into();
    let body = Body::Stay(StayEvent {
        reservation,
        occurred_at,
        change,
    });
    event(None, body)
}

/// A guest operation of the property.
pub fn guest_operation(body: Body) -> Event {
    event(None, body)
}

/// Somebody says that the guests of two reservations are one, or never are.
pub fn linked(kind: LinkKind, a: &str, b: &str) -> Event {
    guest_operation(Body::Linked(Link {
        kind,
        a: NodeRef::Reservation(a.into()),
        b: NodeRef::Reservation(b.into()),
        occurred_at: now(),
        by: "duty".into(),
        reason: "told at the desk".into(),
    }))
}

/// Takes such a word back.
pub fn unlinked(link: EventKey) -> Event {
    guest_operation(Body::Undone(Undo {
        kind: UndoKind::Links,
        events: vec![link],
        by: "duty".into(),
        reason: "namesakes".into(),
    }))
}

/// A booking of three nights from today in this name.
pub fn booked(family: &str) -> StayChange {
    StayChange::Reserved(details(family))
}

/// Somebody of this name takes the room.
pub fn checked_in(number: &str, family: &str) -> StayChange {
    StayChange::CheckedIn {
        room: Room::new(number).unwrap(),
        details: details(family),
    }
}

/// The guest moves to this room.
pub fn moved(number: &str) -> StayChange {
    let room = Room::new(number).unwrap();
    StayChange::RoomMoved { room }
}

/// Somebody's birth date, address and company.
pub fn particulars() -> Particulars {
    Particulars {
        birth_date: "1961-08-30".parse().ok(),
        address: Some(Address {
            street: Some("8 Orchard Road".into()),
            city: Some("Singapore".into()),
            ..Address::default()
        }),
        company: Some("Harbour Trading".into()),
    }
}

/// What a booking of three nights from today says of a guest of this name.
pub fn details(family: &str) -> StayDetails {
    let name = Name {
        title: Some("Mr".into()),
        family: Some(family.into()),
        ..Name::default()
    };
    StayDetails {
        arrival: Some(now().day()),
        departure: Some(now().day().plus(3)),
        guest: Some(GuestDetails {
            name: Some(name),
            ..GuestDetails::default()
        }),
        ..StayDetails::default()
    }
}

/// Something that the app of a department publishes.
pub fn by_department(department: &str, body: Body) -> Event {
    event(Some(department), body)
}

/// The activation of a setting whose text has this hash.
pub fn activated(setting: Setting, hash: &str) -> Event {
    let (hash, by) = (hash.into(), None);
    let body = Body::ConfigActivated(ConfigActivation { setting, hash, by });
    let nobody = Publisher {
        property: None,
        department: None,
        app: None,
    };
    published_by(nobody, body)
}

fn event(department: Option<&str>, body: Body) -> Event {
    let publisher = Publisher {
        property: Some(PropertyId::new(PROPERTY).unwrap()),
        department: department.map(|d| DepartmentId::new(d).unwrap()),
        app: department.map(|_| AppId::new(APP).unwrap()),
    };
    published_by(publisher, body)
}

fn published_by(publisher: Publisher, body: Body) -> Event {
    let draft = EventDraft {
        publisher,
        id: fresh_id(),
        source: "/test".into(),
        time: now(),
        on_behalf_of: None,
        body,
    };
    let subject = draft.subject().unwrap().to_string();
    Event {
        key: EventKey::of(&subject, draft.id.as_str()),
        publisher: draft.publisher,
        id: draft.id.into_inner(),
        time: draft.time,
        on_behalf_of: None,
        body: draft.body,
    }
}
