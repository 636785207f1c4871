//! The load: people of several departments who publish until they have the server's word, again under the same id when
//! they do not get it, and who look at boards and ask for what they have just said.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::{Headers, PublishError, RequestError};
use cardex_domain::event::Event;
use cardex_domain::ids::EventKey;
use cardex_wire::EventDraft;
use cardex_wire::query::{ErrorCode, Get, GetReply, GetRequest, Operation, decode_reply, encode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use crate::desk::{DEADLINE, Desk, query};
use crate::events::{PROPERTY, reservation};

use super::life::Life;

/// How often so many events are let happen as a rate comes to.
const RELEASED_EVERY: Duration = Duration::from_millis(20);
/// How long an answer may take before the question counts as failed.
const ANSWER: Duration = Duration::from_secs(10);
const WAIT_MS: u32 = 8_000;
/// A thousandth of the events that are asked for as soon as they are acknowledged.
const ASKED_PERMILLE: u32 = 20;
/// Of what is published, so much is published once more without the server's memory of ids.
const REPEATED: f64 = 0.1;

/// What is ahead of the server's clock by more is a dead letter, under this code.
const AHEAD_MAX_US: i64 = 24 * 3_600_000_000;
const FUTURE: &str = "future_date";

/// How much happens at once.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Who publishes at once.
    pub publishers: usize,
    /// The stays of each publisher; each stay is one publisher's, so that its life has an order.
    pub stays_each: usize,
    /// Events a second, in all; as fast as they are acknowledged where there is none.
    pub rate: Option<u32>,
    /// Whether somebody says now and then who is whom: then much is known of few, and every event concerns many stays.
    pub links: bool,
}

/// An event that the server has acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// Where it stands in the stream.
    pub sequence: u64,
    /// What was published.
    pub event: Event,
    /// The code under which it is a dead letter, where nobody can use it.
    pub dead: Option<&'static str>,
}

/// What everybody who publishes has in common.
#[derive(Debug, Default)]
struct Shared {
    acknowledged: Mutex<Vec<Acknowledged>>,
    attempted: AtomicUsize,
    failed: AtomicUsize,
    /// Questions whose answer lacked what was acknowledged before.
    unseen: Mutex<Vec<String>>,
    /// By how much the publishers' clocks are wrong, in microseconds.
    clock_us: AtomicI64,
}

/// What was done and how it went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Operations {
    /// Everything that was published or asked.
    pub attempted: usize,
    /// What got no acknowledgement or answer in time.
    pub failed: usize,
}

impl Operations {
    /// What was acknowledged or answered in time.
    #[must_use]
    pub fn succeeded(self) -> usize {
        self.attempted - self.failed
    }
}

/// Publishers at work.
pub struct Load {
    released: mpsc::UnboundedSender<usize>,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
    count: watch::Receiver<usize>,
    publishers: Vec<JoinHandle<()>>,
    pacer: JoinHandle<()>,
}

impl Load {
    /// Publishers who wait until something is [released](Self::release).
    #[must_use]
    pub fn start(desk: &Desk, seed: u64, measure: Measure) -> Self {
        let permits = Arc::new(Semaphore::new(0));
        let shared = Arc::new(Shared::default());
        let (counted, count) = watch::channel(0);
        let publishers = (0..measure.publishers).map(|n| {
            let mut publisher = Publisher {
                desk: desk.clone(),
                rng: StdRng::seed_from_u64(seed * 1_000 + n as u64),
                life: Life::of(n, measure),
                shared: Arc::clone(&shared),
                counted: counted.clone(),
            };
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                while let Ok(permit) = permits.acquire().await {
                    permit.forget();
                    publisher.publish_one().await;
                }
            })
        });
        let publishers = publishers.collect();
        let (released, waiting) = mpsc::unbounded_channel();
        Self {
            pacer: tokio::spawn(pace(waiting, Arc::clone(&permits), measure.rate)),
            publishers,
            released,
            permits,
            shared,
            count,
        }
    }

    /// Lets so many more events happen, at the rate of the load.
    pub fn release(&self, events: usize) {
        self.released.send(events).expect("the pacer runs");
    }

    /// Waits until so many events are acknowledged in all.
    pub async fn acknowledged(&mut self, events: usize) {
        let reached = self.count.wait_for(|count| *count >= events);
        let waited = tokio::time::timeout(DEADLINE, reached).await;
        waited.expect("publishers get on").unwrap();
    }

    /// How many events are acknowledged now, and when there will be more.
    #[must_use]
    pub fn count(&self) -> watch::Receiver<usize> {
        self.count.clone()
    }

    /// The highest sequence that the server has acknowledged.
    #[must_use]
    pub fn last(&self) -> u64 {
        let all = self.shared.acknowledged.lock().unwrap();
        all.iter().map(|of| of.sequence).max().unwrap_or(0)
    }

    /// Some of what was acknowledged so far.
    #[must_use]
    pub fn some(&self, rng: &mut StdRng, most: usize) -> Vec<Acknowledged> {
        let all = self.shared.acknowledged.lock().unwrap();
        let some = rand::seq::index::sample(rng, all.len(), most.min(all.len()));
        some.into_iter().map(|n| all[n].clone()).collect()
    }

    /// Notes that an event is at another place now.
    pub fn moved(&self, event: EventKey, sequence: u64) {
        let mut all = self.shared.acknowledged.lock().unwrap();
        let of = all.iter_mut().find(|of| of.event.key == event);
        of.expect("it was acknowledged").sequence = sequence;
    }

    /// Notes that the server took an event from somebody else.
    pub fn adds(&self, acknowledged: Acknowledged) {
        self.shared.acknowledged.lock().unwrap().push(acknowledged);
    }

    /// Forgets what was acknowledged: its stream is gone.
    pub fn forget(&self) {
        self.shared.acknowledged.lock().unwrap().clear();
    }

    /// From now on the publishers' clocks are wrong by so much.
    pub fn set_clocks(&self, ahead: i64) {
        self.shared.clock_us.store(ahead, Ordering::Relaxed);
    }

    /// What was done so far.
    #[must_use]
    pub fn operations(&self) -> Operations {
        Operations {
            attempted: self.shared.attempted.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
        }
    }

    /// Answers that lacked what was acknowledged before they were asked for.
    #[must_use]
    pub fn unseen(&self) -> Vec<String> {
        self.shared.unseen.lock().unwrap().clone()
    }

    /// Everything that was acknowledged, once all publishers have finished.
    pub async fn finish(self) -> Vec<Acknowledged> {
        drop(self.released);
        self.pacer.await.unwrap();
        self.permits.close();
        for publisher in self.publishers {
            publisher.await.unwrap();
        }
        std::mem::take(&mut *self.shared.acknowledged.lock().unwrap())
    }
}

