//! The books: what should have come of the acknowledged events, worked out in memory, against what there is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_domain::board::{Board, BoardState, EVIDENCE_MAX, Item};
use cardex_domain::event::{Body, CardChange, CardEvent, OutcomeKind};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::fact::{Fact, Reference};
use cardex_domain::identity::{DenyList, person_of};
use cardex_domain::ids::{DepartmentId, EventKey, ItemId, NodeId, StayId};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Situation};
use cardex_store::{OpenOptions, Store};
use cardex_tests::taught::Taught;
use cardex_wire::words::ChangeKind;
use cardex_wire::{BoardMessage, BoardView, canonical, decode};

use super::load::Acknowledged;
use crate::events::now;
use crate::harness::{Desk, key, occasion};
use crate::order::settings;

pub(super) struct Books {
    ledger: Ledger,
    sequences: BTreeMap<EventKey, u64>,
    deny: DenyList,
    /// Card events found in the stream.
    cards: BTreeSet<EventKey>,
}

impl Books {
    pub(super) fn of(acknowledged: &[Acknowledged]) -> Self {
        let mut ledger = Ledger::default();
        let mut sequences = BTreeMap::new();
        for Acknowledged { sequence, event } in acknowledged {
            assert!(ledger.record(event.key, Fact::of(event, &key()).unwrap()));
            sequences.insert(event.key, *sequence);
        }
        Self {
            ledger,
            sequences,
            deny: DenyList::parse(DenyList::EMBEDDED_TEXT).unwrap(),
            cards: BTreeSet::new(),
        }
    }

    /// Every acknowledged event is in the stream where the server said, nothing but repetitions and card events beside.
    pub(super) async fn check_stream(&mut self, desk: &Desk) {
        let mut found: BTreeMap<EventKey, Vec<u64>> = BTreeMap::new();
        for message in desk.everything(EVENTS).await {
            let received = Moment {
                utc_micros: message.server_time_us,
                offset_minutes: 0,
            };
            let event = decode(&message.subject, None, &message.payload, received).unwrap();
            if let Body::Card(card) = event.body {
                self.cards.insert(event.key);
                self.ledger.record(event.key, Fact::Card(card));
            } else {
                let at = found.entry(event.key).or_default();
                at.push(message.stream_sequence);
            }
        }
        for (key, sequence) in &self.sequences {
            let at = found.remove(key).unwrap_or_default();
            assert!(at.contains(sequence), "{sequence} is lost: {at:?}");
        }
        assert!(found.is_empty(), "nobody published {found:?}");
    }

    /// The store holds each event once, no dead letter and no gap, and is sound.
    pub(super) fn check_store(&self, directory: &Path) {
        let opened = Store::open(directory, &OpenOptions::default()).unwrap();
        assert_eq!(opened.recovered, None, "the store was never set aside");
        let store = opened.store;
        store.verify().unwrap();
        let counts = store.read().counts();
        let events = self.sequences.len() + self.cards.len();
        assert_eq!(counts.events, events as u64);
        assert_eq!((counts.dead_letters, counts.gaps), (0, 0));
        for (key, sequence) in &self.sequences {
            let recorded = store.read().event(*key).unwrap();
            assert!(recorded.is_some(), "{sequence} is not in the store");
        }
    }

    /// The aggregator's profiles are those of the acknowledged events, byte for byte.
    pub(super) async fn check_profiles(&self, desk: &Desk) {
        let as_of = now().day();
        for node in self.ledger.nodes() {
            let Ok(resolution) = resolve(&self.ledger, &self.deny, &[Reference::Node(node)], now());
            let expected = match resolution {
                Resolution::Assigned { node, stay } => Some(self.canonical(node, stay, as_of)),
                Resolution::Unassigned { .. } => None,
            };
            let answered = desk.canonical(node, as_of).await;
            assert!(answered == expected, "another profile of {node}");
        }
    }

    fn canonical(&self, node: NodeId, stay: Option<StayId>, as_of: Day) -> Vec<u8> {
        let occasion = occasion(stay, as_of);
        let Ok(profile) = profile_of(&self.ledger, &settings(&self.deny), node, &occasion);
        canonical(&profile)
    }

    /// The boards that are due are there, each revision once and in order, and what was told of them is what is on them.
    pub(super) async fn check_boards(&self, desk: &Desk) {
        let mut boards: BTreeMap<String, Vec<BoardView>> = BTreeMap::new();
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for message in desk.everything(PROMPTS).await {
            let board = BoardMessage::decode(&message.subject, &message.payload)
                .unwrap()
                .data;
            let before = last.insert(message.subject.clone(), message.stream_sequence);
            assert_eq!(board.previous, before.unwrap_or(0), "{}", message.subject);
            boards.entry(message.subject).or_default().push(board);
        }
        for (subject, boards) in &boards {
            let revisions: Vec<u64> = boards.iter().map(|board| board.revision).collect();
            let rising = revisions.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(rising, "{subject}: {revisions:?}");
        }
        let cards = cards(desk).await;
        check_cards(&boards, cards.values());
        self.check_last_boards(&boards, &self.taught(cards));
    }

    fn taught(&self, cards: BTreeMap<u64, CardEvent>) -> Taught {
        let mut taught = Taught {
            cards,
            ..Taught::default()
        };
        for node in self.ledger.nodes() {
            let NodeId::Stay(stay) = node else { continue };
            let Ok(outcomes) = self.ledger.outcomes_of(stay);
            let outcomes = outcomes.into_iter();
            taught
                .outcomes
                .extend(outcomes.map(|fact| (self.sequences[&fact.key], fact)));
        }
        taught
    }

