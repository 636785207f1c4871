//! `cardex identity weights`: what records are weighed by, for people who edit or fit it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_matching::Weights;
use clap::{Args, Subcommand};

use crate::exit::SaidNo;
use crate::publish::activate;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(super) enum WeightsOperation {
    /// Print the weights that Cardex brings along, to be edited
    Show,
    /// Find every fault of a file of weights; exit 1 when there is one
    Check {
        /// The file of weights
        file: PathBuf,
    },
    /// Put a file of weights into force for the whole group
    Activate(Activate),
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    /// The file of weights
    file: PathBuf,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl WeightsOperation {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Show => Screen::new(false).text(Weights::EMBEDDED_TEXT),
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
        let weights = read(&self.file)?;
        let bus = session.connect().await?;
        let by = self.by.as_deref();
        let published = activate(&bus, Setting::IdentityWeights, weights.text(), by).await?;
        published.show(&mut self.format.screen())
    }
}

/// The weights of a file; its faults are printed with their places.
fn read(path: &Path) -> anyhow::Result<Weights> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read weights file {}", path.display()))?;
    Weights::parse(&text).map_err(|faults| {
        for fault in faults {
            let (line, column, message) = (fault.line, fault.column, fault.message);
            note(format!("{}:{line}:{column}: {message}", path.display()));
        }
        SaidNo.into()
    })
}
