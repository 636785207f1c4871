//! Working off a stream with a durable consumer: what is not acknowledged comes again.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::pull::{Config, MessagesErrorKind, Stream};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use bytes::Bytes;
use futures::StreamExt;
use tokio::time::Instant;

use super::opening::Opening;
use super::{HEARTBEAT, Incoming, PULL_EXPIRES};
use crate::startup::may_pass;
use crate::{BoxError, Bus};

/// Messages asked for at a time. Under 200 a pull can stall.
const PULL_BATCH: usize = 256;

/// What is quiet for so long, and for as long as a message waits to come again, is looked after.
const QUIET: Duration = Duration::from_secs(35);

/// Where a new durable begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Begin {
    /// With the stream's first message.
    #[default]
    First,
    /// With what comes from now on.
    New,
    /// With the last message of each subject.
    LastPerSubject,
    /// After what it had done when it was lost, as far as that was [kept](crate::PlaceKeeper) and still holds; else with the
    /// stream's first message.
    WhereItWas {
        /// The stream that its work goes into: what is gone with that has to be done again.
        into: &'static str,
    },
}

/// What a durable is to deliver, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurableSettings {
    /// The stream.
    pub stream: String,
    /// The durable's name: whoever uses the same one shares its work.
    pub name: String,
    /// The subjects it delivers; none means all.
    pub filter_subjects: Vec<String>,
    /// What is neither acknowledged nor refused within this time comes again.
    pub ack_wait: Duration,
    /// How many messages may be out at once.
    pub max_ack_pending: u32,
    /// Where it begins when it is new.
    pub begin: Begin,
}

impl DurableSettings {
    fn refused(&self, source: impl Into<BoxError>) -> ListenError {
        ListenError {
            stream: self.stream.clone(),
            name: self.name.clone(),
            source: source.into(),
        }
    }
}

/// Why a durable cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot use durable {name} of {stream}; check that it is as declared and that this user may use it"
)]
pub struct ListenError {
    stream: String,
    name: String,
    #[source]
    source: BoxError,
}

/// One delivery of a message. Not answering it is a refusal once the durable's patience is over. Clones are the same
/// delivery, so that it can be kept in progress beside who works it off.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message.
    pub incoming: Incoming,
    /// How often it has been delivered, this time included.
    pub delivered: u64,
    reply: String,
    bus: Bus,
}

impl Delivery {
    /// It is done. May still come again: a server that is killed forgets the latest acknowledgements.
    pub async fn ack(self) {
        self.answer(Bytes::from_static(b"+ACK")).await;
    }

    /// It cannot be done now; it comes again after the delay.
    pub async fn nak(self, delay: Duration) {
        let delay_ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.answer(format!("-NAK {{\"delay\": {delay_ns}}}").into())
            .await;
    }

    /// It can never be done and must not come again; the reason is for the server's advisory.
    pub async fn term(self, reason: &str) {
        self.answer(format!("+TERM {reason}").into()).await;
    }

    /// It takes longer: the durable's patience starts anew.
    pub async fn in_progress(&self) {
        self.send(Bytes::from_static(b"+WPI")).await;
    }

    async fn answer(self, text: Bytes) {
        self.send(text).await;
    }

    async fn send(&self, text: Bytes) {
        if let Err(error) = self.bus.client.publish(self.reply.clone(), text).await {
            let sequence = self.incoming.stream_sequence;
            tracing::warn!(sequence, %error, "answer not sent; the message will come again");
        }
    }
}

/// Where a durable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurableProgress {
    /// How many messages are not yet acknowledged: those still to be delivered and those that are out.
    pub backlog: u64,
    /// Everything that it delivers up to this sequence of the stream is acknowledged.
    pub acknowledged_to: u64,
    /// When it was made, in microseconds since 1970.
    pub made_at_us: i64,
}

impl Bus {
    /// How many messages of a durable are not yet acknowledged.
    ///
    /// # Errors
    /// When the server does not say, or there is no such durable.
    pub async fn durable_backlog(&self, stream: &str, name: &str) -> Result<u64, ListenError> {
        Ok(self.durable_progress(stream, name).await?.backlog)
    }

