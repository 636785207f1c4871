//! Publishing together what many tasks publish at the same time. A server that syncs every message takes a group of
//! them in about the time of one; so what comes while a group is under way forms the next, as a database commits.

use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::batch::{Piece, store_as_one, takes_batches};
use super::{Ack, Outgoing, PublishError};
use crate::Bus;
use crate::streams::StreamsError;

/// The most messages of one group.
const GROUP_MAX_MESSAGES: usize = 256;
/// Groups under way at once: while the server syncs one, the next is on its way.
const GROUPS_MAX_UNDER_WAY: usize = 2;
/// Messages that may wait for a group.
const QUEUE_MAX_MESSAGES: usize = 1_024;

/// A publisher into one stream that many tasks share. Clones share the same groups.
#[derive(Debug, Clone)]
pub struct GroupCommit {
    queue: mpsc::Sender<Waiting>,
}

/// A message that waits for a group, or is in one.
struct Waiting {
    message: Outgoing,
    expected: Option<u64>,
    done: oneshot::Sender<Result<Ack, PublishError>>,
}

impl Bus {
    /// A publisher into this stream that stores together what is published at the same time, where the server stores
    /// several messages as one; else each goes for itself.
    ///
    /// # Errors
    /// When the server does not say how the stream is set up.
    pub async fn group_commit(&self, stream: &str) -> Result<GroupCommit, StreamsError> {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX_MESSAGES);
        let together = takes_batches(self, stream).await?;
        tokio::spawn(form_groups(self.clone(), waiting, together));
        Ok(GroupCommit { queue })
    }
}

impl GroupCommit {
    /// As [`Bus::publish`].
    ///
    /// # Errors
    /// As there.
    pub async fn publish(&self, message: Outgoing) -> Result<Ack, PublishError> {
        self.give(message, None).await
    }

    /// As [`Bus::publish_expecting`].
    ///
    /// # Errors
    /// As there.
    pub async fn publish_expecting(
        &self,
        message: Outgoing,
        last_subject_sequence: u64,
    ) -> Result<Ack, PublishError> {
        self.give(message, Some(last_subject_sequence)).await
    }

    async fn give(&self, message: Outgoing, expected: Option<u64>) -> Result<Ack, PublishError> {
        let (done, answer) = oneshot::channel();
        let waiting = Waiting {
            message,
            expected,
            done,
        };
        let queued = self.queue.send(waiting).await;
        queued.expect("groups are formed as long as there is a publisher");
        answer.await.expect("every message of a group is answered")
    }
}

async fn form_groups(bus: Bus, mut waiting: mpsc::Receiver<Waiting>, together: bool) {
    let most = if together { GROUP_MAX_MESSAGES } else { 1 };
    let places = if together {
        GROUPS_MAX_UNDER_WAY
    } else {
        super::SYNCED_WINDOW
    };
    let places = Arc::new(Semaphore::new(places));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("the places are never closed");
        let mut group = Vec::new();
        if waiting.recv_many(&mut group, most).await == 0 {
            return;
        }
        let bus = bus.clone();
        tokio::spawn(async move {
            store(&bus, group).await;
            drop(place);
        });
    }
}

/// Stores the group as one; where that can't be, each message for itself, so that one which is refused keeps back no
/// other.
async fn store(bus: &Bus, group: Vec<Waiting>) {
    if group.len() > 1 {
        let pieces = group.iter().map(|w| Piece::of(&w.message, w.expected));
        match store_as_one(bus, &pieces.collect::<Vec<_>>()).await {
            Ok(first) => {
                for (waiting, stream_sequence) in group.into_iter().zip(first..) {
                    let ack = Ack {
                        stream_sequence,
                        duplicate: false,
                    };
                    // Who no longer waits is not told.
                    let _ = waiting.done.send(Ok(ack));
                }
                return;
            }
            Err(why) => {
                tracing::debug!(%why, messages = group.len(), "not stored as one; one by one");
            }
        }
    }
    join_all(group.into_iter().map(|waiting| alone(bus, waiting))).await;
}

async fn alone(bus: &Bus, waiting: Waiting) {
    let Outgoing {
        subject,
        id,
        payload,
        headers,
    } = waiting.message;
    let stored = match waiting.expected {
        None => bus.publish(&subject, &id, payload, &headers).await,
        Some(last) => {
            bus.publish_expecting(&subject, &id, payload, &headers, last)
                .await
        }
    };
    let _ = waiting.done.send(stored);
}
