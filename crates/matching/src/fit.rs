//! Learns the weights from the records themselves, without labels, by expectation–maximisation (Dempster, Laird, Rubin,
//! 1977; for linkage: Winkler 1988).
//!
//! Three samples are looked at over and over. *Strangers*: pairs drawn by content, nearly all of two people, tell how
//! often levels come up by chance. *Passes*: pairs that share one thing entirely (a birth date, a name, a telephone
//! number …) are a mixture in which one person's pairs are common; what they share says nothing there, and all other
//! fields tell the one kind from the other. *Candidates* of some records tell how many other records of the same person
//! a record has. Every sample is kept as counts of patterns of levels, so a round costs the same however many pairs.

use crate::combine::{combined, of_a_household, probability};
use crate::compare;
use crate::content;
use crate::field::{ADDRESS, FIELDS, Field, LEVELS, Level, Levels};
use crate::matcher::prior_bits;
use crate::parallel::Effort;
use crate::pool::{Blocks, Pool};
use crate::record::Record;
use crate::weights::{Chances, Table, Weights};

mod order;
mod sample;

use sample::{Sample, candidates, pass, strangers};

const ROUNDS_MAX: usize = 60;
/// Where no chance moves more than this in a round, it is done.
const SETTLED: f64 = 1e-4;
/// Pairs of one person that the weights known before count as: few records change little.
const KNOWN_ONE_PERSON_PAIRS: f64 = 20.0;
/// Pairs of two people that they count as.
const KNOWN_TWO_PEOPLE_PAIRS: f64 = 10_000.0;
/// Nothing is rarer than this by chance: there are shared telephones, and mistakes.
const CHANCE_MIN: f64 = 1e-6;
/// Nothing is rarer than this between records of one person: people err, and change, in everything.
const MISTAKE_MIN: f64 = 1e-3;
/// What a household shares says so much at most within a pass, in which records are near each other already.
const HOUSEHOLD_BITS_MAX: f64 = 8.0;
/// The share of one person's pairs in a pass before anything is known.
const SHARE_AT_FIRST: f64 = 0.3;
const MATCHES_PER_RECORD_MIN: f64 = 0.001;
const MATCHES_PER_RECORD_MAX: f64 = 10.0;

/// A key, and the fields that those who share it agree on.
struct Pass {
    key: fn(&Record) -> String,
    settles: &'static [Field],
}

/// What one person's records are found by. The last is for what no other tells: a household shares it.
const PASSES: [Pass; 5] = [
    Pass {
        key: |r| r.value(Field::Birth).to_owned(),
        settles: &[Field::Birth],
    },
    Pass {
        key: |r| both(r, Field::Family, Field::Given),
        settles: &[Field::Family, Field::Given],
    },
    Pass {
        key: |r| r.value(Field::Phone).to_owned(),
        settles: &[Field::Phone],
    },
    Pass {
        key: |r| r.value(Field::Email).to_owned(),
        settles: &[Field::Email],
    },
    Pass {
        key: |r| both(r, Field::Street, Field::House),
        settles: &ADDRESS,
    },
];

fn both(record: &Record, one: Field, other: Field) -> String {
    match (record.value(one), record.value(other)) {
        ("", _) | (_, "") => String::new(),
        (one, other) => format!("{one}|{other}"),
    }
}

/// The weights that fit the records best, starting from those known. What the records say nothing about stays as it was.
#[must_use]
pub fn fit(pool: &Pool, known: &Weights, effort: Effort<'_>) -> Weights {
    let passes = PASSES
        .iter()
        .map(|p| (p, pass(pool, p.key, effort), SHARE_AT_FIRST))
        .collect();
    let mut fitting = Fitting {
        strangers: strangers(&pool.records, effort),
        passes,
        candidates: candidates(pool, effort),
        population: pool.records.len() as u64,
        known,
        table: table_of(known),
        matches_per_record: known.matches_per_record(),
    };
    for _ in 0..ROUNDS_MAX {
        if fitting.round() < SETTLED {
            break;
        }
    }
    let table = order::in_order(&fitting.table);
    Weights::of(fitting.matches_per_record, &table)
}

fn table_of(weights: &Weights) -> Table {
    let mut table = [[None; LEVELS]; FIELDS];
    for field in Field::ALL {
        for level in field.levels() {
            table[*field as usize][*level as usize] = weights.chances(*field, *level);
        }
    }
    table
}

struct Fitting<'w> {
    strangers: Sample,
    /// With the share of one person's pairs in it.
    passes: Vec<(&'static Pass, Sample, f64)>,
    candidates: (Sample, f64),
    population: u64,
    known: &'w Weights,
    table: Table,
    matches_per_record: f64,
}

/// Expected counts of levels.
type Counts = [[f64; LEVELS]; FIELDS];

