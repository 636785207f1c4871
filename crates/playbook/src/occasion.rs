//! Why a rule speaks now: its part of the stay has come, or the hotel's clock shows its time.

use cardex_domain::board::{self, Phase};
use cardex_domain::hour::BEHIND_DAYS;
use cardex_domain::ids::AttributeId;
use cardex_domain::profile::Profile;
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};

use crate::condition::is_wanted;
use crate::hours::{Clock, Hours, Span, Turns};
use crate::rule::{Rule, Trigger};

/// What a rule speaks by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occasion {
    pub(crate) trigger: Trigger,
    /// Until when what it says is to be done.
    pub(crate) until: Option<Moment>,
    /// The day on which it comes, where it may come again on another.
    pub(crate) on: Option<Day>,
    /// Where it speaks of news alone: since when something is that.
    pub(crate) news_since: Option<Moment>,
}

impl Occasion {
    /// What a board says of it: nothing where it is a part of the stay as a whole.
    pub(crate) fn shown(&self) -> Option<board::Occasion> {
        self.trigger.is_timed().then(|| board::Occasion {
            name: self.trigger.as_str().into(),
            until: self.until,
        })
    }
}

/// What makes an occasion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstance<'a> {
    pub(crate) stay: &'a Stay,
    pub(crate) profile: &'a Profile,
    pub(crate) hours: &'a Hours,
    /// The time by the hotel's clock.
    pub(crate) now: Moment,
}

impl Rule {
    /// Why it speaks, if it does: of several reasons the first in the order of triggers.
    pub(crate) fn occasion(&self, of: &Circumstance<'_>) -> Option<Occasion> {
        let mut triggers = self.triggers.iter();
        triggers.find_map(|trigger| self.occasion_of(*trigger, of))
    }

    fn occasion_of(&self, trigger: Trigger, of: &Circumstance<'_>) -> Option<Occasion> {
        let occasion = |until, on| Occasion {
            trigger,
            until,
            on,
            news_since: None,
        };
        let (phase, today) = (Phase::of(of.stay.status), of.now.day());
        let hotels = of.hours.business_day(of.now);
        let in_house = phase == Phase::InHouse;
        match trigger {
            Trigger::Reservation => (phase == Phase::Reserved).then(|| occasion(None, None)),
            Trigger::CheckIn => in_house.then(|| occasion(None, None)),
            Trigger::InHouse => {
                let came = of.stay.checked_in_at.filter(|_| in_house)?;
                Some(Occasion {
                    news_since: Some(came),
                    ..occasion(None, None)
                })
            }
            Trigger::Room => {
                let got = of.stay.occupancy.last().map(|last| last.from);
                // A room is still to be found for whoever has none.
                let settled = got.filter(|at| of.hours.business_day(*at) != hotels);
                // What was dealt with for one room is not for the next.
                let moved = got.filter(|_| of.stay.occupancy.len() > 1);
                in_house.then(|| Occasion {
                    news_since: settled,
                    ..occasion(None, moved.map(|at| of.hours.business_day(at)))
                })
            }
            Trigger::PreArrival => {
                let arrives = of.stay.arrival.filter(|_| phase == Phase::Reserved)?;
                let until = of.from(arrives, of.hours.arrival, self.times.hours_before)?;
                Some(occasion(Some(until), None))
            }
            Trigger::RoomMove => {
                let moved = of.stay.occupancy.get(1..)?.last().filter(|_| in_house)?;
                let day = of.hours.business_day(moved.from);
                let until = of.hours.end_of(day, of.now);
                (day == hotels).then(|| occasion(Some(until), Some(day)))
            }
            Trigger::Breakfast | Trigger::Lunch | Trigger::Dinner => {
                let span = trigger.span(of.hours).filter(|_| in_house)?;
                let until = of.until_end(span, self.times.hours_before)?;
                Some(occasion(Some(until), Some(today)))
            }
            Trigger::Turndown => {
                let stays = in_house && of.stay.departure.is_none_or(|leaves| leaves > today);
                let span = trigger.span(of.hours).filter(|_| stays)?;
                let until = of.until_end(span, self.times.hours_before)?;
                Some(occasion(Some(until), Some(today)))
            }
            Trigger::Departure => {
                let leaves = of.stay.departure.filter(|_| in_house)?;
                let until = of.from(leaves, of.hours.departure, self.times.hours_before)?;
                Some(occasion(Some(until), None))
            }
            Trigger::AfterStay => {
                let left = of.left().filter(|_| of.stay.status == Status::CheckedOut)?;
                let first = left.plus(i32::try_from(self.times.days_after).unwrap_or(i32::MAX));
                let last = left.plus(BEHIND_DAYS);
                of.from(first, of.hours.day.from, 0)?;
                let until = of.hours.moment(last, of.hours.day.from, of.now);
                (of.now.utc_micros < until.utc_micros).then(|| occasion(Some(until), None))
            }
            Trigger::Birthday | Trigger::Anniversary => {
                let here = in_house || (phase == Phase::Reserved && of.stay.arrival == Some(today));
                let falls = || trigger.falls_on(today, of.profile);
                let until = of.until_end(of.hours.day, 0).filter(|_| here && falls())?;
                Some(occasion(Some(until), Some(today)))
            }
            Trigger::LongStay => {
                let came = of.stay.checked_in_at.filter(|_| in_house)?;
                let days = today.0 - of.hours.business_day(came).0;
                let every = i32::try_from(self.times.every_days).unwrap_or(i32::MAX);
                let comes = days > 0 && every > 0 && days % every == 0;
                let until = of.until_end(of.hours.day, 0).filter(|_| comes)?;
                Some(occasion(Some(until), Some(today)))
            }
        }
    }

