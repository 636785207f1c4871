//! What the books found wrong, counted by kind and told in words.

use serde::Serialize;

/// So many are told in words; the others are counted.
const TOLD_MAX: usize = 20;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Something acknowledged is not there.
    Lost,
    /// Something counts or is told more than once.
    Doubled,
    /// A profile is not that of the acknowledged events.
    Profile,
    /// A board says something else than is due, or is missing.
    Board,
    /// Something else is there that should not be, or the reverse.
    Other,
}

/// Everything that was found wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Acknowledged and not there.
    pub lost: usize,
    /// Counted or told more than once.
    pub doubled: usize,
    /// Profiles that are others.
    pub wrong_profiles: usize,
    /// Boards that say something else.
    pub wrong_boards: usize,
    /// Whatever else is wrong.
    pub other: usize,
    /// The first of them in words.
    pub told: Vec<String>,
}

impl Findings {
    /// Notes something that is wrong.
    pub fn finds(&mut self, wrong: Wrong, what: impl std::fmt::Display) {
        let count = match wrong {
            Wrong::Lost => &mut self.lost,
            Wrong::Doubled => &mut self.doubled,
            Wrong::Profile => &mut self.wrong_profiles,
            Wrong::Board => &mut self.wrong_boards,
            Wrong::Other => &mut self.other,
        };
        *count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(format!("{wrong:?}: {what}"));
        }
    }

    /// Notes that something is wrong unless it holds.
    pub fn holds(&mut self, holds: bool, wrong: Wrong, what: impl std::fmt::Display) {
        if !holds {
            self.finds(wrong, what);
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Counts what another round found.
    pub fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.wrong_profiles += other.wrong_profiles;
        self.wrong_boards += other.wrong_boards;
        self.other += other.other;
        let room = TOLD_MAX.saturating_sub(self.told.len());
        self.told.extend(other.told.iter().take(room).cloned());
    }
}
