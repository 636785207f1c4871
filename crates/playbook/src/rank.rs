//! Which items a board shows: the ones worth most to this guest, few enough to be read.
//!
//! Acceptance is the optimistic end of what is known of it (mean plus one standard deviation of a Beta distribution), so
//! that what was rarely tried gets its chance.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cardex_domain::board::{MAX_ITEMS, MAX_ITEMS_PER_CATEGORY, Ranking};
use cardex_domain::lessons::Tally;

/// The tier that is never cut.
pub const SAFETY_TIER: u8 = 0;

/// Days after which an item that was shown is half new again, without news.
const NOVELTY_DAYS: f64 = 30.0;

/// How often staff and guests took up items of a kind, as a Beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acceptance {
    /// Taken up, plus one.
    pub a: f64,
    /// Turned down, plus one.
    pub b: f64,
}

/// Everything that decides what an item is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// How likely what it claims is.
    pub probability: f64,
    /// How likely it is to be taken up.
    pub acceptance: Acceptance,
    /// What it is worth when right.
    pub benefit: f64,
    /// What it costs when wrong.
    pub cost: f64,
    /// How much it matters that it is done now, 0 to 1.
    pub urgency: f64,
    /// How new it is to who reads it, 0 to 1; see [`novelty`].
    pub novelty: f64,
    /// How often this guest turned it down.
    pub declines: u32,
}

impl Default for Acceptance {
    /// Nothing is known.
    fn default() -> Self {
        Self { a: 1.0, b: 1.0 }
    }
}

impl From<Tally> for Acceptance {
    /// A tally is in quarters.
    fn from(tally: Tally) -> Self {
        Self {
            a: 1.0 + tally.taken_up as f64 / 4.0,
            b: 1.0 + tally.turned_down as f64 / 4.0,
        }
    }
}

impl Acceptance {
    /// Mean plus one standard deviation, at most 1.
    #[must_use]
    pub fn optimistic(self) -> f64 {
        let n = self.a + self.b;
        let mean = self.a / n;
        let variance = self.a * self.b / (n * n * (n + 1.0));
        (mean + variance.sqrt()).min(1.0)
    }
}

impl From<Ranking> for Factors {
    fn from(ranking: Ranking) -> Self {
        Self {
            probability: f64::from(ranking.probability_ppm) / 1e6,
            acceptance: ranking.tally.into(),
            benefit: f64::from(ranking.benefit),
            cost: f64::from(ranking.cost),
            urgency: f64::from(ranking.urgency_percent) / 100.0,
            novelty: ranking.shown_days_ago.map_or(1.0, novelty),
            declines: ranking.declines,
        }
    }
}

impl Factors {
    /// How likely it is to be right and taken up.
    #[must_use]
    pub fn success(&self) -> f64 {
        self.probability * self.acceptance.optimistic()
    }

    /// How likely it must be to be right and taken up for it to be worth anything.
    #[must_use]
    pub fn break_even(&self) -> f64 {
        self.cost / (self.benefit + self.cost)
    }

    /// What it is worth on average. Only what is worth something is shown.
    #[must_use]
    pub fn expected_value(&self) -> f64 {
        let success = self.success();
        success * self.benefit - (1.0 - success) * self.cost
    }

    /// Its score × 10⁶, whole, so that the order is the same on every machine.
    #[must_use]
    pub fn score_micros(&self) -> i64 {
        let halved = 0.5_f64.powi(i32::try_from(self.declines).unwrap_or(i32::MAX));
        let score = self.expected_value() * self.urgency * self.novelty * halved;
        (score * 1e6).round() as i64
    }
}

/// How new an item is `days` after it was last shown, without news since. With news, or never shown, it is 1.
#[must_use]
pub fn novelty(days: u32) -> f64 {
    1.0 - (-f64::from(days) / NOVELTY_DAYS).exp2()
}

/// The order of a board: safety first, then the best, then by id.
pub fn order<I: Ord>(tier: u8, score_micros: i64, id: I) -> impl Ord {
    (tier, Reverse(score_micros), id)
}

/// Which of the items, given best first as tier and category, fit on a board: all of safety, and beside it the first six,
/// of a category the first two.
#[must_use]
pub fn fits<'c>(best_first: impl IntoIterator<Item = (u8, &'c str)>) -> Vec<bool> {
    let mut shown = 0;
    let mut of_category: BTreeMap<&str, usize> = BTreeMap::new();
    best_first
        .into_iter()
        .map(|(tier, category)| {
            if tier == SAFETY_TIER {
                return true;
            }
            let same = of_category.entry(category).or_default();
            let fits = shown < MAX_ITEMS && *same < MAX_ITEMS_PER_CATEGORY;
            if fits {
                shown += 1;
                *same += 1;
            }
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests;
