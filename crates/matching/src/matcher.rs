//! Weighs two records and says what for and what against, and what may be done about it.

use crate::combine::{Bits, combined, of_a_household, probability};
use crate::compare;
use crate::field::{FIELDS, Field, LEVELS, Level, Levels};
use crate::frequency::Frequencies;
use crate::record::Record;
use crate::weights::Weights;

/// The posterior from which on two records are suggested as one person, or linked where the hotel allows it.
pub const AUTOMATIC: f64 = 0.99;
/// The posterior from which on two records are worth a person's look.
pub const REVIEW: f64 = 0.5;

/// The most that is said of a pair that must not be linked by itself, whatever its evidence.
const HELD_POSTERIOR: f64 = 0.98;
/// What must speak for it beside name and birth date. Of 100 namesakes born on one day fewer than one does so by chance.
const INDEPENDENT_BITS_MIN: f64 = 7.0;
/// How much more a rare value may say than an average one: rareness among few records is easily chance.
const RARE_MORE_BITS_MAX: f64 = 6.0;
/// Guests come from a world, however few are recorded.
const POPULATION_MIN: u64 = 1000;

/// Weighs pairs of records.
#[derive(Debug, Clone)]
pub struct Matcher {
    bits: [[f64; LEVELS]; FIELDS],
    /// Chance that equal values are of one person, by field: m of [`Level::Same`].
    same: [f64; FIELDS],
    prior_bits: f64,
    frequencies: Option<Frequencies>,
}

/// What became of comparing two records.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// How likely it is that they are one person.
    pub posterior: f64,
    /// What may be done about it.
    pub verdict: Verdict,
    /// Why it is not automatic although the evidence would be enough.
    pub held: Option<Held>,
    /// What speaks for two people before anything is compared: one of many is meant. In bits, negative.
    pub prior_bits: f64,
    /// Every field that both speak of, in the order of [`Field::ALL`].
    pub evidence: Vec<Evidence>,
}

impl Scored {
    /// Whether given names or birth dates conflict, whatever else speaks for it.
    #[must_use]
    pub fn conflicts(&self) -> bool {
        self.evidence.iter().any(|said| match said.field {
            Field::Given => conflict_of_given_names(said.level),
            Field::Birth => said.level == Level::Different,
            _ => false,
        })
    }
}

/// Whether given names that agree so far are two persons'.
fn conflict_of_given_names(level: Level) -> bool {
    matches!(level, Level::Different | Level::Similar)
}

/// What one field says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The field.
    pub field: Field,
    /// How far the records agree on it.
    pub level: Level,
    /// For (positive) or against (negative) their being one person, after what related fields have said.
    pub bits: f64,
}

/// What may be done about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing: they are most likely two people.
    Apart,
    /// A person looks at it.
    Review,
    /// It is suggested, or linked where the hotel allows it.
    Automatic,
}

/// Why a pair is never linked by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// Nothing but name and birth date speaks for it clearly: there are namesakes.
    NameAndBirthAlone,
    /// Given names conflict: twins and couples share all else.
    GivenNames,
    /// Birth dates conflict: father and son share all else.
    BirthDates,
    /// Neither given name nor birth date speaks for it: anyone of a household.
    NobodyInPerson,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::Review => "review",
            Self::Automatic => "automatic",
        }
    }
}

impl Held {
    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NameAndBirthAlone => "nothing but name and birth date speaks for it clearly",
            Self::GivenNames => "the given names conflict",
            Self::BirthDates => "the birth dates conflict",
            Self::NobodyInPerson => "neither given name nor birth date speaks for it",
        }
    }
}

impl Matcher {
    /// A matcher among so many records.
    #[must_use]
    pub fn new(weights: &Weights, population: u64) -> Self {
        let mut bits = [[0.0; LEVELS]; FIELDS];
        let mut same = [0.0; FIELDS];
        for field in Field::ALL {
            for level in field.levels() {
                bits[*field as usize][*level as usize] = weights.bits(*field, *level);
            }
            same[*field as usize] = weights
                .chances(*field, Level::Same)
                .map_or(0.0, |c| c.one_person);
        }
        Self {
            bits,
            same,
            prior_bits: prior_bits(weights.matches_per_record(), population),
            frequencies: None,
        }
    }

