//! What a stream holds now: the last message of a subject, one message, the last of each subject; and
//! watching subjects live.

use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, RawMessageErrorKind};
use bytes::Bytes;
use futures::StreamExt;

use crate::consume::{HEARTBEAT, Incoming, Start, Tail};
use crate::streams::DEADLETTERS;
use crate::subjects::ErasedSubject;
use crate::{BoxError, Bus, Headers, PublishError, ReadError};

/// A message as a stream holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it was published.
    pub subject: String,
    /// Its sequence in the stream.
    pub stream_sequence: u64,
    /// Its headers.
    pub headers: Headers,
    /// Its bytes.
    pub payload: Bytes,
    /// When the server stored it, in microseconds since 1970.
    pub server_time_us: i64,
}

/// Why a stream could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("cannot read stream {stream}; check the server and that this user may read it")]
pub struct LookupError {
    stream: String,
    #[source]
    source: BoxError,
}

/// Why a message could not be erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The stream could not be read or changed.
    #[error(transparent)]
    Stream(#[from] LookupError),
    /// That it was erased could not be noted down, so it was not erased.
    #[error("cannot note down the erasure, so nothing was erased; try again")]
    Note(#[from] PublishError),
}

impl LookupError {
    fn new(stream: &str, source: impl Into<BoxError>) -> Self {
        Self {
            stream: stream.to_owned(),
            source: source.into(),
        }
    }
}

impl Bus {
    /// The last message on a subject, asked of the stream's leader, so that it can be built upon.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn last_for_subject(
        &self,
        stream: &str,
        subject: &str,
    ) -> Result<Option<Stored>, LookupError> {
        let handle = self.jetstream.get_stream_no_info(stream).await;
        let handle = handle.map_err(|error| LookupError::new(stream, error))?;
        match handle.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(message.into())),
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {
                Ok(None)
            }
            Err(error) => Err(LookupError::new(stream, error)),
        }
    }

    /// The message of one sequence, if it is there.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn stored(&self, stream: &str, sequence: u64) -> Result<Option<Stored>, LookupError> {
        let handle = self.jetstream.get_stream_no_info(stream).await;
        let handle = handle.map_err(|error| LookupError::new(stream, error))?;
        match handle.get_raw_message(sequence).await {
            Ok(message) => Ok(Some(message.into())),
            Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
            Err(error) => Err(LookupError::new(stream, error)),
        }
    }

    /// The last message of each subject that matches the filter, oldest first.
    ///
    /// # Errors
    /// When the stream is recreated while it is read.
    pub async fn last_per_subject(
        &self,
        stream: &str,
        filter: &str,
    ) -> Result<Vec<Stored>, ReadError> {
        self.watch_last(stream, filter)
            .without_looking_back()
            .all_now()
            .await
    }

    /// Every message that matches the filter, oldest first.
    ///
    /// # Errors
    /// When the stream is recreated while it is read.
    pub async fn all_stored(&self, stream: &str, filter: &str) -> Result<Vec<Stored>, ReadError> {
        self.watch_after(stream, filter, 0).all_now().await
    }

    /// Hands out the last message of each subject that matches the filter, then each new one.
    #[must_use]
    pub fn watch_last(&self, stream: &str, filter: &str) -> Watch {
        Watch {
            tail: Tail::new(self, stream, Some(filter.to_owned()), Start::LastPerSubject),
        }
    }

    /// Hands out each message after this sequence that matches the filter. The stream must have come that far.
    #[must_use]
    pub fn watch_after(&self, stream: &str, filter: &str, sequence: u64) -> Watch {
        Watch {
            tail: Tail::new(
                self,
                stream,
                Some(filter.to_owned()),
                Start::After(sequence),
            ),
        }
    }

    /// Overwrites one message of a stream on disk, and before that notes down that it was erased, so that the
    /// gap it leaves is told from one that a damaged disk leaves. Tells whether the message was there.
    ///
    /// # Errors
    /// When the server does not do it; erasing it again is harmless.
    pub async fn erase(&self, stream: &str, sequence: u64) -> Result<bool, EraseError> {
        if self.stored(stream, sequence).await?.is_none() {
            return Ok(false);
        }
        let note = ErasedSubject { stream, sequence }.to_string();
        self.publish(&note, "erased", Bytes::new(), &Headers::new())
            .await?;
        let handle = self.jetstream.get_stream_no_info(stream).await;
        let handle = handle.map_err(|error| LookupError::new(stream, error))?;
        // Without `no_erase` the server overwrites the bytes.
        let erased = handle.delete_message(sequence).await;
        Ok(erased.map_err(|error| LookupError::new(stream, error))?)
    }

    /// Whether a message was erased, or its erasure was begun.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn was_erased(&self, stream: &str, sequence: u64) -> Result<bool, LookupError> {
        let note = ErasedSubject { stream, sequence }.to_string();
        Ok(self.last_for_subject(DEADLETTERS, &note).await?.is_some())
    }

    /// Listens to a subject as messages pass, without any history. Whatever this connection asks or publishes afterwards
    /// the server does later than this. It has not said so when this returns: a department's user may publish nothing
    /// that would come back.
    ///
    /// # Errors
    /// When the server does not take the subscription.
    pub async fn subscribe(&self, subject: &str) -> Result<Subscription, BoxError> {
        let inner = self.client.subscribe(subject.to_owned()).await?;
        self.client.flush().await?;
        Ok(Subscription { inner })
    }
}

