//! A changed playbook on the past of a hotel, in this process: how much time of cores `playbook simulate` plays for, which uses two, and
//! what it takes of memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use cardex_checkin::{Happened, PaperSettings, Simulation};
use cardex_domain::event::{
    Body, Event, ExternalProfile, GuestDetails, GuestRef, Name, Observation, Publisher, Scope,
    Source, Statement, StayChange, StayDetails, StayEvent,
};
use cardex_domain::fact::Fact;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{AppId, DepartmentId, EventKey, InstallationKey, PropertyId, Room};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Sources};
use nix::time::{ClockId, clock_gettime};
use rand::Rng as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::figures::{Measure, Section};
use super::guests::{MIB, resident_of};
use super::load::Hotel;
use super::{Options, note};
use crate::embedded;

/// Stays of which each has ten events.
const STAYS: [(u32, &str, &str); 2] = [
    (
        1_000,
        "10,000 events of 1,000 stays",
        "MiB for 10,000 events",
    ),
    (
        10_000,
        "100,000 events of 10,000 stays",
        "MiB for 100,000 events",
    ),
];
const EVENTS: u64 = 10;
/// Stays that begin on a day.
const ARRIVALS: u32 = 100;
const NIGHTS: i32 = 2;
/// How long ahead guests book.
const AHEAD_DAYS: i32 = 14;
/// How many of them come more than once.
const GUESTS_PERCENT: u32 = 60;
/// Events played at once, as the program does.
const BATCH: usize = 256;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let seed = options.seed;
    tokio::task::spawn_blocking(move || simulate(seed)).await?
}

fn simulate(seed: u64) -> anyhow::Result<Section> {
    let mut section = Section::new("simulate");
    for (stays, name, memory) in STAYS {
        note(format!("simulate: {name}"));
        let events = past(stays, seed)?;
        let (before, began) = (resident_of(std::process::id())?, worked()?);
        let since = events[0].received;
        let mut simulation = Simulation::new(settings("")?, settings("flowers")?, since);
        events
            .chunks(BATCH)
            .for_each(|batch| simulation.take(batch));
        let held = resident_of(std::process::id())? - before;
        let last = events[events.len() - 1].received;
        black_box(simulation.finish(last));
        let seconds = vec![(worked()? - began).as_secs_f64()];
        section.measures.push(Measure::of(name, "s", seconds));
        section.count(memory, held / MIB);
    }
    Ok(section)
}

/// The time that all threads had on a core so far.
fn worked() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// The default playbook without that rule.
fn settings(without: &str) -> anyhow::Result<PaperSettings> {
    let embedded = Sources::embedded();
    let off = format!("format = 1\noff = [\"{without}\"]\n");
    let files = embedded.files();
    let files = files.chain((!without.is_empty()).then_some(("properties/grand.toml", &*off)));
    let read = Playbook::parse(&Sources::new(files), Vocabulary::embedded());
    let playbook =
        read.map_err(|faults| anyhow::anyhow!("the playbook has faults: {}", faults[0]))?;
    Ok(PaperSettings {
        playbook: Arc::new(playbook),
        vocabulary: Arc::new(Vocabulary::embedded().clone()),
        deny: Arc::new(DenyList::default()),
        notes: embedded::notes(),
        languages: Languages::default(),
    })
}

/// The past of a hotel of so many stays, in order.
fn past(stays: u32, seed: u64) -> anyhow::Result<Vec<Happened>> {
    let mut hotel = Hotel::new(seed, "grand")?;
    let mut random = StdRng::seed_from_u64(seed);
    let first = Day::from_ymd(2026, 1, 1).unwrap_or(Day(0));
    let mut past = Past {
        property: hotel.property().clone(),
        key: InstallationKey::new([3; 32]),
        events: Vec::new(),
    };
    for stay in 0..stays {
        let day = first.plus(AHEAD_DAYS + i32::try_from(stay / ARRIVALS)?);
        let guest = random.random_range(0..stays * GUESTS_PERCENT / 100);
        let booked = StayDetails {
            arrival: Some(day),
            departure: Some(day.plus(NIGHTS)),
            guest: Some(GuestDetails {
                profile: Some(ExternalProfile {
                    pms: "pms".into(),
                    id: format!("{guest}").into(),
                }),
                name: Some(Name {
                    family: Some(format!("Guest {guest}").into()),
                    ..Name::default()
                }),
                ..GuestDetails::default()
            }),
            ..StayDetails::default()
        };
        let room = Room::new(&(stay % (ARRIVALS * 3)).to_string())?;
        let at =
            |day: Day, minute: u32| day.noon().plus(Duration::from_secs(u64::from(minute) * 60));
        let ahead = random.random_range(1..AHEAD_DAYS);
        let change = StayChange::Reserved(booked.clone());
        past.stays(
            stay,
            at(day.plus(-ahead), random.random_range(0..240)),
            change,
        )?;
        let details = StayDetails::default();
        past.stays(
            stay,
            at(day, random.random_range(60..480)),
            StayChange::CheckedIn { room, details },
        )?;
        past.stays(
            stay,
            at(day.plus(NIGHTS), random.random_range(0..60)),
            StayChange::CheckedOut,
        )?;
        for _ in 3..EVENTS {
            let statement = hotel.statement();
            let hours = random.random_range(8 * 60..40 * 60);
            past.noticed(stay, at(day, hours), statement)?;
        }
    }
    let mut events = past.events;
    events.sort_by_key(|happened| happened.received);
    Ok(events)
}

/// What happened so far, under the key of its hotel.
struct Past {
    property: PropertyId,
    key: InstallationKey,
    events: Vec<Happened>,
}

impl Past {
    fn stays(&mut self, stay: u32, at: Moment, change: StayChange) -> anyhow::Result<()> {
        let reservation = Hotel::reservation(stay as usize).into();
        let event = StayEvent {
            reservation,
            occurred_at: at,
            change,
        };
        self.happens(at, None, Body::Stay(event))
    }

    fn noticed(&mut self, stay: u32, at: Moment, statement: Statement) -> anyhow::Result<()> {
        let seen = Observation {
            about: GuestRef::Reservation(Hotel::reservation(stay as usize).into()),
            observed_at: at,
            seen_by: None,
            source: Source::Stated,
            scope: Scope::Guest,
            reach: None,
            statements: vec![statement],
            note: None,
        };
        self.happens(at, Some(DepartmentId::new("floor")?), Body::Observed(seen))
    }

    fn happens(
        &mut self,
        at: Moment,
        department: Option<DepartmentId>,
        body: Body,
    ) -> anyhow::Result<()> {
        let number = self.events.len().to_string();
        let event = Event {
            publisher: Publisher {
                property: Some(self.property.clone()),
                app: department
                    .as_ref()
                    .map(|_| AppId::new("bench"))
                    .transpose()?,
                department,
            },
            key: EventKey::of("bench", &number),
            id: number.into(),
            time: at,
            on_behalf_of: None,
            body,
        };
        let fact = Fact::of(&event, &self.key)?;
        self.events.push(Happened {
            received: at,
            key: event.key,
            fact,
        });
        Ok(())
    }
}
