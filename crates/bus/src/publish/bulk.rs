//! Publishing many messages: several are under way at once, each is reported, in the order they were given.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::{Ack, Outgoing, PublishError, Sent, header_map};
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
    under_way: VecDeque<(Outgoing, Instant, Sent)>,
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
        self.under_way.push_back((message, Instant::now(), sent));
        reported
    }

    /// Waits for the oldest message under way and reports what became of it; none when all are reported.
    pub async fn next(&mut self) -> Option<(Outgoing, Result<Ack, PublishError>)> {
        let (message, since, sent) = self.under_way.pop_front()?;
        let outcome = match sent.settled(&message.subject).await {
            Ok(Ok(ack)) => Ok(ack),
            Ok(Err(_)) => self.again(&message, since).await,
            Err(refused) => Err(refused),
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
