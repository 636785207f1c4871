//! How fast a store is written into a backup and made from one, on this machine and disk.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::time::Instant;

use cardex_store::{OpenOptions, Store};
use cardex_testkit::history::key;
use serde::Serialize;

use super::sizes::{entry, position};
use crate::events::{booked, reservation, seen, stay};

/// Events written at once.
const BATCH_EVENTS: usize = 1_024;

/// Rates of copying, in events a second.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Copying {
    /// Events that the store held.
    pub events: u32,
    /// Bytes of the backup for each of them.
    pub backup_bytes: f64,
    /// Written into a backup.
    pub backed_up_per_s: f64,
    /// Made a store of again.
    pub restored_per_s: f64,
}

/// Measures them on a store of so many events.
pub(super) fn measure(events: u32) -> anyhow::Result<Copying> {
    let dir = tempfile::tempdir()?;
    let options = OpenOptions::default();
    let store = Store::open(&dir.path().join("store"), &options)?.store;
    fill(&store, events)?;
    let (path, print) = (dir.path().join("backup"), key().fingerprint());
    let began = Instant::now();
    let mut out = BufWriter::new(File::create(&path)?);
    let held = store.snapshot(&print, &mut out, &mut |_| true)?;
    out.into_inner()?.sync_all()?;
    let backed_up = began.elapsed();
    store.close()?;
    let began = Instant::now();
    let input = BufReader::new(File::open(&path)?);
    let copy = dir.path().join("copy");
    Store::restore(&copy, input, &print, &options, &mut |_| true)?;
    let restored = began.elapsed();
    let held_events = held.counts.events as f64;
    Ok(Copying {
        events,
        backup_bytes: held.bytes as f64 / held_events,
        backed_up_per_s: held_events / backed_up.as_secs_f64(),
        restored_per_s: held_events / restored.as_secs_f64(),
    })
}

/// Guests of one booking and two observations each.
fn fill(store: &Store, events: u32) -> anyhow::Result<()> {
    let guests = (0..events).map(|number| {
        let named = format!("H-{}", number / 3);
        match number % 3 {
            0 => stay(&named, booked("Tan")),
            _ => seen("floor", reservation(&named))
                .likes("scent.bath_gel", "cedar")
                .event(),
        }
    });
    let mut guests = (1..).zip(guests).peekable();
    while guests.peek().is_some() {
        let batch = guests.by_ref().take(BATCH_EVENTS);
        let batch = batch.map(|(sequence, event)| entry(&event, sequence));
        let batch = batch.collect::<anyhow::Result<Vec<_>>>()?;
        let last = batch.last().map_or(0, |entry| entry.sequence);
        store.write(&batch, &position(last))?;
    }
    store.sync()?;
    Ok(())
}
