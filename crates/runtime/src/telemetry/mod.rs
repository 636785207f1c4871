//! Opens the log: one subscriber for the process, to standard error, for people or for machines.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io::IsTerminal;

use serde::Deserialize;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A line to read.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Settings of the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// How lines are written.
    pub format: Format,
    /// What is written: a level (`info`) or directives (`info,cardex_bus=debug`).
    pub filter: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: Format::default(),
            filter: "info".to_owned(),
        }
    }
}

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter is not understood.
    #[error(
        "log filter `{filter}` is not valid: write a level like `info` or directives like `info,cardex_bus=debug`"
    )]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// A word in the filter is not a level. Left alone it would name a target, and the log would stay empty.
    #[error(
        "log filter has `{word}`, which is no level: write off, error, warn, info, debug, trace, or target=level"
    )]
    Level {
        /// The word.
        word: String,
    },
    /// The process has a subscriber already.
    #[error("the log is open already: open it once, at the start of the process")]
    AlreadyOpen {
        /// What the subscriber registry said.
        source: tracing::subscriber::SetGlobalDefaultError,
    },
}

/// Opens the log of this process. Call once, before anything else.
///
/// # Errors
/// When the filter is not valid or the log is open already.
pub fn init(settings: &TelemetrySettings) -> Result<(), TelemetryError> {
    let colour = colour(
        std::io::stderr().is_terminal(),
        std::env::var_os("NO_COLOR").as_deref(),
    );
    let subscriber = subscriber(settings, std::io::stderr, colour)?;
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|source| TelemetryError::AlreadyOpen { source })
}

impl TelemetrySettings {
    /// Whether a log can be opened with these.
    ///
    /// # Errors
    /// When the filter is not valid.
    pub fn check(&self) -> Result<(), TelemetryError> {
        filter(self).map(drop)
    }
}

/// Colour is for terminals, and not where `NO_COLOR` is set to anything (see no-color.org).
fn colour(terminal: bool, no_color: Option<&OsStr>) -> bool {
    terminal && no_color.is_none_or(OsStr::is_empty)
}

fn subscriber<W>(
    settings: &TelemetrySettings,
    writer: W,
    colour: bool,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter(settings)?;
    // A log that can't be written must not end the process: the subscriber's own complaint would panic on a closed stderr.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(colour)
        .log_internal_errors(false);
    Ok(match settings.format {
        Format::Human => Box::new(lines.finish()),
        Format::Json => Box::new(
            lines
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .finish(),
        ),
    })
}

fn filter(settings: &TelemetrySettings) -> Result<EnvFilter, TelemetryError> {
    check_levels(&settings.filter)?;
    let parsed = EnvFilter::builder().parse(&settings.filter);
    parsed.map_err(|source| TelemetryError::Filter {
        filter: settings.filter.clone(),
        source,
    })
}

/// A directive that is a single word must be a level: a misspelt one silences everything.
fn check_levels(filter: &str) -> Result<(), TelemetryError> {
    let words = filter.split(',').map(str::trim);
    let mut bare =
        words.filter(|word| !word.is_empty() && !word.contains(['=', '[', ']', '{', '}']));
    match bare.find(|word| word.parse::<LevelFilter>().is_err()) {
        Some(word) => Err(TelemetryError::Level {
            word: word.to_owned(),
        }),
        None => Ok(()),
    }
}
