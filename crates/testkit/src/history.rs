//! Random histories of a small hotel group, for laws that must hold of any set of events: bookings that change hands,
//! moves, reversals and check-outs, observations by every kind of reference, retractions, shared identifiers, links and
//! what undoes them or keeps guests apart, corrections and their retraction, notes and what is said of them, boards and what became of
//! their items.

mod board;
mod guest;
mod note;

use cardex_domain::event::{
    Address, Body, Event, ExternalProfile, GuestCorrection, GuestDetails, GuestRef, Identifier,
    IdentifierKind, Name, Observation, Particulars, Polarity, Publisher, Purpose, Reach,
    Retraction, Scope, Source, Statement, StayChange, StayDetails, StayEvent,
};
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, InstallationKey, PropertyId, Room,
};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Vocabulary;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use note::{NO_NOTES, NOTES, Reads};

/// The first moment of every history: 2026-03-01T00:00:00+08:00.
const BEGIN_MICROS: i64 = 1_772_294_400_000_000;
/// How long a history lasts, in hours.
const LENGTH_HOURS: i64 = 24 * 90;
const HOUR_MICROS: i64 = 3_600_000_000;
/// How many other events there are for each item of a board.
const EVENTS_PER_ITEM: usize = 40;

const PROPERTIES: [&str; 2] = ["harbour", "garden"];
const DEPARTMENTS: [&str; 3] = ["front_desk", "floor", "dining"];
const ROOMS: [&str; 6] = ["801", "802", "803", "1001", "1002", "PH-A"];
const PURPOSES: [Option<Purpose>; 4] = [
    None,
    Some(Purpose::Business),
    Some(Purpose::Leisure),
    Some(Purpose::Family),
];
/// Some have something in common, so that some who show one document are strangers and some are not.
const NAMES: [(&str, &str); 5] = [
    ("Zhuang", "Wei"),
    ("庄", "伟"),
    ("Zhuang", "Ana"),
    ("Lam", "Wei"),
    ("Okafor", "Ngozi"),
];

/// A random history of `events` events, and some of boards beside; the same seed gives the same one.
#[must_use]
pub fn history(seed: u64, events: usize) -> Vec<Event> {
    let mut history = History {
        rng: StdRng::seed_from_u64(seed),
        people: StdRng::seed_from_u64(seed),
        notes: Vec::new(),
        links: Vec::new(),
        corrections: Vec::new(),
    };
    let mut out = Vec::with_capacity(events);
    while out.len() < events {
        let next = match history.rng.random_range(0..26) {
            0..=9 => vec![history.observation()],
            10..=11 => vec![history.retraction()],
            12..=13 => vec![history.correction()],
            14 => vec![history.link()],
            15 if history.rng.random_bool(0.5) => vec![history.unlink()],
            16..=17 => vec![history.judgement()],
            19 => vec![history.note_judged()],
            18 if history.rng.random_bool(0.5) => vec![history.correction_retracted()],
            _ => history.stay(),
        };
        out.extend(next);
    }
    out.truncate(events);
    // Behind all others, so that they are the same whatever boards say.
    for _ in 0..events / EVENTS_PER_ITEM {
        out.extend(history.item_with_outcome());
        out.push(history.judgement());
    }
    out
}

/// The key of the installation at which every history plays.
#[must_use]
pub fn key() -> InstallationKey {
    InstallationKey::new([7; 32])
}

/// The last day of every history.
#[must_use]
pub fn last_day() -> Day {
    at(LENGTH_HOURS).day()
}

struct History {
    rng: StdRng,
    /// Of what tells namesakes apart, which changes nothing else of a history.
    people: StdRng,
    notes: Vec<Seen>,
    links: Vec<EventKey>,
    corrections: Vec<EventKey>,
}

/// An observation of the history, for what refers to it.
#[derive(Clone)]
struct Seen {
    property: &'static str,
    department: &'static str,
    id: Box<str>,
    key: EventKey,
    about: GuestRef,
    hour: i64,
    statements: Vec<Statement>,
    /// What its note says beside.
    read: Option<Reads>,
}

fn at(hours: i64) -> Moment {
    Moment {
        utc_micros: BEGIN_MICROS + hours * HOUR_MICROS,
        offset_minutes: 480,
    }
}

