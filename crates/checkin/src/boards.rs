//! Bringing the boards of a stay up to date: compare with what is on the bus, publish what is news, tell it as events.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use cardex_bus::{Bus, ClockError, Headers, PublishError, ServerClock, streams};
use cardex_domain::board::{Board, BoardState, Change, ChangeKind, Item, LEFT_ALONE_AFTER_DAYS};
use cardex_domain::event::{
    Body, CardChange, CardClaim, CardEvent, CardItem, Publisher as Author, Says,
};
use cardex_domain::ids::{AttributeId, EventKey, ItemId, content_hash};
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_playbook::Languages;
use cardex_runtime::CancellationToken;
use cardex_wire::board::HIDDEN_ATTRIBUTE;
use cardex_wire::text::EventId;
use cardex_wire::{BoardMessage, CONTENT_TYPE, EventDraft, PromptSubject, Reject};

use crate::ask::{Answer, Situation};
use crate::known::{Known, Shown, Standing};
use crate::looks::{Look, Looks, Turn};
use crate::meters::Meters;
use crate::rules::Rules;
use crate::timers::Timers;

/// Locks over which stays are spread, so that two events of one stay are not worked off at once.
const STAY_LOCKS: usize = 256;
/// A board made longer ago has been told of: within this time the server drops what it was told already.
const TOLD_AFTER_SECONDS: i64 = 100;
/// How items leave a board without anybody having acted on them.
pub(crate) const GONE: [ChangeKind; 2] = [ChangeKind::Withdrawn, ChangeKind::Expired];
/// The program as events name it.
pub(crate) const SOURCE: &str = "/cardex/checkin";

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
    #[error("it is not known what time it is")]
    Clock(#[from] ClockError),
    /// Somebody knew more before: it has to be asked for again, as of `since` at least.
    #[error("what is known of the stay is older than what its boards were made of before")]
    Behind { since: u64 },
}

impl BoardError {
    /// Whether trying again can't help: what was made does not fit, or what is there can't be read.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Publish(error) => matches!(error, PublishError::Refused { .. }),
            Self::Lookup(_) | Self::Clock(_) | Self::Behind { .. } => false,
            Self::Unreadable(_) | Self::Event(_) => true,
        }
    }
}

/// What led to a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    known: Known,
    looks: Looks,
    timers: Timers,
    clock: ServerClock,
    languages: Languages,
    locks: Vec<tokio::sync::Mutex<()>>,
}

impl Publisher {
    pub(crate) fn new(bus: Bus, clock: ServerClock, meters: Meters, languages: Languages) -> Self {
        let locks = (0..STAY_LOCKS)
            .map(|_| tokio::sync::Mutex::new(()))
            .collect();
        Self {
            clock,
            bus,
            meters,
            known: Known::new(),
            looks: Looks::new(),
            timers: Timers::default(),
            languages,
            locks,
        }
    }

    /// Keeps up with the boards on the bus, until told to stop.
    pub(crate) async fn follow(&self, token: &CancellationToken) {
        let told = (&self.timers, &self.looks);
        self.known.follow(&self.bus, told, token).await;
    }

    /// A look that is to be repeated, once there is one: another listener published a board of less.
    pub(crate) async fn next_again(&self) -> Look {
        self.looks.next_again().await
    }

    /// Says what nobody acknowledged in time, until told to stop.
    pub(crate) async fn watch_time(&self, token: &CancellationToken) {
        self.timers.run(&self.bus, &self.clock, token).await;
    }

