//! The two ways to consume: strictly in order from a position of one's own, and by a durable that redelivers.
//! Neither ever ends on a stream error: it logs, starts again from where it was, and goes on.

use std::time::Duration;

use async_nats::jetstream;
use bytes::Bytes;

use crate::Headers;

mod durable;
mod opening;
mod ordered;
mod tail;

pub(crate) use durable::make_durable;
pub use durable::{
    Begin, Delivery, DurableListener, DurableProgress, DurableSettings, ListenError,
};
pub(crate) use opening::Backoff;
pub use ordered::OrderedReader;
pub(crate) use tail::{Had, Start, Tail};

/// How often a silent server has to show that it is there.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long one request for messages stands.
pub(crate) const PULL_EXPIRES: Duration = Duration::from_secs(20);

/// A message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Where it was published.
    pub subject: String,
    /// Its headers.
    pub headers: Headers,
    /// Its bytes.
    pub payload: Bytes,
    /// Its sequence in the stream.
    pub stream_sequence: u64,
    /// When the server stored it, in microseconds since 1970.
    pub server_time_us: i64,
}

/// How far a stream was read, and which stream of that name it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The stream's [incarnation](crate::streams::StreamEnds::incarnation).
    pub incarnation: String,
    /// The last sequence read; 0 before the first.
    pub sequence: u64,
}

/// Sequences that the stream does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first missing sequence.
    pub first: u64,
    /// The last missing sequence.
    pub last: u64,
    /// Whether every one of them was [erased](crate::Bus::erase). The stream's own list of deleted messages
    /// explains nothing: a damaged block's messages stand in it too.
    pub explained: bool,
}

/// One step along the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The message of the next sequence.
    Message(Incoming),
    /// The next sequences are not there.
    Gap(Gap),
}

/// Why reading on from a position would be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The stream is another one than was read before.
    #[error(
        "stream {stream} was recreated since it was last read; restore the stream, or rebuild the store from it"
    )]
    Recreated {
        /// The stream.
        stream: String,
        /// The incarnation the position belongs to.
        had: String,
        /// The incarnation that is there now.
        now: String,
    },
    /// The stream ends before what was read of it already.
    #[error(
        "stream {stream} ends at {last}, yet it was read up to {position}: acknowledged events are gone; \
         restore the stream, or rebuild the store from it"
    )]
    Truncated {
        /// The stream.
        stream: String,
        /// How far it was read.
        position: u64,
        /// How far it goes now.
        last: u64,
    },
    /// The stream lost its end and gave the sequences to other messages.
    #[error(
        "stream {stream} holds another message at {position} than was read there: acknowledged events are \
         gone; restore the stream, or rebuild the store from it"
    )]
    Rewritten {
        /// The stream.
        stream: String,
        /// How far it was read.
        position: u64,
    },
}

impl Incoming {
    /// The message and, from its acknowledgement subject, its number at the consumer and what is left behind it.
    pub(crate) fn read(message: jetstream::Message) -> Option<(Self, Delivered)> {
        let info = message.info().ok()?;
        let delivered = Delivered {
            consumer_sequence: info.consumer_sequence,
            count: u64::try_from(info.delivered).unwrap_or(1),
            pending: info.pending,
        };
        let stream_sequence = info.stream_sequence;
        let server_time_us =
            i64::try_from(info.published.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
        let message = message.message;
        let incoming = Self {
            subject: message.subject.into_string(),
            headers: Headers::from_map(message.headers.as_ref()),
            payload: message.payload,
            stream_sequence,
            server_time_us,
        };
        Some((incoming, delivered))
    }
}

/// What the server says about one delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivered {
    pub(crate) consumer_sequence: u64,
    pub(crate) count: u64,
    pub(crate) pending: u64,
}
