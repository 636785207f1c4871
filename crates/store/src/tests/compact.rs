//! Compaction: the same store in smaller files, whatever moment it is cut short.

use std::fs;
use std::path::Path;

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;

use super::build::*;
use crate::guard::beside;
use crate::{Claim, OpenOptions, Store, StoreError};

const EVENTS: u64 = 2_000;

fn fill(dir: &Path) {
    let store = Store::open(dir, &options()).unwrap().store;
    for first in (1..=EVENTS).step_by(20) {
        let batch: Vec<_> = (first..first + 20)
            .map(|n| {
                let about = Reference::Node(NodeId::Stay(stay_id("r")));
                let id = n.to_string();
                entry(n, &id, noted(&id, vec![about], i64::try_from(n).unwrap()))
            })
            .collect();
        apply(&store, &batch);
    }
    store.close().unwrap();
}

fn check(dir: &Path) {
    let opened = Store::open(dir, &options()).unwrap();
    assert_eq!(opened.recovered, None);
    assert_eq!(opened.store.position(), Some(position(EVENTS)));
    assert_eq!(opened.store.verify().unwrap().events, EVENTS);
    for leftover in ["compacting", "old"] {
        assert!(!beside(dir, leftover).exists());
    }
}

#[test]
fn a_compacted_store_is_the_same_in_smaller_files() {
    let temporary = Temporary::new();
    fill(&temporary.path());
    let compaction = Store::compact(&temporary.path(), &options()).unwrap();
    assert!(compaction.bytes_after < compaction.bytes_before);
    check(&temporary.path());
}

#[test]
fn files_out_of_proportion_are_compacted_at_open() {
    let temporary = Temporary::new();
    fill(&temporary.path());
    let due = OpenOptions {
        compact_at_ratio: Some(1),
        compact_min_bytes: 0,
        ..options()
    };
    let before = temporary.open().disk_bytes().unwrap();
    let opened = Store::open(&temporary.path(), &due).unwrap();
    assert!(opened.store.disk_bytes().unwrap() < before);
    drop(opened);
    check(&temporary.path());
}

#[test]
fn a_compaction_cut_short_is_ended_or_undone() {
    let temporary = Temporary::new();
    let dir = temporary.path();
    fill(&dir);
    let (copy, old) = (beside(&dir, "compacting"), beside(&dir, "old"));
    // While it was copying.
    fs::create_dir(&copy).unwrap();
    fs::write(copy.join("db"), b"half").unwrap();
    check(&dir);
    // Between the two renames.
    fs::rename(&dir, &copy).unwrap();
    fs::create_dir(&old).unwrap();
    check(&dir);
    // Before the old files were removed.
    fs::create_dir(&old).unwrap();
    check(&dir);
}

#[test]
fn a_store_takes_the_place_of_another_that_nobody_has() {
    let temporary = Temporary::new();
    let dir = temporary.path();
    let fresh = beside(&dir, "rebuilding");
    let owned = temporary.open();
    assert!(matches!(Claim::take(&dir), Err(StoreError::Locked { .. })));
    drop(owned);
    for _ in 0..2 {
        fill(&fresh);
        let claim = Claim::take(&dir).unwrap();
        let second = Store::open(&dir, &options());
        assert!(matches!(second, Err(StoreError::Locked { .. })));
        claim.give_to(&fresh).unwrap();
        check(&dir);
        assert!(!fresh.exists() && !beside(&fresh, "lock").exists());
        // The second time there is none to replace.
        fs::remove_dir_all(&dir).unwrap();
    }
}
