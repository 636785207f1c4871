//! A consumer without acknowledgements that follows a stream and can be lost at any time: it is made again
//! after the last message that was handed out.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, MessagesErrorKind, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;

use super::{Backoff, HEARTBEAT, Incoming, PULL_EXPIRES, Position, ReadError};
use crate::streams::incarnation;
use crate::{BoxError, Bus, BusStatus};

/// Messages asked for at a time. Under 200 a pull can stall.
const PULL_BATCH: usize = 1_024;
/// The server forgets a consumer that nobody has used for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// After this sequence; 0 for the beginning.
    After(u64),
    /// With the last message of each subject, then whatever comes.
    LastPerSubject,
}

pub(crate) struct Tail {
    bus: Bus,
    stream: String,
    filter: Option<String>,
    start: Start,
    incarnation: Option<String>,
    /// The last sequence handed out.
    last: u64,
    /// When its message was stored, if known: a stream that lost its end gives the sequence to another message.
    last_time_us: Option<i64>,
    /// How far the stream is known to go.
    end: u64,
    /// How many messages the server still has for us.
    pending: u64,
    /// The last sequence of the stream when nothing was left to deliver although it is behind `last`.
    empty_to: Option<u64>,
    consumer_sequence: u64,
    messages: Option<Stream>,
    /// How often the connection had been lost when the consumer was made; it does not outlive the next time.
    disconnects: u64,
    status: watch::Receiver<BusStatus>,
    reconnect_first: bool,
    backoff: Backoff,
}

impl Tail {
    pub(crate) fn new(bus: &Bus, stream: &str, filter: Option<String>, start: Start) -> Self {
        let last = if let Start::After(sequence) = start {
            sequence
        } else {
            0
        };
        Self {
            bus: bus.clone(),
            stream: stream.to_owned(),
            filter,
            start,
            incarnation: None,
            last,
            last_time_us: None,
            end: last,
            pending: 0,
            empty_to: None,
            consumer_sequence: 0,
            messages: None,
            disconnects: 0,
            status: bus.status(),
            reconnect_first: false,
            backoff: Backoff::new(),
        }
    }

    pub(crate) fn after(
        bus: &Bus,
        stream: &str,
        position: Position,
        server_time_us: Option<i64>,
    ) -> Self {
        let mut tail = Self::new(bus, stream, None, Start::After(position.sequence));
        tail.last_time_us = server_time_us;
        tail.incarnation = Some(position.incarnation);
        tail
    }

