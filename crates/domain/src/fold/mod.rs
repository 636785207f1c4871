//! The evidence fold: what a set of evidence about one attribute adds up to on a day, in integers.
//!
//! Numbers are unsigned Q32 fixed point (1.0 = 2³²) and every division is floor division, so the result is the same on
//! every machine and in every order. Weight halves with age, and is less on a trip for another purpose; evidence saturates within a stay; multi-valued attributes
//! follow a Beta posterior mean, single-valued ones a Dirichlet posterior mean with an informative prior (for both see
//! Gelman et al., *Bayesian Data Analysis*, 3rd ed., 2.4 and 3.4), in which a newer statement discounts older ones.

mod multi;
mod single;
#[cfg(test)]
mod tests;
mod weight;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Polarity, Purpose, Source};
use crate::profile::Verdict;
use crate::time::Day;

pub use multi::{MultiValue, multi};
pub use single::{Base, Single, single};
pub use weight::{ONE, exp2_neg};

/// Weight of a source before age, in thousandths.
#[must_use]
pub fn source_permille(source: Source) -> u64 {
    match source {
        Source::Stated => 6000,
        Source::Observed => 1500,
        Source::Inferred => 500,
    }
}

/// Weight of the prior, in pieces of evidence of weight 1.
pub const PRIOR_WEIGHT: u64 = 2;

/// What is left of the weight of evidence for another value that is older than the newest statement, in thousandths.
pub const NEWER_STATED_DISCOUNT_PERMILLE: u64 = 250;

/// What is left of the weight of evidence from a trip for another purpose, in thousandths.
pub const OTHER_PURPOSE_PERMILLE: u64 = 500;

/// One, in parts per million.
pub const PPM: u128 = 1_000_000;

/// From this probability on, a value is preferred, in parts per million.
const PREFERS_PPM: u32 = 500_000;
/// From this probability on, a value is hinted at, in parts per million.
const HINT_PPM: u32 = 300_000;

/// The prior weight in Q32.
const PRIOR_Q32: u128 = (PRIOR_WEIGHT as u128) << 32;

/// One piece of evidence as the fold sees it. `I` tells pieces apart, `S` stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a, I, S> {
    /// What makes it the same piece when it is delivered twice.
    pub id: I,
    /// The day it was noticed.
    pub day: Day,
    /// The value it speaks about.
    pub value: &'a str,
    /// For or against.
    pub polarity: Polarity,
    /// How it is known.
    pub source: Source,
    /// The stay it saturates in; stands by itself without one.
    pub stay: Option<S>,
    /// What kind of trip it speaks of, where that is known.
    pub purpose: Option<Purpose>,
}

/// For what evidence is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The day.
    pub as_of: Day,
    /// Days after which evidence weighs half; 0 when it never fades.
    pub half_life_days: u32,
    /// What the guest travels for, where that is known and makes a difference.
    pub purpose: Option<Purpose>,
}

impl Terms {
    /// Whether the piece is known from a trip for another purpose.
    fn is_foreign<I, S>(&self, piece: &Piece<'_, I, S>) -> bool {
        let both = self.purpose.zip(piece.purpose);
        both.is_some_and(|(asked, noted)| asked != noted)
    }
}

/// Weight for and against one value, in Q32.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Weight of the evidence for it.
    pub for_q32: u128,
    /// Weight of the evidence against it.
    pub against_q32: u128,
}

impl Tally {
    fn side(&mut self, polarity: Polarity) -> &mut u128 {
        match polarity {
            Polarity::For => &mut self.for_q32,
            Polarity::Against => &mut self.against_q32,
        }
    }
}

/// The live pieces: one of each id, none of the future. In id order.
#[must_use]
pub fn live<'p, 'a, I: Ord + Copy, S>(
    pieces: &'p [Piece<'a, I, S>],
    as_of: Day,
) -> Vec<&'p Piece<'a, I, S>> {
    let live = pieces.iter().filter(|p| p.day <= as_of);
    if pieces.is_sorted_by(|a, b| a.id < b.id) {
        return live.collect();
    }
    let mut by_id: BTreeMap<I, &Piece<'a, I, S>> = BTreeMap::new();
    for piece in live {
        by_id.entry(piece.id).or_insert(piece);
    }
    by_id.into_values().collect()
}

/// The newest statement for a value, which discounts older evidence for other values of a single-valued attribute. What
/// was stated for trips of another purpose takes back nothing.
fn newest_stated<'p, 'a, I: Ord + Copy, S>(
    live: &[&'p Piece<'a, I, S>],
    terms: &Terms,
) -> Option<&'p Piece<'a, I, S>> {
    live.iter()
        .filter(|p| p.source == Source::Stated && p.polarity == Polarity::For)
        .filter(|p| !terms.is_foreign(p))
        .max_by_key(|p| (p.day, p.id, p.value))
        .copied()
}

