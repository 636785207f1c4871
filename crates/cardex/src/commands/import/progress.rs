//! How far long work has come: a bar on a terminal, else a line every few seconds.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::screen::note;

const LINE_EVERY: Duration = Duration::from_secs(5);
const BAR_OF_BYTES: &str = "{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left";
const BAR_OF_COUNT: &str = "{bar:30} {pos}/{len}  {msg}  {eta} left";

/// Shows how far it is, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// What is counted, in the plural.
    what: &'static str,
    total: u64,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Of the bytes of a file, which become so many of `what`.
    pub(crate) fn of_bytes(total: u64, what: &'static str) -> Self {
        Self::new(total, BAR_OF_BYTES, what)
    }

    /// Of a number of `what`.
    pub(crate) fn of_count(total: u64, what: &'static str) -> Self {
        Self::new(total, BAR_OF_COUNT, what)
    }

    fn new(total: u64, template: &str, what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style)
        });
        let now = Instant::now();
        Self {
            bar,
            what,
            total,
            started: now,
            last_line: now,
        }
    }

    /// How long it has taken.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Says how far it is.
    pub(crate) fn at(&mut self, position: u64, count: u64) {
        let (what, rate) = (self.what, per_second(count, self.elapsed()));
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(format!("{count} {what}, {rate}/s"));
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let percent = position * 100 / self.total.max(1);
            note(format!("{percent} %, {count} {what}, {rate}/s"));
        }
    }

    /// Says something without tearing the bar.
    pub(crate) fn say(&self, text: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A rate in whole ones a second.
pub(crate) fn per_second(count: u64, time: Duration) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1000) / millis
}
