use serde_json::json;

use super::super::write::{html, markdown, text};
use super::*;

fn day(n: i32) -> Day {
    Day::from_ymd(2026, 11, 20).unwrap().plus(n)
}

/// A board whose stay is from one day to another, counted from today, with one line of this tier.
fn board(phase: &str, room: Option<&str>, days: (i32, i32), tier: u8) -> BoardView {
    let (arrival, departure) = (day(days.0).to_string(), day(days.1).to_string());
    serde_json::from_value(json!({
        "stay": "s00000000000000000000000000", "property": "macau", "department": "floor",
        "revision": 9, "previous": 7, "state": "open", "phase": phase, "guest": "庄先生",
        "room": room, "arrival": arrival, "departure": departure,
        "items": [{
            "id": "floor.00000000000000000000000004", "rule": "nuts", "category": "safety",
            "tier": tier, "score": 1, "text": "房内请勿放坚果", "since_revision": 7,
            "texts": { "en": "No nuts in the room", "zh-Hans": "房内请勿放坚果" },
            "freshness_hours": 24, "reasons": []
        }],
        "changes": [], "alert": true, "as_of": "2026-11-20", "profile_sequence": 9,
        "playbook": "p", "vocabulary": "v"
    }))
    .unwrap()
}

fn check(phase: &str, days: (i32, i32), date: i32, expected: Option<Part>) {
    let found = part(&board(phase, None, days, 2), day(date), day(0));
    assert_eq!(found, expected, "{phase} {days:?} on day {date}");
}

#[test]
fn a_stay_stands_once_a_day_where_people_look_for_it() {
    use Part::{Arrivals, Departed, Departures, InHouse};
    check("reserved", (0, 3), 0, Some(Arrivals));
    check("in_house", (0, 3), 0, Some(Arrivals));
    check("in_house", (-1, 3), 0, Some(InHouse));
    check("in_house", (-1, 0), 0, Some(Departures));
    check("reserved", (1, 3), 0, None);
    check("over", (-2, -1), 0, Some(Departed));
    check("over", (-2, -1), 1, None);
    // Who comes today is in house tomorrow, whether already here or not.
    check("reserved", (0, 3), 1, Some(InHouse));
    check("in_house", (0, 1), 1, Some(Departures));
    check("in_house", (-1, 0), 1, None);
    // Who is late is still expected, and who should have left is still to leave.
    check("reserved", (-1, 3), 0, Some(Arrivals));
    check("in_house", (-3, -1), 0, Some(Departures));
    check("in_house", (0, 0), 0, Some(Arrivals));
}

#[test]
fn safety_comes_first_and_then_rooms_as_people_count_them() {
    let mut empty = board("in_house", Some("1"), (-1, 2), 2);
    empty.items.clear();
    let boards = [
        board("in_house", None, (-1, 2), 2),
        board("in_house", Some("1012"), (-1, 2), 2),
        empty,
        board("in_house", Some("9"), (-1, 2), 2),
        board("in_house", Some("2001"), (-1, 2), 0),
    ];
    let list = List::of(&boards, day(0), day(0));
    let rooms: Vec<_> = list
        .in_house
        .iter()
        .map(|guest| guest.room.as_deref())
        .collect();
    assert_eq!(rooms, [Some("2001"), Some("9"), Some("1012"), None]);
}

/// A list with one guest, called so.
fn list(guest: &str) -> List {
    let mut board = board("in_house", Some("1012"), (-1, 2), 0);
    guest.clone_into(&mut board.guest);
    List {
        property: "macau".to_owned(),
        department: "floor".to_owned(),
        written: "2026-11-20 07:30".to_owned(),
        ..List::of(&[board], day(0), day(0))
    }
}

#[test]
fn the_list_is_in_the_language_of_its_lines() {
    let expected = "\
macau · floor · 2026-11-20  (截至 2026-11-20 07:30)

到店 (0)
  无事项

在店 (1)

1012  庄先生  2026-11-19 – 2026-11-22
  [ ] ! 房内请勿放坚果

离店 (0)
  无事项
";
    assert_eq!(text(&list("庄先生")), expected);
}

#[test]
fn a_line_that_waits_says_so() {
    let mut board = board("in_house", Some("1012"), (-1, 2), 2);
    let item = &mut board.items[0];
    item.parked_since = Some(AsText(crate::clock::now()));
    let list = List::of(&[board], day(0), day(0));
    assert!(text(&list).contains("\n  [ ] 房内请勿放坚果 (暂缓：请勿打扰)\n"));
    assert!(html(&list).contains("<li>房内请勿放坚果 (暂缓：请勿打扰)</li>"));
    assert!(markdown(&list).contains("- [ ] 房内请勿放坚果 \\(暂缓：请勿打扰\\)\n"));
}

#[test]
fn a_line_that_has_its_hour_says_until_when() {
    let mut board = board("in_house", Some("1012"), (-1, 2), 2);
    let occasion = serde_json::json!({ "name": "dinner", "until": "2026-11-20T22:00:00+08:00" });
    board.items[0].occasion = serde_json::from_value(occasion).unwrap();
    let list = List::of(&[board], day(0), day(0));
    assert!(text(&list).contains("\n  [ ] 房内请勿放坚果 (2026-11-20 22:00前)\n"));
}

#[test]
fn markdown_has_boxes_and_takes_nothing_in_a_name_for_a_mark() {
    let expected = "\
# macau · floor · 2026\\-11\\-20

截至 2026-11-20 07:30

## 到店 (0)

无事项

## 在店 (1)

### 1012 Mr \\*O\\*

2026-11-19 – 2026-11-22

- [ ] **! 房内请勿放坚果**

## 离店 (0)

无事项
";
    assert_eq!(markdown(&list("Mr *O*")), expected);
}

#[test]
fn a_page_says_its_language_and_shows_names_as_they_are() {
    let page = html(&list("<b>O'Neil & Co</b>"));
    assert!(
        page.starts_with("<!DOCTYPE html>\n<html lang=\"zh-Hans\">"),
        "{page}"
    );
    let guest = "<h3>1012 &lt;b&gt;O'Neil &amp; Co&lt;/b&gt; <span class=\"days\">2026-11-19 – 2026-11-22</span></h3>\n\
                 <ul>\n<li class=\"safety\">! 房内请勿放坚果</li>\n</ul>";
    assert!(page.contains(guest), "{page}");
}

#[test]
fn of_arrivals_the_list_says_who_has_come() {
    let boards = [
        board("in_house", Some("1012"), (0, 2), 2),
        board("reserved", Some("1013"), (0, 2), 2),
        board("in_house", Some("1014"), (-1, 2), 2),
    ];
    let list = List::of(&boards, day(0), day(0));
    let written = text(&list);
    for line in [
        "\n1012  庄先生  2026-11-20 – 2026-11-22  已入住\n",
        "\n1013  庄先生  2026-11-20 – 2026-11-22\n",
        "\n1014  庄先生  2026-11-19 – 2026-11-22\n",
    ] {
        assert!(written.contains(line), "{written}");
    }
    assert!(markdown(&list).contains("\n2026-11-20 – 2026-11-22  已入住\n"));
    assert!(html(&list).contains("2026-11-20 – 2026-11-22  已入住</span>"));
}