    /// Makes every department's board of the stay say what it should now. Doing so again changes nothing.
    pub(crate) async fn bring_up_to_date(
        &self,
        rules: &Rules,
        answer: &Answer,
        situation: &Situation,
        (event, occasion): (EventKey, Occasion),
    ) -> Result<(), BoardError> {
        let stay = &situation.stay;
        let _lock = self.locks[usize::from(stay.id.0[0]) % STAY_LOCKS]
            .lock()
            .await;
        let look = Look::at(stay, (event, occasion), answer.sequence);
        match self.looks.begin(&look) {
            Turn::Next => {}
            Turn::Over => return Ok(()),
            Turn::Behind { since } => return Err(BoardError::Behind { since }),
        }
        let known = cardex_playbook::Situation {
            stay,
            profile: &situation.profile,
            vocabulary: &rules.vocabulary,
            earlier_stays: situation.earlier_stays,
            closed: &situation.closed,
            acknowledged: &situation.acknowledged,
            wrong: &situation.wrong,
            escalated: &situation.escalated,
            shown: &situation.shown,
            lessons: &answer.lessons,
            languages: &self.languages,
            revision: occasion.trigger,
            profile_sequence: answer.sequence,
            as_of: answer.as_of,
            now: situation.now,
        };
        let playbook = &rules.playbook;
        let of = (&stay.property, stay.id);
        let others = self.known.others(playbook.departments(), of).await;
        let left = others
            .iter()
            .map(|department| playbook.closed(department, &known));
        let boards = playbook.compose(&known).into_iter().chain(left);
        let shows = boards.map(|board| self.show(board, situation, occasion));
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
        let too_late = is_past(&situation.stay, occasion.now);
        // A stay that is new here most often has no board yet. The bus refuses the first one if that is wrong.
        let may_guess = board.state == BoardState::Open && !board.items.is_empty() && !too_late;
        loop {
            let (shown, guessed) = match self.known.get(&subject) {
                Standing::Board(shown) => (Some(shown), false),
                // Another listener may just have published the board that this is the end of.
                Standing::Nothing if board.state == BoardState::Closed => {
                    (self.look_up(&subject).await?, false)
                }
                Standing::Nothing => (None, false),
                Standing::Unknown if may_guess => (None, true),
                Standing::Unread | Standing::Unknown => (self.look_up(&subject).await?, false),
            };
            let before = shown.as_ref().map(|s| &*s.board);
            if let Some(shown) = &shown {
                if shown.board.revision >= board.revision {
                    return self.tell_again(&subject, shown, &board, occasion).await;
                }
                // Another listener made it, of an answer that was ahead of its event.
                if shown.board.profile_sequence > board.profile_sequence {
                    let since = shown.board.profile_sequence;
                    return Err(BoardError::Behind { since });
                }
                self.tell_overdue(&subject, shown, &board).await?;
            }
            let now = Moment {
                utc_micros: self.clock.now_us().await?,
                offset_minutes: 0,
            };
            let stay = (&situation.stay, &closed[..]);
            let Some(news) = succeeding(&board, before, stay, occasion, now) else {
                return Ok(());
            };
            let last = shown.as_ref().map_or(0, |s| s.sequence);
            // What is told of a board holds once the board stands: one that was not published may never come.
            if let Some(sequence) = self.put(&subject, &news, last, occasion.now).await? {
                let labels = [board.property.as_str(), board.department.as_str()];
                self.meters.boards.with(labels).inc();
                self.tell(&news, ChangeKind::Issued, &board.items, occasion)
                    .await?;
                for gone in GONE {
                    self.tell(&news, gone, &[], occasion).await?;
                }
                self.known.told(&subject, sequence);
                return Ok(());
            }
            if !guessed {
                self.meters.conflicts.inc();
            }
            self.known.doubt(&subject);
        }
    }