impl Fitting<'_> {
    /// One round of expectation and maximisation; returns how far the chances moved at most.
    fn round(&mut self) -> f64 {
        let one_person = self.one_person_counts();
        let two_people = self.two_people_counts();
        let before = self.table;
        for field in Field::ALL {
            self.maximise(*field, &one_person, &two_people);
        }
        self.count_matches();
        let chances = |table: &Table| {
            table
                .iter()
                .flatten()
                .flatten()
                .copied()
                .collect::<Vec<_>>()
        };
        let moved = chances(&before).into_iter().zip(chances(&self.table));
        moved
            .map(|(a, b)| {
                (a.one_person - b.one_person)
                    .abs()
                    .max((a.two_people - b.two_people).abs())
            })
            .fold(0.0, f64::max)
    }

    fn bits(&self, field: Field, level: Level) -> f64 {
        self.table[field as usize][level as usize].map_or(0.0, Chances::bits)
    }

    /// How likely a pattern is one person's, when `without` says nothing.
    fn posterior(
        &self,
        levels: &Levels,
        prior_bits: f64,
        without: &[Field],
        household_most_bits: f64,
    ) -> f64 {
        // Two who share neither given name nor birth date share a house.
        if levels[Field::Given as usize] == Level::Different
            && levels[Field::Birth as usize] == Level::Different
        {
            return 0.0;
        }
        let bits = |field: Field, level| {
            if without.contains(&field) {
                0.0
            } else {
                self.bits(field, level)
            }
        };
        let said = of_a_household(combined(levels, bits), household_most_bits);
        probability(prior_bits + said.iter().sum::<f64>())
    }

    /// Levels of pairs of one person, expected in the passes. What a pass shares it does not count, and the pass of
    /// addresses only counts for what no other pass does.
    fn one_person_counts(&mut self) -> Counts {
        let mut counts = [[0.0; LEVELS]; FIELDS];
        let mut by_address = [[0.0; LEVELS]; FIELDS];
        for i in 0..self.passes.len() {
            let (pass, sample, share) = &self.passes[i];
            let prior_bits = (share / (1.0 - share)).log2();
            let counts = if pass.settles == ADDRESS.as_slice() {
                &mut by_address
            } else {
                &mut counts
            };
            let (mut matches, mut pairs) = (0.0, 0.0);
            for (levels, count) in sample.patterns() {
                let expected =
                    count * self.posterior(levels, prior_bits, pass.settles, HOUSEHOLD_BITS_MAX);
                add(counts, levels, expected, pass.settles);
                matches += expected;
                pairs += count;
            }
            // Neither all nor none: what is shared is never proof.
            self.passes[i].2 = ((matches + 0.5) / (pairs + 1.0)).clamp(0.001, 0.999);
        }
        for (counts, by_address) in counts.iter_mut().zip(&by_address) {
            if counts.iter().sum::<f64>() < KNOWN_ONE_PERSON_PAIRS {
                counts
                    .iter_mut()
                    .zip(by_address)
                    .for_each(|(count, more)| *count += more);
            }
        }
        counts
    }

    /// Levels of pairs of two people, expected among strangers.
    fn two_people_counts(&self) -> Counts {
        let mut counts = [[0.0; LEVELS]; FIELDS];
        let prior_bits = prior_bits(self.matches_per_record, self.population);
        for (levels, count) in self.strangers.patterns() {
            let expected = count * (1.0 - self.posterior(levels, prior_bits, &[], -prior_bits));
            add(&mut counts, levels, expected, &[]);
        }
        counts
    }

    fn maximise(&mut self, field: Field, one_person: &Counts, two_people: &Counts) {
        let at = field as usize;
        let chance = |counts: &[f64; LEVELS], level: Level, known: f64, known_pairs: f64| {
            let seen: f64 = counts.iter().sum();
            (counts[level as usize] + known * known_pairs) / (seen + known_pairs)
        };
        for level in field.levels() {
            let Some(known) = self.known.chances(field, *level) else {
                continue;
            };
            let one = chance(
                &one_person[at],
                *level,
                known.one_person,
                KNOWN_ONE_PERSON_PAIRS,
            );
            let two = chance(
                &two_people[at],
                *level,
                known.two_people,
                KNOWN_TWO_PEOPLE_PAIRS,
            );
            self.table[at][*level as usize] = Some(Chances {
                one_person: one.max(MISTAKE_MIN),
                two_people: two.max(CHANCE_MIN),
            });
        }
    }

    fn count_matches(&mut self) {
        let prior_bits = prior_bits(self.matches_per_record, self.population);
        let (sample, records) = &self.candidates;
        let expected = |(levels, count): (&Levels, f64)| {
            count * self.posterior(levels, prior_bits, &[], -prior_bits)
        };
        let matches: f64 = sample.patterns().map(expected).sum();
        if *records > 0.0 {
            let per_record = matches / records;
            self.matches_per_record =
                per_record.clamp(MATCHES_PER_RECORD_MIN, MATCHES_PER_RECORD_MAX);
        }
    }
}

fn add(counts: &mut Counts, levels: &Levels, expected: f64, without: &[Field]) {
    for field in Field::ALL.iter().filter(|field| !without.contains(field)) {
        let level = levels[*field as usize];
        if level != Level::Missing {
            counts[*field as usize][level as usize] += expected;
        }
    }
}

#[cfg(test)]
mod tests;
