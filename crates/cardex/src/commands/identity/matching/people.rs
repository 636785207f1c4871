//! Reads the rows of a table into comparable records.

use std::collections::VecDeque;
use std::sync::Arc;

use cardex_domain::identity::DenyList;
use cardex_matching::{Part, Record};
use csv::StringRecord;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Table;
use super::columns::Columns;
use super::truth::{Persons, Rule};
use crate::commands::import::progress::Progress;
use crate::commands::import::source::{self, Batch};

/// How many batches of rows are brought into comparable form at a time.
const AHEAD_BATCHES: usize = 16;
/// How many unusable rows are told one by one; the rest are counted.
const UNUSABLE_TOLD_MAX: u64 = 20;

/// The rows of a table.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) records: Vec<Record>,
    /// What each is called in the file; its line where it is called nothing.
    pub(super) names: Vec<Box<str>>,
    /// Which person each is, where the truth is known.
    pub(super) truth: Vec<u32>,
    pub(super) persons: Persons,
    /// How many rows could not be used.
    pub(super) unusable: u64,
}

/// What stands in a row.
struct Row {
    name: Box<str>,
    label: Option<Box<str>>,
    record: Record,
}

/// How to read a row.
struct Reading {
    columns: Columns,
    truth: Option<(Rule, usize)>,
    deny: DenyList,
}

impl People {
    /// Reads the whole table.
    pub(super) async fn read(table: &Table, truth: Option<&Rule>) -> anyhow::Result<Self> {
        let path = table.file.clone();
        let survey = spawn_blocking(move || source::survey(&path)).await??;
        let truth = match truth {
            Some(rule) => Some((rule.clone(), rule.position(&survey.heading)?)),
            None => None,
        };
        let reading = Arc::new(Reading {
            columns: Columns::find(&survey.heading, &table.columns)?,
            truth,
            deny: DenyList::parse(DenyList::EMBEDDED_TEXT)?,
        });
        let (sender, mut batches) = mpsc::channel(AHEAD_BATCHES);
        let (path, columns) = (table.file.clone(), survey.heading.len());
        let reader = spawn_blocking(move || source::read(&path, columns, &sender));
        let mut progress = Progress::of_bytes(survey.bytes, "records read");
        let mut people = Self::default();
        let mut ahead: VecDeque<JoinHandle<Done>> = VecDeque::new();
        while let Some(batch) = batches.recv().await {
            if ahead.len() == AHEAD_BATCHES
                && let Some(oldest) = ahead.pop_front()
            {
                people.take(oldest.await?, &mut progress);
            }
            let reading = Arc::clone(&reading);
            ahead.push_back(spawn_blocking(move || reading.batch(batch)));
        }
        for rest in ahead {
            people.take(rest.await?, &mut progress);
        }
        progress.finish();
        reader.await??;
        Ok(people)
    }

    fn take(&mut self, done: Done, progress: &mut Progress) {
        for row in done.rows {
            match row {
                Ok(row) => {
                    self.truth.push(self.persons.number(row.label.as_deref()));
                    self.names.push(row.name);
                    self.records.push(row.record);
                }
                Err((line, reason)) => {
                    self.unusable += 1;
                    if self.unusable <= UNUSABLE_TOLD_MAX {
                        progress.say(format!("line {line}: {reason}"));
                    }
                }
            }
        }
        let records = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        progress.at(done.end_bytes, records);
    }
}

/// What became of a batch: rows, or lines with reasons.
struct Done {
    rows: Vec<Result<Row, (u64, String)>>,
    end_bytes: u64,
}

impl Reading {
    fn batch(&self, batch: Batch) -> Done {
        let rows = batch.rows.into_iter();
        let row = |(line, row): source::ReadRow| {
            row.and_then(|row| self.row(line, &row))
                .map_err(|reason| (line, reason))
        };
        Done {
            rows: rows.map(row).collect(),
            end_bytes: batch.end_bytes,
        }
    }

    fn row(&self, line: u64, row: &StringRecord) -> Result<Row, String> {
        let said: Vec<(Part, &str)> = self
            .columns
            .parts
            .iter()
            .map(|(part, at)| (*part, &row[*at]))
            .collect();
        let record = Record::of(&said, &self.deny);
        if record.says_nothing() {
            return Err("says nothing that can be compared".to_owned());
        }
        let name = self
            .columns
            .id
            .map(|at| row[at].trim())
            .filter(|name| !name.is_empty());
        let label = self
            .truth
            .as_ref()
            .and_then(|(rule, at)| rule.label(&row[*at]));
        Ok(Row {
            name: name.map_or_else(|| line.to_string().into(), Into::into),
            label: label.map(Into::into),
            record,
        })
    }
}
