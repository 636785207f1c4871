//! Publishing many messages: several are under way at once, each is reported, in the order they were given.

use std::collections::VecDeque;

use async_nats::jetstream::context::PublishAckFuture;
use tokio::time::Instant;

use super::{Ack, Outgoing, PublishError, header_map, retryable};
use crate::Bus;

/// How many messages may be under way to a server that syncs each one before it acknowledges it: it does one
/// after the other, and the client gives up on an acknowledgement after five seconds.
pub const SYNCED_WINDOW: usize = 16;

/// How many messages may be under way to a server that does not.
pub const UNSYNCED_WINDOW: usize = 256;

/// A publisher of many messages.
///
/// When it is dropped, what is under way may or may not be stored; publishing it again under the same ids is
/// harmless.
#[derive(Debug)]
pub struct Bulk {
    bus: Bus,
    window: usize,
    under_way: VecDeque<(Outgoing, Instant, Option<PublishAckFuture>)>,
}

impl Bus {
    /// A publisher with up to `window` messages under way.
    #[must_use]
    pub fn bulk(&self, window: usize) -> Bulk {
        Bulk {
            bus: self.clone(),
            window: window.max(1),
            under_way: VecDeque::new(),
        }
    }
}

impl Bulk {
    /// Sends a message. When the window is full, first waits for the oldest one and reports what became of it.
    pub async fn push(
        &mut self,
        message: Outgoing,
    ) -> Option<(Outgoing, Result<Ack, PublishError>)> {
        let reported = if self.under_way.len() >= self.window {
            self.next().await
        } else {
            None
        };
        let headers = header_map(&message.headers, &message.subject, &message.id);
        let sent = self
            .bus
            .send(&message.subject, headers, message.payload.clone())
            .await;
        self.under_way
            .push_back((message, Instant::now(), sent.ok()));
        reported
    }

    /// Waits for the oldest message under way and reports what became of it; none when all are reported.
    pub async fn next(&mut self) -> Option<(Outgoing, Result<Ack, PublishError>)> {
        let (message, since, sent) = self.under_way.pop_front()?;
        let outcome = match sent {
            Some(sent) => match sent.await {
                Ok(ack) => Ok(ack.into()),
                Err(error) => match retryable(&message.subject, error) {
                    Ok(_) => self.again(&message, since).await,
                    Err(refused) => Err(refused),
                },
            },
            None => self.again(&message, since).await,
        };
        Some((message, outcome))
    }

    async fn again(&self, message: &Outgoing, since: Instant) -> Result<Ack, PublishError> {
        let headers = header_map(&message.headers, &message.subject, &message.id);
        let payload = message.payload.clone();
        self.bus
            .publish_until_acknowledged(&message.subject, headers, payload, since)
            .await
    }
}
