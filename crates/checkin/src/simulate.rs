//! Two playbooks on one past: what happened is played on paper by both, and what departments are told is compared, line by
//! line.
//!
//! Up to the moment from which it is compared everything is as it was: what the listener told then was told, and was answered
//! or not. At that moment both hotels look at everything that is known, and from then on each tells for itself: of what the
//! listener published nothing is taken but which items people could answer for, since nobody answered for what nobody was told.
//! What people published is taken as it stands, in the order and at the times of the stream.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::CardChange;
use cardex_domain::fact::Fact;
use cardex_domain::ids::{DepartmentId, EventKey, ItemId, PropertyId, RuleId, SectionId, StayId};
use cardex_domain::time::Moment;
use cardex_wire::BoardMessage;

use crate::paper::{PaperHotel, PaperSettings};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Happened {
    /// When the server took it.
    pub received: Moment,
    /// Its key.
    pub key: EventKey,
    /// What it was.
    pub fact: Fact,
}

/// The two hotels: the one as it is, and the one that goes by what was changed.
#[derive(Debug)]
pub struct Simulation {
    sides: [Side; 2],
    told: Told,
    /// How many events were taken.
    events: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// How many lines each department of each hotel is told, by the one playbook and by the other.
    pub lines: BTreeMap<(PropertyId, DepartmentId), [u64; 2]>,
    /// Every line that is told otherwise, by hotel, department, change and time.
    pub differences: Vec<Difference>,
    /// Of how many stays anything is told.
    pub stays: u64,
}

/// A line that is told otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where.
    pub property: PropertyId,
    /// To whom.
    pub department: DepartmentId,
    /// What differs; where several things do, the first of their order.
    pub change: LineChange,
    /// When it differs first, by the hotel's clock.
    pub at: Moment,
    /// Of which stay.
    pub stay: StayId,
    /// The PMS's number of it.
    pub reservation: Box<str>,
    /// By which rule.
    pub rule: RuleId,
    /// What it says as things are.
    pub before: Option<Box<str>>,
    /// What it says by what was changed.
    pub after: Option<Box<str>>,
}

/// What differs of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineChange {
    /// It is never told.
    Gone,
    /// It is told, and was not.
    Come,
    /// It reads otherwise.
    Reworded,
    /// It comes earlier or later, or goes.
    AtOtherTimes,
    /// Other sections of the department read it.
    ForOthers,
    /// It stands at another place among those lines that are told either way.
    Moved,
}

impl LineChange {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Gone,
        Self::Come,
        Self::Reworded,
        Self::AtOtherTimes,
        Self::ForOthers,
        Self::Moved,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Come => "come",
            Self::Reworded => "reworded",
            Self::AtOtherTimes => "at_other_times",
            Self::ForOthers => "for_others",
            Self::Moved => "moved",
        }
    }
}

impl Simulation {
    /// Both hotels, of which nothing is known yet, to be compared from that moment on.
    #[must_use]
    pub fn new(serving: PaperSettings, changed: PaperSettings, since: Moment) -> Self {
        Self {
            sides: [serving, changed].map(|by| Side::new(by, since)),
            told: Told::default(),
            events: 0,
        }
    }

    /// Takes what happened next, in the order of the stream.
    pub fn take(&mut self, events: &[Happened]) {
        let first = self.events;
        self.events += events.len() as u64;
        self.both(|side| side.play(first, events));
    }

    /// What differs, when it is now that time.
    #[must_use]
    pub fn finish(mut self, now: Moment) -> Simulated {
        let last = self.events;
        self.both(|side| side.wait_until(last, now));
        self.told.found(&self.sides[0].hotel)
    }

    /// Lets both hotels do the same, side by side, and compares what they tell.
    fn both(&mut self, play: impl Fn(&mut Side) -> Vec<Board> + Sync) {
        let [serving, changed] = &mut self.sides;
        let boards = std::thread::scope(|scope| {
            let aside = scope.spawn(|| play(changed));
            let told = play(serving);
            [told, aside.join().expect("playing does not panic")]
        });
        self.told.hear(boards);
    }
}

