//! What waits for somebody to say what it means is marked as it comes, and found again when other words are known.

use cardex_domain::event::{Reach, Statement};
use cardex_domain::fact::{Fact, Reference};
use cardex_domain::ids::AttributeId;

use super::build::*;
use super::golden::{bytes, hex};
use crate::engine::Batch;
use crate::{Curated, Entry, Reader, Store, keys};

/// The rows that [`batch`] and [`curated`] come to, kind, key and value of each. They stay as they were first written.
pub(super) const ROWS: &str = include_str!("../../fixtures/v2-curation.tsv");

fn statement(attribute: &str, value: &str) -> Statement {
    let Fact::Noted(mut noted) = noted("", vec![], 0) else {
        panic!("a note is a note");
    };
    Statement {
        attribute: AttributeId::new(attribute).unwrap(),
        value: value.into(),
        ..noted.statements.remove(0)
    }
}

/// An observation under two references, which says `said`.
fn saying(sequence: u64, reach: Option<Reach>, said: &[(&str, &str)]) -> Entry {
    let id = sequence.to_string();
    let references = ["a", "b"].map(|id| Reference::Identifier(key().identifier("phone", id)));
    let Fact::Noted(mut noted) = noted(&id, references.to_vec(), i64::try_from(sequence).unwrap())
    else {
        panic!("a note is a note");
    };
    noted.reach = reach;
    noted.statements = said.iter().map(|(a, v)| statement(a, v)).collect();
    entry(sequence, &id, Fact::Noted(noted))
}

fn batch() -> Vec<Entry> {
    vec![
        saying(
            1,
            None,
            &[("dining.cuisine", "Huaiyang"), ("room.view", "sea")],
        ),
        saying(2, Some(Reach::Property), &[("dining.cuisine", "huaiyang")]),
        saying(
            3,
            None,
            &[
                ("dining.cuisine", "huaiyang style"),
                ("dining.cuisine", "huaiyang"),
            ],
        ),
    ]
}

/// A vocabulary that knows nothing of dining.
fn no_dining(statement: &Statement) -> Option<String> {
    let waits = statement.attribute.as_str() == "dining.cuisine";
    waits.then(|| statement.value.to_lowercase())
}

/// Every marked word, with event and statement of each.
fn marked(reader: &Reader<'_>) -> Vec<(String, Vec<(&'static str, u8)>)> {
    let mut found = Vec::new();
    let mut last = None;
    loop {
        let after = last
            .as_ref()
            .map(|(a, w): &(AttributeId, String)| (a, w.as_str()));
        let Some((attribute, word)) = reader.next_uncurated(after).unwrap() else {
            return found;
        };
        let statements = reader.uncurated(&attribute, &word, 100).unwrap();
        let ids = ["1", "2", "3"];
        let named = statements.iter().map(|s| {
            assert_eq!(s.department.as_str(), "dining");
            assert_eq!(s.value.to_lowercase(), word);
            let id = ids.iter().find(|id| event(id) == s.event);
            (*id.unwrap(), s.statement)
        });
        found.push((format!("{attribute}={word}"), named.collect()));
        last = Some((attribute, word));
    }
}

fn expected() -> Vec<(String, Vec<(&'static str, u8)>)> {
    vec![
        (
            "dining.cuisine=huaiyang".into(),
            vec![("1", 0), ("2", 0), ("3", 1)],
        ),
        ("dining.cuisine=huaiyang style".into(), vec![("3", 0)]),
    ]
}

fn curated() -> Curated {
    Curated {
        sequence: 7,
        vocabulary: "0f".repeat(32).into(),
    }
}

fn look_at_everything(store: &Store, page: usize) -> u64 {
    let (mut from, mut observations) = (None, 0);
    loop {
        let looked = store.look_again(from.as_ref(), page, &no_dining).unwrap();
        observations += looked.observations;
        match looked.next {
            Some(next) => from = Some(next),
            None => return observations,
        }
    }
}

#[test]
fn what_waits_is_marked_as_it_comes() {
    let temporary = Temporary::new();
    let store = temporary.open();
    store
        .write_marking(&batch(), &position(3), &no_dining)
        .unwrap();
    store
        .write_marking(&batch(), &position(3), &no_dining)
        .unwrap();
    assert_eq!(marked(&store.read()), expected());
    store.sync().unwrap();
    store.verify().unwrap();
}

#[test]
fn what_was_understood_and_is_no_more_is_found_again_once() {
    for page in [1, 2, 100] {
        let temporary = Temporary::new();
        let store = temporary.open();
        apply(&store, &batch());
        assert_eq!(marked(&store.read()), []);
        assert_eq!(look_at_everything(&store, page), 3);
        assert_eq!(marked(&store.read()), expected());
        let (counts, at) = (store.read().counts(), store.read().position().cloned());
        assert_eq!(look_at_everything(&store, page), 3);
        assert_eq!(store.read().counts(), counts);
        assert_eq!((at, counts.events), (Some(position(3)), 3));
        store.verify().unwrap();
    }
}

#[test]
fn for_which_vocabulary_is_known_after_opening_again() {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &batch());
    assert_eq!(store.read().curated().unwrap(), None);
    look_at_everything(&store, 100);
    store.note_curated(&curated()).unwrap();
    store.close().unwrap();
    let store = temporary.open();
    assert_eq!(store.read().curated().unwrap(), Some(curated()));
    assert_eq!(store.position(), Some(position(3)));
    assert_eq!(marked(&store.read()), expected());
}

#[test]
fn marks_are_written_and_read_as_ever() {
    let temporary = Temporary::new();
    let store = temporary.open();
    store
        .write_marking(&batch(), &position(3), &no_dining)
        .unwrap();
    store.note_curated(&curated()).unwrap();
    let mut written = String::new();
    for row in store.engine.all() {
        let (key, value) = row.unwrap();
        let kind = keys::Kind::of(&key).unwrap();
        if matches!(kind, keys::Kind::Uncurated | keys::Kind::Curated) {
            written += &format!("{kind:?}\t{}\t{}\n", hex(&key), hex(&value));
        }
    }
    assert!(written == ROWS, "as it is now:\n{written}");

    let temporary = Temporary::new();
    let store = temporary.open();
    let mut batch = Batch::default();
    for line in ROWS.lines() {
        let mut fields = line.split('\t').skip(1).map(bytes);
        batch.put(fields.next().unwrap(), fields.next().unwrap());
    }
    store.engine.apply(batch).unwrap();
    assert_eq!(marked(&store.read()), expected());
    assert_eq!(store.read().curated().unwrap(), Some(curated()));
}
