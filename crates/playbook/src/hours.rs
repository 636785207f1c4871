//! The hotel's clock: when meals are served, rooms are given and rooms are to be left, and in which zone that is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cardex_domain::board::Phase;
use cardex_domain::event::HourEvent;
use cardex_domain::time::{Day, Moment};
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

const MINUTES_PER_DAY: u16 = 24 * 60;
const MICROS_PER_MINUTE: i64 = 60_000_000;
/// After so long every turn has come at least once.
const ALL_TURNS: Duration = Duration::from_secs(25 * 60 * 60);

/// A time of day in minutes; that of the day's end is not that of its begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(u16);

/// From one time of day until just before another, later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub from: Clock,
    /// When it is over.
    pub until: Clock,
}

/// The times of a hotel's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Where the hotel is; by the clock that its events are written with when it is not said.
    zone: Option<TimeZone>,
    /// From when on rooms are given.
    pub arrival: Clock,
    /// Until when rooms are to be left.
    pub departure: Clock,
    /// When breakfast is served.
    pub breakfast: Span,
    /// When lunch is.
    pub lunch: Span,
    /// When dinner is.
    pub dinner: Span,
    /// When rooms are made ready for the night.
    pub turndown: Span,
    /// When what is for a day as a whole is told.
    pub day: Span,
    /// When the hotel's day ends and the next begins: who comes earlier in the night belongs to the day before.
    pub night_audit: Clock,
}

impl Clock {
    /// The middle of the day.
    pub(crate) const NOON: Self = Self::at(12, 0);
    /// When the day's work has begun.
    pub(crate) const MORNING: Self = Self::at(8, 0);

    /// Reads `07:30`; `24:00` is the day's end.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (two(hours)?, two(minutes).filter(|minutes| *minutes < 60)?);
        Some(Self(hours * 60 + minutes)).filter(|clock| clock.0 <= MINUTES_PER_DAY)
    }

    const fn at(hours: u16, minutes: u16) -> Self {
        Self(hours * 60 + minutes)
    }

    /// So many hours before, on whichever day.
    pub(crate) fn earlier(self, hours: u32) -> Self {
        let minutes = i64::from(self.0) - i64::from(hours) * 60;
        let of_day = minutes.rem_euclid(i64::from(MINUTES_PER_DAY));
        Self(u16::try_from(of_day).unwrap_or_default())
    }

    /// So many hours before, and no earlier than the day begins.
    pub(crate) fn before(self, hours: u32) -> Self {
        let minutes = u16::try_from(hours.saturating_mul(60)).unwrap_or(u16::MAX);
        Self(self.0.saturating_sub(minutes))
    }
}

impl Span {
    /// Reads `06:30..10:30`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (from, until) = text.split_once("..")?;
        let (from, until) = (Clock::read(from)?, Clock::read(until)?);
        (from < until).then_some(Self { from, until })
    }

    /// Whether it is then.
    pub(crate) fn holds(self, clock: Clock) -> bool {
        self.from <= clock && clock < self.until
    }

    const fn of(from: Clock, until: Clock) -> Self {
        Self { from, until }
    }
}

impl Default for Hours {
    fn default() -> Self {
        Self {
            zone: None,
            arrival: Clock::at(15, 0),
            departure: Clock::at(12, 0),
            breakfast: Span::of(Clock::at(6, 30), Clock::at(10, 30)),
            lunch: Span::of(Clock::at(12, 0), Clock::at(14, 30)),
            dinner: Span::of(Clock::at(18, 0), Clock::at(22, 0)),
            turndown: Span::of(Clock::at(18, 0), Clock::at(21, 0)),
            day: Span::of(Clock::at(8, 0), Clock::at(22, 0)),
            night_audit: Clock::at(4, 0),
        }
    }
}

impl Hours {
    /// Sets where the hotel is, by the name of its zone in the IANA time zone database; whether there is such.
    pub(crate) fn put_zone(&mut self, name: &str) -> bool {
        let zone = TimeZoneDatabase::bundled().get(name).ok();
        let is_known = zone.is_some();
        self.zone = zone.or(self.zone.take());
        is_known
    }

    /// The moment as the hotel's clock writes it.
    #[must_use]
    pub fn there(&self, at: Moment) -> Moment {
        let offset = self.zone.as_ref().and_then(|zone| {
            let at = Timestamp::from_microsecond(at.utc_micros).ok()?;
            i16::try_from(zone.to_offset(at).seconds() / 60).ok()
        });
        Moment {
            offset_minutes: offset.unwrap_or(at.offset_minutes),
            ..at
        }
    }

