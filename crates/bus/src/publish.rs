//! Publishing with an acknowledgement. A time-out or a missing stream is what a leader change or a full disk
//! looks like, so neither is final before a bound; the message id makes the retries harmless.

use std::future::IntoFuture;
use std::time::Duration;

use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::streams::stream_of;
use crate::{BoxError, Bus, BusStatus, Headers};

mod batch;
mod bulk;
mod notice;

pub use batch::{BATCH_MAX_MESSAGES, Batches};
pub use bulk::{Bulk, SYNCED_WINDOW, UNSYNCED_WINDOW};

/// How long a publish is retried. A leader change takes up to ten seconds.
pub const RETRY_BOUND: Duration = Duration::from_secs(20);

/// How long the first attempt waits for its acknowledgement, and twice as long each one after it, up to what any request may take.
/// What was under way to a server that died is never answered; the id makes another attempt harmless.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(2);

/// "duplicate message id is in process" (an earlier attempt may yet be stored) and "too many requests": refusals by their kind,
/// and over in a moment.
const PASSING: [u64; 2] = [10158, 10167];

/// "wrong last sequence", in the two forms that servers give it.
const WRONG_LAST_SEQUENCE: [u64; 2] = [10071, 10164];

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it goes.
    pub subject: String,
    /// The event's id; the server drops a repetition under the same subject.
    pub id: String,
    /// The event.
    pub payload: Bytes,
    /// Headers beside the message id.
    pub headers: Headers,
}

/// The server's word that a message is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Its sequence in the stream.
    pub stream_sequence: u64,
    /// Whether it had been stored before under the same id.
    pub duplicate: bool,
}

/// Why a message is not known to be stored.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else published on the subject in between.
    #[error("the last message on {subject} is not the expected one; read it and decide again")]
    Conflict {
        /// The subject.
        subject: String,
    },
    /// The server will never take it as it is.
    #[error(
        "the server refuses the message on {subject}; it has to change before it is sent again"
    )]
    Refused {
        /// The subject.
        subject: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// No acknowledgement within the bound. It may be stored all the same: send it again under the same id.
    #[error(
        "no acknowledgement for {subject} within {} s; check the server, its disk and that this user may \
         publish there, then send it again under the same id", tried.as_secs()
    )]
    Unacknowledged {
        /// The subject.
        subject: String,
        /// How long it was tried.
        tried: Duration,
        /// The last answer.
        #[source]
        source: BoxError,
    },
}

/// The id under which the server recognises a repetition: one subject's ids cannot swallow another's.
#[must_use]
pub fn message_id(subject: &str, id: &str) -> String {
    format!("{subject}:{id}")
}

impl Bus {
    /// Publishes and waits for the acknowledgement, retrying under the same id.
    ///
    /// # Errors
    /// When the server refuses it, or does not acknowledge it within [`RETRY_BOUND`].
    pub async fn publish(
        &self,
        subject: &str,
        id: &str,
        payload: Bytes,
        headers: &Headers,
    ) -> Result<Ack, PublishError> {
        let map = header_map(headers, subject, id);
        self.publish_until_acknowledged(subject, map, payload, Instant::now())
            .await
    }

    /// Publishes if the last message on the subject has this sequence (0: there is none).
    ///
    /// # Errors
    /// [`PublishError::Conflict`] when it has another; else as [`Bus::publish`].
    pub async fn publish_expecting(
        &self,
        subject: &str,
        id: &str,
        payload: Bytes,
        headers: &Headers,
        last_subject_sequence: u64,
    ) -> Result<Ack, PublishError> {
        let mut map = header_map(headers, subject, id);
        map.insert(
            NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
            last_subject_sequence.to_string(),
        );
        let published = self
            .publish_until_acknowledged(subject, map, payload, Instant::now())
            .await;
        if let Err(PublishError::Conflict { .. }) = &published
            && let Some(ack) = self.stored_before(subject, id).await
        {
            return Ok(ack);
        }
        published
    }

