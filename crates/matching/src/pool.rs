//! Many records, and the pairs among them that are worth weighing. What it costs grows with the number of records, not
//! with its square: a block is compared as a whole only up to a bound, and a larger one between neighbours.

use std::collections::HashMap;
use std::ops::Range;

use crate::block;
use crate::content;
use crate::field::Field;
use crate::frequency::Frequencies;
use crate::matcher::Matcher;
use crate::parallel::Effort;
use crate::record::Record;
use crate::weights::Weights;

/// Records up to which all of a block are compared with each other.
const BLOCK_RECORDS_MAX: usize = 30;
/// Neighbours on each side, by name and birth date, that records of larger blocks are compared with (the sorted
/// neighbourhood of Hernández and Stolfo, 1995).
const NEIGHBOURS: usize = 5;

/// Records to be compared with each other.
pub struct Pool {
    pub(crate) records: Vec<Record>,
    blocks: Blocks,
}

/// Two records that may be one person, by their places among the records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The first place.
    pub a: u32,
    /// The later place.
    pub b: u32,
    /// How likely it is that they are one person.
    pub posterior: f64,
}

impl Pool {
    /// Takes the records and finds their blocks.
    ///
    /// # Panics
    /// With more than 2^32 records.
    #[must_use]
    pub fn new(records: Vec<Record>, effort: Effort<'_>) -> Self {
        let blocks = Blocks::of(&records, effort, block::each_key);
        Self { records, blocks }
    }

    /// The records, in the order in which they were given.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// A matcher for these records: as many, and with their frequencies.
    #[must_use]
    pub fn matcher(&self, weights: &Weights) -> Matcher {
        let population = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        Matcher::new(weights, population).with_frequencies(Frequencies::of(&self.records))
    }

    /// Every candidate pair from a posterior on, in the order of the records. Others are not held.
    #[must_use]
    pub fn pairs(&self, matcher: &Matcher, from_posterior: f64, effort: Effort<'_>) -> Vec<Pair> {
        let parts = effort.in_parts(self.records.len(), |range| {
            self.pairs_of(range, matcher, from_posterior)
        });
        parts.concat()
    }

    /// How many pairs are candidates.
    #[must_use]
    pub fn candidates(&self, effort: Effort<'_>) -> u64 {
        let parts = effort.in_parts(self.records.len(), |range| {
            let mut others = Vec::new();
            range
                .map(|at| {
                    self.blocks.others(at, &mut others);
                    later(&others, at).len() as u64
                })
                .sum::<u64>()
        });
        parts.iter().sum()
    }

    fn pairs_of(&self, range: Range<usize>, matcher: &Matcher, from_posterior: f64) -> Vec<Pair> {
        let (mut pairs, mut others) = (Vec::new(), Vec::new());
        for at in range {
            self.blocks.others(at, &mut others);
            for other in later(&others, at) {
                let posterior =
                    matcher.posterior(&self.records[at], &self.records[*other as usize]);
                if posterior >= from_posterior {
                    pairs.push(Pair {
                        a: place(at),
                        b: *other,
                        posterior,
                    });
                }
            }
        }
        pairs
    }

    /// The places of the records that this one is to be compared with, in order.
    pub(crate) fn others(&self, at: usize, others: &mut Vec<u32>) {
        self.blocks.others(at, others);
    }
}

/// Those after a place, of places in order.
fn later(others: &[u32], at: usize) -> &[u32] {
    &others[others.partition_point(|other| *other as usize <= at)..]
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a pool has fewer than 2^32 records")
}

/// Which records share keys. Blocks of one record are not kept.
pub(crate) struct Blocks {
    /// The places of the records, block after block.
    members: Vec<u32>,
    /// Where each record's seats begin; one more than there are records.
    first_seats: Vec<u32>,
    seats: Vec<Seat>,
}

/// Where a record sits among the members, and which of them it is compared with.
#[derive(Clone, Copy, Default)]
struct Seat {
    from: u32,
    to: u32,
}

impl Blocks {
    /// The blocks of the keys that `each_key` hands out.
    pub(crate) fn of(
        records: &[Record],
        effort: Effort<'_>,
        each_key: impl Fn(&Record, &mut dyn FnMut(&str)) + Sync,
    ) -> Self {
        let mut keyed = keyed(records, effort, each_key);
        keyed.sort_unstable();
        keyed.dedup();
        let mut order = Neighbourhood {
            records,
            sorted: HashMap::new(),
        };
        let (mut members, mut seated) = (Vec::new(), Vec::new());
        for block in keyed
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|block| block.len() > 1)
        {
            let from = members.len();
            members.extend(block.iter().map(|(_, at)| *at));
            let block = &mut members[from..];
            let reach = match block.len() {
                ..=BLOCK_RECORDS_MAX => block.len(),
                _ => {
                    order.sort(block);
                    NEIGHBOURS
                }
            };
            let to = from + block.len();
            for (i, at) in block.iter().enumerate() {
                let seat = Seat {
                    from: place(from.max((from + i).saturating_sub(reach))),
                    to: place(to.min(from + i + reach + 1)),
                };
                seated.push((*at, seat));
            }
        }
        drop(keyed);
        Self::seated(records.len(), members, &seated)
    }

    fn seated(records: usize, members: Vec<u32>, seated: &[(u32, Seat)]) -> Self {
        let mut first_seats = vec![0_u32; records + 1];
        for (at, _) in seated {
            first_seats[*at as usize + 1] += 1;
        }
        for i in 0..records {
            first_seats[i + 1] += first_seats[i];
        }
        let mut next = first_seats.clone();
        let mut seats = vec![Seat::default(); seated.len()];
        for (at, seat) in seated {
            let next = &mut next[*at as usize];
            seats[*next as usize] = *seat;
            *next += 1;
        }
        Self {
            members,
            first_seats,
            seats,
        }
    }

    /// The places of the records that share a block with this one, in order and each once.
    pub(crate) fn others(&self, at: usize, others: &mut Vec<u32>) {
        others.clear();
        let seats = self.first_seats[at] as usize..self.first_seats[at + 1] as usize;
        for seat in &self.seats[seats] {
            others.extend_from_slice(&self.members[seat.from as usize..seat.to as usize]);
        }
        others.sort_unstable();
        others.dedup();
        others.retain(|other| *other as usize != at);
    }
}

fn keyed(
    records: &[Record],
    effort: Effort<'_>,
    each_key: impl Fn(&Record, &mut dyn FnMut(&str)) + Sync,
) -> Vec<(u64, u32)> {
    let parts = effort.in_parts(records.len(), |range| {
        let mut keyed = Vec::new();
        for at in range {
            each_key(&records[at], &mut |key| {
                keyed.push((content::hash(key.bytes()), place(at)))
            });
        }
        keyed
    });
    parts.concat()
}

/// The order in which large blocks are gone through: by names, birth date and all else, so that it does not depend on
/// the order of the records.
struct Neighbourhood<'r> {
    records: &'r [Record],
    sorted: HashMap<u32, [String; 2]>,
}

impl Neighbourhood<'_> {
    fn sort(&mut self, block: &mut [u32]) {
        for at in block.iter() {
            let readings = || self.records[*at as usize].readings();
            self.sorted.entry(*at).or_insert_with(readings);
        }
        let key = |at: &u32| {
            let record = &self.records[*at as usize];
            (&self.sorted[at], record.value(Field::Birth), record)
        };
        block.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }
}
