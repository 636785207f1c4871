//! What an event weighs: on the bus, as evidence that shards divide, and as what every shard has.

use std::collections::BTreeSet;

use anyhow::Context as _;
use cardex_domain::event::{Body, Event};
use cardex_domain::fact::Fact;
use cardex_domain::ids::content_hash;
use cardex_store::floor::rows;
use cardex_store::{Entry, EntryKind, OpenOptions, Position, Store};
use cardex_testkit::history::{history, key};
use cardex_wire::EventDraft;
use serde::Serialize;

use crate::events::{booked, checked_in, now, reservation, seen, stay};

/// The first bytes of the keys of rows, by what they are of, in format 8 of the store. Of observations:
const EVIDENCE: [u8; 1] = [0x04];
/// Of boards: what came onto them and went, what it claimed, and what became of it.
const BOARDS: [u8; 5] = [0x08, 0x09, 0x0b, 0x21, 0x23];
/// Of every event: its id, so that it counts once.
const IDS: [u8; 1] = [0x02];
/// What a message takes in the stream beside subject and payload: its header, and the server's own of 22 bytes and a
/// checksum.
const MESSAGE_BESIDE_BYTES: f64 = 120.0;
/// Events of a made-up history among which those of boards are looked for.
const HISTORY_EVENTS: usize = 2_000;

/// Bytes of an event.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Size {
    /// In the stream.
    pub stream: f64,
    /// Rows of what was noticed, under whom it names.
    pub evidence: f64,
    /// Rows of boards, under their stay.
    pub boards: f64,
    /// The row by which it is known for ever.
    pub id: f64,
    /// Rows of stays and guests, and lists by which something is found.
    pub rest: f64,
}

impl Size {
    /// All rows.
    pub(super) fn rows(self) -> f64 {
        self.evidence + self.boards + self.id + self.rest
    }

    fn add(&mut self, other: Self) {
        self.stream += other.stream;
        self.evidence += other.evidence;
        self.boards += other.boards;
        self.id += other.id;
        self.rest += other.rest;
    }

    fn over(self, count: f64) -> Self {
        Self {
            stream: self.stream / count,
            evidence: self.evidence / count,
            boards: self.boards / count,
            id: self.id / count,
            rest: self.rest / count,
        }
    }
}

/// Bytes of an event of each kind, as rows before the engine lays them down.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sizes {
    /// Two statements about somebody of this reservation, every third with a note.
    pub observation: Size,
    /// A booking or a check-in.
    pub stay: Size,
    /// Items come onto a board, or go.
    pub card: Size,
    /// What became of an item.
    pub outcome: Size,
}

/// Measures them on events that are made up.
pub(super) fn measure() -> anyhow::Result<Sizes> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(&dir.path().join("store"), &OpenOptions::default())?.store;
    let stays = [
        stay("H-100200", booked("Tan")),
        stay("H-100200", checked_in("1012", "Tan")),
    ];
    let of_stays = mean(&store, &stays)?;
    // Whoever is spoken of is known by then: what has nobody is watched for, in a row of its own.
    store.apply(&[entry(&stays[0], 1)?], &position(1))?;
    let history = history(1, HISTORY_EVENTS);
    let of_kind = |wanted: fn(&Body) -> bool| {
        let found: Vec<_> = history
            .iter()
            .filter(|e| wanted(&e.body))
            .cloned()
            .collect();
        mean(&store, &found)
    };
    let plain = seen("floor", reservation("H-100200"))
        .likes("scent.bath_gel", "cedar")
        .likes("room.floor_level", "10");
    let noted = plain
        .clone()
        .noting("Asked for a second pillow and opened the window at once.");
    let observations = [plain.clone().event(), plain.event(), noted.event()];
    Ok(Sizes {
        observation: mean(&store, &observations)?,
        stay: of_stays,
        card: of_kind(|body| matches!(body, Body::Card(_)))?,
        outcome: of_kind(|body| matches!(body, Body::Outcome(_)))?,
    })
}

fn mean(store: &Store, events: &[Event]) -> anyhow::Result<Size> {
    anyhow::ensure!(!events.is_empty(), "there is no such event to be weighed");
    let mut sum = Size::default();
    for event in events {
        sum.add(of(store, event)?);
    }
    Ok(sum.over(events.len() as f64))
}

fn of(store: &Store, event: &Event) -> anyhow::Result<Size> {
    let message = EventDraft::of(event, "/scale")
        .context("a made-up event has no id as it stands on the bus")?
        .encode()?;
    // Not that of the event, whose time would then be written beside.
    let position = position(3);
    // Position and counts, which a batch writes however many events it has.
    let beside: BTreeSet<Vec<u8>> = rows(store, &[], &position)?
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    let mut size = Size {
        stream: (message.subject.len() + message.payload.len()) as f64 + MESSAGE_BESIDE_BYTES,
        ..Size::default()
    };
    for (key, value) in rows(store, &[entry(event, 2)?], &position)? {
        if beside.contains(&key) {
            continue;
        }
        let bytes = (key.len() + value.len()) as f64;
        let of = |kinds: &[u8]| key.first().is_some_and(|kind| kinds.contains(kind));
        let part = match () {
            () if of(&EVIDENCE) => &mut size.evidence,
            () if of(&BOARDS) => &mut size.boards,
            () if of(&IDS) => &mut size.id,
            () => &mut size.rest,
        };
        *part += bytes;
    }
    Ok(size)
}

/// A place in the stream of these stores.
pub(super) fn position(sequence: u64) -> Position {
    Position {
        incarnation: "scale".to_owned(),
        sequence,
    }
}

/// What the store is given of it as the message of this sequence.
pub(super) fn entry(event: &Event, sequence: u64) -> anyhow::Result<Entry> {
    Ok(Entry {
        sequence,
        server_time_micros: now().utc_micros,
        kind: EntryKind::Event {
            subject: "cardex.grand.scale".into(),
            key: event.key,
            content: content_hash(event.id.as_bytes()),
            fact: Fact::of(event, &key())?,
        },
    })
}
