//! Which rooms and times a route names.

use super::*;

#[test]
fn rooms_are_named_one_by_one_or_by_number_in_their_wing() {
    let holds = |written: &str, room: &str| {
        let rooms = Rooms::read(written).unwrap();
        rooms.contains(&Room::new(room).unwrap())
    };
    for (written, inside, outside) in [
        ("1101", &["1101"][..], &["1102", "A1101"][..]),
        ("ph-a", &["PH-A"], &["PH-B"]),
        (
            "1001..1099",
            &["1001", "1012", "1099"],
            &["1000", "1100", "101", "1012A", "B1012"],
        ),
        ("A-1..A-20", &["A-1", "a-9", "A-20"], &["A-21", "B-2", "2"]),
    ] {
        for room in inside {
            assert!(holds(written, room), "{room} in {written}");
        }
        for room in outside {
            assert!(!holds(written, room), "{room} in {written}");
        }
    }
    for wrong in [
        "",
        "10 12",
        "1099..1001",
        "1001..1001",
        "A1..B9",
        "A..B",
        "1001..",
        "1..2..3",
    ] {
        assert!(Rooms::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_shift_may_end_on_the_next_day() {
    let holds = |written: &str, at: &str| {
        let shift = Shift::read(written).unwrap();
        shift.holds(Clock::read(at).unwrap())
    };
    let day = ["07:00", "14:59"].map(|at| holds("07:00..15:00", at));
    let not_by_day = ["06:59", "15:00", "23:00"].map(|at| holds("07:00..15:00", at));
    assert_eq!((day, not_by_day), ([true; 2], [false; 3]));
    let night = ["22:00", "23:59", "00:00", "05:59"].map(|at| holds("22:00..06:00", at));
    let not_by_night = ["06:00", "21:59"].map(|at| holds("22:00..06:00", at));
    assert_eq!((night, not_by_night), ([true; 4], [false; 2]));
    for wrong in ["07:00", "07:00..07:00", "7:00..15:00", "07:00..25:00"] {
        assert_eq!(Shift::read(wrong), None, "{wrong}");
    }
}
