//! The embedded database: facts as small rows, written with the position they bring the store to in one atomic batch.
//!
//! One process owns a store. Each row carries a format byte and a checksum over key and value; profiles are not stored
//! but folded when read, through the [`cardex_domain::records::Records`] port that [`Reader`] implements.
//!
//! **Invariant:** no type of the engine below leaves this crate, and only `engine.rs` names it.

mod cache;
mod compact;
mod curate;
mod engine;
mod entry;
mod error;
#[cfg(feature = "floor")]
pub mod floor;
mod guard;
mod keys;
mod lent;
mod migrate;
mod plan;
mod read;
mod recent;
mod repair;
mod rows;
mod seal;
mod sheet;
mod snapshot;
mod store;
mod targets;
mod teach;
mod unfinished;
mod verify;

#[cfg(test)]
mod tests;

pub use compact::Compaction;
pub use entry::{
    Activated, Applied, Counts, Curated, DeadLetter, Entry, EntryKind, Gap, Lesson, Looked, Named,
    NotedPlace, Position, Reached, Recorded, Uncurated, Watched, WordOf, Written,
};
pub use error::{EngineError, StoreError};
pub use guard::{Claim, OpenOptions, Opened};
pub use lent::{Asked, Lent, Wants};
pub use read::Reader;
pub use repair::Repaired;
pub use snapshot::{Header, Held, SnapshotError, Tell, check as check_snapshot};
pub use store::Store;
pub use unfinished::Unfinished;
pub use verify::{State, Verified};
