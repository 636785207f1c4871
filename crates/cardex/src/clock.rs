//! Moments and days as people give them on a command line, and the clock: the only place that reads it.

use cardex_domain::time::{Day, Moment};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// By which clock days and times are meant, for the help of commands that take them.
pub(crate) const WHOSE_CLOCK: &str = "\
Days such as today, and times without an offset, are by this machine's clock. Where the hotel is in another zone, write the \
offset (2026-11-20T19:30+08:00), or set the zone: TZ=Asia/Macau cardex …";

/// Now, with this machine's offset: the date of the place is the day of what is published.
pub(crate) fn now() -> Moment {
    moment(&Zoned::now())
}

/// The day in words: profiles are folded for the latest that has begun anywhere, which here may still be to come.
pub(crate) fn day(day: Day) -> String {
    match day == today() || day == today().plus(1) {
        true => "today".to_owned(),
        false => day.to_string(),
    }
}

/// Today, in this machine's zone.
pub(crate) fn today() -> Day {
    now().day()
}

/// A moment as RFC 3339, or without its offset, which is then this machine's. A day alone, or days from today like -30, is its
/// first moment.
pub(crate) fn parse_moment(text: &str) -> Result<Moment, String> {
    read_moment(text, &TimeZone::system())
}

/// A moment as RFC 3339, or without its offset, which is then the one given.
pub(crate) fn parse_moment_at(text: &str, offset_minutes: i16) -> Result<Moment, String> {
    let offset = Offset::from_seconds(i32::from(offset_minutes) * 60).map_err(|e| e.to_string())?;
    read_moment(text, &offset.to_time_zone())
}

fn read_moment(text: &str, zone: &TimeZone) -> Result<Moment, String> {
    if text.starts_with(['+', '-']) || named_day(text).is_some() {
        return read_moment(&parse_day(text)?.to_string(), zone);
    }
    let wrong = |error: jiff::Error| {
        format!(
            "{error}; write a moment like 2026-11-20T19:30:00+08:00 or 2026-11-20T19:30, or a day alone: \
             2026-11-20, today, yesterday, -30"
        )
    };
    let pieces = Pieces::parse(text).map_err(wrong)?;
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let zoned = match pieces.offset() {
        None => civil.to_zoned(zone.clone()),
        Some(PiecesOffset::Zulu) => civil.to_zoned(TimeZone::UTC),
        Some(offset) => civil.to_zoned(offset.to_numeric_offset().to_time_zone()),
    };
    zoned.map(|zoned| moment(&zoned)).map_err(wrong)
}

/// A day: `YYYY-MM-DD`, `today`, `tomorrow`, `yesterday`, or days from today like `+3`.
pub(crate) fn parse_day(text: &str) -> Result<Day, String> {
    if let Some(day) = named_day(text) {
        return Ok(day);
    }
    let days = match text {
        _ if text.starts_with(['+', '-']) => text
            .parse::<i16>()
            .map(i32::from)
            .map_err(|_| "write days from today like +3".to_owned())?,
        _ => return text.parse::<Day>().map_err(|error| error.to_string()),
    };
    Ok(today().plus(days))
}

/// The day that a word names.
fn named_day(text: &str) -> Option<Day> {
    let days = match text {
        "yesterday" => -1,
        "today" => 0,
        "tomorrow" => 1,
        _ => return None,
    };
    Some(today().plus(days))
}

/// The moment at which a clock at this offset shows this time of this day.
pub(crate) fn at(day: Day, seconds_of_day: i64, offset_minutes: i16) -> Moment {
    let local_seconds = i64::from(day.0) * 86_400 + seconds_of_day;
    Moment {
        utc_micros: (local_seconds - i64::from(offset_minutes) * 60) * 1_000_000,
        offset_minutes,
    }
}

/// A moment to read: its day and time, without fraction and offset.
pub(crate) fn short(moment: Moment) -> String {
    let text = moment.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// A server's time, which is UTC.
pub(crate) fn of_server(micros: i64) -> Moment {
    let here = Timestamp::from_microsecond(micros).map(|t| t.to_zoned(TimeZone::system()));
    here.map_or(
        Moment {
            utc_micros: micros,
            offset_minutes: 0,
        },
        |zoned| moment(&zoned),
    )
}

fn moment(zoned: &Zoned) -> Moment {
    Moment {
        utc_micros: zoned.timestamp().as_microsecond(),
        offset_minutes: i16::try_from(zoned.offset().seconds() / 60).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_the_offset_it_was_written_with() {
        let moment = parse_moment("2026-11-20T01:30:00+08:00").unwrap();
        assert_eq!(moment.to_string(), "2026-11-20T01:30:00+08:00");
        assert_eq!(parse_moment("2026-11-20T01:30Z").unwrap().offset_minutes, 0);
        assert!(parse_moment("half past one").is_err());
        assert_eq!(parse_moment("yesterday").unwrap().day(), today().plus(-1));
        assert_eq!(parse_moment("-1"), parse_moment("yesterday"));
        let month = parse_moment("2026-13-01").unwrap_err();
        assert!(
            month.contains("month") && month.contains("a day alone"),
            "{month}"
        );
    }

    #[test]
    fn a_time_of_day_stands_where_the_clock_shows_it() {
        let day = Day::from_ymd(2015, 7, 1).unwrap();
        assert_eq!(
            at(day, 15 * 3600, 60).to_string(),
            "2015-07-01T15:00:00+01:00"
        );
    }

    #[test]
    fn days_are_counted_from_today() {
        assert_eq!(parse_day("+1").unwrap(), parse_day("tomorrow").unwrap());
        assert_eq!(parse_day("2026-02-28").unwrap().to_string(), "2026-02-28");
        assert!(parse_day("2026-02-30").is_err());
    }
}
