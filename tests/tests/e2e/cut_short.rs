//! A backup, a restore and a rebuild that are killed while they work: the store that was there is as it was, or there is
//! none; what is begun again comes to the same, and the next start takes away what was left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::harness::DEADLINE;
use crate::keep::{DATA, STOPPED, lies_in, season_of, verified};
use crate::program::{Town, run};

/// So many that a command which reads the stream or writes a store is at work for a while.
const GUESTS: u32 = 500;
/// Likewise for one that only reads a store.
const MANY_GUESTS: u32 = 900;
const BACKUP: &str = "backup --to kept.snapshot --json --data hotel";
const RESTORE: &str = "restore kept.snapshot --json --data hotel";
const REBUILD: &str = "rebuild --json --data hotel";

/// A town with a hotel that has been busy and is stopped.
struct Stopped {
    town: Town,
    /// What `store verify` says of its store.
    was: Value,
}

impl Stopped {
    async fn after_a_season_of(guests: u32) -> Self {
        let town = Town::new();
        let up = town.up(DATA).await;
        season_of(&town, guests, "2026-01-01").await;
        up.stop().await;
        let was = verified(&town).await;
        Self { town, was }
    }

    fn data(&self) -> PathBuf {
        self.town.path().join(DATA)
    }

    fn store(&self) -> PathBuf {
        self.data().join("store")
    }

    /// What `up` leaves once it was started and stopped.
    async fn starts(&self) {
        self.town.up(DATA).await.stop().await;
        assert_eq!(lies_in(&self.data()), STOPPED);
    }

    /// The store is the same, row by row.
    async fn is_as_it_was(&self) {
        let is = verified(&self.town).await;
        for field in ["sequence", "incarnation", "events", "state"] {
            assert_eq!(is[field], self.was[field], "{field}");
        }
    }
}

/// Every file in a directory, byte by byte.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// Whether the file has at least so many bytes.
fn has(path: PathBuf, bytes: u64) -> impl FnMut() -> bool + Send + 'static {
    move || fs::metadata(&path).is_ok_and(|file| file.len() >= bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_killed_leaves_the_store_as_it_was() {
    let hotel = Stopped::after_a_season_of(GUESTS).await;
    let fresh = hotel.data().join("store.rebuilding");
    let before = files(&hotel.store());
    for bytes in [0, 1 << 20] {
        let begun = has(fresh.join("db"), bytes);
        hotel.town.kill9_when(REBUILD, begun).await;
        assert!(fresh.exists());
        assert!(files(&hotel.store()) == before, "the store was touched");
    }
    hotel.is_as_it_was().await;
    hotel.starts().await;
    hotel.is_as_it_was().await;

    hotel
        .town
        .kill9_when(REBUILD, has(fresh.join("db"), 1 << 20))
        .await;
    let rebuilt = hotel.town.run(REBUILD).await.json();
    assert_eq!(rebuilt["sequence"], hotel.was["sequence"]);
    assert_eq!(lies_in(&hotel.data()), STOPPED);
    hotel.is_as_it_was().await;

    // Where there was none, there is none, and the next start reads the stream.
    fs::remove_dir_all(hotel.store()).unwrap();
    hotel
        .town
        .kill9_when(REBUILD, has(fresh.join("db"), 1 << 20))
        .await;
    assert!(!hotel.store().exists());
    let rebuilt = hotel.town.run(REBUILD).await.json();
    assert_eq!(rebuilt["sequence"], hotel.was["sequence"]);
    hotel.is_as_it_was().await;
    hotel.starts().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_no_store() {
    let hotel = Stopped::after_a_season_of(GUESTS).await;
    let kept = hotel.town.run(BACKUP).await.json();
    let fresh = hotel.data().join("store.restoring");
    for bytes in [0, 1 << 20] {
        fs::remove_dir_all(hotel.store()).unwrap();
        let begun = has(fresh.join("db"), bytes);
        hotel.town.kill9_when(RESTORE, begun).await;
        assert!(fresh.exists() && !hotel.store().exists());
        let restored = hotel.town.run(RESTORE).await.json();
        assert_eq!(restored["sha256"], kept["sha256"]);
        assert_eq!(lies_in(&hotel.data()), STOPPED);
        hotel.is_as_it_was().await;
    }

    // Who starts without restoring it again reads the stream.
    fs::remove_dir_all(hotel.store()).unwrap();
    hotel
        .town
        .kill9_when(RESTORE, has(fresh.join("db"), 1))
        .await;
    hotel.starts().await;
    let rebuilt = hotel.town.run(REBUILD).await.json();
    assert_eq!(rebuilt["sequence"], hotel.was["sequence"]);
    hotel.is_as_it_was().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_leaves_the_one_before() {
    let hotel = Stopped::after_a_season_of(MANY_GUESTS).await;
    let unfinished = hotel.town.path().join("kept.snapshot.unfinished");
    let kept = hotel.town.path().join("kept.snapshot");
    hotel
        .town
        .kill9_when(BACKUP, has(unfinished.clone(), 1))
        .await;
    assert!(unfinished.exists() && !kept.exists());
    let first = hotel.town.run(BACKUP).await.json();
    assert!(kept.exists() && !unfinished.exists());
    let whole = fs::read(&kept).unwrap();
    for bytes in [0, 1] {
        let _ = fs::remove_file(&unfinished);
        hotel
            .town
            .kill9_when(BACKUP, has(unfinished.clone(), bytes))
            .await;
        assert!(fs::read(&kept).unwrap() == whole, "the backup was touched");
    }
    hotel.is_as_it_was().await;
    let second = hotel.town.run(BACKUP).await.json();
    assert_eq!(second["sha256"], first["sha256"]);
    assert_eq!(lies_in(hotel.town.path()), [DATA, "kept.snapshot"]);

    fs::remove_dir_all(hotel.store()).unwrap();
    assert_eq!(
        hotel.town.run(RESTORE).await.json()["sha256"],
        first["sha256"]
    );
    hotel.is_as_it_was().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_ends_when_the_aggregator_that_it_asked_is_killed() {
    let town = Town::new();
    let up = town.up(DATA).await;
    season_of(&town, MANY_GUESTS, "2026-01-01").await;
    let asked = {
        let at = town.path().to_owned();
        tokio::spawn(async move { run(&at, BACKUP).await })
    };
    let snapshot = town.path().join(DATA).join("store.snapshot");
    let begun = tokio::task::spawn_blocking(move || {
        let deadline = Instant::now() + DEADLINE;
        while !snapshot.exists() && Instant::now() < deadline {
            std::thread::yield_now();
        }
    });
    begun.await.unwrap();
    up.kill9(async || {
        let ended = asked.await.unwrap();
        assert_eq!(ended.code, Some(1), "{}", ended.printed);
        for words in ["did not finish the snapshot", "for 30 s: who did has ended"] {
            assert!(ended.said.contains(words), "{}", ended.said);
        }
    })
    .await;
    assert_eq!(lies_in(town.path()), [DATA]);
    assert!(town.path().join(DATA).join("store.snapshot").exists());

    // What it said helps: the store is read where it lies, and who starts takes away what was left.
    let stopped = Stopped {
        was: verified(&town).await,
        town,
    };
    let kept = stopped.town.run(BACKUP).await.json();
    assert_eq!(kept["sequence"], stopped.was["sequence"]);
    stopped.starts().await;
    stopped.is_as_it_was().await;
}
