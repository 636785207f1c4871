//! The hotel's clock as events: what is told by the hour follows from events alone, like everything else, and a replay
//! tells the same.

use std::collections::BTreeSet;

use crate::board::Phase;
use crate::ids::PropertyId;
use crate::stay::{Status, Stay};
use crate::time::{Day, Moment};

/// How many days before its arrival a booked stay is looked at by the hour.
pub const AHEAD_DAYS: i32 = 7;

/// How many days after its end a stay is.
pub const BEHIND_DAYS: i32 = 14;

/// An hour struck at which something may be told, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourEvent {
    /// Which, by the hotel's clock.
    pub reached: Moment,
    /// To which part of a stay that makes a difference.
    pub phases: BTreeSet<Phase>,
}

/// The same with where it struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourFact {
    /// Where.
    pub property: PropertyId,
    /// Which hour, and to what it makes a difference.
    pub hour: HourEvent,
}

impl HourEvent {
    /// The first and the last day on which a stay may have arrived to which it makes a difference, when none is longer than
    /// so many days.
    #[must_use]
    pub fn arrivals(&self, longest_days: i32) -> (Day, Day) {
        let today = self.reached.day();
        (today.plus(-longest_days), today.plus(AHEAD_DAYS))
    }

    /// Whether a stay may be told of otherwise from then on.
    #[must_use]
    pub fn concerns(&self, stay: &Stay) -> bool {
        let today = self.reached.day();
        let phase = Phase::of(stay.status);
        self.phases.contains(&phase) && is_near(stay, today)
    }
}

/// Whether the stay is so near on that day that it is looked at by the hour.
#[must_use]
pub fn is_near(stay: &Stay, today: Day) -> bool {
    match stay.status {
        Status::Reserved => stay.days().0 <= today.plus(AHEAD_DAYS),
        Status::InHouse => true,
        Status::CheckedOut => stay.last_event_at.day() >= today.plus(-BEHIND_DAYS),
        Status::Cancelled | Status::NoShow => false,
    }
}
