//! Reading where some rows lie in another shard's store: what was lent stands in for them, and of what was not note is
//! taken.

use std::collections::BTreeMap;

use cardex_domain::fact::Reference;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::records::Window;
use cardex_domain::shard::place;

use super::Reader;
use crate::engine::{Row, Rows, Value};
use crate::error::StoreError;
use crate::keys::Key;
use crate::lent::{Of, Wants};

/// The place of what names nobody.
const NOBODY: u64 = 0;

impl Reader<'_> {
    /// What the answers so far lack, by the shard that has it, from 0 on. When it is anything, they are worth nothing: take
    /// a reader with that lent, and ask anew.
    #[must_use]
    pub fn missing(&self) -> BTreeMap<u16, Wants> {
        self.missing.asks()
    }

    /// Whether the answers so far lack nothing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether anything of another shard's is read with it.
    #[must_use]
    pub fn has_lent(&self) -> bool {
        self.lent.is_some_and(|lent| !lent.is_empty())
    }

    /// The shard that has what stands under the reference, where that is another.
    fn elsewhere(&self, under: &Reference) -> Option<u16> {
        let share = self.store.share?;
        let shard = share.shards().of(under);
        (shard != share.shard()).then_some(shard)
    }

    /// Whether what stands under the reference is here.
    pub(crate) fn is_here(&self, under: &Reference) -> bool {
        self.elsewhere(under).is_none()
    }

    /// Rows of a divided kind that stand under the reference. None when they are missing, of which note is taken.
    pub(crate) fn rows_under(&self, under: &Reference, from: &Key, past: &Key) -> Rows {
        let Some(shard) = self.elsewhere(under) else {
            return self.engine().range(from, Some(past));
        };
        let (from, past) = (from.as_bytes(), past.as_bytes());
        match self.lent {
            Some(lent) if lent.covers(from, past) => held(lent.rows(from, past)),
            _ => {
                self.missing.add(shard, Of::Place(place(under)), from, past);
                held([])
            }
        }
    }

    /// What was told of the items of a stay's boards, of the kind that `front` begins with.
    pub(crate) fn told(&self, stay: StayId, front: &Key) -> Rows {
        self.rows_under(&Reference::Node(NodeId::Stay(stay)), front, &front.past())
    }

    /// The row of a divided kind that stands under the reference; one that is here anyhow is taken as it is.
    ///
    /// # Errors
    /// When it is missing, of which note is taken, or can't be read.
    pub(crate) fn row_under(
        &self,
        under: &Reference,
        key: &Key,
    ) -> Result<Option<Value>, StoreError> {
        let elsewhere = self.elsewhere(under).map(|shard| (shard, place(under)));
        self.row_at(elsewhere, key)
    }

    /// The row, which this shard has at this place where it is not here.
    fn row_at(
        &self,
        elsewhere: Option<(u16, u64)>,
        key: &Key,
    ) -> Result<Option<Value>, StoreError> {
        let here = self.engine().get(key.as_bytes())?;
        let Some((shard, place)) = elsewhere.filter(|_| here.is_none()) else {
            return Ok(here);
        };
        let past = key.clone().bytes(&[0]);
        let (from, past) = (key.as_bytes(), past.as_bytes());
        if let Some(lent) = self.lent {
            let row = lent.row(from);
            if row.is_some() {
                return Ok(row);
            }
            if lent.covers(from, past) {
                // That shard does not understand the event yet, or none of its rows would be missing.
                return Err(StoreError::Elsewhere);
            }
        }
        self.missing.add(shard, Of::Place(place), from, past);
        Err(StoreError::Elsewhere)
    }

    /// The row of an observation that names nobody: the first shard has it.
    ///
    /// # Errors
    /// As for [`Self::row_under`].
    pub(crate) fn row_of_nobody(&self, key: &Key) -> Result<Option<Value>, StoreError> {
        let first = self
            .store
            .share
            .and_then(|share| share.others().find(|shard| *shard == 0));
        self.row_at(first.map(|first| (first, NOBODY)), key)
    }

    /// The first rows of a kind that stands in all shards, at least `enough` of them if there are so many. Too few when
    /// some are missing, of which note is taken.
    pub(crate) fn rows_of_all(
        &self,
        from: &Key,
        past: &Key,
        enough: usize,
    ) -> Result<Rows, StoreError> {
        let rows = self.engine().range(from, Some(past));
        let Some(share) = self.store.share else {
            return Ok(rows);
        };
        let past = past.as_bytes();
        let end_in = |shard: u16| {
            let end = self
                .lent
                .and_then(|lent| lent.listed_to(shard, from.as_bytes()));
            end.unwrap_or(from.as_bytes()).min(past)
        };
        let end = share.others().map(end_in).min().unwrap_or(past);
        let mut merged = BTreeMap::new();
        if let Some(lent) = self.lent.filter(|_| *from.as_bytes() < *end) {
            let lent = lent.rows(from.as_bytes(), end);
            merged.extend(lent.map(|(key, value)| (key.to_vec(), value)));
        }
        for row in rows.take(enough) {
            let (key, value) = row?;
            if *key < *end {
                merged.insert(key.to_vec(), value);
            }
        }
        if merged.len() < enough {
            for shard in share.others().filter(|shard| end_in(*shard) < past) {
                self.missing.add(shard, Of::All(shard), end_in(shard), past);
            }
        }
        // Of the store's own no more were read.
        let first = merged.into_iter().take(enough);
        Ok(held(first.map(|(key, value)| (Value::of(&key), value))))
    }
}

/// From where to where rows under `front` lie, where a time follows, within a time when one is given; `None` when that has
/// no length.
pub(super) fn bounds(front: Key, within: Option<Window>) -> Option<(Key, Key)> {
    let Some(Window { from, until }) = within else {
        let past = front.past();
        return Some((front, past));
    };
    let first = front.clone().time(from.utc_micros);
    let past = match until {
        Some(until) => front.time(until.utc_micros),
        None => front.past(),
    };
    (first < past).then_some((first, past))
}

fn held(rows: impl IntoIterator<Item = Row>) -> Rows {
    Rows::Held(rows.into_iter().collect::<Vec<_>>().into_iter())
}
