//! `cardex prompts`: what departments are told, as their own software would see it.

use anyhow::Context as _;
use cardex_bus::{Incoming, streams};
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_wire::words::BoardState;
use cardex_wire::{BoardMessage, PromptSubject};
use clap::{Args, Subcommand};

use crate::exit::Interrupted;
use crate::screen::{Format, Screen, board, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex prompts watch --property macau --department front_desk
  cardex prompts watch --property macau --department floor --once
  cardex prompts watch --property macau --json | jq .items[].text

First come the current boards, then each new revision as it is published. A card says what to do (! is safety),
under it why: the rule, what is known and how surely, when and where it was learnt.";

/// Watch what departments are told
#[derive(Debug, Args)]
pub(crate) struct Prompts {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Show the current boards, then each revision as it comes
    #[command(after_help = EXAMPLES)]
    Watch(Watch),
}

#[derive(Debug, Args)]
struct Watch {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department whose boards to show [default: every one]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<DepartmentId>,
    /// Show the current boards and end
    #[arg(long)]
    once: bool,
    /// Among the current boards also show those that are closed
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: Format,
}

impl Prompts {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let Operation::Watch(watch) = &self.operation;
        let bus = session.connect().await?;
        let mut boards = bus.watch_last(streams::PROMPTS, &watch.filter());
        let mut screen = watch.format.screen();
        while boards.has_more_now().await? {
            watch.show(&boards.next().await?, false, &mut screen)?;
        }
        if watch.once {
            return Ok(());
        }
        if !screen.json() {
            note("… waiting for news; Ctrl-C ends");
        }
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        loop {
            tokio::select! {
                incoming = boards.next() => watch.show(&incoming?, true, &mut screen)?,
                signal = &mut interrupted => {
                    signal.context("cannot listen for Ctrl-C")?;
                    return Err(Interrupted("no longer watching".to_owned()).into());
                }
            }
        }
    }
}

impl Watch {
    fn filter(&self) -> String {
        match &self.department {
            Some(department) => PromptSubject::of_department(&self.property, department),
            None => format!("cardex.{}.prompt.*.*", self.property),
        }
    }

    fn show(&self, incoming: &Incoming, live: bool, screen: &mut Screen) -> anyhow::Result<()> {
        let message = match BoardMessage::decode(&incoming.subject, &incoming.payload) {
            Ok(message) => message,
            Err(reject) => {
                let sequence = incoming.stream_sequence;
                note(format!(
                    "warning: message {sequence} of the boards is none: {reject}"
                ));
                return Ok(());
            }
        };
        let closed = message.data.state == BoardState::Closed;
        if closed && !live && !self.all {
            return Ok(());
        }
        if screen.json() {
            return screen.object(&message.data);
        }
        screen.line(board::render(&message.data, screen.style()))
    }
}