    /// Where a durable stands.
    ///
    /// # Errors
    /// When the server does not say, or there is no such durable.
    pub async fn durable_progress(
        &self,
        stream: &str,
        name: &str,
    ) -> Result<DurableProgress, ListenError> {
        let found: Result<Consumer<Config>, _> =
            self.jetstream.get_consumer_from_stream(name, stream).await;
        let consumer = found.map_err(|error| ListenError {
            stream: stream.to_owned(),
            name: name.to_owned(),
            source: Box::new(error),
        })?;
        let info = consumer.cached_info();
        let made_at_us = info.created.unix_timestamp_nanos() / 1_000;
        Ok(DurableProgress {
            backlog: info.num_pending + u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX),
            // In a cluster, 0 is said until something was acknowledged, wherever the durable began.
            acknowledged_to: info
                .ack_floor
                .stream_sequence
                .max(before(info.config.deliver_policy)),
            made_at_us: i64::try_from(made_at_us).unwrap_or(i64::MAX),
        })
    }
}

/// Works off a stream through a durable, for ever.
pub struct DurableListener {
    plan: Plan,
    messages: Option<Stream>,
    opening: Opening<Stream>,
    /// When a message last came, or it was last found that none was due.
    heard_at: Instant,
}

/// What it takes to begin.
#[derive(Clone)]
struct Plan {
    bus: Bus,
    settings: DurableSettings,
    /// Whether the durable is made when it is missing; else it must be there.
    makes: bool,
    reconnect_first: bool,
}

impl DurableListener {
    /// Makes the durable, or brings it in line with the settings, and begins. A server that is just restarted, or
    /// elects a leader, is waited for.
    ///
    /// # Errors
    /// When the server does not do it within [`RETRY_BOUND`](crate::publish::RETRY_BOUND).
    pub async fn open(bus: &Bus, settings: DurableSettings) -> Result<Self, ListenError> {
        Self::begin(bus, settings, true).await
    }

    /// Begins with a durable that somebody else has made.
    ///
    /// # Errors
    /// When there is none, or this user may not use it.
    pub async fn attach(bus: &Bus, stream: &str, name: &str) -> Result<Self, ListenError> {
        let settings = DurableSettings {
            stream: stream.to_owned(),
            name: name.to_owned(),
            filter_subjects: Vec::new(),
            ack_wait: Duration::ZERO,
            max_ack_pending: 0,
            begin: Begin::First,
        };
        Self::begin(bus, settings, false).await
    }

    async fn begin(bus: &Bus, settings: DurableSettings, makes: bool) -> Result<Self, ListenError> {
        let bus = bus.clone();
        let plan = Plan {
            bus,
            settings,
            makes,
            reconnect_first: false,
        };
        let failed = |source: BoxError| plan.settings.refused(source);
        let opened = plan.bus.patiently(
            "opening a durable",
            |error: &ListenError| may_pass(error),
            || async { Box::pin(plan.clone().open()).await.map_err(failed) },
        );
        let messages = Some(opened.await?);
        Ok(Self {
            plan,
            messages,
            opening: Opening::none(),
            heard_at: Instant::now(),
        })
    }

    /// The next delivery. Stream errors never come out of here; they are logged and it goes on. Cancel safe.
    pub async fn next(&mut self) -> Delivery {
        loop {
            let Some(messages) = &mut self.messages else {
                self.reopen().await;
                continue;
            };
            let due = self.heard_at + self.plan.settings.ack_wait.max(QUIET);
            let Ok(next) = tokio::time::timeout_at(due, messages.next()).await else {
                self.look_whether_any_is_due().await;
                continue;
            };
            match next {
                Some(Ok(message)) => {
                    self.heard_at = Instant::now();
                    self.opening.succeeded();
                    let reply = message.reply.as_ref().map(ToString::to_string);
                    if let (Some(reply), Some((incoming, delivered))) =
                        (reply, Incoming::read(message))
                    {
                        let bus = self.plan.bus.clone();
                        return Delivery {
                            incoming,
                            delivered: delivered.count,
                            reply,
                            bus,
                        };
                    }
                    self.doubt("a message without its place in the stream");
                }
                Some(Err(error)) => {
                    self.plan.reconnect_first = error.kind() == MessagesErrorKind::MissingHeartbeat;
                    self.doubt(&error.to_string());
                }
                None => self.doubt("the subscription ended"),
            }
        }
    }

    /// A request for messages can be lost without either side noticing. So what is quiet for longer than a message waits
    /// to come again is asked anew, when the server has something to be done.
    async fn look_whether_any_is_due(&mut self) {
        let DurableSettings { stream, name, .. } = &self.plan.settings;
        match self.plan.bus.durable_backlog(stream, name).await {
            Ok(1..) => self.doubt("it is quiet, and there is something to be done"),
            Ok(0) => {}
            Err(error) => {
                tracing::debug!(stream, durable = name, %error, "cannot look what is due")
            }
        }
        self.heard_at = Instant::now();
    }

