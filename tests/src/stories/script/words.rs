//! Words of a story that begin with `@`: times, guests, and what was played before.

use std::collections::BTreeMap;

use anyhow::Context as _;
use cardex_domain::ids::EventKey;
use cardex_domain::time::{Day, Moment};
use cardex_wire::board::BoardView;
use serde_json::Value;

use super::Message;

/// The offset of the hotel's clocks.
pub(super) const OFFSET_MINUTES: i16 = 480;
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// What was played of a story, as later steps name it.
#[derive(Debug, Default)]
pub struct Played {
    /// The events that the story calls something.
    events: BTreeMap<String, (EventKey, String)>,
    /// The property of each stay, by reservation number.
    stays: BTreeMap<String, String>,
    /// The last board of each department.
    boards: BTreeMap<String, BoardView>,
    published: usize,
}

impl Played {
    /// Takes note of an event that is published.
    pub fn note(&mut self, message: &Message) {
        self.published += 1;
        if let Some(called) = &message.called {
            let key = EventKey::of(&message.subject, &message.id);
            self.events
                .insert(called.clone(), (key, message.id.clone()));
        }
        if let Some(reservation) = &message.reservation {
            self.stays
                .insert(reservation.clone(), message.property.clone());
        }
    }

    /// Takes note of a board that a department got.
    pub fn hear(&mut self, board: &BoardView) {
        let department = board.department.0.as_str().to_owned();
        self.boards.insert(department, board.clone());
    }

    /// How many events were.
    pub(super) fn published(&self) -> usize {
        self.published
    }

    /// Every stay, by reservation number, with its property.
    pub fn stays(&self) -> impl Iterator<Item = (&str, &str)> {
        let stays = self.stays.iter();
        stays.map(|(reservation, property)| (reservation.as_str(), property.as_str()))
    }

    /// `EVENT`, or `EVENT.STATEMENT`: the key of an event, or of one of its statements.
    fn key(&self, word: &str) -> Option<String> {
        let (called, statement) = match word.split_once('.') {
            Some((called, statement)) => (called, format!(".{statement}")),
            None => (word, String::new()),
        };
        let (key, _) = self.events.get(called)?;
        Some(format!("{key}{statement}"))
    }

    /// `DEPARTMENT.LINE`: a line of the department's last board, from 1.
    fn item(&self, word: &str) -> Option<String> {
        let (department, line) = word.split_once('.')?;
        let place = line.parse::<usize>().ok()?.checked_sub(1)?;
        let board = self.boards.get(department)?;
        Some(board.items.get(place)?.id.to_string())
    }
}

/// What words stand for at a moment of a story.
pub(super) struct Words<'s> {
    pub(super) now: Moment,
    /// The day from which days are counted.
    pub(super) today: Day,
    pub(super) guest: &'s Value,
    pub(super) guests: &'s BTreeMap<String, Value>,
    pub(super) played: &'s Played,
}

impl Words<'_> {
    /// The value with everything in place of its words.
    pub(super) fn fill(&self, value: &Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                None => value.clone(),
                Some(word) => self
                    .meant(word)
                    .with_context(|| format!("“@{word}” means nothing here"))?,
            },
            Value::Array(values) => values
                .iter()
                .map(|value| self.fill(value))
                .collect::<anyhow::Result<_>>()?,
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill(value)?)))
                    .collect::<anyhow::Result<_>>()?,
            ),
            _ => value.clone(),
        })
    }

    fn meant(&self, word: &str) -> Option<Value> {
        if word == "guest" {
            return Some(self.guest.clone());
        }
        let text = match word.split_once('.') {
            Some(("guests", name)) => return self.guests.get(name).cloned(),
            Some(("event", called)) => self.played.key(called)?,
            Some(("id", called)) => self.played.events.get(called)?.1.clone(),
            Some(("item", line)) => self.played.item(line)?,
            Some(("stay", department)) => self.played.boards.get(department)?.stay.to_string(),
            _ => self.time(word)?,
        };
        Some(Value::String(text))
    }

    /// `now`, `now-20h`, `day-120` or `day-120 15:10`.
    fn time(&self, word: &str) -> Option<String> {
        if let Some(ago) = word.strip_prefix("now") {
            let minutes = match ago {
                "" => 0,
                ago => {
                    60 * ago
                        .strip_prefix('-')?
                        .strip_suffix('h')?
                        .parse::<i64>()
                        .ok()?
                }
            };
            let utc_micros = self.now.utc_micros - minutes * MICROS_PER_MINUTE;
            return Some(
                Moment {
                    utc_micros,
                    ..self.now
                }
                .to_string(),
            );
        }
        match word.contains(' ') {
            true => moment(self.today, word).map(|at| at.to_string()),
            false => day(self.today, word).map(|day| day.to_string()),
        }
    }
}

/// `day-120`, counted from that day.
fn day(today: Day, word: &str) -> Option<Day> {
    Some(today.plus(word.strip_prefix("day")?.parse().ok()?))
}

/// `day-120 15:10`, by the hotel's clock.
pub(in crate::stories) fn moment(today: Day, word: &str) -> Option<Moment> {
    let (of, clock) = word.split_once(' ')?;
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let local = i64::from(day(today, of)?.0) * 24 * 60 + hour * 60 + minute;
    Some(Moment {
        utc_micros: (local - i64::from(OFFSET_MINUTES)) * MICROS_PER_MINUTE,
        offset_minutes: OFFSET_MINUTES,
    })
}

#[cfg(test)]
mod tests;
