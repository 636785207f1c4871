//! `cardex playbook`: makes a playbook to begin with, and checks one before it is put to work.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_checkin::{read_bundle, read_playbook};
use cardex_domain::event::Setting;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Fault, Playbook, Sources};
use clap::{Args, Subcommand};

use super::vocabulary;
use crate::active::{active_text, last_activation, to_show};
use crate::args::departments;
use crate::exit::{SaidNo, Usage};
use crate::publish::activate;
use crate::screen::{Format, note};
use crate::session::Session;

mod simulate;
mod tried;

const EXAMPLES: &str = "\
Examples:
  cardex playbook new playbook          the one that Cardex brings along, to be edited
  cardex playbook check playbook
  cardex playbook test playbook         what its cases say is what everybody is told
  cardex playbook coverage playbook     and they say it of every rule
  cardex playbook simulate playbook --since -30
  cardex playbook activate playbook
  cardex playbook show words/en.ftl

What was activated last serves the whole group; until something is, each listener uses the directory that its setting \
checkin.playbook names, or the one that Cardex brings along.

A playbook is a directory: playbook.toml has the rules, words/LANGUAGE.ftl what they say (Fluent, a message for each rule), \
labels/LANGUAGE.toml what values are called where the vocabulary does not say it, brands/NAME.toml and \
properties/NAME.toml what is done otherwise there, tests/NAME.toml cases: of whom what is known, and what everybody is then told.";

/// Make, check and look up what departments are told, and in which words
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PlaybookArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Make a directory with the playbook that Cardex brings along, to be edited
    New(New),
    /// Find every fault of a playbook, and what it might say better; exit 1 when there is a fault
    Check(Check),
    /// Play the cases beside the rules; exit 1 where one is told something else
    Test(Try),
    /// Find rules that no case shows, and changes of rules that no case notices; exit 1 when there is one
    Coverage(Try),
    Simulate(simulate::Simulate),
    /// Put a playbook into force for the whole group; the listeners change over while they run
    Activate(Activate),
    /// Say which playbook was activated last
    Active {
        #[command(flatten)]
        format: Format,
    },
    /// Print a file of the playbook that was activated last
    Show(Show),
}

#[derive(Debug, Args)]
struct New {
    /// The directory to make
    directory: PathBuf,
}

#[derive(Debug, Args)]
struct Check {
    /// The directory of the playbook
    directory: PathBuf,
    /// The vocabulary it is for [default: the one that Cardex brings along]
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// Take advice for faults
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Try {
    /// The directory of the playbook
    directory: PathBuf,
    /// The vocabulary it is for [default: the one that Cardex brings along]
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Activate {
    /// The directory of the playbook
    directory: PathBuf,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Show {
    /// The file, such as words/en.ftl
    #[arg(default_value = "playbook.toml")]
    file: String,
    /// The one that Cardex brings along, whichever was activated
    #[arg(long)]
    embedded: bool,
    #[command(flatten)]
    format: Format,
}

impl PlaybookArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::New(new) => new.run(),
            Operation::Check(check) => check.run(),
            Operation::Test(test) => tried::test(test),
            Operation::Coverage(coverage) => tried::coverage(coverage),
            Operation::Simulate(simulate) => simulate.run(session).await,
            Operation::Activate(activate) => activate.run(session).await,
            Operation::Active { format } => active(session, *format).await,
            Operation::Show(show) => show.run(session).await,
        }
    }
}

impl New {
    fn run(&self) -> anyhow::Result<()> {
        let directory = &self.directory;
        if directory.exists() {
            let message = format!(
                "{} is there already; name another directory",
                directory.display()
            );
            return Err(Usage(message).into());
        }
        let sources = Sources::embedded();
        for (path, text) in sources.files() {
            let file = directory.join(path);
            let folder = file.parent().unwrap_or(directory);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        note(format!(
            "{} files; edit them, then `cardex playbook check {}`",
            sources.files().count(),
            directory.display()
        ));
        Ok(())
    }
}

impl Check {
    fn run(&self) -> anyhow::Result<()> {
        let vocabulary = vocabulary_of(self.vocabulary.as_deref())?;
        let (sources, playbook) = check(&self.directory, &vocabulary)?;
        let known = departments::of_vocabulary(&vocabulary);
        for department in playbook.departments() {
            if let Some(doubt) = departments::misgiving(&known, department) {
                note(format!("{}: warning: {doubt}", self.directory.display()));
            }
        }
        let doubts = playbook.lint(&sources, &vocabulary);
        let kind = if self.strict { "" } else { "warning: " };
        for doubt in &doubts {
            told(&self.directory, doubt, kind);
        }
        if self.strict && !doubts.is_empty() {
            return Err(SaidNo.into());
        }
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&serde_json::json!({
                "hash": playbook.hash(),
                "rules": playbook.rules().len(),
                "languages": playbook.languages().collect::<Vec<_>>(),
                "warnings": doubts.len(),
            }));
        }
        let languages: Vec<&str> = playbook.languages().collect();
        screen.line(format!(
            "{}, in {}, no faults",
            playbook.summary(),
            languages.join(", ")
        ))
    }
}

