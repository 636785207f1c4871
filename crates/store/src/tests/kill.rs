//! A process killed at any moment leaves a store whose rows and position are of one batch.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;
use cardex_domain::records::Records;

use super::build::*;
use crate::{Entry, Store};

const ROUNDS: usize = 24;
const DIR: &str = "CARDEX_STORE_KILL_DIR";
const MARK: &str = "durable ";

/// Each batch has another size, so that rounds end at different places in the engine's segments.
fn batch_size(first: u64) -> u64 {
    1 + first * 7 % 40
}

fn nth(sequence: u64) -> Entry {
    let id = sequence.to_string();
    let hours = i64::try_from(sequence).unwrap();
    let fact = if sequence.is_multiple_of(4) {
        stay(&id, &format!("r{}", sequence % 11), hours, checked_in(7))
    } else {
        let room = Reference::Room(property(), room(7));
        let stay = Reference::Node(NodeId::Stay(stay_id("r4")));
        let about = if sequence.is_multiple_of(2) {
            room
        } else {
            stay
        };
        noted(&id, vec![about], hours)
    };
    entry(sequence, &id, fact)
}

/// The process that is killed: it applies batches and says how far it is, until it is stopped. Does nothing when it
/// runs as one of the tests.
#[test]
fn victim() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let store = Store::open(dir.as_ref(), &options()).unwrap().store;
    loop {
        let first = store.position().map_or(1, |p| p.sequence + 1);
        let batch: Vec<_> = (first..first + batch_size(first)).map(nth).collect();
        apply(&store, &batch);
        let sequence = store.position().unwrap().sequence;
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{MARK}{sequence}").is_err() {
            return;
        }
    }
}

/// Lets the victim get `batches` further, kills it, and says what it last called durable.
fn kill_after(dir: &std::path::Path, batches: usize) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::kill::victim", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let last = lines
        .map_while(Result::ok)
        .filter_map(|line| {
            let (_, sequence) = line.split_once(MARK)?;
            sequence.parse().ok()
        })
        .take(batches)
        .last();
    child.kill().unwrap();
    child.wait().unwrap();
    last
}

#[test]
fn a_kill_loses_nothing_and_splits_no_batch() {
    let temporary = Temporary::new();
    let dir = temporary.path();
    let mut reached = 0;
    for round in 0..ROUNDS {
        let durable = kill_after(&dir, round * 5 % 12);
        reached = durable.unwrap_or(reached).max(reached);
        let store = temporary.open();
        let up_to = store.position().map_or(0, |p| p.sequence);
        assert!(up_to >= reached, "{up_to} after {reached} were durable");
        let reader = store.read();
        assert_eq!(reader.counts().events, up_to);
        for sequence in 1..=up_to + 40 {
            let known = reader.event(event(&sequence.to_string())).unwrap();
            assert_eq!(known.is_some(), sequence <= up_to);
        }
        drop(reader);
        store.verify().unwrap();
        reached = up_to;
    }
    let store = temporary.open();
    let about = Reference::Room(property(), room(7));
    let notes = store.read().noted_under(&about, None).unwrap();
    let expected = (1..=reached).filter(|n| n % 4 == 2).count();
    assert_eq!(notes.len(), expected);
}
