//! Which records share what: there are several seats for each record, so they are kept as densely as they go.

use std::collections::BTreeSet;

use super::pairs::Number;

/// Changes that are kept beside the rest at the least before they are brought in.
const CHANGES_MIN: usize = 1_024;
/// So many times the changes the rest is at most: bringing them in goes through all of it.
const REST_PER_CHANGE: usize = 16;

/// The hash of what records have in common that are compared.
pub(super) type BlockKey = [u8; 8];

/// A record in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seat {
    key: BlockKey,
    of: Number,
}

/// The seats of all records, by block.
#[derive(Default)]
pub(super) struct Seats {
    settled: Vec<Seat>,
    /// Seats that are not among them yet.
    taken: BTreeSet<Seat>,
    /// Seats that still are.
    left: BTreeSet<Seat>,
}

impl Seats {
    /// Puts a record that has none there into a block.
    pub(super) fn take(&mut self, key: BlockKey, of: Number) {
        let seat = Seat { key, of };
        if !self.left.remove(&seat) {
            self.taken.insert(seat);
            self.settle_many();
        }
    }

    /// Takes a record out of a block that it is in.
    pub(super) fn leave(&mut self, key: BlockKey, of: Number) {
        let seat = Seat { key, of };
        if !self.taken.remove(&seat) {
            self.left.insert(seat);
            self.settle_many();
        }
    }

    /// The records of a block, in no order that means anything.
    pub(super) fn block(&self, key: BlockKey) -> impl Iterator<Item = Number> {
        let from = Seat { key, of: 0 };
        let to = Seat {
            key,
            of: Number::MAX,
        };
        let settled = &self.settled[self.settled.partition_point(|seat| *seat < from)..];
        let settled = settled.iter().take_while(move |seat| seat.key == key);
        let settled = settled.filter(|seat| !self.left.contains(seat));
        settled
            .chain(self.taken.range(from..=to))
            .map(|seat| seat.of)
    }

    /// The records of every block, block by block.
    pub(super) fn blocks(&mut self) -> impl Iterator<Item = impl Iterator<Item = Number>> {
        self.settle();
        let blocks = self.settled.chunk_by(|a, b| a.key == b.key);
        blocks.map(|block| block.iter().map(|seat| seat.of))
    }

    /// How many seats there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.settled.len() + self.taken.len() - self.left.len()
    }

    fn settle_many(&mut self) {
        let changes = self.taken.len() + self.left.len();
        if changes > CHANGES_MIN.max(self.settled.len() / REST_PER_CHANGE) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let Self {
            settled,
            taken,
            left,
        } = self;
        if !left.is_empty() {
            settled.retain(|seat| !left.contains(seat));
            left.clear();
        }
        settled.reserve_exact(taken.len());
        settled.extend(std::mem::take(taken));
        // Two runs, each in order.
        settled.sort();
    }
}
