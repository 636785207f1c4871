//! On which days a rule speaks.

use std::collections::BTreeSet;

use cardex_domain::time::Day;

/// The days of a rule; every day when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub until: Option<Day>,
    /// Which part of each year.
    pub season: Option<Season>,
    /// Which days of the week; all when it is empty.
    pub weekdays: BTreeSet<Weekday>,
}

/// A part of each year, its first and last day included. It may go over the turn of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Season {
    /// Month and day on which it begins.
    first: (u32, u32),
    /// Month and day on which it ends.
    last: (u32, u32),
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// After so many years the days of the week fall on the same dates again, the 29th of February among them.
const YEARS_UNTIL_ALL_COMES: i32 = 40;

impl Weekday {
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("mon", Self::Mon),
        ("tue", Self::Tue),
        ("wed", Self::Wed),
        ("thu", Self::Thu),
        ("fri", Self::Fri),
        ("sat", Self::Sat),
        ("sun", Self::Sun),
    ];

    fn of(day: Day) -> Self {
        // 1970-01-01 was a Thursday.
        let since_monday = usize::try_from((day.0 + 3).rem_euclid(7)).unwrap_or(0);
        Self::ALL[since_monday].1
    }
}

impl Season {
    /// Reads `12-15..02-20`; `None` where it is something else or a day that no year has.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let day = |text: &str| {
            let (month, day) = text.split_once('-')?;
            let is_two = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            let two = |text: &str| is_two(text).then(|| text.parse().ok()).flatten();
            let (month, day) = (two(month)?, two(day)?);
            // A leap year has every day that any year has.
            Day::from_ymd(2024, month, day).map(|_| (month, day))
        };
        let (first, last) = text.split_once("..")?;
        Some(Self {
            first: day(first)?,
            last: day(last)?,
        })
    }

    fn holds(self, day: Day) -> bool {
        let (_, month, day) = day.ymd();
        let on = (month, day);
        match self.first <= self.last {
            true => self.first <= on && on <= self.last,
            false => self.first <= on || on <= self.last,
        }
    }
}

impl Calendar {
    /// Whether a rule speaks on that day.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && self.season.is_none_or(|season| season.holds(day))
            && (self.weekdays.is_empty() || self.weekdays.contains(&Weekday::of(day)))
    }

    /// Whether there is a day on which it holds.
    pub(crate) fn occurs(&self) -> bool {
        let (Some(from), Some(until)) = (self.from, self.until) else {
            return true;
        };
        let until = until.min(from.plus(YEARS_UNTIL_ALL_COMES * 366));
        (from.0..=until.0).any(|day| self.holds(Day(day)))
    }
}

#[cfg(test)]
mod tests;
