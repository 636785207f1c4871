//! Never two boards without news, and no news without a board: whatever is known of a stay, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::board::{Phase, Reason, Texts};
use cardex_domain::event::{StayChange, StayDetails};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::fact::StayFact;
use cardex_domain::ids::{Room, RuleId, SectionId};
use cardex_domain::profile::Verdict;
use cardex_wire::BoardView;
use proptest::prelude::*;

use super::*;

/// The lines that there may be.
const RULES: [&str; 4] = ["papers", "flowers", "allergy", "pillow"];
const STATUSES: [Status; 3] = [Status::Reserved, Status::InHouse, Status::CheckedOut];
const SECTIONS: [&str; 2] = ["ninth", "tenth"];

/// A line as it is made.
#[derive(Debug, Clone)]
struct Made {
    wording: u8,
    score: i64,
    evidence: BTreeSet<u8>,
    acknowledged: bool,
    escalated: bool,
    parked: bool,
}

/// How a stay stands.
#[derive(Debug, Clone)]
struct Now {
    status: Status,
    room: u8,
    lines: Vec<Option<Made>>,
    /// What somebody acted on, by its place among the rules.
    acted_on: BTreeSet<usize>,
}

fn made() -> impl Strategy<Value = Made> {
    let marks = (any::<bool>(), any::<bool>(), any::<bool>());
    let evidence = prop::collection::btree_set(0..4_u8, 1..4);
    (0..2_u8, 0..3_i64, evidence, marks).prop_map(|(wording, score, evidence, marks)| Made {
        wording,
        score,
        evidence,
        acknowledged: marks.0,
        escalated: marks.1,
        parked: marks.2,
    })
}

/// How a stay stands, one after the other: mostly much as before.
fn stands() -> impl Strategy<Value = Vec<Now>> {
    let lines = prop::collection::vec(prop::option::weighted(0.8, made()), RULES.len());
    let acted_on = prop::collection::btree_set(0..RULES.len(), 0..2);
    let now = (
        prop::sample::select(&STATUSES[..]),
        0..2_u8,
        lines,
        acted_on,
    );
    let change = (now, prop::collection::btree_set(0..RULES.len() + 2, 0..3));
    prop::collection::vec(change, 1..12).prop_map(|changes| {
        let mut all: Vec<Now> = Vec::new();
        for ((status, room, lines, acted_on), touched) in changes {
            let mut now = Now {
                status,
                room,
                lines,
                acted_on,
            };
            if let Some(before) = all.last() {
                for (place, line) in now.lines.iter_mut().enumerate() {
                    if !touched.contains(&place) {
                        line.clone_from(&before.lines[place]);
                    }
                }
                if !touched.contains(&RULES.len()) {
                    now.status = before.status;
                }
                if !touched.contains(&(RULES.len() + 1)) {
                    now.room = before.room;
                }
            }
            all.push(now);
        }
        all
    })
}

impl Made {
    fn item(&self, rule: &str) -> Item {
        let (department, rule) = (department(), RuleId::new(rule).unwrap());
        let at = |wanted: bool| wanted.then(now);
        Item {
            id: ItemId::of(stay(), &department, &rule, &[]),
            category: "room".into(),
            tier: 1,
            score: self.score,
            ranking: None,
            text: format!("{rule} {}", self.wording).into(),
            texts: Texts::new(),
            is_for_this_stay: false,
            occasion: None,
            reasons: vec![Reason {
                claim: (AttributeId::new("reading.topic").unwrap(), "art".into()),
                visible: true,
                verdict: Verdict::Prefers,
                confidence_ppm: 600_000,
                evidence: self.evidence.iter().map(|of| piece(*of)).collect(),
                learnt_at: now(),
                learnt_property: PropertyId::new(PROPERTY).unwrap(),
                learnt_by: department,
            }],
            rule,
            since_revision: 0,
            since: None,
            freshness_hours: 24,
            acknowledge_seconds: None,
            acknowledged_at: at(self.acknowledged),
            escalated: self.escalated,
            escalated_from: None,
            parked_since: at(self.parked),
        }
    }
}

impl Now {
    /// The board of that revision, freshly made.
    fn board(&self, revision: u64) -> Board {
        let is_open = self.status != Status::CheckedOut;
        let lines = RULES.iter().zip(&self.lines).filter(|_| is_open);
        let items = lines.filter_map(|(rule, made)| Some(made.as_ref()?.item(rule)));
        let mut items: Vec<Item> = items.collect();
        items.sort_by_key(|item| -item.score);
        Board {
            stay: stay(),
            property: PropertyId::new(PROPERTY).unwrap(),
            department: department(),
            revision,
            state: match is_open {
                true => BoardState::Open,
                false => BoardState::Closed,
            },
            phase: Phase::of(self.status),
            guest: "Mr Zhuang".into(),
            guests: Texts::new(),
            room: Room::new(&self.room.to_string()).ok(),
            sections: [SectionId::new(SECTIONS[usize::from(self.room)]).unwrap()].into(),
            arrival: None,
            departure: None,
            items,
            changes: Vec::new(),
            alert: false,
            as_of: now().day(),
            profile_sequence: revision,
            playbook_hash: "p".into(),
            vocabulary_hash: "v".into(),
        }
    }

