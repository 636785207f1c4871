//! The loop: deliveries in, boards out, each delivery answered in one of three ways.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::{Delivery, DurableListener, PublishError};
use cardex_domain::ids::EventKey;
use cardex_domain::time::Moment;
use cardex_runtime::clock::now_micros;
use cardex_runtime::health::Heartbeat;
use cardex_runtime::{CancellationToken, TaskTracker};
use cardex_wire::text::AsText;
use cardex_wire::{DeadLetterNotice, UnusedCode, decode};
use tokio::sync::Semaphore;

use crate::ask::{Answer, AskError, Asker};
use crate::boards::{BoardError, Occasion, Publisher};
use crate::looks::Look;
use crate::meters::Meters;
use crate::rules::{RuleBook, Rules, RulesError};

/// How long a delivery waits before it comes again after a failure that may pass.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// An event whose boards can't be made, however often it is tried, is a dead letter from this delivery on.
const PERMANENT_AFTER_DELIVERIES: u64 = 5;
/// When a page of what an event affects is not served within this time, the event is given back: whatever it waits for
/// may be gone.
const PAGE_BOUND: Duration = Duration::from_secs(60);
/// How often a delivery that is worked off is kept from coming again.
const KEPT_EVERY: Duration = Duration::from_millis(1_500);
/// When told to stop, what is under way has this long to be done; what is not comes again.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How often the loop shows that it is alive when nothing happens.
pub(crate) const BEAT: Duration = Duration::from_secs(1);

/// What a delivery is worked off with.
pub(crate) struct Listener {
    pub(crate) asker: Asker,
    pub(crate) rules: Arc<RuleBook>,
    pub(crate) publisher: Publisher,
    pub(crate) meters: Meters,
}

