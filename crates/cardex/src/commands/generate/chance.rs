//! Chance that comes out the same for the same seed, on every machine and in every version.

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A chance of its own, that what is drawn here does not disturb.
    pub(super) fn split(&mut self) -> Self {
        Self(self.draw())
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `from` to `to`, both possible. `to` must not be less.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = to.abs_diff(from) + 1;
        from + i64::try_from(self.draw() % span).unwrap_or(0)
    }

    /// Whether what happens in so many of a thousand cases happens.
    pub(super) fn happens(&mut self, permille: i64) -> bool {
        self.between(0, 999) < permille
    }

    /// One of some. There must be one.
    pub(super) fn one_of<'t, T>(&mut self, some: &'t [T]) -> &'t T {
        let last = i64::try_from(some.len()).unwrap_or(1) - 1;
        &some[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_for_ever() {
        // The first numbers of the reference implementation.
        let mut chance = Chance::new(0);
        let drawn = [chance.draw(), chance.draw(), chance.draw()];
        assert_eq!(
            drawn,
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f
            ]
        );
    }

    #[test]
    fn both_ends_are_possible() {
        let mut chance = Chance::new(1);
        let drawn: std::collections::BTreeSet<i64> =
            (0..100).map(|_| chance.between(-1, 1)).collect();
        assert_eq!(drawn, [-1, 0, 1].into());
    }
}
