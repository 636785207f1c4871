use super::*;

fn micros(text: &str) -> i64 {
    read_moment(text).unwrap().utc_micros
}

#[test]
fn moments_keep_their_offset() {
    let moment = read_moment("2026-11-20T09:30:00+08:00").unwrap();
    assert_eq!(moment.offset_minutes, 480);
    assert_eq!(moment.to_string(), "2026-11-20T09:30:00+08:00");
    assert_eq!(moment.utc_micros, micros("2026-11-20T01:30:00Z"));
    assert_eq!(moment.day().to_string(), "2026-11-20");
    let west = read_moment("1999-12-31T23:30:00.25-03:30").unwrap();
    assert_eq!(
        (west.offset_minutes, west.day().to_string().as_str()),
        (-210, "1999-12-31")
    );
    assert_eq!(west.to_string(), "1999-12-31T23:30:00.250000-03:30");
}

#[test]
fn fractions_are_cut_to_the_microsecond() {
    let whole = micros("2026-01-01T00:00:00Z");
    assert_eq!(micros("2026-01-01T00:00:00.1z"), whole + 100_000);
    assert_eq!(micros("2026-01-01t00:00:00.123456789Z"), whole + 123_456);
    assert_eq!(micros("2025-12-31T23:59:60Z"), whole - 1_000_000);
}

#[test]
fn other_forms_are_refused() {
    for (text, code) in [
        ("2026-11-20T09:30:00", RejectCode::MissingOffset),
        ("2026-11-20T09:30:00.5", RejectCode::MissingOffset),
        ("2026-11-20T09:30:00-00:00", RejectCode::MissingOffset),
        ("", RejectCode::InvalidTime),
        ("2026-11-20", RejectCode::InvalidTime),
        ("2026-11-20 09:30:00Z", RejectCode::InvalidTime),
        ("2026-11-20T09:30Z00:00", RejectCode::InvalidTime),
        ("2026-02-30T09:30:00Z", RejectCode::InvalidTime),
        ("2026-11-20T24:00:00Z", RejectCode::InvalidTime),
        ("2026-11-20T09:60:00Z", RejectCode::InvalidTime),
        ("2026-11-20T09:30:61Z", RejectCode::InvalidTime),
        ("2026-11-20T09:30:00.Z", RejectCode::InvalidTime),
        ("2026-11-20T09:30:00.1234567890Z", RejectCode::InvalidTime),
        ("2026-11-20T09:30:00+0800", RejectCode::InvalidTime),
        ("2026-11-20T09:30:00+24:00", RejectCode::InvalidTime),
        ("2026-11-20T09:30:00Zjunk", RejectCode::InvalidTime),
        ("２026-11-20T09:30:00Z", RejectCode::InvalidTime),
    ] {
        assert_eq!(read_moment(text).unwrap_err().code, code, "{text}");
    }
    assert_eq!(
        read_day("2025-02-29").unwrap_err().code,
        RejectCode::InvalidTime
    );
}
