//! `cardex identity match`: the pairs of a table that may be the same person.

use std::path::PathBuf;
use std::time::Instant;

use cardex_matching::{Matcher, Pair, Quality, REVIEW, Weighed};
use clap::Args;
use tokio::task::block_in_place;

use super::found::{Found, Summary, write_pairs};
use super::people::People;
use super::truth::Rule;
use super::{Table, pool, weights, with_progress};
use crate::screen::Format;

/// The posterior from which on labelled pairs are kept to look for the best threshold.
const LABELLED_FROM: f64 = 0.001;

#[derive(Debug, Args)]
pub(crate) struct Match {
    #[command(flatten)]
    table: Table,
    /// Write the pairs to this file, the surest first
    #[arg(long, value_name = "OUT.csv")]
    pairs: Option<PathBuf>,
    /// The weights [default: those that Cardex brings along]
    #[arg(long, value_name = "WEIGHTS.toml")]
    weights: Option<PathBuf>,
    /// The posterior from which on a pair is one
    #[arg(long, value_name = "P", default_value_t = REVIEW, value_parser = probability)]
    threshold: f64,
    /// Rows of one person have the same in this column, or with COLUMN:digits the same first number: measure against it
    #[arg(long, value_name = "COLUMN[:digits]")]
    truth: Option<Rule>,
    /// Print each pair with what speaks for and against it
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    format: Format,
}

impl Match {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        let weights = weights(self.weights.as_deref())?;
        let mut people = People::read(&self.table, self.truth.as_ref()).await?;
        let records = std::mem::take(&mut people.records);
        let (pool, matcher, mut pairs) = block_in_place(|| {
            let pool = pool(records);
            let matcher = pool.matcher(&weights);
            let pairs = self.weigh(&pool, &matcher);
            (pool, matcher, pairs)
        });
        let quality = self.truth.as_ref().map(|_| quality(&people, &pairs));
        pairs.retain(|pair| pair.posterior >= self.threshold);
        pairs.sort_by(|a, b| {
            b.posterior
                .total_cmp(&a.posterior)
                .then((a.a, a.b).cmp(&(b.a, b.b)))
        });
        let found = Found {
            names: &people.names,
            records: pool.records(),
            matcher: &matcher,
            pairs: &pairs,
        };
        if let Some(path) = &self.pairs {
            write_pairs(path, &found)?;
        }
        let mut screen = self.format.screen();
        if self.explain {
            found.explain(&mut screen)?;
        }
        Summary::of(&found, &people, &weights, quality, started.elapsed()).show(&mut screen)
    }

    fn weigh(&self, pool: &cardex_matching::Pool, matcher: &Matcher) -> Vec<Pair> {
        let from = match self.truth {
            Some(_) => self.threshold.min(LABELLED_FROM),
            None => self.threshold,
        };
        with_progress(pool.records().len(), "records compared", |effort| {
            pool.pairs(matcher, from, effort)
        })
    }
}

fn quality(people: &People, pairs: &[Pair]) -> Quality {
    let weighed = pairs.iter().map(|pair| Weighed {
        posterior: pair.posterior,
        one_person: people.truth[pair.a as usize] == people.truth[pair.b as usize],
    });
    Quality::of(weighed.collect(), people.persons.pairs())
}

fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
    number.ok_or_else(|| "write a probability from 0 to 1".to_owned())
}
