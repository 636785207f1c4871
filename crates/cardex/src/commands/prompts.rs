//! `cardex prompts`: what departments are told, as their own software would see it.

use clap::Args;

use crate::session::Session;

/// Watch what departments are told
#[derive(Debug, Args)]
pub(crate) struct Prompts {}

impl Prompts {
    pub(crate) async fn run(&self, _session: &Session) -> anyhow::Result<()> {
        Ok(())
    }
}