    fn stay(&self) -> Stay {
        let details = StayDetails::default;
        let room = Room::new("1012").unwrap();
        let arrived = StayChange::CheckedIn {
            room,
            details: details(),
        };
        let changes = [
            StayChange::Reserved(details()),
            arrived,
            StayChange::CheckedOut,
        ];
        let facts = changes.into_iter().zip(STATUSES).enumerate();
        let facts = facts.map(|(place, (change, status))| {
            let fact = StayFact {
                key: EventKey([u8::try_from(place).unwrap(); 16]),
                stay: stay(),
                property: PropertyId::new(PROPERTY).unwrap(),
                reservation: RESERVATION.into(),
                occurred_at: Moment {
                    utc_micros: now().utc_micros + place as i64,
                    ..now()
                },
                change,
                guest: None,
            };
            (fact, status)
        });
        let last = STATUSES
            .iter()
            .position(|status| *status == self.status)
            .unwrap();
        let facts: Vec<StayFact> = facts.take(last + 1).map(|(fact, _)| fact).collect();
        let stay = Stay::fold(&facts).unwrap();
        assert_eq!(stay.status, self.status);
        stay
    }
}

fn department() -> DepartmentId {
    DepartmentId::new("floor").unwrap()
}

fn piece(of: u8) -> EvidenceId {
    EvidenceId {
        event: EventKey([of; 16]),
        statement: 0,
    }
}

/// What a line tells who reads it: its words, who has seen it, with whom it is, and whether it waits.
type Told<'b> = (&'b str, Option<Moment>, bool, bool);

/// What a person sees on a board: what stands above the lines, and each of them, in whatever order.
fn seen(
    board: &Board,
) -> (
    BoardState,
    Phase,
    &Option<Room>,
    BTreeMap<&ItemId, Told<'_>>,
) {
    let told = |item: &'_ Item| (item.acknowledged_at, item.escalated, item.is_parked());
    let lines = board.items.iter().map(|item| {
        let (acknowledged, escalated, parked) = told(item);
        (&item.id, (&*item.text, acknowledged, escalated, parked))
    });
    (board.state, board.phase, &board.room, lines.collect())
}

/// Whether a line that stands on both rested on something before that it does not rest on any more.
fn lost_a_reason(before: &Board, board: &Board) -> bool {
    let pieces = |item: &Item| -> BTreeSet<EvidenceId> {
        item.reasons
            .iter()
            .flat_map(|of| of.evidence.clone())
            .collect()
    };
    before.items.iter().any(|was| {
        let same = board.items.iter().find(|item| item.id == was.id);
        same.is_some_and(|item| !pieces(was).is_subset(&pieces(item)))
    })
}

/// Whether somebody is to look up: for a line that does not wait and is new, reads otherwise, waited before, or is read by
/// others now, for the guest moved.
fn calls(before: Option<&Board>, board: &Board) -> bool {
    let moved = before.is_some_and(|before| before.room != board.room);
    board
        .items
        .iter()
        .filter(|item| !item.is_parked())
        .any(|item| {
            let was = before.into_iter().flat_map(|before| &before.items);
            let was = was.into_iter().find(|was| was.id == item.id);
            moved || was.is_none_or(|was| was.text != item.text || was.is_parked())
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_board_comes_with_news_and_with_nothing_else(all in stands()) {
        let mut last: Option<Board> = None;
        for (revision, stands) in (1..).zip(&all) {
            let (made, stay) = (stands.board(revision), stands.stay());
            let acted = stands.acted_on.iter().map(|place| {
                ItemId::of(stay.id, &department(), &RuleId::new(RULES[*place]).unwrap(), &[])
            });
            let acted: Vec<ItemId> = acted.collect();
            let occasion = Occasion { trigger: revision, occurred_at: now(), now: now() };
            let published = succeeding(&made, last.as_ref(), (&stay, &acted), occasion, now());
            let is_news = match &last {
                None => !made.items.is_empty(),
                // Of a stay that is over nobody is told twice that it is.
                Some(before) if before.state == made.state && made.state == BoardState::Closed => false,
                Some(before) => seen(before) != seen(&made) || lost_a_reason(before, &made),
            };
            prop_assert_eq!(published.is_some(), is_news);
            let Some(published) = published else { continue };
            prop_assert_eq!(seen(&published), seen(&made));
            prop_assert_eq!(published.alert, calls(last.as_ref(), &made));
            // As the next one finds it on the bus; and the same once more is no news, however much later.
            let stood = BoardView::of(&published, 0).to_board();
            let again = Board { revision: revision + 1_000, ..made };
            let again = succeeding(&again, Some(&stood), (&stay, &acted), occasion, now());
            prop_assert_eq!(again, None);
            last = Some(stood);
        }
    }
}
