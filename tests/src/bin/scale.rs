//! `scale`: what a hotel, a thousand and ten thousand of them take, how the shard router spreads their evidence, and how
//! often all replicas of a store are gone at once.
#![allow(clippy::print_stdout, reason = "a command-line program")]

use cardex_tests::scale::{self, Options};
use clap::Parser;

/// Works out what a group of hotels takes of disk, memory and time, and plays the shard router and the loss of replicas
///
/// Example: scale --guests 1000000 --shards 4,8
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = scale::run(&arguments.options)?;
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", scale::table(&report)),
    }
    Ok(())
}
