use serde_json::json;

use super::*;

pub(in crate::screen) fn board() -> BoardView {
    let stay = "s00000000000000000000000000";
    let item = |code: &str, tier: u8, text: &str, claim: serde_json::Value| {
        json!({
            "id": format!("floor.{code}"), "rule": "papers", "category": "reading", "tier": tier,
            "score": 1, "text": text, "since_revision": 7, "freshness_hours": 24,
            "reasons": [{
                "claim": claim, "verdict": "prefers", "confidence_ppm": 934_999, "evidence": [],
                "learnt_at": "2026-05-02T10:00:00+08:00", "learnt_property": "macau",
                "learnt_by": "front_desk"
            }]
        })
    };
    let claim = json!({ "attribute": "reading.newspaper", "value": "advertising" });
    serde_json::from_value(json!({
        "stay": stay, "property": "macau", "department": "floor", "revision": 9, "previous": 7,
        "state": "open", "phase": "in_house", "guest": "庄先生", "room": "1012",
        "arrival": "2026-11-20", "departure": "2026-11-23",
        "items": [
            item("00000000000000000000000004", 0, "No nuts in the room", json!(null)),
            item("00000000000000000000000008", 2, "Lay out the advertising papers", claim),
        ],
        "changes": [
            { "item": "floor.00000000000000000000000008", "kind": "issued", "rule": "papers" },
            { "item": "floor.0000000000000000000000000c", "kind": "withdrawn", "rule": "flowers" },
        ],
        "alert": true, "as_of": "2026-11-20", "profile_sequence": 9,
        "playbook": "p", "vocabulary": "v"
    }))
    .unwrap()
}

#[test]
fn a_board_is_a_card_that_explains_itself() {
    let expected = "\
1012  庄先生  2026-11-20 – 2026-11-23  in house  ●  floor · s00000000000000000000000000 · revision 9
  ! No nuts in the room
      papers: prefers 93 %, learnt 2026-05-02 by front_desk at macau
  • Lay out the advertising papers  new
      papers: reading.newspaper=advertising prefers 93 %, learnt 2026-05-02 by front_desk at macau
  - withdrawn: Have white lilies in the room
";
    let id = "floor.0000000000000000000000000c".to_owned();
    let stood = Stood {
        text: "Have white lilies in the room".to_owned(),
        waited: false,
    };
    let before = Before::from([(id, stood)]);
    assert_eq!(render(&board(), &before, Style::PLAIN), expected);
    let unknown = expected.replace("Have white lilies in the room", "what stood here earlier");
    assert_eq!(render(&board(), &Before::new(), Style::PLAIN), unknown);
}

#[test]
fn what_comes_by_the_clock_says_until_when() {
    let mut board = board();
    board.items.truncate(1);
    board.items[0].occasion = serde_json::from_value(json!({
        "name": "dinner", "until": "2026-11-20T22:00:00+08:00"
    }))
    .unwrap();
    let card = render(&board, &Before::new(), Style::PLAIN);
    for line in [
        "! No nuts in the room  until 2026-11-20 22:00",
        "papers: by the hotel's clock, dinner",
    ] {
        assert!(card.lines().any(|of| of.trim() == line), "{card}");
    }
}

#[test]
fn an_empty_board_says_so() {
    let mut board = board();
    (board.items, board.changes) = (Vec::new(), Vec::new());
    board.state = BoardState::Closed;
    (board.phase, board.alert, board.room) = (Phase::Over, false, None);
    assert_eq!(
        render(&board, &Before::new(), Style::PLAIN),
        "no room yet  庄先生  2026-11-20 – 2026-11-23  over  floor · s00000000000000000000000000 · revision 9\n  \
         closed: nothing is left to do\n"
    );
}

#[test]
fn a_line_says_who_has_seen_it_and_that_it_waits() {
    let mut board = board();
    let mut says = |change: fn(&mut ItemView)| {
        change(&mut board.items[0]);
        let card = render(&board, &Before::new(), Style::PLAIN);
        card.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(
        says(|item| item.escalated = true),
        "  ! No nuts in the room  escalated"
    );
    assert_eq!(
        says(|item| item.escalated_from = "floor".parse().ok().map(AsText)),
        "  ! No nuts in the room  escalated from floor"
    );
    assert_eq!(
        says(|item| item.acknowledged_at = Some(item.reasons[0].learnt_at)),
        "  ! No nuts in the room  acknowledged"
    );
    assert_eq!(
        says(|item| item.parked_since = Some(item.reasons[0].learnt_at)),
        "  ! No nuts in the room  waits: do not disturb  acknowledged"
    );
}

#[test]
fn what_waited_and_does_not_is_back() {
    let mut waiting = board();
    waiting.items[1].parked_since = Some(waiting.items[1].reasons[0].learnt_at);
    let mut released = board();
    released.changes[0].kind = ChangeKind::Revised;
    let says = |before: &BoardView| {
        let card = render(&released, &standing(before), Style::PLAIN);
        card.lines().nth(3).unwrap().to_owned()
    };
    assert_eq!(says(&waiting), "  • Lay out the advertising papers  back");
    assert_eq!(
        says(&board()),
        "  • Lay out the advertising papers  changed"
    );
}
