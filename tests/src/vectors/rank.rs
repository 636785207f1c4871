//! Checks the ranking of items against a file of vectors, to one in a million.

use cardex_playbook::rank::{Acceptance, Factors, SAFETY_TIER, novelty, order};
use serde::Deserialize;

/// How far a number may be from the one in the file, which has so many places.
const CLOSE: f64 = 1e-6;

use super::Checked;

/// A file of ranking vectors.
#[derive(Deserialize)]
struct RankVectors {
    items: Vec<RankVector>,
    /// The ids of the items that are shown, best first.
    order: Vec<String>,
}

/// What decides about one item, and what that must come to.
#[derive(Deserialize)]
struct RankVector {
    id: String,
    tier: u8,
    #[serde(rename = "P")]
    probability: f64,
    #[serde(default = "one")]
    a: f64,
    #[serde(default = "one")]
    b: f64,
    #[serde(rename = "G")]
    benefit: f64,
    #[serde(rename = "L")]
    cost: f64,
    /// Urgency.
    #[serde(default = "one")]
    u: f64,
    /// Days since it was last shown, without news.
    #[serde(default)]
    d: Option<u32>,
    /// How often it was declined.
    #[serde(default)]
    dec: u32,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    accept: f64,
    p_hat: f64,
    p_star: f64,
    #[serde(rename = "EV")]
    expected_value: f64,
    novelty: f64,
    /// None when the item is not shown.
    score: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// Checks every vector of `text`; returns how many there were, the order among them, and a line for each that does not
/// agree.
///
/// # Errors
/// When the text is not a vector file.
pub fn check_rank(text: &str) -> Result<Checked, serde_json::Error> {
    let file: RankVectors = serde_json::from_str(text)?;
    let mut mismatches = Vec::new();
    let mut shown = Vec::new();
    for item in &file.items {
        let factors = item.factors();
        item.compare(&factors, &mut mismatches);
        if item.is_shown(&factors) {
            shown.push((item.tier, factors.score_micros(), item.id.as_str()));
        }
    }
    shown.sort_by(|a, b| order(a.0, a.1, a.2).cmp(&order(b.0, b.1, b.2)));
    let have: Vec<&str> = shown.into_iter().map(|(_, _, id)| id).collect();
    if have != file.order {
        mismatches.push(format!("order: have {have:?}, want {:?}", file.order));
    }
    Ok((file.items.len() + 1, mismatches))
}

impl RankVector {
    fn factors(&self) -> Factors {
        let stale = self.d.filter(|_| self.tier != SAFETY_TIER);
        Factors {
            probability: self.probability,
            acceptance: Acceptance {
                a: self.a,
                b: self.b,
            },
            benefit: self.benefit,
            cost: self.cost,
            urgency: self.u,
            novelty: stale.map_or(1.0, novelty),
            declines: self.dec,
        }
    }

    fn is_shown(&self, factors: &Factors) -> bool {
        self.tier == SAFETY_TIER || factors.expected_value() > 0.0
    }

    fn compare(&self, factors: &Factors, mismatches: &mut Vec<String>) {
        let expect = &self.expect;
        let score = self
            .is_shown(factors)
            .then(|| factors.score_micros() as f64 / 1e6);
        let compared = [
            (
                "accept",
                Some(factors.acceptance.optimistic()),
                Some(expect.accept),
            ),
            ("p_hat", Some(factors.success()), Some(expect.p_hat)),
            ("p_star", Some(factors.break_even()), Some(expect.p_star)),
            (
                "EV",
                Some(factors.expected_value()),
                Some(expect.expected_value),
            ),
            ("novelty", Some(factors.novelty), Some(expect.novelty)),
            ("score", score, expect.score),
        ];
        for (what, have, want) in compared {
            let agree = match (have, want) {
                (Some(have), Some(want)) => (have - want).abs() <= CLOSE,
                (None, None) => true,
                _ => false,
            };
            if !agree {
                let word =
                    |number: Option<f64>| number.map_or("not shown".into(), |n| n.to_string());
                mismatches.push(format!(
                    "{}: {what}: have {}, want {}",
                    self.id,
                    word(have),
                    word(want)
                ));
            }
        }
    }
}
