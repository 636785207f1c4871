//! `cardex deadletters`: events that could not be used.

use clap::Args;

use crate::session::Session;

/// Look at events that could not be used
#[derive(Debug, Args)]
pub(crate) struct DeadLetters {}

impl DeadLetters {
    pub(crate) async fn run(&self, _session: &Session) -> anyhow::Result<()> {
        Ok(())
    }
}
