//! How often all replicas of a store are gone at once, and for how long: played year by year. Nothing is lost then, for
//! the stream has everything; but whoever asks for what it holds has no answer.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

const HOURS_OF_A_YEAR: f64 = 8_766.0;
/// From stopping an aggregator until it answers again, its store in place: a minute, which is far over what is measured,
/// for whoever does it by hand.
const STOPPED_FOR_HOURS: f64 = 1.0 / 60.0;

/// What is played.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Case {
    /// The hotels of the group.
    pub hotels: u64,
    /// Stores that hold different things: one of each installation, or of each shard.
    pub stores: u64,
    /// Replicas of each store, on machines of their own.
    pub replicas: usize,
    /// How often a machine is lost with its disk in a year, in the mean.
    pub lost_a_year: f64,
    /// How long it is until another has taken its place.
    pub restored_in_hours: f64,
    /// How often an aggregator is stopped in a year.
    pub stops_a_year: f64,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Losses {
    /// What was played.
    #[serde(flatten)]
    pub case: Case,
    /// Replicas that were down, a year.
    pub replicas_down_a_year: f64,
    /// How often some store had none, a year.
    pub gone_a_year: f64,
    /// How long it had none, in the mean.
    pub gone_for_minutes: f64,
    /// Minutes of a year in which some store had none.
    pub minutes_a_year: f64,
}

/// Plays so many years of an installation. Stores fail by themselves, so they are played one behind the other.
pub(super) fn play(case: Case, years: u32, seed: u64) -> Losses {
    let end = f64::from(years) * case.stores as f64 * HOURS_OF_A_YEAR;
    let mut random = StdRng::seed_from_u64(seed);
    let rate = (case.lost_a_year + case.stops_a_year) / HOURS_OF_A_YEAR;
    let mut until_next = || -(1.0 - random.random::<f64>()).ln() / rate;
    let mut fails: Vec<f64> = (0..case.replicas).map(|_| until_next()).collect();
    let mut back = vec![0.0_f64; case.replicas];
    let mut chance = StdRng::seed_from_u64(seed.wrapping_add(1));
    let lost = case.lost_a_year / (case.lost_a_year + case.stops_a_year);
    let (mut down, mut gone, mut hours) = (0_u64, 0_u64, 0.0);
    loop {
        let next = (0..case.replicas).min_by(|a, b| fails[*a].total_cmp(&fails[*b]));
        let failing = next.expect("a store has a replica");
        let at = fails[failing];
        if at >= end {
            break;
        }
        down += 1;
        back[failing] = at
            + match chance.random_bool(lost) {
                true => case.restored_in_hours,
                false => STOPPED_FOR_HOURS,
            };
        fails[failing] = back[failing] + until_next();
        let first_back = back.iter().copied().fold(f64::INFINITY, f64::min);
        if first_back > at {
            gone += 1;
            hours += first_back - at;
        }
    }
    let years = f64::from(years);
    Losses {
        case,
        replicas_down_a_year: down as f64 / years,
        gone_a_year: gone as f64 / years,
        gone_for_minutes: if gone == 0 {
            0.0
        } else {
            hours * 60.0 / gone as f64
        },
        minutes_a_year: hours * 60.0 / years,
    }
}
