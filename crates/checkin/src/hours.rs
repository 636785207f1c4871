//! The hours of hotels: told as events when they strike, so that what is said by the clock follows from events alone.
//!
//! Which hours there are the playbook says; by which clock it says too, or the newest event of a stay at the hotel does.
//! Time is the server's. What was told last stands on the bus: whoever starts after a kill goes on from there, and all
//! listeners of an installation tell the same hour under the same id, so that it counts once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::{Bus, ClockError, Incoming, PublishError, ReadError, ServerClock, Watch, streams};
use cardex_domain::event::{Body, HourEvent, Publisher};
use cardex_domain::ids::{PropertyId, content_hash};
use cardex_domain::time::Moment;
use cardex_runtime::CancellationToken;
use cardex_wire::text::EventId;
use cardex_wire::{EventDraft, EventSubject, EventType, Reject, decode};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::ask::{AskError, Asker};
use crate::boards::{SOURCE, content_type};
use crate::rules::{RuleBook, RulesError};

/// Where hotels say what happens to stays.
const STAYS: &str = "cardex.*.stay.*";
/// Where hours are told.
const HOURS: &str = "cardex.*.card.hour";
/// The longest wait at one go: then the server's clock and the playbook in force are looked at anew.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long to wait after something could not be told.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// How long a hotel is taken to write by the clock that it was seen to write by, in microseconds: an import of a season
/// need not all be read for it.
const CLOCK_HOLDS_US: i64 = 60_000_000;

