//! What was found: as a table of pairs, in words, and in numbers.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use cardex_matching::{
    AUTOMATIC, Evidence, Matcher, Pair, Point, Quality, Record, Scored, Weights,
};
use serde::Serialize;
use serde_json::json;

use super::people::People;
use crate::screen::Screen;
use crate::screen::table::Table;

/// Thresholds at which quality is told, beside the best.
const THRESHOLDS: [f64; 5] = [0.5, 0.8, 0.9, 0.95, AUTOMATIC];

/// Pairs with all that is needed to say why.
pub(super) struct Found<'t> {
    pub(super) names: &'t [Box<str>],
    pub(super) records: &'t [Record],
    pub(super) matcher: &'t Matcher,
    pub(super) pairs: &'t [Pair],
}

impl Found<'_> {
    fn names(&self, pair: &Pair) -> [&str; 2] {
        [pair.a, pair.b].map(|at| &*self.names[at as usize])
    }

    fn scored(&self, pair: &Pair) -> Scored {
        let [a, b] = [pair.a, pair.b].map(|at| &self.records[at as usize]);
        self.matcher.compare(a, b)
    }

    /// Prints each pair with what speaks for and against it.
    pub(super) fn explain(&self, screen: &mut Screen) -> anyhow::Result<()> {
        for pair in self.pairs {
            let ([a, b], scored) = (self.names(pair), self.scored(pair));
            if screen.json() {
                screen.object(&as_json(a, b, &scored))?;
                continue;
            }
            let style = screen.style();
            let verdict = scored.verdict.as_str();
            screen.line(format!(
                "{}  {a}  {b}  {verdict}",
                style.bold(format!("{:.4}", scored.posterior))
            ))?;
            screen.line(format!("  for      {}", in_words(&scored, true)))?;
            let against = in_words(&scored, false);
            let before = format!("{:+.1} before anything is compared", scored.prior_bits);
            let against = if against.is_empty() {
                before
            } else {
                format!("{against}, {before}")
            };
            screen.line(format!("  against  {against}"))?;
            if let Some(held) = scored.held {
                screen.line(format!("  held     {}", held.as_str()))?;
            }
        }
        Ok(())
    }
}

fn sided(scored: &Scored, speaks_for: bool) -> impl Iterator<Item = &Evidence> {
    scored
        .evidence
        .iter()
        .filter(move |evidence| match speaks_for {
            true => evidence.bits > 0.0,
            false => evidence.bits < 0.0,
        })
}

fn in_words(scored: &Scored, speaks_for: bool) -> String {
    let said: Vec<String> = sided(scored, speaks_for)
        .map(|Evidence { field, level, bits }| format!("{field} {level} {bits:+.1}"))
        .collect();
    said.join(", ")
}

fn as_json(a: &str, b: &str, scored: &Scored) -> serde_json::Value {
    let side = |speaks_for| {
        let evidence = sided(scored, speaks_for);
        evidence
            .map(|e| json!({ "field": e.field.as_str(), "level": e.level.as_str(), "bits": rounded(e.bits) }))
            .collect::<Vec<_>>()
    };
    json!({
        "a": a,
        "b": b,
        "posterior": scored.posterior,
        "verdict": scored.verdict.as_str(),
        "held": scored.held.map(cardex_matching::Held::as_str),
        "prior_bits": rounded(scored.prior_bits),
        "for": side(true),
        "against": side(false),
    })
}

fn rounded(bits: f64) -> f64 {
    (bits * 100.0).round() / 100.0
}

/// Writes a pair a row, in the order given.
pub(super) fn write_pairs(path: &Path, found: &Found<'_>) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let mut file = csv::Writer::from_path(path).with_context(failed)?;
    file.write_record(["a", "b", "posterior", "verdict", "for", "against", "held"])
        .with_context(failed)?;
    for pair in found.pairs {
        let ([a, b], scored) = (found.names(pair), found.scored(pair));
        let posterior = format!("{:.6}", scored.posterior);
        let held = scored.held.map_or("", cardex_matching::Held::as_str);
        let (speaks_for, against) = (in_words(&scored, true), in_words(&scored, false));
        file.write_record([
            a,
            b,
            &posterior,
            scored.verdict.as_str(),
            &speaks_for,
            &against,
            held,
        ])
        .with_context(failed)?;
    }
    file.flush().with_context(failed)
}

/// The numbers of a run.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    records: usize,
    unusable: u64,
    pairs: usize,
    automatic: usize,
    weights: String,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Measured>,
}

/// How good it is, where the truth is known.
#[derive(Debug, Serialize)]
struct Measured {
    one_person_pairs: u64,
    best: AtThreshold,
    thresholds: Vec<AtThreshold>,
}

#[derive(Debug, Serialize)]
struct AtThreshold {
    threshold: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    wrong: u64,
    missed: u64,
}

impl From<Point> for AtThreshold {
    fn from(point: Point) -> Self {
        Self {
            threshold: point.threshold,
            precision: point.precision(),
            recall: point.recall(),
            f1: point.f1(),
            wrong: point.wrong,
            missed: point.missed,
        }
    }
}

impl Summary {
    pub(super) fn of(
        found: &Found<'_>,
        people: &People,
        weights: &Weights,
        quality: Option<Quality>,
        took: Duration,
    ) -> Self {
        Self {
            records: found.records.len(),
            unusable: people.unusable,
            pairs: found.pairs.len(),
            automatic: found
                .pairs
                .iter()
                .filter(|pair| pair.posterior >= AUTOMATIC)
                .count(),
            weights: weights.hash().to_owned(),
            seconds: took.as_secs_f64(),
            quality: quality.map(|quality| Measured {
                one_person_pairs: people.persons.pairs(),
                best: quality.best().into(),
                thresholds: THRESHOLDS.map(|at| quality.at(at).into()).into(),
            }),
        }
    }

    pub(super) fn show(&self, screen: &mut Screen) -> anyhow::Result<()> {
        if screen.json() {
            return screen.object(self);
        }
        let mut table = Table::new(&["", "count"]);
        let mut row = |what: &str, count: String| table.row([what.to_owned(), count]);
        row("records", self.records.to_string());
        row("rows unusable", self.unusable.to_string());
        row("pairs", self.pairs.to_string());
        row("  of these automatic", self.automatic.to_string());
        row("seconds", format!("{:.2}", self.seconds));
        screen.text(table.render(screen.style()))?;
        let Some(quality) = &self.quality else {
            return Ok(());
        };
        screen.line("")?;
        let mut table = Table::new(&["threshold", "precision", "recall", "F1", "wrong", "missed"]);
        let mut row = |called: &str, at: &AtThreshold| {
            let figure = |figure: f64| format!("{figure:.4}");
            let counts = [at.wrong.to_string(), at.missed.to_string()];
            let figures = [figure(at.precision), figure(at.recall), figure(at.f1)];
            table.row(
                [format!("{called}{:.4}", at.threshold)]
                    .into_iter()
                    .chain(figures)
                    .chain(counts),
            );
        };
        quality.thresholds.iter().for_each(|at| row("", at));
        row("best ", &quality.best);
        screen.text(table.render(screen.style()))?;
        screen.line(format!("{} pairs are one person", quality.one_person_pairs))
    }
}
