//! What the live board shows, and what keys and news make of it. Knows neither terminal nor bus.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::OutcomeKind;
use cardex_domain::ids::{ItemId, StayId};
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::words::BoardState;

use super::keys::Action;
use crate::screen::board::news;

/// A line of a board, by its ids.
pub(super) type Chosen = (StayId, ItemId);

/// What is shown.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// Which hotel and department.
    pub(super) title: String,
    pub(super) shows_reasons: bool,
    pub(super) shows_help: bool,
    /// What happened last, and whether that is bad.
    pub(super) status: (String, bool),
    boards: BTreeMap<StayId, BoardView>,
    /// What is new about lines that nobody has acknowledged since: a revision that only says who has seen another line takes
    /// nothing of it away.
    unseen: BTreeMap<StayId, Unseen>,
    /// Stays of which a board came since the current ones were asked for: it is newer than the answer.
    came: BTreeSet<StayId>,
    chosen: Option<Chosen>,
    /// Where the chosen line stood among all lines.
    place: usize,
    /// What was answered from here.
    answers: BTreeMap<ItemId, Answer>,
}

/// What nobody has acknowledged of a board.
#[derive(Debug, Default)]
struct Unseen {
    /// What is new, by item.
    news: BTreeMap<ItemId, &'static str>,
    /// Whether it was worth a look at once.
    alert: bool,
}

/// An answer given from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) kind: OutcomeKind,
    /// Whether the bus has it.
    pub(super) stored: bool,
}

/// What is to be done beside showing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    Quit,
    Refresh,
    Redraw,
    /// Publish what became of the line.
    Publish(Chosen, OutcomeKind),
}

impl Model {
    /// Nothing, of this hotel and department.
    pub(super) fn new(title: String) -> Self {
        Self {
            title,
            ..Self::default()
        }
    }

    /// The boards with something to do, in the order in which they are shown: first those with news worth a look now,
    /// then by arrival.
    pub(super) fn boards(&self) -> Vec<&BoardView> {
        let boards = self.boards.values();
        let mut boards: Vec<&BoardView> = boards.filter(|board| !board.items.is_empty()).collect();
        boards.sort_by_cached_key(|board| {
            let arrival = board.arrival.map(|day| day.0);
            let room = board.room.as_ref().map(|room| room.0.clone());
            (
                Reverse(board.alert),
                arrival.is_none(),
                arrival,
                room,
                board.stay.0,
            )
        });
        boards
    }

    /// All lines, in that order.
    fn lines(&self) -> Vec<(&BoardView, &ItemView)> {
        let boards = self.boards().into_iter();
        let lines = boards.flat_map(|board| board.items.iter().map(move |item| (board, item)));
        lines.collect()
    }

    /// The chosen line.
    pub(super) fn chosen(&self) -> Option<&Chosen> {
        self.chosen.as_ref()
    }

