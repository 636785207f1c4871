//! `cardex playbook`: checks a playbook before it is put to work.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::Playbook;
use clap::{Args, Subcommand};

use super::vocabulary;
use crate::args::departments;
use crate::exit::SaidNo;
use crate::screen::{Screen, note};

const EXAMPLES: &str = "\
Examples:
  cardex playbook show > playbook.toml        the one that Cardex brings along, to be edited
  cardex playbook check playbook.toml
  cardex up --set checkin.playbook=playbook.toml";

/// Check a playbook, or print the one that Cardex brings along
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PlaybookArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Find every fault of a playbook file; exit 1 when there is one
    Check(Check),
    /// Print the playbook that Cardex brings along
    Show,
}

#[derive(Debug, Args)]
struct Check {
    /// The playbook file
    file: PathBuf,
    /// The vocabulary it is for [default: the one that Cardex brings along]
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
}

impl PlaybookArgs {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut screen = Screen::new(false);
        match &self.operation {
            Operation::Show => screen.text(Playbook::EMBEDDED_TEXT),
            Operation::Check(args) => {
                let vocabulary = match &args.vocabulary {
                    Some(file) => vocabulary::read(file)?.1,
                    None => Vocabulary::embedded().clone(),
                };
                let playbook = check(&args.file, &vocabulary)?;
                let known = departments::of_vocabulary(&vocabulary);
                for department in playbook.departments() {
                    if let Some(doubt) = departments::misgiving(&known, department) {
                        note(format!("{}: warning: {doubt}", args.file.display()));
                    }
                }
                screen.line(format!("{}, no faults", playbook.summary()))
            }
        }
    }
}

/// Reads a playbook; its faults are printed with their places.
pub(crate) fn check(path: &Path, vocabulary: &Vocabulary) -> anyhow::Result<Playbook> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read playbook {}", path.display()))?;
    Playbook::parse(&text, vocabulary).map_err(|faults| {
        for fault in faults {
            let rule = fault
                .rule
                .map_or_else(String::new, |rule| format!("rule {rule}: "));
            let (line, column, message) = (fault.line, fault.column, fault.message);
            note(format!(
                "{}:{line}:{column}: {rule}{message}",
                path.display()
            ));
        }
        SaidNo.into()
    })
}
