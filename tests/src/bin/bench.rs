//! `bench`: measures Cardex against the floors of the same machine in the same run, and prints the ratios.
#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::process::ExitCode;

use cardex_runtime::telemetry::{self, TelemetrySettings};
use cardex_tests::bench::{self, Options};
use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// The one of `cardex`, for services are measured in this process too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Measures Cardex against the floors of the same machine in the same run
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Exit with 1 when an aim is missed
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    telemetry::init(&TelemetrySettings {
        filter: "warn".to_owned(),
        ..TelemetrySettings::default()
    })?;
    // An interrupt unwinds, so that no server and no directory is left behind.
    let report = tokio::select! {
        report = bench::run(&arguments.options) => report?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", bench::table(&report));
    }
    let missed = arguments.check && !report.all_met();
    Ok(if missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