    /// Publishes the board after the one at sequence `last` and returns its own; none when another one stands there by
    /// now: also one of this revision, which an earlier attempt may have made of other evidence.
    async fn put(
        &self,
        subject: &str,
        board: &Board,
        last: u64,
        now: Moment,
    ) -> Result<Option<u64>, BoardError> {
        let message = BoardMessage::of(board, last, SOURCE, now);
        let payload = Bytes::from(message.encode().payload);
        let headers = content_type();
        let id = message.id.as_str();
        let published = self
            .bus
            .publish_expecting(subject, id, payload, &headers, last)
            .await;
        match published {
            Ok(ack) if !ack.duplicate => {
                self.remember(subject, ack.stream_sequence, &message);
                Ok(Some(ack.stream_sequence))
            }
            Ok(_) | Err(PublishError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The board as it stands on the bus.
    async fn look_up(&self, subject: &str) -> Result<Option<Shown>, BoardError> {
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
        let shown = Shown {
            sequence,
            previous: message.data.previous,
            board: Arc::new(message.data.to_board()),
            untold: Some(message.time.0),
        };
        self.known.put(subject, shown.clone());
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
            let Some(before) = self.stored(subject, previous).await? else {
                return Ok(());
            };
            (board, previous) = (before.board, before.previous);
        }
        if board.revision != made.revision {
            return Ok(());
        }
        self.tell_of(subject, &board, previous, &made.items, occasion)
            .await
    }

    /// Whoever published the board may have been killed before telling what changed with it, and the event that led to
    /// it may by now affect other stays alone. So it is told before the next board, while the server still knows what
    /// was told and drops it.
    async fn tell_overdue(
        &self,
        subject: &str,
        shown: &Shown,
        made: &Board,
    ) -> Result<(), BoardError> {
        let Some(made_at) = shown.untold else {
            return Ok(());
        };
        let now = crate::listen::now(made_at.offset_minutes);
        if now.seconds_since(made_at) < TOLD_AFTER_SECONDS {
            let occasion = Occasion {
                trigger: shown.board.revision,
                occurred_at: made_at,
                now,
            };
            self.tell_of(subject, &shown.board, shown.previous, &made.items, occasion)
                .await?;
        }
        self.known.told(subject, shown.sequence);
        Ok(())
    }

    /// Tells what changed with a board that is read from the bus.
    async fn tell_of(
        &self,
        subject: &str,
        board: &Board,
        previous: u64,
        made: &[Item],
        occasion: Occasion,
    ) -> Result<(), BoardError> {
        self.tell(board, ChangeKind::Issued, made, occasion).await?;
        // What went is on the board before alone.
        let before = self.stored(subject, previous).await?;
        let gone = before.map_or_else(Vec::new, |before| before.board.items.clone());
        for kind in GONE {
            self.tell(board, kind, &gone, occasion).await?;
        }
        Ok(())
    }

    /// The board at this sequence of the stream of boards, if it is still there.
    async fn stored(&self, subject: &str, sequence: u64) -> Result<Option<Shown>, BoardError> {
        if sequence == 0 {
            return Ok(None);
        }
        let stored = self.bus.stored(streams::PROMPTS, sequence).await?;
        let decoded = stored.map(|stored| BoardMessage::decode(subject, &stored.payload));
        let message = decoded.transpose().map_err(BoardError::Unreadable)?;
        Ok(message.map(|message| Shown {
            sequence,
            previous: message.data.previous,
            board: Arc::new(message.data.to_board()),
            untold: None,
        }))
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
        let Some(card) = card_event(board, kind, made, occasion.occurred_at) else {
            return Ok(());
        };
        let draft = EventDraft {
            publisher: Author {
                property: Some(board.property.clone()),
                department: None,
                app: None,
            },
            id: event_id(board, card.change),
            source: SOURCE.to_owned(),
            time: card.occurred_at,
            on_behalf_of: None,
            body: Body::Card(card),
        };
        let message = draft.encode().map_err(BoardError::Event)?;
        let (id, payload) = (draft.id.as_str(), Bytes::from(message.payload));
        self.bus
            .publish(&message.subject, id, payload, &content_type())
            .await?;
        Ok(())
    }
}

/// The freshly made board as it comes after the one `before`, of a stay and the items of it that somebody acted on; none
/// where nobody would read anything new, or boards are not to begin. `now` is the time by the server's clock.
#[must_use]
pub(crate) fn succeeding(
    board: &Board,
    before: Option<&Board>,
    (stay, closed): (&Stay, &[ItemId]),
    occasion: Occasion,
    now: Moment,
) -> Option<Board> {
    let stands = before.is_some_and(|before| before.state == BoardState::Open);
    let may_begin = board.state == BoardState::Open && !is_past(stay, occasion.now);
    if !stands && !may_begin {
        return None;
    }
    let mut news = board.clone().settle(before, closed, stay.status, now)?;
    news.alert = alerts(&news, before, occasion);
    Some(news)
}

/// What is told of those changes of a board that are of one kind; none where there are none. What waited and does no longer is
/// told as what comes is. `made` has the claims of items in full, where the board keeps some from its department.
#[must_use]
pub(crate) fn card_event(
    board: &Board,
    kind: ChangeKind,
    made: &[Item],
    occurred_at: Moment,
) -> Option<CardEvent> {
    let full: BTreeMap<&ItemId, &Item> = made.iter().map(|item| (&item.id, item)).collect();
    let is_told = |change: &&Change| match kind {
        ChangeKind::Issued => board.calls_for(change),
        _ => change.kind == kind,
    };
    let changes = board.changes.iter().filter(is_told);
    let items: Vec<CardItem> = changes
        .map(|change| card_item(change, full.get(&change.item).copied()))
        .collect();
    let change = match kind {
        ChangeKind::Withdrawn => CardChange::Withdrawn,
        ChangeKind::Expired => CardChange::Expired,
        _ => CardChange::Issued,
    };
    (!items.is_empty()).then(|| CardEvent {
        stay: board.stay,
        department: board.department.clone(),
        revision: board.revision,
        change,
        items,
        occurred_at,
    })
}

fn subject_of(board: &Board) -> String {
    let subject = PromptSubject {
        property: board.property.clone(),
        department: board.department.clone(),
        stay: board.stay,
    };
    subject.to_string()
}

pub(crate) fn content_type() -> Headers {
    Headers::new()
        .with("Content-Type", CONTENT_TYPE)
        .expect("both are plain words")
}

/// The item with its claims: in full where it was just made, else as far as its department may see them.
fn card_item(change: &Change, known: Option<&Item>) -> CardItem {
    let said = |((attribute, value), says): (&(AttributeId, Box<str>), Says)| CardClaim {
        attribute: attribute.clone(),
        value: value.clone(),
        says,
    };
    let mut claims: Vec<CardClaim> = match known {
        Some(item) => {
            let reasons = item.reasons.iter();
            reasons
                .map(|of| said((&of.claim, Says::of(of.verdict))))
                .collect()
        }
        None => {
            let claims = change.claims.iter();
            claims.map(|claim| said((claim, Says::default()))).collect()
        }
    };
    claims.sort();
    claims.retain(|claim| claim.attribute.as_str() != HIDDEN_ATTRIBUTE);
    CardItem {
        item: change.item.clone(),
        rule: change.rule.clone(),
        claims,
        is_for_this_stay: known.is_some_and(|item| item.is_for_this_stay),
    }
}

/// The id of a card event. The board of a revision is published once, so what it changed is told under one id, also by
/// who tells it again and can no longer say every claim.
fn event_id(board: &Board, change: CardChange) -> EventId {
    let text = format!(
        "{} {} {} {change:?}",
        board.stay, board.department, board.revision
    );
    EventId::derived(content_hash(text.as_bytes()))
}

/// Whether a person should look up: a line came, reads otherwise than before or waits no longer, and it is not old news.
/// More evidence for a line that reads the same is none, and nobody looks up for one that waits.
fn alerts(board: &Board, before: Option<&Board>, occasion: Occasion) -> bool {
    let age_seconds = occasion.now.seconds_since(occasion.occurred_at);
    let known = |item: &Item| {
        let before = before.into_iter().flat_map(|b| &b.items);
        before
            .filter(|b| b.id == item.id)
            .any(|b| item.says_like(b) && !item.is_released(b))
    };
    // Whoever reads it in the other room has not seen it. At the change of a shift the room is the same, and nobody is
    // alerted of what stands there anyhow.
    let came = before.is_some_and(|b| b.room != board.room && b.sections != board.sections);
    board.items.iter().any(|item| {
        let fresh = age_seconds <= i64::from(item.freshness_hours) * 3600;
        fresh && !item.is_parked() && (came || !known(item))
    })
}

/// Whether the stay was to be over before yesterday, and is not: too late to begin boards for it. What is told of one that
/// is over has its own time.
fn is_past(stay: &Stay, now: Moment) -> bool {
    let planned = stay.departure.unwrap_or(Day(i32::MAX));
    let overdue_days = match stay.status {
        Status::InHouse => LEFT_ALONE_AFTER_DAYS,
        Status::Reserved => 1,
        Status::CheckedOut | Status::Cancelled | Status::NoShow => return false,
    };
    planned < now.day().plus(-overdue_days)
}

#[cfg(test)]
mod tests;
