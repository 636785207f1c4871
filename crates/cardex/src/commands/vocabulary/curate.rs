//! `cardex vocabulary adopt`, `adopt-attribute`, `map`, `ignore`: each makes a new text of the vocabulary that is
//! active, shows what it changes, and puts it into a file or into force.

use std::path::PathBuf;

use anyhow::Context as _;
use cardex_domain::event::Setting;
use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::Vocabulary;
use clap::Args;

use super::edit::{Edit, EditError, NewAttribute, NewValue};
use super::read;
use crate::active::active_text;
use crate::commands::playbook::must_fit;
use crate::exit::{SaidNo, Usage};
use crate::publish::activate;
use crate::screen::{Format, note};
use crate::session::Session;

/// Take in a new value of an attribute, with what people call it
#[derive(Debug, Args)]
pub(super) struct Adopt {
    /// The attribute
    #[arg(value_parser = AttributeId::new)]
    attribute: AttributeId,
    /// The id of the value, of a-z, 0-9 and _
    value: String,
    /// What it is called in English
    #[arg(long, value_name = "TEXT")]
    label_en: String,
    /// What it is called in Chinese
    #[arg(long, value_name = "TEXT")]
    label_zh: String,
    /// What else people write for it; may be repeated
    #[arg(long = "synonym", value_name = "WORD")]
    synonyms: Vec<String>,
    /// Its base in parts per million, taken from the value that has most; for the values of a `single` alone
    #[arg(long, value_name = "PPM")]
    base_ppm: Option<u32>,
    #[command(flatten)]
    target: Target,
}

/// Take in a new attribute
#[derive(Debug, Args)]
pub(super) struct AdoptAttribute {
    /// Its id, such as pets.parrot
    #[arg(value_parser = AttributeId::new)]
    id: AttributeId,
    /// How evidence about it adds up: multi, single_open, need or safety
    #[arg(long)]
    kind: String,
    /// What it belongs to; the first part of its id when not given
    #[arg(long)]
    group: Option<String>,
    /// How delicate it is: ordinary, personal, health or security
    #[arg(long)]
    sensitivity: String,
    /// Days after which evidence weighs half; 0 when it never fades
    #[arg(long, value_name = "DAYS")]
    half_life_days: u32,
    /// How likely any one value is before anything is known, in parts per million
    #[arg(long, value_name = "PPM", default_value_t = 20_000)]
    base_ppm: u32,
    /// What it is called in English
    #[arg(long, value_name = "TEXT")]
    label_en: String,
    /// What it is called in Chinese
    #[arg(long, value_name = "TEXT")]
    label_zh: String,
    /// What to do about it, in English, for those who may not see the value
    #[arg(long, value_name = "TEXT", requires = "handling_zh")]
    handling_en: Option<String>,
    /// The same in Chinese
    #[arg(long, value_name = "TEXT", requires = "handling_en")]
    handling_zh: Option<String>,
    /// Take values outside the list as they are written
    #[arg(long)]
    open: bool,
    /// A value with what it is called in English and Chinese; may be repeated
    #[arg(long = "value", value_name = "ID:ENGLISH:CHINESE", value_parser = parse_value)]
    values: Vec<NewValue>,
    #[command(flatten)]
    target: Target,
}

/// Make a word mean a value of an attribute, or an id another name of an attribute
#[derive(Debug, Args)]
pub(super) struct Map {
    /// The word as people write it; without --attribute, an attribute as they name it
    word: String,
    /// The attribute of which the word is a value
    #[arg(long, value_parser = AttributeId::new)]
    attribute: Option<AttributeId>,
    /// The value that it means; without --attribute, the attribute
    #[arg(long, value_name = "VALUE")]
    to: String,
    #[command(flatten)]
    target: Target,
}

/// List an attribute, or one value of it, as pending no more; it is kept as it was written all the same
#[derive(Debug, Args)]
pub(super) struct Ignore {
    /// The attribute
    #[arg(value_parser = AttributeId::new)]
    attribute: AttributeId,
    /// The value; all of the attribute when not given
    value: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// What is edited, and what becomes of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "What becomes of it")]
struct Target {
    /// Edit this file instead of the vocabulary that is active
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write the new text to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Put the new text into force for the whole group
    #[arg(long)]
    activate: bool,
    /// The member of staff
    #[arg(long, value_name = "STAFF", requires = "activate")]
    by: Option<String>,
    /// Do so even where the playbook that serves has faults by it
    #[arg(long, requires = "activate")]
    force: bool,
    #[command(flatten)]
    format: Format,
}

fn parse_value(text: &str) -> Result<NewValue, String> {
    let mut parts = text.splitn(3, ':').map(str::trim);
    let (Some(id), Some(en), Some(zh)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("expected ID:ENGLISH:CHINESE".to_owned());
    };
    Ok(NewValue {
        id: id.to_owned(),
        en: en.to_owned(),
        zh: zh.to_owned(),
        synonyms: Vec::new(),
        base_ppm: None,
    })
}

impl Adopt {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let value = NewValue {
            id: self.value.clone(),
            en: self.label_en.clone(),
            zh: self.label_zh.clone(),
            synonyms: self.synonyms.clone(),
            base_ppm: self.base_ppm,
        };
        let edit = |edit: &mut Edit| edit.adopt_value(&self.attribute, &value);
        self.target.run(session, edit).await
    }
}