/// The last messages of some subjects, then what follows.
pub struct Watch {
    tail: Tail,
}

impl Watch {
    /// For a user who may read nothing of the stream but what matches the filter: when the connection was lost, it is not
    /// looked whether the stream still holds what was handed out last.
    #[must_use]
    pub fn without_looking_back(mut self) -> Self {
        self.tail.without_looking_back();
        self
    }

    /// The next message; stream errors are logged and it goes on. Cancel safe.
    ///
    /// # Errors
    /// When the stream was recreated or lost its end.
    pub async fn next(&mut self) -> Result<Incoming, ReadError> {
        self.tail.next().await
    }

    /// Whether the stream holds more that has not been handed out.
    ///
    /// # Errors
    /// When the stream was recreated or lost its end.
    pub async fn has_more_now(&mut self) -> Result<bool, ReadError> {
        self.tail.open().await?;
        Ok(self.tail.pending() > 0)
    }

    /// Everything that has not been handed out and is there now.
    async fn all_now(mut self) -> Result<Vec<Stored>, ReadError> {
        let mut found = Vec::new();
        while self.has_more_now().await? {
            // What is erased while we read is counted and never comes: look again what is left.
            let Ok(next) = tokio::time::timeout(HEARTBEAT, self.next()).await else {
                self.tail.anew();
                continue;
            };
            let Incoming {
                subject,
                headers,
                payload,
                stream_sequence,
                server_time_us,
            } = next?;
            found.push(Stored {
                subject,
                stream_sequence,
                headers,
                payload,
                server_time_us,
            });
        }
        Ok(found)
    }
}

/// A message that passed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// Where it was published.
    pub subject: String,
    /// Its headers.
    pub headers: Headers,
    /// Its bytes.
    pub payload: Bytes,
}

/// A live subscription.
#[derive(Debug)]
pub struct Subscription {
    inner: async_nats::Subscriber,
}

impl Subscription {
    /// The next message; none once the connection has ended. Cancel safe.
    pub async fn next(&mut self) -> Option<Passing> {
        let message = self.inner.next().await?;
        Some(Passing {
            subject: message.subject.to_string(),
            headers: Headers::from_map(message.headers.as_ref()),
            payload: message.payload,
        })
    }

    /// The next message that comes within the time.
    pub async fn next_within(&mut self, time: Duration) -> Option<Passing> {
        tokio::time::timeout(time, self.next()).await.ok().flatten()
    }
}

impl From<StreamMessage> for Stored {
    fn from(message: StreamMessage) -> Self {
        let time_us = message.time.unix_timestamp_nanos() / 1_000;
        Self {
            subject: message.subject.to_string(),
            stream_sequence: message.sequence,
            headers: Headers::from_map(Some(&message.headers)),
            payload: message.payload,
            server_time_us: i64::try_from(time_us).unwrap_or(i64::MAX),
        }
    }
}
