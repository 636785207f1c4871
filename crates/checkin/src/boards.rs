//! Bringing the boards of a stay up to date: compare with what is on the bus, publish what is news, tell it as events.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use cardex_bus::{Bus, Headers, PublishError, streams};
use cardex_domain::board::{Board, BoardState, Change, ChangeKind, Item};
use cardex_domain::event::{Body, CardChange, CardEvent, CardItem, Publisher as Author};
use cardex_domain::ids::{AttributeId, ItemId, content_hash};
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_wire::board::HIDDEN_ATTRIBUTE;
use cardex_wire::text::EventId;
use cardex_wire::{BoardMessage, CONTENT_TYPE, EventDraft, PromptSubject, Reject};
use lru::LruCache;
use parking_lot::Mutex;

use crate::ask::{Answer, Situation};
use crate::meters::Meters;
use crate::rules::Rules;

/// Boards kept in memory so that most revisions need not be read back first.
const KNOWN_BOARDS_MAX: NonZeroUsize = NonZeroUsize::new(50_000).expect("it is not zero");
/// Locks over which stays are spread, so that two events of one stay are not worked off at once.
const STAY_LOCKS: usize = 256;
/// Boards are kept for 30 days; a stay that ended longer ago has none left to close.
const BOARDS_GONE_AFTER_DAYS: i32 = 31;
/// The program as events name it.
const SOURCE: &str = "/cardex/checkin";

