//! How good pairs are, where the truth is known.

/// A pair whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    /// How likely it was found to be one person.
    pub posterior: f64,
    /// Whether it is.
    pub one_person: bool,
}

/// What is found at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Pairs from this posterior on count as found.
    pub threshold: f64,
    /// Found, and one person.
    pub right: u64,
    /// Found, and two people.
    pub wrong: u64,
    /// One person, and not found.
    pub missed: u64,
}

/// What is found at every threshold.
#[derive(Debug, Clone)]
pub struct Quality {
    /// From the surest on.
    sorted: Vec<Weighed>,
    one_person: u64,
}

impl Point {
    /// The share of what is found that is right; 1 when nothing is.
    #[must_use]
    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of what there is that is found; 1 when there is nothing.
    #[must_use]
    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of pairs, far below 2^52"
)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

impl Quality {
    /// Of the pairs weighed, when so many pairs are one person, weighed or not.
    #[must_use]
    pub fn of(mut weighed: Vec<Weighed>, one_person: u64) -> Self {
        weighed.sort_unstable_by(|a, b| b.posterior.total_cmp(&a.posterior));
        Self {
            sorted: weighed,
            one_person,
        }
    }

    /// What is found at a threshold.
    #[must_use]
    pub fn at(&self, threshold: f64) -> Point {
        let found = self
            .sorted
            .partition_point(|weighed| weighed.posterior >= threshold);
        self.point(threshold, found, count_right(&self.sorted[..found]))
    }

    /// The threshold with the largest F1; the highest of equals.
    #[must_use]
    pub fn best(&self) -> Point {
        let mut best = self.point(1.0, 0, 0);
        let (mut found, mut right) = (0, 0);
        for equal in self
            .sorted
            .chunk_by(|a, b| a.posterior.total_cmp(&b.posterior).is_eq())
        {
            found += equal.len();
            right += count_right(equal);
            let point = self.point(equal[0].posterior, found, right);
            if point.f1() > best.f1() {
                best = point;
            }
        }
        best
    }

    fn point(&self, threshold: f64, found: usize, right: u64) -> Point {
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        Point {
            threshold,
            right,
            wrong: found - right,
            missed: self.one_person.saturating_sub(right),
        }
    }
}

fn count_right(weighed: &[Weighed]) -> u64 {
    weighed
        .iter()
        .map(|weighed| u64::from(weighed.one_person))
        .sum()
}
