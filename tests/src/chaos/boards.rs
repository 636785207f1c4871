//! The boards that are due by the books, against those on the bus, and what was told of them.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_domain::board::{Board, BoardState, EVIDENCE_MAX, Item};
use cardex_domain::event::{Body, CardChange, CardEvent, OutcomeKind};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::identity::person_of;
use cardex_domain::ids::{DepartmentId, ItemId, NodeId, StayId};
use cardex_domain::profile::{Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Situation};
use cardex_wire::words::ChangeKind;
use cardex_wire::{BoardMessage, BoardView, decode};

use super::books::Books;
use super::findings::{Findings, Wrong};
use crate::desk::{Desk, occasion};
use crate::embedded::settings;
use crate::events::now;
use crate::taught::Taught;

impl Books {
    /// The boards that are due are there, each revision once and in order, and what was told of them is what is on them.
    /// Tells how many boards with items are due.
    pub async fn check_boards(&mut self, desk: &Desk) -> usize {
        let mut boards: BTreeMap<String, Vec<BoardView>> = BTreeMap::new();
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for message in desk.everything(PROMPTS).await {
            let board = BoardMessage::decode(&message.subject, &message.payload)
                .unwrap()
                .data;
            let before = last.insert(message.subject.clone(), message.stream_sequence);
            let follows = board.previous == before.unwrap_or(0);
            let what = format!("{} follows no board at {}", message.subject, board.previous);
            self.findings.holds(follows, Wrong::Board, what);
            boards.entry(message.subject).or_default().push(board);
        }
        for (subject, boards) in &boards {
            let revisions: Vec<u64> = boards.iter().map(|board| board.revision).collect();
            let rising = revisions.windows(2).all(|pair| pair[0] < pair[1]);
            let what = format!("the revisions of {subject} do not rise: {revisions:?}");
            self.findings.holds(rising, Wrong::Doubled, what);
        }
        let cards = cards(desk).await;
        check_cards(&boards, cards.values(), &mut self.findings);
        self.check_last_boards(&boards, &self.taught(cards)).await
    }

    fn taught(&self, cards: BTreeMap<u64, CardEvent>) -> Taught {
        let mut outcomes = BTreeMap::new();
        for node in self.ledger.nodes() {
            let NodeId::Stay(stay) = node else { continue };
            let Ok(of_stay) = self.ledger.outcomes_of(stay);
            let of_stay = of_stay.into_iter();
            outcomes.extend(of_stay.map(|fact| (self.sequences[&fact.key], fact)));
        }
        Taught::by(cards, outcomes)
    }

    async fn check_last_boards(
        &mut self,
        boards: &BTreeMap<String, Vec<BoardView>>,
        taught: &Taught,
    ) -> usize {
        let last: BTreeMap<(StayId, DepartmentId), &BoardView> = boards
            .values()
            .filter_map(|boards| boards.last())
            .map(|board| ((board.stay.0, board.department.0.clone()), board))
            .collect();
        let told: ToldAt = taught.cards.iter().map(told_at).collect();
        let ranked = Ranked {
            taught,
            told,
            likely: Cell::new(0),
        };
        let mut due = 0;
        for node in self.ledger.nodes() {
            let NodeId::Stay(id) = node else { continue };
            let Ok(Some(stay)) = self.ledger.stay(id) else {
                continue;
            };
            // Whoever is told to end meanwhile does.
            tokio::task::yield_now().await;
            for department in Playbook::embedded().departments() {
                let shown = last.get(&(id, department.clone())).copied();
                let due_at = |at| self.due((&stay, at), department, shown, &ranked);
                let mut board = due_at(now());
                let standing = shown.map(BoardView::to_board);
                let is_due = standing.is_none_or(|standing| lines(&standing) == lines(&board));
                if stay.last_event_at > now() && !is_due {
                    // By a clock that is ahead, and nothing by another came since.
                    board = due_at(stay.last_event_at);
                }
                check_last(&board, shown, &mut self.findings);
                due += usize::from(!board.items.is_empty());
            }
        }
        due
    }

