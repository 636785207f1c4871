//! Asking for a profile where the store is divided, over the same of a store that is not.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use cardex_aggregator::{Aggregator, AggregatorSettings};
use cardex_bus::Bus;
use cardex_domain::ids::DepartmentId;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_store::{OpenOptions, Store};
use cardex_wire::QuerySubject;
use cardex_wire::query::{Get, Operation as _};
use cardex_wire::subject::Token;
use tokio::task::JoinSet;

use super::figures::{Measure, Section};
use super::load::Hotel;
use super::query::question;
use super::rig::Rig;
use super::{Options, ROUNDS, note};

/// Among how many it is divided.
const SHARDS: NonZeroU16 = NonZeroU16::new(4).expect("4 is not 0");
/// Guests in house.
const GUESTS: usize = 500;
/// What was noticed about them.
const OBSERVATIONS: usize = 6_000;
/// So often each guest is asked for until whoever is asked knows the profile by heart.
const UNTIL_KEPT: usize = 24;
const TIMEOUT: Duration = Duration::from_secs(10);
/// What aggregators are called as a service.
const SERVICE: &str = "cardex-aggregator";
const HEARD_WITHIN: Duration = Duration::from_millis(300);

/// How long answers took: the first for each guest, and of those that whoever is asked knows by heart.
type Asked = (Vec<Duration>, Vec<Duration>);

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    note("shards: making up the hotel");
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let mut history = Vec::new();
    for guest in 0..GUESTS {
        history.push(hotel.arrival(guest)?);
    }
    for _ in 0..OBSERVATIONS {
        history.push(hotel.observation(GUESTS)?);
    }
    let end = rig.fill(history).await?;
    let get = QuerySubject {
        property: hotel.property().clone(),
        department: DepartmentId::new("front_desk")?,
        op: Token::new(Get::NAME)?,
    };
    let get = get.to_string();
    let (mut whole, mut divided) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        note(format!("shards: round {} of {ROUNDS}", round + 1));
        for (shards, asked) in [(NonZeroU16::MIN, &mut whole), (SHARDS, &mut divided)] {
            asked.push(ask_all(&rig, &get, shards, end).await?);
        }
    }
    let mut section = Section::new("shards");
    let bytes = |shard, shards| -> anyhow::Result<f64> {
        let dir = settings(&rig, shard, shards).store_dir;
        let store = Store::open_as_it_is(&dir, &OpenOptions::default())?;
        let bytes = store.read().counts().live_bytes;
        store.close()?;
        Ok(bytes as f64)
    };
    section.count(
        "bytes of rows, not divided",
        bytes(NonZeroU16::MIN, NonZeroU16::MIN)?,
    );
    let mut most: f64 = 0.0;
    for shard in numbers(SHARDS) {
        most = most.max(bytes(shard, SHARDS)?);
    }
    section.count("bytes of rows of the fullest of four shards", most);
    rig.stop().await?;

    let (first, kept): (Vec<_>, Vec<_>) = whole.into_iter().unzip();
    let first_whole = Measure::percentile("first query, not divided, p50", 50, &first);
    let kept_whole = Measure::percentile("kept, not divided, p50", 50, &kept);
    let (first, kept): (Vec<_>, Vec<_>) = divided.into_iter().unzip();
    let first_divided = Measure::percentile("first query, four shards, p50", 50, &first);
    let kept_divided = Measure::percentile("kept, four shards, p50", 50, &kept);
    section.compare(
        "first query, divided ÷ not, p50",
        &first_divided,
        &first_whole,
        None,
    );
    section.compare("kept, divided ÷ not, p50", &kept_divided, &kept_whole, None);
    section.measures = vec![first_divided, first_whole, kept_divided, kept_whole];
    section.count("guests", GUESTS as f64);
    section.count("observations", OBSERVATIONS as f64);
    Ok(section)
}

fn numbers(shards: NonZeroU16) -> impl Iterator<Item = NonZeroU16> {
    (1..=shards.get()).filter_map(NonZeroU16::new)
}

fn settings(rig: &Rig, shard: NonZeroU16, shards: NonZeroU16) -> AggregatorSettings {
    AggregatorSettings {
        store_dir: rig.path(&format!("store-{shard}-of-{shards}")),
        installation_key_file: rig.key_file(),
        shards,
        shard,
        ..AggregatorSettings::default()
    }
}

/// Asks for every guest, first of aggregators that just started, then until they know each by heart.
async fn ask_all(rig: &Rig, get: &str, shards: NonZeroU16, end: u64) -> anyhow::Result<Asked> {
    let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
    for shard in numbers(shards) {
        let settings = settings(rig, shard, shards);
        let bus = rig.connect().await?;
        let aggregator = Aggregator::start(bus, settings, &Health::default()).await?;
        running.spawn(aggregator.run(stop.clone()));
    }
    let all = usize::from(shards.get());
    while rig
        .bus
        .instances(SERVICE, HEARD_WITHIN)
        .await?
        .is_none_or(|there| there.len() < all)
    {}
    rig.reached(&rig.bus, end).await?;
    let bus = rig.connect().await?;
    let (mut first, mut kept) = Asked::default();
    for guest in 0..GUESTS {
        first.push(ask(&bus, get, guest).await?);
    }
    for guest in 0..GUESTS {
        for _ in 0..UNTIL_KEPT {
            ask(&bus, get, guest).await?;
        }
        kept.push(ask(&bus, get, guest).await?);
    }
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok((first, kept))
}

async fn ask(bus: &Bus, get: &str, guest: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    bus.request(get, question(guest), TIMEOUT).await?;
    Ok(began.elapsed())
}
