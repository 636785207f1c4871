//! `cardex prompts board`: a department's boards on a terminal, live, with keys for what became of each line.

mod draw;
mod keys;
mod model;

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_domain::event::{Body, Outcome, OutcomeKind};
use cardex_wire::words::BoardState;
use cardex_wire::{BoardView, PromptSubject};
use clap::Args;
use crossterm::event::{Event, EventStream};
use futures::StreamExt as _;
use ratatui::DefaultTerminal;
use tokio::task::JoinSet;

use super::decoded;
use crate::args::reader::Reader;
use crate::args::section::SectionArg;
use crate::args::{DepartmentArgs, departments};
use crate::clock::now;
use crate::exit::Usage;
use crate::publish::publish;
use crate::session::Session;
use crate::{ask, interrupt};
use model::{Chosen, Effect, Model};

/// How often the current boards are asked for, in case that one passed by unheard.
const REFRESH_EVERY: Duration = Duration::from_secs(30);
/// How long answers that are under way may take after the board is left.
const LEAVING_BOUND: Duration = Duration::from_secs(20);

const EXAMPLES: &str = "\
Examples:
  cardex prompts board --property macau --department floor
  cardex prompts board --property macau --department floor --section tenth
  cardex prompts board --property macau --department dining --by waiter-7 --language zh-HK

Choose a line with ↓ and ↑ and answer: a acknowledged, d done, + delighted, x declined, n not possible, w wrong. \
Each is published as `cardex outcome` does. Enter shows why the lines stand there, ? every key, q quits.";

/// The live board.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Board {
    #[command(flatten)]
    publisher: DepartmentArgs,
    /// The member of staff who answers
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    #[command(flatten)]
    section: SectionArg,
    #[command(flatten)]
    reader: Reader,
}

/// The terminal while the board has it. However the board ends, the terminal is given back as it was: leaving and a
/// signal drop this, and a panic is met by the hook that opening it sets.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> anyhow::Result<Self> {
        let terminal = ratatui::try_init().context("the terminal can't be taken over");
        // Part of it may have been done.
        terminal.map(Self).inspect_err(|_| ratatui::restore())
    }

    fn draw(&mut self, model: &Model) -> anyhow::Result<()> {
        let drawn = self.0.draw(|frame| draw::draw(model, frame));
        drawn.map(drop).context("the terminal can't be written to")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The hook gave it back before the panic was told: once more would put the cursor above what was told.
        if !std::thread::panicking() {
            ratatui::restore();
        }
    }
}

/// What was done beside showing the board.
enum Done {
    Asked(anyhow::Result<Vec<BoardView>>),
    Published(Chosen, OutcomeKind, anyhow::Result<()>),
}

/// What goes on beside showing the board.
struct Desk<'a> {
    board: &'a Board,
    bus: Bus,
    work: JoinSet<Done>,
    asking: bool,
}

impl Board {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            let why = "the live board needs a terminal; `cardex prompts watch` prints boards, and `cardex briefing` a list";
            return Err(Usage(why.to_owned()).into());
        }
        departments::doubt(&session.settings, self.publisher.department());
        let bus = session.connect().await?;
        let whose = (&self.publisher.property, self.publisher.department());
        self.section.check(session, &bus, whose).await?;
        let mut desk = Desk {
            board: self,
            bus,
            work: JoinSet::new(),
            asking: false,
        };
        let shown = desk.show().await;
        // Answers are not lost because somebody leaves; those to questions are.
        let left = tokio::time::timeout(LEAVING_BOUND, desk.leave()).await;
        shown.and(left.context("the bus did not take every answer in time")?)
    }
}

