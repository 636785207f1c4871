//! The Cardex command line: reads what was asked, does it, and says by its exit code how it went.

mod active;
mod archive;
mod args;
mod ask;
mod at_work;
mod cli;
mod clock;
mod commands;
mod exit;
mod hint;
mod interrupt;
mod near;
mod outlet;
mod publish;
mod running;
mod screen;
mod session;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// The store copies a page for each row that it writes, so it is the allocator that says how fast a store is built.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_usage(&error),
    };
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => exit::of(runtime.block_on(Box::pin(cli.run()))),
        Err(error) => exit::of(Err(error.into())),
    }
}