    /// Adds the times of day at which it begins or ends to speak.
    pub(crate) fn turns(&self, hours: &Hours, turns: &mut Turns) {
        for trigger in &self.triggers {
            let phases = trigger.phases();
            let mut add = |clock: Clock| phases.iter().for_each(|phase| turns.add(clock, *phase));
            match trigger {
                Trigger::Reservation | Trigger::CheckIn | Trigger::InHouse => {}
                Trigger::PreArrival => add(hours.arrival.earlier(self.times.hours_before)),
                Trigger::Departure => add(hours.departure.earlier(self.times.hours_before)),
                Trigger::AfterStay => add(hours.day.from),
                Trigger::Room | Trigger::RoomMove => add(hours.night_audit),
                Trigger::Breakfast
                | Trigger::Lunch
                | Trigger::Dinner
                | Trigger::Turndown
                | Trigger::Birthday
                | Trigger::Anniversary
                | Trigger::LongStay => {
                    if let Some(span) = trigger.span(hours) {
                        add(span.from.before(self.times.hours_before));
                        add(span.until);
                    }
                }
            }
            if self.calendar != Default::default() {
                add(hours.night_audit);
            }
        }
    }
}

impl Trigger {
    /// The time of day that it is about, where it is about one.
    pub(crate) fn span(self, hours: &Hours) -> Option<Span> {
        match self {
            Self::Breakfast => Some(hours.breakfast),
            Self::Lunch => Some(hours.lunch),
            Self::Dinner => Some(hours.dinner),
            Self::Turndown => Some(hours.turndown),
            Self::Birthday | Self::Anniversary | Self::LongStay => Some(hours.day),
            _ => None,
        }
    }

    /// The attribute that says on which day of the year it comes.
    pub(crate) fn day_of_year(self) -> Option<AttributeId> {
        let name = match self {
            Self::Birthday => "family.birthday",
            Self::Anniversary => "family.anniversary",
            _ => return None,
        };
        AttributeId::new(name).ok()
    }

    /// Whether it falls on that day, as far as is known.
    fn falls_on(self, today: Day, profile: &Profile) -> bool {
        let attribute = self.day_of_year();
        let standing = attribute.as_ref().and_then(|id| profile.standing(id));
        let told = standing.into_iter().flat_map(|(_, claims)| claims);
        let told = told.filter(|of| of.claim.verdict.is_some_and(is_wanted));
        let mut days = told.filter_map(|of| day_of_year(&of.claim.value));
        let born = match (self, profile.discretion().no_personal_notes) {
            (Self::Birthday, false) => profile.guest.particulars.birth_date,
            _ => None,
        };
        born.is_some_and(|born| is_its_day(today, (born.ymd().1, born.ymd().2)))
            || days.any(|day| is_its_day(today, day))
    }
}

/// Month and day that `03-14` and `1980-03-14` say.
fn day_of_year(text: &str) -> Option<(u32, u32)> {
    let whole: Option<Day> = text.parse().ok();
    // A leap year has every day that any year has.
    let day = whole.or_else(|| format!("2024-{text}").parse().ok())?;
    let (_, month, day) = day.ymd();
    Some((month, day))
}

/// Whether the day of the year is on `today`; that of a 29th of February is on the 28th in years without.
fn is_its_day(today: Day, (month, day): (u32, u32)) -> bool {
    let (year, ..) = today.ymd();
    let this_year = Day::from_ymd(year, month, day).or_else(|| Day::from_ymd(year, month, day - 1));
    this_year == Some(today)
}

impl Circumstance<'_> {
    /// That time of that day, when it is no more than so many hours until then.
    fn from(&self, day: Day, clock: Clock, hours_before: u32) -> Option<Moment> {
        let at = self.hours.moment(day, clock, self.now);
        let early = at.seconds_since(self.now) - i64::from(hours_before) * 3600;
        (early <= 0).then_some(at)
    }

    /// When the span of today ends, when it has begun or is to in so many hours.
    fn until_end(&self, span: Span, hours_before: u32) -> Option<Moment> {
        let now = self.hours.clock(self.now);
        let span = Span {
            from: span.from.before(hours_before),
            ..span
        };
        let until = || self.hours.moment(self.now.day(), span.until, self.now);
        span.holds(now).then(until)
    }

    /// The day on which the guest left.
    fn left(&self) -> Option<Day> {
        let last = self.stay.occupancy.last()?.until?;
        Some(self.hours.there(last).day())
    }
}

#[cfg(test)]
mod tests;
