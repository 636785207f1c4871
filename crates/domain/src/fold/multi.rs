//! Multi-valued attributes: every value is believed or not by itself (Beta posterior mean).

use std::collections::BTreeMap;

use super::{
    HINT_PPM, PREFERS_PPM, PRIOR_Q32, Piece, Tally, Terms, against_verdict, confidence_ppm, live,
    posterior_ppm, saturate, tally, weights,
};
use crate::profile::Verdict;

/// What is believed of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultiValue {
    /// Weights for and against.
    pub tally: Tally,
    /// Probability in parts per million.
    pub p_ppm: u32,
    /// Confidence in parts per million.
    pub confidence_ppm: u32,
    /// What it means to staff.
    pub verdict: Option<Verdict>,
}

/// Folds a multi-valued attribute; one entry for each value with live evidence.
#[must_use]
pub fn multi<'a, I: Ord + Copy, S: Ord + Copy>(
    pieces: &[Piece<'a, I, S>],
    terms: &Terms,
    base_ppm: u32,
) -> BTreeMap<&'a str, MultiValue> {
    let live = live(pieces, terms.as_of);
    let weights = weights(&live, terms, false);
    tally(&saturate(&live, &weights))
        .into_iter()
        .map(|(value, tally)| {
            let n = tally.for_q32 + tally.against_q32 + PRIOR_Q32;
            let p_ppm = posterior_ppm(tally.for_q32, u128::from(base_ppm), n);
            let verdict = verdict(tally, p_ppm, base_ppm);
            (
                value,
                MultiValue {
                    tally,
                    p_ppm,
                    confidence_ppm: confidence_ppm(n),
                    verdict,
                },
            )
        })
        .collect()
}

fn verdict(tally: Tally, p_ppm: u32, base_ppm: u32) -> Option<Verdict> {
    let wanted = match p_ppm {
        _ if tally.for_q32 == 0 => None,
        PREFERS_PPM.. => Some(Verdict::Prefers),
        HINT_PPM.. => Some(Verdict::Hint),
        _ => None,
    };
    against_verdict(tally, p_ppm, base_ppm).or(wanted)
}
