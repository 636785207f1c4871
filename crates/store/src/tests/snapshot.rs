//! A snapshot: the whole store at one position, whatever is written meanwhile, or nothing.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::Duration;

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;

use super::build::*;
use crate::guard::beside;
use crate::{Entry, EntryKind, Held, SnapshotError, Store, StoreError, Verified, check_snapshot};

const KEY: &str = "FINGERPRINT";
/// A snapshot as the first version wrote it, of the first [`FIXTURE_EVENTS`] events of [`nth`].
const FIXTURE: &[u8] = include_bytes!("../../fixtures/snapshot-v1.bin");
const FIXTURE_EVENTS: u64 = 60;
const DEADLINE: Duration = Duration::from_secs(60);
const SEED: usize = 7_919 * 4_729;

fn nth(sequence: u64) -> Entry {
    let id = sequence.to_string();
    let reservation = format!("r{}", sequence % 17);
    let hours = i64::try_from(sequence).unwrap();
    match sequence % 6 {
        0 => entry(sequence, &id, stay(&id, &reservation, hours, checked_in(7))),
        1 => Entry {
            kind: EntryKind::DeadLetter {
                subject: "cardex.macau.test".into(),
                code: "unknown".into(),
                detail: "a type of another day".into(),
                key: None,
                decoder: 1,
            },
            ..entry(sequence, &id, noted(&id, Vec::new(), hours))
        },
        _ => {
            let about = Reference::Node(NodeId::Stay(stay_id(&reservation)));
            entry(sequence, &id, noted(&id, vec![about], hours))
        }
    }
}

fn fill(store: &Store, first: u64, last: u64) {
    let batch: Vec<_> = (first..=last).map(nth).collect();
    apply(store, &batch);
}

fn taken(store: &Store) -> (Vec<u8>, Held) {
    let mut file = Vec::new();
    let held = store.snapshot(KEY, &mut file, &mut |_| true).unwrap();
    assert_eq!(held.bytes, file.len() as u64);
    assert_eq!(check_snapshot(&file[..]).unwrap(), held);
    (file, held)
}

fn restored(dir: &Path, file: &[u8]) -> Result<Held, SnapshotError> {
    Store::restore(dir, file, KEY, &options(), &mut |_| true)
}

/// What a store is like that was given the events up to the sequence one after the other.
fn built(up_to: u64) -> Verified {
    let temporary = Temporary::new();
    let store = temporary.open();
    for first in (1..=up_to).step_by(50) {
        fill(&store, first, up_to.min(first + 49));
    }
    store.verify().unwrap()
}

#[test]
fn a_snapshot_of_a_store_that_is_written_is_the_store_at_one_position() {
    let temporary = Temporary::new();
    let store = temporary.open();
    // More than is read at a time, so that batches fall between.
    for first in (1..=3_000).step_by(100) {
        fill(&store, first, first + 99);
    }
    let done = AtomicBool::new(false);
    let (wrote, begun) = channel();
    let files = std::thread::scope(|scope| {
        let (store, done) = (&store, &done);
        scope.spawn(move || {
            let mut at = 3_000;
            while !done.load(Ordering::Relaxed) && at < 100_000 {
                fill(store, at + 1, at + 7);
                wrote.send(()).unwrap();
                // A letter that is understood is a row that goes.
                let letter = (at - 2_999..=at).find(|n| n % 6 == 1).unwrap();
                let id = letter.to_string();
                let entry = entry(letter, &id, noted(&id, Vec::new(), 1));
                store
                    .resolve_dead_letter(letter, &entry, &|_| None)
                    .unwrap();
                at += 7;
            }
        });
        begun.recv().unwrap();
        let files: Vec<_> = (0..4).map(|_| taken(store)).collect();
        done.store(true, Ordering::Relaxed);
        files
    });
    let mut positions = Vec::new();
    for (n, (file, held)) in files.iter().enumerate() {
        let dir = temporary.dir.path().join(format!("restored-{n}"));
        restored(&dir, file).unwrap();
        let opened = Store::open(&dir, &options()).unwrap();
        assert_eq!(opened.recovered, None);
        let verified = opened.store.verify().unwrap();
        assert_eq!(opened.store.position(), held.position);
        assert_eq!(verified.events, held.counts.events);
        positions.push(held.position.as_ref().unwrap().sequence);
    }
    assert!(
        positions.is_sorted() && positions[0] > 3_000,
        "{positions:?}"
    );
}

/// A file that takes nothing before another batch is written.
struct Slow<'s> {
    asks: &'s SyncSender<()>,
    written: &'s Receiver<()>,
}

