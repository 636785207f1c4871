//! What people and programs see: plain lines with colour where it helps, or JSON.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use cardex_wire::query::Behind;
use clap::Args;
use serde::Serialize;

use crate::exit::OutputClosed;

pub(crate) mod board;
pub(crate) mod profile;
pub(crate) mod ranking;
pub(crate) mod table;
pub(crate) mod wrap;

/// From so many events on, or for so long, a lag is told: less is how it always is.
const LAG_MIN_EVENTS: u64 = 256;
const LAG_MIN_SECONDS: u64 = 5;

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

    /// Prints the objects of a list, each on a line of its own, and of an answer that had reached this sequence.
    pub(crate) fn objects<T: Serialize>(
        &mut self,
        objects: &[T],
        at_sequence: u64,
    ) -> anyhow::Result<()> {
        objects.iter().try_for_each(|object| {
            self.object(&Listed {
                object,
                at_sequence,
            })
        })
    }

    /// Says to people that the answer lags behind what was published, where that is worth a word.
    pub(crate) fn lag(&self, at_sequence: u64, behind: Option<Behind>) {
        if let Some(behind) = behind.filter(|behind| !self.json && worth_a_word(*behind)) {
            let Behind { events, seconds } = behind;
            note(Style::of_stderr().dim(format!(
                "the aggregator is {events} events behind the stream, for {seconds} s now: this is as of sequence \
                 {at_sequence}"
            )));
        }
    }

    /// Prints an object on a line of its own.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(object)?;
        text.push(b'\n');
        self.bytes(&text)
    }

    /// Prints bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        written(
            io::stdout()
                .write_all(bytes)
                .and_then(|()| io::stdout().flush()),
        )
    }
}

/// An object of a list, with the sequence that the answer had reached.
#[derive(Serialize)]
struct Listed<'a, T> {
    #[serde(flatten)]
    object: &'a T,
    at_sequence: u64,
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

    /// How to write beside the data.
    pub(crate) fn of_stderr() -> Self {
        Self::when(io::stderr().is_terminal())
    }

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

fn worth_a_word(behind: Behind) -> bool {
    behind.events >= LAG_MIN_EVENTS || behind.seconds >= LAG_MIN_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_told_when_it_is_long_in_either_way() {
        let worth = |events, seconds| worth_a_word(Behind { events, seconds });
        assert!(worth(LAG_MIN_EVENTS, 0));
        assert!(worth(1, LAG_MIN_SECONDS));
        assert!(!worth(LAG_MIN_EVENTS - 1, LAG_MIN_SECONDS - 1));
    }
}
