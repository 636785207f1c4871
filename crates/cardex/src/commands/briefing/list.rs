//! Who stands where on the list of a day, worked out from the boards as they stand.

use std::cmp::Reverse;

use cardex_domain::time::Day;
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::text::AsText;
use cardex_wire::words::Phase;
use serde::Serialize;

use super::write::Words;
use crate::screen::board::until;

/// What a department is to do on a day.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct List {
    pub(super) property: String,
    pub(super) department: String,
    /// The section of it, where the list is of one.
    pub(super) section: Option<String>,
    /// The day.
    pub(super) date: String,
    /// When it was written.
    pub(super) written: String,
    /// The language that its lines are in, where they say.
    pub(super) language: Option<String>,
    pub(super) arrivals: Vec<Guest>,
    pub(super) in_house: Vec<Guest>,
    pub(super) departures: Vec<Guest>,
    pub(super) departed: Vec<Guest>,
}

/// A guest with what is to be done.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Guest {
    pub(super) room: Option<String>,
    pub(super) guest: String,
    pub(super) arrival: Option<String>,
    pub(super) departure: Option<String>,
    /// Whether the guest has checked in, and not out.
    pub(super) checked_in: bool,
    /// The stay, to answer with.
    pub(super) stay: String,
    pub(super) lines: Vec<Line>,
}

/// A line of the board.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    /// The item, to answer with.
    pub(super) item: String,
    pub(super) safety: bool,
    /// Whether it waits because the guest does not want to be disturbed.
    pub(super) waits: bool,
    /// Day, hour and minute until which it is to be done.
    pub(super) until: Option<String>,
    pub(super) text: String,
}

/// Where a guest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Arrivals,
    InHouse,
    Departures,
    Departed,
}

impl List {
    /// The list of `date`, by the boards as they stand `today`, which is not after it. Boards with nothing to do are left
    /// out.
    pub(super) fn of(boards: &[BoardView], date: Day, today: Day) -> Self {
        let mut boards: Vec<&BoardView> = boards.iter().filter(|b| !b.items.is_empty()).collect();
        boards.sort_by_cached_key(|board| {
            let safety = board.items.iter().any(|item| item.tier == 0);
            (Reverse(safety), room_order(board), board.stay.0)
        });
        let mut list = Self {
            date: date.to_string(),
            language: boards.iter().find_map(|board| language(board)),
            ..Self::default()
        };
        for board in boards {
            let guests = match part(board, date, today) {
                None => continue,
                Some(Part::Arrivals) => &mut list.arrivals,
                Some(Part::InHouse) => &mut list.in_house,
                Some(Part::Departures) => &mut list.departures,
                Some(Part::Departed) => &mut list.departed,
            };
            guests.push(Guest::of(board));
        }
        list
    }

    /// Its parts with what each is called, in order. Of who has left most departments have nothing to do.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &[Guest])> {
        let words = self.words();
        let always: [(_, &[Guest]); 3] = [
            (words.arrivals, &self.arrivals),
            (words.in_house, &self.in_house),
            (words.departures, &self.departures),
        ];
        let departed = (words.departed, &*self.departed);
        always.into_iter().chain(
            [departed]
                .into_iter()
                .filter(|(_, guests)| !guests.is_empty()),
        )
    }

    /// What things are called on it.
    pub(super) fn words(&self) -> &'static Words {
        Words::of(self.language.as_deref())
    }
}

impl Guest {
    fn of(board: &BoardView) -> Self {
        let day = |day: Option<AsText<Day>>| day.map(|day| day.to_string());
        let line = |item: &ItemView| Line {
            item: item.id.to_string(),
            safety: item.tier == 0,
            waits: item.parked_since.is_some(),
            until: until(item),
            text: item.text.clone(),
        };
        Self {
            room: board.room.as_ref().map(ToString::to_string),
            guest: board.guest.clone(),
            arrival: day(board.arrival),
            departure: day(board.departure),
            checked_in: board.phase == Phase::InHouse,
            stay: board.stay.to_string(),
            lines: board.items.iter().map(line).collect(),
        }
    }

    /// The days of the stay, to read; of one who arrives on `date`, whether that has happened.
    pub(super) fn days(&self, date: &str, words: &Words) -> String {
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "?".to_owned());
        let days = format!("{} – {}", day(&self.arrival), day(&self.departure));
        match self.checked_in && self.arrival.as_deref() == Some(date) {
            true => format!("{days}  {}", words.checked_in),
            false => days,
        }
    }
}

/// Where the stay stands on the list of that day; `None` when it is not there then. A guest who was to come, or to leave,
/// before today, and of whom nothing says so, is still expected; for one who left there is something to be done today.
fn part(board: &BoardView, date: Day, today: Day) -> Option<Part> {
    let still_to_come = |day: Option<AsText<Day>>| day.is_none_or(|day| day.0 < today);
    let (arrival, departure) = (board.arrival, board.departure);
    let arrives = match board.phase {
        Phase::Over => return (date == today).then_some(Part::Departed),
        Phase::Reserved => still_to_come(arrival) || arrival == Some(AsText(date)),
        Phase::InHouse => arrival == Some(AsText(date)),
    };
    let departs = departure.is_some_and(|day| day.0 == date);
    let overdue = board.phase == Phase::InHouse && departure.is_some_and(|day| day.0 < today);
    let is_there = arrival.is_none_or(|day| day.0 <= date);
    let stays = departure.is_none_or(|day| day.0 > date);
    match () {
        () if arrives => Some(Part::Arrivals),
        () if (departs && is_there) || overdue => Some(Part::Departures),
        () if is_there && stays => Some(Part::InHouse),
        () => None,
    }
}

/// Rooms as people look for them: 9 before 1012; who has none yet comes last.
fn room_order(board: &BoardView) -> (bool, u64, String) {
    let room = board.room.as_ref().map(ToString::to_string);
    let digits = |room: &String| room.parse().unwrap_or(u64::MAX);
    let number = room.as_ref().map_or(u64::MAX, digits);
    (room.is_none(), number, room.unwrap_or_default())
}

/// The language in which the board's lines are.
fn language(board: &BoardView) -> Option<String> {
    let item = board.items.first()?;
    let same = item.texts.iter().find(|(_, text)| **text == item.text);
    same.map(|(tag, _)| tag.clone())
}

#[cfg(test)]
mod tests;
