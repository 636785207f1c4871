//! `cardex prompts`: what departments are told, as their own software would see it.

mod board;
mod stats;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::{Bus, streams};
use cardex_domain::ids::{DepartmentId, PropertyId, Room, StayId};
use cardex_wire::query::{List, ListRequest};
use cardex_wire::words::BoardState;
use cardex_wire::{BoardMessage, BoardView, PromptSubject};
use clap::{Args, Subcommand};

use crate::args::reader::Reader;
use crate::args::section::SectionArg;
use crate::args::{departments, parse_room};
use crate::exit::Interrupted;
use crate::screen::board::{Before, leaves, needs_before, render, standing};
use crate::screen::ranking::ranked;
use crate::screen::{Format, Screen, note};
use crate::session::Session;
use crate::{ask, interrupt};

/// How long the aggregator may take to say how far it is.
const LAG_PATIENCE: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Examples:
  cardex prompts watch --property macau --department front_desk
  cardex prompts watch --property macau --department floor --once
  cardex prompts watch --property macau --department floor --section tenth
  cardex prompts watch --property macau --department floor --language zh-HK
  cardex prompts watch --property macau --json | jq .items[].text
  cardex prompts explain --property macau --department floor --room 1012

First come the current boards, then each new revision as it is published. A card says what to do (! is safety), \
under it why: the rule, what is known and how surely, when and where it was learnt.";

/// Watch what departments are told, and why in that order
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
    /// Show why the lines of current boards stand where they stand: every factor of their score
    Explain(Explain),
    /// Show a department's boards live on this terminal, with keys for what became of each line
    Board(board::Board),
    /// Count what became of what rules said, and name the rules that nobody acts on
    Stats(stats::Stats),
}

#[derive(Debug, Args)]
struct Explain {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department whose boards to explain
    #[arg(long, value_name = "DEPARTMENT")]
    department: DepartmentId,
    /// Only the board of this room
    #[arg(long, value_name = "ROOM", value_parser = parse_room, conflicts_with = "stay")]
    room: Option<Room>,
    /// Only the board of this stay
    #[arg(long, value_name = "STAY")]
    stay: Option<StayId>,
    #[command(flatten)]
    reader: Reader,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Watch {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department whose boards to show [default: every one]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<DepartmentId>,
    #[command(flatten)]
    section: SectionArg,
    /// Show the current boards and end
    #[arg(long)]
    once: bool,
    /// Among the current boards also show those that are closed
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    reader: Reader,
    #[command(flatten)]
    format: Format,
}

impl Prompts {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Watch(watch) => watch.run(session).await,
            Operation::Explain(explain) => explain.run(session).await,
            Operation::Board(board) => board.run(session).await,
            Operation::Stats(stats) => stats.run(session).await,
        }
    }
}

impl Explain {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        departments::doubt(&session.settings, &self.department);
        let bus = session.connect().await?;
        let boards = ask::boards(&bus, &self.property, &self.department).await?;
        let is_asked = |board: &&BoardView| {
            let in_room = |room: &Room| board.room.as_ref().is_some_and(|at| at.0 == *room);
            self.room.as_ref().is_none_or(in_room) && self.stay.is_none_or(|s| s == board.stay.0)
        };
        let boards = boards.into_iter().filter(|board| is_asked(&board));
        let boards: Vec<BoardView> = boards
            .map(|mut board| {
                self.reader.read(&mut board);
                board
            })
            .collect();
        let mut screen = self.format.screen();
        if screen.json() {
            return boards.iter().try_for_each(|board| screen.object(board));
        }
        if boards.is_empty() {
            note(format!("no open board of {} for that", self.department));
        }
        for board in &boards {
            screen.line(ranked(board, screen.style()))?;
        }
        Ok(())
    }
}

