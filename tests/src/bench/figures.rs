//! Figures: repeated measurements, their medians, and ratios with what is aimed at.

use std::time::Duration;

use serde::Serialize;

/// One thing that was measured, with its floor.
#[derive(Debug, Default, Serialize)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// Why it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What is compared.
    pub ratios: Vec<Ratio>,
    /// The figures behind.
    pub measures: Vec<Measure>,
    /// What it was measured with.
    pub counts: Vec<Count>,
}

/// A figure taken in every round.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// What was measured.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The figure of the middle round.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// All of them, in the order of the rounds.
    pub rounds: Vec<f64>,
}

/// One figure over another, or by itself.
#[derive(Debug, Serialize)]
pub struct Ratio {
    /// What over what.
    pub name: &'static str,
    /// The ratio of the medians.
    pub value: f64,
    /// The ratio in the round where it was smallest.
    pub min: f64,
    /// The ratio in the round where it was largest.
    pub max: f64,
    /// What is aimed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
    /// Whether the aim is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

/// Something that was counted.
#[derive(Debug, Serialize)]
pub struct Count {
    /// What.
    pub name: &'static str,
    /// How many.
    pub value: f64,
}

impl Section {
    /// An empty section.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// A section that was not measured.
    #[must_use]
    pub fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::new(name)
        }
    }

    /// Notes down `a` over `b`.
    pub fn compare(&mut self, name: &'static str, a: &Measure, b: &Measure, aim: Option<Aim>) {
        let of_rounds: Vec<f64> = a.rounds.iter().zip(&b.rounds).map(|(a, b)| a / b).collect();
        let value = a.median / b.median;
        let (_, min, max) = spread(&of_rounds);
        self.ratios.push(Ratio {
            name,
            value,
            min,
            max,
            met: aim.map(|aim| aim.is_met_by(value)),
            aim,
        });
    }

    /// Notes down what is aimed at for a figure itself.
    pub fn aim(&mut self, name: &'static str, of: &Measure, aim: Aim) {
        self.ratios.push(Ratio {
            name,
            value: of.median,
            min: of.min,
            max: of.max,
            met: Some(aim.is_met_by(of.median)),
            aim: Some(aim),
        });
    }

    /// Notes down a count.
    pub fn count(&mut self, name: &'static str, value: f64) {
        self.counts.push(Count { name, value });
    }
}

impl Measure {
    /// The figures of all rounds; there must be one.
    #[must_use]
    pub fn of(name: &'static str, unit: &'static str, rounds: Vec<f64>) -> Self {
        let (median, min, max) = spread(&rounds);
        Self {
            name,
            unit,
            median,
            min,
            max,
            rounds,
        }
    }

    /// The percentile of each round's times, in milliseconds.
    #[must_use]
    pub fn percentile(name: &'static str, percent: usize, rounds: &[Vec<Duration>]) -> Self {
        let of_round = |times: &Vec<Duration>| {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let at = (sorted.len() * percent / 100).min(sorted.len() - 1);
            sorted[at].as_secs_f64() * 1e3
        };
        Self::of(name, "ms", rounds.iter().map(of_round).collect())
    }
}

impl Aim {
    /// Whether the value is good enough.
    #[must_use]
    pub fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// Median, smallest and largest.
fn spread(figures: &[f64]) -> (f64, f64, f64) {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    let middle = sorted.len() / 2;
    let median = if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    };
    (median, first, last)
}

/// So many of something in so long, a second.
#[must_use]
pub fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[cfg(test)]
mod tests;
