//! A season of a hotel: guests come, return, move, cancel or stay away, and staff notice what there is to notice. The
//! same plan gives the same events, ids included.

use std::collections::BTreeMap;

use cardex_domain::event::{
    Body, GuestRef, Observation, Publisher, Scope, Source, StayChange, StayDetails, StayEvent,
};
use cardex_domain::ids::{AppId, DepartmentId, PropertyId, Room};
use cardex_domain::time::{Day, Moment};
use cardex_wire::EventDraft;
use cardex_wire::text::EventId;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::chance::Chance;
use super::people::{Guest, Habit};
use crate::clock;

const SOURCE: &str = "/cardex/season";
const OFFSET_MINUTES: i16 = 480;
const HOUR: i64 = 3_600;

/// In so many of a thousand cases.
const CANCELS_PERMILLE: i64 = 80;
const STAYS_AWAY_PERMILLE: i64 = 30;
const MOVES_PERMILLE: i64 = 60;
const WRONG_CHECK_IN_PERMILLE: i64 = 20;
const NOTICED_A_DAY_PERMILLE: i64 = 250;
const TOLD_LATE_PERMILLE: i64 = 40;
/// Of so many stays the guest of one hangs a sign on the door in the first night.
const SIGN_EVERY_STAYS: u64 = 7;

/// What a season is made from.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) property: PropertyId,
    pub(super) seed: u64,
    pub(super) guests: u64,
    pub(super) days: i64,
    pub(super) start: Day,
}

/// A stay that is going to be.
struct Planned {
    guest: usize,
    number: u64,
    arrival: i64,
    nights: i64,
}

/// A season being played.
struct Season<'p> {
    plan: &'p Plan,
    name: String,
    rooms: Rooms,
    events: Vec<EventDraft>,
}

/// All events of a season, in the order in which they are published.
pub(super) fn play(plan: &Plan) -> Vec<EventDraft> {
    let mut chance = Chance::new(plan.seed);
    let name = plan.name();
    let guests: Vec<Guest> = (0..plan.guests)
        .map(|number| Guest::draw(number, &name, &mut chance.split()))
        .collect();
    let stays = planned(plan, &guests, &mut chance);
    let mut season = Season {
        plan,
        name,
        rooms: Rooms::new(guests.len()),
        events: Vec::new(),
    };
    for stay in &stays {
        season.stay(&guests[stay.guest], stay, &mut chance.split());
    }
    let Season { mut events, .. } = season;
    let end = clock::at(plan.day(plan.days), 0, OFFSET_MINUTES);
    events.retain(|event| event.time.utc_micros < end.utc_micros);
    events.sort_by(|a, b| {
        (a.time.utc_micros, a.id.as_str()).cmp(&(b.time.utc_micros, b.id.as_str()))
    });
    events
}

/// Every stay of every guest, by arrival.
fn planned(plan: &Plan, guests: &[Guest], chance: &mut Chance) -> Vec<Planned> {
    let mut stays = Vec::new();
    for (guest, who) in guests.iter().enumerate() {
        let mut arrival = chance.between(0, who.returns_after.min(plan.days));
        while arrival < plan.days {
            let nights = chance.between(1, 5);
            stays.push(Planned {
                guest,
                number: 0,
                arrival,
                nights,
            });
            arrival += nights
                + chance
                    .between(who.returns_after / 2, who.returns_after * 3 / 2)
                    .max(1);
        }
    }
    stays.sort_by_key(|stay| (stay.arrival, stay.guest));
    for (number, stay) in (1..).zip(&mut stays) {
        stay.number = number;
    }
    stays
}

impl Plan {
    /// A name that no other plan has, so that no two seasons share an id.
    fn name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!(
            "{} {} {} {}",
            self.seed, self.guests, self.days, self.start
        ));
        HEXLOWER.encode(&hash.finalize()[..4])
    }

    fn day(&self, day: i64) -> Day {
        self.start.plus(i32::try_from(day).unwrap_or(i32::MAX))
    }
}

