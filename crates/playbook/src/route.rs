//! Who of a department is told: its sections and shifts, by the guest's room and the hotel's clock.

use std::collections::BTreeSet;

use cardex_domain::board::Phase;
use cardex_domain::hour::is_near;
use cardex_domain::ids::{DepartmentId, Room, SectionId};
use cardex_domain::stay::Stay;
use cardex_domain::time::Moment;

use crate::hours::{Clock, Hours, Turns};

/// Which boards of a department a section reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whose boards.
    pub department: DepartmentId,
    /// Who reads them.
    pub section: SectionId,
    /// Of guests in these rooms; of all when empty.
    pub(crate) rooms: Vec<Rooms>,
    /// At this time of day; at any when `None`.
    pub(crate) shift: Option<Shift>,
}

/// One room, or those with numbers from one to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rooms {
    One(Room),
    Range {
        /// What stands before the numbers.
        wing: Box<str>,
        first: u64,
        last: u64,
    },
}

/// From one time of day until just before another, which may be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shift {
    from: Clock,
    until: Clock,
}

/// The routes of a hotel. Their order makes no difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    pub(crate) fn new(routes: Vec<Route>) -> Self {
        Self(routes)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// The sections that read the department's board of the stay at `now`; the whole department does where there is none.
    pub(crate) fn sections(
        &self,
        department: &DepartmentId,
        stay: &Stay,
        (hours, now): (&Hours, Moment),
    ) -> BTreeSet<SectionId> {
        // Who comes far ahead is looked at by no hour, and concerns no shift of today.
        let near = is_near(stay, hours.there(now).day());
        let clock = near.then(|| hours.clock(now));
        let leads = |route: &&Route| {
            let here = || {
                let room = stay.room.as_ref();
                room.is_some_and(|room| route.rooms.iter().any(|rooms| rooms.contains(room)))
            };
            let then = |shift: Shift| clock.is_some_and(|clock| shift.holds(clock));
            route.department == *department
                && (route.rooms.is_empty() || here())
                && route.shift.is_none_or(then)
        };
        let leading = self.0.iter().filter(leads);
        leading.map(|route| route.section.clone()).collect()
    }

    /// Adds the times of day at which shifts begin and end.
    pub(crate) fn turns(&self, turns: &mut Turns) {
        for shift in self.0.iter().filter_map(|route| route.shift) {
            for phase in [Phase::Reserved, Phase::InHouse, Phase::Over] {
                turns.add(shift.from, phase);
                turns.add(shift.until, phase);
            }
        }
    }
}

impl Rooms {
    /// Reads `1012`, or `1001..1099`, whose ends differ in their last digits alone.
    ///
    /// # Errors
    /// With what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let room = |text: &str| Room::new(text).map_err(|error| error.to_string());
        let Some((first, last)) = text.split_once("..") else {
            return room(text).map(Self::One);
        };
        let (first, last) = (room(first)?, room(last)?);
        let range = || {
            let (wing, first) = parts(&first)?;
            let (other, last) = parts(&last)?;
            (wing == other && first < last).then(|| Self::Range {
                wing: wing.into(),
                first,
                last,
            })
        };
        range().ok_or_else(|| {
            "expected rooms whose numbers go up, as in `1001..1099` or `A-1..A-20`".to_owned()
        })
    }

    fn contains(&self, room: &Room) -> bool {
        match self {
            Self::One(one) => one == room,
            Self::Range { wing, first, last } => parts(room)
                .is_some_and(|(of, number)| of == &**wing && (*first..=*last).contains(&number)),
        }
    }
}

/// What stands before the number of a room, and the number; `None` when it ends with none.
fn parts(room: &Room) -> Option<(&str, u64)> {
    let wing = room.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &room.as_str()[wing.len()..];
    Some((wing, number.parse().ok()?))
}

impl Shift {
    /// Reads `07:00..15:00`, or `22:00..06:00`, which ends on the next day.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (from, until) = text.split_once("..")?;
        let (from, until) = (Clock::read(from)?, Clock::read(until)?);
        (from != until).then_some(Self { from, until })
    }

    fn holds(self, clock: Clock) -> bool {
        match self.from < self.until {
            true => self.from <= clock && clock < self.until,
            false => self.from <= clock || clock < self.until,
        }
    }
}

#[cfg(test)]
mod tests;