    fn doubt(&mut self, why: &str) {
        let DurableSettings { stream, name, .. } = &self.plan.settings;
        tracing::warn!(stream, durable = name, why, "listening anew");
        self.messages = None;
    }

    async fn reopen(&mut self) {
        let Self { plan, opening, .. } = self;
        let opened = opening
            .done(|| {
                let this_time = plan.clone();
                plan.reconnect_first = false;
                this_time.open()
            })
            .await;
        match opened {
            Ok(messages) => self.messages = Some(messages),
            Err(error) => {
                let DurableSettings { stream, name, .. } = &self.plan.settings;
                tracing::warn!(stream, durable = name, %error, "cannot listen; trying again");
            }
        }
    }
}

impl Plan {
    async fn open(self) -> Result<Stream, BoxError> {
        if self.reconnect_first {
            // A half-open link: only a new connection helps.
            self.bus.client.force_reconnect().await?;
        }
        let DurableSettings { stream, name, .. } = &self.settings;
        let consumer = if self.makes {
            make_durable(&self.bus, &self.settings).await?
        } else {
            self.bus
                .jetstream
                .get_consumer_from_stream(name, stream)
                .await?
        };
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL_BATCH)
            .heartbeat(HEARTBEAT)
            .expires(PULL_EXPIRES)
            .messages()
            .await?;
        Ok(messages)
    }
}

/// Makes the durable, or brings it in line with the settings.
pub(crate) async fn make_durable(
    bus: &Bus,
    settings: &DurableSettings,
) -> Result<Consumer<Config>, ListenError> {
    let made = match settings.begin {
        Begin::First => make(bus, settings, DeliverPolicy::All).await,
        Begin::New => make(bus, settings, DeliverPolicy::New).await,
        Begin::LastPerSubject => make(bus, settings, DeliverPolicy::LastPerSubject).await,
        Begin::WhereItWas { into } => {
            let there = || Box::pin(where_it_was(bus, settings, into));
            match make(bus, settings, there().await?).await {
                // Another may have been faster, and begun elsewhere.
                Err(_) => make(bus, settings, there().await?).await,
                made => made,
            }
        }
    };
    made.map_err(|error| settings.refused(error))
}

async fn make(
    bus: &Bus,
    settings: &DurableSettings,
    deliver_policy: DeliverPolicy,
) -> Result<Consumer<Config>, ConsumerError> {
    // One filter alone stands in the subject of the request, by which a user may be allowed it and no other.
    let (filter_subject, filter_subjects) = match &settings.filter_subjects[..] {
        [one] => (one.clone(), Vec::new()),
        several => (String::new(), several.to_vec()),
    };
    let config = Config {
        durable_name: Some(settings.name.clone()),
        deliver_policy,
        ack_policy: AckPolicy::Explicit,
        ack_wait: settings.ack_wait,
        filter_subject,
        filter_subjects,
        max_ack_pending: i64::from(settings.max_ack_pending),
        max_deliver: -1,
        ..Config::default()
    };
    bus.jetstream
        .create_consumer_on_stream(config, &settings.stream)
        .await
}

/// Where a durable begins that is there, or goes on that was lost.
async fn where_it_was(
    bus: &Bus,
    settings: &DurableSettings,
    into: &str,
) -> Result<DeliverPolicy, ListenError> {
    let found: Result<Consumer<Config>, _> = bus
        .jetstream
        .get_consumer_from_stream(&settings.name, &settings.stream)
        .await;
    match found {
        Ok(found) => return Ok(found.cached_info().config.deliver_policy),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(settings.refused(error)),
    }
    let done = bus.done_by((&settings.stream, &settings.name), into).await;
    let done = done.map_err(|error| settings.refused(error))?;
    tracing::info!(durable = settings.name, after = done, "the durable is made");
    Ok(match done {
        Some(done) => DeliverPolicy::ByStartSequence {
            start_sequence: done + 1,
        },
        None => DeliverPolicy::All,
    })
}

/// The sequence behind which a durable begins.
const fn before(begin: DeliverPolicy) -> u64 {
    match begin {
        DeliverPolicy::ByStartSequence { start_sequence } => start_sequence.saturating_sub(1),
        _ => 0,
    }
}

fn is_missing(error: &ConsumerError) -> bool {
    matches!(error.kind(), ConsumerErrorKind::JetStream(reply) if reply.error_code() == ErrorCode::CONSUMER_NOT_FOUND)
}