    /// The board that is due. How others fare changes no board by itself, so the one that stands was ranked by what had
    /// been taught at some moment since the event that led to it: most likely just before it was told of, or when another was.
    fn due(
        &self,
        (stay, at): (&Stay, Moment),
        department: &DepartmentId,
        shown: Option<&BoardView>,
        by: &Ranked<'_>,
    ) -> Board {
        let as_of = shown.map_or_else(|| now().day(), |board| board.as_of.0);
        let profile = self.profile(stay, as_of);
        let ranked = |at_sequence: u64| {
            let boards = self.compose((stay, at), &profile, as_of, (by.taught, at_sequence));
            let mut boards = boards.into_iter();
            boards
                .find(|board| board.department == *department)
                .unwrap()
        };
        let standing = shown.map(BoardView::to_board);
        let reads = standing.as_ref().map(lines).unwrap_or_default();
        let revision = shown.map_or(0, |board| board.revision);
        let moments = by.taught.moments(&self.other_stays(stay), revision);
        let told_at = by.told.get(&(stay.id, department.clone(), revision));
        let before = told_at.map_or(1, |told_at| moments.partition_point(|at| at < told_at));
        let likely = moments.partition_point(|at| *at <= by.likely.get());
        let likely = moments[..likely].last();
        let (before, after) = moments.split_at(before.max(1));
        let first = ranked(*before.last().expect("the event itself is a moment"));
        let others = before.iter().rev().skip(1).chain(after);
        let mut others = likely.into_iter().chain(others);
        let mut due = first.clone();
        while due.state != BoardState::Closed && lines(&due) != reads {
            let Some(moment) = others.next() else {
                return first;
            };
            due = ranked(*moment);
            by.likely.set(*moment);
        }
        due
    }

    fn profile(&self, stay: &Stay, as_of: Day) -> Profile {
        let node = NodeId::Stay(stay.id);
        let Ok(mut profile) = profile_of(
            &self.ledger,
            &settings(&self.deny),
            node,
            &occasion(Some(stay.id), as_of),
        );
        let parts = [&mut profile.wishes, &mut profile.attributes];
        let attributes = parts.into_iter().flat_map(|part| part.values_mut());
        for claim in attributes.flat_map(|attribute| &mut attribute.claims) {
            let evidence = &mut claim.evidence;
            evidence.sort_by_key(|e| Reverse((e.observed_at, e.id)));
            evidence.truncate(EVIDENCE_MAX);
            evidence.sort();
        }
        profile
    }

    fn compose(
        &self,
        (stay, at): (&Stay, Moment),
        profile: &Profile,
        as_of: Day,
        (taught, by): (&Taught, u64),
    ) -> Vec<Board> {
        let others = self.other_stays(stay);
        let Ok(closing) = self.ledger.outcomes_of(stay.id);
        let outcomes: Vec<_> = closing.into_iter().map(|fact| fact.outcome).collect();
        let mut acknowledged = BTreeMap::new();
        for outcome in &outcomes {
            if outcome.outcome != OutcomeKind::Delivered {
                let at = outcome.occurred_at;
                let first = acknowledged.entry(outcome.item.clone()).or_insert(at);
                *first = at.min(*first);
            }
        }
        let wrong = outcomes
            .iter()
            .filter(|of| of.outcome == OutcomeKind::Wrong);
        let wrong: BTreeSet<ItemId> = wrong.map(|of| of.item.clone()).collect();
        let closing = outcomes
            .into_iter()
            .filter(|outcome| outcome.outcome.closes());
        let closed: BTreeSet<ItemId> = closing.map(|outcome| outcome.item).collect();
        Playbook::embedded().compose(&Situation {
            stay,
            profile,
            vocabulary: Vocabulary::embedded(),
            earlier_stays: self.ended(&others),
            closed: &closed,
            acknowledged: &acknowledged,
            wrong: &wrong,
            escalated: &self.escalated(stay.id),
            shown: &taught.shown(&others, by),
            lessons: taught.lessons(by),
            languages: &Languages::default(),
            revision: 0,
            profile_sequence: 0,
            as_of,
            // Every hour that struck has been told of the stay: it is as it is then.
            now: Moment {
                offset_minutes: stay.last_event_at.offset_minutes,
                ..at
            },
        })
    }

