//! Kill anything at any moment, and nothing is lost: every acknowledged event counts exactly once, every board that is
//! due is there, each revision once, and what was told of boards is what stands on them.

mod books;
mod cluster;
mod escalations;
mod load;
mod processes;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use books::Books;
use load::Load;
pub(crate) use processes::binary;
use processes::{Processes, Victim};

const ROUNDS: usize = 36;
/// Events that happen in each round.
const EVENTS_A_ROUND: usize = 50;
/// How often it is looked whether all services still run.
const LOOKED_EVERY: Duration = Duration::from_millis(200);
/// Names the seed; without it, it is the time. Not a setting: the services refuse those they do not know.
const SEED_VARIABLE: &str = "CHAOS_SEED";

#[tokio::test(flavor = "multi_thread")]
async fn killing_anything_at_any_moment_loses_and_repeats_nothing() {
    let seed = seed();
    let mut hotel = Processes::start(1).await;
    let mut load = Load::start(&hotel.desk, seed);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut released = 0;
    for round in 0..ROUNDS {
        load.release(EVENTS_A_ROUND);
        // Somewhere in the middle of the round.
        load.acknowledged(released + rng.random_range(0..EVENTS_A_ROUND * 3 / 4))
            .await;
        released += EVENTS_A_ROUND;
        hotel.all_run();
        hotel.kill(Victim::ALL[round % Victim::ALL.len()]).await;
        if rng.random_bool(0.25) {
            // A second one before the first is well again.
            hotel.kill(*Victim::ALL.choose(&mut rng).unwrap()).await;
        }
    }
    load.acknowledged(released).await;
    let acknowledged = load.finish().await;
    assert_eq!(acknowledged.len(), released);
    let last = acknowledged.iter().map(|a| a.sequence).max().unwrap();
    settle(&mut hotel, last).await;

    let mut books = Books::of(&acknowledged);
    books.check_stream(&hotel.desk).await;
    books.check_profiles(&hotel.desk).await;
    books.check_boards(&hotel.desk).await;
    assert!(hotel.desk.dead_letters().await.is_empty());
    hotel.end().await;
    books.check_store(&hotel.premises.store());
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

/// Waits until everything is worked off, by services that run on.
async fn settle(hotel: &mut Processes, last: u64) {
    let desk = hotel.desk.clone();
    let mut look = tokio::time::interval(LOOKED_EVERY);
    let settled = desk.settled(last);
    tokio::pin!(settled);
    loop {
        tokio::select! {
            _ = &mut settled => return,
            _ = look.tick() => hotel.all_run(),
        }
    }
}
