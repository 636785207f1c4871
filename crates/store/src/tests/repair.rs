//! Putting a store right: what follows from other rows comes back, and the rest is never made up.

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;
use cardex_domain::records::Records;

use super::build::*;
use crate::{Entry, Repaired, Store, StoreError, keys};

const EVENTS: u64 = 60;

fn nth(sequence: u64) -> Entry {
    let id = sequence.to_string();
    let reservation = format!("r{}", sequence % 7);
    let hours = i64::try_from(sequence).unwrap();
    let fact = if sequence.is_multiple_of(5) {
        stay(&id, &reservation, hours, checked_in(7))
    } else {
        let about = Reference::Node(NodeId::Stay(stay_id(&reservation)));
        noted(&id, vec![about], hours)
    };
    entry(sequence, &id, fact)
}

/// What happens to a row; nothing is left of one that is removed.
type Change = fn(&mut Vec<u8>);

/// A store, and what became of repairing it after the row was changed.
fn repaired(
    key: &[u8],
    change: impl Fn(&mut Vec<u8>),
) -> (Temporary, Result<Repaired, StoreError>) {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &(1..=EVENTS).map(nth).collect::<Vec<_>>());
    store.close().unwrap();
    change_row(&temporary.path(), key, change);
    let repaired = Store::repair(&temporary.path(), &options());
    (temporary, repaired)
}

#[test]
fn an_index_that_is_damaged_or_missing_is_made_again() {
    let room = keys::in_room(&property(), &room(7)).id(&stay_id("r0").0);
    let changes: [(Change, u64); 2] = [(|value| value[0] ^= 1, 1), (Vec::clear, 0)];
    for (change, removed) in changes {
        let (temporary, repaired) = repaired(room.as_bytes(), change);
        assert_eq!(repaired.unwrap(), Repaired { removed, made: 1 });
        let store = temporary.open();
        store.verify().unwrap();
        assert_eq!(store.position(), Some(position(EVENTS)));
        assert!(!store.read().stay_facts(stay_id("r0")).unwrap().is_empty());
    }
}

#[test]
fn what_follows_from_nothing_else_is_left_for_the_stream() {
    let changes: [Change; 2] = [|value| value[3] ^= 1, Vec::clear];
    for key in [
        keys::stay(stay_id("r0")).id(&event("35").0),
        keys::event(event("35")),
    ] {
        for change in changes {
            let (temporary, repaired) = repaired(key.as_bytes(), change);
            assert!(matches!(repaired, Err(StoreError::Corrupt { .. })));
            let verified = Store::open_as_it_is(&temporary.path(), &options())
                .and_then(|store| store.verify());
            assert!(verified.is_err(), "it is as it was");
        }
    }
}

#[test]
fn a_sound_store_is_left_alone() {
    let (_temporary, repaired) = repaired(keys::head().as_bytes(), |_| {});
    assert_eq!(repaired.unwrap(), Repaired::default());
}

#[test]
fn there_is_nothing_to_repair_where_no_store_is() {
    let temporary = Temporary::new();
    let missing = Store::repair(&temporary.path(), &options());
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
    assert!(!temporary.path().exists());
}