impl Watch {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if let Some(department) = &self.department {
            departments::doubt(&session.settings, department);
        }
        let bus = session.connect().await?;
        if let Some(department) = &self.department {
            let whose = (&self.property, department);
            self.section.check(session, &bus, whose).await?;
        }
        let mut view = View {
            all: self.all,
            section: &self.section,
            shown: BTreeMap::new(),
            before: BTreeMap::new(),
            reader: &self.reader,
            screen: self.format.screen(),
        };
        match &self.department {
            // A department's user may not read streams, but may ask and listen.
            Some(department) if session.settings.nats.user.is_some() => {
                self.listen(session, &bus, department, &mut view).await
            }
            _ => self.read(session, &bus, &mut view).await,
        }
    }

    /// Reads the stream of boards: the last of each subject, then what follows.
    async fn read(&self, session: &Session, bus: &Bus, view: &mut View<'_>) -> anyhow::Result<()> {
        let filter = match &self.department {
            Some(department) => PromptSubject::of_department(&self.property, department),
            None => format!("cardex.{}.prompt.*.*", self.property),
        };
        let mut boards = bus.watch_last(streams::PROMPTS, &filter);
        while boards.has_more_now().await? {
            let board = boards.next().await?;
            if let Some(board) = decode(&board.subject, &board.payload) {
                view.recall(bus, &board).await?;
                view.board(&board, false)?;
            }
        }
        if self.once {
            return self
                .tell_lag(session, bus, &DepartmentId::engine(), view)
                .await;
        }
        view.wait();
        let stop = interrupt::token()?;
        loop {
            tokio::select! {
                board = boards.next() => {
                    let board = board?;
                    if let Some(board) = decode(&board.subject, &board.payload) {
                        view.board(&board, true)?;
                    }
                }
                () = stop.cancelled() => return Err(interrupted()),
            }
        }
    }

    /// Says when boards wait for an aggregator that is behind. Who may not ask it is told nothing.
    async fn tell_lag(
        &self,
        session: &Session,
        bus: &Bus,
        department: &DepartmentId,
        view: &View<'_>,
    ) -> anyhow::Result<()> {
        session.done();
        let request = ListRequest {
            limit: Some(1),
            ..ListRequest::default()
        };
        let asking = ask::ask::<List>(bus, &self.property, department, LAG_PATIENCE, &request);
        tokio::select! {
            reply = asking => if let Ok(reply) = reply {
                view.screen.lag(reply.sequence, reply.behind);
            },
            _ = bus.refused() => {}
        }
        Ok(())
    }

    /// Asks for the current boards and listens to what passes by, as a department's own software does.
    async fn listen(
        &self,
        session: &Session,
        bus: &Bus,
        department: &DepartmentId,
        view: &mut View<'_>,
    ) -> anyhow::Result<()> {
        let filter = PromptSubject::of_department(&self.property, department);
        // Listening begins first, so that nothing falls in between.
        let listening = bus.subscribe(&filter).await;
        let mut listening = listening.map_err(anyhow::Error::from_boxed)?;
        for board in ask::boards(bus, &self.property, department).await? {
            view.board(&board, false)?;
        }
        if self.once {
            return self.tell_lag(session, bus, department, view).await;
        }
        view.wait();
        let stop = interrupt::token()?;
        loop {
            tokio::select! {
                board = listening.next() => {
                    let board = board.context("the connection to the bus has ended")?;
                    if let Some(board) = decode(&board.subject, &board.payload) {
                        view.board(&board, true)?;
                    }
                }
                () = stop.cancelled() => return Err(interrupted()),
            }
        }
    }
}

fn interrupted() -> anyhow::Error {
    Interrupted("no longer watching".to_owned()).into()
}

/// What has been shown, and where.
struct View<'a> {
    /// Whether closed boards are shown among the current ones.
    all: bool,
    section: &'a SectionArg,
    /// The last revision of each board, by stay and department.
    shown: BTreeMap<(StayId, DepartmentId), u64>,
    /// How the items of each open board stand.
    before: BTreeMap<(StayId, DepartmentId), Before>,
    reader: &'a Reader,
    screen: Screen,
}

/// The board of a message; what is none is said and passed.
fn decode(subject: &str, payload: &[u8]) -> Option<BoardView> {
    decoded(subject, payload).map_err(note).ok()
}

/// The board of a message, or why it is none.
fn decoded(subject: &str, payload: &[u8]) -> Result<BoardView, String> {
    let message = BoardMessage::decode(subject, payload);
    let board = message.map(|message| message.data);
    board.map_err(|reject| format!("warning: what stands on {subject} is no board: {reject}"))
}

impl View<'_> {
    /// Looks up the revision before a current board, which has the words of what is gone.
    async fn recall(&mut self, bus: &Bus, board: &BoardView) -> anyhow::Result<()> {
        let needs_before = board.changes.iter().any(needs_before);
        if self.screen.json() || !needs_before || !self.section.reads(board) {
            return Ok(());
        }
        if let Some(before) = bus.stored(streams::PROMPTS, board.previous).await?
            && let Some(mut before) = decode(&before.subject, &before.payload)
        {
            self.reader.read(&mut before);
            let of = (board.stay.0, board.department.0.clone());
            self.before.insert(of, standing(&before));
        }
        Ok(())
    }

    /// Shows a board, unless it was shown.
    fn board(&mut self, board: &BoardView, live: bool) -> anyhow::Result<()> {
        let of = (board.stay.0, board.department.0.clone());
        let known = self.shown.insert(of.clone(), board.revision);
        let closed = board.state == BoardState::Closed;
        if known.is_some_and(|known| known >= board.revision) || (closed && !live && !self.all) {
            return Ok(());
        }
        let mut board = board.clone();
        self.reader.read(&mut board);
        let before = match self.section.reads(&board) {
            true => self.before.insert(of, standing(&board)),
            // Whoever was shown it is told that it is no longer theirs.
            false => match self.before.remove(&of) {
                Some(_) if !self.screen.json() => return self.screen.line(leaves(&board)),
                Some(before) => Some(before),
                None => return Ok(()),
            },
        };
        if self.screen.json() {
            return self.screen.object(&board);
        }
        let before = before.unwrap_or_default();
        let card = render(&board, &before, self.screen.style());
        self.screen.line(card)
    }

    fn wait(&self) {
        if !self.screen.json() {
            note("… waiting for news; Ctrl-C ends");
        }
    }
}
