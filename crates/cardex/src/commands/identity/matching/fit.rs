//! `cardex identity fit`: weights out of a table of records, without labels.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use tokio::task::block_in_place;

use super::people::People;
use super::{Table, pool, weights, with_progress};
use crate::screen::{Screen, note};

#[derive(Debug, Args)]
pub(crate) struct Fit {
    #[command(flatten)]
    table: Table,
    /// Write the weights to this file [default: standard output]
    #[arg(long, value_name = "WEIGHTS.toml")]
    out: Option<PathBuf>,
    /// Start from these weights, which stay in force for what the table says nothing about [default: those that Cardex
    /// brings along]
    #[arg(long, value_name = "WEIGHTS.toml")]
    weights: Option<PathBuf>,
}

impl Fit {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        let known = weights(self.weights.as_deref())?;
        let people = People::read(&self.table, None).await?;
        let fitted = block_in_place(|| {
            let pool = pool(people.records);
            with_progress(pool.records().len(), "records compared", |effort| {
                cardex_matching::fit(&pool, &known, effort)
            })
        });
        note(format!(
            "fitted in {:.1} s to {} records ({} rows could not be used); hash {}",
            started.elapsed().as_secs_f64(),
            people.names.len(),
            people.unusable,
            fitted.hash()
        ));
        match &self.out {
            Some(path) => std::fs::write(path, fitted.text())
                .with_context(|| format!("cannot write {}", path.display())),
            None => Screen::new(false).text(fitted.text()),
        }
    }
}
