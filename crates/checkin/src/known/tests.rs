//! What is taken to stand on a subject, as boards pass and are published.

use std::collections::BTreeSet;

use cardex_domain::board::{Phase, Texts};
use cardex_domain::time::Day;
use futures::FutureExt as _;

use super::*;

fn shown(sequence: u64) -> Shown {
    let board = Board {
        stay: StayId([1; 16]),
        property: PropertyId::new("grand").unwrap(),
        department: DepartmentId::new("floor").unwrap(),
        revision: sequence,
        state: BoardState::Open,
        phase: Phase::InHouse,
        guest: "the guest".into(),
        guests: Texts::new(),
        room: None,
        sections: BTreeSet::new(),
        arrival: None,
        departure: None,
        items: Vec::new(),
        changes: Vec::new(),
        alert: false,
        as_of: Day(20_000),
        profile_sequence: sequence,
        playbook_hash: "p".into(),
        vocabulary_hash: "v".into(),
    };
    Shown {
        sequence,
        previous: 0,
        board: Arc::new(board),
        untold: None,
    }
}

fn is(known: &Known, subject: &str) -> &'static str {
    match known.get(subject) {
        Standing::Board(_) => "board",
        Standing::Nothing => "nothing",
        Standing::Unread => "unread",
        Standing::Unknown => "unknown",
    }
}

#[test]
fn only_once_all_boards_have_passed_is_a_missing_one_none() {
    let known = Known::new();
    known.boards.lock().passed("a", 7);
    assert_eq!((is(&known, "a"), is(&known, "b")), ("unread", "unknown"));
    known.boards.lock().complete = true;
    assert_eq!((is(&known, "a"), is(&known, "b")), ("unread", "nothing"));
}

#[test]
fn a_board_is_known_until_a_later_one_passes() {
    let known = Known::new();
    known.put("a", shown(7));
    known.boards.lock().passed("a", 6);
    known.boards.lock().passed("a", 7);
    assert_eq!(is(&known, "a"), "board");
    known.boards.lock().passed("a", 8);
    assert_eq!(is(&known, "a"), "unread");
}

#[test]
fn what_is_doubted_has_to_be_read_even_when_all_are_known() {
    let known = Known::new();
    known.boards.lock().complete = true;
    known.doubt("a");
    assert_eq!(is(&known, "a"), "unread");
}

#[test]
fn what_no_longer_fits_is_looked_up() {
    let known = Known::new();
    {
        let mut boards = known.boards.lock();
        boards.standing = LruCache::new(NonZeroUsize::new(1).unwrap());
        boards.complete = true;
    }
    known.put("a", shown(7));
    known.put("a", shown(8));
    assert_eq!(is(&known, "b"), "nothing");
    known.put("b", shown(9));
    assert_eq!((is(&known, "a"), is(&known, "b")), ("unknown", "board"));
}

#[test]
fn who_else_may_have_a_board_is_known_once_all_have_passed() {
    let known = Known::new();
    let [floor, bar, desk] = ["floor", "bar", "desk"].map(|id| DepartmentId::new(id).unwrap());
    let (property, stay) = (PropertyId::new("grand").unwrap(), StayId([1; 16]));
    let subject = |department: &DepartmentId| {
        let (property, department) = (property.clone(), department.clone());
        let subject = PromptSubject {
            property,
            department,
            stay,
        };
        subject.to_string()
    };
    known.boards.lock().passed(&subject(&bar), 3);
    known.put(&subject(&desk), shown(4));
    known.put(&subject(&floor), shown(5));
    let served = BTreeSet::from([floor]);
    let others = || known.others(&served, (&property, stay)).now_or_never();
    assert_eq!(others(), None);
    known.passed.send_replace(true);
    assert_eq!(others(), Some(vec![bar.clone(), desk.clone()]));
    let mut closed = shown(6);
    Arc::make_mut(&mut closed.board).state = BoardState::Closed;
    known.put(&subject(&desk), closed);
    assert_eq!(others(), Some(vec![bar]));
}
