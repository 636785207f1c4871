//! `cardex completions`: what a shell needs to complete this command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::screen::Screen;

const EXAMPLES: &str = "\
Examples:
  cardex completions bash > /etc/bash_completion.d/cardex
  cardex completions zsh > \"${fpath[1]}/_cardex\"";

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cardex", &mut script);
        Screen::new(false).text(String::from_utf8_lossy(&script))
    }
}
