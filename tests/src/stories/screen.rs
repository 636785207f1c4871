//! Stories and boards on a terminal, as the people at work would read them.

use std::io::{self, IsTerminal as _, Write};

use cardex_wire::board::{BoardView, ItemView, ReasonView};
use cardex_wire::words::{BoardState, ChangeKind, Verdict};

use super::play::{Found, StepReport};
use super::script::Story;

/// Standard output; in colour only on a terminal.
#[derive(Debug)]
pub struct Screen {
    colour: bool,
}

impl Screen {
    /// The screen of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colour }
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.as_ref())?;
        out.flush()
    }

    /// What a story is about.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn story(&self, number: usize, story: &Story) -> io::Result<()> {
        self.line(format!(
            "\n{}",
            self.bold(&format!("{number}. {}", story.title))
        ))?;
        self.line(format!("   {}", story.known))
    }

    /// What came of a step: who got what, and why.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn step(&self, step: &StepReport) -> io::Result<()> {
        let took = step.took.map(|took| format!("  ({} ms)", took.as_millis()));
        let took = self.dim(&took.unwrap_or_default());
        self.line(format!("\n   {}{took}", step.says))?;
        for (department, found) in &step.found {
            let department = format!("{department:<11}");
            match found {
                Found::Right { item, is_news } => {
                    let before = if *is_news { "" } else { "  (as before)" };
                    let before = self.dim(before);
                    self.line(format!(
                        "   {} {department} {}{before}",
                        self.right(),
                        item.text
                    ))?;
                    if *is_news {
                        self.why(item, 17)?;
                    }
                }
                Found::Closed => {
                    self.line(format!(
                        "   {} {department} nothing is left to do",
                        self.right()
                    ))?;
                }
                Found::Shown(of) => {
                    self.line(format!(
                        "   {} {department} sees what is known at {of}, and no more",
                        self.right()
                    ))?;
                }
                Found::Missing(text) => {
                    self.line(format!(
                        "   {} {department} was not told: {text}",
                        self.wrong()
                    ))?;
                }
                Found::Unexpected(text) => {
                    self.line(format!(
                        "   {} {department} got unexpectedly: {text}",
                        self.wrong()
                    ))?;
                }
            }
        }
        Ok(())
    }

    /// The lines that came onto a board with this revision.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn news(&self, board: &BoardView) -> io::Result<()> {
        let came = |item: &&ItemView| change_of(board, item) == Some(ChangeKind::Issued);
        for item in board.items.iter().filter(came) {
            self.line(format!(
                "   {:<15}  {}",
                board.department.0.as_str(),
                item.text
            ))?;
        }
        Ok(())
    }

    /// A board that arrived, with what is new on it and why.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn board(&self, board: &BoardView) -> io::Result<()> {
        let room = board.room.as_ref().map(|room| format!(", room {}", room.0));
        let whose = format!(
            "{} · {}{}",
            board.department,
            board.guest,
            room.unwrap_or_default()
        );
        if board.state == BoardState::Closed {
            return self.line(self.dim(&format!("{whose}: nothing is left to do")));
        }
        self.line(self.bold(&whose))?;
        for item in &board.items {
            let news = change_of(board, item).is_some();
            self.line(format!("   {} {}", if news { "●" } else { " " }, item.text))?;
            if news {
                self.why(item, 5)?;
            }
        }
        Ok(())
    }

    /// A line that says that all is as it should be, or what is not.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn verdict(&self, is_right: bool, text: &str) -> io::Result<()> {
        let mark = if is_right { self.right() } else { self.wrong() };
        self.line(format!("{mark} {text}"))
    }

    fn why(&self, item: &ItemView, indent: usize) -> io::Result<()> {
        for reason in &item.reasons {
            let why = format!("{:indent$}{}", "", why(reason));
            self.line(self.dim(&why))?;
        }
        Ok(())
    }

    fn right(&self) -> String {
        self.paint("32", "✓")
    }

    fn wrong(&self) -> String {
        self.paint("31", "✗")
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn change_of(board: &BoardView, item: &ItemView) -> Option<ChangeKind> {
    let mut changes = board.changes.iter();
    changes
        .find(|change| change.item == item.id)
        .map(|change| change.kind)
}

/// What a line rests on, as far as the department may see it, and where that was learnt.
fn why(reason: &ReasonView) -> String {
    let is = match reason.verdict {
        Verdict::Safety => "a matter of safety",
        Verdict::Need => "needed now",
        Verdict::Prefers => "a preference",
        Verdict::Ask => "one of several, to be asked",
        Verdict::Hint => "a hint",
        Verdict::Avoids => "to be avoided",
        Verdict::AvoidHint => "a hint that it is unwelcome",
    };
    let claim = match &reason.claim {
        Some(claim) => format!("{} = {} is {is}", claim.attribute, claim.value),
        None => format!("{is}, of which this department sees no more"),
    };
    format!(
        "why: {claim} (confidence {} %), learnt {} by {} at {}",
        reason.confidence_ppm / 10_000,
        reason.learnt_at.0.day(),
        reason.learnt_by,
        reason.learnt_property,
    )
}
