//! Opening: one owner, leftovers of a kill, stores of the future.

use std::fs;

use cardex_domain::event::StayChange;
use cardex_domain::fact::Fact;

use super::build::*;
use crate::engine::{Batch, Engine};
use crate::guard::beside;
use crate::rows::{Behind, FormatRow};
use crate::seal::seal;
use crate::unfinished::Unfinished;
use crate::{Claim, Store, StoreError, keys};

#[test]
fn a_second_owner_is_refused() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let second = Store::open(&temporary.path(), &options());
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    assert!(matches!(
        Store::compact(&temporary.path(), &options()),
        Err(StoreError::Locked { .. })
    ));
    drop(store);
    temporary.open();
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_may_look_into_a_store() {
    use std::os::unix::fs::PermissionsExt as _;

    let temporary = Temporary::new();
    temporary.open().close().unwrap();
    let mode = fs::metadata(temporary.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn an_unfinished_snapshot_is_removed() {
    let temporary = Temporary::new();
    let store = temporary.open();
    store.apply(&[], &position(3)).unwrap();
    store.close().unwrap();
    let leftover = temporary.path().join("snap.00000000000000FF.generating");
    fs::write(&leftover, b"half").unwrap();
    assert_eq!(temporary.open().position(), Some(position(3)));
    assert!(!leftover.exists());
}

#[test]
fn a_store_without_its_format_is_set_aside() {
    let temporary = Temporary::new();
    let store = temporary.open();
    store.apply(&[], &position(3)).unwrap();
    store.close().unwrap();
    let mut batch = Batch::default();
    batch.remove(keys::format().as_bytes());
    change(&temporary, batch);

    let opened = Store::open(&temporary.path(), &options()).unwrap();
    let aside = opened.recovered.unwrap();
    assert!(aside.join("db").exists());
    assert_eq!(opened.store.position(), None);
    opened.store.apply(&[], &position(1)).unwrap();
    opened.store.close().unwrap();
    assert_eq!(temporary.open().position(), Some(position(1)));
}

/// Applies `batch` to the store's files behind its back.
fn change(temporary: &Temporary, batch: Batch) {
    crate::guard::wait_released(&temporary.path()).unwrap();
    let Ok(engine) = Engine::open(&temporary.path(), 8 << 20) else {
        panic!("a sound store opens");
    };
    engine.apply(batch).unwrap();
    engine.sync().unwrap();
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let temporary = Temporary::new();
    temporary.open().close().unwrap();
    let mut batch = Batch::default();
    let row = FormatRow {
        version: 10,
        share: Behind(None),
    };
    seal(keys::format().as_bytes(), &row, |key, value| {
        batch.put(key, value);
    })
    .unwrap();
    change(&temporary, batch);
    for _ in 0..2 {
        assert!(matches!(
            Store::open(&temporary.path(), &options()),
            Err(StoreError::NewerFormat {
                found: 10,
                known: 9
            })
        ));
    }
}

fn stored_at(store: &Store) -> Option<i64> {
    store.reached()?.stored_at_us
}

#[test]
fn how_far_a_store_is_and_when_that_was_stored_are_of_one_message_whatever_is_written_meanwhile() {
    const BATCHES: u64 = 300;
    let temporary = Temporary::new();
    let store = temporary.open();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for sequence in 1..=BATCHES {
                let cancelled = stay("1", "a", 1, StayChange::Cancelled);
                let entry = entry(sequence, &sequence.to_string(), cancelled);
                store.write(&[entry], &position(sequence)).unwrap();
                store.sync().unwrap();
            }
        });
        let mut sequence = 0;
        while sequence < BATCHES {
            let Some(reached) = store.reached() else {
                continue;
            };
            sequence = reached.position.sequence;
            let stored = i64::try_from(sequence * 1_000).unwrap();
            assert_eq!(reached.stored_at_us, Some(stored), "at {sequence}");
        }
    });
}

#[test]
fn a_store_knows_when_the_message_of_its_position_was_stored() {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(
        &store,
        &[entry(1, "1", stay("1", "a", 1, StayChange::Cancelled))],
    );
    assert_eq!(stored_at(&store), Some(1_000));
    store.close().unwrap();
    assert_eq!(stored_at(&temporary.open()), Some(1_000));
    // A version without that row went on.
    let store = temporary.open();
    store.apply(&[], &position(2)).unwrap();
    assert_eq!(stored_at(&store), None);
    store.close().unwrap();
    // And one has never written it.
    let mut batch = Batch::default();
    batch.remove(keys::head_time().as_bytes());
    change(&temporary, batch);
    let opened = Store::open(&temporary.path(), &options()).unwrap();
    assert_eq!(opened.recovered, None);
    assert_eq!(opened.store.position(), Some(position(2)));
    assert_eq!(stored_at(&opened.store), None);
}

#[test]
fn a_file_that_somebody_still_has_is_not_damaged() {
    let temporary = Temporary::new();
    temporary.open().close().unwrap();
    let file = fs::File::open(temporary.path().join("db")).unwrap();
    file.lock().unwrap();
    assert!(matches!(
        Engine::open(&temporary.path(), 8 << 20),
        Err(crate::engine::OpenFailure::Busy)
    ));
    drop(file);
    temporary.open();
}

#[test]
fn a_store_of_before_there_was_a_list_of_notes_gets_one() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let Fact::Noted(mut fact) = noted("1", Vec::new(), 2) else {
        panic!("a note is a note");
    };
    fact.note = Some("loves lilies".into());
    apply(&store, &[entry(1, "1", Fact::Noted(fact))]);
    let listed = store.read().written(&property(), None, 9).unwrap();
    assert_eq!(listed.len(), 1);
    store.close().unwrap();
    let mut batch = Batch::default();
    batch.remove(keys::written(&property(), 1).as_bytes());
    let row = FormatRow {
        version: 4,
        share: Behind(None),
    };
    seal(keys::format().as_bytes(), &row, |key, value| {
        batch.put(key, value);
    })
    .unwrap();
    change(&temporary, batch);
    let store = temporary.open();
    assert_eq!(store.read().written(&property(), None, 9).unwrap(), listed);
    store.verify().unwrap();
}

#[test]
fn what_was_cut_short_is_taken_away_unless_somebody_is_at_work_on_it() {
    let temporary = Temporary::new();
    let dir = temporary.path();
    let [restoring, rebuilding, replaying, snapshot] = Unfinished::ALL.map(|of| of.beside(&dir));
    for left in [&restoring, &rebuilding, &replaying] {
        fs::create_dir(left).unwrap();
        fs::write(left.join("db"), b"half").unwrap();
    }
    fs::write(&snapshot, b"half").unwrap();
    fs::write(beside(&rebuilding, "lock"), b"").unwrap();
    let at_work = Claim::take(&replaying).unwrap();
    temporary.open().close().unwrap();
    assert!(replaying.join("db").exists());
    drop(at_work);
    temporary.open().close().unwrap();
    for left in [restoring, rebuilding, replaying, snapshot] {
        assert!(!left.exists() && !beside(&left, "lock").exists());
    }
}
