//! `cardex briefing`: what a department is to do on a day, as a list to print for people without a screen.

mod list;
mod pdf;
mod write;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Context as _;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_domain::time::Day;
use clap::{Args, ValueEnum};

use crate::args::departments;
use crate::args::reader::Reader;
use crate::args::section::SectionArg;
use crate::clock::{WHOSE_CLOCK, now, parse_day, today};
use crate::exit::Usage;
use crate::screen::{Screen, note};
use crate::session::Session;
use crate::{ask, clock};
use list::List;

const EXAMPLES: &str = "\
Examples:
  cardex briefing --property macau --department floor | lp
  cardex briefing --property macau --department floor --section tenth
  cardex briefing --property macau --department dining --date tomorrow --language zh-HK
  cardex briefing --property macau --department floor --format html --out floor.html
  cardex briefing --property macau --department dining --date tomorrow --format pdf --out dining.pdf

Who arrives on the day, who is in house and who departs, each with room and the lines of the board as they stand now: \
first those with something that is safety (!), then by room. Guests with nothing to do for are left out. Whoever was \
to arrive, or to leave, earlier and has not, stands there still. It names guests: keep what is printed as you keep their cards.

A PDF is set in a font that it brings along for Latin letters, and in those of this machine for others: for Chinese, \
install one such as Debian's fonts-noto-cjk, or name a file with --font.";

/// Print what a department is to do on a day, for people without a screen
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{WHOSE_CLOCK}"))]
pub(crate) struct Briefing {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department
    #[arg(long, value_name = "DEPARTMENT")]
    department: DepartmentId,
    #[command(flatten)]
    section: SectionArg,
    /// The day: 2026-11-20, tomorrow, +2 [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    date: Option<Day>,
    #[command(flatten)]
    reader: Reader,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// For a PDF, a font to look for characters in before others
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
    /// Write it into this file [default: print it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text
    Text,
    /// Markdown, with boxes to tick
    Markdown,
    /// A page to print
    Html,
    /// Pages to print, as PDF
    Pdf,
    /// One object
    Json,
}

impl Briefing {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let today = today();
        let date = self.date.unwrap_or(today);
        if date < now().earliest_day() {
            let why = "the day is over, and boards are kept as they stand now";
            return Err(Usage(format!("{why}; name today with --date, or a later day")).into());
        }
        if self.font.is_some() && self.format != Format::Pdf {
            return Err(Usage("--font goes with --format pdf".to_owned()).into());
        }
        if self.format == Format::Pdf && self.out.is_none() && std::io::stdout().is_terminal() {
            let why = "a PDF is nothing to read on a terminal; name a file with --out";
            return Err(Usage(why.to_owned()).into());
        }
        departments::doubt(&session.settings, &self.department);
        let bus = session.connect().await?;
        let whose = (&self.property, &self.department);
        self.section.check(session, &bus, whose).await?;
        let mut boards = ask::boards(&bus, &self.property, &self.department).await?;
        boards.retain(|board| self.section.reads(board));
        for board in &mut boards {
            self.reader.read(board);
        }
        let list = List {
            property: self.property.to_string(),
            department: self.department.to_string(),
            section: self.section.named().map(ToString::to_string),
            written: clock::short(now()),
            ..List::of(&boards, date, today.min(date))
        };
        let written = match self.format {
            Format::Text => write::text(&list).into_bytes(),
            Format::Markdown => write::markdown(&list).into_bytes(),
            Format::Html => write::html(&list).into_bytes(),
            Format::Pdf => pdf::pdf(&list, self.font.as_deref())?,
            Format::Json => (serde_json::to_string(&list)? + "\n").into_bytes(),
        };
        let Some(path) = &self.out else {
            return Screen::new(self.format == Format::Json).bytes(&written);
        };
        std::fs::write(path, written)
            .with_context(|| format!("cannot write {}", path.display()))?;
        note(format!("written to {}", path.display()));
        Ok(())
    }
}
