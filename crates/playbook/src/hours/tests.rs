use super::*;

fn at(text: &str) -> Moment {
    let (local, offset) = text.split_at(16);
    let (day, clock) = local.split_once('T').unwrap();
    let hours = Hours::default();
    let like = Moment {
        utc_micros: 0,
        offset_minutes: match offset {
            "Z" => 0,
            hours => hours.parse::<i16>().unwrap() * 60,
        },
    };
    hours.moment(day.parse().unwrap(), Clock::read(clock).unwrap(), like)
}

fn in_zone(zone: &str) -> Hours {
    let mut hours = Hours::default();
    assert!(hours.put_zone(zone), "{zone}");
    hours
}

fn clock(text: &str) -> Clock {
    Clock::read(text).unwrap()
}

#[test]
fn times_of_day_are_written_in_one_way() {
    assert!(clock("00:00") < clock("09:30") && clock("09:30") < clock("24:00"));
    for wrong in [
        "", "7:00", "07:0", "07:60", "24:01", "25:00", "07.00", "+7:00", "07:00:00",
    ] {
        assert_eq!(Clock::read(wrong), None, "{wrong}");
    }
    assert!(Span::read("18:00..22:00").unwrap().holds(clock("18:00")));
    assert!(!Span::read("18:00..22:00").unwrap().holds(clock("22:00")));
    for wrong in ["18:00", "22:00..18:00", "18:00..18:00", "18:00...22:00"] {
        assert_eq!(Span::read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_hotel_whose_zone_is_known_goes_by_it_whatever_others_write() {
    let lisbon = in_zone("Europe/Lisbon");
    for (written, there) in [
        ("2026-03-29T00:59Z", "2026-03-29T00:59:00Z"),
        ("2026-03-29T01:00Z", "2026-03-29T02:00:00+01:00"),
        ("2026-11-22T20:30+08", "2026-11-22T12:30:00Z"),
    ] {
        assert_eq!(lisbon.there(at(written)).to_string(), there);
    }
    let unknown = Hours::default();
    assert_eq!(
        unknown.there(at("2026-11-22T20:30+08")),
        at("2026-11-22T20:30+08")
    );
    assert_eq!(unknown.clock(at("2026-11-22T20:30+08")), clock("20:30"));
    assert!(!Hours::default().put_zone("Macau/Asia"));
}

/// On 2026-03-29 clocks in Lisbon go from 01:00 to 02:00, on 2026-10-25 from 02:00 back to 01:00.
#[test]
fn a_time_that_the_clock_skips_or_shows_twice_comes_once() {
    let lisbon = in_zone("Europe/Lisbon");
    let moment =
        |day: &str, time| lisbon.moment(day.parse().unwrap(), clock(time), at("2026-01-01T00:00Z"));
    assert_eq!(
        moment("2026-03-29", "01:30").to_string(),
        "2026-03-29T02:30:00+01:00"
    );
    assert_eq!(
        moment("2026-10-25", "01:30").to_string(),
        "2026-10-25T01:30:00+01:00"
    );
    let mut turns = Turns::default();
    turns.add(clock("01:30"), Phase::InHouse);
    for day in ["2026-03-29", "2026-10-25"] {
        let day: Day = day.parse().unwrap();
        let (mut now, end) = (
            lisbon.moment(day, Clock::at(0, 0), at("2026-01-01T00:00Z")),
            day.plus(1),
        );
        let mut struck = 0;
        while let Some(next) = turns
            .next(&lisbon, now)
            .filter(|next| lisbon.there(*next).day() < end)
        {
            struck += 1;
            now = next;
        }
        assert_eq!(struck, 1, "{day}");
    }
}

#[test]
fn what_struck_since_is_told_at_once_and_as_one() {
    let mut turns = Turns::default();
    turns.add(clock("07:00"), Phase::InHouse);
    turns.add(clock("11:00"), Phase::Reserved);
    turns.add(clock("24:00"), Phase::Over);
    let hours = Hours::default();
    let due = |told: &str, now: &str| {
        let due = turns.due(&hours, at(told), at(now))?;
        Some((
            due.reached.to_string(),
            due.phases.into_iter().collect::<Vec<_>>(),
        ))
    };
    use Phase::{InHouse, Over, Reserved};
    let day = "2026-11-22";
    let told =
        |time: &str, phases: &[Phase]| Some((format!("{day}T{time}:00+08:00"), phases.to_vec()));
    let check = |since: &str, now: &str, wanted| {
        assert_eq!(
            due(&format!("{day}T{since}+08"), &format!("{day}T{now}+08")),
            wanted,
            "{since} {now}"
        );
    };
    check("06:00", "06:59", None);
    check("06:00", "07:00", told("07:00", &[InHouse]));
    check("07:00", "10:59", None);
    check("06:00", "23:00", told("11:00", &[Reserved, InHouse]));
    // After days without anybody, all that a day brings.
    assert_eq!(
        due("2026-11-01T00:00+08", "2026-11-22T09:00+08"),
        told("07:00", &[Reserved, InHouse, Over])
    );
    let next = turns.next(&hours, at("2026-11-22T11:00+08")).unwrap();
    assert_eq!(next.to_string(), "2026-11-23T00:00:00+08:00");
    assert_eq!(Turns::default().next(&hours, at("2026-11-22T11:00Z")), None);
}
