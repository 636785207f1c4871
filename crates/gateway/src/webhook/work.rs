//! Working off what was delivered: each stay by a task of its own, its boards one after the other, and so many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::{Delivery, DurableProgress};
use cardex_domain::ids::StayId;
use cardex_runtime::clock::now_micros;
use cardex_runtime::health::ConditionHandle;
use cardex_runtime::metrics::Counter;
use cardex_runtime::{CancellationToken, TaskTracker};
use cardex_wire::BoardMessage;
use cardex_wire::words::BoardState;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::ACK_WAIT;
use super::lines::{Came, Held, Lines};
use super::pace::{GIVES_WAY_AFTER, pause};
use super::post::{Post, Refused, Took};
use crate::meters::Meters;

/// Boards that are posted at once.
const AT_ONCE: usize = 8;
/// By then, everything that was under way before has come again: a board before that did not come was done.
const LEFT_OVER_BOUND: Duration = ACK_WAIT.saturating_mul(3);
/// How often somebody who waits for the board before looks whether it is done.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// So many failures in a row, of whichever stays, and the receiver counts as down: the next success wakes all who wait.
const DOWN_AFTER: u32 = 3;
/// How long an attempt under way may take once told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// One webhook at work.
pub(super) struct Work {
    name: String,
    post: Post,
    give_up: Duration,
    /// When the durable was made, in microseconds since 1970: what was stored before is what stood then.
    made_at_us: i64,
    lines: Mutex<Lines<Arc<Board>>>,
    slots: Semaphore,
    tasks: TaskTracker,
    gone: AtomicBool,
    /// Failures in a row.
    failures: AtomicU32,
    /// The receiver takes boards again.
    recovered: Notify,
    /// Something came or was done.
    moved: Notify,
    /// Somebody has to know where the durable stands.
    look: Notify,
    condition: ConditionHandle,
    delivered: Counter,
    failed: Counter,
    outdated: Counter,
    set_aside: Counter,
}

/// A board that is to be taken.
struct Board {
    delivery: Delivery,
    /// Its event's id, the same for every attempt.
    id: String,
    since: Instant,
}

impl Board {
    fn sequence(&self) -> u64 {
        self.delivery.incoming.stream_sequence
    }

    fn payload(&self) -> Bytes {
        self.delivery.incoming.payload.clone()
    }
}

impl Work {
    pub(super) fn new(
        name: String,
        post: Post,
        give_up: Duration,
        progress: DurableProgress,
        condition: ConditionHandle,
        meters: &Meters,
    ) -> Self {
        let boards = |end: &str| meters.webhook_boards.with([&name, end]);
        Self {
            delivered: boards("delivered"),
            outdated: boards("outdated"),
            set_aside: boards("set_aside"),
            failed: meters.webhook_failures.with([&name]),
            name,
            post,
            give_up,
            made_at_us: progress.made_at_us,
            lines: Mutex::new(Lines::new(progress.acknowledged_to)),
            slots: Semaphore::new(AT_ONCE),
            tasks: TaskTracker::new(),
            gone: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            recovered: Notify::new(),
            moved: Notify::new(),
            look: Notify::new(),
            condition,
        }
    }

    /// Whether the receiver has said that it wants no more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Until somebody has to know where the durable stands. Cancel safe.
    pub(super) async fn asks_where_it_stands(&self) {
        self.look.notified().await;
    }

    /// Where the durable stands.
    pub(super) fn stands_at(&self, progress: DurableProgress) {
        self.lines.lock().done_to(progress.acknowledged_to);
        self.moved.notify_waiters();
    }

    /// Takes a delivery in.
    pub(super) async fn take(self: &Arc<Self>, delivery: Delivery, stop: &CancellationToken) {
        let incoming = &delivery.incoming;
        let sequence = incoming.stream_sequence;
        let read = match BoardMessage::decode(&incoming.subject, &incoming.payload) {
            Ok(read) => read,
            Err(reject) => {
                tracing::warn!(webhook = self.name, sequence, code = %reject.code, "a board on the bus can't be read");
                return delivery.ack().await;
            }
        };
        let stood_before = incoming.server_time_us < self.made_at_us;
        if stood_before && read.data.state == BoardState::Closed {
            // Of a stay that was over before there was this webhook.
            return delivery.ack().await;
        }
        let stay = read.data.stay.0;
        let held = Held {
            previous: if stood_before { 0 } else { read.data.previous },
            board: Arc::new(Board {
                delivery,
                id: read.id.to_string(),
                since: Instant::now(),
            }),
        };
        let came = self.lines.lock().come(stay, sequence, held);
        match came {
            Came::First => {
                let (work, stop) = (Arc::clone(self), stop.clone());
                self.tasks
                    .spawn(async move { work.see_to(stay, &stop).await });
            }
            Came::Behind => self.moved.notify_waiters(),
            Came::Again => {}
            Came::Done(board) => board.delivery.clone().ack().await,
        }
    }