    pub(crate) fn incarnation(&self) -> &str {
        self.incarnation.as_deref().unwrap_or_default()
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    pub(crate) const fn pending(&self) -> u64 {
        self.pending
    }

    /// Whether nothing is left to deliver although the stream goes further.
    pub(crate) const fn is_empty(&self) -> bool {
        self.empty_to.is_some()
    }

    /// See the field; taken once.
    pub(crate) const fn take_empty_to(&mut self) -> Option<u64> {
        self.empty_to.take()
    }

    /// Nothing up to here will be handed out any more.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        if sequence > self.last {
            self.last = sequence;
            self.last_time_us = None;
        }
    }

    /// Makes sure there is a consumer, however often and long it takes.
    pub(crate) async fn open(&mut self) -> Result<(), ReadError> {
        while self.messages.is_none() {
            self.backoff.pause().await;
            match self.try_open().await {
                Ok(Ok(())) => {}
                Ok(Err(fatal)) => return Err(fatal),
                Err(error) => {
                    tracing::warn!(stream = self.stream, %error, "cannot read the stream; trying again");
                }
            }
        }
        Ok(())
    }

    /// The next message. Cancel safe: what is not handed out is delivered again.
    pub(crate) async fn next(&mut self) -> Result<Incoming, ReadError> {
        loop {
            self.open().await?;
            let Some(messages) = &mut self.messages else {
                continue;
            };
            let disconnects = self.disconnects;
            let lost = self
                .status
                .wait_for(|status| status.disconnects > disconnects);
            let received = tokio::select! {
                biased;
                received = messages.next() => Some(received),
                () = lost.map(drop) => None,
            };
            let accepted = match received {
                Some(received) => self.accept(received),
                None => self.doubt("the connection was lost"),
            };
            if let Some(incoming) = accepted {
                return Ok(incoming);
            }
        }
    }

    /// The next message if it is there already.
    pub(crate) fn next_ready(&mut self) -> Option<Incoming> {
        loop {
            let messages = self.messages.as_mut()?;
            // Else the runtime would report "not ready" after a hundred messages taken without a pause.
            let received = tokio::task::unconstrained(messages.next()).now_or_never()?;
            if let Some(incoming) = self.accept(received) {
                return Some(incoming);
            }
        }
    }

    fn accept(
        &mut self,
        received: Option<
            Result<async_nats::jetstream::Message, async_nats::error::Error<MessagesErrorKind>>,
        >,
    ) -> Option<Incoming> {
        let message = match received {
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                self.reconnect_first = error.kind() == MessagesErrorKind::MissingHeartbeat;
                return self.doubt(&error.to_string());
            }
            None => return self.doubt("the subscription ended"),
        };
        let Some((incoming, delivered)) = Incoming::read(message) else {
            return self.doubt("a message without its place in the stream");
        };
        if delivered.consumer_sequence != self.consumer_sequence + 1 {
            return self.doubt("messages were lost on the way");
        }
        self.consumer_sequence = delivered.consumer_sequence;
        self.end = self.end.max(incoming.stream_sequence + delivered.pending);
        self.pending = delivered.pending;
        self.backoff.reset();
        if delivered.pending == 0 {
            // All last messages have been seen: from here on, every message counts.
            self.start = Start::After(self.last);
        }
        if incoming.stream_sequence <= self.last {
            return None;
        }
        self.last = incoming.stream_sequence;
        self.last_time_us = Some(incoming.server_time_us);
        Some(incoming)
    }

    fn doubt(&mut self, why: &str) -> Option<Incoming> {
        tracing::warn!(
            stream = self.stream,
            after = self.last,
            why,
            "reading the stream anew"
        );
        self.messages = None;
        None
    }

    async fn try_open(&mut self) -> Result<Result<(), ReadError>, BoxError> {
        if std::mem::take(&mut self.reconnect_first) {
            // A half-open link: only a new connection helps.
            self.bus.client.force_reconnect().await?;
        }
        let disconnects = self.status.borrow_and_update().disconnects;
        let stream = self.bus.jetstream.get_stream(&self.stream).await?;
        let info = stream.cached_info();
        if let Err(fatal) = self.check(&incarnation(info), info.state.last_sequence) {
            return Ok(Err(fatal));
        }
        if let Some(known) = self.last_time_us
            && let Some(stored) = self.bus.stored(&self.stream, self.last).await?
            && stored.server_time_us != known
        {
            let (stream, position) = (self.stream.clone(), self.last);
            return Ok(Err(ReadError::Rewritten { stream, position }));
        }
        let last_sequence = info.state.last_sequence;
        let deliver_policy = match self.start {
            Start::After(_) => DeliverPolicy::ByStartSequence {
                start_sequence: self.last + 1,
            },
            Start::LastPerSubject => DeliverPolicy::LastPerSubject,
        };
        let config = Config {
            deliver_policy,
            ack_policy: AckPolicy::None,
            filter_subject: self.filter.clone().unwrap_or_default(),
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..Config::default()
        };
        let consumer = stream.create_consumer(config).await?;
        let pending = consumer.cached_info().num_pending;
        let nothing_left = pending == 0;
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL_BATCH)
            .heartbeat(HEARTBEAT)
            .expires(PULL_EXPIRES)
            .messages()
            .await?;
        self.end = self.end.max(last_sequence);
        self.empty_to = (nothing_left && last_sequence > self.last).then_some(last_sequence);
        if nothing_left {
            self.start = Start::After(self.last);
        }
        self.pending = pending;
        self.consumer_sequence = 0;
        self.disconnects = disconnects;
        self.messages = Some(messages);
        Ok(Ok(()))
    }

    fn check(&mut self, now: &str, last: u64) -> Result<(), ReadError> {
        let stream = || self.stream.clone();
        match &self.incarnation {
            Some(had) if had != now => {
                let (had, now) = (had.clone(), now.to_owned());
                return Err(ReadError::Recreated {
                    stream: stream(),
                    had,
                    now,
                });
            }
            Some(_) => {}
            None => self.incarnation = Some(now.to_owned()),
        }
        if last < self.last {
            return Err(ReadError::Truncated {
                stream: self.stream.clone(),
                position: self.last,
                last,
            });
        }
        Ok(())
    }
}