impl Desk<'_> {
    /// Shows the board until somebody leaves it.
    async fn show(&mut self) -> anyhow::Result<()> {
        let args = &self.board.publisher;
        let filter = PromptSubject::of_department(&args.property, &args.department);
        // Listening begins before the first question, so that nothing falls in between.
        let listening = self.bus.subscribe(&filter).await;
        let mut listening = listening.map_err(anyhow::Error::from_boxed)?;
        let mut model = Model::new(format!(
            "{} · {}",
            args.property,
            self.board.section.of(&args.department)
        ));
        let stop = interrupt::token()?;
        let mut screen = Screen::open()?;
        let mut keys = EventStream::new();
        let mut refresh = tokio::time::interval(REFRESH_EVERY);
        loop {
            screen.draw(&model)?;
            tokio::select! {
                key = keys.next() => {
                    let key = key.context("the terminal is gone")?.context("the terminal can't be read")?;
                    let Event::Key(key) = key else { continue };
                    let effect = keys::action(key).map(|action| model.act(action));
                    match effect.unwrap_or(Effect::Nothing) {
                        Effect::Nothing => {}
                        Effect::Quit => return Ok(()),
                        Effect::Refresh => self.ask(&mut model),
                        Effect::Redraw => screen.0.clear()?,
                        Effect::Publish(chosen, kind) => self.publish(chosen, kind),
                    }
                }
                board = listening.next() => {
                    let board = board.context("the connection to the bus has ended")?;
                    match decoded(&board.subject, &board.payload) {
                        Ok(board) => {
                            let board = self.read(board, &mut model.status);
                            model.show(board);
                        }
                        Err(why) => model.status = (why, true),
                    }
                }
                Some(done) = self.work.join_next() => self.take(done?, &mut model),
                _ = refresh.tick() => self.ask(&mut model),
                () = stop.cancelled() => return Err(super::interrupted()),
            }
        }
    }

    /// The board in the reader's language, with a word where it has none. One that another section reads is closed here.
    fn read(&self, mut board: BoardView, status: &mut (String, bool)) -> BoardView {
        if !self.board.section.reads(&board) {
            board.state = BoardState::Closed;
        }
        if !self.board.reader.put(&mut board)
            && let Some(wanted) = &self.board.reader.language
        {
            *status = (format!("nothing is said in {wanted:?}"), true);
        }
        board
    }

    /// Asks for the current boards, unless that is under way.
    fn ask(&mut self, model: &mut Model) {
        if std::mem::replace(&mut self.asking, true) {
            return;
        }
        model.asked();
        let (bus, args) = (self.bus.clone(), self.board.publisher.clone());
        self.work.spawn(async move {
            Done::Asked(ask::boards(&bus, &args.property, &args.department).await)
        });
    }

    /// Publishes what became of the line, as `cardex outcome` does.
    fn publish(&mut self, chosen: Chosen, kind: OutcomeKind) {
        let (bus, publisher) = (self.bus.clone(), self.board.publisher.publisher());
        let outcome = Outcome {
            stay: chosen.0,
            item: chosen.1.clone(),
            outcome: kind,
            occurred_at: now(),
            by: self.board.by.as_deref().map(Into::into),
            note: None,
        };
        self.work.spawn(async move {
            let published = publish(&bus, publisher, None, Body::Outcome(outcome)).await;
            Done::Published(chosen, kind, published.map(drop))
        });
    }

    fn take(&mut self, done: Done, model: &mut Model) {
        match done {
            Done::Published((_, item), kind, published) => {
                let failed = published.err().map(|error| format!("{error:#}"));
                model.published(&item, kind, failed);
            }
            Done::Asked(asked) => {
                self.asking = false;
                match asked {
                    Ok(boards) => {
                        let boards = boards.into_iter();
                        let read = |board| self.read(board, &mut model.status);
                        let boards: Vec<BoardView> = boards.map(read).collect();
                        model.take(boards);
                    }
                    Err(error) => model.status = (format!("{error:#}"), true),
                }
            }
        }
    }

    /// Waits for the answers that are under way.
    async fn leave(&mut self) -> anyhow::Result<()> {
        while let Some(done) = self.work.join_next().await {
            if let Done::Published(_, kind, published) = done? {
                let word = model::word(kind);
                published.with_context(|| format!("{word} was not stored"))?;
            }
        }
        Ok(())
    }
}
