//! Which sections read a board.

use cardex_domain::ids::PropertyId;

use super::*;

const ROUTES: &str = r#"
[[route]]
department = "front_desk"
section = "tenth"
rooms = ["1001..1099", "1201"]
[[route]]
department = "front_desk"
section = "twelfth"
rooms = ["1201..1299"]
[[route]]
department = "front_desk"
section = "day"
hours = "07:00..15:00"
[[route]]
department = "front_desk"
section = "vip_night"
rooms = ["1299"]
hours = "22:00..06:00"
[[route]]
department = "floor"
section = "tenth"
rooms = ["1001..1099"]
"#;

fn routed() -> Playbook {
    let rule = RULE.replace("[\"front_desk\"]", "[\"floor\", \"front_desk\"]");
    playbook(&[ROUTES.to_owned(), rule], &vocabulary())
}

/// The sections that read the front desk's board so many minutes after noon, for a guest in that room, or in none yet.
fn check(room: Option<&str>, minutes: i64, sections: &[&str]) {
    let mut guest = Guest::named("Mr", "Chan");
    guest.wants("room.facing", "south");
    guest.books("R1", day(5, 1));
    if let Some(room) = room {
        guest.checks_in("R1", day(5, 1), room);
    }
    let (at, vocabulary) = (noon(day(5, 1), minutes), vocabulary());
    let boards = guest.boards_at(&routed(), &vocabulary, ("R1", at), &guest.closed);
    let desk = boards
        .iter()
        .find(|board| board.department.as_str() == "front_desk");
    let found: Vec<&str> = desk
        .unwrap()
        .sections
        .iter()
        .map(|id| id.as_str())
        .collect();
    assert_eq!(found, sections, "{room:?} at {minutes}");
}

#[test]
fn a_board_follows_its_room_and_the_hour() {
    let (noon, evening, night) = (0, 7 * 60, 11 * 60);
    check(Some("1012"), evening, &["tenth"]);
    check(Some("1012"), noon, &["day", "tenth"]);
    check(Some("1201"), evening, &["tenth", "twelfth"]);
    check(Some("1299"), evening, &["twelfth"]);
    check(Some("1299"), night, &["twelfth", "vip_night"]);
    check(Some("801"), evening, &[]);
    check(None, evening, &[]);
    check(None, noon, &["day"]);
    // Whoever comes in weeks concerns no shift of today.
    check(None, -14 * 24 * 60, &[]);
}

#[test]
fn shifts_begin_and_end_by_the_hotels_clock() {
    let playbook = routed();
    let book = playbook.for_property(&PropertyId::new("macau").unwrap());
    let mut at = noon(day(5, 1), 0);
    let mut turns = Vec::new();
    for _ in 0..4 {
        at = book.turns().next(book.hours(), at).unwrap();
        turns.push(at.utc_micros / 3_600_000_000 % 24);
    }
    assert_eq!(turns, [15, 22, 6, 7]);
}