impl History {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.rng)
            .expect("only called with something to choose from")
    }

    fn hour(&mut self) -> i64 {
        self.rng.random_range(0..LENGTH_HOURS)
    }

    fn id(&mut self) -> Box<str> {
        let bits: u128 = self.rng.random();
        let hex = format!("{bits:032x}");
        let (a, b, c, d, e) = (
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..],
        );
        format!("{a}-{b}-4{c}-8{d}-{e}").into()
    }

    fn profile(&mut self) -> ExternalProfile {
        ExternalProfile {
            pms: "pms".into(),
            id: format!("p{}", self.rng.random_range(0..6)).into(),
        }
    }

    fn identifier(&mut self) -> Identifier {
        let n = self.rng.random_range(0..6);
        let (kind, value) = match self.rng.random_range(0..4) {
            0 => (IdentifierKind::Document, format!("E{n}7741{n}8")),
            1 => (IdentifierKind::Loyalty, format!("GOLD-{n}90{n}")),
            2 => (IdentifierKind::Phone, format!("+853 6{n}55 12{n}4")),
            _ => (IdentifierKind::Email, format!("Guest{n}@mail.test")),
        };
        Identifier {
            kind,
            value: value.into(),
            verified: self.rng.random_bool(0.7),
        }
    }

    fn guest(&mut self) -> GuestDetails {
        let (family, given) = self.pick(&NAMES);
        GuestDetails {
            profile: self.rng.random_bool(0.6).then(|| self.profile()),
            name: self.rng.random_bool(0.4).then(|| Name {
                family: Some(family.into()),
                given: Some(given.into()),
                ..Name::default()
            }),
            language: self.rng.random_bool(0.3).then(|| "zh-MO".into()),
            nationality: None,
            particulars: self.particulars(),
            identifiers: (0..self.rng.random_range(0..3))
                .map(|_| self.identifier())
                .collect(),
        }
    }

    fn particulars(&mut self) -> Particulars {
        let n = self.people.random_range(0..6);
        let address = Address {
            street: Some(format!("Rua {n}").into()),
            city: Some("Macau".into()),
            ..Address::default()
        };
        Particulars {
            birth_date: self.people.random_bool(0.2).then_some(Day(-1_000 * n)),
            address: self.people.random_bool(0.2).then_some(address),
            company: self.people.random_bool(0.1).then(|| "Harbour Ltd".into()),
        }
    }

    fn observation(&mut self) -> Event {
        let about = self.about();
        let property = self.pick(&PROPERTIES);
        let department = self.pick(&DEPARTMENTS);
        let hour = self.hour();
        let observed_at = at(hour);
        let statements: Vec<Statement> = (0..self.rng.random_range(1..4))
            .map(|_| self.statement())
            .collect();
        let source = self.pick(&[Source::Stated, Source::Observed, Source::Inferred]);
        let scope = self.pick(&[
            Scope::Guest,
            Scope::Guest,
            Scope::Guest,
            Scope::Stay,
            Scope::Party,
        ]);
        let note = match self.rng.random_range(0..120) {
            0 => Some(NO_NOTES),
            1..40 => Some(self.pick(&NOTES)),
            _ => None,
        };
        let id = self.id();
        self.notes.push(Seen {
            property,
            department,
            id: id.clone(),
            key: EventKey::of(&subject(property, department), &id),
            about: about.clone(),
            hour,
            statements: statements.clone(),
            read: note.and_then(|note| note.says),
        });
        let body = Body::Observed(Observation {
            about,
            observed_at,
            seen_by: None,
            source,
            scope,
            reach: self.pick(&[None, None, None, Some(Reach::Property), Some(Reach::Chain)]),
            statements,
            note: note.map(|note| note.text.into()),
        });
        by_department(property, department, id, observed_at, body)
    }

    fn about(&mut self) -> GuestRef {
        match self.rng.random_range(0..8) {
            0..=3 => GuestRef::Room(self.room()),
            4..=5 => GuestRef::Reservation(self.reservation()),
            6 => GuestRef::Profile(self.profile()),
            _ => GuestRef::Identifiers(
                (0..self.rng.random_range(1..3))
                    .map(|_| self.identifier())
                    .collect(),
            ),
        }
    }

    fn statement(&mut self) -> Statement {
        let attributes: Vec<_> = Vocabulary::embedded().attributes().collect();
        let attribute = self.pick(&attributes);
        let value: Box<str> = match attribute.values.choose(&mut self.rng) {
            Some(value) if self.rng.random_bool(0.9) => value.id.clone(),
            _ => format!("{}", self.rng.random_range(1..30)).into(),
        };
        let unknown = self.rng.random_bool(0.03);
        let id = if unknown {
            "hat.colour"
        } else {
            attribute.id.as_str()
        };
        Statement {
            attribute: AttributeId::new(id).expect("a well-formed attribute"),
            value: value.into(),
            polarity: if self.rng.random_bool(0.8) {
                Polarity::For
            } else {
                Polarity::Against
            },
            purpose: self.pick(&PURPOSES),
        }
    }

    fn retraction(&mut self) -> Event {
        let id = self.id();
        let target = self.notes.choose(&mut self.rng);
        let target =
            target.map(|seen| (seen.property, seen.department, seen.id.clone(), seen.read));
        let (property, department, event, read) =
            target.unwrap_or_else(|| (PROPERTIES[0], DEPARTMENTS[0], self.id(), None));
        let key = EventKey::of(&subject(property, department), &event);
        let statement = match read {
            Some(read) if self.rng.random_bool(0.4) => Some(read.number()),
            _ if self.rng.random_bool(0.5) => Some(self.rng.random_range(0..2)),
            _ => None,
        };
        let body = Body::Retracted(Retraction {
            event,
            key,
            statement,
            reason: None,
        });
        let when = at(self.hour());
        by_department(property, department, id, when, body)
    }

    fn correction(&mut self) -> Event {
        let occurred_at = at(self.hour());
        let correction = GuestCorrection {
            profile: self.profile(),
            details: self.guest(),
            occurred_at,
            by: None,
        };
        let property = self.pick(&PROPERTIES);
        let id = self.id();
        by_property(
            property,
            "guest.corrected",
            id,
            occurred_at,
            Body::GuestCorrected(correction),
        )
    }

    /// A whole stay, from booking to departure, with what may go wrong on the way.
    fn stay(&mut self) -> Vec<Event> {
        let property = self.pick(&PROPERTIES);
        let reservation = self.reservation();
        let begin = self.hour();
        let nights = self.rng.random_range(1..9);
        let arrival = at(begin + 48).day();
        let details = StayDetails {
            arrival: Some(arrival),
            departure: Some(arrival.plus(nights)),
            party: self.rng.random_bool(0.2).then(|| "G-1".into()),
            purpose: self.pick(&PURPOSES),
            guest: Some(self.guest()),
            ..StayDetails::default()
        };
        let mut life = vec![(0, StayChange::Reserved(details))];
        if self.rng.random_bool(0.3) {
            let guest = Some(self.guest());
            life.push((
                5,
                StayChange::Amended(StayDetails {
                    guest,
                    ..StayDetails::default()
                }),
            ));
        }
        match self.rng.random_range(0..10) {
            0 => life.push((20, StayChange::Cancelled)),
            1 => life.push((72, StayChange::NoShow)),
            _ => self.in_house(nights, &mut life),
        }
        life.into_iter()
            .map(|(after, change)| {
                let occurred_at = at(begin + after);
                let name = format!("stay.{}", stay_event(&change));
                let reservation = reservation.clone();
                let id = self.id();
                let body = Body::Stay(StayEvent {
                    reservation,
                    occurred_at,
                    change,
                });
                by_property(property, &name, id, occurred_at, body)
            })
            .collect()
    }

    fn in_house(&mut self, nights: i32, life: &mut Vec<(i64, StayChange)>) {
        let room = self.room();
        life.push((
            50,
            StayChange::CheckedIn {
                room,
                details: StayDetails::default(),
            },
        ));
        if self.rng.random_bool(0.15) {
            life.push((51, StayChange::CheckInReversed));
            let room = self.room();
            life.push((
                52,
                StayChange::CheckedIn {
                    room,
                    details: StayDetails::default(),
                },
            ));
        }
        if self.rng.random_bool(0.3) {
            let room = self.room();
            life.push((60, StayChange::RoomMoved { room }));
        }
        if self.rng.random_bool(0.2) {
            life.push((62, StayChange::DoNotDisturb));
            if self.rng.random_bool(0.8) {
                life.push((64, StayChange::DoNotDisturbEnded));
            }
        }
        if self.rng.random_bool(0.8) {
            life.push((50 + i64::from(nights) * 24, StayChange::CheckedOut));
        }
    }

    fn reservation(&mut self) -> Box<str> {
        format!("R-{}", self.rng.random_range(0..40)).into()
    }

    fn room(&mut self) -> Room {
        let room = self.pick(&ROOMS);
        Room::new(room).expect("a well-formed room")
    }
}

