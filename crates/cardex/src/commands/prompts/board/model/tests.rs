use serde_json::json;

use super::*;

/// A board of that stay with items, each with its tier; who arrives so many days into the month.
pub(in super::super) fn board(
    stay: u8,
    arrival: u8,
    items: &[(u8, &str)],
    alert: bool,
) -> BoardView {
    let item = |(n, (tier, text)): (usize, &(u8, &str))| {
        json!({
            "id": item_id(stay, n).to_string(), "rule": "papers", "category": "reading", "tier": tier,
            "score": 1, "text": text, "since_revision": 7, "freshness_hours": 24,
            "reasons": [{
                "claim": { "attribute": "reading.newspaper", "value": "daily" },
                "verdict": "prefers", "confidence_ppm": 934_999, "evidence": [],
                "learnt_at": "2026-05-02T10:00:00+08:00", "learnt_property": "macau",
                "learnt_by": "front_desk"
            }]
        })
    };
    serde_json::from_value(json!({
        "stay": StayId([stay; 16]).to_string(), "property": "macau", "department": "floor", "revision": 9,
        "previous": 7, "state": "open", "phase": "in_house", "guest": "庄先生", "room": format!("10{stay}"),
        "arrival": format!("2026-11-{arrival}"), "departure": "2026-11-30",
        "items": items.iter().enumerate().map(item).collect::<Vec<_>>(),
        "changes": [], "alert": alert, "as_of": "2026-11-20", "profile_sequence": 9,
        "playbook": "p", "vocabulary": "v"
    }))
    .unwrap()
}

pub(in super::super) fn item_id(stay: u8, n: usize) -> ItemId {
    use cardex_domain::ids::{DepartmentId, RuleId};
    let (floor, rule) = (
        DepartmentId::new("floor").unwrap(),
        RuleId::new("papers").unwrap(),
    );
    let n = n.to_string();
    ItemId::of(
        StayId([stay; 16]),
        &floor,
        &rule,
        &[("reading.newspaper", &n)],
    )
}

fn model(boards: &[BoardView]) -> Model {
    let mut model = Model::new("macau · floor".to_owned());
    model.take(boards.to_vec());
    model
}

fn stays(model: &Model) -> Vec<u8> {
    model
        .boards()
        .iter()
        .map(|board| board.stay.0.0[0])
        .collect()
}

#[test]
fn news_comes_first_and_then_who_arrives_first() {
    let line = [(2, "Papers")];
    let boards = [
        board(1, 22, &line, false),
        board(2, 21, &line, false),
        board(3, 23, &line, true),
        board(4, 20, &[], true),
    ];
    assert_eq!(stays(&model(&boards)), [3, 2, 1]);
}

#[test]
fn what_is_new_stays_new_until_it_is_acknowledged() {
    let lines = [(2, "Papers"), (2, "Lilies")];
    let items = [item_id(1, 0), item_id(1, 1)];
    let mut first = board(1, 20, &lines, true);
    let changes = items.clone().map(|item| {
        json!({ "item": item.to_string(), "kind": "issued", "rule": "papers", "claims": [] })
    });
    first.changes = serde_json::from_value(json!(changes)).unwrap();
    let seen = |revision: u64, so_far: usize| {
        let mut board = board(1, 20, &lines, false);
        board.revision = revision;
        for item in &mut board.items[..so_far] {
            item.acknowledged_at = serde_json::from_value(json!("2026-11-20T10:00:00Z")).unwrap();
        }
        board
    };
    let mut model = model(&[first]);
    let shown = |model: &Model| {
        let news = items
            .each_ref()
            .map(|item| model.news(StayId([1; 16]), item));
        (news, model.boards()[0].alert)
    };
    assert_eq!(shown(&model), ([Some("new"), Some("new")], true));
    model.show(seen(10, 1));
    assert_eq!(shown(&model), ([None, Some("new")], true));
    model.show(seen(11, 2));
    assert_eq!(shown(&model), ([None, None], false));
}

