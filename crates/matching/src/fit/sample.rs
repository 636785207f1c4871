//! The samples that weights are fitted to: counts of patterns of levels. What is drawn is drawn by content.

use std::collections::BTreeMap;

use super::{Blocks, Effort, Levels, Pool, Record, compare, content};

/// Pairs of strangers that are looked at.
const STRANGER_PAIRS: usize = 200_000;
/// Records whose candidates are looked at.
const CANDIDATE_RECORDS: usize = 20_000;
/// Records whose pairs in a pass are looked at.
const PASS_RECORDS: usize = 40_000;

/// Patterns of levels with how often they came up.
pub(super) struct Sample(Vec<(Levels, f64)>);

type Patterns = BTreeMap<Levels, u32>;

impl Sample {
    fn of(parts: Vec<Patterns>) -> Self {
        let mut whole = Patterns::new();
        for (levels, count) in parts.into_iter().flatten() {
            *whole.entry(levels).or_default() += count;
        }
        Self(
            whole
                .into_iter()
                .map(|(levels, count)| (levels, f64::from(count)))
                .collect(),
        )
    }

    /// The patterns, in order.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (&Levels, f64)> {
        self.0.iter().map(|(levels, count)| (levels, *count))
    }
}

/// The places of so many records at most, by content; in an order that does not depend on how they were given.
fn drawn(records: &[Record], most: usize, salt: u8) -> Vec<u32> {
    let key =
        |record: &Record| content::hash(record.content().to_le_bytes().into_iter().chain([salt]));
    let mut keyed: Vec<(u64, u32)> = (0_u32..)
        .zip(records)
        .map(|(at, record)| (key(record), at))
        .collect();
    if keyed.len() > most {
        keyed.select_nth_unstable(most);
        keyed.truncate(most);
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// Pairs of records that have nothing to do with each other, but for those that are one person by chance.
pub(super) fn strangers(records: &[Record], effort: Effort<'_>) -> Sample {
    // In the order of their content neighbours are strangers, but for equal records: those are kept apart by reach.
    let order = drawn(records, STRANGER_PAIRS, b'u');
    let count = order.len();
    let reach =
        (STRANGER_PAIRS / count.max(1)).clamp(1, count.saturating_sub(1).div_euclid(2).max(1));
    let first = (count / 2).saturating_sub(reach / 2).max(1);
    let parts = effort.in_parts(count, |range| {
        let mut patterns = Patterns::new();
        for i in range {
            for step in 0..reach {
                let (a, b) = (order[i], order[(i + first + step) % count]);
                if a != b {
                    let levels = compare::levels(&records[a as usize], &records[b as usize]);
                    *patterns.entry(levels).or_default() += 1;
                }
            }
        }
        patterns
    });
    Sample::of(parts)
}

/// Pairs that share a key.
pub(super) fn pass(pool: &Pool, key: fn(&Record) -> String, effort: Effort<'_>) -> Sample {
    let blocks = Blocks::of(&pool.records, effort, |record, give| match key(record) {
        key if key.is_empty() => (),
        key => give(&key),
    });
    let order = drawn(&pool.records, PASS_RECORDS, b'p');
    pairs(pool, &order, effort, |at, others| blocks.others(at, others))
}

/// Candidates of some records, and of how many.
pub(super) fn candidates(pool: &Pool, effort: Effort<'_>) -> (Sample, f64) {
    let order = drawn(&pool.records, CANDIDATE_RECORDS, b'c');
    let sample = pairs(pool, &order, effort, |at, others| pool.others(at, others));
    #[allow(clippy::cast_precision_loss, reason = "at most CANDIDATE_RECORDS")]
    let records = order.len() as f64;
    (sample, records)
}

fn pairs(
    pool: &Pool,
    order: &[u32],
    effort: Effort<'_>,
    others_of: impl Fn(usize, &mut Vec<u32>) + Sync,
) -> Sample {
    let parts = effort.in_parts(order.len(), |range| {
        let (mut patterns, mut others) = (Patterns::new(), Vec::new());
        for at in &order[range] {
            others_of(*at as usize, &mut others);
            for other in &others {
                let levels =
                    compare::levels(&pool.records[*at as usize], &pool.records[*other as usize]);
                *patterns.entry(levels).or_default() += 1;
            }
        }
        patterns
    });
    Sample::of(parts)
}
