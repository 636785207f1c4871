use super::*;

fn check(code: KeyCode, modifiers: KeyModifiers, expected: Option<Action>) {
    let pressed = KeyEvent::new(code, modifiers);
    assert_eq!(action(pressed), expected, "{code:?} {modifiers:?}");
}

#[test]
fn each_key_does_what_the_help_says() {
    use Action::{Answer, Help, Next, Other, Quit, Redraw};
    use KeyCode::{Char, Down, Esc};
    let plain = KeyModifiers::NONE;
    check(Char('a'), plain, Some(Answer(OutcomeKind::Acknowledged)));
    check(Char('d'), plain, Some(Answer(OutcomeKind::Done)));
    check(
        Char('+'),
        KeyModifiers::SHIFT,
        Some(Answer(OutcomeKind::Delighted)),
    );
    check(Char('x'), plain, Some(Answer(OutcomeKind::Declined)));
    check(Char('n'), plain, Some(Answer(OutcomeKind::NotPossible)));
    check(Char('w'), plain, Some(Answer(OutcomeKind::Wrong)));
    check(Down, plain, Some(Next));
    check(Char('?'), KeyModifiers::SHIFT, Some(Help));
    check(Char('q'), plain, Some(Quit));
    check(Char('c'), KeyModifiers::CONTROL, Some(Quit));
    check(Char('l'), KeyModifiers::CONTROL, Some(Redraw));
    check(Char('d'), KeyModifiers::CONTROL, Some(Other));
    check(Esc, plain, Some(Other));
}

#[test]
fn a_key_that_is_held_moves_on_and_answers_once() {
    let held = |code| KeyEvent {
        kind: KeyEventKind::Repeat,
        ..KeyEvent::new(code, KeyModifiers::NONE)
    };
    assert_eq!(action(held(KeyCode::Down)), Some(Action::Next));
    assert_eq!(action(held(KeyCode::Char('d'))), None);
}
