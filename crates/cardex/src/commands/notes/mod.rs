//! `cardex notes`: what free notes seem to say, and what people say of that.

mod judge;
mod propose;
mod published;
mod review;

use cardex_domain::event::CountsAs;
use cardex_wire::event::v1::Polarity;
use cardex_wire::query::{ReadingView, ReviewedNote};
use clap::{Args, Subcommand};

use crate::session::Session;

pub(super) use published::after_publishing;

const EXAMPLES: &str = "\
Examples:
  cardex notes propose 'no peanuts; his wife likes lilies'
  cardex notes review --property macau --department dining
  cardex notes confirm --property macau --department dining e0123….229 --as stated
  cardex notes reject --property macau e0123….229

What a note seems to say counts as inferred, and so for little, until somebody who knows confirms it: then it counts as \
stated or observed. What is rejected does not count. The department that wrote a note does so, or guest relations.";

/// Read free notes, and say whether they mean what they seem to say
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NotesArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    Propose(propose::Propose),
    Review(review::Review),
    Confirm(judge::Confirm),
    Reject(judge::Reject),
}

impl NotesArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Propose(propose) => propose.run(),
            Operation::Review(review) => review.run(session).await,
            Operation::Confirm(confirm) => confirm.run(session).await,
            Operation::Reject(reject) => reject.run(session).await,
        }
    }
}

/// What a reading says, in one word.
fn said(reading: &ReadingView) -> String {
    let sign = match reading.polarity {
        Polarity::For => "=",
        Polarity::Against => "!=",
    };
    format!("{}{sign}{}", reading.attribute, reading.value)
}

/// Of whom it is said and on which words it rests.
fn beside(reading: &ReadingView) -> String {
    let scope = crate::commands::unassigned::word(&reading.scope);
    match &reading.words {
        Some(words) => format!("({scope}: {words})"),
        None => format!("({scope})"),
    }
}

/// The reading of that name in what was answered.
fn find<'n>(
    notes: &'n [ReviewedNote],
    id: &cardex_domain::evidence::EvidenceId,
) -> Option<(&'n ReviewedNote, &'n ReadingView)> {
    let note = notes.first()?;
    let reading = note.readings.iter().find(|reading| reading.id.0 == *id)?;
    Some((note, reading))
}

/// What somebody may say that a reading counts as.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum As {
    /// The guest said so
    Stated,
    /// Somebody saw it
    Observed,
}

impl From<As> for CountsAs {
    fn from(word: As) -> Self {
        match word {
            As::Stated => Self::Stated,
            As::Observed => Self::Observed,
        }
    }
}
