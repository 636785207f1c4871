//! The boards as they stand on the bus, kept in memory, so that what most events find, no news or no board at all, need
//! not be asked of the server: a listener that starts with thousands of guests in house would ask for nothing else.
//!
//! The stream of boards is followed from the last board of each subject on. What another listener of the installation
//! publishes is seen there, and read when it is needed next. Once the last boards have passed, what did not pass does not
//! stand anywhere.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use cardex_bus::{Bus, ReadError, Watch, streams};
use cardex_domain::board::{Board, BoardState};
use cardex_domain::ids::{DepartmentId, PropertyId, StayId};
use cardex_domain::time::Moment;
use cardex_runtime::CancellationToken;
use cardex_wire::{BoardMessage, PromptSubject};
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::looks::Looks;
use crate::timers::Timers;

/// Boards that are kept. When there are more, those that are missing here are looked up.
const KNOWN_MAX: NonZeroUsize = NonZeroUsize::new(200_000).expect("it is not zero");
/// The subjects of all boards.
const ALL_BOARDS: &str = "cardex.*.prompt.*.*";

/// A board as it stands on the bus: as its department may see it.
#[derive(Clone)]
pub(crate) struct Shown {
    /// Its sequence in the stream of boards.
    pub(crate) sequence: u64,
    /// The sequence of the board before it; 0 when it is the first.
    pub(crate) previous: u64,
    pub(crate) board: Arc<Board>,
    /// When it was made, as long as what changed with it may not have been told.
    pub(crate) untold: Option<Moment>,
}

/// What is known of a subject.
#[derive(Clone)]
pub(crate) enum Standing {
    /// This board stands there.
    Board(Shown),
    /// None does.
    Nothing,
    /// One does that has not been read.
    Unread,
    /// That is not known.
    Unknown,
}

/// What stands on which subject.
pub(crate) struct Known {
    boards: Mutex<Boards>,
    /// Whether every board that stood when the stream was begun to be read has passed.
    passed: watch::Sender<bool>,
}

struct Boards {
    /// `None` where a board stands that was not read.
    standing: LruCache<String, Option<Shown>>,
    /// Every department of which a board stands somewhere.
    departments: BTreeSet<DepartmentId>,
    /// Whether every subject with a board is in it.
    complete: bool,
}

impl Known {
    pub(crate) fn new() -> Self {
        let standing = LruCache::new(KNOWN_MAX);
        Self {
            boards: Mutex::new(Boards {
                standing,
                departments: BTreeSet::new(),
                complete: false,
            }),
            passed: watch::Sender::new(false),
        }
    }

    pub(crate) fn get(&self, subject: &str) -> Standing {
        let mut boards = self.boards.lock();
        match boards.standing.get(subject).cloned() {
            Some(Some(shown)) => Standing::Board(shown),
            None if boards.complete => Standing::Nothing,
            Some(None) => Standing::Unread,
            None => Standing::Unknown,
        }
    }

    pub(crate) fn put(&self, subject: &str, shown: Shown) {
        self.boards.lock().put(subject, Some(shown));
    }

    /// What changed with the board of this sequence has been told.
    pub(crate) fn told(&self, subject: &str, sequence: u64) {
        let mut boards = self.boards.lock();
        let shown = boards.standing.peek_mut(subject).and_then(Option::as_mut);
        if let Some(shown) = shown.filter(|shown| shown.sequence == sequence) {
            shown.untold = None;
        }
    }

    /// Something else stands there than was thought.
    pub(crate) fn doubt(&self, subject: &str) {
        self.boards.lock().put(subject, None);
    }

    /// The departments beside these whose board of the stay may stand open, once all boards have passed.
    pub(crate) async fn others(
        &self,
        served: &BTreeSet<DepartmentId>,
        (property, stay): (&PropertyId, StayId),
    ) -> Vec<DepartmentId> {
        let mut passed = self.passed.subscribe();
        let all = passed.wait_for(|passed| *passed).await;
        all.expect("its sender is kept here");
        let boards = self.boards.lock();
        let mut others: Vec<_> = boards.departments.difference(served).cloned().collect();
        drop(boards);
        others.retain(|department| {
            let subject = PromptSubject {
                property: property.clone(),
                department: department.clone(),
                stay,
            };
            match self.get(&subject.to_string()) {
                Standing::Board(shown) => shown.board.state == BoardState::Open,
                Standing::Nothing => false,
                Standing::Unread | Standing::Unknown => true,
            }
        });
        others
    }

    /// Keeps up with the stream until told to stop. The timers are told of each board that passes, and the looks of those
    /// that others published.
    pub(crate) async fn follow(
        &self,
        bus: &Bus,
        (timers, looks): (&Timers, &Looks),
        token: &CancellationToken,
    ) {
        let following = async {
            loop {
                let mut watch = bus.watch_last(streams::PROMPTS, ALL_BOARDS);
                let Err(error) = self.follow_one(&mut watch, (timers, looks)).await;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the stream of boards is another: reading them anew"
                );
                let mut boards = self.boards.lock();
                boards.complete = false;
                boards.standing.clear();
                boards.departments.clear();
                self.passed.send_replace(false);
                timers.forget();
                looks.forget();
            }
        };
        let _: Option<std::convert::Infallible> = token.run_until_cancelled(following).await;
    }

    async fn follow_one(
        &self,
        watch: &mut Watch,
        told: (&Timers, &Looks),
    ) -> Result<std::convert::Infallible, ReadError> {
        while watch.has_more_now().await? {
            self.next(watch, told).await?;
        }
        self.boards.lock().complete = true;
        self.passed.send_replace(true);
        loop {
            self.next(watch, told).await?;
        }
    }

    async fn next(
        &self,
        watch: &mut Watch,
        (timers, looks): (&Timers, &Looks),
    ) -> Result<(), ReadError> {
        let board = watch.next().await?;
        timers.passed(&board);
        let (subject, sequence) = (&board.subject, board.stream_sequence);
        let is_news = self.boards.lock().passed(subject, sequence);
        if is_news
            && let Ok(PromptSubject { stay, .. }) = subject.parse()
            && looks.knows(stay)
            // What can't be read here was made by another version, and is refused when it is needed.
            && let Ok(message) = BoardMessage::decode(subject, &board.payload)
        {
            looks.passed(stay, message.data.revision);
        }
        Ok(())
    }
}

impl Boards {
    /// A board passed on the stream; whether it was not known here.
    fn passed(&mut self, subject: &str, sequence: u64) -> bool {
        let known = self.standing.peek(subject).and_then(Option::as_ref);
        let is_news = known.is_none_or(|shown| shown.sequence < sequence);
        if is_news {
            self.put(subject, None);
        }
        is_news
    }

    fn put(&mut self, subject: &str, shown: Option<Shown>) {
        if let Ok(PromptSubject { department, .. }) = subject.parse()
            && !self.departments.contains(&department)
        {
            self.departments.insert(department);
        }
        let evicted = self.standing.push(subject.to_owned(), shown);
        if evicted.is_some_and(|(other, _)| other != subject) {
            self.complete = false;
        }
    }
}

#[cfg(test)]
mod tests;
