//! What people and programs see: plain lines with colour where it helps, or JSON.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use crate::exit::OutputClosed;

pub(crate) mod board;
pub(crate) mod profile;
pub(crate) mod table;

/// The flag of commands that print data.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Format {
    /// Print JSON: one object, or one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

impl Format {
    /// The screen that shows it.
    pub(crate) fn screen(self) -> Screen {
        Screen::new(self.json)
    }
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    json: bool,
    style: Style,
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            style: Style::of_stdout(),
        }
    }

    /// Whether JSON is asked for.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// How to write for people.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Prints a line, or several.
    pub(crate) fn line(&mut self, text: impl Display) -> anyhow::Result<()> {
        written(writeln!(io::stdout(), "{text}"))
    }

    /// Prints text as it is.
    pub(crate) fn text(&mut self, text: impl Display) -> anyhow::Result<()> {
        written(write!(io::stdout(), "{text}"))
    }

    /// Prints an object on a line of its own.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(object)?;
        text.push(b'\n');
        written(
            io::stdout()
                .write_all(&text)
                .and_then(|()| io::stdout().flush()),
        )
    }
}

/// Says something beside the data, on standard error.
pub(crate) fn note(text: impl Display) {
    // Where it can't be written there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

fn written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        other => Ok(other?),
    }
}

/// Colours, where there is a terminal that wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    colour: bool,
}

impl Style {
    /// No colours.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { colour: false };

    fn of_stdout() -> Self {
        Self::when(io::stdout().is_terminal())
    }

    /// Colour is for terminals, and not where `NO_COLOR` is set to anything (see no-color.org).
    fn when(terminal: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            colour: terminal && wanted,
        }
    }

    pub(crate) fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn green(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn yellow(self, text: impl Display) -> String {
        self.wrap("33", text)
    }

    pub(crate) fn red(self, text: impl Display) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}
