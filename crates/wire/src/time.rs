//! Moments and days as they are written: RFC 3339, with the offset that makes a day of a moment.

use cardex_domain::time::{Day, Moment};

use crate::reject::{Fault, RejectCode};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`, to the microsecond. `-00:00` says that the offset is not known
/// (RFC 3339, section 4.3), which is what must not be. A leap second counts as the second before it.
///
/// # Errors
/// When the text has another form, or no offset.
pub(crate) fn read_moment(text: &str) -> Result<Moment, Fault> {
    let invalid = || Fault::new(RejectCode::InvalidTime, "must be a moment as in RFC 3339");
    let bytes = text.as_bytes();
    if bytes.len() < 19 || !text.is_ascii() || !matches!(bytes[10], b'T' | b't') {
        return Err(invalid());
    }
    let day: Day = text[..10].parse().map_err(|_| invalid())?;
    if bytes[13] != b':' || bytes[16] != b':' {
        return Err(invalid());
    }
    let part = |from: usize, below: i64| two_digits(bytes, from).filter(|n| *n < below);
    let (hour, minute, second) = part(11, 24)
        .zip(part(14, 60))
        .zip(part(17, 61))
        .map(|((h, m), s)| (h, m, s.min(59)))
        .ok_or_else(invalid)?;
    let (micros, rest) = read_fraction(&bytes[19..]).ok_or_else(invalid)?;
    let offset_minutes = read_offset(rest).ok_or_else(|| {
        if rest.is_empty() || rest == b"-00:00" {
            Fault::new(
                RejectCode::MissingOffset,
                "must carry its offset from UTC: Z or ±hh:mm",
            )
        } else {
            invalid()
        }
    })?;
    let local = i64::from(day.0) * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
    let utc = local - i64::from(offset_minutes) * 60;
    Ok(Moment {
        utc_micros: utc * MICROS_PER_SECOND + micros,
        offset_minutes,
    })
}

/// The point in time that a text in RFC 3339 names, in microseconds since 1970; `None` when it is no such text.
#[must_use]
pub fn micros_of(text: &str) -> Option<i64> {
    read_moment(text).ok().map(|moment| moment.utc_micros)
}

fn two_digits(bytes: &[u8], from: usize) -> Option<i64> {
    match bytes.get(from..from + 2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    }
}

/// Microseconds of the fraction, and what follows it. Nine digits at most; beyond six they are cut.
fn read_fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = bytes.strip_prefix(b".") else {
        return Some((0, bytes));
    };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let micros = (0..6).fold(0, |sum, place| {
        let digit = if place < count {
            i64::from(digits[place] - b'0')
        } else {
            0
        };
        sum * 10 + digit
    });
    Some((micros, &digits[count..]))
}

fn read_offset(bytes: &[u8]) -> Option<i16> {
    match bytes {
        b"Z" | b"z" => Some(0),
        b"-00:00" => None,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let hours = two_digits(bytes, 1).filter(|h| *h < 24)?;
            let minutes = two_digits(bytes, 4).filter(|m| *m < 60)?;
            let total = i16::try_from(hours * 60 + minutes).ok()?;
            Some(if *sign == b'-' { -total } else { total })
        }
        _ => None,
    }
}

/// Reads `YYYY-MM-DD`.
///
/// # Errors
/// When it is not a day of the calendar.
pub(crate) fn read_day(text: &str) -> Result<Day, Fault> {
    text.parse().map_err(|_| {
        Fault::new(
            RejectCode::InvalidTime,
            "must be a day of the calendar, YYYY-MM-DD",
        )
    })
}

#[cfg(test)]
mod tests;
