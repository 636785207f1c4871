//! `cardex schema`: the contract of the bus as JSON Schemas.

use clap::Args;

/// Print the JSON Schemas of everything on the bus
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {}

impl SchemaArgs {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        Ok(())
    }
}
