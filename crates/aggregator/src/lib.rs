//! The aggregator: reads every event strictly in order, keeps it in the store together with the position, and answers
//! what departments and the listener ask.
//!
//! The pipeline has three stages, each behind a bounded queue: the bus is read, messages are decoded into facts, and the
//! writer commits whatever has gathered in one transaction, flushed and synced, before it says that it has come so far.
//! One observation alone is committed at once; a backlog is committed in groups.

mod alike;
mod answer;
mod curation;
mod ingest;
mod key;
mod marking;
mod meters;
mod profiles;
mod progress;
mod readings;
mod rebuild;
mod replicas;
mod service;
mod settings;
mod shards;
mod snapshots;
mod views;

pub use ingest::{Decoder, IngestError};
pub use key::installation_key;
pub use marking::{accept_loss, nothing_is_gone};
pub use rebuild::{Reached, read_stream};
pub use service::{Aggregator, AggregatorError, AggregatorSettings};
