//! Moments and days. A moment keeps the offset it was written with, because a *day* is the date that stood there.

use std::fmt;
use std::time::Duration;

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * MICROS_PER_MINUTE;

/// A point in time with the offset it was written with. Ordered by the point in time alone, then by offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub utc_micros: i64,
    /// Offset from UTC in minutes, east positive.
    pub offset_minutes: i16,
}

/// Where on Earth the date is furthest on, and where it is furthest behind, in minutes ahead of UTC.
const FIRST_AND_LAST_OFFSET_MINUTES: [i16; 2] = [14 * 60, -12 * 60];

impl Moment {
    /// The date that stands in the written form of this moment.
    #[must_use]
    pub fn day(self) -> Day {
        let local = self.utc_micros + i64::from(self.offset_minutes) * MICROS_PER_MINUTE;
        let days = local.div_euclid(MICROS_PER_DAY);
        Day(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The latest date that has begun anywhere on Earth: by it, nothing that was noticed until this moment lies ahead, by
    /// whichever clock it was written.
    #[must_use]
    pub fn latest_day(self) -> Day {
        self.day_at(FIRST_AND_LAST_OFFSET_MINUTES[0])
    }

    /// The earliest date that has not ended everywhere on Earth: any before it is the past.
    #[must_use]
    pub fn earliest_day(self) -> Day {
        self.day_at(FIRST_AND_LAST_OFFSET_MINUTES[1])
    }

    fn day_at(self, offset_minutes: i16) -> Day {
        let there = Self {
            offset_minutes,
            ..self
        };
        there.day()
    }

    /// The moment that much later, at the same offset.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        Self {
            utc_micros: self.utc_micros.saturating_add(micros),
            ..self
        }
    }

    /// Whole seconds from `earlier` to this moment; negative when it lies before.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.utc_micros - earlier.utc_micros).div_euclid(1_000_000)
    }
}

impl fmt::Display for Moment {
    /// RFC 3339, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.utc_micros + i64::from(self.offset_minutes) * MICROS_PER_MINUTE;
        let in_day = local.rem_euclid(MICROS_PER_DAY);
        let (seconds, micros) = (in_day / 1_000_000, in_day % 1_000_000);
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{h:02}:{m:02}:{s:02}", self.day())?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        match self.offset_minutes {
            0 => f.write_str("Z"),
            o => {
                let sign = if o < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", o.abs() / 60, o.abs() % 60)
            }
        }
    }
}

/// A calendar day, counted from 1970-01-01 (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a calendar date, or `None` when there is no such date. Years 0 to 9999.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
            return None;
        }
        let date = Self(days_from_civil(year, month, day));
        (date.ymd() == (year, month, day)).then_some(date)
    }

    /// Year, month (1 to 12) and day of the month.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        civil_from_days(self.0)
    }

    /// Its middle, written in UTC.
    #[must_use]
    pub fn noon(self) -> Moment {
        Moment {
            utc_micros: i64::from(self.0) * MICROS_PER_DAY + MICROS_PER_DAY / 2,
            offset_minutes: 0,
        }
    }

    /// The day `days` later (earlier when negative).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl std::str::FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shape {
            return Err(NotADay);
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
        let year = i32::try_from(number(0..4)).map_err(|_| NotADay)?;
        Self::from_ymd(year, number(5..7), number(8..10)).ok_or(NotADay)
    }
}

/// The text is not a calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written YYYY-MM-DD and must exist in the calendar")]
pub struct NotADay;

/// Days since 1970-01-01, after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let y = year - i32::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let m = month as i32;
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + day as i32 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

#[cfg(test)]
mod tests;