    /// What is new about the item.
    pub(super) fn news(&self, stay: StayId, item: &ItemId) -> Option<&'static str> {
        self.unseen.get(&stay)?.news.get(item).copied()
    }

    /// What was answered from here about the item.
    pub(super) fn answer(&self, item: &ItemId) -> Option<Answer> {
        self.answers.get(item).copied()
    }

    /// Where on the screen people look: the number of the line that is chosen, or was.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Takes a board that was just published.
    pub(super) fn show(&mut self, board: BoardView) {
        self.came.insert(board.stay.0);
        self.put(board);
        self.settle();
    }

    /// The current boards are asked for now.
    pub(super) fn asked(&mut self) {
        self.came.clear();
    }

    /// Takes the current boards, but where a newer one came meanwhile.
    pub(super) fn take(&mut self, current: Vec<BoardView>) {
        let came = &self.came;
        self.boards.retain(|stay, _| came.contains(stay));
        for board in current {
            if !self.came.contains(&board.stay.0) {
                self.put(board);
            }
        }
        self.settle();
    }

    fn put(&mut self, mut board: BoardView) {
        let known = self.boards.get(&board.stay.0);
        if known.is_some_and(|known| known.revision > board.revision) {
            return;
        }
        if board.state == BoardState::Closed {
            self.unseen.remove(&board.stay.0);
            self.boards.remove(&board.stay.0);
            return;
        }
        let waited = |item: &ItemView| {
            let mut items = known.into_iter().flat_map(|known| &known.items);
            items.any(|known| known.id == item.id && known.parked_since.is_some())
        };
        let before = self.unseen.remove(&board.stay.0).unwrap_or_default();
        let news = board.items.iter().filter_map(|item| {
            let unseen = before.news.get(&item.id.0).copied();
            let unseen = unseen.filter(|_| item.acknowledged_at.is_none());
            Some((
                item.id.0.clone(),
                news(&board, item, waited(item)).or(unseen)?,
            ))
        });
        let news: BTreeMap<_, _> = news.collect();
        board.alert |= before.alert && !news.is_empty();
        let alert = board.alert;
        self.unseen.insert(board.stay.0, Unseen { news, alert });
        self.boards.insert(board.stay.0, board);
    }

    /// Nothing is chosen once the chosen line is gone: an answer never goes to a line that nobody chose.
    fn settle(&mut self) {
        let place = self.chosen_place();
        let lines: BTreeSet<ItemId> = self.lines().iter().map(|(_, i)| i.id.0.clone()).collect();
        self.answers.retain(|item, _| lines.contains(item));
        match place {
            Some(place) => self.place = place,
            None => self.chosen = None,
        }
    }

    fn chosen_place(&self) -> Option<usize> {
        let (_, chosen) = self.chosen.as_ref()?;
        self.lines()
            .iter()
            .position(|(_, item)| item.id.0 == *chosen)
    }

    /// Chooses the line at that place, or the last one.
    fn choose(&mut self, place: usize) {
        let lines = self.lines();
        let place = place.min(lines.len().saturating_sub(1));
        let chosen = lines.get(place);
        self.chosen = chosen.map(|(board, item)| (board.stay.0, item.id.0.clone()));
        self.place = place;
    }

    /// Does what a key asks for.
    pub(super) fn act(&mut self, action: Action) -> Effect {
        if self.shows_help && action != Action::Quit {
            self.shows_help = false;
            return Effect::Nothing;
        }
        let is_chosen = self.chosen.is_some();
        match action {
            Action::Quit => return Effect::Quit,
            Action::Refresh => return Effect::Refresh,
            Action::Redraw => return Effect::Redraw,
            Action::Answer(kind) => return self.answer_chosen(kind),
            Action::Help => self.shows_help = true,
            Action::Reasons => self.shows_reasons = !self.shows_reasons,
            // Where the chosen line went, the one that took its place is the next.
            Action::Next => self.choose(self.place + usize::from(is_chosen)),
            Action::Previous => self.choose(self.place.saturating_sub(1)),
            Action::First => self.choose(0),
            Action::Last => self.choose(usize::MAX),
            Action::Other => {}
        }
        Effect::Nothing
    }

    fn answer_chosen(&mut self, kind: OutcomeKind) -> Effect {
        let Some(chosen) = self.chosen.clone() else {
            self.status = ("choose a line first: ↓ ↑".to_owned(), true);
            return Effect::Nothing;
        };
        let before = self.answer(&chosen.1);
        if let Some(before) = before.filter(|before| before.kind.closes() || before.kind == kind) {
            self.status = (format!("already answered: {}", word(before.kind)), true);
            return Effect::Nothing;
        }
        let stored = false;
        self.answers
            .insert(chosen.1.clone(), Answer { kind, stored });
        self.status = (format!("{} …", word(kind)), false);
        Effect::Publish(chosen, kind)
    }

    /// The bus has the answer, or why not.
    pub(super) fn published(&mut self, item: &ItemId, kind: OutcomeKind, failed: Option<String>) {
        if let Some(why) = failed {
            self.answers.remove(item);
            self.status = (format!("{} was not stored: {why}", word(kind)), true);
            return;
        }
        if let Some(answer) = self.answers.get_mut(item).filter(|a| a.kind == kind) {
            answer.stored = true;
        }
        self.status = (format!("{}: stored", word(kind)), false);
    }
}

/// What an answer is called.
pub(super) fn word(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Delivered => "delivered",
        OutcomeKind::Acknowledged => "acknowledged",
        OutcomeKind::Done => "done",
        OutcomeKind::Declined => "declined",
        OutcomeKind::Delighted => "delighted",
        OutcomeKind::NotPossible => "not possible",
        OutcomeKind::Wrong => "wrong",
    }
}

#[cfg(test)]
pub(super) mod tests;
