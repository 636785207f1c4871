//! What travels over the bus, byte for byte: subjects, the envelope of events in each of its versions, boards,
//! questions and answers, error codes, and the JSON Schemas of all of them.
//!
//! **Invariant:** nothing here performs IO or reads a clock. Encodings (serde) are known here and in the store alone;
//! every type of the domain that travels has its own form here, so that the domain can change without the contract.

pub mod board;
mod bundle;
pub mod deadletter;
pub mod event;
pub mod guest;
pub mod identity;
pub mod limits;
pub mod profile;
pub mod query;
pub mod reject;
pub mod schema;
pub mod subject;
pub mod text;
pub mod time;
pub mod words;

mod scan;

pub use board::{BoardMessage, BoardView};
pub use bundle::PlaybookBundle;
pub use deadletter::{DeadLetterCode, DeadLetterNotice, Resolution, Resolved, UnusedCode};
pub use event::{EventDraft, EventType, Message, decode, decode_data};
pub use profile::{ProfileView, canonical};
pub use reject::{Reject, RejectCode};
pub use subject::{DeadLetterSubject, EventSubject, PromptSubject, QuerySubject, SubjectError};

/// The content type of events and boards: CloudEvents 1.0, structured, JSON.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