impl Season<'_> {
    fn stay(&mut self, guest: &Guest, stay: &Planned, chance: &mut Chance) {
        let arrival = self.at(stay.arrival, chance.between(14 * HOUR, 21 * HOUR));
        let lead = if guest.walks_in {
            0
        } else {
            chance.between(1, 30).min(stay.arrival)
        };
        let booked = match lead {
            0 => later(arrival, -600),
            days => self.at(stay.arrival - days, chance.between(9 * HOUR, 13 * HOUR)),
        };
        self.happened(
            stay,
            "reserved",
            booked,
            StayChange::Reserved(self.details(guest, stay)),
        );
        let room = self.rooms.take(stay.arrival, stay.nights, chance);
        let Some(room) = room.filter(|_| !chance.happens(CANCELS_PERMILLE)) else {
            let cancelled = later(booked, chance.between(HOUR, (lead * 24).max(2) * HOUR));
            return self.happened(stay, "cancelled", cancelled, StayChange::Cancelled);
        };
        if !guest.walks_in && chance.happens(STAYS_AWAY_PERMILLE) {
            let missed = self.at(stay.arrival, 24 * HOUR - 60);
            return self.happened(stay, "no_show", missed, StayChange::NoShow);
        }
        self.in_house(guest, stay, arrival, room, chance);
    }

    fn in_house(
        &mut self,
        guest: &Guest,
        stay: &Planned,
        arrival: Moment,
        room: Room,
        chance: &mut Chance,
    ) {
        let check_in = |room: &Room| StayChange::CheckedIn {
            room: room.clone(),
            details: StayDetails::default(),
        };
        if chance.happens(WRONG_CHECK_IN_PERMILLE) {
            self.happened(
                stay,
                "wrong_check_in",
                later(arrival, -300),
                check_in(&room),
            );
            self.happened(
                stay,
                "reversed",
                later(arrival, -120),
                StayChange::CheckInReversed,
            );
        }
        self.happened(stay, "checked_in", arrival, check_in(&room));
        let left = self.at(
            stay.arrival + stay.nights,
            chance.between(8 * HOUR, 12 * HOUR),
        );
        let mut rooms = vec![(arrival, room)];
        if stay.nights > 1 && chance.happens(MOVES_PERMILLE) {
            let day = chance.between(1, stay.nights - 1);
            if let Some(room) = self
                .rooms
                .take(stay.arrival + day, stay.nights - day, chance)
            {
                let moved = self.at(stay.arrival + day, chance.between(9 * HOUR, 11 * HOUR));
                self.happened(
                    stay,
                    "moved",
                    moved,
                    StayChange::RoomMoved { room: room.clone() },
                );
                rooms.push((moved, room));
            }
        }
        if stay.number.is_multiple_of(SIGN_EVERY_STAYS) && stay.nights > 0 {
            self.sleeps_undisturbed(stay);
        }
        for (number, habit) in guest.habits.iter().enumerate() {
            for day in 0..=stay.nights {
                let seen = self.at(stay.arrival + day, chance.between(7 * HOUR, 22 * HOUR));
                let there =
                    arrival.utc_micros < seen.utc_micros && seen.utc_micros < left.utc_micros;
                if there && chance.happens(NOTICED_A_DAY_PERMILLE) {
                    let event = format!("seen {number} {day}");
                    self.noticed(guest, stay, &event, habit, seen, &rooms, chance);
                }
            }
        }
        self.happened(stay, "checked_out", left, StayChange::CheckedOut);
    }

    fn sleeps_undisturbed(&mut self, stay: &Planned) {
        let (hangs, is_gone) = (StayChange::DoNotDisturb, StayChange::DoNotDisturbEnded);
        let next_day = |seconds| self.at(stay.arrival + 1, seconds);
        let (night, morning) = (next_day(HOUR), next_day(7 * HOUR));
        self.happened(stay, "do_not_disturb", night, hangs);
        self.happened(stay, "do_not_disturb_ended", morning, is_gone);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of one sentence: who noticed what of whom, where and when"
    )]
    fn noticed(
        &mut self,
        guest: &Guest,
        stay: &Planned,
        event: &str,
        habit: &Habit,
        seen: Moment,
        rooms: &[(Moment, Room)],
        chance: &mut Chance,
    ) {
        let room = rooms
            .iter()
            .rev()
            .find(|(from, _)| from.utc_micros <= seen.utc_micros);
        let profile = guest.details.profile.clone();
        let about = match (chance.between(0, 9), room, profile) {
            (0, _, Some(profile)) => GuestRef::Profile(profile),
            (0..=7, Some((_, room)), _) => GuestRef::Room(room.clone()),
            _ => GuestRef::Reservation(self.reservation(stay)),
        };
        let source = match chance.between(0, 99) {
            0..25 => Source::Stated,
            25..90 => Source::Observed,
            _ => Source::Inferred,
        };
        let late = chance.happens(TOLD_LATE_PERMILLE);
        let told = later(
            seen,
            if late {
                chance.between(6 * HOUR, 48 * HOUR)
            } else {
                60
            },
        );
        let body = Body::Observed(Observation {
            about,
            observed_at: seen,
            seen_by: Some(format!("{}-{}", habit.department, chance.between(1, 9)).into()),
            source,
            scope: Scope::Guest,
            reach: None,
            statements: vec![habit.statement.clone()],
            note: None,
        });
        let publisher = Publisher {
            property: Some(self.plan.property.clone()),
            department: DepartmentId::new(habit.department).ok(),
            app: AppId::new("season").ok(),
        };
        self.publish(stay, event, told, publisher, body);
    }

    fn happened(&mut self, stay: &Planned, event: &str, at: Moment, change: StayChange) {
        let body = Body::Stay(StayEvent {
            reservation: self.reservation(stay),
            occurred_at: at,
            change,
        });
        let publisher = crate::publish::as_property(&self.plan.property);
        self.publish(stay, event, at, publisher, body);
    }

    fn publish(
        &mut self,
        stay: &Planned,
        event: &str,
        time: Moment,
        publisher: Publisher,
        body: Body,
    ) {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {event}", self.name, stay.number));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        self.events.push(EventDraft {
            publisher,
            id: EventId::derived(bytes),
            source: SOURCE.to_owned(),
            time,
            on_behalf_of: None,
            body,
        });
    }

    fn reservation(&self, stay: &Planned) -> Box<str> {
        format!("{}-{}", self.name, stay.number).into()
    }

    fn details(&self, guest: &Guest, stay: &Planned) -> StayDetails {
        StayDetails {
            arrival: Some(self.plan.day(stay.arrival)),
            departure: Some(self.plan.day(stay.arrival + stay.nights)),
            adults: Some(1),
            guest: Some(guest.details.clone()),
            ..StayDetails::default()
        }
    }

    fn at(&self, day: i64, seconds: i64) -> Moment {
        clock::at(self.plan.day(day), seconds, OFFSET_MINUTES)
    }
}

