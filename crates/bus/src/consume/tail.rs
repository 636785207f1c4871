//! A consumer without acknowledgements that follows a stream and can be lost at any time: it is made again
//! after the last message that was handed out.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, MessagesErrorKind, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;

use super::opening::Opening;
use super::{HEARTBEAT, Incoming, PULL_EXPIRES, Position, ReadError};
use crate::last::LookupError;
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
    plan: Plan,
    /// How far the stream is known to go.
    end: u64,
    /// How many messages the server still has for us.
    pending: u64,
    /// The last sequence of the stream when nothing was left to deliver although that is behind ours.
    empty_to: Option<u64>,
    consumer_sequence: u64,
    messages: Option<Stream>,
    /// How often the connection had been lost when the consumer was made; it does not outlive the next time.
    disconnects: u64,
    status: watch::Receiver<BusStatus>,
    opening: Opening<Result<Opened, ReadError>>,
}

/// What it takes to make the consumer.
#[derive(Clone)]
struct Plan {
    bus: Bus,
    stream: String,
    filter: Option<String>,
    start: Start,
    incarnation: Option<String>,
    /// The last sequence handed out.
    last: u64,
    /// When its message was stored, if known: a stream that lost its end gives the sequence to another message.
    last_time_us: Option<i64>,
    /// Whether that is looked after when the consumer is made anew, for which a user must be allowed any message.
    checks_last: bool,
    reconnect_first: bool,
}

/// A consumer that was made.
struct Opened {
    messages: Stream,
    incarnation: String,
    last_sequence: u64,
    pending: u64,
    disconnects: u64,
}

impl Tail {
    pub(crate) fn new(bus: &Bus, stream: &str, filter: Option<String>, start: Start) -> Self {
        let last = if let Start::After(sequence) = start {
            sequence
        } else {
            0
        };
        let plan = Plan {
            bus: bus.clone(),
            stream: stream.to_owned(),
            filter,
            start,
            incarnation: None,
            last,
            last_time_us: None,
            checks_last: true,
            reconnect_first: false,
        };
        Self {
            plan,
            end: last,
            pending: 0,
            empty_to: None,
            consumer_sequence: 0,
            messages: None,
            disconnects: 0,
            status: bus.status(),
            opening: Opening::none(),
        }
    }

    pub(crate) fn after(
        bus: &Bus,
        stream: &str,
        position: Position,
        server_time_us: Option<i64>,
    ) -> Self {
        let mut tail = Self::new(bus, stream, None, Start::After(position.sequence));
        tail.plan.last_time_us = server_time_us;
        tail.plan.incarnation = Some(position.incarnation);
        tail
    }