/// Lets events happen at a rate.
async fn pace(
    mut released: mpsc::UnboundedReceiver<usize>,
    permits: Arc<Semaphore>,
    rate: Option<u32>,
) {
    let mut tick = tokio::time::interval(RELEASED_EVERY);
    let at_once = rate.map_or(usize::MAX, |rate| {
        let ticks_a_second = 1_000 / RELEASED_EVERY.as_millis();
        (rate as usize / ticks_a_second as usize).max(1)
    });
    while let Some(mut left) = released.recv().await {
        while left > 0 {
            let now = left.min(at_once);
            permits.add_permits(now);
            left -= now;
            if left > 0 {
                tick.tick().await;
            }
        }
    }
}

/// Publishes under the same id for as long as it takes; the sequence that it has, and how often there was no
/// acknowledgement in time.
pub async fn until_acknowledged(desk: &Desk, event: &Event) -> (u64, usize) {
    let ((subject, payload), headers) = (message(event), Headers::new());
    let mut failed = 0;
    loop {
        let published = desk
            .bus
            .publish(&subject, &event.id, payload.clone(), &headers);
        match published.await {
            Ok(ack) => return (ack.stream_sequence, failed),
            Err(PublishError::Unacknowledged { .. }) => failed += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The event as it is published: its subject and bytes.
fn message(event: &Event) -> (String, Bytes) {
    let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
    (message.subject, message.payload.into())
}

struct Publisher {
    desk: Desk,
    rng: StdRng,
    life: Life,
    shared: Arc<Shared>,
    counted: watch::Sender<usize>,
}

impl Publisher {
    async fn publish_one(&mut self) {
        let ahead = self.shared.clock_us.load(Ordering::Relaxed);
        let event = self.life.next(&mut self.rng, &self.desk, ahead).await;
        let dead = (ahead > AHEAD_MAX_US).then_some(FUTURE);
        let sequence = self.publish(&event, dead.is_none()).await;
        let acknowledged = Acknowledged {
            sequence,
            event,
            dead,
        };
        self.shared.acknowledged.lock().unwrap().push(acknowledged);
        self.counted.send_modify(|count| *count += 1);
        if self.rng.random_ratio(ASKED_PERMILLE, 1_000) {
            self.ask(sequence).await;
        }
    }

    /// Publishes for as long as it takes, and what can be used now and then once more after that.
    async fn publish(&mut self, event: &Event, can_be_used: bool) -> u64 {
        let (sequence, failed) = until_acknowledged(&self.desk, event).await;
        self.shared
            .attempted
            .fetch_add(1 + failed, Ordering::Relaxed);
        self.shared.failed.fetch_add(failed, Ordering::Relaxed);
        if can_be_used && self.rng.random_bool(REPEATED) {
            // Without the server's memory of ids, and without caring for the answer.
            let (subject, payload) = message(event);
            let bus = &self.desk.bus;
            let again = bus.request(&subject, payload, Duration::from_secs(1));
            let _ = again.await;
        }
        sequence
    }

    /// Asks for one of the publisher's guests: whatever is answered rests on all that was acknowledged before.
    async fn ask(&mut self, sequence: u64) {
        self.shared.attempted.fetch_add(1, Ordering::Relaxed);
        let number = self.life.number(&mut self.rng);
        let question = GetRequest {
            at_least: Some(sequence),
            wait_ms: Some(WAIT_MS),
            ..GetRequest::of(reservation(&number))
        };
        let subject = query(PROPERTY, "engine", Get::NAME);
        let asked = self
            .desk
            .bus
            .request(&subject, encode(&question).into(), ANSWER);
        let answer = match asked.await {
            Ok(answer) => decode_reply::<GetReply>(&answer).ok(),
            // Nobody has booked under that number yet.
            Err(RequestError::Service(error)) if error.code == ErrorCode::NotFound.number() => {
                return;
            }
            Err(_) => None,
        };
        match answer {
            Some(reply) if reply.sequence < sequence => {
                let said = format!("asked for {sequence}, answered as of {}", reply.sequence);
                self.shared.unseen.lock().unwrap().push(said);
            }
            Some(_) => {}
            None => {
                self.shared.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
