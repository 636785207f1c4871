//! Publishing by the thousand. A server that syncs every message does three thousand a second one by one, and
//! ten times that when it may store a batch as one; where it may not, or refuses, they go one by one.

use async_nats::HeaderMap;
use bytes::Bytes;
use serde::Deserialize;

use super::{Ack, Outgoing, PublishError, SYNCED_WINDOW, header_map};
use crate::streams::{StreamsError, stream_of};
use crate::{BoxError, Bus};

/// The most messages that a server stores as one.
pub const BATCH_MAX_MESSAGES: usize = 1_000;

const BATCH_ID: &str = "Nats-Batch-Id";
const BATCH_SEQUENCE: &str = "Nats-Batch-Sequence";
const BATCH_COMMIT: &str = "Nats-Batch-Commit";

/// A publisher of batches into one stream.
#[derive(Debug, Clone)]
pub struct Batches {
    bus: Bus,
    stream: String,
    atomic: bool,
}

/// The answer to the last message of a batch.
#[derive(Deserialize)]
struct Committed {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    count: u64,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    err_code: u64,
    description: String,
}

impl Bus {
    /// A publisher of batches into this stream.
    ///
    /// # Errors
    /// When the server does not say how the stream is set up.
    pub async fn batches(&self, stream: &str) -> Result<Batches, StreamsError> {
        let found =
            self.jetstream
                .get_stream(stream)
                .await
                .map_err(|source| StreamsError::Server {
                    stream: stream.to_owned(),
                    source: Box::new(source),
                })?;
        let atomic = found.cached_info().config.allow_atomic_publish;
        Ok(Batches {
            bus: self.clone(),
            stream: stream.to_owned(),
            atomic,
        })
    }
}

impl Batches {
    /// Whether the server stores a batch as one.
    #[must_use]
    pub const fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// Publishes the messages and reports what became of each, in their order.
    ///
    /// They are stored all or none as far as [`BATCH_MAX_MESSAGES`] go, unless one of them was stored before
    /// or is refused: then each goes for itself.
    pub async fn publish(
        &self,
        messages: Vec<Outgoing>,
    ) -> Vec<(Outgoing, Result<Ack, PublishError>)> {
        let mut reported = Vec::with_capacity(messages.len());
        let mut messages = messages.into_iter().peekable();
        while messages.peek().is_some() {
            let batch: Vec<_> = messages.by_ref().take(BATCH_MAX_MESSAGES).collect();
            match self.as_one(&batch).await {
                Ok(first) => reported.extend(batch.into_iter().zip(first..).map(
                    |(message, stream_sequence)| {
                        (
                            message,
                            Ok(Ack {
                                stream_sequence,
                                duplicate: false,
                            }),
                        )
                    },
                )),
                Err(why) => {
                    tracing::debug!(%why, messages = batch.len(), "not stored as one; one by one");
                    self.one_by_one(batch, &mut reported).await;
                }
            }
        }
        reported
    }

    async fn one_by_one(
        &self,
        batch: Vec<Outgoing>,
        reported: &mut Vec<(Outgoing, Result<Ack, PublishError>)>,
    ) {
        let mut bulk = self.bus.bulk(SYNCED_WINDOW);
        for message in batch {
            reported.extend(bulk.push(message).await);
        }
        while let Some(report) = bulk.next().await {
            reported.push(report);
        }
    }

    /// The sequence of the first message, when all were stored.
    async fn as_one(&self, batch: &[Outgoing]) -> Result<u64, BoxError> {
        let Some((last, before)) = batch.split_last() else {
            return Err("an empty batch".into());
        };
        let one_stream = batch
            .iter()
            .all(|message| stream_of(&message.subject) == self.stream);
        if !self.atomic || !one_stream {
            return Err("the server does not store these as one".into());
        }
        // Unique, short, and nothing that another publisher could guess and mix into.
        let id = self
            .bus
            .client
            .new_inbox()
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        for (number, message) in (1_u64..).zip(before) {
            let headers = batch_headers(message, &id, number);
            if number == 1 {
                // The first one is answered: here a server says that it takes no batch at all.
                let answer = self.ask(message, headers).await?;
                if !answer.is_empty() {
                    committed(&answer)?;
                }
                continue;
            }
            let (subject, payload) = (message.subject.clone(), message.payload.clone());
            self.bus
                .client
                .publish_with_headers(subject, headers, payload)
                .await?;
        }
        let mut headers = batch_headers(last, &id, batch.len() as u64);
        headers.insert(BATCH_COMMIT, "1");
        let Committed { seq, count, .. } = committed(&self.ask(last, headers).await?)?;
        if count != batch.len() as u64 {
            return Err(format!("{count} of {} stored", batch.len()).into());
        }
        Ok(seq + 1 - count)
    }

    async fn ask(&self, message: &Outgoing, headers: HeaderMap) -> Result<Bytes, BoxError> {
        let request = async_nats::Request::new()
            .payload(message.payload.clone())
            .headers(headers);
        Ok(self
            .bus
            .client
            .send_request(message.subject.clone(), request)
            .await?
            .payload)
    }
}

fn batch_headers(message: &Outgoing, id: &str, number: u64) -> HeaderMap {
    let mut headers = header_map(&message.headers, &message.subject, &message.id);
    headers.insert(BATCH_ID, id);
    headers.insert(BATCH_SEQUENCE, number.to_string());
    headers
}

fn committed(answer: &[u8]) -> Result<Committed, BoxError> {
    let committed: Committed = serde_json::from_slice(answer)?;
    match committed.error {
        Some(Refusal {
            err_code,
            description,
        }) => Err(format!("{description} ({err_code})").into()),
        None => Ok(committed),
    }
}
