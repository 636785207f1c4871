//! `chaos`: lets things go wrong under a load, and holds what there is against the books.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use cardex_tests::chaos::report::{Report, RoundReport};
use cardex_tests::chaos::{self, Record, SCENARIOS, Scale, Scenario};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

/// Lets things go wrong under a load, and holds what there is against the books
#[derive(Debug, Parser)]
#[command(
    after_help = "Example: chaos --scenario kills --rounds 50 --seed 7 --json\n\n\
    Each round is a hotel of its own. A round that fails keeps its directories and prints what happened when; the same \
    seed with --from plays it again."
)]
struct Arguments {
    /// What goes wrong; `all` for everything
    #[arg(long, default_value = "kills", value_name = "NAME")]
    scenario: String,
    /// Print the scenarios
    #[arg(long)]
    list: bool,
    /// The last round
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// The first round
    #[arg(long, default_value_t = 1, value_name = "ROUND", value_parser = clap::value_parser!(u32).range(1..))]
    from: u32,
    /// Chooses events, faults and moments
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u32,
    /// Faults of a round
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    strikes: u16,
    /// Events a second
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=10_000))]
    rate: u32,
    /// Milliseconds from one fault to the next, about
    #[arg(long, default_value_t = 2_000, value_name = "MS", value_parser = clap::value_parser!(u32).range(100..))]
    every: u32,
    /// Print one JSON object a scenario instead of text
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.list {
        for scenario in SCENARIOS {
            println!("{:<16} {}", scenario.name, scenario.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let scenarios = chosen(&arguments.scenario)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut failed = false;
    for scenario in scenarios {
        let report = play(&runtime, scenario, &arguments)?;
        failed |= report.stopped.is_some() && !report.skipped;
        if arguments.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            print!("{report}");
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn chosen(name: &str) -> anyhow::Result<Vec<&'static Scenario>> {
    if name == "all" {
        return Ok(SCENARIOS.iter().collect());
    }
    let Some(scenario) = chaos::scenario(name) else {
        bail!("there is no scenario {name:?}; --list prints those that there are");
    };
    Ok(vec![scenario])
}

/// Plays the rounds until one fails.
fn play(
    runtime: &tokio::runtime::Runtime,
    scenario: &'static Scenario,
    arguments: &Arguments,
) -> anyhow::Result<Report> {
    let (name, seed) = (scenario.name, u64::from(arguments.seed));
    let mut rounds = Vec::new();
    let mut stopped = None;
    let mut timeline = Vec::new();
    let needs = (scenario.needs)();
    let skipped = needs.is_err();
    if let Err(why) = needs {
        stopped = Some(why);
    }
    let scale = Scale::long(
        usize::from(arguments.strikes),
        arguments.rate,
        arguments.every,
    );
    for round in arguments.from..=arguments.rounds {
        if stopped.is_some() {
            break;
        }
        // No two rounds of any two seeds are the same.
        let record = Record::of(seed * 100_000 + u64::from(round));
        let failure = LocalSet::new().block_on(runtime, play_one(scenario, scale, &record))?;
        let report = record.report();
        eprintln!("{}", progress(name, round, arguments.rounds, &report));
        rounds.push(report);
        if let Some(failure) = failure {
            stopped = Some(format!("round {round}: {failure}"));
            timeline = record.timeline.lines();
        }
    }
    let report = Report::of(name, seed, arguments.from, &rounds);
    Ok(Report {
        stopped,
        skipped,
        timeline,
        ..report
    })
}

/// Plays one round, and tells how it failed.
async fn play_one(
    scenario: &'static Scenario,
    scale: Scale,
    record: &Record,
) -> anyhow::Result<Option<String>> {
    let of = record.clone();
    let round = tokio::task::spawn_local(async move { chaos::run(scenario, scale, &of).await });
    let abort = round.abort_handle();
    let played = tokio::select! {
        played = round => played,
        told = told_to_end() => {
            told?;
            // What it started and mounted is dropped with it.
            abort.abort();
            bail!("interrupted");
        }
    };
    let Err(error) = played else { return Ok(None) };
    let panic = error.try_into_panic().context("the round was cancelled")?;
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Ok(Some(text.unwrap_or_else(|| "it panicked".to_owned())))
}

/// Until somebody presses Ctrl-C, or ends this program as an operator does.
async fn told_to_end() -> std::io::Result<()> {
    let (mut terminate, mut hangup) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
    );
    tokio::select! {
        told = tokio::signal::ctrl_c() => told,
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    }
}

fn progress(name: &str, round: u32, rounds: u32, report: &RoundReport) -> String {
    let lasted = Duration::from_secs_f64(report.lasted_s);
    format!(
        "{name}: round {round} of {rounds}: {} faults, {} events, {} profiles, {} boards, {} wrong, {} s",
        report.faults_fired,
        report.events,
        report.profiles,
        report.boards,
        report.findings.told.len(),
        lasted.as_secs()
    )
}
