//! `cardex unassigned`: observations that wait for somebody to be about.

use cardex_wire::query::{ReferenceView, Unassigned, UnassignedRequest, Waiting};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::ask::AskArgs;
use crate::clock::short;
use crate::screen::table::Table;
use crate::screen::{Format, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex unassigned list --property macau
  cardex unassigned list --property macau --json

An observation waits here when nobody had the room at that time, several did, or nothing is known of whom it names. \
It finds its guest by itself when a late stay event says who it was; `cardex observe retract` takes it back.";

/// Look at observations that wait for somebody to be about
#[derive(Debug, Args)]
pub(crate) struct UnassignedArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// List them, with who each may be about
    #[command(after_help = EXAMPLES)]
    List(List),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    ask: AskArgs,
    /// Only those of a later sequence
    #[arg(long, value_name = "SEQUENCE")]
    since: Option<u64>,
    /// The most to list
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
}

impl UnassignedArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let Operation::List(list) = &self.operation;
        let bus = session.connect().await?;
        let request = UnassignedRequest {
            since: list.since,
            limit: list.limit,
            at_least: list.ask.at_least,
            wait_ms: list.ask.wait_ms(),
        };
        let reply = list.ask.ask::<Unassigned>(&bus, &request).await?;
        let mut screen = list.format.screen();
        if screen.json() {
            return reply
                .unassigned
                .iter()
                .try_for_each(|waiting| screen.object(waiting));
        }
        if reply.unassigned.is_empty() {
            note("nothing waits");
            return Ok(());
        }
        let mut table = Table::new(&["sequence", "noticed", "by", "named", "reason", "may be"]);
        for waiting in &reply.unassigned {
            table.row(row(waiting));
        }
        screen.text(table.render(screen.style()))
    }
}

fn row(waiting: &Waiting) -> [String; 6] {
    let named: Vec<String> = waiting.references.iter().map(named).collect();
    let candidates: Vec<String> = waiting.candidates.iter().map(ToString::to_string).collect();
    [
        waiting.sequence.to_string(),
        short(waiting.observed_at.0),
        format!("{}/{}", waiting.department, waiting.app),
        named.join(", "),
        word(&waiting.reason),
        candidates.join(", "),
    ]
}

fn named(reference: &ReferenceView) -> String {
    match reference {
        ReferenceView::Guest(node) => node.to_string(),
        ReferenceView::Room(room) => format!("room {room}"),
        ReferenceView::Identifier(key) => key.to_string(),
    }
}

/// A word of the contract, as it is written there.
pub(crate) fn word(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