/// Why a board is not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BoardError {
    #[error("the bus did not take a board or card event")]
    Publish(#[from] PublishError),
    #[error("the board on the bus can't be looked up")]
    Lookup(#[from] cardex_bus::last::LookupError),
    #[error("the board on the bus can't be read; run the same version of all services")]
    Unreadable(#[source] Reject),
    #[error("a card event of ours would not be taken")]
    Event(#[source] Reject),
}

/// A board as it stands on the bus: as its department may see it.
#[derive(Clone)]
struct Shown {
    /// Its sequence in the stream of boards.
    sequence: u64,
    /// The sequence of the board before it; 0 when it is the first.
    previous: u64,
    board: Arc<Board>,
}

/// What led to a board.
#[derive(Clone, Copy)]
pub(crate) struct Occasion {
    /// Sequence of the event.
    pub(crate) trigger: u64,
    /// When it says that it happened.
    pub(crate) occurred_at: Moment,
    /// The time now.
    pub(crate) now: Moment,
}

/// Publishes boards.
pub(crate) struct Publisher {
    bus: Bus,
    meters: Meters,
    known: Mutex<LruCache<String, Shown>>,
    locks: Vec<tokio::sync::Mutex<()>>,
}

impl Publisher {
    pub(crate) fn new(bus: Bus, meters: Meters) -> Self {
        let locks = (0..STAY_LOCKS)
            .map(|_| tokio::sync::Mutex::new(()))
            .collect();
        Self {
            bus,
            meters,
            known: Mutex::new(LruCache::new(KNOWN_BOARDS_MAX)),
            locks,
        }
    }

    /// Makes every department's board of the stay say what it should now. Doing so again changes nothing.
    pub(crate) async fn bring_up_to_date(
        &self,
        rules: &Rules,
        answer: &Answer,
        situation: &Situation,
        occasion: Occasion,
    ) -> Result<(), BoardError> {
        let stay = &situation.stay;
        if is_long_over(stay, occasion.now) {
            return Ok(());
        }
        let _turn = self.locks[usize::from(stay.id.0[0]) % STAY_LOCKS]
            .lock()
            .await;
        let boards = rules.playbook.compose(&cardex_playbook::Situation {
            stay,
            profile: &situation.profile,
            vocabulary: &rules.vocabulary,
            earlier_stays: situation.earlier_stays,
            closed: &situation.closed,
            revision: occasion.trigger,
            profile_sequence: answer.sequence,
            as_of: answer.as_of,
        });
        let shows = boards
            .into_iter()
            .map(|board| self.show(board, situation, occasion));
        for shown in futures::future::join_all(shows).await {
            shown?;
        }
        Ok(())
    }

    /// Publishes the board if it is news, and tells what came onto and off it.
    async fn show(
        &self,
        board: Board,
        situation: &Situation,
        occasion: Occasion,
    ) -> Result<(), BoardError> {
        let subject = subject_of(&board);
        let closed: Vec<ItemId> = situation.closed.iter().cloned().collect();
        loop {
            let shown = self.shown(&subject).await?;
            let before = shown.as_ref().map(|s| &*s.board);
            if let Some(shown) = shown
                .as_ref()
                .filter(|s| s.board.revision >= board.revision)
            {
                return self.tell_again(&subject, shown, &board, occasion).await;
            }
            let open = before.is_some_and(|b| b.state == BoardState::Open);
            let too_late = is_past(&situation.stay, occasion.now);
            if !open && (board.state == BoardState::Closed || too_late) {
                return Ok(());
            }
            let Some(mut news) = board.clone().settle(before, &closed) else {
                return Ok(());
            };
            news.alert = alerts(&news, before, occasion);
            let last = shown.as_ref().map_or(0, |s| s.sequence);
            // What is told of a board holds once the board stands: one that was not published may never come.
            match self.put(&subject, &news, last, occasion.now).await {
                Ok(()) => {
                    let labels = [board.property.as_str(), board.department.as_str()];
                    self.meters.boards.with(labels).inc();
                    self.tell(&news, ChangeKind::Issued, &board.items, occasion)
                        .await?;
                    return self.tell(&news, ChangeKind::Withdrawn, &[], occasion).await;
                }
                Err(BoardError::Publish(PublishError::Conflict { .. })) => {
                    self.meters.conflicts.inc();
                    self.known.lock().pop(&subject);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn put(
        &self,
        subject: &str,
        board: &Board,
        last: u64,
        now: Moment,
    ) -> Result<(), BoardError> {
        let message = BoardMessage::of(board, last, SOURCE, now);
        let payload = Bytes::from(message.encode().payload);
        let headers = content_type();
        let id = message.id.as_str();
        let ack = self
            .bus
            .publish_expecting(subject, id, payload, &headers, last)
            .await?;
        self.remember(subject, ack.stream_sequence, &message);
        Ok(())
    }

    /// The board as it stands on the bus.
    async fn shown(&self, subject: &str) -> Result<Option<Shown>, BoardError> {
        if let Some(known) = self.known.lock().get(subject) {
            return Ok(Some(known.clone()));
        }
        let stored = self.bus.last_for_subject(streams::PROMPTS, subject).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let message = BoardMessage::decode(subject, &stored.payload);
        let message = message.map_err(BoardError::Unreadable)?;
        Ok(Some(self.remember(
            subject,
            stored.stream_sequence,
            &message,
        )))
    }

    fn remember(&self, subject: &str, sequence: u64, message: &BoardMessage) -> Shown {
        let board = Arc::new(message.data.to_board());
        let shown = Shown {
            sequence,
            previous: message.data.previous,
            board,
        };
        self.known.lock().put(subject.to_owned(), shown.clone());
        shown
    }

    /// The delivery came again after its board was published: what changed with it may not have been told.
    async fn tell_again(
        &self,
        subject: &str,
        last: &Shown,
        made: &Board,
        occasion: Occasion,
    ) -> Result<(), BoardError> {
        let mut board = Arc::clone(&last.board);
        let mut previous = last.previous;
        while board.revision > made.revision && previous > 0 {
            let stored = self.bus.stored(streams::PROMPTS, previous).await?;
            let Some(stored) = stored else { return Ok(()) };
            let message = BoardMessage::decode(subject, &stored.payload);
            let message = message.map_err(BoardError::Unreadable)?;
            (board, previous) = (Arc::new(message.data.to_board()), message.data.previous);
        }
        if board.revision == made.revision {
            self.tell(&board, ChangeKind::Issued, &made.items, occasion)
                .await?;
            self.tell(&board, ChangeKind::Withdrawn, &[], occasion)
                .await?;
        }
        Ok(())
    }

    /// Publishes the card event for the changes of one kind. `made` has the claims of items in full, where the board
    /// on the bus keeps some from the department.
    async fn tell(
        &self,
        board: &Board,
        kind: ChangeKind,
        made: &[Item],
        occasion: Occasion,
    ) -> Result<(), BoardError> {
        let full: BTreeMap<&ItemId, &Item> = made.iter().map(|item| (&item.id, item)).collect();
        let changes = board.changes.iter().filter(|change| change.kind == kind);
        let items: Vec<CardItem> = changes
            .map(|change| card_item(change, full.get(&change.item).copied()))
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        let change = match kind {
            ChangeKind::Withdrawn => CardChange::Withdrawn,
            _ => CardChange::Issued,
        };
        let occurred_at = occasion.occurred_at;
        let draft = EventDraft {
            publisher: Author {
                property: Some(board.property.clone()),
                department: None,
                app: None,
            },
            id: event_id(board, change, &items),
            source: SOURCE.to_owned(),
            time: occurred_at,
            on_behalf_of: None,
            body: Body::Card(CardEvent {
                stay: board.stay,
                department: board.department.clone(),
                revision: board.revision,
                change,
                items,
                occurred_at,
            }),
        };
        let message = draft.encode().map_err(BoardError::Event)?;
        let (id, payload) = (draft.id.as_str(), Bytes::from(message.payload));
        self.bus
            .publish(&message.subject, id, payload, &content_type())
            .await?;
        Ok(())
    }
}

fn subject_of(board: &Board) -> String {
    let subject = PromptSubject {
        property: board.property.clone(),
        department: board.department.clone(),
        stay: board.stay,
    };
    subject.to_string()
}

fn content_type() -> Headers {
    Headers::new()
        .with("Content-Type", CONTENT_TYPE)
        .expect("both are plain words")
}

/// The item with its claims: in full where it was just made, else as far as its department may see them.
fn card_item(change: &Change, full: Option<&Item>) -> CardItem {
    let seen = || {
        let hidden = |claim: &&(AttributeId, Box<str>)| claim.0.as_str() == HIDDEN_ATTRIBUTE;
        let claims = change.claims.iter().filter(|claim| !hidden(claim));
        claims.cloned().collect()
    };
    CardItem {
        item: change.item.clone(),
        rule: change.rule.clone(),
        claims: full.map_or_else(seen, Item::claims),
    }
}

/// The id of a card event: the same for the same items at the same revision. An item's id stands for its claims, so
/// telling it again is the same event, unless its claims can no longer be told in full.
fn event_id(board: &Board, change: CardChange, items: &[CardItem]) -> EventId {
    let mut text = format!(
        "{} {} {} {change:?}",
        board.stay, board.department, board.revision
    );
    for item in items {
        text.push_str(&format!(" {} {}", item.item, item.claims.len()));
    }
    EventId::derived(content_hash(text.as_bytes()))
}

/// Whether a person should look up: a line came or reads otherwise than before, and it is not old news. More evidence
/// for a line that reads the same is none.
fn alerts(board: &Board, before: Option<&Board>, occasion: Occasion) -> bool {
    let age_seconds = occasion.now.seconds_since(occasion.occurred_at);
    let known = |item: &Item| {
        let before = before.into_iter().flat_map(|b| &b.items);
        before
            .filter(|b| b.id == item.id)
            .any(|b| b.text == item.text && b.tier == item.tier)
    };
    board.items.iter().any(|item| {
        let fresh = age_seconds <= i64::from(item.freshness_hours) * 3600;
        fresh && !known(item)
    })
}

/// Whether the stay was to be over before yesterday: too late to begin boards for it.
fn is_past(stay: &Stay, now: Moment) -> bool {
    let planned = stay.departure.unwrap_or(Day(i32::MAX));
    let overdue = now.day().plus(if stay.status == Status::InHouse {
        -BOARDS_GONE_AFTER_DAYS
    } else {
        -1
    });
    planned < overdue
}

/// Whether all boards of the stay have aged away.
fn is_long_over(stay: &Stay, now: Moment) -> bool {
    let gone = now.day().plus(-BOARDS_GONE_AFTER_DAYS);
    let last = stay.last_event_at.day();
    last < gone && stay.departure.unwrap_or(last) < gone
}