    /// The day that the hotel counts that moment to: until the night audit it is the one before.
    pub(crate) fn business_day(&self, at: Moment) -> Day {
        let day = self.there(at).day();
        match self.clock(at) < self.night_audit {
            true => day.plus(-1),
            false => day,
        }
    }

    /// When the day that the hotel counts as that one is over; by the clock of `like` where its zone is not said.
    pub(crate) fn end_of(&self, day: Day, like: Moment) -> Moment {
        self.moment(day.plus(1), self.night_audit, like)
    }

    /// What time of day the hotel's clock shows.
    pub(crate) fn clock(&self, at: Moment) -> Clock {
        let there = self.there(at);
        let minutes =
            there.utc_micros.div_euclid(MICROS_PER_MINUTE) + i64::from(there.offset_minutes);
        let of_day = minutes.rem_euclid(i64::from(MINUTES_PER_DAY));
        Clock(u16::try_from(of_day).unwrap_or_default())
    }

    /// When the hotel's clock shows that time of that day; by the clock of `like` where the hotel's zone is not said. What
    /// the clock skips is an hour later, and what it shows twice is the first of the two.
    #[must_use]
    pub fn moment(&self, day: Day, clock: Clock, like: Moment) -> Moment {
        let minutes = i64::from(day.0) * i64::from(MINUTES_PER_DAY) + i64::from(clock.0);
        let local_micros = minutes * MICROS_PER_MINUTE;
        let zoned = self.zone.as_ref().and_then(|zone| {
            let local = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
            let local = local
                .checked_add(SignedDuration::from_micros(local_micros))
                .ok()?;
            let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
            Some(at.as_microsecond())
        });
        let by_offset = local_micros - i64::from(like.offset_minutes) * MICROS_PER_MINUTE;
        self.there(Moment {
            utc_micros: zoned.unwrap_or(by_offset),
            ..like
        })
    }
}

/// The times of day at which something may be told, or no longer, and to which part of a stay that makes a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turns(BTreeMap<Clock, BTreeSet<Phase>>);

impl Turns {
    /// Adds that time of day. The day's end is the begin of the next.
    pub(crate) fn add(&mut self, clock: Clock, phase: Phase) {
        let clock = Clock(clock.0 % MINUTES_PER_DAY);
        self.0.entry(clock).or_default().insert(phase);
    }

    /// The hour to be told at `now` when `told` was the last, if one has struck since: the latest, with all that the others
    /// since make a difference to.
    #[must_use]
    pub fn due(&self, hours: &Hours, told: Moment, now: Moment) -> Option<HourEvent> {
        let long_ago = now.utc_micros - micros(ALL_TURNS);
        let since = told.utc_micros.max(long_ago);
        let struck: Vec<_> = self
            .around(hours, now)
            .filter(|(at, _)| since < at.utc_micros && at.utc_micros <= now.utc_micros)
            .collect();
        let reached = struck.iter().map(|(at, _)| *at).max()?;
        let phases = struck.into_iter().flat_map(|(_, phases)| phases);
        Some(HourEvent {
            reached,
            phases: phases.copied().collect(),
        })
    }

    /// When each of a day strikes, and its noon; by the clock of `like` where the hotel's zone is not said.
    pub fn of_day(&self, hours: &Hours, day: Day, like: Moment) -> impl Iterator<Item = Moment> {
        let turns = self.0.keys().copied().chain([Clock::NOON]);
        turns.map(move |clock| hours.moment(day, clock, like))
    }

    /// When the next one strikes.
    #[must_use]
    pub fn next(&self, hours: &Hours, now: Moment) -> Option<Moment> {
        let ahead = self.around(hours, now).map(|(at, _)| at);
        ahead.filter(|at| at.utc_micros > now.utc_micros).min()
    }

    /// All of the days about `now`.
    fn around<'t>(
        &'t self,
        hours: &'t Hours,
        now: Moment,
    ) -> impl Iterator<Item = (Moment, &'t BTreeSet<Phase>)> + 't {
        let today = hours.there(now).day();
        (-2..=2).flat_map(move |days| {
            let turns = self.0.iter();
            turns.map(move |(clock, phases)| (hours.moment(today.plus(days), *clock, now), phases))
        })
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
