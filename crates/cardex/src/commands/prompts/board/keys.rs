//! What each key does on the live board.

use cardex_domain::event::OutcomeKind;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What somebody wants by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Quit,
    Help,
    Next,
    Previous,
    First,
    Last,
    /// Show or hide why the lines stand there.
    Reasons,
    /// Say what became of the chosen line.
    Answer(OutcomeKind),
    /// Ask for the current boards.
    Refresh,
    /// Paint everything anew.
    Redraw,
    /// Nothing but to leave the help, as by any key.
    Other,
}

/// The keys with what they do, as the help shows them.
pub(super) const HELP: [(&str, &str); 14] = [
    ("↓ j", "the next line"),
    ("↑ k", "the line before"),
    ("Home g", "the first line"),
    ("End G", "the last line"),
    ("Enter", "show or hide why the lines stand there"),
    ("a", "acknowledged: a person saw it"),
    ("d", "done: it was carried out"),
    ("+", "delighted: done, and the guest was visibly pleased"),
    ("x", "declined: the guest did not want it"),
    ("n", "not possible: it could not be carried out"),
    ("w", "wrong: it is not true of this guest"),
    ("r", "ask for the current boards now"),
    ("Ctrl-L", "paint the screen anew"),
    ("q Ctrl-C", "quit"),
];

/// What the key does; nothing when it is let go. Answers are not repeated while a key is held.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c') => Some(Action::Quit),
            KeyCode::Char('l') => Some(Action::Redraw),
            _ => Some(Action::Other),
        };
    }
    let answer = |kind| (key.kind == KeyEventKind::Press).then_some(Action::Answer(kind));
    match key.code {
        KeyCode::Char('q') => Some(Action::Quit),
        KeyCode::Char('?') => Some(Action::Help),
        KeyCode::Down | KeyCode::Char('j') => Some(Action::Next),
        KeyCode::Up | KeyCode::Char('k') => Some(Action::Previous),
        KeyCode::Home | KeyCode::Char('g') => Some(Action::First),
        KeyCode::End | KeyCode::Char('G') => Some(Action::Last),
        KeyCode::Enter => Some(Action::Reasons),
        KeyCode::Char('r') => Some(Action::Refresh),
        KeyCode::Char('a') => answer(OutcomeKind::Acknowledged),
        KeyCode::Char('d') => answer(OutcomeKind::Done),
        KeyCode::Char('+') => answer(OutcomeKind::Delighted),
        KeyCode::Char('x') => answer(OutcomeKind::Declined),
        KeyCode::Char('n') => answer(OutcomeKind::NotPossible),
        KeyCode::Char('w') => answer(OutcomeKind::Wrong),
        _ => Some(Action::Other),
    }
}

#[cfg(test)]
mod tests;