    pub(crate) async fn publish_until_acknowledged(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
        since: Instant,
    ) -> Result<Ack, PublishError> {
        let mut delay = FIRST_RETRY_DELAY;
        let mut patience = FIRST_PATIENCE;
        loop {
            let sent = self.send(subject, headers.clone(), payload.clone()).await;
            let settled = tokio::time::timeout(patience, sent.settled(subject)).await;
            let source = match settled.unwrap_or_else(|late| Ok(Err(Box::new(late))))? {
                Ok(ack) => return Ok(ack),
                Err(source) => source,
            };
            patience *= 2;
            let tried = since.elapsed();
            if tried + delay > RETRY_BOUND {
                let subject = subject.to_owned();
                return Err(PublishError::Unacknowledged {
                    subject,
                    tried,
                    source,
                });
            }
            tracing::debug!(subject, error = %source, "not acknowledged; trying again");
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(LONGEST_RETRY_DELAY);
        }
    }

    pub(crate) async fn send(&self, subject: &str, headers: HeaderMap, payload: Bytes) -> Sent {
        let mut status = self.status();
        let disconnects = status.borrow_and_update().disconnects;
        let subject = subject.to_owned();
        let ack = self
            .jetstream
            .publish_with_headers(subject, headers, payload)
            .await;
        Sent {
            ack,
            status,
            disconnects,
        }
    }

    /// Whether the last message of a subject is the one that conflicts with itself: servers look at the
    /// expected sequence before they look for a repetition.
    async fn stored_before(&self, subject: &str, id: &str) -> Option<Ack> {
        let last = self
            .last_for_subject(stream_of(subject), subject)
            .await
            .ok()??;
        let same = last.headers.get("Nats-Msg-Id") == Some(&message_id(subject, id));
        same.then_some(Ack {
            stream_sequence: last.stream_sequence,
            duplicate: true,
        })
    }
}

/// A message under way.
#[derive(Debug)]
pub(crate) struct Sent {
    ack: Result<PublishAckFuture, jetstream::context::PublishError>,
    status: watch::Receiver<BusStatus>,
    disconnects: u64,
}

impl Sent {
    /// The acknowledgement, or inside the reason to try again; outside why that would be useless.
    pub(crate) async fn settled(
        mut self,
        subject: &str,
    ) -> Result<Result<Ack, BoxError>, PublishError> {
        let acknowledged = match self.ack {
            Ok(ack) => {
                let lost = self
                    .status
                    .wait_for(|status| status.disconnects > self.disconnects);
                tokio::select! {
                    biased;
                    acknowledged = ack.into_future() => acknowledged,
                    // What went down with the connection is not worth the full wait.
                    _ = lost => return Ok(Err("the connection was lost".into())),
                }
            }
            Err(error) => Err(error),
        };
        match acknowledged {
            Ok(ack) => Ok(Ok(ack.into())),
            Err(error) => retryable(subject, error).map(Err),
        }
    }
}

impl From<PublishAck> for Ack {
    fn from(ack: PublishAck) -> Self {
        Self {
            stream_sequence: ack.sequence,
            duplicate: ack.duplicate,
        }
    }
}

fn header_map(headers: &Headers, subject: &str, id: &str) -> HeaderMap {
    let mut map = headers.to_map();
    map.insert(NATS_MESSAGE_ID, message_id(subject, id));
    map
}

/// The error if trying again can help.
fn retryable(
    subject: &str,
    error: jetstream::context::PublishError,
) -> Result<BoxError, PublishError> {
    let subject = || subject.to_owned();
    let reply = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<jetstream::Error>());
    match error.kind() {
        PublishErrorKind::WrongLastSequence => Err(PublishError::Conflict { subject: subject() }),
        PublishErrorKind::MaxPayloadExceeded => Err(PublishError::Refused {
            subject: subject(),
            source: Box::new(error),
        }),
        PublishErrorKind::Other => match reply {
            Some(reply) if WRONG_LAST_SEQUENCE.contains(&reply.error_code().0) => {
                Err(PublishError::Conflict { subject: subject() })
            }
            Some(reply) if is_final(reply.code(), reply.error_code().0) => {
                Err(PublishError::Refused {
                    subject: subject(),
                    source: Box::new(error),
                })
            }
            _ => Ok(Box::new(error)),
        },
        _ => Ok(Box::new(error)),
    }
}

/// Whether the server's answer, by its status and number, is its last word.
fn is_final(status: usize, number: u64) -> bool {
    (400..500).contains(&status) && !PASSING.contains(&number)
}

#[cfg(test)]
mod tests;
