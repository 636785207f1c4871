use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::keys::Action;
use super::super::model::tests::board;
use super::*;

/// What the screen shows, its lines without blanks at their ends; the second half of a wide character is none.
fn screen(model: &Model, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(model, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap().max(1);
        }
        row.trim_end().to_owned()
    };
    (0..height).map(row).collect()
}

fn model() -> Model {
    let mut model = Model::new("macau · floor".to_owned());
    model.take(vec![
        board(
            1,
            20,
            &[(0, "房内请勿放坚果"), (2, "Lay out the papers of the day")],
            false,
        ),
        board(2, 21, &[(2, "Have white lilies in the room")], true),
    ]);
    model.act(Action::Next);
    model
}

#[test]
fn a_screen_has_guests_lines_and_keys() {
    let expected = [
        " Cardex · macau · floor                                       2 guests, 3 lines",
        "102  庄先生  2026-11-21 – 2026-11-30  in house  ●",
        "> • Have white lilies in the room",
        "101  庄先生  2026-11-20 – 2026-11-30  in house",
        "  ! 房内请勿放坚果",
        "  • Lay out the papers of the day",
        "",
        "",
        "",
        KEYS,
    ];
    assert_eq!(screen(&model(), 80, 10), expected);
    assert!(KEYS.width() <= 80);
}

#[test]
fn reasons_are_shown_on_demand_and_what_is_answered_is_marked() {
    let mut model = model();
    model.act(Action::Reasons);
    model.act(Action::Answer(OutcomeKind::Done));
    let shown = screen(&model, 80, 24);
    assert_eq!(
        shown[2..5],
        [
            "> • Have white lilies in the room  [done …]",
            "      papers: reading.newspaper=daily prefers 93 %, learnt 2026-05-02 by",
            "      front_desk at macau",
        ]
    );
    assert_eq!(shown[22], "done …");
}

#[test]
fn who_has_seen_a_line_is_told_wherever_that_was_acknowledged() {
    let lines = [(2, "Papers"), (2, "Lilies"), (2, "Kettle")];
    let mut board = board(1, 20, &lines, false);
    let at = serde_json::from_value(serde_json::json!("2026-11-20T12:00:00Z")).unwrap();
    let floor = serde_json::from_value(serde_json::json!("floor")).unwrap();
    board.items[0].acknowledged_at = Some(at);
    board.items[1].escalated = true;
    board.items[2].escalated_from = Some(floor);
    board.changes = serde_json::from_value(serde_json::json!([{
        "kind": "issued", "item": board.items[2].id, "rule": "papers"
    }]))
    .unwrap();
    let mut model = Model::new("macau · floor".to_owned());
    model.take(vec![board]);
    let marks = |model: &Model| screen(model, 80, 8)[2..5].to_vec();
    let told = [
        "  • Papers  [acknowledged]",
        "  • Lilies  [escalated]",
        "  • Kettle  [new, escalated from floor]",
    ];
    assert_eq!(marks(&model), told);
    model.act(Action::Next);
    model.act(Action::Next);
    model.act(Action::Answer(OutcomeKind::Acknowledged));
    assert_eq!(
        marks(&model)[1],
        "> • Lilies  [seen …]",
        "an answer says more"
    );
}

#[test]
fn a_line_that_waits_says_so_and_is_grey() {
    let mut lilies = board(2, 21, &[(2, "Have white lilies in the room")], false);
    lilies.items[0].parked_since = Some(lilies.items[0].reasons[0].learnt_at);
    let mut model = Model::new("macau · floor".to_owned());
    model.take(vec![lilies]);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(&model, frame)).unwrap();
    let is_grey = terminal.backend().buffer()[(4, 2)].modifier;
    assert!(is_grey.contains(Modifier::DIM));
    let shown = screen(&model, 80, 24);
    assert_eq!(
        shown[2],
        "  • Have white lilies in the room  [waits: do not disturb]"
    );
}

#[test]
fn long_lines_are_wrapped_between_words_or_wide_characters() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("房内请勿放坚果", 6), ["房内请", "勿放坚", "果"]);
    assert_eq!(wrap("超长abcdefgh", 5), ["超长a", "bcdef", "gh"]);
    assert_eq!(wrap("", 5), [""]);
    assert_eq!(wrap("ab", 0), ["a", "b"]);
}

#[test]
fn the_chosen_line_is_on_the_screen_however_small_that_is() {
    let lines: Vec<(u8, String)> = (0..6).map(|n| (2, format!("line {n}"))).collect();
    let lines: Vec<(u8, &str)> = lines
        .iter()
        .map(|(tier, text)| (*tier, text.as_str()))
        .collect();
    let mut model = Model::new("macau · floor".to_owned());
    model.take((1..5).map(|stay| board(stay, 20, &lines, false)).collect());
    for n in 0..24 {
        model.act(Action::Next);
        let shown = screen(&model, 30, 8);
        let chosen: Vec<&String> = shown.iter().filter(|line| line.starts_with('>')).collect();
        assert_eq!(chosen, [&format!("> • line {}", n % 6)], "{shown:#?}");
    }
    for (width, height) in [(1, 1), (2, 3), (5, 4)] {
        screen(&model, width, height);
    }
}

#[test]
fn the_help_fits_80_by_24() {
    let mut model = model();
    model.act(Action::Help);
    let shown = screen(&model, 80, 24);
    for (key, does) in keys::HELP {
        assert!(
            shown
                .iter()
                .any(|line| line.contains(key) && line.ends_with(does)),
            "{key}"
        );
    }
    assert!(shown[20].is_empty() && shown[21].is_empty(), "{shown:#?}");
}
