//! A whole store in one file, taken while it serves, to be kept elsewhere and to begin others from.
//!
//! **How it is consistent.** Rows are copied in key order, some at a time, while writers go on. What they write from the
//! beginning of the copy on is noted as well (`tap.rs`) and stands in the file behind what was copied by then. Changes
//! are applied in the order of the file, and the last word about a key holds; so loading gives every row as it stood when
//! the copy ended, whichever moment each was read at. Writers wait only
//! while some rows are read, never for the file.
//!
//! **The file**, numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CARDEXSN` |
//! | 4 | format of the file, 1 |
//! | blocks | each: kind (1), length (4), packed length (4), CRC-32C of these 9 and of what follows (4), packed bytes |
//! | 32 | SHA-256 of everything before; nothing follows |
//!
//! Blocks are packed by Deflate and hold at most [`BLOCK_MAX_BYTES`]. The first is the header (kind 1): format of the
//! store, fingerprint of the installation's key. Then come rows (kind 2), and last the end (kind 3): position, counts,
//! changes, and the hashes of the settings that were active. Rows are changes one after the other: 1 for a row that
//! is written and 0 for one that is removed (1), length of the key (2) and of the value (4), key, value. Header and end
//! are bincode as rows are. Whatever does not fit, to the last byte, is refused, and nothing of it was taken over.

use std::io;
use std::path::PathBuf;

use crate::entry::{Counts, Position};
use crate::error::StoreError;

mod file;
mod load;
mod take;
mod tap;

pub use file::check;
pub(crate) use load::restore;
pub(crate) use take::take;
pub(crate) use tap::Tap;

/// The most bytes of a block before it is packed.
const BLOCK_MAX_BYTES: usize = 2 << 20;

/// What a snapshot is of, known before any row is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format of the store.
    pub store_format: u32,
    /// The fingerprint of the installation's key, under which the ids in it were derived.
    pub key: String,
}

/// What a snapshot holds, known once all of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it is of.
    pub header: Header,
    /// Up to where it holds the stream; `None` when nothing was ever applied.
    pub position: Option<Position>,
    /// How much.
    pub counts: Counts,
    /// Rows that were written and removed, in all.
    pub changes: u64,
    /// The settings that were active, each with its hash.
    pub settings: Vec<(&'static str, Box<str>)>,
    /// The bytes of the file.
    pub bytes: u64,
    /// The hash at its end.
    pub hash: [u8; 32],
}

/// Why a snapshot can't be taken or loaded.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Something else.
    #[error("this is no snapshot of a store; name a file that `cardex backup` wrote")]
    NotOne,
    /// A newer version wrote it.
    #[error(
        "the snapshot has format {found} and this version knows {known}: use the version that wrote it, or a newer one"
    )]
    Newer {
        /// The format found.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// It is not what was written.
    #[error(
        "the snapshot is damaged or cut short: {what}; nothing of it was taken over. Use another one, or read the \
         stream from its beginning"
    )]
    Damaged {
        /// Where it does not fit.
        what: String,
    },
    /// Its ids follow from another key.
    #[error(
        "the snapshot was made under the installation key {held}, and the key here is {given}: put the key file that \
         belongs to it in place first"
    )]
    OtherKey {
        /// The fingerprint in the snapshot.
        held: String,
        /// That of the key here.
        given: String,
    },
    /// There is a store where it is to go.
    #[error("{path} is not empty: move it away first, or name another directory")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// It can't be read.
    #[error("the snapshot can't be read")]
    Read(#[source] io::Error),
    /// It can't be written.
    #[error("the snapshot can't be written; check the disk that it goes to")]
    Write(#[source] io::Error),
    /// What was recorded meanwhile did not fit into memory.
    #[error(
        "more was recorded meanwhile than the snapshot's disk takes; name a faster one, or try again when less comes in"
    )]
    Outrun,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    fn damaged(what: &str) -> Self {
        Self::Damaged {
            what: what.to_owned(),
        }
    }
}

/// Told how many bytes are done, and asked whether to go on.
pub type Tell<'t> = dyn FnMut(u64) -> bool + 't;