/// Why a delivery has to come again.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the aggregator did not answer")]
    Ask(#[from] AskError),
    #[error("there are no rules for the settings in force")]
    Rules(#[from] RulesError),
    #[error("a board was not published")]
    Board(#[from] BoardError),
    #[error("it took longer than {} s", PAGE_BOUND.as_secs())]
    TooLong,
    #[error("the listener is stopping")]
    Stopping,
}

/// How a delivery ended.
enum End {
    Done,
    /// It is no event; the aggregator keeps it as a dead letter.
    NotAnEvent,
}

impl Listener {
    /// Works until told to stop; then takes no more and finishes what is under way.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut deliveries: DurableListener,
        max_in_flight: usize,
        heartbeat: Heartbeat,
        token: CancellationToken,
    ) {
        let slots = Arc::new(Semaphore::new(max_in_flight));
        let tasks = TaskTracker::new();
        loop {
            heartbeat.beat();
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                break;
            };
            let next = tokio::select! {
                () = token.cancelled() => break,
                delivery = deliveries.next() => delivery,
                () = tokio::time::sleep(BEAT) => continue,
            };
            let (listener, stop) = (Arc::clone(&self), token.clone());
            tasks.spawn(async move {
                listener.meters.in_flight.inc();
                listener.handle(next, &stop).await;
                listener.meters.in_flight.dec();
                drop(slot);
            });
        }
        tasks.close();
        tasks.wait().await;
        heartbeat.retire();
    }

    async fn handle(&self, delivery: Delivery, stop: &CancellationToken) {
        let sequence = delivery.incoming.stream_sequence;
        let stopped = async {
            stop.cancelled().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        let ended = tokio::select! {
            ended = self.work_off(&delivery) => ended,
            () = stopped => Err(Unfinished::Stopping),
            never = keep(&delivery) => match never {},
        };
        match ended {
            Ok(End::Done) => {
                self.meters.events.with(["done"]).inc();
                delivery.ack().await;
            }
            Ok(End::NotAnEvent) => {
                self.meters.events.with(["not_an_event"]).inc();
                delivery.term("not an event; kept as a dead letter").await;
            }
            Err(Unfinished::Board(error))
                if error.is_permanent() && delivery.delivered >= PERMANENT_AFTER_DELIVERIES =>
            {
                self.meters.events.with(["given_up"]).inc();
                tracing::error!(
                    sequence,
                    error = &error as &dyn std::error::Error,
                    "boards can't be made for this event; it is kept as a dead letter"
                );
                match self.give_up(&delivery, &error).await {
                    Ok(()) => {
                        delivery
                            .term("boards can't be made; kept as a dead letter")
                            .await
                    }
                    Err(_) => delivery.nak(RETRY_DELAY).await,
                }
            }
            Err(error) => {
                self.meters.events.with(["again"]).inc();
                tracing::warn!(
                    sequence,
                    error = &error as &dyn std::error::Error,
                    "to be done again"
                );
                delivery.nak(RETRY_DELAY).await;
            }
        }
    }

    /// Says, once for all listeners, that an event's boards could not be made.
    async fn give_up(&self, delivery: &Delivery, error: &BoardError) -> Result<(), PublishError> {
        let incoming = &delivery.incoming;
        let received = Moment {
            utc_micros: incoming.server_time_us,
            offset_minutes: 0,
        };
        let notice = DeadLetterNotice {
            sequence: incoming.stream_sequence,
            subject: incoming.subject.clone(),
            code: UnusedCode::BoardsFailed.to_string(),
            detail: error.to_string(),
            received: AsText(received),
            resolved: None,
        };
        self.asker.bus.announce(&notice).await
    }

    async fn work_off(&self, delivery: &Delivery) -> Result<End, Unfinished> {
        let incoming = &delivery.incoming;
        let received = Moment {
            utc_micros: incoming.server_time_us,
            offset_minutes: 0,
        };
        let content_type = incoming.headers.get("Content-Type");
        let Ok(event) = decode(&incoming.subject, content_type, &incoming.payload, received) else {
            return Ok(End::NotAnEvent);
        };
        let occurred_at = event.body.occurred_at().unwrap_or(event.time);
        let occasion = Occasion {
            trigger: incoming.stream_sequence,
            occurred_at,
            now: now(occurred_at.offset_minutes),
        };
        let (mut after, mut any, mut failed) = (None, false, None);
        loop {
            let page = async {
                let asking = self.asker.affected(&event, occasion.trigger, after);
                let page = asking.await?;
                let failed = self.serve(&page, (event.key, occasion)).await?;
                Ok::<_, Unfinished>((page, failed))
            };
            let page = tokio::time::timeout(PAGE_BOUND, page).await;
            let (page, failed_here) = page.map_err(|_| Unfinished::TooLong)??;
            any |= !page.situations.is_empty();
            failed = failed.or(failed_here);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !any {
            return Ok(End::Done);
        }
        let taken = now(0)
            .utc_micros
            .saturating_sub(incoming.server_time_us)
            .max(0);
        let taken = Duration::from_micros(taken.unsigned_abs());
        self.meters.board_seconds.observe(taken.as_secs_f64());
        Ok(End::Done)
    }

    /// Brings the boards of these stays up to date, and says what kept one from being.
    async fn serve(
        &self,
        page: &Answer,
        (event, occasion): (EventKey, Occasion),
    ) -> Result<Option<Unfinished>, RulesError> {
        if page.situations.is_empty() {
            return Ok(None);
        }
        let rules = self.rules_of(page).await?;
        let mut failed = None;
        for situation in &page.situations {
            let done = self
                .publisher
                .bring_up_to_date(&rules, page, situation, (event, occasion))
                .await;
            let done = match done {
                Err(BoardError::Behind { since }) => {
                    let look = Look::at(&situation.stay, (event, occasion), since);
                    self.look_again(&look).await
                }
                done => done.map_err(Unfinished::from),
            };
            // One stay that can't be served must not keep the others from being.
            failed = failed.or(done.err());
        }
        Ok(failed)
    }

    /// The rules by which what was answered is served.
    async fn rules_of(&self, answer: &Answer) -> Result<Arc<Rules>, RulesError> {
        let playbook = answer.playbook.as_deref();
        self.rules.in_force(&answer.vocabulary, playbook).await
    }

    /// Looks at the stay again, for the same event, as of what was known by then at least. Others may be faster each
    /// time, but each of them has got on.
    async fn look_again(&self, look: &Look) -> Result<(), Unfinished> {
        self.meters.again.inc();
        let mut since = look.sequence;
        loop {
            let answer = self.asker.again(look, since).await?;
            let Some(situation) = answer.situations.first() else {
                return Ok(());
            };
            let rules = self.rules_of(&answer).await?;
            let of = (look.event, look.occasion);
            let done = self
                .publisher
                .bring_up_to_date(&rules, &answer, situation, of)
                .await;
            match done {
                Err(BoardError::Behind { since: later }) => since = later,
                done => return Ok(done?),
            }
        }
    }

    /// Looks again at what another listener published an older board of, until told to stop.
    pub(crate) async fn mend(&self, token: &CancellationToken) {
        let mending = async {
            loop {
                let look = self.publisher.next_again().await;
                while let Err(error) = self.look_again(&look).await {
                    tracing::warn!(
                        sequence = look.occasion.trigger,
                        error = &error as &dyn std::error::Error,
                        "a stay is not looked at again yet"
                    );
                    if matches!(&error, Unfinished::Board(error) if error.is_permanent()) {
                        break;
                    }
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        };
        let _: Option<Infallible> = token.run_until_cancelled(mending).await;
    }
}

/// Keeps the delivery from coming again, for as long as it takes.
async fn keep(delivery: &Delivery) -> Infallible {
    loop {
        tokio::time::sleep(KEPT_EVERY).await;
        delivery.in_progress().await;
    }
}

/// The time by this machine's clock, at the offset that the event was written with.
pub(crate) fn now(offset_minutes: i16) -> Moment {
    Moment {
        utc_micros: now_micros(),
        offset_minutes,
    }
}
