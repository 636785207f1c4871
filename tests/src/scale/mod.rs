//! What a group of hotels asks of machines: how evidence is spread over shards, how often all replicas of a store are gone
//! at once, and how much disk, memory and time so many hotels take. `deploy/scale.md` is written from what this prints.
//!
//! Sizes and the rates of copying are measured in the run itself; the other rates are those of `tests/README.md`, each
//! named where it stands in `plan.rs`. What is neither is an assumption, and has a flag or says so.

mod copying;
mod loss;
mod plan;
mod router;
mod sizes;
mod table;

#[cfg(test)]
mod tests;

use std::num::NonZeroU16;

use anyhow::Context as _;
use cardex_domain::shard::Shards;
use clap::Args;
use serde::Serialize;

pub use table::table;

use crate::bench::note;

/// What to work out.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Guests whose evidence the router spreads
    #[arg(long, default_value_t = 20_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub guests: u64,
    /// Numbers of shards to try
    #[arg(long, default_values_t = [4, 8, 16, 32, 64], value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub shards: Vec<u16>,
    /// Years of events that are kept
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    pub years: u32,
    /// How often a machine is lost with its disk, in a hundred years: an assumption
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub lost_in_a_century: u32,
    /// How often an aggregator is stopped in a year, be it for an upgrade: an assumption
    #[arg(long, default_value_t = 12, value_name = "N")]
    pub stops_a_year: u32,
    /// Years of an installation's life that the loss of replicas is played for
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub play_years: u32,
    /// Events whose store is copied, to measure how fast that is
    #[arg(long, default_value_t = 300_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..))]
    pub copy_events: u32,
    /// Seed of all that is drawn
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

/// All that was worked out.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Bytes of an event of each kind.
    pub sizes: sizes::Sizes,
    /// How fast a store is copied here.
    pub copying: copying::Copying,
    /// How evidence is spread over so many shards.
    pub spread: Vec<router::Spread>,
    /// What groups of hotels take.
    pub groups: Vec<plan::Needs>,
    /// With how many hotels what is full or too slow, the first first.
    pub limits: Vec<plan::Limit>,
    /// What becomes of each store's replicas.
    pub losses: Vec<loss::Losses>,
}

/// Works everything out.
///
/// # Errors
/// When a number of shards can't be used, or a store can't be written here.
pub fn run(options: &Options) -> anyhow::Result<Report> {
    let sizes = sizes::measure()?;
    note(format!("copying a store of {} events", options.copy_events));
    let copying = copying::measure(options.copy_events)?;
    let spread = options.shards.iter().map(|count| {
        let shards = NonZeroU16::new(*count).and_then(Shards::new);
        let shards = shards.with_context(|| format!("{count} is no number of shards"))?;
        note(format!(
            "spreading the evidence of {} guests over {count} shards",
            options.guests
        ));
        Ok(router::spread(options.guests, shards, options.seed))
    });
    let spread = spread.collect::<anyhow::Result<Vec<_>>>()?;
    let groups: Vec<_> = plan::GROUPS
        .iter()
        .map(|group| plan::needs(group, options.years, &sizes, &copying))
        .collect();
    let losses = groups.iter().flat_map(|needs| {
        [1, 2, 3].map(|replicas| loss::Case {
            hotels: needs.hotels,
            stores: needs.installations,
            replicas,
            lost_a_year: f64::from(options.lost_in_a_century) / 100.0,
            restored_in_hours: needs.restored_in_hours,
            stops_a_year: f64::from(options.stops_a_year),
        })
    });
    note(format!(
        "playing {} years of replicas that are lost",
        options.play_years
    ));
    let played = |case| loss::play(case, options.play_years, options.seed);
    let losses = losses.map(played).collect();
    Ok(Report {
        sizes,
        copying,
        spread,
        limits: plan::limits(&groups[0]),
        groups,
        losses,
    })
}