    fn escalated(&self, stay: StayId) -> BTreeSet<ItemId> {
        let Ok(cards) = self.ledger.cards_of(stay);
        let escalated = cards
            .into_iter()
            .filter(|(_, card)| card.change == CardChange::Escalated);
        let items = escalated.flat_map(|(_, card)| card.items);
        items.map(|item| item.item).collect()
    }

    fn other_stays(&self, stay: &Stay) -> Vec<StayId> {
        let Ok(person) = person_of(&self.ledger, &self.deny, NodeId::Stay(stay.id));
        person.stays().filter(|id| *id != stay.id).collect()
    }

    fn ended(&self, stays: &[StayId]) -> u32 {
        let left = stays.iter().filter(|id| {
            let Ok(other) = self.ledger.stay(**id);
            other.is_some_and(|other| other.status == Status::CheckedOut)
        });
        u32::try_from(left.count()).unwrap()
    }
}

/// Whether the last board says what a reader should read now.
fn check_last(due: &Board, shown: Option<&BoardView>, findings: &mut Findings) {
    let mut wrong = |what: String| {
        let (stay, department) = (due.stay, &due.department);
        findings.finds(Wrong::Board, format!("{stay} {department}: {what}"));
    };
    let Some(shown) = shown else {
        if !due.items.is_empty() {
            wrong(format!("no board, {:?} are due", lines(due)));
        }
        return;
    };
    let (shown, revision) = (shown.to_board(), shown.revision);
    if shown.state != due.state {
        return wrong(format!(
            "{:?} at {revision}, due {:?}",
            shown.state, due.state
        ));
    }
    if due.state == BoardState::Closed {
        // Whatever else is learnt of the guest, nobody has anything left to do.
        if !shown.items.is_empty() {
            wrong(format!("closed at {revision} with items"));
        }
        return;
    }
    if (shown.phase, &shown.room, &shown.guest) != (due.phase, &due.room, &due.guest) {
        wrong(format!("another phase, room or guest at {revision}"));
    }
    if lines(&shown) != lines(due) {
        let (shown, due) = (lines(&shown), lines(due));
        return wrong(format!("{shown:?} at {revision}, due {due:?}"));
    }
    for item in &shown.items {
        let due = due.items.iter().find(|due| due.id == item.id);
        let (given, due) = (
            evidence(item),
            evidence(due.expect("the lines are the same")),
        );
        if due.len() < EVIDENCE_MAX && !given.is_subset(&due) {
            wrong(format!("{given:?} of {due:?} at {revision}"));
        }
    }
}

/// The items as a person reads them.
fn lines(board: &Board) -> BTreeMap<ItemId, (u8, &str)> {
    let items = board.items.iter();
    items
        .map(|item| (item.id.clone(), (item.tier, &*item.text)))
        .collect()
}

/// What an item gives as its reasons.
fn evidence(item: &Item) -> BTreeSet<EvidenceId> {
    let reasons = item.reasons.iter();
    reasons.flat_map(|reason| reason.evidence.clone()).collect()
}

/// What card events tell of: the items that came with or went at a revision.
type Told = BTreeMap<(StayId, DepartmentId, u64, &'static str), BTreeSet<ItemId>>;

/// By what boards may have been ranked.
struct Ranked<'t> {
    taught: &'t Taught,
    told: ToldAt,
    /// The moment that was looked at last: many boards were ranked by the same.
    likely: Cell<u64>,
}

/// Where in the stream it is told of which board.
type ToldAt = BTreeMap<(StayId, DepartmentId, u64), u64>;

