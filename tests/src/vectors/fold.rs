//! Checks the fold against a file of vectors, to the integer.

use std::collections::BTreeMap;

use cardex_domain::event::{Polarity, Purpose, Source};
use cardex_domain::fold::{self, Base, Piece, Terms};
use cardex_domain::time::Day;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Checked;

/// A file of fold vectors.
#[derive(Deserialize)]
pub struct FoldVectors {
    /// `[age in days, half-life in days, result in Q32]`.
    #[serde(default)]
    pub exp2_neg: Vec<(i64, u32, u64)>,
    /// The vectors.
    pub vectors: Vec<FoldVector>,
}

/// One set of evidence and what it must fold to.
#[derive(Deserialize)]
pub struct FoldVector {
    name: String,
    kind: String,
    as_of_day: i32,
    half_life_days: u32,
    base_ppm: Value,
    /// What the guest comes for; files from before purposes have none.
    #[serde(default)]
    purpose: Option<String>,
    evidence: Vec<EvidenceOrRetraction>,
    expect: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EvidenceOrRetraction {
    Retraction { retracts: String },
    Evidence(PieceOfEvidence),
}

#[derive(Deserialize)]
struct PieceOfEvidence {
    id: String,
    day: i32,
    value: String,
    polarity: String,
    source: String,
    stay: Option<String>,
    #[serde(default)]
    purpose: Option<String>,
}

/// Checks every vector of `text`; returns how many there were and a line for each that does not agree.
///
/// # Errors
/// When the text is not a vector file.
pub fn check_fold(text: &str) -> Result<Checked, serde_json::Error> {
    let file: FoldVectors = serde_json::from_str(text)?;
    let mut mismatches = Vec::new();
    for (age, half_life, want) in &file.exp2_neg {
        let have = fold::exp2_neg(*age, *half_life);
        if have != *want {
            mismatches.push(format!(
                "exp2_neg({age}, {half_life}): have {have}, want {want}"
            ));
        }
    }
    for vector in &file.vectors {
        match vector.fold() {
            Ok(have) if have == vector.expect => {}
            Ok(have) => mismatches.push(format!(
                "{}:\n  have {have}\n  want {}",
                vector.name, vector.expect
            )),
            Err(fault) => mismatches.push(format!("{}: {fault}", vector.name)),
        }
    }
    Ok((file.exp2_neg.len() + file.vectors.len(), mismatches))
}

impl FoldVector {
    fn fold(&self) -> Result<Value, String> {
        let pieces = self.pieces()?;
        let terms = Terms {
            as_of: Day(self.as_of_day),
            half_life_days: self.half_life_days,
            purpose: purpose(self.purpose.as_deref())?,
        };
        match (self.kind.as_str(), &self.base_ppm) {
            ("multi", Value::Number(base)) => {
                let base = small(base.as_u64())?;
                Ok(multi_json(fold::multi(&pieces, &terms, base)))
            }
            ("single", base) => {
                let base = match base {
                    Value::Object(table) => Base::Closed(
                        table
                            .iter()
                            .map(|(v, p)| Ok((v.as_str(), small(p.as_u64())?)))
                            .collect::<Result<_, String>>()?,
                    ),
                    number => Base::Open(small(number.as_u64())?),
                };
                Ok(single_json(&fold::single(&pieces, &terms, &base)))
            }
            (kind, _) => Err(format!("no such kind with such a base: {kind}")),
        }
    }

    fn pieces(&self) -> Result<Vec<Piece<'_, &str, &str>>, String> {
        let retracted: Vec<&str> = self
            .evidence
            .iter()
            .filter_map(|e| match e {
                EvidenceOrRetraction::Retraction { retracts } => Some(retracts.as_str()),
                EvidenceOrRetraction::Evidence(_) => None,
            })
            .collect();
        self.evidence
            .iter()
            .filter_map(|e| match e {
                EvidenceOrRetraction::Evidence(e) if !retracted.contains(&e.id.as_str()) => Some(e),
                _ => None,
            })
            .map(PieceOfEvidence::piece)
            .collect()
    }
}

impl PieceOfEvidence {
    fn piece(&self) -> Result<Piece<'_, &str, &str>, String> {
        Ok(Piece {
            id: &self.id,
            day: Day(self.day),
            value: &self.value,
            polarity: match self.polarity.as_str() {
                "for" => Polarity::For,
                "against" => Polarity::Against,
                other => return Err(format!("no such polarity: {other}")),
            },
            source: match self.source.as_str() {
                "stated" => Source::Stated,
                "observed" => Source::Observed,
                "inferred" => Source::Inferred,
                other => return Err(format!("no such source: {other}")),
            },
            stay: self.stay.as_deref(),
            purpose: purpose(self.purpose.as_deref())?,
        })
    }
}

fn purpose(word: Option<&str>) -> Result<Option<Purpose>, String> {
    let known = [Purpose::Business, Purpose::Leisure, Purpose::Family];
    let Some(word) = word else { return Ok(None) };
    let found = known.into_iter().find(|purpose| purpose.as_str() == word);
    found
        .map(Some)
        .ok_or_else(|| format!("no such purpose: {word}"))
}

fn small(number: Option<u64>) -> Result<u32, String> {
    number
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| "base_ppm is not a whole number below 2^32".to_owned())
}

fn multi_json(folded: BTreeMap<&str, fold::MultiValue>) -> Value {
    let values = folded.into_iter().map(|(value, v)| {
        let fields = json!({
            "for_q32": number(v.tally.for_q32),
            "against_q32": number(v.tally.against_q32),
            "p_ppm": v.p_ppm,
            "confidence_ppm": v.confidence_ppm,
            "verdict": v.verdict.map(|v| v.as_str()),
        });
        (value.to_owned(), fields)
    });
    Value::Object(values.collect())
}

fn single_json(folded: &fold::Single<'_>) -> Value {
    let weights = folded
        .weight_q32
        .iter()
        .map(|(v, w)| ((*v).to_owned(), number(*w)));
    let verdicts = folded
        .verdicts
        .iter()
        .map(|(v, d)| ((*v).to_owned(), d.as_str().into()));
    json!({
        "weight_q32": Value::Object(weights.collect()),
        "p_ppm": folded.p_ppm,
        "first": folded.first,
        "margin_ppm": folded.margin_ppm,
        "confidence_ppm": folded.confidence_ppm,
        "verdicts": Value::Object(verdicts.collect()),
    })
}

fn number(weight: u128) -> Value {
    u64::try_from(weight).map_or_else(|_| weight.to_string().into(), Value::from)
}
