//! `cardex identity automatic`: whether guests who are clearly one person are linked without a person's look.

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_matching::Weights;
use clap::{Args, ValueEnum};
use serde::Serialize;
use toml_edit::DocumentMut;

use crate::active::active_text;
use crate::publish::activate;
use crate::screen::Format;
use crate::session::Session;

pub(super) const EXAMPLES: &str = "\
Examples:
  cardex identity automatic
  cardex identity automatic on --by relations

Switched on, guests who are at least 99 % likely to be one person are linked by themselves, those that are suggested now and whoever \
becomes so later. Name and birth date alone are never enough, and whoever has a given name or birth date that conflicts, an \
identifier under conflicting names, or a link that somebody has taken back, is left to people. Each link says why, and is \
undone by `cardex identity unlink`; it is never made again by itself. Switched off, links that were made stay.";

/// Switch it for the whole group, or say how it stands.
#[derive(Debug, Args)]
pub(super) struct Automatic {
    /// On or off; without it, how it stands is told
    #[arg(value_name = "on|off")]
    to: Option<Switch>,
    /// The member of staff
    #[arg(long, value_name = "STAFF", requires = "to")]
    by: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// How it stands, for programs.
#[derive(Serialize)]
struct Stands {
    automatic: bool,
    /// Hash of the weights in force.
    weights: String,
}

impl Automatic {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let before = weights(&active_text(&bus, Setting::IdentityWeights).await?)?;
        let mut screen = self.format.screen();
        let Some(to) = self.to else {
            return stands(&before, &mut screen);
        };
        let after = weights(&switched(before.text(), to == Switch::On)?)?;
        if after.links_by_itself() == before.links_by_itself() {
            return stands(&before, &mut screen);
        }
        let by = self.by.as_deref();
        let published = activate(&bus, Setting::IdentityWeights, after.text(), by).await?;
        published.show(&mut screen)
    }
}

fn stands(weights: &Weights, screen: &mut crate::screen::Screen) -> anyhow::Result<()> {
    let automatic = weights.links_by_itself();
    if screen.json() {
        let weights = weights.hash().to_owned();
        return screen.object(&Stands { automatic, weights });
    }
    screen.line(match automatic {
        true => "on: who is clearly one person is linked automatically",
        false => "off: who is clearly one person is suggested",
    })
}

fn weights(text: &str) -> anyhow::Result<Weights> {
    let first = |faults: Vec<cardex_domain::vocabulary::Fault>| {
        faults.first().map_or_else(String::new, ToString::to_string)
    };
    Weights::parse(text).map_err(|faults| {
        anyhow::anyhow!(
            "the weights in force have faults, the first: {}",
            first(faults)
        )
    })
}

/// The text with the switch set, and all else as it is.
fn switched(text: &str, automatic: bool) -> anyhow::Result<String> {
    let mut document: DocumentMut = text.parse().context("the weights in force are not TOML")?;
    if automatic {
        document.insert("automatic", toml_edit::value(true));
    } else {
        document.remove("automatic");
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_it_changes_one_line_and_back_none() {
        let text = Weights::EMBEDDED_TEXT;
        let on = switched(text, true).unwrap();
        assert!(weights(&on).unwrap().links_by_itself());
        let added: Vec<&str> = on.lines().filter(|line| !text.contains(line)).collect();
        assert_eq!(added, ["automatic = true"]);
        assert_eq!(switched(&on, true).unwrap(), on);
        assert_eq!(switched(&on, false).unwrap(), text);
        assert_eq!(switched(text, false).unwrap(), text);
    }
}