fn stay_event(change: &StayChange) -> &'static str {
    match change {
        StayChange::Reserved(_) => "reserved",
        StayChange::Amended(_) => "amended",
        StayChange::Cancelled => "cancelled",
        StayChange::CheckedIn { .. } => "checked_in",
        StayChange::CheckInReversed => "check_in_reversed",
        StayChange::RoomMoved { .. } => "room_moved",
        StayChange::CheckedOut => "checked_out",
        StayChange::NoShow => "no_show",
        StayChange::DoNotDisturb => "do_not_disturb",
        StayChange::DoNotDisturbEnded => "do_not_disturb_ended",
    }
}

fn subject(property: &str, department: &str) -> String {
    format!("cardex.{property}.observation.{department}.test")
}

fn by_department(
    property: &str,
    department: &str,
    id: Box<str>,
    time: Moment,
    body: Body,
) -> Event {
    let department_id = DepartmentId::new(department).expect("a well-formed department");
    Event {
        key: EventKey::of(&subject(property, department), &id),
        publisher: Publisher {
            property: Some(PropertyId::new(property).expect("a well-formed property")),
            department: Some(department_id),
            app: Some(AppId::new("test").expect("a well-formed app")),
        },
        id,
        time,
        on_behalf_of: None,
        body,
    }
}

fn by_property(property: &str, name: &str, id: Box<str>, time: Moment, body: Body) -> Event {
    Event {
        key: EventKey::of(&format!("cardex.{property}.{name}"), &id),
        publisher: Publisher {
            property: Some(PropertyId::new(property).expect("a well-formed property")),
            department: None,
            app: None,
        },
        id,
        time,
        on_behalf_of: None,
        body,
    }
}
