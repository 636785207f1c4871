//! Applying: an event counts once, ids are not reused, the position only moves on.

use cardex_domain::fact::{Fact, Reference};
use cardex_domain::ids::NodeId;
use cardex_domain::records::Records;

use super::build::*;
use crate::curate::UNDERSTOOD;
use crate::{Applied, DeadLetter, Entry, EntryKind, Position, StoreError};

fn about(reservation: &str) -> Vec<Reference> {
    vec![Reference::Node(NodeId::Stay(stay_id(reservation)))]
}

fn dead_letter(sequence: u64) -> Entry {
    Entry {
        sequence,
        server_time_micros: 5,
        kind: EntryKind::DeadLetter {
            subject: "cardex.macau.observation.dining.pos".into(),
            code: "unknown_type".into(),
            detail: "no such type".into(),
            key: Some(event("later")),
            decoder: 1,
        },
    }
}

#[test]
fn an_event_counts_once_in_a_batch_and_ever_after() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let fact = noted("a", about("r"), 1);
    let batch = [entry(1, "a", fact.clone()), entry(2, "a", fact.clone())];
    let again = Applied::Duplicate { first_sequence: 1 };
    assert_eq!(apply(&store, &batch), [Applied::New, again]);
    store.close().unwrap();

    let store = temporary.open();
    assert_eq!(apply(&store, &[entry(3, "a", fact)]), [again]);
    let reader = store.read();
    assert_eq!(reader.counts().events, 1);
    assert_eq!(reader.counts().duplicates, 2);
    assert_eq!(reader.noted_under(&about("r")[0], None).unwrap().len(), 1);
}

#[test]
fn a_message_delivered_again_is_not_a_repetition() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let first = entry(1, "a", noted("a", about("r"), 1));
    apply(&store, std::slice::from_ref(&first));
    assert_eq!(
        apply(&store, &[first]),
        [Applied::Duplicate { first_sequence: 1 }]
    );
    assert_eq!(store.read().counts().duplicates, 0);
}

#[test]
fn another_content_under_a_known_id_is_a_dead_letter() {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &[entry(1, "a", noted("a", about("r"), 1))]);
    let other = entry(2, "a", noted("a", about("r"), 2));
    assert_eq!(
        apply(&store, &[other]),
        [Applied::Conflict { first_sequence: 1 }]
    );
    let reader = store.read();
    let letter = reader.dead_letter(2).unwrap().unwrap();
    assert_eq!(&*letter.code, DeadLetter::ID_REUSED);
    assert_eq!(letter.decoder, DeadLetter::NO_DECODER);
    assert_eq!(letter.key, Some(event("a")));
    let kept = reader.noted(event("a")).unwrap().unwrap();
    assert_eq!(Fact::Noted(kept), noted("a", about("r"), 1));
}

#[test]
fn a_dead_letter_is_resolved_in_one_batch() {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &[dead_letter(1), dead_letter(2)]);
    assert_eq!(store.read().counts().dead_letters, 2);

    let understood = entry(1, "later", noted("later", about("r"), 1));
    let applied = store
        .resolve_dead_letter(1, &understood, UNDERSTOOD)
        .unwrap();
    assert_eq!(applied, Some(Applied::New));
    assert_eq!(store.position(), Some(position(2)));
    assert_eq!(
        store
            .resolve_dead_letter(1, &understood, UNDERSTOOD)
            .unwrap(),
        None
    );

    // The second is understood as the same id with another content: it stays a dead letter.
    let other = entry(2, "later", noted("later", about("r"), 9));
    let applied = store.resolve_dead_letter(2, &other, UNDERSTOOD).unwrap();
    assert_eq!(applied, Some(Applied::Conflict { first_sequence: 1 }));
    let reader = store.read();
    let letters = reader.dead_letters(0, 10).unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(&*letters[0].code, DeadLetter::ID_REUSED);
    assert_eq!(reader.counts().dead_letters, 1);
    drop(reader);
    store.verify().unwrap();
}

#[test]
fn a_long_row_is_cut_and_joined() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let Fact::Noted(mut long) = noted("a", about("r"), 1) else {
        panic!("a note is a note");
    };
    long.note = Some("麻酱".repeat(2_700).into());
    apply(&store, &[entry(1, "a", Fact::Noted(long.clone()))]);
    let mut letter = dead_letter(2);
    let EntryKind::DeadLetter { detail, .. } = &mut letter.kind else {
        panic!("a dead letter is a dead letter");
    };
    *detail = "x".repeat(12_000).into();
    apply(&store, &[letter]);
    store.close().unwrap();

    let store = temporary.open();
    assert_eq!(
        store.read().noted_under(&about("r")[0], None).unwrap(),
        [std::sync::Arc::new(long)]
    );
    let rows = store.verify().unwrap().rows;
    store
        .resolve_dead_letter(2, &entry(2, "a", noted("a", about("r"), 3)), UNDERSTOOD)
        .unwrap();
    // The two further parts go with the letter; the conflict's letter and copy row take its place.
    assert_eq!(store.verify().unwrap().rows, rows - 2 + 1);
}

#[test]
fn the_position_only_moves_on_and_only_in_its_stream() {
    let temporary = Temporary::new();
    let store = temporary.open();
    assert_eq!(store.position(), None);
    store.apply(&[], &position(7)).unwrap();
    let other = Position {
        incarnation: "another".into(),
        sequence: 8,
    };
    assert!(matches!(
        store.apply(&[], &other),
        Err(StoreError::OtherIncarnation { .. })
    ));
    assert!(matches!(
        store.apply(&[], &position(6)),
        Err(StoreError::Backwards {
            stored: 7,
            given: 6
        })
    ));
    assert_eq!(store.position(), Some(position(7)));
}

#[test]
fn what_is_written_is_seen_before_it_is_durable() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let batch = [entry(1, "a", noted("a", about("r"), 1))];
    store.write(&batch, &position(1)).unwrap();
    assert_eq!(store.position(), None);
    assert_eq!(store.read().position(), Some(&position(1)));
    store.sync().unwrap();
    assert_eq!(store.position(), Some(position(1)));
}

#[test]
fn what_is_loaded_over_several_threads_is_all_there() {
    const EVENTS: u64 = 3_000;
    let entries: Vec<Entry> = (1..=EVENTS)
        .map(|n| {
            let about = Reference::Room(property(), room(u32::try_from(n % 97).unwrap()));
            let hours = i64::try_from(n).unwrap();
            // Every tenth id comes again, every hundredth with other content.
            let id = if n.is_multiple_of(10) { n - 1 } else { n }.to_string();
            let content = if n.is_multiple_of(100) {
                hours
            } else {
                hours - hours % 10
            };
            entry(n, &id, noted(&id, vec![about], content))
        })
        .collect();
    let (loaded, filled) = (Temporary::new(), Temporary::new());
    let (loaded, filled) = (loaded.open(), filled.open());
    let at_once = load(&loaded, &entries);
    let by_ten: Vec<_> = entries
        .chunks(10)
        .flat_map(|ten| apply(&filled, ten))
        .collect();
    assert_eq!(at_once, by_ten);
    let (loaded, filled) = (loaded.verify().unwrap(), filled.verify().unwrap());
    assert_eq!(loaded.state.differences(&filled.state), Vec::<&str>::new());
    assert_eq!(loaded.rows, filled.rows);
}
