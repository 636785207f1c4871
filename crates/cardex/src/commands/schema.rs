//! `cardex schema`: the contract of the bus as JSON Schemas.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_wire::schema::{Draft, schemas};
use clap::{Args, ValueEnum};

use crate::exit::Usage;
use crate::screen::Screen;

const EXAMPLES: &str = "\
Examples:
  cardex schema                                    the names
  cardex schema event.observation.recorded.v1
  cardex schema --draft 7 event.stay.checked_in.v1
  cardex schema --out contract                     all of them, in both dialects, into a directory";

/// Print the JSON Schemas of everything on the bus
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SchemaArgs {
    /// Which one [default: list the names]
    #[arg(conflicts_with = "out")]
    name: Option<String>,
    /// The dialect of JSON Schema [default: 2020-12; with --out both]
    #[arg(long)]
    draft: Option<DraftArg>,
    /// Write all of them to this directory, a folder for each dialect
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DraftArg {
    /// Draft-07
    #[value(name = "7", alias = "draft-07")]
    Draft07,
    /// 2020-12
    #[value(name = "2020-12")]
    Draft2020,
}

impl From<DraftArg> for Draft {
    fn from(draft: DraftArg) -> Self {
        match draft {
            DraftArg::Draft07 => Self::Draft07,
            DraftArg::Draft2020 => Self::Draft2020,
        }
    }
}

impl SchemaArgs {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut screen = Screen::new(false);
        let draft = self.draft.map(Draft::from);
        if let Some(directory) = &self.out {
            let drafts = draft.map_or_else(|| Draft::ALL.to_vec(), |draft| vec![draft]);
            for draft in drafts {
                let count = write(draft, &directory.join(draft.folder()))?;
                screen.line(format!(
                    "{count} schemas in {}",
                    directory.join(draft.folder()).display()
                ))?;
            }
            return Ok(());
        }
        let files = schemas(draft.unwrap_or(Draft::Draft2020));
        let Some(name) = &self.name else {
            return files
                .iter()
                .try_for_each(|(file, _)| screen.line(stem(file)));
        };
        let wanted = stem(name);
        let found = files.iter().find(|(file, _)| stem(file) == wanted);
        match found {
            Some((_, text)) => screen.text(text),
            None => Err(Usage(format!("no schema {name}; `cardex schema` lists them")).into()),
        }
    }
}

fn stem(file: &str) -> &str {
    file.strip_suffix(".json").unwrap_or(file)
}

fn write(draft: Draft, directory: &Path) -> anyhow::Result<usize> {
    let failed = || format!("cannot write to {}", directory.display());
    std::fs::create_dir_all(directory).with_context(failed)?;
    let files = schemas(draft);
    for (file, text) in &files {
        std::fs::write(directory.join(file), text).with_context(failed)?;
    }
    Ok(files.len())
}
