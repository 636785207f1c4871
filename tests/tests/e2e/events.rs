//! Events as the people of a hotel publish them, in few words.

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
pub(crate) const PROPERTY: &str = "macau";
/// Macau's offset from UTC.
const OFFSET_MINUTES: i16 = 480;
const HOUR_MICROS: i64 = 3_600_000_000;
/// The program that publishes for each department.
pub(crate) const APP: &str = "app";

pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment {
        utc_micros: i64::try_from(since.as_micros()).unwrap(),
        offset_minutes: OFFSET_MINUTES,
    }
}

pub(crate) fn hours_ago(hours: i64) -> Moment {
    let now = now();
    Moment {
        utc_micros: now.utc_micros - hours * HOUR_MICROS,
        ..now
    }
}

/// An id that no other event of this run has.
pub(crate) fn fresh_id() -> EventId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let text = format!("{} {} {n}", std::process::id(), now().utc_micros);
    EventId::derived(content_hash(text.as_bytes()))
}

pub(crate) fn room(number: &str) -> GuestRef {
    GuestRef::Room(Room::new(number).unwrap())
}

pub(crate) fn reservation(number: &str) -> GuestRef {
    GuestRef::Reservation(number.into())
}

/// Something that somebody of a department noticed: stated by the guest, about the guest, now, unless said otherwise.
#[derive(Clone)]
pub(crate) struct Seen {
    department: Box<str>,
    observation: Observation,
}

pub(crate) fn seen(department: &str, about: GuestRef) -> Seen {
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
    pub(crate) fn likes(self, attribute: &str, value: &str) -> Self {
        self.says(attribute, value, Polarity::For)
    }

    pub(crate) fn dislikes(self, attribute: &str, value: &str) -> Self {
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

    pub(crate) fn noting(mut self, note: &str) -> Self {
        self.observation.note = Some(note.into());
        self
    }

    pub(crate) fn at(mut self, observed_at: Moment) -> Self {
        self.observation.observed_at = observed_at;
        self
    }

    pub(crate) fn observed(mut self) -> Self {
        self.observation.source = Source::Observed;
        self
    }

    pub(crate) fn event(self) -> Event {
        by_department(&self.department, Body::Observed(self.observation))
    }
}

/// Takes back an event of the same department and app.
pub(crate) fn retraction(of: &Event) -> Event {
    let department = of.publisher.department.as_ref().unwrap();
    let body = Body::Retracted(Retraction {
        event: of.id.clone(),
        key: of.key,
        statement: None,
        reason: None,
    });
    by_department(department.as_str(), body)
}

pub(crate) fn outcome(department: &str, stay: StayId, item: &ItemId, kind: OutcomeKind) -> Event {
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
pub(crate) fn stay(reservation: &str, change: StayChange) -> Event {
    stay_at(reservation, now(), change)
}

pub(crate) fn stay_at(reservation: &str, occurred_at: Moment, change: StayChange) -> Event {
    let reservation = reservation.into();
    let body = Body::Stay(StayEvent {
        reservation,
        occurred_at,
        change,
    });
    event(None, body)
}

/// A guest operation of the property.
pub(crate) fn guest_operation(body: Body) -> Event {
    event(None, body)
}

/// Somebody says that the guests of two reservations are one, or never are.
pub(crate) fn linked(kind: LinkKind, a: &str, b: &str) -> Event {
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
pub(crate) fn unlinked(link: EventKey) -> Event {
    guest_operation(Body::Undone(Undo {
        kind: UndoKind::Links,
        events: vec![link],
        by: "duty".into(),
        reason: "namesakes".into(),
    }))
}

/// A booking of three nights from today in this name.
pub(crate) fn booked(family: &str) -> StayChange {
    StayChange::Reserved(details(family))
}

pub(crate) fn checked_in(number: &str, family: &str) -> StayChange {
    StayChange::CheckedIn {
        room: Room::new(number).unwrap(),
        details: details(family),
    }
}

pub(crate) fn moved(number: &str) -> StayChange {
    let room = Room::new(number).unwrap();
    StayChange::RoomMoved { room }
}

/// Somebody's birth date, address and company.
pub(crate) fn particulars() -> Particulars {
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

pub(crate) fn details(family: &str) -> StayDetails {
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

pub(crate) fn by_department(department: &str, body: Body) -> Event {
    event(Some(department), body)
}

/// The activation of a setting whose text has this hash.
pub(crate) fn activated(setting: Setting, hash: &str) -> Event {
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
