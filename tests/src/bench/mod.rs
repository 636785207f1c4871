//! How fast Cardex is, as ratios: every figure stands beside the floor that the same machine, server and disk gave in
//! the same run, so that it says something about the program and not about the machine.
//!
//! Floor and subject take turns, round by round, and what is compared are medians.

mod beside;
mod capacity;
mod checkin;
mod crowd;
pub mod figures;
mod fold;
mod folds;
mod great;
mod guests;
mod import;
mod load;
mod postgres;
mod query;
mod rebuild;
mod redis;
mod rig;
mod rules;
mod shards;
mod simulate;
mod storm;
mod table;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::Serialize;

use figures::Section;
pub use table::table;

/// How often floor and subject take turns.
const ROUNDS: usize = 3;

/// What to measure.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Seconds that one turn of one measurement takes, roughly
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub seconds: u32,
    /// Only this measurement
    #[arg(long, value_enum, value_name = "NAME")]
    pub only: Option<Name>,
    /// Measure alone what so many guests take of memory and disk; some minutes and gigabytes for a million
    #[arg(long, value_name = "N", conflicts_with = "only", value_parser = clap::value_parser!(u32).range(1..))]
    pub guests: Option<u32>,
    /// Pieces of evidence of the guest of whom a great deal is known
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub pieces: u32,
    /// Observations of the stream that a store is built from anew; at 1000000 some minutes and gigabytes
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub observations: u32,
    /// Observations a second in the background of the check-ins
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub background: u32,
    /// Each of those pieces comes with a free note that says more
    #[arg(long)]
    pub notes: bool,
    /// Seed of all that is made up
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

/// The measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// From a backlog on the bus to the durable position.
    Fold,
    /// A store built anew from the stream, beside a running aggregator that begins with nothing; a minute.
    Rebuild,
    /// The fold beside PostgreSQL, which is skipped where it is not installed; a minute.
    Postgres,
    /// The fold beside Redis, which is skipped where it is not installed; a minute.
    Redis,
    /// From a check-in to the board.
    Checkin,
    /// How many events a second the listener works off.
    Capacity,
    /// From a check-in to the boards while many arrive; some minutes.
    Storm,
    /// Asking for a profile.
    Query,
    /// The same of a store that is divided among four.
    Shards,
    /// Importing bookings.
    Import,
    /// Folding profiles in memory.
    Folds,
    /// Asking for the profile of a guest of whom a great deal is known.
    Profile,
    /// Reading a playbook of many rules, and making boards by it.
    Rules,
    /// Playing the past of a hotel by a changed playbook.
    Simulate,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where.
    pub environment: Environment,
    /// What.
    pub sections: Vec<Section>,
}

/// What the figures depend on.
#[derive(Debug, Serialize)]
pub struct Environment {
    /// Cores that the program may use.
    pub cores: usize,
    /// `release` or `debug`.
    pub build: &'static str,
    /// The version of the server.
    pub server: String,
    /// How the server syncs, as it says itself.
    pub sync: String,
    /// The seed.
    pub seed: u64,
    /// Seconds of a turn.
    pub seconds: u32,
    /// Turns of each.
    pub rounds: usize,
}

impl Report {
    /// Whether no aim is missed.
    #[must_use]
    pub fn all_met(&self) -> bool {
        let mut ratios = self.sections.iter().flat_map(|section| &section.ratios);
        ratios.all(|ratio| ratio.met != Some(false))
    }
}

/// Measures, telling on standard error how far it is.
///
/// # Errors
/// When something does not run.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    let environment = environment(options).await?;
    let mut sections = Vec::new();
    if let Some(guests) = options.guests {
        let section = Box::pin(guests::measure(options, guests)).await;
        sections.push(section.context("guests")?);
        return Ok(Report {
            environment,
            sections,
        });
    }
    for name in Name::value_variants() {
        if options.only.is_some_and(|only| only != *name) {
            continue;
        }
        let section = match name {
            Name::Fold => Box::pin(fold::measure(options)).await.context("fold"),
            Name::Rebuild => Box::pin(rebuild::measure(options)).await.context("rebuild"),
            Name::Postgres => Box::pin(postgres::measure(options))
                .await
                .context("postgres"),
            Name::Redis => Box::pin(redis::measure(options)).await.context("redis"),
            Name::Checkin => Box::pin(checkin::measure(options)).await.context("checkin"),
            Name::Capacity => Box::pin(capacity::measure(options))
                .await
                .context("capacity"),
            Name::Storm => Box::pin(storm::measure(options)).await.context("storm"),
            Name::Query => Box::pin(query::measure(options)).await.context("query"),
            Name::Shards => Box::pin(shards::measure(options)).await.context("shards"),
            Name::Profile => Box::pin(great::measure(options)).await.context("profile"),
            Name::Rules => rules::measure(options).await.context("rules"),
            Name::Simulate => simulate::measure(options).await.context("simulate"),
            Name::Folds => folds::measure(options).await.context("folds"),
            Name::Import => Box::pin(import::measure()).await.context("import"),
        };
        sections.push(section?);
    }
    Ok(Report {
        environment,
        sections,
    })
}

async fn environment(options: &Options) -> anyhow::Result<Environment> {
    let rig = rig::Rig::start().await?;
    let environment = Environment {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
        server: rig.bus.server_version(),
        sync: rig.sync().await,
        seed: options.seed,
        seconds: options.seconds,
        rounds: ROUNDS,
    };
    rig.stop().await?;
    Ok(environment)
}

/// Says how far it is.
#[expect(
    clippy::print_stderr,
    reason = "the progress of a command-line program"
)]
pub(crate) fn note(text: impl std::fmt::Display) {
    eprintln!("{text}");
}