impl Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.asks.send(()).unwrap();
        let waited = self.written.recv_timeout(DEADLINE);
        waited.map_err(|_| io::Error::other("the writer waits for the file"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_writes_never_waits_for_the_file_of_a_snapshot() {
    let temporary = Temporary::new();
    let store = temporary.open();
    fill(&store, 1, 300);
    let (asks, asked) = sync_channel(0);
    let (wrote, written) = sync_channel(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let asked = asked;
            let mut at = 300;
            while asked.recv().is_ok() {
                at += 1;
                fill(&store, at, at);
                if wrote.send(()).is_err() {
                    return;
                }
            }
        });
        let asks = asks;
        let slow = Slow {
            asks: &asks,
            written: &written,
        };
        let held = store.snapshot(KEY, slow, &mut |_| true).unwrap();
        assert!(held.position.unwrap().sequence > 300);
    });
}

#[test]
fn a_store_that_is_restored_and_read_on_is_the_one_that_never_stopped() {
    let temporary = Temporary::new();
    let store = temporary.open();
    fill(&store, 1, 200);
    let (file, held) = taken(&store);
    assert_eq!(held.position, Some(position(200)));
    let dir = temporary.dir.path().join("restored");
    restored(&dir, &file).unwrap();
    for leftover in ["restoring", "restoring.lock"] {
        assert!(!beside(&dir, leftover).exists());
    }
    let other = Store::open(&dir, &options()).unwrap().store;
    assert_eq!(other.verify().unwrap().state, built(200).state);
    for store in [&store, &other] {
        fill(store, 201, 260);
    }
    let (one, other) = (store.verify().unwrap(), other.verify().unwrap());
    assert_eq!(one.state, other.state);
    assert_ne!(one.state, built(200).state);
    assert_eq!(one.state.differences(&other.state), [""; 0]);
}

#[test]
fn a_snapshot_that_is_cut_short_or_changed_is_refused_whole() {
    let temporary = Temporary::new();
    let store = temporary.open();
    fill(&store, 1, 40);
    let (file, _) = taken(&store);
    let dir = temporary.dir.path().join("restored");
    let refused = |bytes: &[u8]| {
        assert!(check_snapshot(bytes).is_err());
    };
    for bytes in 0..file.len() {
        refused(&file[..bytes]);
    }
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        refused(&changed);
    }
    let mut longer = file.clone();
    longer.push(0);
    refused(&longer);
    // Loading refuses what checking refuses, and leaves nothing.
    for round in 0..20 {
        let mut changed = file.clone();
        let at = round * SEED % file.len();
        changed[at] ^= 0x10;
        assert!(restored(&dir, &changed).is_err());
        assert!(restored(&dir, &file[..at]).is_err());
        assert!(!dir.exists() && !beside(&dir, "restoring").exists());
    }
    restored(&dir, &file).unwrap();
}

#[test]
fn a_snapshot_goes_only_where_it_belongs() {
    let temporary = Temporary::new();
    let store = temporary.open();
    fill(&store, 1, 10);
    let (file, _) = taken(&store);
    let other = Store::restore(
        &temporary.dir.path().join("a"),
        &file[..],
        "ANOTHER",
        &options(),
        &mut |_| true,
    );
    assert!(matches!(other, Err(SnapshotError::OtherKey { .. })));
    let busy = restored(&temporary.path(), &file);
    let locked = StoreError::Locked {
        path: temporary.path(),
    };
    assert_eq!(busy.unwrap_err().to_string(), locked.to_string());
    drop(store);
    assert!(matches!(
        restored(&temporary.path(), &file),
        Err(SnapshotError::NotEmpty { .. })
    ));
    assert!(matches!(
        check_snapshot(&b"something else altogether"[..]),
        Err(SnapshotError::NotOne)
    ));
    let mut newer = file.clone();
    newer[8] = 2;
    assert!(matches!(
        check_snapshot(&newer[..]),
        Err(SnapshotError::Newer { found: 2, known: 1 })
    ));
}

#[test]
fn a_snapshot_that_is_given_up_leaves_the_store_as_it_was() {
    let temporary = Temporary::new();
    let store = temporary.open();
    fill(&store, 1, 10);
    let given_up = store.snapshot(KEY, Vec::new(), &mut |_| false);
    assert!(given_up.is_err());
    fill(&store, 11, 20);
    assert_eq!(taken(&store).1.position, Some(position(20)));
}

#[test]
fn the_first_snapshots_are_read_for_ever() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() && FIXTURE.is_empty() {
        let temporary = Temporary::new();
        let store = temporary.open();
        fill(&store, 1, FIXTURE_EVENTS);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/snapshot-v1.bin");
        fs::write(path, taken(&store).0).unwrap();
        return;
    }
    let temporary = Temporary::new();
    let held = restored(&temporary.path(), FIXTURE).unwrap();
    assert_eq!(held.position, Some(position(FIXTURE_EVENTS)));
    assert_eq!(held.counts.dead_letters, 10);
    let store = temporary.open();
    assert_eq!(store.verify().unwrap().state, built(FIXTURE_EVENTS).state);
}