    fn check_last_boards(&self, boards: &BTreeMap<String, Vec<BoardView>>, taught: &Taught) {
        let last: BTreeMap<(StayId, DepartmentId), &BoardView> = boards
            .values()
            .filter_map(|boards| boards.last())
            .map(|board| ((board.stay.0, board.department.0.clone()), board))
            .collect();
        let mut due = 0;
        for node in self.ledger.nodes() {
            let NodeId::Stay(id) = node else { continue };
            let Ok(Some(stay)) = self.ledger.stay(id) else {
                continue;
            };
            for department in Playbook::embedded().departments() {
                let shown = last.get(&(id, department.clone())).copied();
                let board = self.due(&stay, department, shown, taught);
                due += usize::from(!board.items.is_empty());
                check_last(&board, shown);
            }
        }
        assert!(due > 20, "the load leaves hardly any boards: {due}");
    }

    /// The board that is due. How others fare changes no board by itself, so the one that stands was ranked by what had
    /// been taught at some moment since the event that led to it.
    fn due(
        &self,
        stay: &Stay,
        department: &DepartmentId,
        shown: Option<&BoardView>,
        taught: &Taught,
    ) -> Board {
        let as_of = shown.map_or_else(|| now().day(), |board| board.as_of.0);
        let profile = self.profile(stay, as_of);
        let ranked = |by: u64| {
            let boards = self.compose(stay, &profile, as_of, (taught, by));
            let mut boards = boards.into_iter();
            boards
                .find(|board| board.department == *department)
                .unwrap()
        };
        let standing = shown.map(BoardView::to_board);
        let moments = taught.moments(shown.map_or(0, |board| board.revision));
        let mut due = ranked(moments[0]);
        for by in &moments[1..] {
            let reads = standing.as_ref().map(lines).unwrap_or_default();
            if lines(&due) == reads {
                break;
            }
            due = ranked(*by);
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
        stay: &Stay,
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
            escalated: &self.escalated(stay.id),
            shown: &taught.shown(&others, by),
            lessons: &taught.lessons(by),
            languages: &Languages::default(),
            revision: 0,
            profile_sequence: 0,
            as_of,
            // Every hour that struck has been told of the stay: it is as it is now.
            now: Moment {
                offset_minutes: stay.last_event_at.offset_minutes,
                ..now()
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
fn check_last(due: &Board, shown: Option<&BoardView>) {
    let (stay, department) = (due.stay, &due.department);
    let Some(shown) = shown else {
        assert!(
            due.items.is_empty(),
            "{stay} lacks its board for {department}"
        );
        return;
    };
    let shown = shown.to_board();
    assert_eq!(shown.state, due.state, "{stay} {department}");
    if due.state == BoardState::Closed {
        // Whatever else is learnt of the guest, nobody has anything left to do.
        assert!(shown.items.is_empty(), "{stay} {department}");
        return;
    }
    assert_eq!(shown.phase, due.phase, "{stay} {department}");
    assert_eq!(shown.room, due.room, "{stay} {department}");
    assert_eq!(shown.guest, due.guest, "{stay} {department}");
    assert_eq!(lines(&shown), lines(due), "{stay} {department}");
    for item in &shown.items {
        let due = due.items.iter().find(|due| due.id == item.id).unwrap();
        let (given, due) = (evidence(item), evidence(due));
        let holds = due.len() >= EVIDENCE_MAX || given.is_subset(&due);
        assert!(holds, "{stay} {department}: {given:?} of {due:?}");
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

async fn cards(desk: &Desk) -> BTreeMap<u64, CardEvent> {
    let mut seen = BTreeSet::new();
    let mut cards = BTreeMap::new();
    for message in desk.everything(EVENTS).await {
        let received = Moment {
            utc_micros: message.server_time_us,
            offset_minutes: 0,
        };
        let event = decode(&message.subject, None, &message.payload, received).unwrap();
        if let Body::Card(card) = event.body
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
            check_claims(card, &hidden);
        }
        let of = (card.stay, card.department.clone(), card.revision, kind);
        let items = card.items.iter().map(|item| item.item.clone()).collect();
        assert_eq!(told.insert(of.clone(), items), None, "{of:?} is told twice");
    }
    for (of, items) in &expected {
        assert_eq!(told.get(of), Some(items), "{of:?}");
    }
    assert_eq!(told.len(), expected.len(), "something is told of no board");
}

/// An item is told of with its claims, from which its id follows. Who tells it again after a kill can no longer say what
/// its department may not see, when that holds no longer.
fn check_claims(card: &CardEvent, hidden: &BTreeSet<&ItemId>) {
    for item in &card.items {
        let claims = item.claims.iter();
        let claims = claims.map(|claim| (claim.attribute.as_str(), &*claim.value));
        let claims: Vec<(&str, &str)> = claims.collect();
        let id = |occasion: Option<&str>| {
            ItemId::on(card.stay, &card.department, &item.rule, &claims, occasion)
        };
        // What was dealt with for one room is not for the next: then the id names the day of the move as well.
        let mut moves = (-1..=1).map(|days| format!("room {}", now().day().plus(days)));
        let follows = id(None) == item.item || moves.any(|day| id(Some(&day)) == item.item);
        assert!(follows || hidden.contains(&item.item), "{item:?}");
    }
}
