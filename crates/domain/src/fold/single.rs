//! Single-valued attributes: the values share one belief (Dirichlet posterior mean over a closed or an open set).

use std::collections::BTreeMap;

use super::{
    Counted, HINT_PPM, ONE, PPM, PREFERS_PPM, PRIOR_Q32, Piece, Tally, Terms, against_verdict,
    confidence_ppm, live, posterior_ppm, saturate, tally, values, weights,
};
use crate::event::Polarity;
use crate::profile::Verdict;

/// How far ahead of the next value a preference must be, in parts per million.
const MARGIN_PPM: u32 = 200_000;
/// How much evidence for values there must be before asking makes sense, in Q32: one and a half.
const ASK_FROM_Q32: u128 = (ONE + ONE / 2) as u128;

/// The value that stands for all values not seen, in open attributes.
const OTHER: &str = "";

/// The prior over values.
#[derive(Debug, Clone)]
pub enum Base<'a> {
    /// The values are known; parts per million of each, together 10⁶.
    Closed(BTreeMap<&'a str, u32>),
    /// The values are not known beforehand; parts per million of each that is seen.
    Open(u32),
}

/// What is believed of a single-valued attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single<'a> {
    /// Weight of each value with what evidence against other values spreads onto it, in Q32.
    pub weight_q32: BTreeMap<&'a str, u128>,
    /// Evidence of each value's own, for and against.
    pub own: BTreeMap<&'a str, Tally>,
    /// Probability of each value in parts per million; of `""`, all values not seen, in open attributes.
    pub p_ppm: BTreeMap<&'a str, u32>,
    /// The most probable value that is not *other*; `None` when an open attribute has no evidence.
    pub first: Option<&'a str>,
    /// How far it is ahead of the next, in parts per million; negative when *other* is ahead.
    pub margin_ppm: i64,
    /// Confidence in parts per million.
    pub confidence_ppm: u32,
    /// What each value means to staff, where it means anything.
    pub verdicts: BTreeMap<&'a str, Verdict>,
}

/// Folds a single-valued attribute.
#[must_use]
pub fn single<'a, I: Ord + Copy, S: Ord + Copy>(
    pieces: &[Piece<'a, I, S>],
    terms: &Terms,
    base: &Base<'a>,
) -> Single<'a> {
    let live: Vec<_> = live(pieces, terms.as_of)
        .into_iter()
        .filter(|p| match base {
            Base::Closed(table) => table.contains_key(p.value),
            Base::Open(_) => true,
        })
        .collect();
    let base_ppm: BTreeMap<&str, u32> = match base {
        Base::Closed(table) => table.clone(),
        Base::Open(each) => open_base(values(&live).into_iter(), *each),
    };
    let weights = weights(&live, terms, true);
    let counted = saturate(&live, &weights);
    let own = tally(&counted);
    let weight_q32 = spread(&counted, &base_ppm);
    let n = weight_q32.values().sum::<u128>() + PRIOR_Q32;
    let p_ppm: BTreeMap<&str, u32> = base_ppm
        .iter()
        .map(|(value, base)| {
            (
                *value,
                posterior_ppm(weight_q32[value], u128::from(*base), n),
            )
        })
        .collect();
    let first = p_ppm
        .iter()
        .filter(|(v, _)| **v != OTHER)
        .fold(None, larger)
        .map(|(v, _)| v);
    let margin_ppm = first.map_or(0, |first| ahead(first, &p_ppm));
    let verdicts = verdicts(&own, &p_ppm, &base_ppm);
    Single {
        weight_q32,
        own,
        p_ppm,
        first,
        margin_ppm,
        confidence_ppm: confidence_ppm(n),
        verdicts,
    }
}

/// The prior of an open attribute: each value seen gets its share, *other* the rest.
fn open_base<'a>(
    seen: impl ExactSizeIterator<Item = &'a str>,
    each: u32,
) -> BTreeMap<&'a str, u32> {
    let one = 1_000_000_u32;
    let m = u32::try_from(seen.len()).unwrap_or(u32::MAX - 1);
    let share = each.min(one / (m + 1));
    let mut base: BTreeMap<&str, u32> = seen.map(|v| (v, share)).collect();
    base.insert(OTHER, one - share * m);
    base
}

/// Adds each weight for a value to it, and each weight against a value, in shares, to every other value.
fn spread<'a>(
    counted: &[Counted<'a>],
    base_ppm: &BTreeMap<&'a str, u32>,
) -> BTreeMap<&'a str, u128> {
    let mut sums: BTreeMap<&str, u128> = base_ppm.keys().map(|v| (*v, 0)).collect();
    for Counted {
        value,
        polarity,
        weight,
    } in counted
    {
        let weight = u128::from(*weight);
        if *polarity == Polarity::For {
            *sums.entry(value).or_default() += weight;
            continue;
        }
        let rest = PPM - u128::from(base_ppm[value]);
        for (other, base) in base_ppm
            .iter()
            .filter(|(other, _)| *other != value && rest > 0)
        {
            *sums.entry(other).or_default() += weight * u128::from(*base) / rest;
        }
    }
    sums
}

fn larger<'a>(
    best: Option<(&'a str, u32)>,
    (value, p): (&&'a str, &u32),
) -> Option<(&'a str, u32)> {
    match best {
        Some((_, most)) if most >= *p => best,
        _ => Some((*value, *p)),
    }
}

/// How far `value` is ahead of the next most probable value of any kind.
fn ahead(value: &str, p_ppm: &BTreeMap<&str, u32>) -> i64 {
    let next = p_ppm
        .iter()
        .filter(|(v, _)| **v != value)
        .map(|(_, p)| *p)
        .max()
        .unwrap_or(0);
    i64::from(p_ppm[value]) - i64::from(next)
}

fn verdicts<'a>(
    own: &BTreeMap<&'a str, Tally>,
    p_ppm: &BTreeMap<&'a str, u32>,
    base_ppm: &BTreeMap<&'a str, u32>,
) -> BTreeMap<&'a str, Verdict> {
    let mut verdicts: BTreeMap<&str, Verdict> = own
        .iter()
        .filter_map(|(v, t)| {
            against_verdict(*t, p_ppm[v], base_ppm[v]).map(|verdict| (*v, verdict))
        })
        .collect();
    let wanted = || {
        own.iter()
            .filter(|(_, t)| t.for_q32 > 0)
            .map(|(v, _)| (*v, p_ppm[v]))
    };
    let top = wanted().fold(None, |best, (v, p)| larger(best, (&v, &p)));
    let Some((top, p)) = top.filter(|(_, p)| *p >= HINT_PPM) else {
        return verdicts;
    };
    let clear = ahead(top, p_ppm) >= i64::from(MARGIN_PPM);
    let evidence: u128 = own.values().map(|t| t.for_q32).sum();
    if clear && p >= PREFERS_PPM {
        verdicts.insert(top, Verdict::Prefers);
    } else if !clear && evidence >= ASK_FROM_Q32 {
        for (value, _) in wanted().filter(|(_, q)| p - q < MARGIN_PPM) {
            verdicts.entry(value).or_insert(Verdict::Ask);
        }
    } else {
        verdicts.entry(top).or_insert(Verdict::Hint);
    }
    verdicts
}
