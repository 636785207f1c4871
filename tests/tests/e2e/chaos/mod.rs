//! Whatever goes wrong, nothing is lost: the short form of the scenarios that the program `chaos` plays for as long as one
//! likes.

mod arrivals;
mod cluster;
mod escalations;
mod interrupted;

pub(crate) use cardex_tests::chaos::hotel::binary;
use cardex_tests::chaos::{self, Record, Scale};

/// Names the seed; without it, it is the time. Not a setting: the services refuse those they do not know.
const SEED_VARIABLE: &str = "CHAOS_SEED";

#[tokio::test(flavor = "multi_thread")]
async fn killing_anything_at_any_moment_loses_and_repeats_nothing() {
    play("kills", 36).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn striking_whoever_keeps_a_share_loses_and_repeats_nothing() {
    play("shards", 6).await;
}

/// Plays one round of a scenario with so many faults.
async fn play(name: &str, strikes: usize) {
    let scenario = chaos::scenario(name).expect("there is such a scenario");
    chaos::run(scenario, Scale::short(strikes), &Record::of(seed())).await;
}

/// The seed that is named, or one of the time. It is shown when the test fails: the same one chooses the same events
/// and victims.
fn seed() -> u64 {
    let by_time = || crate::events::now().utc_micros.unsigned_abs() % 1_000_000;
    let seed = named(SEED_VARIABLE).unwrap_or_else(by_time);
    println!("{SEED_VARIABLE}={seed}");
    seed
}

/// The number that a variable of the environment names.
fn named(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("it is a number"))
}