fn later(moment: Moment, seconds: i64) -> Moment {
    Moment {
        utc_micros: moment.utc_micros + seconds * 1_000_000,
        ..moment
    }
}

/// The rooms of the house, and from which day on each is free.
struct Rooms {
    numbers: Vec<Room>,
    free_from: BTreeMap<usize, i64>,
}

impl Rooms {
    /// As many as such a season needs, twelve a floor from the fifth on.
    fn new(guests: usize) -> Self {
        let wanted = (guests / 2).clamp(60, 9_000);
        let number = |at: usize| Room::new(&format!("{}{:02}", 5 + at / 12, 1 + at % 12)).ok();
        Self {
            numbers: (0..wanted).filter_map(number).collect(),
            free_from: BTreeMap::new(),
        }
    }

    /// A room that is free for these nights.
    fn take(&mut self, day: i64, nights: i64, chance: &mut Chance) -> Option<Room> {
        let count = self.numbers.len();
        let first = chance.between(0, i64::try_from(count).ok()? - 1);
        let first = usize::try_from(first).ok()?;
        let free = (0..count)
            .map(|step| (first + step) % count)
            .find(|at| self.free_from.get(at).is_none_or(|from| *from <= day))?;
        self.free_from.insert(free, day + nights);
        self.numbers.get(free).cloned()
    }
}

#[cfg(test)]
mod tests;
