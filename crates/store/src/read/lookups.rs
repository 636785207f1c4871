//! Look-ups beside those of the domain: events by id, arrivals, names, boards, what waits to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex_domain::event::Setting;
use cardex_domain::fact::{Fact, LinkFact, OutcomeFact};
use cardex_domain::ids::{DepartmentId, EventKey, NodeId, ProfileId, PropertyId, RuleId, StayId};
use cardex_domain::records::Records;
use cardex_domain::stay::Stay;
use cardex_domain::time::Day;

use super::{Reader, event_of, marked, row, sensible};
use crate::entry::{Activated, DeadLetter, Gap, Lesson, Named, Recorded, Watched};
use crate::error::StoreError;
use crate::keys::{self, Kind};
use crate::rows::{
    DeadLetterRow, EventRow, GapRow, LinkRow, SETTINGS, Senseless, SettingRow, WatchRow,
};
use crate::seal::Body;
use crate::sheet::findable;

/// How many rows of names one search looks at, for each word of it.
const NAME_ROWS_MAX: usize = 20_000;
/// How far the clocks of the bus's servers may differ: a later message may have an earlier time by so much, where
/// another server took over.
const CLOCKS_DIFFER_MICROS: i64 = 3_600_000_000;

impl Reader<'_> {
    /// How the event is remembered, if it is.
    ///
    /// # Errors
    /// When a row can't be read; so for all of these.
    pub fn event(&self, key: EventKey) -> Result<Option<Recorded>, StoreError> {
        self.get(&keys::event(key), |body| {
            let row: EventRow<'_> = body.row(Kind::Event)?;
            Ok(Recorded {
                sequence: row.sequence,
                server_time_micros: row.server_time_micros,
                content: row.content,
            })
        })
    }

    /// What is remembered of the event; nothing where another shard has it, of which note is taken: see
    /// [`Self::is_whole`].
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn fact_of(&self, key: EventKey) -> Result<Option<Fact>, StoreError> {
        let fact = self.get(&keys::event(key), |body| {
            self.fact_at(key, &body.row(Kind::Event)?)
        });
        match fact {
            // Note of it is taken.
            Err(StoreError::Elsewhere) => Ok(None),
            read => read,
        }
    }

    /// The stays of a property that arrive, or arrived, on the days from `from` to `to`, both included, by day and id.
    /// The day is the one booked, or that of the check-in where none was.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn stays_between(
        &self,
        property: &PropertyId,
        from: Day,
        to: Day,
    ) -> Result<Vec<Arc<Stay>>, StoreError> {
        if to < from {
            return Ok(Vec::new());
        }
        let first = keys::arrivals(property).day(from);
        let past = match to.0.checked_add(1) {
            Some(day) => keys::arrivals(property).day(Day(day)),
            None => keys::arrivals(property).day(to).bytes(&[0xff; 17]),
        };
        let rows = self.engine().range(&first, Some(&past));
        let named: BTreeSet<StayId> = self
            .each(rows, |key, body| marked(key, body, keys::last_id))?
            .into_iter()
            .map(StayId)
            .collect();
        let mut stays = BTreeMap::new();
        for id in named {
            let Some(stay) = self.stay(id)? else { continue };
            let day = stay
                .arrival
                .or_else(|| stay.checked_in_at.map(|at| at.day()));
            if let Some(day) = day.filter(|day| (from..=to).contains(day)) {
                stays.insert((day, id), stay);
            }
        }
        Ok(stays.into_values().collect())
    }

    /// The nodes of which some revision ever gave a name with words that begin with each of `words`. Words are as
    /// [`cardex_domain::identity::words`] makes them.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn nodes_named(&self, words: &BTreeSet<String>) -> Result<Named, StoreError> {
        let mut found: Option<BTreeSet<NodeId>> = None;
        let mut cut = false;
        for word in words.iter().filter(|word| !word.is_empty()) {
            let rows = self.engine().scan(&keys::words(findable(word)));
            let mut nodes = BTreeSet::new();
            for (looked_at, entry) in rows.enumerate() {
                if looked_at == NAME_ROWS_MAX {
                    cut = true;
                    break;
                }
                let (key, value) = entry?;
                let body = Body::open(self.engine(), &key, value)?;
                nodes.insert(marked(&key, &body, keys::last_node)?);
            }
            found = Some(match found {
                None => nodes,
                Some(before) => before.intersection(&nodes).copied().collect(),
            });
        }
        Ok(Named {
            nodes: found.unwrap_or_default().into_iter().collect(),
            cut,
        })
    }

    /// Up to `max` nodes of which something was said, stays before profiles, in order, behind the one named. One look-up
    /// each, however many events they have.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn nodes(&self, after: Option<NodeId>, max: usize) -> Result<Vec<NodeId>, StoreError> {
        let mut nodes = Vec::new();
        let mut last = after;
        while nodes.len() < max {
            last = self.next_node(last)?;
            let Some(node) = last else { break };
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn next_node(&self, after: Option<NodeId>) -> Result<Option<NodeId>, StoreError> {
        let from = match after {
            None => keys::Key::new(Kind::Stay),
            Some(NodeId::Stay(stay)) => keys::stay(stay).bytes(&[0xff; 17]),
            Some(NodeId::Profile(profile)) => keys::guest(profile).bytes(&[0xff; 17]),
        };
        let Some(entry) = self.engine().range(&from, None).next() else {
            return Ok(None);
        };
        let (key, _) = entry?;
        let Some(kind) = Kind::of(&key).filter(|k| matches!(k, Kind::Stay | Kind::Guest)) else {
            return Ok(None);
        };
        let id = keys::first_id(&key).ok_or_else(|| Senseless.in_row(kind))?;
        Ok(Some(match kind {
            Kind::Stay => NodeId::Stay(StayId(id)),
            _ => NodeId::Profile(ProfileId(id)),
        }))
    }

    /// The properties that have, or had, observations that may have nobody, in order.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn watched_properties(&self) -> Result<Vec<PropertyId>, StoreError> {
        self.properties_in(Kind::Watch)
    }

    /// The properties that ever had a stay, in order.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn properties(&self) -> Result<Vec<PropertyId>, StoreError> {
        self.properties_in(Kind::Arrival)
    }

    /// The properties that stand first in the keys of a kind: a look-up each, however many rows they have.
    fn properties_in(&self, kind: Kind) -> Result<Vec<PropertyId>, StoreError> {
        let mut from = keys::Key::new(kind);
        let mut properties = Vec::new();
        while let Some(entry) = self.engine().range(&from, None).next() {
            let (key, _) = entry?;
            if Kind::of(&key) != Some(kind) {
                break;
            }
            let name = keys::property_of(&key).ok_or_else(|| Senseless.in_row(kind))?;
            from = keys::Key::new(kind).text(name.as_str()).bytes(&[0xff; 25]);
            properties.push(name);
        }
        Ok(properties)
    }

    /// The stays of a property of which some revision says that they arrive, or arrived, on this day or later, by id.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn stays_arriving_from(
        &self,
        property: &PropertyId,
        from: Day,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        let (first, past) = (
            keys::arrivals(property).day(from),
            keys::arrivals(property).bytes(&[0xff; 25]),
        );
        let rows = self.engine().range(&first, Some(&past));
        let named = self.each(rows, |key, body| marked(key, body, keys::last_id))?;
        Ok(named.into_iter().map(StayId).collect())
    }

    /// The observations of a property, taken by the server at `since_micros` or later, that may have nobody yet, in the
    /// order of the server's time; at most `limit`.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn watched(
        &self,
        property: &PropertyId,
        since_micros: i64,
        limit: usize,
    ) -> Result<Vec<Watched>, StoreError> {
        self.watched_from(property, since_micros)
            .take(limit)
            .collect()
    }

    /// The same of a sequence later than `since`, whose place in the order is looked for and not walked to.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn watched_after(
        &self,
        property: &PropertyId,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Watched>, StoreError> {
        let behind = |from: i64| -> Result<bool, StoreError> {
            let next = self.watched_from(property, from).next().transpose()?;
            Ok(next.is_none_or(|next| next.sequence > since))
        };
        // From `after` on all are later, from `before` on not all.
        let (mut before, mut after) = (i64::MIN, i64::MAX);
        while !behind(before)? && after.abs_diff(before) > 1 {
            let middle = i64::midpoint(before, after);
            match behind(middle)? {
                true => after = middle,
                false => before = middle,
            }
        }
        let from = before.saturating_sub(CLOCKS_DIFFER_MICROS);
        let is_later = |w: &Result<Watched, StoreError>| match w {
            Ok(watched) => watched.sequence > since,
            Err(_) => true,
        };
        let watched = self.watched_from(property, from);
        watched.filter(is_later).take(limit).collect()
    }

    fn watched_from<'r>(
        &'r self,
        property: &'r PropertyId,
        since_micros: i64,
    ) -> impl Iterator<Item = Result<Watched, StoreError>> + 'r {
        let front = keys::watch(property);
        let past = front.clone().bytes(&[0xff; 17]);
        let rows = self.engine().range(&front.time(since_micros), Some(&past));
        rows.map(move |entry| {
            let (key, value) = entry?;
            let body = Body::open(self.engine(), &key, value)?;
            let WatchRow { event } = body.row(Kind::Watch)?;
            let (server_time_micros, sequence) =
                keys::last_time_and_number(&key).ok_or_else(|| Senseless.in_row(Kind::Watch))?;
            Ok(Watched {
                key: EventKey(event),
                property: property.clone(),
                server_time_micros,
                sequence,
            })
        })
    }

    /// Dead letters from the sequence `from` on; at most `limit`.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn dead_letters(&self, from: u64, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let past = keys::Key::new(Kind::Gap);
        let rows = self.engine().range(&keys::dead_letter(from), Some(&past));
        rows.take(limit)
            .map(|entry| {
                let (key, value) = entry?;
                let body = Body::open(self.engine(), &key, value)?;
                let sequence =
                    keys::last_number(&key).ok_or_else(|| Senseless.in_row(Kind::DeadLetter))?;
                Ok(body
                    .row::<DeadLetterRow<'_>>(Kind::DeadLetter)?
                    .read(sequence))
            })
            .collect()
    }

    /// The dead letter of this sequence.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn dead_letter(&self, sequence: u64) -> Result<Option<DeadLetter>, StoreError> {
        self.get(&keys::dead_letter(sequence), |body| {
            Ok(body
                .row::<DeadLetterRow<'_>>(Kind::DeadLetter)?
                .read(sequence))
        })
    }

    /// Every gap of the stream that was seen, in order.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn gaps(&self) -> Result<Vec<Gap>, StoreError> {
        let rows = self.engine().scan(&keys::Key::new(Kind::Gap));
        self.each(rows, |key, body| {
            let first = keys::last_number(key).ok_or_else(|| Senseless.in_row(Kind::Gap))?;
            Ok(row::<GapRow>(key, body)?.read(first))
        })
    }

    /// What links nodes or keeps them apart, also what is undone, in the order of its events' keys behind `after`; at most
    /// `limit`.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn links_behind(
        &self,
        after: Option<EventKey>,
        limit: usize,
    ) -> Result<Vec<LinkFact>, StoreError> {
        let first = after.map_or_else(|| keys::Key::new(Kind::Link), keys::link);
        let past = keys::Key::new(Kind::Link).bytes(&[0xff; 17]);
        let rows = self.engine().range(&first, Some(&past));
        let links = rows.map(|entry| {
            let (key, value) = entry?;
            let body = Body::open(self.engine(), &key, value)?;
            let event = event_of(&key)?;
            sensible(Kind::Link, row::<LinkRow<'_>>(&key, &body)?.read(event))
        });
        let is_behind =
            |link: &Result<LinkFact, _>| !matches!(link, Ok(link) if Some(link.key) == after);
        links.filter(is_behind).take(limit).collect()
    }

    /// The outcomes of a property that say that an item was wrong, the newest first, before `until` where it is given; at
    /// most `limit`.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn wrong(
        &self,
        property: &PropertyId,
        until: Option<(i64, EventKey)>,
        limit: usize,
    ) -> Result<Vec<OutcomeFact>, StoreError> {
        let first = keys::wrong(property);
        let past = match until {
            Some((micros, event)) => first.clone().time(micros).id(&event.0),
            None => first.clone().bytes(&[0xff; 25]),
        };
        let newest = self.engine().range(&first, Some(&past)).rev().take(limit);
        let mut outcomes = Vec::new();
        for row in newest {
            let (key, value) = row?;
            let body = Body::open(self.engine(), &key, value)?;
            let event = EventKey(marked(&key, &body, keys::last_id)?);
            match self.outcome(event)? {
                Some(outcome) => outcomes.push(outcome),
                // Another shard has it.
                None if self.share().is_some() => {}
                None => return Err(StoreError::corrupt(Kind::Wrong.name(), "points at nothing")),
            }
        }
        Ok(outcomes)
    }

    /// How each rule fared in each department of which something is known.
    #[must_use]
    pub fn lessons(&self) -> &BTreeMap<(DepartmentId, RuleId), Lesson> {
        &self.visible.lessons
    }

    /// The newest activation of each setting, by its place in the stream.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn settings(&self) -> Result<BTreeMap<Setting, Activated>, StoreError> {
        let mut settings = BTreeMap::new();
        for setting in SETTINGS {
            let Some((key, value)) = self.engine().last(&keys::activations(setting))? else {
                continue;
            };
            let body = Body::open(self.engine(), &key, value)?;
            let activation = body.row::<SettingRow<'_>>(Kind::Setting)?.read(setting);
            let sequence =
                keys::last_number(&key).ok_or_else(|| Senseless.in_row(Kind::Setting))?;
            settings.insert(
                setting,
                Activated {
                    sequence,
                    activation,
                },
            );
        }
        Ok(settings)
    }
}
