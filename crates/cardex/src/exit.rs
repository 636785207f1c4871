//! How a run ends: the exit codes that scripts can rely on, and the one place where an error is printed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use cardex_aggregator::AggregatorError;
use cardex_bus::BusError;
use cardex_checkin::CheckinError;
use cardex_gateway::{SettingsError as Wrong, WebhookError};
use cardex_runtime::settings::SettingsError;
use cardex_runtime::telemetry::TelemetryError;

/// What `--help` says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    it failed: the bus or the aggregator says no, a file can't be read or has faults, or no row
       of it can be used; the reason is on standard error
  64   the command line or the settings are wrong, or a file of secrets that they name can't be
       read; nothing was done
  130  interrupted (Ctrl-C)";

const FAILURE: u8 = 1;
const USAGE: u8 = 64;
const INTERRUPTED: u8 = 130;

/// What was asked can't be meant: the command line or the settings have to change.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Somebody pressed Ctrl-C. Says how far the work had come.
#[derive(Debug, thiserror::Error)]
#[error("interrupted: {0}")]
pub(crate) struct Interrupted(pub(crate) String);

/// Whoever read the output has gone, as `head` does: the rest is not wanted.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(crate) struct OutputClosed;

/// The work was done and the answer is no: what there is to say has been said.
#[derive(Debug, thiserror::Error)]
#[error("not as it should be")]
pub(crate) struct SaidNo;

/// Prints what clap has to say. Help and version that were asked for are no failure.
pub(crate) fn of_usage(error: &clap::Error) -> ExitCode {
    // Where not even that can be written there is nobody to tell.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
}

/// The exit code of a run, after its error was printed.
pub(crate) fn of(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if error.is::<OutputClosed>() {
        return ExitCode::SUCCESS;
    }
    if !error.is::<SaidNo>() {
        // Where not even that can be written there is nobody to tell.
        let _ = std::io::stderr().write_all(report(&error).as_bytes());
    }
    ExitCode::from(code(&error))
}

fn code(error: &anyhow::Error) -> u8 {
    let mut code = FAILURE;
    for cause in error.chain() {
        if cause.is::<Interrupted>() {
            return INTERRUPTED;
        }
        let settings = matches!(
            cause.downcast_ref(),
            Some(BusError::Settings(_) | BusError::Secret { .. })
        );
        let aggregator = matches!(
            cause.downcast_ref(),
            Some(AggregatorError::Gateway { .. } | AggregatorError::Shard { .. })
        );
        let language = matches!(
            cause.downcast_ref(),
            Some(CheckinError::Language { .. } | CheckinError::Department { .. })
        );
        let vendors = matches!(
            cause.downcast_ref(),
            Some(
                Wrong::NoVendors
                    | Wrong::Clear(_)
                    | Wrong::Nothing(_)
                    | Wrong::Webhook(WebhookError::Unreadable { .. } | WebhookError::Secret { .. })
            )
        );
        let settings =
            settings || aggregator || language || vendors || cause.is::<TelemetryError>();
        if settings || cause.is::<Usage>() || cause.is::<SettingsError>() {
            code = USAGE;
        }
    }
    code
}

/// The error and each cause on a line of its own; a cause that only repeats the line above is left out.
fn report(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}\n");
    let mut above = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !above.contains(&cause) {
            // Writing into a string can't fail.
            let _ = writeln!(text, "  because: {cause}");
        }
        above = cause;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_chain_is_printed_once_and_without_repetition() {
        let error = anyhow::Error::from(std::io::Error::other("no such disk"))
            .context("cannot read the file: no such disk")
            .context("nothing imported");
        assert_eq!(
            report(&error),
            "error: nothing imported\n  because: cannot read the file: no such disk\n"
        );
    }

    #[test]
    fn the_code_follows_the_cause_however_deep_it_lies() {
        let usage = Err::<(), _>(Usage("twice".into())).context("importing");
        assert_eq!(code(&usage.unwrap_err()), USAGE);
        assert_eq!(code(&Interrupted("at line 3".into()).into()), INTERRUPTED);
        assert_eq!(code(&anyhow::anyhow!("broken")), FAILURE);
        let no_such_shard = AggregatorError::Shard {
            shards: NonZeroU16::MIN,
            shard: NonZeroU16::MAX,
        };
        assert_eq!(code(&no_such_shard.into()), USAGE);
    }
}
