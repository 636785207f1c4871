//! `cardex identity fit` and `match`: which records may be the same person, in tables of anyone's own; so anyone can
//! measure it. Neither needs a bus.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use cardex_matching::{Effort, Pool, Weights};
use clap::Args;

use crate::commands::import::progress::Progress;
use crate::exit::SaidNo;
use crate::screen::note;

mod columns;
mod find;
mod fit;
mod found;
mod people;
mod truth;

pub(super) use find::Match;
pub(super) use fit::Fit;

/// What `--help` of both says.
pub(super) const EXAMPLES: &str = "\
Examples:
  cardex identity fit guests.csv --out weights.toml \\
      --columns id=no,family=surname,given=first,birth=born,email=mail
  cardex identity match guests.csv --weights weights.toml --pairs pairs.csv \\
      --columns id=no,family=surname,given=first,birth=born,email=mail
  cardex identity match labelled.csv --columns id=rec_id,family=surname,given=given_name \\
      --truth rec_id:digits --pairs pairs.csv

Files are CSV with a heading, plain or gzipped. `--columns` says which column is what: id, name, family, given, birth, \
phone, email, street, house, line2, city, postcode, region, nationality, company, gender. Without it, columns are taken \
that are called so. A row that can't be used is reported with its line and reason, and the rest goes on.

Weights are fitted without labels; `match` uses the ones that Cardex brings along where no others are given. A pair \
from 0.99 on is `automatic`, one from 0.5 on is for `review`; name and birth date alone are never automatic.";

/// The table that a command reads.
#[derive(Debug, Args)]
struct Table {
    /// The file: CSV with a heading, plain or gzipped
    file: PathBuf,
    /// Which column is what, as PART=COLUMN,… [default: columns called like the parts]
    #[arg(long, value_name = "PART=COLUMN,…", value_delimiter = ',')]
    columns: Vec<columns::Chosen>,
}

/// Runs work on the whole machine while saying how far it is.
fn with_progress<T>(records: usize, what: &'static str, work: impl FnOnce(Effort<'_>) -> T) -> T {
    let total = u64::try_from(records).unwrap_or(u64::MAX);
    let progress = Mutex::new(Progress::of_count(total, what));
    let told = |done: usize, _: usize| {
        // Whoever comes while another tells has nothing to add.
        if let Ok(mut progress) = progress.try_lock() {
            let done = u64::try_from(done).unwrap_or(u64::MAX);
            progress.at(done, done);
        }
    };
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let result = work(Effort {
        threads,
        progress: &told,
    });
    if let Ok(progress) = progress.lock() {
        progress.finish();
    }
    result
}

/// The records with their blocks.
fn pool(records: Vec<cardex_matching::Record>) -> Pool {
    with_progress(records.len(), "records blocked", |effort| {
        Pool::new(records, effort)
    })
}

/// The weights of a file, or those that Cardex brings along. Faults are printed with their places.
fn weights(path: Option<&Path>) -> anyhow::Result<Weights> {
    let Some(path) = path else {
        return Ok(Weights::embedded().clone());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read weights {}", path.display()))?;
    Weights::parse(&text).map_err(|faults| {
        for fault in faults {
            note(format!(
                "{}:{}:{}: {}",
                path.display(),
                fault.line,
                fault.column,
                fault.message
            ));
        }
        SaidNo.into()
    })
}

#[cfg(test)]
mod tests;
