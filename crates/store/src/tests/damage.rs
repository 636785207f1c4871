//! Files that were damaged are noticed: an answer is right, or there is none.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cardex_domain::fact::Reference;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Occasion, profile_of};
use cardex_domain::records::Records;
use cardex_domain::settings::Settings;
use cardex_domain::time::Day;
use cardex_domain::vocabulary::Vocabulary;

use super::build::*;
use crate::{Entry, EntryKind, Store, StoreError, keys};

const EVENTS: u64 = 400;
/// How often files are damaged in each way; more by hand with `DAMAGE_ROUNDS`.
const ROUNDS: usize = 20;

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

/// Copies a store's files.
fn copied(dir: &Path, copy: &Path) {
    fs::create_dir(copy).unwrap();
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Turns one bit of the file with the rows over.
fn flip(dir: &Path, at: usize) {
    flip_in(&dir.join("db"), at);
}

/// Turns one bit of each of the other files over.
fn flip_beside(dir: &Path, at: usize) {
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() && !path.ends_with("db") {
            flip_in(&path, at);
        }
    }
}

fn flip_in(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    if let Some(at) = at.checked_rem(bytes.len()) {
        bytes[at] ^= 1 << (at % 8);
    }
    fs::write(file, bytes).unwrap();
}

/// Cuts the file with the rows short.
fn cut(dir: &Path, at: usize) {
    let db = dir.join("db");
    let bytes = fs::read(&db).unwrap();
    fs::write(&db, &bytes[..at % bytes.len()]).unwrap();
}

/// How a damaged store was noticed, or that nothing came of the damage.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Noticed {
    AtOpening,
    AtReading,
    Nothing,
}

/// Set aside, refused as corrupt, or exactly what the stream held up to the position: in every profile and every event.
fn never_silently_wrong(dir: &Path) -> Noticed {
    let opened = Store::open(dir, &options()).unwrap();
    let store = opened.store;
    if opened.recovered.is_some() {
        assert_eq!(store.position(), None);
        return Noticed::AtOpening;
    }
    let up_to = store.position().map_or(0, |p| p.sequence);
    let refused = profiles_are_right_or_refused(&store, up_to);
    match store.verify() {
        Err(StoreError::Corrupt { .. }) => return Noticed::AtReading,
        Err(other) => panic!("{other}"),
        Ok(verified) => assert_eq!(verified.events, up_to),
    }
    assert_eq!(refused, 0, "a sound store answers");
    let reader = store.read();
    for sequence in 1..=EVENTS {
        let known = reader.event(event(&sequence.to_string())).unwrap();
        assert_eq!(known.is_some(), sequence <= up_to);
    }
    Noticed::Nothing
}

/// Compares every profile with that of the events in memory, and says how many there are none of.
fn profiles_are_right_or_refused(store: &Store, up_to: u64) -> usize {
    let mut ledger = Ledger::default();
    for entry in (1..=up_to).map(nth) {
        if let EntryKind::Event { key, fact, .. } = entry.kind {
            ledger.record(key, fact);
        }
    }
    let deny = DenyList::default();
    let settings = Settings::new(&deny, Vocabulary::embedded());
    let occasion = Occasion {
        property: property(),
        stay: None,
        as_of: Day(20_030),
    };
    let mut refused = 0;
    for node in ledger.nodes() {
        let Ok(ours) = profile_of(&ledger, &settings, node, &occasion);
        let reader = store.read();
        let theirs = || profile_of(&reader, &settings, node, &occasion);
        match catch_unwind(AssertUnwindSafe(theirs)) {
            Ok(Ok(theirs)) => assert_eq!(theirs, ours),
            Ok(Err(StoreError::Corrupt { .. })) | Err(_) => refused += 1,
            Ok(Err(other)) => panic!("{other}"),
        }
    }
    refused
}

#[test]
fn damaged_files_give_no_wrong_profile() {
    let rounds = std::env::var("DAMAGE_ROUNDS").map_or(ROUNDS, |n| n.parse().unwrap());
    let temporary = Temporary::new();
    let dir = temporary.path();
    fill(&dir);
    let mut noticed = Vec::new();
    for reopened in [false, true] {
        if reopened {
            // Once it was opened again, a snapshot of the engine's own leads to the pages.
            temporary.open().close().unwrap();
            crate::guard::wait_released(&dir).unwrap();
        }
        for (n, damage) in [flip, cut, flip_beside].into_iter().enumerate() {
            for round in 0..rounds {
                let copy = temporary
                    .dir
                    .path()
                    .join(format!("copy-{reopened}-{n}-{round}"));
                copied(&dir, &copy);
                damage(&copy, round * 7_919 * 4_729);
                noticed.push(never_silently_wrong(&copy));
            }
        }
    }
    noticed.sort();
    let of = |what| noticed.iter().filter(|noticed| **noticed == what).count();
    println!(
        "of {} damaged stores {} were set aside at opening, {} refused when read, {} as they were up to their position",
        noticed.len(),
        of(Noticed::AtOpening),
        of(Noticed::AtReading),
        of(Noticed::Nothing)
    );
}

/// The engine with one row's value changed by `change`, and the store opened on it.
fn with_changed(key: &[u8], change: impl Fn(&mut Vec<u8>)) -> (Temporary, Store) {
    let temporary = Temporary::new();
    fill(&temporary.path());
    change_row(&temporary.path(), key, change);
    let store = temporary.open();
    (temporary, store)
}

#[test]
fn a_row_that_fails_its_checksum_gives_no_answer() {
    let key = keys::stay(stay_id("r0")).id(&event("340").0);
    let (_temporary, store) = with_changed(key.as_bytes(), |value| value[3] ^= 1);
    assert!(store.read().stay_facts(stay_id("r1")).is_ok());
    assert_eq!(store.damage(), None);
    assert!(matches!(
        store.read().stay_facts(stay_id("r0")),
        Err(StoreError::Corrupt { .. })
    ));
    assert_eq!(store.damage(), Some("a stay row fails its checksum"));
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
