//! What is to be acknowledged and is not: told as an event when its time has passed, so that the next in line is told.
//!
//! What is waited for follows from the boards on the bus alone, and time from the server's clock: after a kill of every
//! process it is the same, and no clock of a machine hastens it. Where the listeners are behind with what the
//! server took, it is read here, so nothing is said of what somebody acknowledged in time, or of what waits behind a sign that they have not
//! heard of. All listeners of an installation wait for the same; what
//! they then say is the same to the byte, under an id that follows from the item and when it came, so that it counts once.

mod unheard;
mod waiting;

use std::time::Duration;

use bytes::Bytes;
use cardex_bus::consume::ListenError;
use cardex_bus::last::LookupError;
use cardex_bus::streams::{self, StreamsError};
use cardex_bus::{Bus, ClockError, Incoming, PublishError, ReadError, ServerClock};
use cardex_domain::event::{Body, Publisher};
use cardex_domain::ids::content_hash;
use cardex_runtime::CancellationToken;
use cardex_wire::text::EventId;
use cardex_wire::{BoardMessage, EventDraft, PromptSubject, Reject};
use parking_lot::Mutex;
use tokio::sync::Notify;
use unheard::Unheard;

pub(crate) use waiting::{Due, Unseen, Waiting, unseen};

use crate::boards::{SOURCE, content_type};

/// How long to wait after something could not be said or the server's time was not to be had.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// The longest wait at one go: then the server's clock is looked at anew.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long to wait until the boards know of a sign that was hung on a door.
const SIGN_DELAY: Duration = Duration::from_millis(100);
/// What stands on a board of which something is to be acknowledged, and on no other: most need not be read.
const ASKS: &[u8] = b"\"acknowledge_seconds\"";

/// Why something due was not said.
#[derive(Debug, thiserror::Error)]
enum TimerError {
    #[error("it is not known what time it is")]
    Clock(#[from] ClockError),
    #[error("it is not known how far the listeners are")]
    Streams(#[from] StreamsError),
    #[error("it is not known how far the listeners are")]
    Durable(#[from] ListenError),
    #[error("what the listeners are to work off can't be read")]
    Read(#[from] ReadError),
    #[error("the board on the bus can't be looked up")]
    Lookup(#[from] LookupError),
    #[error("the bus did not take a card event")]
    Publish(#[from] PublishError),
    #[error("a card event of ours would not be taken")]
    Event(#[source] Reject),
}

/// Everything that is waited for.
#[derive(Default)]
pub(crate) struct Timers {
    waiting: Mutex<Waiting>,
    unheard: tokio::sync::Mutex<Unheard>,
    /// Something else may be due first.
    changed: Notify,
}

impl Timers {
    /// A board passed on the stream: what was waited for on its subject is, from now on, what it asks for.
    pub(crate) fn passed(&self, message: &Incoming) {
        let asks = message.payload.windows(ASKS.len()).any(|part| part == ASKS);
        // What can't be read was made by another version, whose own listener waits for it.
        let board = asks.then(|| BoardMessage::decode(&message.subject, &message.payload));
        let board = board
            .and_then(Result::ok)
            .map(|board| board.data.to_board());
        let unseen = board.as_ref().map(unseen).unwrap_or_default();
        self.waiting.lock().put(&message.subject, unseen);
        self.changed.notify_one();
    }

    /// Nothing is known of any board any more.
    pub(crate) fn forget(&self) {
        *self.waiting.lock() = Waiting::default();
    }

    /// Says what is due, until told to stop.
    pub(crate) async fn run(&self, bus: &Bus, clock: &ServerClock, token: &CancellationToken) {
        let waiting = async {
            loop {
                let wait = self.say_due(bus, clock).await.unwrap_or_else(|error| {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what is due is said later"
                    );
                    RETRY_DELAY
                });
                tokio::select! {
                    () = self.changed.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
        };
        let _: Option<std::convert::Infallible> = token.run_until_cancelled(waiting).await;
    }

    /// Says everything that is due now; how long nothing else will be.
    async fn say_due(&self, bus: &Bus, clock: &ServerClock) -> Result<Duration, TimerError> {
        let (mut heard_until_us, mut unheard) = (i64::MIN, self.unheard.lock().await);
        loop {
            let first = self.waiting.lock().first();
            let Some((due, unseen)) = first else {
                return Ok(LONGEST_WAIT);
            };
            if due.0 > heard_until_us {
                let now_us = clock.now_us().await?;
                let early_us = due.0.saturating_sub(now_us);
                if let Ok(early_us @ 1..) = u64::try_from(early_us) {
                    return Ok(Duration::from_micros(early_us).min(LONGEST_WAIT));
                }
                unheard.catch_up(bus).await?;
                heard_until_us = now_us;
            }
            if unheard.hangs_sign(&unseen.property) {
                // Its line may be one that waits, of which its board does not know yet.
                return Ok(SIGN_DELAY);
            }
            if !unheard.answers(&due.1) && unseen.stands(bus, &due).await? {
                say(bus, &unseen.escalated(&due)).await?;
            }
            self.waiting.lock().said(&due);
        }
    }
}

async fn say(bus: &Bus, draft: &EventDraft) -> Result<(), TimerError> {
    let message = draft.encode().map_err(TimerError::Event)?;
    let (id, payload) = (draft.id.as_str(), Bytes::from(message.payload));
    bus.publish(&message.subject, id, payload, &content_type())
        .await?;
    Ok(())
}

impl Unseen {
    /// Whether the board on the bus still waits for it.
    async fn stands(&self, bus: &Bus, due: &Due) -> Result<bool, TimerError> {
        let subject = PromptSubject {
            property: self.property.clone(),
            department: self.department.clone(),
            stay: self.stay,
        };
        let subject = subject.to_string();
        let stored = bus.last_for_subject(streams::PROMPTS, &subject).await?;
        let board = stored.and_then(|stored| BoardMessage::decode(&subject, &stored.payload).ok());
        let board = board.map(|board| board.data.to_board());
        Ok(board.is_some_and(|board| unseen(&board).iter().any(|(waits, _)| waits == due)))
    }

    /// The event that says that nobody acknowledged the item in time. What it claims was told when it was issued.
    fn escalated(&self, due: &Due) -> EventDraft {
        let card = self.card(due);
        let item = &due.1;
        let of = format!("{item} {} {:?}", self.since_revision, card.change);
        EventDraft {
            publisher: Publisher {
                property: Some(self.property.clone()),
                department: None,
                app: None,
            },
            id: EventId::derived(content_hash(of.as_bytes())),
            source: SOURCE.to_owned(),
            time: card.occurred_at,
            on_behalf_of: None,
            body: Body::Card(card),
        }
    }
}

#[cfg(test)]
mod tests;
