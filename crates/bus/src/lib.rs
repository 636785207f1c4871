//! Everything NATS: connection, subjects, streams as code, publish, consume, services, permissions.
//!
//! **Invariant**: no type of the NATS client appears in this crate's public API. Callers deal in bytes,
//! subjects and the small types below, so that no other crate has to name the client.

pub mod child;
pub mod clock;
pub mod connect;
pub mod consume;
pub mod headers;
pub mod last;
pub mod mark;
pub mod objects;
pub mod once;
pub mod permissions;
pub mod place;
pub mod publish;
pub mod refusal;
pub mod service;
pub mod shards;
pub mod snapshots;
mod startup;
pub mod streams;
pub mod subjects;

pub use clock::{ClockError, ServerClock};
pub use connect::{Bus, BusError, BusSettings, BusStatus};
pub use consume::{
    Begin, Delivery, DurableListener, DurableProgress, DurableSettings, Gap, Incoming,
    OrderedReader, Position, Read, ReadError,
};
pub use headers::Headers;
pub use last::{Passing, Stored, Subscription, Watch};
pub use mark::{Mark, MarkError};
pub use place::{PlaceError, PlaceKeeper};
pub use publish::{Ack, Batches, Bulk, Outgoing, PublishError};
pub use refusal::Refusal;
pub use service::{Endpoint, Request, RequestError, Service, ServiceError, ServiceSettings};

/// A source of an error whose type is nobody else's business.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
