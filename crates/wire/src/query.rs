//! Questions and answers: what departments and services ask the aggregator on `cardex.profile.<property>.<department>.<op>`,
//! one operation a type. Who asks is in the subject, and decides what the answer holds.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::REQUEST_MAX_BYTES;
use crate::reject::{Reject, RejectCode};
use crate::scan;

mod cursor;
mod duplicates;
mod error;
mod history;
mod lessons;
mod links;
mod notes;
mod outlook;
mod pending;
mod reply;
mod request;
mod stats;
mod vocabulary;
mod written;
mod wrong;

pub use cursor::{Cursor, NoCursor};
pub use duplicates::*;
pub use error::{ErrorCode, QueryError};
pub use history::*;
pub use lessons::*;
pub use links::*;
pub use notes::*;
pub use outlook::*;
pub use pending::*;
pub use reply::*;
pub use request::*;
pub use stats::*;
pub use vocabulary::*;
pub use written::Written;
pub use wrong::*;

/// One operation: its name in the subject, what is asked and what is answered.
pub trait Operation {
    /// The name, as in the subject.
    const NAME: &'static str;

    /// What is asked.
    type Request: Ask;

    /// What is answered.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send;
}

/// What every question has.
pub trait Ask: Serialize + DeserializeOwned + JsonSchema + Send {
    /// The sequence that the answer must reach at least.
    fn at_least(&self) -> Option<u64>;

    /// How long to wait for that, in milliseconds.
    fn wait_ms(&self) -> Option<u32>;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal: $request:ident -> $reply:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name;

            impl Operation for $name {
                const NAME: &'static str = $text;
                type Request = $request;
                type Reply = $reply;
            }

            impl Ask for $request {
                fn at_least(&self) -> Option<u64> {
                    self.at_least
                }

                fn wait_ms(&self) -> Option<u32> {
                    self.wait_ms
                }
            }
        )*

        /// The names of all operations.
        pub const OPERATIONS: &[&str] = &[$($name::NAME,)*];
    };
}

operations! {
    /// The profile of a guest.
    Get = "get": GetRequest -> GetReply;
    /// Guests by name, reservation number or identifier.
    Find = "find": FindRequest -> FindReply;
    /// Stays of the property.
    List = "list": ListRequest -> ListReply;
    /// Why a profile says what it says.
    Explain = "explain": ExplainRequest -> ExplainReply;
    /// Everything recorded that touches a guest.
    History = "history": HistoryRequest -> HistoryReply;
    /// The stays whose boards an event may change, with their profiles. For Cardex's own services.
    Affected = "affected": AffectedRequest -> AffectedReply;
    /// Observations that wait for somebody to be about.
    Unassigned = "unassigned": UnassignedRequest -> UnassignedReply;
    /// Guests that may be one person. For those who keep guests' cards in order.
    Duplicates = "duplicates": DuplicatesRequest -> DuplicatesReply;
    /// Every link of guests that is in force. For those who keep guests' cards in order.
    Links = "links": LinksRequest -> LinksReply;
    /// What the vocabulary does not understand. For those who curate it.
    Pending = "pending": PendingRequest -> PendingReply;
    /// The vocabulary by whose words everything is answered.
    InForce = "vocabulary": VocabularyRequest -> VocabularyReply;
    /// How rules fared. For Cardex's own services.
    Lessons = "lessons": LessonsRequest -> LessonsReply;
    /// What staff said is wrong and still counts. For those who put guests' cards right.
    Wrong = "wrong": WrongRequest -> WrongReply;
    /// What became of what rules said. For those who look after the playbook, and each department of its own.
    Stats = "stats": StatsRequest -> StatsReply;
    /// What notes seem to say. For those who wrote them, and guest relations.
    Notes = "notes": NotesRequest -> NotesReply;
    /// The department's current boards.
    Boards = "boards": BoardsRequest -> BoardsReply;
}

/// Reads a question. An empty payload asks with nothing but the defaults.
///
/// # Errors
/// `bad_request`, with the place and the rule that is broken.
pub fn decode_request<R: DeserializeOwned>(payload: &[u8]) -> Result<R, QueryError> {
    let payload = if payload.trim_ascii().is_empty() {
        b"{}"
    } else {
        payload
    };
    read(payload).map_err(|reject| QueryError::new(ErrorCode::BadRequest, reject.to_string()))
}

fn read<R: DeserializeOwned>(payload: &[u8]) -> Result<R, Reject> {
    if payload.len() > REQUEST_MAX_BYTES {
        let rule = format!("at most {REQUEST_MAX_BYTES} bytes");
        return Err(Reject::whole(RejectCode::TooLarge, &rule));
    }
    let text = std::str::from_utf8(payload)
        .map_err(|_| Reject::whole(RejectCode::InvalidUtf8, "the bytes are not UTF-8"))?;
    scan::check(text)?;
    serde_json::from_str(text).map_err(|error| Reject::of_json(&error, text, ""))
}

/// Reads an answer of a service of ours.
///
/// # Errors
/// `internal`, when it is not what the operation answers.
pub fn decode_reply<R: DeserializeOwned>(payload: &[u8]) -> Result<R, QueryError> {
    serde_json::from_slice(payload)
        .map_err(|_| QueryError::new(ErrorCode::Internal, "the answer is not of this operation"))
}

/// Writes a question or an answer.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message)
        .expect("texts, integers and lists under fixed names can always be written")
}

/// The bytes that [`encode`] would make of it.
#[must_use]
pub fn encoded_len<T: Serialize>(message: &T) -> usize {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, message)
        .expect("texts, integers and lists under fixed names can always be written");
    counted.0
}

/// Counts what is written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
