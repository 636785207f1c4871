//! What goes into the store and what comes out of it beside the facts themselves.

use cardex_domain::event::{ConfigActivation, Statement};
use cardex_domain::fact::Fact;
use cardex_domain::ids::{DepartmentId, EventKey, NodeId, PropertyId};
use cardex_domain::lessons::Tally;

/// How far a stream has been read. A stream that was made anew has another incarnation, so that its sequences are not
/// taken for those of the old one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which stream.
    pub incarnation: String,
    /// The last sequence applied.
    pub sequence: u64,
}

/// How far a store has come, and when the server stored the message there: another message has its sequence if the
/// stream says another time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// How far.
    pub position: Position,
    /// Microseconds since 1970; `None` when no message stands there, or an older version left the store.
    pub stored_at_us: Option<i64>,
}

/// One message of the stream, ready to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// When the server took it, in microseconds since 1970.
    pub server_time_micros: i64,
    /// What it is.
    pub kind: EntryKind,
}

/// What a message is.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every entry of a batch is an event"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// An event that was understood.
    Event {
        /// The subject it was published on.
        subject: Box<str>,
        /// The hash of subject and id.
        key: EventKey,
        /// A hash of the payload, by which a repetition is told from another content under the same id.
        content: [u8; 16],
        /// What is to be remembered.
        fact: Fact,
    },
    /// A message that can't be applied.
    DeadLetter {
        /// The subject it was published on.
        subject: Box<str>,
        /// Why, as a code.
        code: Box<str>,
        /// Why, in words; no guest data.
        detail: Box<str>,
        /// The key of the event, where subject and id could be read.
        key: Option<EventKey>,
        /// The version of the decoder that gave up.
        decoder: u32,
    },
    /// Sequences that the stream does not have.
    Gap {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// Whether it is known why (an erasure).
        explained: bool,
    },
}

/// What became of an entry. Dead letters and gaps are always new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Applied {
    /// It was recorded.
    New,
    /// The same event is recorded already: it counts once.
    Duplicate {
        /// Where it was first.
        first_sequence: u64,
    },
    /// The id is recorded with another content. It is kept as a dead letter with code [`DeadLetter::ID_REUSED`].
    Conflict {
        /// Where the id was first.
        first_sequence: u64,
    },
}

/// A message that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// When the server took it, in microseconds since 1970.
    pub server_time_micros: i64,
    /// The subject it was published on.
    pub subject: Box<str>,
    /// Why, as a code.
    pub code: Box<str>,
    /// Why, in words.
    pub detail: Box<str>,
    /// The key of the event, where it could be read.
    pub key: Option<EventKey>,
    /// The version of the decoder that gave up; [`Self::NO_DECODER`] when no version can help.
    pub decoder: u32,
}

impl DeadLetter {
    /// The code of an event whose id another content already has.
    pub const ID_REUSED: &'static str = "id_reused";
    /// The decoder of a dead letter that no newer decoder can make good.
    pub const NO_DECODER: u32 = u32::MAX;
}

/// Sequences that the stream did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
    /// Whether it is known why.
    pub explained: bool,
    /// The server's time of the message after it, in microseconds since 1970.
    pub server_time_micros: i64,
}

/// How an event is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Where it was first in the stream.
    pub sequence: u64,
    /// When the server took it, in microseconds since 1970.
    pub server_time_micros: i64,
    /// The hash of its payload.
    pub content: [u8; 16],
}

/// The newest activation of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// What was activated.
    pub activation: ConfigActivation,
}

/// How a rule fared in a department.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lesson {
    /// The sequence of the event that last changed it.
    pub sequence: u64,
    /// How it fared.
    pub tally: Tally,
}

/// Nodes found by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The nodes, in order.
    pub nodes: Vec<NodeId>,
    /// Whether there were more than could be looked at.
    pub cut: bool,
}

/// An observation that has a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The observation.
    pub event: EventKey,
    /// By which department.
    pub department: DepartmentId,
    /// Its sequence.
    pub sequence: u64,
}

/// An event that may have nothing behind it yet: an observation or a correction that named a room, an identifier, or a
/// guest unknown at the time; a change of a stay that was unknown; the taking back of an event that was unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The event.
    pub key: EventKey,
    /// Where it came from.
    pub property: PropertyId,
    /// When the server took it, in microseconds since 1970.
    pub server_time_micros: i64,
    /// Its sequence in the stream.
    pub sequence: u64,
}

/// A statement that waits for somebody to say what its word means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncurated {
    /// The observation.
    pub event: EventKey,
    /// The statement in it, counted from 0.
    pub statement: u8,
    /// When it was noticed, in microseconds since 1970.
    pub observed_at_micros: i64,
    /// By which department.
    pub department: DepartmentId,
    /// The value as it was written.
    pub value: Box<str>,
}

/// A vocabulary for which all statements that it does not understand are marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curated {
    /// The sequence of its activation; 0 when it came with the program.
    pub sequence: u64,
    /// Its hash, and what else the caller tells one time of marking from another by.
    pub vocabulary: Box<str>,
}

/// The word under which a statement waits; `None` when it is understood.
pub type WordOf<'w> = dyn Fn(&Statement) -> Option<String> + 'w;

/// A look at some of the observations that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// How many were looked at.
    pub observations: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<NotedPlace>,
}

/// A place among the observations that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedPlace(pub(crate) Box<[u8]>);

/// How much the store holds, counted as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events recorded, of all kinds.
    pub events: u64,
    /// Observations among them.
    pub notes: u64,
    /// Retractions among them.
    pub retractions: u64,
    /// Events of stays among them.
    pub stay_events: u64,
    /// Outcomes among them.
    pub outcomes: u64,
    /// Repetitions that were not counted again.
    pub duplicates: u64,
    /// Dead letters waiting.
    pub dead_letters: u64,
    /// Gaps seen.
    pub gaps: u64,
    /// Bytes of keys and values, before the engine's own overhead.
    pub live_bytes: u64,
}
