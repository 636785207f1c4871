//! What became of the rows: counts, and every row that could not be used.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use cardex_bus::streams::DUPLICATE_WINDOW;
use csv::StringRecord;
use serde::Serialize;

use super::encode::Unusable;
use super::progress::{Progress, per_second};
use crate::exit::SaidNo;
use crate::outlet::Stored;
use crate::screen::Screen;
use crate::screen::table::Table;

/// The counts of an import.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Rows read.
    rows: u64,
    /// Rows that could not be used.
    unusable: u64,
    /// The same, by reason.
    reasons: BTreeMap<String, u64>,
    /// Events published, by the last word of their subject.
    events: BTreeMap<String, u64>,
    /// Events that the server stored, also those that it had stored longer ago than it looks back: they count once all the
    /// same.
    stored: u64,
    /// Events that the server had stored moments before.
    duplicates: u64,
    /// The line up to which everything is stored.
    pub(super) line: u64,
    /// How long it took.
    milliseconds: u64,
    /// Events a second.
    per_second: u64,
}

/// Where rows go that could not be used.
#[derive(Debug)]
pub(super) struct Rejects {
    file: Option<csv::Writer<File>>,
}

impl Report {
    /// Counts a row.
    pub(super) fn row(&mut self) {
        self.rows += 1;
    }

    /// Counts a row that can't be used.
    pub(super) fn unusable(&mut self, reason: &str) {
        self.unusable += 1;
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
    }

    /// Counts an event that is stored.
    pub(super) fn stored(&mut self, Stored { tag, subject, ack }: &Stored) {
        let event = match subject.split('.').nth(2) {
            Some("observation") => "observation",
            _ => subject.rsplit('.').next().unwrap_or_default(),
        };
        *self.events.entry(event.to_owned()).or_default() += 1;
        if ack.duplicate {
            self.duplicates += 1;
        } else {
            self.stored += 1;
        }
        self.line = *tag;
    }

    /// Events that are stored, now or before.
    pub(super) fn published(&self) -> u64 {
        self.stored + self.duplicates
    }

    /// Prints the summary. That none of the rows could be used is a failure.
    pub(super) fn show(mut self, progress: &Progress, screen: &mut Screen) -> anyhow::Result<()> {
        let elapsed = progress.elapsed();
        self.milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.per_second = per_second(self.published(), elapsed);
        let none_usable = self.rows > 0 && self.unusable == self.rows;
        self.print(screen)?;
        match none_usable {
            true => Err(SaidNo.into()),
            false => Ok(()),
        }
    }

    fn print(&self, screen: &mut Screen) -> anyhow::Result<()> {
        if screen.json() {
            return screen.object(self);
        }
        let mut table = Table::new(&["", "count"]);
        let mut row = |what: &str, count: u64| table.row([what.to_owned(), count.to_string()]);
        row("rows read", self.rows);
        row("rows unusable", self.unusable);
        for (reason, count) in &self.reasons {
            row(&format!("  {reason}"), *count);
        }
        row("events acknowledged", self.published());
        for (event, count) in &self.events {
            row(&format!("  {event}"), *count);
        }
        if self.duplicates > 0 {
            let minutes = DUPLICATE_WINDOW.as_secs() / 60;
            let what = format!("  of these stored within {minutes} minutes before");
            row(&what, self.duplicates);
        }
        row("events a second", self.per_second);
        screen.text(table.render(screen.style()))
    }
}

impl Rejects {
    /// Opens the file, if one is asked for, with a heading of its own before the file's.
    pub(super) fn open(path: Option<&Path>, heading: &StringRecord) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self { file: None });
        };
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = csv::WriterBuilder::new().flexible(true).from_writer(file);
        file.write_record(["line", "reason"].into_iter().chain(heading))?;
        Ok(Self { file: Some(file) })
    }

    /// Reports a row.
    pub(super) fn add(
        &mut self,
        line: u64,
        row: &Unusable,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        progress.say(format!("line {line}: {}", row.reason));
        if let Some(file) = &mut self.file {
            let line = line.to_string();
            let head = [line.as_str(), row.reason.as_str()].into_iter();
            file.write_record(head.chain(row.record.iter().flatten()))?;
        }
        Ok(())
    }

    /// Writes what is still held back.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        Ok(())
    }
}
