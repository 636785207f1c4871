//! Questions whose answer takes minutes: whoever works on one says so every few seconds when asked to, so that who waits
//! learns soon when nobody does any more.

use std::future::Future;
use std::time::Duration;

use async_nats::{Client, HeaderMap, StatusCode, Subject};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::time::{Instant, MissedTickBehavior};

use super::{RequestError, service_error};
use crate::Bus;

/// On a question: say that you are at work.
const ASKED: &str = "Cardex-Say-At-Work";
/// On a message that says so, and is no answer.
const AT_WORK: &str = "Cardex-At-Work";
/// How often it is said.
const SAID_EVERY: Duration = Duration::from_secs(3);

/// How long who asks a question waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// In all.
    pub whole: Duration,
    /// Since the question was asked, or whoever works on it last said so: far longer than it takes to say so again.
    pub silence: Duration,
}

impl Bus {
    /// As [`Bus::request`], for an answer that may take minutes: ends when nobody is heard to work on it any more.
    ///
    /// # Errors
    /// As [`Bus::request`], and when nobody works on it any more.
    pub async fn request_at_length(
        &self,
        subject: &str,
        payload: Bytes,
        patience: Patience,
    ) -> Result<Bytes, RequestError> {
        let named = || subject.to_owned();
        let failed = |source: crate::BoxError| RequestError::Send {
            subject: named(),
            source,
        };
        let inbox = Subject::from(self.client.new_inbox());
        let subscribed = self.client.subscribe(inbox.clone()).await;
        let mut answers = subscribed.map_err(|error| failed(error.into()))?;
        let mut headers = HeaderMap::new();
        headers.insert(ASKED, "1");
        let sent = self
            .client
            .publish_with_reply_and_headers(named(), inbox, headers, payload)
            .await;
        sent.map_err(|error| failed(error.into()))?;
        let deadline = Instant::now() + patience.whole;
        let mut heard = Instant::now();
        loop {
            let until = deadline.min(heard + patience.silence);
            let Ok(answer) = tokio::time::timeout_at(until, answers.next()).await else {
                return Err(if until < deadline {
                    RequestError::Silent {
                        subject: named(),
                        seconds: patience.silence.as_secs(),
                    }
                } else {
                    RequestError::Timeout { subject: named() }
                });
            };
            let answer = answer.ok_or_else(|| failed("the connection is closed".into()))?;
            if answer.status == Some(StatusCode::NO_RESPONDERS) {
                return Err(RequestError::NoResponders { subject: named() });
            }
            let headers = answer.headers.unwrap_or_default();
            if headers.get(AT_WORK).is_some() {
                heard = Instant::now();
                continue;
            }
            return match service_error(&headers) {
                Some(error) => Err(RequestError::Service(error)),
                None => Ok(answer.payload),
            };
        }
    }
}

/// Whether who asks wants to be told that somebody is at work.
pub(super) fn is_asked(headers: Option<&HeaderMap>) -> bool {
    headers.is_some_and(|headers| headers.get(ASKED).is_some())
}

/// Says to whom the answer goes that somebody is at work, at once and then every few seconds, until it is done.
pub(super) async fn saying_so<T>(
    client: &Client,
    to: Option<Subject>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    let Some(to) = to else { return work.await };
    let mut ticks = tokio::time::interval(SAID_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = ticks.tick() => {
                let mut headers = HeaderMap::new();
                headers.insert(AT_WORK, "1");
                let said = client.publish_with_headers(to.clone(), headers, Bytes::new());
                if let Err(error) = said.await {
                    tracing::warn!(%error, "who waits for an answer is not told that it is worked on");
                }
            }
        }
    }
}
