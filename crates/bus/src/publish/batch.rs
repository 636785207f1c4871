//! Publishing by the thousand. A server that syncs every message does three thousand a second one by one, and
//! ten times that when it may store a batch as one; where it may not, or refuses, they go one by one.

use async_nats::HeaderMap;
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
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

/// A message as it goes into a batch.
pub(super) struct Piece {
    subject: String,
    headers: HeaderMap,
    payload: Bytes,
}

impl Piece {
    /// The message; with `expected` if the last one on its subject has this sequence (0: there is none).
    pub(super) fn of(message: &Outgoing, expected: Option<u64>) -> Self {
        let mut headers = header_map(&message.headers, &message.subject, &message.id);
        if let Some(sequence) = expected {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, sequence.to_string());
        }
        Self {
            subject: message.subject.clone(),
            headers,
            payload: message.payload.clone(),
        }
    }
}

impl Bus {
    /// A publisher of batches into this stream.
    ///
    /// # Errors
    /// When the server does not say how the stream is set up.
    pub async fn batches(&self, stream: &str) -> Result<Batches, StreamsError> {
        Ok(Batches {
            atomic: takes_batches(self, stream).await?,
            bus: self.clone(),
            stream: stream.to_owned(),
        })
    }
}

/// Whether the server stores a batch into this stream as one.
pub(super) async fn takes_batches(bus: &Bus, stream: &str) -> Result<bool, StreamsError> {
    let found = bus.jetstream.get_stream(stream).await;
    let found = found.map_err(|source| StreamsError::Server {
        stream: stream.to_owned(),
        source: Box::new(source),
    })?;
    Ok(found.cached_info().config.allow_atomic_publish)
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
        let one_stream = batch
            .iter()
            .all(|message| stream_of(&message.subject) == self.stream);
        if !self.atomic || !one_stream {
            return Err("the server does not store these as one".into());
        }
        let pieces: Vec<Piece> = batch
            .iter()
            .map(|message| Piece::of(message, None))
            .collect();
        store_as_one(&self.bus, &pieces).await
    }
}

/// Stores the pieces, all or none, into a stream that takes batches; the sequence of the first.
pub(super) async fn store_as_one(bus: &Bus, batch: &[Piece]) -> Result<u64, BoxError> {
    let Some((last, before)) = batch.split_last() else {
        return Err("an empty batch".into());
    };
    // Unique, short, and nothing that another publisher could guess and mix into.
    let inbox = bus.client.new_inbox();
    let id = inbox.rsplit('.').next().unwrap_or_default();
    for (number, piece) in (1_u64..).zip(before) {
        let (subject, payload) = (piece.subject.clone(), piece.payload.clone());
        let headers = batch_headers(piece, id, number);
        bus.client
            .publish_with_headers(subject, headers, payload)
            .await?;
    }
    let mut headers = batch_headers(last, id, batch.len() as u64);
    headers.insert(BATCH_COMMIT, "1");
    let request = async_nats::Request::new()
        .payload(last.payload.clone())
        .headers(headers);
    let answer = bus
        .client
        .send_request(last.subject.clone(), request)
        .await?;
    let Committed { seq, count, .. } = committed(&answer.payload)?;
    if count != batch.len() as u64 {
        return Err(format!("{count} of {} stored", batch.len()).into());
    }
    Ok(seq + 1 - count)
}

fn batch_headers(piece: &Piece, id: &str, number: u64) -> HeaderMap {
    let mut headers = piece.headers.clone();
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