    /// The same, but what agrees on a rare value says more, and on a common one less.
    #[must_use]
    pub fn with_frequencies(self, frequencies: Frequencies) -> Self {
        Self {
            frequencies: Some(frequencies),
            ..self
        }
    }

    /// Weighs two records; which is the first makes no difference.
    #[must_use]
    pub fn compare(&self, a: &Record, b: &Record) -> Scored {
        let levels = compare::levels(a, b);
        let Judged {
            said,
            evident,
            held,
        } = self.judged(&levels, a, b);
        let posterior = posterior(evident, held);
        let spoken = Field::ALL
            .iter()
            .filter(|field| levels[**field as usize] != Level::Missing);
        Scored {
            posterior,
            verdict: verdict(posterior),
            held: held.filter(|_| evident > HELD_POSTERIOR),
            prior_bits: self.prior_bits,
            evidence: spoken
                .map(|field| Evidence {
                    field: *field,
                    level: levels[*field as usize],
                    bits: said[*field as usize],
                })
                .collect(),
        }
    }

    /// The posterior alone.
    #[must_use]
    pub fn posterior(&self, a: &Record, b: &Record) -> f64 {
        let Judged { evident, held, .. } = self.judged(&compare::levels(a, b), a, b);
        posterior(evident, held)
    }

    fn judged(&self, levels: &Levels, a: &Record, b: &Record) -> Judged {
        let bits = |field: Field, level: Level| {
            let bits = self.bits[field as usize][level as usize];
            match level {
                _ if !field.goes_by_frequency() || bits < 0.0 => bits,
                Level::Same => self.same_value(field, a, b),
                // Nearly equal never says more than equal.
                _ => bits.min(self.same_value(field, a, b)),
            }
        };
        let said = combined(levels, bits);
        let held = held(levels, &said);
        let said = of_a_household(said, -self.prior_bits);
        let evident = probability(self.prior_bits + said.iter().sum::<f64>());
        Judged {
            said,
            evident,
            held,
        }
    }

    /// What it says that both have this value, which may be common or rare.
    fn same_value(&self, field: Field, a: &Record, b: &Record) -> f64 {
        let average = self.bits[field as usize][Level::Same as usize];
        let share = |record: &Record| {
            let frequencies = self.frequencies.as_ref()?;
            frequencies.share(field, record.value(field))
        };
        match share(a).into_iter().chain(share(b)).reduce(f64::max) {
            Some(share) => {
                let bits = (self.same[field as usize] / share).log2();
                bits.clamp(0.0, average + RARE_MORE_BITS_MAX)
            }
            None => average,
        }
    }
}

/// What evidence comes to.
struct Judged {
    said: Bits,
    /// The posterior by the evidence alone.
    evident: f64,
    held: Option<Held>,
}

fn posterior(evident: f64, held: Option<Held>) -> f64 {
    match held {
        Some(_) => evident.min(HELD_POSTERIOR),
        None => evident,
    }
}

/// The bits before anything is compared: one of the others is the same person `matches_per_record` times on average.
pub(crate) fn prior_bits(matches_per_record: f64, population: u64) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a count of records, far below 2^52"
    )]
    let others = population.max(POPULATION_MIN) as f64;
    (matches_per_record / others).log2()
}

fn held(levels: &Levels, said: &Bits) -> Option<Held> {
    let (given, birth) = (Field::Given as usize, Field::Birth as usize);
    if conflict_of_given_names(levels[given]) {
        return Some(Held::GivenNames);
    }
    if levels[birth] == Level::Different {
        return Some(Held::BirthDates);
    }
    if said[given] <= 0.0 && said[birth] <= 0.0 {
        return Some(Held::NobodyInPerson);
    }
    let independent = Field::ALL.iter().filter(|field| field.is_independent());
    let bits: f64 = independent.map(|field| said[*field as usize]).sum();
    (bits < INDEPENDENT_BITS_MIN).then_some(Held::NameAndBirthAlone)
}

fn verdict(posterior: f64) -> Verdict {
    match posterior {
        p if p >= AUTOMATIC => Verdict::Automatic,
        p if p >= REVIEW => Verdict::Review,
        _ => Verdict::Apart,
    }
}

#[cfg(test)]
mod tests;
