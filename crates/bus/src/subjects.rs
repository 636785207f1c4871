//! The subjects' layout is the wire's, so that who reads an event and who sends it agree; this adds what only
//! the streams are about.

use std::fmt;

pub use cardex_wire::subject::{
    DeadLetterSubject, EventSubject, NO_PROPERTY, PromptSubject, QuerySubject, SubjectError, Token,
};

/// Where it is noted down that a message was erased: `cardex.erased.<stream>-<sequence>`. The stream of events
/// shows a gap there, and this tells why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedSubject<'a> {
    /// The stream's name.
    pub stream: &'a str,
    /// The message's sequence.
    pub sequence: u64,
}

/// Where it is said how far the stream of events was, and what stood there.
pub const MARK: &str = "cardex.mark.events";

/// Where it is said how far a durable has come: `cardex.place.<durable>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceSubject<'a> {
    /// The durable's name.
    pub durable: &'a str,
}

/// Where something is said that holds for good, each under a subject of its own that takes one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnceSubject {
    /// The fingerprint of the installation's key: `cardex.once.installation_key`.
    InstallationKey,
    /// When a file was first imported: `cardex.once.import.<file>`.
    Import {
        /// What tells the file from others: the hash of its text.
        file: Token,
    },
}

impl fmt::Display for OnceSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InstallationKey => f.write_str("cardex.once.installation_key"),
            Self::Import { file } => write!(f, "cardex.once.import.{file}"),
        }
    }
}

impl fmt::Display for PlaceSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cardex.place.{}", self.durable)
    }
}

impl fmt::Display for ErasedSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cardex.erased.{}-{}", self.stream, self.sequence)
    }
}