/// One of the two hotels.
#[derive(Debug)]
struct Side {
    hotel: PaperHotel,
    since: Moment,
    has_begun: bool,
}

/// What a department is told, and after what.
struct Board {
    step: Step,
    place: Place,
    card: Card,
}

/// What leads to boards: the clock, before that event, or the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    event: u64,
    is_event: bool,
    at: Moment,
}

/// A stay and who is told of it.
type Place = (StayId, DepartmentId);

/// What stands on a board.
#[derive(Debug, Default)]
struct Card {
    sections: BTreeSet<SectionId>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    item: ItemId,
    rule: RuleId,
    text: Box<str>,
}

impl Side {
    fn new(by: PaperSettings, since: Moment) -> Self {
        Self {
            hotel: PaperHotel::open(by, since).answering_what_is_named(),
            since,
            has_begun: false,
        }
    }

    /// Lets it all happen, the first of which has that number.
    fn play(&mut self, first: u64, events: &[Happened]) -> Vec<Board> {
        let mut told = Vec::new();
        for (number, happened) in (first..).zip(events) {
            let (key, fact) = (happened.key, &happened.fact);
            if let Fact::Card(card) = fact
                && card.change == CardChange::Issued
            {
                self.hotel.may_answer(card);
            }
            if happened.received.utc_micros < self.since.utc_micros {
                self.hotel.remember(key, fact);
                continue;
            }
            if matches!(fact, Fact::Card(_) | Fact::Hour(_) | Fact::Setting(_)) {
                continue;
            }
            told.extend(self.wait_until(number, happened.received));
            let boards = self.hotel.happen(key, fact);
            told.extend(
                boards
                    .into_iter()
                    .map(|board| Board::of(board, number, true)),
            );
        }
        told
    }

    /// Lets the time pass until then, before the event of that number.
    fn wait_until(&mut self, number: u64, until: Moment) -> Vec<Board> {
        let mut boards = Vec::new();
        if !self.has_begun {
            self.has_begun = true;
            boards = self.hotel.begin(self.since);
        }
        // A server's clock may have been set back.
        boards.extend(self.hotel.wait_until(until.max(self.hotel.now())));
        let boards = boards.into_iter();
        boards
            .map(|board| Board::of(board, number, false))
            .collect()
    }
}

impl Board {
    fn of(message: BoardMessage, event: u64, is_event: bool) -> Self {
        let board = message.data;
        let items = board.items.into_iter();
        let lines = items.map(|item| Line {
            item: item.id.0,
            rule: item.rule.0,
            text: item.text.into(),
        });
        Self {
            step: Step {
                event,
                is_event,
                at: message.time.0,
            },
            place: (board.stay.0, board.department.0),
            card: Card {
                lines: lines.collect(),
                sections: board.sections.into_iter().map(|of| of.0).collect(),
            },
        }
    }
}

/// What is told by both.
#[derive(Debug, Default)]
struct Told {
    /// The cards that stand.
    standing: BTreeMap<Place, [Card; 2]>,
    /// Every line that ever stood.
    seen: BTreeMap<(Place, ItemId), Seen>,
}

/// How a line stood.
#[derive(Debug, Default)]
struct Seen {
    /// Whether it ever did, with the one and with the other.
    stood: [bool; 2],
    changes: BTreeSet<LineChange>,
    /// When it differed first, by which rule it is told, and what it says.
    first: Option<(Moment, RuleId)>,
    texts: [Option<Box<str>>; 2],
}