#[test]
fn an_answer_goes_to_the_chosen_line_once() {
    let mut model = model(&[board(1, 20, &[(0, "No nuts"), (2, "Papers")], false)]);
    assert_eq!(
        model.act(Action::Answer(OutcomeKind::Done)),
        Effect::Nothing
    );
    assert!(model.status.1, "nothing is chosen");
    model.act(Action::Next);
    model.act(Action::Next);
    let chosen = (StayId([1; 16]), item_id(1, 1));
    let publish = |kind| Effect::Publish(chosen.clone(), kind);
    let answer = |model: &mut Model, kind| model.act(Action::Answer(kind));
    assert_eq!(
        answer(&mut model, OutcomeKind::Acknowledged),
        publish(OutcomeKind::Acknowledged)
    );
    assert_eq!(
        answer(&mut model, OutcomeKind::Acknowledged),
        Effect::Nothing
    );
    assert_eq!(
        answer(&mut model, OutcomeKind::Done),
        publish(OutcomeKind::Done)
    );
    assert_eq!(answer(&mut model, OutcomeKind::Wrong), Effect::Nothing);
    // What was not stored can be said again.
    model.published(&chosen.1, OutcomeKind::Done, Some("no bus".to_owned()));
    assert_eq!(
        answer(&mut model, OutcomeKind::Wrong),
        publish(OutcomeKind::Wrong)
    );
    model.published(&chosen.1, OutcomeKind::Wrong, None);
    assert_eq!(model.answer(&chosen.1).map(|a| a.stored), Some(true));
}

#[test]
fn once_the_chosen_line_is_gone_none_is_chosen_until_somebody_does() {
    let lines = [(0, "No nuts"), (2, "Papers"), (2, "Tea")];
    let mut model = model(&[board(1, 20, &lines, false)]);
    model.act(Action::Next);
    model.act(Action::Next);
    let mut next = board(1, 20, &lines, false);
    next.items.remove(1);
    next.revision += 1;
    model.show(next);
    assert_eq!(model.chosen(), None);
    assert_eq!(
        model.act(Action::Answer(OutcomeKind::Done)),
        Effect::Nothing
    );
    model.act(Action::Next);
    assert_eq!(
        model.chosen(),
        Some(&(StayId([1; 16]), item_id(1, 2))),
        "the one that took its place"
    );
}

#[test]
fn a_chosen_line_stays_chosen_wherever_news_puts_it() {
    let line = [(2, "Papers")];
    let mut model = model(&[board(1, 21, &line, false)]);
    model.act(Action::Next);
    model.show(board(2, 20, &line, true));
    assert_eq!(stays(&model), [2, 1]);
    assert_eq!(model.chosen(), Some(&(StayId([1; 16]), item_id(1, 0))));
    assert_eq!(model.place(), 1);
}

#[test]
fn what_came_while_the_question_was_under_way_is_newer_than_its_answer() {
    let line = [(2, "Papers")];
    let mut model = model(&[board(1, 20, &line, false), board(2, 20, &line, false)]);
    model.asked();
    let closed = BoardView {
        state: BoardState::Closed,
        revision: 10,
        ..board(1, 20, &line, false)
    };
    model.show(closed);
    model.show(board(3, 20, &line, false));
    model.take(vec![board(1, 20, &line, false)]);
    assert_eq!(stays(&model), [3]);
}

#[test]
fn any_key_leaves_the_help_and_does_nothing_else() {
    let mut model = model(&[board(1, 20, &[(2, "Papers")], false)]);
    model.act(Action::Next);
    model.act(Action::Help);
    assert_eq!(
        model.act(Action::Answer(OutcomeKind::Done)),
        Effect::Nothing
    );
    assert!(!model.shows_help);
    model.act(Action::Help);
    assert_eq!(model.act(Action::Quit), Effect::Quit);
}