/// Why an hour was not told.
#[derive(Debug, thiserror::Error)]
enum HourError {
    #[error("it is not known what time it is")]
    Clock(#[from] ClockError),
    #[error("the aggregator did not say which playbook is in force")]
    Ask(#[from] AskError),
    #[error("there are no rules for the settings in force")]
    Rules(#[from] RulesError),
    #[error("the bus did not take an hour")]
    Publish(#[from] PublishError),
    #[error("an hour of ours would not be taken")]
    Event(#[source] Reject),
}

/// The clocks of all hotels.
#[derive(Default)]
pub(crate) struct Hours {
    clocks: Mutex<BTreeMap<PropertyId, Clock>>,
    /// Another hotel is known, or all that were told.
    changed: Notify,
}

/// The clock of one.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// What its events are written with, and when the server took the one that says so.
    offset_minutes: i16,
    seen_us: i64,
    /// The hour that was told last; before any was, when the server took the first event that is known.
    told: Moment,
}

impl Hours {
    /// Tells the hours of all hotels, until told to stop.
    pub(crate) async fn run(
        &self,
        (bus, clock): (&Bus, &ServerClock),
        (asker, rules): (&Asker, &RuleBook),
        token: &CancellationToken,
    ) {
        let running = async {
            loop {
                let mut watches = [STAYS, HOURS].map(|of| bus.watch_last(streams::EVENTS, of));
                let failed = match self.catch_up(&mut watches).await {
                    Ok(()) => {
                        let telling = Box::pin(self.tell((bus, clock), (asker, rules)));
                        tokio::select! {
                            failed = self.follow(&mut watches) => failed,
                            never = telling => match never {},
                        }
                    }
                    Err(error) => error,
                };
                tracing::warn!(
                    error = &failed as &dyn std::error::Error,
                    "the stream of events is another: hours are looked up anew"
                );
                self.clocks.lock().clear();
            }
        };
        let _: Option<Infallible> = token.run_until_cancelled(running).await;
    }

    /// Hears what is on the bus now.
    async fn catch_up(&self, watches: &mut [Watch; 2]) -> Result<(), ReadError> {
        for watch in watches {
            while watch.has_more_now().await? {
                self.hear(&watch.next().await?);
            }
        }
        Ok(())
    }

    /// Hears what comes onto it.
    async fn follow(&self, [stays, hours]: &mut [Watch; 2]) -> ReadError {
        loop {
            let heard = tokio::select! {
                heard = stays.next() => heard,
                heard = hours.next() => heard,
            };
            match heard {
                Ok(message) => self.hear(&message),
                Err(error) => return error,
            }
        }
    }

    fn hear(&self, message: &Incoming) {
        let property = match message.subject.parse() {
            Ok(EventSubject::Stay { property, .. } | EventSubject::Card { property, .. }) => {
                property
            }
            _ => return,
        };
        let received = Moment {
            utc_micros: message.server_time_us,
            offset_minutes: 0,
        };
        let is_hour = message.subject.ends_with(EventType::CardHour.event());
        let known = self.clocks.lock().get(&property).copied();
        let is_fresh = |clock: Clock| received.utc_micros - clock.seen_us < CLOCK_HOLDS_US;
        if !is_hour && known.is_some_and(is_fresh) {
            return;
        }
        // What is no event says nothing of a clock.
        let content_type = message.headers.get("Content-Type");
        let event = decode(&message.subject, content_type, &message.payload, received);
        let Some(at) = event.ok().and_then(|event| event.body.occurred_at()) else {
            return;
        };
        let mut clocks = self.clocks.lock();
        let clock = clocks.entry(property).or_insert(Clock {
            offset_minutes: at.offset_minutes,
            seen_us: received.utc_micros,
            told: received,
        });
        if is_hour {
            // The first of several is told until the last: an hour is heard after it was told by whoever told it.
            clock.told = clock.told.max(at);
        } else if clock.seen_us <= received.utc_micros {
            (clock.offset_minutes, clock.seen_us) = (at.offset_minutes, received.utc_micros);
        }
        drop(clocks);
        if known.is_none() {
            self.changed.notify_one();
        }
    }

    async fn tell(
        &self,
        (bus, clock): (&Bus, &ServerClock),
        (asker, rules): (&Asker, &RuleBook),
    ) -> Infallible {
        loop {
            let told = self.tell_due((bus, clock), (asker, rules)).await;
            let wait = told.unwrap_or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "hours are told later"
                );
                RETRY_DELAY
            });
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Tells every hour that has struck; how long none will.
    async fn tell_due(
        &self,
        (bus, clock): (&Bus, &ServerClock),
        (asker, rules): (&Asker, &RuleBook),
    ) -> Result<Duration, HourError> {
        let in_force = asker.in_force().await?;
        let rules = rules.in_force(&in_force.vocabulary, in_force.playbook.as_deref());
        let rules = rules.await?;
        let now_us = clock.now_us().await?;
        let clocks = self.clocks.lock().clone();
        let mut wait = LONGEST_WAIT;
        for (
            property,
            Clock {
                offset_minutes,
                told,
                ..
            },
        ) in clocks
        {
            let now = Moment {
                utc_micros: now_us,
                offset_minutes,
            };
            let book = rules.playbook.for_property(&property);
            if let Some(hour) = book.turns().due(book.hours(), told, now) {
                let reached = hour.reached;
                publish(bus, &property, hour).await?;
                if let Some(clock) = self.clocks.lock().get_mut(&property) {
                    clock.told = clock.told.max(reached);
                }
            }
            if let Some(next) = book.turns().next(book.hours(), now) {
                let until_us = next.utc_micros.saturating_sub(now_us).max(0);
                wait = wait.min(Duration::from_micros(until_us.unsigned_abs()));
            }
        }
        Ok(wait)
    }
}

async fn publish(bus: &Bus, property: &PropertyId, hour: HourEvent) -> Result<(), HourError> {
    let of = format!("{property} {} {:?}", hour.reached, hour.phases);
    let draft = EventDraft {
        publisher: Publisher {
            property: Some(property.clone()),
            department: None,
            app: None,
        },
        id: EventId::derived(content_hash(of.as_bytes())),
        source: SOURCE.to_owned(),
        time: hour.reached,
        on_behalf_of: None,
        body: Body::Hour(hour),
    };
    let message = draft.encode().map_err(HourError::Event)?;
    let (id, payload) = (draft.id.as_str(), Bytes::from(message.payload));
    bus.publish(&message.subject, id, payload, &content_type())
        .await?;
    Ok(())
}
