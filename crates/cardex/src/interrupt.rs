//! Ctrl-C for commands that finish what is under way: the first asks them to, the second ends the process.

use cardex_runtime::shutdown::Shutdown;
use tokio_util::sync::CancellationToken;

/// A token that the first Ctrl-C cancels.
pub(crate) fn token() -> anyhow::Result<CancellationToken> {
    let shutdown = Shutdown::new();
    shutdown.listen_for_signals()?;
    Ok(shutdown.token())
}