impl Told {
    /// Hears what both tell, and compares the cards after each thing that led to any.
    fn hear(&mut self, boards: [Vec<Board>; 2]) {
        let mut all: Vec<(usize, Board)> = Vec::new();
        for (side, boards) in boards.into_iter().enumerate() {
            all.extend(boards.into_iter().map(|board| (side, board)));
        }
        all.sort_by_key(|(_, board)| board.step);
        let mut touched = BTreeSet::new();
        let mut all = all.into_iter().peekable();
        while let Some((side, board)) = all.next() {
            let step = board.step;
            self.standing.entry(board.place.clone()).or_default()[side] = board.card;
            touched.insert(board.place);
            if all.peek().is_none_or(|(_, next)| next.step != step) {
                for place in std::mem::take(&mut touched) {
                    self.compare(place, step.at);
                }
            }
        }
    }

    fn compare(&mut self, place: Place, at: Moment) {
        let Some(cards) = self.standing.get(&place) else {
            return;
        };
        let routed = cards[0].sections != cards[1].sections;
        let shared = [0, 1].map(|side| cards[side].shared_with(&cards[1 - side]));
        for (side, card) in cards.iter().enumerate() {
            for line in &card.lines {
                let seen = self.seen.entry((place.clone(), line.item.clone()));
                let seen = seen.or_default();
                seen.stood[side] = true;
                let order = shared[side].iter().position(|item| *item == &line.item);
                let Some(order) = order else {
                    seen.differ(LineChange::AtOtherTimes, at, (side, line));
                    continue;
                };
                if shared[1 - side][order] != &line.item {
                    seen.differ(LineChange::Moved, at, (side, line));
                }
                if routed {
                    seen.differ(LineChange::ForOthers, at, (side, line));
                }
                let other = cards[1 - side].line(&line.item);
                if other.is_some_and(|other| other.text != line.text) {
                    seen.differ(LineChange::Reworded, at, (side, line));
                }
            }
        }
        if cards.iter().all(|card| card.lines.is_empty()) {
            self.standing.remove(&place);
        }
    }

    /// All that differs. `hotel` knows the stays.
    fn found(self, hotel: &PaperHotel) -> Simulated {
        let mut found = Simulated::default();
        let mut stays = BTreeSet::new();
        for (((id, department), _), seen) in self.seen {
            let Some(stay) = hotel.stay(id) else { continue };
            stays.insert(id);
            let of = (stay.property.clone(), department.clone());
            let lines = found.lines.entry(of).or_default();
            for (count, stood) in lines.iter_mut().zip(seen.stood) {
                *count += u64::from(stood);
            }
            let (Some(change), Some((at, rule))) = (seen.change(), seen.first) else {
                continue;
            };
            let [before, after] = seen.texts;
            found.differences.push(Difference {
                property: stay.property.clone(),
                department,
                change,
                at: Moment {
                    offset_minutes: stay.last_event_at.offset_minutes,
                    ..at
                },
                stay: id,
                reservation: stay.reservation.clone(),
                rule,
                before,
                after,
            });
        }
        found.stays = stays.len() as u64;
        found.differences.sort();
        found
    }
}

impl Card {
    fn line(&self, item: &ItemId) -> Option<&Line> {
        self.lines.iter().find(|line| line.item == *item)
    }

    /// The items of lines that the other has, too, in the order of this one.
    fn shared_with(&self, other: &Self) -> Vec<&ItemId> {
        let items = self.lines.iter().map(|line| &line.item);
        items.filter(|item| other.line(item).is_some()).collect()
    }
}

impl Seen {
    fn differ(&mut self, change: LineChange, at: Moment, (side, line): (usize, &Line)) {
        self.changes.insert(change);
        self.texts[side] = Some(line.text.clone());
        self.first.get_or_insert_with(|| (at, line.rule.clone()));
    }

    /// What differs most.
    fn change(&self) -> Option<LineChange> {
        match self.stood {
            [true, false] => Some(LineChange::Gone),
            [false, _] => Some(LineChange::Come),
            [true, true] => self.changes.first().copied(),
        }
    }
}

#[cfg(test)]
mod tests;