    /// Keeps the server from delivering again what is held.
    pub(super) async fn keep_in_progress(&self) {
        let held: Vec<Arc<Board>> = self.lines.lock().all().cloned().collect();
        for board in held {
            board.delivery.in_progress().await;
        }
    }

    /// Waits until nobody is at work; everybody has been told to stop.
    pub(super) async fn finished(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Sends the boards of a stay, one after the other, until there are none.
    async fn see_to(&self, stay: StayId, stop: &CancellationToken) {
        let mut failures = 0;
        let mut waits = None;
        while !self.is_gone() && !stop.is_cancelled() {
            if failures >= GIVES_WAY_AFTER {
                self.give_way(&stay).await;
            }
            let next = {
                let mut lines = self.lines.lock();
                let next = lines.next(&stay);
                next.map(|(_, held, may)| (Arc::clone(&held.board), may))
            };
            let Some((board, may)) = next else { return };
            let (waited_for, since) = *waits.get_or_insert((board.sequence(), Instant::now()));
            if waited_for != board.sequence() {
                waits = None;
                continue;
            }
            if !may && since.elapsed() < LEFT_OVER_BOUND {
                self.wait_for_the_one_before().await;
                continue;
            }
            let Some(took) = self.attempt(&board, stop).await else {
                return;
            };
            match took {
                Took::It => {
                    failures = 0;
                    self.delivered.inc();
                    self.finish(&stay, board.sequence()).await;
                    self.succeeded();
                }
                Took::NoMore => return self.is_to_end(),
                Took::Not { why, wait } => {
                    failures += 1;
                    self.did_not(&board, why, failures);
                    if board.since.elapsed() >= self.give_up {
                        self.put_aside(&stay, &board, why).await;
                        continue;
                    }
                    tokio::select! {
                        () = sleep(pause(failures, wait, rand::random())) => {}
                        () = self.recovered.notified() => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
        }
    }

    /// Posts the board once; nothing when told to stop meanwhile.
    async fn attempt(&self, board: &Board, stop: &CancellationToken) -> Option<Took> {
        let stopped = async {
            stop.cancelled().await;
            sleep(STOP_GRACE).await;
        };
        let posted = async {
            let _slot = self.slots.acquire().await.ok()?;
            let seconds = u64::try_from(now_micros() / 1_000_000).unwrap_or_default();
            Some(self.post.post(&board.id, seconds, board.payload()).await)
        };
        tokio::select! {
            posted = posted => posted,
            () = stopped => None,
        }
    }

    async fn wait_for_the_one_before(&self) {
        self.look.notify_one();
        // It may have moved since it was looked at; then the time ends it.
        let _ = timeout(LOOK_AGAIN, self.moved.notified()).await;
    }

    /// Every board of the stay but the newest makes room for it.
    async fn give_way(&self, stay: &StayId) {
        let outdated = self.lines.lock().outdated(stay);
        for sequence in outdated {
            tracing::warn!(webhook = self.name, %stay, sequence, "a board that was not taken gives way to a newer one");
            self.outdated.inc();
            self.finish(stay, sequence).await;
        }
    }

    /// It was tried for as long as it may be; the board stays on the bus, and in what is read over HTTP.
    async fn put_aside(&self, stay: &StayId, board: &Board, why: Refused) {
        let (event, sequence) = (&board.id, board.sequence());
        tracing::error!(webhook = self.name, event, %stay, sequence, %why, "a board is put aside: it was not taken in time");
        self.set_aside.inc();
        self.finish(stay, sequence).await;
    }

    async fn finish(&self, stay: &StayId, sequence: u64) {
        let board = self.lines.lock().finish(stay, sequence);
        if let Some(board) = board {
            board.delivery.clone().ack().await;
        }
        self.moved.notify_waiters();
    }

    fn succeeded(&self) {
        let failures = self.failures.swap(0, Ordering::Relaxed);
        if failures > 0 {
            self.condition.ready();
        }
        if failures >= DOWN_AFTER {
            self.recovered.notify_waiters();
        }
    }

    fn did_not(&self, board: &Board, why: Refused, failures: u32) {
        let (event, sequence) = (&board.id, board.sequence());
        tracing::warn!(webhook = self.name, event, sequence, failures, %why, "a board was not taken");
        self.failed.inc();
        let in_a_row = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if in_a_row >= DOWN_AFTER {
            self.condition
                .warn(format!("its receiver takes no boards: {why}"));
        }
    }

    /// The receiver wants no more: what is left waits on the bus for the next start.
    fn is_to_end(&self) {
        if !self.gone.swap(true, Ordering::Relaxed) {
            tracing::error!(
                webhook = self.name,
                "its receiver wants no more boards (410 Gone): none are sent until the next start"
            );
            self.condition.warn(
                "its receiver wants no more boards (410 Gone); take it out of the file of vendors, or mend the receiver \
                 and start the gateway again",
            );
        }
        self.recovered.notify_waiters();
    }
}