impl Activate {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let vocabulary = vocabulary_in_force(&bus).await?;
        let (sources, playbook) = check(&self.directory, &vocabulary)?;
        let (bundle, by) = (sources.bundle(), self.by.as_deref());
        let published = activate(&bus, Setting::Playbook, &bundle, by).await?;
        note(format!("{} in force", playbook.summary()));
        published.show(&mut self.format.screen())
    }
}

/// Says which playbook was activated last.
async fn active(session: &Session, format: Format) -> anyhow::Result<()> {
    let bus = session.connect().await?;
    let mut screen = format.screen();
    let Some(activation) = last_activation(&bus, Setting::Playbook).await? else {
        if screen.json() {
            return screen.object(&serde_json::json!({ "hash": null }));
        }
        return screen.line(
            "none was activated: each listener uses its checkin.playbook, or the one that Cardex brings along",
        );
    };
    let sources = read_bundle(active_text(&bus, Setting::Playbook).await?.as_bytes())?;
    let files: Vec<&str> = sources.files().map(|(path, _)| path).collect();
    if screen.json() {
        let (hash, by) = (&*activation.hash, activation.by.as_deref());
        return screen.object(&serde_json::json!({ "hash": hash, "by": by, "files": files }));
    }
    let by = activation
        .by
        .map_or_else(String::new, |by| format!(", by {by}"));
    screen.line(format!("{}{by}: {}", activation.hash, files.join(", ")))
}

impl Show {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bundle = to_show(session, Setting::Playbook, self.embedded).await?;
        let sources = read_bundle(bundle.as_bytes())?;
        let Some(text) = sources.file(&self.file) else {
            let paths: Vec<&str> = sources.files().map(|(path, _)| path).collect();
            let message = format!("there is no {}; there are {}", self.file, paths.join(", "));
            return Err(Usage(message).into());
        };
        self.format.screen().text(text)
    }
}

/// The playbook that serves, as far as can be told from here.
pub(crate) async fn serving(session: &Session, bus: &Bus) -> anyhow::Result<Sources> {
    if last_activation(bus, Setting::Playbook).await?.is_some() {
        return Ok(read_bundle(
            active_text(bus, Setting::Playbook).await?.as_bytes(),
        )?);
    }
    match &session.settings.checkin.playbook {
        Some(directory) => Ok(read_playbook(directory)?),
        None => Ok(Sources::embedded()),
    }
}

/// Refuses a vocabulary by which the playbook that serves has faults, which are printed with their places.
pub(crate) async fn must_fit(
    session: &Session,
    bus: &Bus,
    vocabulary: &Vocabulary,
) -> anyhow::Result<()> {
    let sources = serving(session, bus).await?;
    let read = Playbook::parse(&sources, vocabulary);
    faultless(Path::new(""), read).map(drop).inspect_err(|_| {
        note(
            "the playbook that serves has these faults by that vocabulary, so it was not activated. Activate a playbook \
             that fits both first; with --force the rules serve on by the vocabulary before",
        );
    })
}

/// The vocabulary that everybody goes by.
pub(crate) async fn vocabulary_in_force(bus: &Bus) -> anyhow::Result<Vocabulary> {
    let text = active_text(bus, Setting::Vocabulary).await?;
    Vocabulary::parse(&text).map_err(|_| {
        anyhow::anyhow!("the vocabulary in force is of another version; upgrade this program")
    })
}

/// The vocabulary of a file, or the one that Cardex brings along.
fn vocabulary_of(file: Option<&Path>) -> anyhow::Result<Vocabulary> {
    match file {
        Some(file) => Ok(vocabulary::read(file)?.1),
        None => Ok(Vocabulary::embedded().clone()),
    }
}

/// Reads a playbook; its faults are printed with their places.
pub(crate) fn check(
    directory: &Path,
    vocabulary: &Vocabulary,
) -> anyhow::Result<(Sources, Playbook)> {
    let sources = read_playbook(directory)?;
    let playbook = faultless(directory, Playbook::parse(&sources, vocabulary))?;
    faultless(directory, Playbook::cases(&sources, vocabulary))?;
    Ok((sources, playbook))
}

/// What was read of a playbook; its faults are printed with their places.
fn faultless<T>(directory: &Path, read: Result<T, Vec<Fault>>) -> anyhow::Result<T> {
    read.map_err(|faults| {
        for fault in &faults {
            told(directory, fault, "");
        }
        SaidNo.into()
    })
}

/// Prints a fault, or advice, with its place.
fn told(directory: &Path, fault: &Fault, kind: &str) {
    let rule = fault.rule.as_ref();
    let rule = rule.map_or_else(String::new, |rule| format!("rule {rule}: "));
    let path = directory.join(&*fault.file);
    let (line, column, message) = (fault.line, fault.column, &fault.message);
    note(format!(
        "{}:{line}:{column}: {kind}{rule}{message}",
        path.display()
    ));
}
