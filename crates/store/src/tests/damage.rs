//! A byte that turned over is noticed: an answer is right, or there is none.

use std::fs;
use std::path::Path;

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;
use cardex_domain::records::Records;

use super::build::*;
use crate::engine::{Batch, Engine};
use crate::{Entry, Store, StoreError, keys};

const EVENTS: u64 = 400;
const FLIPS: usize = 40;

fn nth(sequence: u64) -> Entry {
    let id = sequence.to_string();
    let reservation = format!("r{}", sequence % 17);
    let hours = i64::try_from(sequence).unwrap();
    let fact = if sequence.is_multiple_of(5) {
        stay(&id, &reservation, hours, checked_in(7))
    } else {
        let about = Reference::Node(NodeId::Stay(stay_id(&reservation)));
        noted(&id, vec![about], hours)
    };
    entry(sequence, &id, fact)
}

fn fill(dir: &Path) {
    let store = Store::open(dir, &options()).unwrap().store;
    for first in (1..=EVENTS).step_by(20) {
        let batch: Vec<_> = (first..first + 20).map(nth).collect();
        apply(&store, &batch);
    }
    store.close().unwrap();
}

/// A copy of the store with one bit of its file turned over.
fn flipped(dir: &Path, copy: &Path, at: usize) {
    fs::create_dir(copy).unwrap();
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
        }
    }
    let db = copy.join("db");
    let mut bytes = fs::read(&db).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    fs::write(&db, bytes).unwrap();
}

/// Set aside, refused as corrupt, or exactly what the stream held up to the position.
fn never_silently_wrong(dir: &Path) {
    let opened = Store::open(dir, &options()).unwrap();
    let store = opened.store;
    if opened.recovered.is_some() {
        assert_eq!(store.position(), None);
        return;
    }
    match store.verify() {
        Err(StoreError::Corrupt { .. }) => {}
        Err(other) => panic!("{other}"),
        Ok(verified) => {
            let up_to = store.position().map_or(0, |p| p.sequence);
            assert_eq!(verified.events, up_to);
            let reader = store.read();
            for sequence in 1..=EVENTS {
                let known = reader.event(event(&sequence.to_string())).unwrap();
                assert_eq!(known.is_some(), sequence <= up_to);
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let temporary = Temporary::new();
    let dir = temporary.path();
    fill(&dir);
    for round in 0..FLIPS {
        let copy = temporary.dir.path().join(format!("copy-{round}"));
        flipped(&dir, &copy, round * 7_919 * 4_729);
        never_silently_wrong(&copy);
    }
    // After it was opened again, a snapshot leads to the pages.
    temporary.open().close().unwrap();
    crate::guard::wait_released(&dir).unwrap();
    for round in FLIPS..2 * FLIPS {
        let copy = temporary.dir.path().join(format!("copy-{round}"));
        flipped(&dir, &copy, round * 7_919 * 4_729);
        never_silently_wrong(&copy);
    }
}

/// The engine with one row's value changed by `change`, and the store opened on it.
fn with_changed(key: &[u8], change: impl Fn(&mut Vec<u8>)) -> (Temporary, Store) {
    let temporary = Temporary::new();
    fill(&temporary.path());
    crate::guard::wait_released(&temporary.path()).unwrap();
    let Ok(engine) = Engine::open(&temporary.path(), 8 << 20) else {
        panic!("a sound store opens");
    };
    let mut value = engine.get(key).unwrap().unwrap().to_vec();
    change(&mut value);
    let mut batch = Batch::default();
    batch.remove(key);
    if !value.is_empty() {
        batch.put(key.to_vec(), value);
    }
    engine.apply(batch).unwrap();
    engine.sync().unwrap();
    drop(engine);
    let store = temporary.open();
    (temporary, store)
}

#[test]
fn a_row_that_fails_its_checksum_gives_no_answer() {
    let key = keys::stay(stay_id("r0")).id(&event("340").0);
    let (_temporary, store) = with_changed(key.as_bytes(), |value| value[3] ^= 1);
    assert!(matches!(
        store.read().stay_facts(stay_id("r0")),
        Err(StoreError::Corrupt { .. })
    ));
    assert!(matches!(store.verify(), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_row_moved_to_another_key_fails_its_checksum() {
    let (from, to) = (keys::event(event("1")), keys::event(event("2")));
    let row = std::cell::RefCell::new(Vec::new());
    let (_first, store) = with_changed(from.as_bytes(), |value| {
        row.borrow_mut().clone_from(value);
    });
    drop(store);
    let (_second, store) = with_changed(to.as_bytes(), |value| {
        value.clone_from(&row.borrow());
    });
    assert!(matches!(
        store.read().event(event("2")),
        Err(StoreError::Corrupt { .. })
    ));
}

#[test]
fn a_missing_row_is_found_by_verifying() {
    let key = keys::in_room(&property(), &room(7)).id(&stay_id("r0").0);
    let (_temporary, store) = with_changed(key.as_bytes(), Vec::clear);
    assert!(matches!(store.verify(), Err(StoreError::Corrupt { .. })));
}
