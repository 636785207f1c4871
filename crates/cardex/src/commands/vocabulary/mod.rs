//! `cardex vocabulary`: what can be known about a guest, for people who observe and for people who edit it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_domain::vocabulary::{Attribute, Vocabulary};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::active::to_show;
use crate::commands::playbook::must_fit;
use crate::exit::{SaidNo, Usage};
use crate::publish::activate;
use crate::screen::table::Table;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

mod curate;
mod edit;
mod pending;

const EXAMPLES: &str = "\
Examples:
  cardex vocabulary show
  cardex vocabulary show room.facing
  cardex vocabulary show --text > vocabulary.toml     the one in force, to be edited
  cardex vocabulary show --embedded                   the one that Cardex brings along
  cardex vocabulary check vocabulary.toml
  cardex vocabulary activate vocabulary.toml
  cardex vocabulary pending --property macau
  cardex vocabulary adopt amenity.scent cedar --label-en cedarwood --label-zh 雪松 --activate
  cardex vocabulary map \"cedar wood\" --attribute amenity.scent --to cedar --activate
  cardex vocabulary ignore pets.parrot --activate";

/// Look up, check, curate and activate the vocabulary
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VocabularyArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// List the attributes in force, or the values of one
    Show(Show),
    /// Find every fault of a vocabulary file; exit 1 when there is one
    Check(File),
    /// Put a vocabulary file into force for the whole group
    Activate(Activate),
    /// List what people wrote and the vocabulary does not understand
    Pending(pending::List),
    /// Take in a new value of an attribute
    Adopt(curate::Adopt),
    /// Take in a new attribute
    AdoptAttribute(Box<curate::AdoptAttribute>),
    /// Make a word mean a value, or an id an attribute
    Map(curate::Map),
    /// List a word, or an attribute, as pending no more
    Ignore(curate::Ignore),
}

#[derive(Debug, Args)]
struct Show {
    /// The attribute to show with its values
    attribute: Option<String>,
    /// The vocabulary of a file, rather than the one in force
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The vocabulary that Cardex brings along, whichever is in force
    #[arg(long, conflicts_with = "file")]
    embedded: bool,
    /// Print the file itself
    #[arg(long, conflicts_with_all = ["attribute", "json"])]
    text: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct File {
    /// The vocabulary file
    file: PathBuf,
}

#[derive(Debug, Args)]
struct Activate {
    /// The vocabulary file
    file: PathBuf,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    /// Activate it even where the playbook that serves has faults by it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    format: Format,
}

impl VocabularyArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Show(show) => show.run(session).await,
            Operation::Check(file) => {
                let (_, vocabulary) = read(&file.file)?;
                let count = vocabulary.attributes().count();
                Screen::new(false).line(format!("{count} attributes, no faults"))
            }
            Operation::Activate(activate) => activate.run(session).await,
            Operation::Pending(list) => list.run(session).await,
            Operation::Adopt(adopt) => adopt.run(session).await,
            Operation::AdoptAttribute(adopt) => adopt.run(session).await,
            Operation::Map(map) => map.run(session).await,
            Operation::Ignore(ignore) => ignore.run(session).await,
        }
    }
}

/// The file's text and what it says; its faults are printed with their places.
pub(super) fn read(path: &Path) -> anyhow::Result<(String, Vocabulary)> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read vocabulary file {}", path.display()))?;
    match Vocabulary::parse(&text) {
        Ok(vocabulary) => Ok((text, vocabulary)),
        Err(faults) => {
            for fault in faults {
                let (line, column, message) = (fault.line, fault.column, fault.message);
                note(format!("{}:{line}:{column}: {message}", path.display()));
            }
            Err(SaidNo.into())
        }
    }
}

impl Show {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let (text, vocabulary) = match &self.file {
            Some(file) => read(file)?,
            None => {
                let text = to_show(session, Setting::Vocabulary, self.embedded).await?;
                let vocabulary = Vocabulary::parse(&text);
                let vocabulary =
                    vocabulary.map_err(|_| anyhow::anyhow!("the vocabulary in force has faults"));
                (text, vocabulary?)
            }
        };
        let mut screen = self.format.screen();
        if self.text {
            return screen.text(text);
        }
        let Some(id) = &self.attribute else {
            return show_all(&vocabulary, &mut screen);
        };
        let attribute = vocabulary.attributes().find(|a| a.id.as_str() == id);
        let attribute = attribute.ok_or_else(|| {
            Usage(format!(
                "no attribute {id}; `cardex vocabulary show` lists them"
            ))
        })?;
        show_one(attribute, &mut screen)
    }
}

fn show_all(vocabulary: &Vocabulary, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json() {
        for attribute in vocabulary.attributes() {
            screen.object(&as_json(attribute))?;
        }
        return Ok(());
    }
    let mut table = Table::new(&["attribute", "kind", "half-life", "sensitivity", "label", ""]);
    for attribute in vocabulary.attributes() {
        let half_life = match attribute.half_life_days {
            0 => "never fades".to_owned(),
            days => format!("{days} d"),
        };
        table.row([
            attribute.id.to_string(),
            attribute.kind.to_string(),
            half_life,
            attribute.sensitivity.to_string(),
            attribute.label.en.to_string(),
            attribute.label.zh.to_string(),
        ]);
    }
    screen.text(table.render(screen.style()))
}

fn show_one(attribute: &Attribute, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json() {
        return screen.object(&as_json(attribute));
    }
    let style = screen.style();
    let open = if attribute.open {
        ", other values are kept as written"
    } else {
        ""
    };
    let heading = style.bold(&attribute.id);
    screen.line(format!(
        "{heading}  {}  {}",
        attribute.label.en, attribute.label.zh
    ))?;
    screen.line(style.dim(format!(
        "{}, {}{open}",
        attribute.kind, attribute.sensitivity
    )))?;
    let mut table = Table::new(&["value", "label", "", "also"]);
    for value in &attribute.values {
        table.row([
            value.id.to_string(),
            value.label.en.to_string(),
            value.label.zh.to_string(),
            value.synonyms.join(", "),
        ]);
    }
    screen.text(table.render(style))
}

fn as_json(attribute: &Attribute) -> serde_json::Value {
    let values: Vec<_> = attribute
        .values
        .iter()
        .map(|value| {
            json!({
                "id": &*value.id,
                "label": { "en": &*value.label.en, "zh": &*value.label.zh },
                "synonyms": value.synonyms.iter().map(|s| &**s).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "id": attribute.id.as_str(),
        "group": &*attribute.group,
        "kind": attribute.kind.as_str(),
        "half_life_days": attribute.half_life_days,
        "sensitivity": attribute.sensitivity.as_str(),
        "label": { "en": &*attribute.label.en, "zh": &*attribute.label.zh },
        "open": attribute.open,
        "values": values,
    })
}

impl Activate {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let (text, vocabulary) = read(&self.file)?;
        let bus = session.connect().await?;
        if !self.force {
            must_fit(session, &bus, &vocabulary).await?;
        }
        let published = activate(&bus, Setting::Vocabulary, &text, self.by.as_deref()).await?;
        published.show(&mut self.format.screen())
    }
}