    pub(crate) fn incarnation(&self) -> &str {
        self.plan.incarnation.as_deref().unwrap_or_default()
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    pub(crate) const fn pending(&self) -> u64 {
        self.pending
    }

    /// How far the stream goes when nothing up to there will come any more.
    pub(crate) fn empty_to(&self) -> Option<u64> {
        self.empty_to.filter(|&sequence| sequence > self.plan.last)
    }

    /// Nothing up to here will be handed out any more.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        if sequence > self.plan.last {
            self.plan.last = sequence;
            self.plan.last_time_us = None;
        }
    }

    /// Reads on whether or not the message handed out last is still the same.
    pub(crate) fn without_looking_back(&mut self) {
        self.plan.checks_last = false;
    }

    /// Lets the consumer go; the next call makes another.
    pub(crate) fn anew(&mut self) {
        self.messages = None;
    }

    /// Makes sure there is a consumer, however often and long it takes. Cancel safe.
    pub(crate) async fn open(&mut self) -> Result<(), ReadError> {
        while self.messages.is_none() {
            let Self { plan, opening, .. } = self;
            let opened = opening
                .done(|| {
                    let this_time = plan.clone();
                    plan.reconnect_first = false;
                    this_time.open()
                })
                .await;
            match opened {
                Ok(opened) => self.begin(opened?),
                Err(error) => {
                    let stream = &self.plan.stream;
                    tracing::warn!(stream, %error, "cannot read the stream; trying again");
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, opened: Opened) {
        let Opened {
            messages,
            incarnation,
            last_sequence,
            pending,
            disconnects,
        } = opened;
        self.plan.incarnation = Some(incarnation);
        self.end = self.end.max(last_sequence);
        self.empty_to = (pending == 0 && last_sequence > self.plan.last).then_some(last_sequence);
        if pending == 0 {
            self.plan.start = Start::After(self.plan.last);
        }
        self.pending = pending;
        self.consumer_sequence = 0;
        self.disconnects = disconnects;
        self.messages = Some(messages);
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
                self.plan.reconnect_first = error.kind() == MessagesErrorKind::MissingHeartbeat;
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
        self.opening.succeeded();
        if delivered.pending == 0 {
            // All last messages have been seen: from here on, every message counts.
            self.plan.start = Start::After(self.plan.last);
        }
        if incoming.stream_sequence <= self.plan.last {
            return None;
        }
        self.plan.last = incoming.stream_sequence;
        self.plan.last_time_us = Some(incoming.server_time_us);
        Some(incoming)
    }

    fn doubt(&mut self, why: &str) -> Option<Incoming> {
        tracing::warn!(
            stream = self.plan.stream,
            after = self.plan.last,
            why,
            "reading the stream anew"
        );
        self.messages = None;
        None
    }
}

impl Plan {
    async fn open(self) -> Result<Result<Opened, ReadError>, BoxError> {
        if self.reconnect_first {
            // A half-open link: only a new connection helps.
            self.bus.client.force_reconnect().await?;
        }
        let disconnects = self.bus.status().borrow().disconnects;
        let stream = self.bus.jetstream.get_stream(&self.stream).await?;
        let info = stream.cached_info();
        let (incarnation, last_sequence) = (incarnation(info), info.state.last_sequence);
        let had = Had {
            incarnation: self.incarnation.as_deref(),
            sequence: self.last,
            stored_at_us: self.last_time_us.filter(|_| self.checks_last),
        };
        let is = (&*incarnation, last_sequence);
        if let Err(fatal) = had.is_there(&self.bus, &self.stream, is).await? {
            return Ok(Err(fatal));
        }
        let consumer = stream.create_consumer(self.config()).await?;
        let pending = consumer.cached_info().num_pending;
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL_BATCH)
            .heartbeat(HEARTBEAT)
            .expires(PULL_EXPIRES)
            .messages()
            .await?;
        Ok(Ok(Opened {
            messages,
            incarnation,
            last_sequence,
            pending,
            disconnects,
        }))
    }

    fn config(&self) -> Config {
        Config {
            deliver_policy: match self.start {
                Start::After(_) => DeliverPolicy::ByStartSequence {
                    start_sequence: self.last + 1,
                },
                Start::LastPerSubject => DeliverPolicy::LastPerSubject,
            },
            ack_policy: AckPolicy::None,
            // Under a name the filter stands in the subject of the request, by which a user may be allowed some alone.
            name: Some(self.bus.fresh_name()),
            filter_subject: self.filter.clone().unwrap_or_default(),
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..Config::default()
        }
    }
}

/// What a stream had.
pub(crate) struct Had<'a> {
    /// Which stream it was, if known.
    pub(crate) incarnation: Option<&'a str>,
    /// A sequence that it had reached.
    pub(crate) sequence: u64,
    /// When its message was stored, in microseconds since 1970, if known and to be compared.
    pub(crate) stored_at_us: Option<i64>,
}

impl Had<'_> {
    /// Whether the stream, which is now of this incarnation and ends there, still has it.
    pub(crate) async fn is_there(
        &self,
        bus: &Bus,
        stream: &str,
        (now, last): (&str, u64),
    ) -> Result<Result<(), ReadError>, LookupError> {
        let (position, stream) = (self.sequence, stream.to_owned());
        if let Some(had) = self.incarnation.filter(|had| *had != now) {
            let (had, now) = (had.to_owned(), now.to_owned());
            return Ok(Err(ReadError::Recreated { stream, had, now }));
        }
        if last < position {
            return Ok(Err(ReadError::Truncated {
                stream,
                position,
                last,
            }));
        }
        if let Some(known) = self.stored_at_us
            && let Some(stored) = bus.stored(&stream, position).await?
            && stored.server_time_us != known
        {
            return Ok(Err(ReadError::Rewritten { stream, position }));
        }
        Ok(Ok(()))
    }
}