/// Whether a later statement for another value discounts the piece.
fn is_outdated<I, S>(piece: &Piece<'_, I, S>, newest: Option<&Piece<'_, I, S>>) -> bool {
    newest.is_some_and(|n| {
        piece.polarity == Polarity::For && piece.value != n.value && piece.day < n.day
    })
}

/// Why a piece weighs less than its source and age would have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lessening {
    /// Another value was stated later.
    NewerStated,
    /// It is known from a trip for another purpose.
    OtherTrip,
}

/// Why each live piece weighs less on these terms, where it does; in the order of [`weights`].
#[must_use]
pub fn lessenings<I: Ord + Copy, S>(
    live: &[&Piece<'_, I, S>],
    terms: &Terms,
    single_valued: bool,
) -> Vec<Vec<Lessening>> {
    let newest = newest_stated(live, terms).filter(|_| single_valued);
    let of = |piece: &&Piece<'_, I, S>| {
        let outdated = is_outdated(piece, newest).then_some(Lessening::NewerStated);
        let foreign = terms.is_foreign(piece).then_some(Lessening::OtherTrip);
        outdated.into_iter().chain(foreign).collect()
    };
    live.iter().map(of).collect()
}

/// The weight of each live piece on these terms, newest-statement discount included where `single_valued`.
#[must_use]
pub fn weights<I: Ord + Copy, S>(
    live: &[&Piece<'_, I, S>],
    terms: &Terms,
    single_valued: bool,
) -> Vec<u64> {
    let newest = if single_valued {
        newest_stated(live, terms)
    } else {
        None
    };
    live.iter()
        .map(|p| {
            let age = i64::from(terms.as_of.0) - i64::from(p.day.0);
            let decayed = weight::exp2_neg(age, terms.half_life_days);
            let weight = decayed * source_permille(p.source) / 1000;
            let weight = if terms.is_foreign(p) {
                on_another_trip(weight)
            } else {
                weight
            };
            if is_outdated(p, newest) {
                weight * NEWER_STATED_DISCOUNT_PERMILLE / 1000
            } else {
                weight
            }
        })
        .collect()
}

/// What is left of a weight on a trip for another purpose: less, and never nothing where there was something.
fn on_another_trip(weight: u64) -> u64 {
    (weight * OTHER_PURPOSE_PERMILLE / 1000).max(weight.min(1))
}

/// A weight that counts.
struct Counted<'a> {
    value: &'a str,
    polarity: Polarity,
    weight: u64,
}

/// The weights that count: of each (stay, value, polarity, source) only the largest, without a stay every one.
fn saturate<'a, I: Ord + Copy, S: Ord + Copy>(
    live: &[&Piece<'a, I, S>],
    weights: &[u64],
) -> Vec<Counted<'a>> {
    let mut counted = Vec::new();
    let mut largest: BTreeMap<(S, &str, Polarity, Source), u64> = BTreeMap::new();
    for (piece, &weight) in live.iter().zip(weights) {
        let (value, polarity) = (piece.value, piece.polarity);
        match piece.stay {
            None => counted.push(Counted {
                value,
                polarity,
                weight,
            }),
            Some(stay) => {
                let most = largest
                    .entry((stay, value, polarity, piece.source))
                    .or_default();
                *most = weight.max(*most);
            }
        }
    }
    counted.extend(
        largest
            .into_iter()
            .map(|((_, value, polarity, _), weight)| Counted {
                value,
                polarity,
                weight,
            }),
    );
    counted
}

/// Sums by value what counts.
fn tally<'a>(counted: &[Counted<'a>]) -> BTreeMap<&'a str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for c in counted {
        *tallies.entry(c.value).or_default().side(c.polarity) += u128::from(c.weight);
    }
    tallies
}

/// `(weight · 10⁶ + W · base) / n`, the posterior mean in parts per million.
fn posterior_ppm(weight: u128, base_ppm: u128, n: u128) -> u32 {
    ppm((weight * PPM + PRIOR_Q32 * base_ppm) / n)
}

/// How much of the belief rests on evidence rather than on the prior, in parts per million.
fn confidence_ppm(n: u128) -> u32 {
    ppm(PPM - PRIOR_Q32 * PPM / n)
}

fn ppm(value: u128) -> u32 {
    u32::try_from(value).expect("a share of one in parts per million is at most a million")
}

/// `avoids` or `avoid_hint`, the two ways in which evidence against a value can weigh.
fn against_verdict(tally: Tally, p_ppm: u32, base_ppm: u32) -> Option<Verdict> {
    if tally.against_q32 > 0 && p_ppm <= base_ppm / 2 {
        Some(Verdict::Avoids)
    } else if tally.against_q32 > tally.for_q32 && p_ppm < base_ppm {
        Some(Verdict::AvoidHint)
    } else {
        None
    }
}

/// All values that any live piece speaks about.
fn values<'a, I, S>(live: &[&Piece<'a, I, S>]) -> BTreeSet<&'a str> {
    live.iter().map(|p| p.value).collect()
}
