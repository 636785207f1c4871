//! Days and moments against dates that everybody knows.

use super::{Day, Moment};

#[test]
fn days_are_the_calendars() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("2000-02-29", 11_016),
        ("2026-11-22", 20_779),
        ("1969-12-31", -1),
    ] {
        assert_eq!(text.parse(), Ok(Day(days)), "{text}");
        assert_eq!(Day(days).to_string(), text);
    }
    for wrong in [
        "2025-02-29",
        "2026-13-01",
        "2026-1-1",
        "26-01-01",
        "2026-01-00",
        "２026-01-01",
    ] {
        assert!(wrong.parse::<Day>().is_err(), "{wrong}");
    }
    for day in (-200_000..400_000).step_by(97).map(Day) {
        let (y, m, d) = day.ymd();
        assert_eq!(Day::from_ymd(y, m, d), Some(day));
    }
}

#[test]
fn a_day_is_the_date_that_was_written() {
    let late = Moment {
        utc_micros: 1_795_276_800_000_000,
        offset_minutes: 0,
    };
    let macau = Moment {
        offset_minutes: 480,
        ..late
    };
    assert_eq!(late.to_string(), "2026-11-21T16:00:00Z");
    assert_eq!(macau.to_string(), "2026-11-22T00:00:00+08:00");
    assert_eq!(
        (late.day().to_string(), macau.day().to_string()),
        ("2026-11-21".into(), "2026-11-22".into())
    );
    let fraction = Moment {
        utc_micros: late.utc_micros + 5,
        offset_minutes: -210,
    };
    assert_eq!(fraction.to_string(), "2026-11-21T12:30:00.000005-03:30");
}