impl AdoptAttribute {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let group = self.id.as_str().split('.').next().unwrap_or_default();
        let handling = self.handling_en.clone().zip(self.handling_zh.clone());
        let new = NewAttribute {
            id: self.id.clone(),
            group: self.group.clone().unwrap_or_else(|| group.to_owned()),
            kind: self.kind.clone(),
            half_life_days: self.half_life_days,
            base_ppm: self.base_ppm,
            sensitivity: self.sensitivity.clone(),
            label: (self.label_en.clone(), self.label_zh.clone()),
            handling,
            open: self.open,
            values: self.values.clone(),
        };
        let edit = |edit: &mut Edit| edit.adopt_attribute(&new);
        self.target.run(session, edit).await
    }
}

impl Map {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if let Some(attribute) = &self.attribute {
            let edit = |edit: &mut Edit| edit.map_word(attribute, &self.to, &self.word);
            return self.target.run(session, edit).await;
        }
        let id = |text: &str| AttributeId::new(text).map_err(|error| Usage(error.to_string()));
        let (from, to) = (id(&self.word)?, id(&self.to)?);
        let edit = |edit: &mut Edit| edit.map_attribute(&from, &to);
        self.target.run(session, edit).await
    }
}

impl Ignore {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let edit = |edit: &mut Edit| edit.ignore(&self.attribute, self.value.as_deref());
        self.target.run(session, edit).await
    }
}

impl Target {
    async fn run(
        &self,
        session: &Session,
        edit: impl FnOnce(&mut Edit) -> Result<(), EditError>,
    ) -> anyhow::Result<()> {
        let bus = match (&self.file, self.activate) {
            (Some(_), false) => None,
            _ => Some(session.connect().await?),
        };
        let before = match (&self.file, &bus) {
            (Some(file), _) => read(file)?.0,
            (None, Some(bus)) => active_text(bus, Setting::Vocabulary).await?,
            (None, None) => return Err(Usage("name a file with --file".to_owned()).into()),
        };
        let mut edited = Edit::of(&before)?;
        edit(&mut edited).map_err(|error| Usage(error.to_string()))?;
        let after = edited.text();
        let vocabulary = faultless(&after)?;
        let mut screen = self.format.screen();
        if !screen.json() {
            screen.text(changes(&before, &after))?;
        }
        if let Some(out) = &self.out {
            std::fs::write(out, &after)
                .with_context(|| format!("cannot write {}", out.display()))?;
        }
        match bus.filter(|_| self.activate) {
            Some(bus) => {
                if !self.force {
                    must_fit(session, &bus, &vocabulary).await?;
                }
                let by = self.by.as_deref();
                let published = activate(&bus, Setting::Vocabulary, &after, by).await?;
                published.show(&mut screen)
            }
            None => {
                if self.out.is_none() {
                    note("nothing is changed yet: add --activate, or --out FILE");
                }
                Ok(())
            }
        }
    }
}

/// The vocabulary of a text that was just made; its faults are printed with their places in it.
fn faultless(text: &str) -> anyhow::Result<Vocabulary> {
    Vocabulary::parse(text).map_err(|faults| {
        for fault in faults {
            note(format!("the new text: {fault}"));
        }
        SaidNo.into()
    })
}

/// The lines that differ, `-` before and `+` after, by the longest sequence of lines that both have.
fn changes(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let front = old.iter().zip(&new).take_while(same).count();
    let (old, new) = (&old[front..], &new[front..]);
    let back = old.iter().rev().zip(new.iter().rev());
    let back = back.take_while(same).count();
    let (old, new) = (&old[..old.len() - back], &new[..new.len() - back]);
    // How many lines the rests behind each pair of places have in common.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        let (sign, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        text.extend([sign, ' ']);
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn what_differs_is_shown_and_nothing_else() {
        let before = "a\nb\nc\nd\n";
        assert_eq!(changes(before, before), "");
        assert_eq!(changes(before, "a\nB\nc\nd\ne\n"), "- b\n+ B\n+ e\n");
        assert_eq!(changes(before, "b\nc\n"), "- a\n- d\n");
        assert_eq!(changes("", "x\n"), "+ x\n");
    }
}
