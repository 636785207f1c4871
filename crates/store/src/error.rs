//! What can go wrong with the store. Messages hold paths, kinds of row and sequences: never what a row says.

use std::io;
use std::path::PathBuf;

/// A failure of the engine below, opaque so that the engine can be exchanged.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError(Box<dyn std::error::Error + Send + Sync>);

impl EngineError {
    pub(crate) fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// Why the store can't do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process owns the store.
    #[error(
        "the store {path} is in use by another process: stop it, or give this one its own directory"
    )]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// There is no store.
    #[error("there is no store at {path}: say with --data DIR where it is")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The store was written by a newer version.
    #[error(
        "the store has format {found} and this version knows up to {known}: run the newer version"
    )]
    NewerFormat {
        /// The format found.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A file of the store can't be used.
    #[error("could not {what} {path}: check the disk and the directory's permissions")]
    Io {
        /// What was being done.
        what: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The disk has no room, or had none in the middle of a write.
    #[error(
        "the disk of {path} is full: make room and start again; nothing acknowledged is lost, for the stream has it"
    )]
    Full {
        /// What lies on it.
        path: PathBuf,
    },
    /// The engine failed.
    #[error("the database engine could not {what}")]
    Engine {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        source: EngineError,
    },
    /// A row is damaged.
    #[error("the store is damaged: {what}; set it aside and rebuild it from the stream")]
    Corrupt {
        /// Which kind of row, and how it is damaged.
        what: String,
    },
    /// The store belongs to another stream.
    #[error(
        "the store holds stream {stored} and was given stream {given}: rebuild it from the new stream in a new directory"
    )]
    OtherIncarnation {
        /// The stream it holds.
        stored: String,
        /// The stream it was given.
        given: String,
    },
    /// A batch would move the position back.
    #[error(
        "the store stands at sequence {stored} and was given a batch up to {given}: read on from its position"
    )]
    Backwards {
        /// Where it stands.
        stored: u64,
        /// Where the batch ends.
        given: u64,
    },
    /// A row is larger than any message may be.
    #[error("the event at sequence {sequence} is too large for a row")]
    TooLarge {
        /// The sequence of the event.
        sequence: u64,
    },
    /// The store keeps another share of what is divided.
    #[error(
        "the store {path} keeps {held} of what is divided among shards, and was to be opened as {given}: set \
         aggregator.shards and aggregator.shard as it was built, give this one another directory, or build it anew with \
         `cardex rebuild`"
    )]
    OtherShare {
        /// The store's directory.
        path: PathBuf,
        /// What it keeps.
        held: String,
        /// What it was to keep.
        given: String,
    },
    /// What is asked for lies in another shard's store, and was not lent.
    #[error("something of another shard's store is needed for that")]
    Elsewhere,
    /// What came from another shard is not what one lends or asks for.
    #[error(
        "what came from another shard can't be understood: run the same version at all of them"
    )]
    NotLent,
    /// Whoever asked gave it up.
    #[error("the work was given up; nothing has changed")]
    GivenUp,
    /// An earlier write failed, so that what is on disk is not known.
    #[error("an earlier write to the store failed: open it anew")]
    Failed,
}

impl StoreError {
    pub(crate) fn corrupt(row: &str, how: &str) -> Self {
        Self::Corrupt {
            what: format!("{row} {how}"),
        }
    }
}
