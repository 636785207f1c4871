//! `cardex identity deny-list`: the identifiers that belong to nobody in particular and never link.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_domain::identity::DenyList;
use clap::{Args, Subcommand};

use crate::exit::SaidNo;
use crate::publish::activate;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(super) enum DenyListOperation {
    /// Print the list that Cardex brings along, to be edited
    Show,
    /// Find the first fault of a list; exit 1 when there is one
    Check {
        /// The list
        file: PathBuf,
    },
    /// Put a list into force for the whole group; who is who follows at once, open boards too
    Activate(Activate),
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    /// The list
    file: PathBuf,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl DenyListOperation {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Show => Screen::new(false).text(DenyList::EMBEDDED_TEXT),
            Self::Check { file } => {
                read(file)?;
                Screen::new(false).line("no faults")
            }
            Self::Activate(activate) => activate.run(session).await,
        }
    }
}

impl Activate {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let text = read(&self.file)?;
        let bus = session.connect().await?;
        let by = self.by.as_deref();
        let published = activate(&bus, Setting::DenyList, &text, by).await?;
        published.show(&mut self.format.screen())
    }
}

/// The text of a list without faults; a fault is printed with its place.
fn read(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read deny list {}", path.display()))?;
    match DenyList::parse(&text) {
        Ok(_) => Ok(text),
        Err(fault) => {
            note(format!("{}: {fault}", path.display()));
            Err(SaidNo.into())
        }
    }
}
