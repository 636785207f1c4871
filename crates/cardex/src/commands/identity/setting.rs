//! Settings that are a file which people edit: `cardex identity deny-list` and `cardex identity weights`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_domain::identity::DenyList;
use cardex_matching::Weights;
use clap::{Args, Subcommand};

use crate::active::{active_text, to_show};
use crate::exit::SaidNo;
use crate::publish::activate;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(super) enum SettingOperation {
    /// Print the one in force, to be edited
    Show {
        /// The one that Cardex brings along, whichever is in force
        #[arg(long)]
        embedded: bool,
    },
    /// Find what is wrong in a file; exit 1 when there is anything
    Check {
        /// The file
        file: PathBuf,
    },
    /// Put a file into force for the whole group
    Activate(Activate),
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    /// The file
    file: PathBuf,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// A setting whose text can be checked.
pub(super) struct Checked {
    setting: Setting,
    what: &'static str,
    /// The faults of a text, each as it follows the file's name.
    faults: fn(&str) -> Vec<String>,
    /// What is worth a word before the text in force gives place to another.
    doubt: fn(&str, &str) -> Option<String>,
}

/// The identifiers that belong to nobody in particular and never link.
pub(super) const DENY_LIST: Checked = Checked {
    setting: Setting::DenyList,
    what: "deny list",
    faults: |text| {
        let fault = DenyList::parse(text).err();
        fault.iter().map(|fault| format!(" {fault}")).collect()
    },
    doubt: |before, after| {
        let entries = |text: &str| -> BTreeSet<String> {
            let lines = text.lines().map(str::trim);
            let entries = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            entries.map(str::to_lowercase).collect()
        };
        let left_out = entries(before).difference(&entries(after)).count();
        (left_out > 0).then(|| {
            format!(
                "warning: it takes the place of the whole list, and leaves out {left_out} of its entries, \
                 which may link from now on"
            )
        })
    },
};

/// What records are weighed by.
pub(super) const WEIGHTS: Checked = Checked {
    setting: Setting::IdentityWeights,
    what: "weights file",
    faults: |text| {
        let faults = Weights::parse(text).err().unwrap_or_default();
        let faults = faults.iter();
        faults
            .map(|f| format!("{}:{}: {}", f.line, f.column, f.message))
            .collect()
    },
    doubt: |_, _| None,
};

impl SettingOperation {
    pub(super) async fn run(&self, of: &Checked, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Show { embedded } => {
                Screen::new(false).text(to_show(session, of.setting, *embedded).await?)
            }
            Self::Check { file } => {
                of.read(file)?;
                Screen::new(false).line("no faults")
            }
            Self::Activate(Activate { file, by, format }) => {
                let text = of.read(file)?;
                let bus = session.connect().await?;
                let before = active_text(&bus, of.setting).await?;
                (of.doubt)(&before, &text).into_iter().for_each(note);
                let published = activate(&bus, of.setting, &text, by.as_deref()).await?;
                published.show(&mut format.screen())
            }
        }
    }
}

impl Checked {
    /// The text of a file without faults; faults are printed with their places.
    fn read(&self, path: &Path) -> anyhow::Result<String> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {} {}", self.what, path.display()))?;
        let faults = (self.faults)(&text);
        for fault in &faults {
            note(format!("{}:{fault}", path.display()));
        }
        if faults.is_empty() {
            Ok(text)
        } else {
            Err(SaidNo.into())
        }
    }
}
