//! What became of items, in short, and what all outcomes taught.

use std::collections::BTreeSet;

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::OutcomeKind;
use cardex_domain::lessons::{Fate, Tally};

use super::{Coded, Senseless};

/// What became so far of the item in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct FateRow {
    /// A bit for each outcome, at the place of its number.
    outcomes: u8,
    expired: bool,
}

impl FateRow {
    pub(crate) fn of(fate: &Fate) -> Self {
        let bits = fate.outcomes.iter().map(|outcome| 1 << outcome.code());
        Self {
            outcomes: bits.fold(0, |all, bit: u8| all | bit),
            expired: fate.expired,
        }
    }

    pub(crate) fn read(self) -> Result<Fate, Senseless> {
        let set = (0..8).filter(|code| self.outcomes & (1 << code) != 0);
        let outcomes: Result<BTreeSet<_>, _> = set.map(OutcomeKind::of_code).collect();
        Ok(Fate {
            outcomes: outcomes?,
            expired: self.expired,
        })
    }
}

/// How the rule in the key fared in the department in the key, and the event that last changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct LessonRow {
    sequence: u64,
    taken_up: u64,
    turned_down: u64,
}

impl LessonRow {
    pub(crate) fn of(sequence: u64, tally: Tally) -> Self {
        Self {
            sequence,
            taken_up: tally.taken_up,
            turned_down: tally.turned_down,
        }
    }

    pub(crate) fn read(self) -> (u64, Tally) {
        let tally = Tally {
            taken_up: self.taken_up,
            turned_down: self.turned_down,
        };
        (self.sequence, tally)
    }
}
