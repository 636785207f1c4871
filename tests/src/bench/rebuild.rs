//! A store built anew from the stream, as `cardex rebuild` does, over reading the same events from the bus and dropping
//! them; what it takes on disk, and how long it takes to open it again.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cardex_aggregator::{AggregatorSettings, read_stream};
use cardex_bus::streams;
use cardex_runtime::CancellationToken;
use cardex_store::{OpenOptions, Store};

use super::figures::{Aim, Measure, Section, per_second};
use super::fold::{consume, fold};
use super::guests::{MIB, bytes_in};
use super::load::Hotel;
use super::rig::Rig;
use super::{Options, ROUNDS, note};

/// What is noticed about each guest.
const OBSERVATIONS_EACH: usize = 10;
/// Messages made up and published at a time.
const FILL_AT_ONCE: usize = 50_000;
/// From so many observations on, one round says enough.
const ONE_ROUND_FROM: u32 = 500_000;
/// The aim: a rebuild of so many observations within so many seconds.
const AIM_OBSERVATIONS: f64 = 1e6;
const AIM_SECONDS: f64 = 60.0;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    let observations = options.observations as usize;
    let guests = observations.div_ceil(OBSERVATIONS_EACH);
    note(format!(
        "rebuild: {observations} observations of {guests} guests"
    ));
    let end = fill(&rig, options.seed, guests, observations).await?;
    let events = usize::try_from(end)?;
    let rounds = if options.observations < ONE_ROUND_FROM {
        ROUNDS
    } else {
        1
    };
    let [mut rebuilt, mut served, mut consumed, mut seconds] = [const { Vec::new() }; 4];
    let (mut disk, mut opened) = (0.0, Duration::ZERO);
    for round in 0..rounds {
        note(format!("rebuild: round {} of {rounds}", round + 1));
        consumed.push(per_second(events, consume(&rig, end).await?));
        let store = format!("served-{round}");
        let (took, _) = fold(&rig, &store, end).await?;
        served.push(per_second(events, took));
        std::fs::remove_dir_all(rig.path(&store))?;
        let dir = rig.path(&format!("rebuilt-{round}"));
        let took = rebuild(&rig, &dir).await?;
        rebuilt.push(per_second(events, took));
        seconds.push(took.as_secs_f64() * AIM_OBSERVATIONS / observations as f64);
        disk = bytes_in(&dir)?;
        opened = open(&dir).await?;
        std::fs::remove_dir_all(&dir)?;
    }
    rig.stop().await?;

    let rebuilt = Measure::of("rebuild", "events/s", rebuilt);
    let served = Measure::of("a running aggregator, from nothing", "events/s", served);
    let consumed = Measure::of("floor: read from the bus and dropped", "events/s", consumed);
    let seconds = Measure::of("a million observations at this pace", "s", seconds);
    let mut section = Section::new("rebuild");
    section.compare("rebuild ÷ consumption", &rebuilt, &consumed, None);
    section.compare("rebuild ÷ a running aggregator", &rebuilt, &served, None);
    // Fewer say too little of the pace that a large store is built at.
    if observations as f64 >= AIM_OBSERVATIONS {
        let aim = Aim::AtMost(AIM_SECONDS);
        section.aim("seconds a million observations", &seconds, aim);
    }
    section.measures = vec![rebuilt, served, consumed, seconds];
    section.count("observations", observations as f64);
    section.count("guests", guests as f64);
    section.count("events", events as f64);
    section.count("MiB on disk", disk / MIB);
    section.count("bytes on disk of an event", disk / events as f64);
    section.count("seconds to open it again", opened.as_secs_f64());
    Ok(section)
}

/// Lets the guests arrive, then notices so much about them; how far the stream goes then.
async fn fill(rig: &Rig, seed: u64, guests: usize, observations: usize) -> anyhow::Result<u64> {
    let mut hotel = Hotel::new(seed, "grand")?;
    let mut end = 0;
    let events = guests + observations;
    for from in (0..events).step_by(FILL_AT_ONCE) {
        let to = events.min(from + FILL_AT_ONCE);
        let made = (from..to).map(|at| {
            if at < guests {
                hotel.arrival(at)
            } else {
                hotel.observation(guests)
            }
        });
        end = rig.fill(made.collect::<anyhow::Result<_>>()?).await?;
        note(format!("rebuild: {to} of {events} events published"));
    }
    Ok(end)
}

async fn rebuild(rig: &Rig, dir: &Path) -> anyhow::Result<Duration> {
    let bus = rig.connect().await?;
    let ends = streams::stream_ends(&bus, streams::EVENTS).await?;
    let settings = AggregatorSettings {
        installation_key_file: rig.key_file(),
        ..AggregatorSettings::default()
    };
    let began = Instant::now();
    let store = read_stream(
        &bus,
        &settings,
        dir,
        &ends,
        CancellationToken::new(),
        |_| (),
    )
    .await?;
    let took = began.elapsed();
    let reached = store.position().map(|position| position.sequence);
    anyhow::ensure!(
        reached == Some(ends.last),
        "the rebuild ended at {reached:?}"
    );
    tokio::task::spawn_blocking(move || store.close()).await??;
    bus.drain().await?;
    Ok(took)
}

async fn open(dir: &Path) -> anyhow::Result<Duration> {
    let dir = dir.to_owned();
    let opening = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let store = Store::open(&dir, &OpenOptions::default())?.store;
        let took = began.elapsed();
        store.close()?;
        anyhow::Ok(took)
    });
    opening.await.context("opening does not panic")?
}