fn told_at((at, card): (&u64, &CardEvent)) -> ((StayId, DepartmentId, u64), u64) {
    ((card.stay, card.department.clone(), card.revision), *at)
}

async fn cards(desk: &Desk) -> BTreeMap<u64, CardEvent> {
    let mut seen = BTreeSet::new();
    let mut cards = BTreeMap::new();
    for message in desk.everything(EVENTS).await {
        let received = Moment {
            utc_micros: message.server_time_us,
            offset_minutes: 0,
        };
        // What can't be read is the dead letters' matter.
        if let Ok(event) = decode(&message.subject, None, &message.payload, received)
            && let Body::Card(card) = event.body
            && seen.insert(event.key)
        {
            cards.insert(message.stream_sequence, card);
        }
    }
    cards
}

/// Every item that came onto a board or was taken off it is told of once, with what it claims.
fn check_cards<'c>(
    boards: &BTreeMap<String, Vec<BoardView>>,
    cards: impl IntoIterator<Item = &'c CardEvent>,
    findings: &mut Findings,
) {
    let mut expected = Told::new();
    for board in boards.values().flatten() {
        for change in &board.changes {
            let kind = match change.kind {
                ChangeKind::Issued => "issued",
                ChangeKind::Withdrawn => "withdrawn",
                ChangeKind::Expired => "expired",
                ChangeKind::Revised | ChangeKind::Closed => continue,
            };
            let of = (
                board.stay.0,
                board.department.0.clone(),
                board.revision,
                kind,
            );
            expected
                .entry(of)
                .or_default()
                .insert(change.item.0.clone());
        }
    }
    let items = boards.values().flatten().flat_map(|board| &board.items);
    // What comes again has an id for each occasion beside.
    let hiding = items.filter(|item| {
        item.occasion.is_some() || item.reasons.iter().any(|reason| reason.claim.is_none())
    });
    let hidden: BTreeSet<&ItemId> = hiding.map(|item| &item.id.0).collect();
    let mut told = Told::new();
    for card in cards {
        let kind = match card.change {
            CardChange::Issued => "issued",
            CardChange::Withdrawn => "withdrawn",
            CardChange::Expired => "expired",
            // What time made of a board is no change of one.
            CardChange::Escalated => continue,
        };
        if card.change == CardChange::Issued {
            check_claims(card, &hidden, findings);
        }
        let of = (card.stay, card.department.clone(), card.revision, kind);
        let items = card.items.iter().map(|item| item.item.clone()).collect();
        if told.insert(of.clone(), items).is_some() {
            findings.finds(Wrong::Doubled, format!("{of:?} is told twice"));
        }
    }
    for (of, items) in &expected {
        let is = told.get(of);
        let what = format!("{of:?}: told of {is:?} instead of {items:?}");
        findings.holds(is == Some(items), Wrong::Lost, what);
    }
    for of in told.keys().filter(|of| !expected.contains_key(of)) {
        findings.finds(Wrong::Other, format!("{of:?} is told of no board"));
    }
}

/// An item is told of with its claims, from which its id follows. Who tells it again after a kill can no longer say what
/// its department may not see, when that holds no longer.
fn check_claims(card: &CardEvent, hidden: &BTreeSet<&ItemId>, findings: &mut Findings) {
    for item in &card.items {
        let claims = item.claims.iter();
        let claims = claims.map(|claim| (claim.attribute.as_str(), &*claim.value));
        let claims: Vec<(&str, &str)> = claims.collect();
        let id = |occasion: Option<&str>| {
            let (stay, department) = (card.stay, &card.department);
            ItemId::on(stay, department, &item.rule, &claims, occasion) == item.item
        };
        // What is to be done for a guest's next room comes on the day of the move, as the hotel counts days.
        let told = card.occurred_at.day();
        let moved = (-1..=1).any(|days| id(Some(&format!("room {}", told.plus(days)))));
        let follows = id(None) || moved || hidden.contains(&item.item);
        findings.holds(follows, Wrong::Other, format!("{item:?} has another id"));
    }
}
