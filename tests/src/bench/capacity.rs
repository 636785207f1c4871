//! How many events a second the listener works off, boards and all, of what has gathered while it was away; over the bus
//! alone, which delivers as many messages and stores one of a board's size for each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings, Headers, streams};
use tokio::sync::Semaphore;

use super::figures::{Measure, Section, per_second};
use super::load::Hotel;
use super::rig::{self, Rig};
use super::{Options, ROUNDS, note};

/// Guests in house whom the observations are about.
const GUESTS: usize = 5_000;
/// Observations that gather for each second of a turn.
const EVENTS_PER_SECOND: usize = 1_000;
/// What the bus alone stores at once, as the listener works off at once.
const AT_ONCE: usize = 64;
/// The listener's durable.
const LISTENER: &str = "cardex_checkin";
/// A board, in bytes.
const BOARD_BYTES: usize = 5_000;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let arrivals = (0..GUESTS).map(|guest| hotel.arrival(guest));
    rig.fill(arrivals.collect::<anyhow::Result<_>>()?).await?;
    rig.services("store", true).await?.when_idle(&rig).await?;
    let events = EVENTS_PER_SECOND * options.seconds as usize;
    let [mut worked, mut bare, mut boards] = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        note(format!("capacity: round {} of {ROUNDS}", round + 1));
        let gathered = (0..events).map(|_| hotel.observation(GUESTS));
        let end = rig.fill(gathered.collect::<anyhow::Result<_>>()?).await?;
        let mut services = rig.services("store", false).await?;
        rig.reached(&rig.bus, end).await?;
        let began = Instant::now();
        services.listen(&rig).await?;
        rig.worked_off(LISTENER).await?;
        let time = began.elapsed();
        worked.push(per_second(events, time));
        let published = rig::metric(&services.health, "cardex_boards_total")?;
        boards.push(published / time.as_secs_f64());
        services.when_idle(&rig).await?;
        bare.push(per_second(events, relayed(&rig, round, events).await?));
    }
    rig.stop().await?;

    let worked = Measure::of("events worked off", "/s", worked);
    let bare = Measure::of("floor: delivered, stored, acknowledged", "/s", bare);
    let mut section = Section::new("capacity");
    section.compare("listener ÷ bus", &worked, &bare, None);
    section.measures = vec![worked, bare, Measure::of("boards published", "/s", boards)];
    section.count("events a round", events as f64);
    Ok(section)
}

impl rig::Services {
    /// Stops once nothing is left to be done.
    async fn when_idle(self, rig: &Rig) -> anyhow::Result<()> {
        rig.hour_is_over().await?;
        rig.worked_off(LISTENER).await?;
        self.stop().await
    }
}

/// How long the bus alone takes for so many events.
async fn relayed(rig: &Rig, round: usize, events: usize) -> anyhow::Result<Duration> {
    let bus = rig.connect().await?;
    let durable = DurableSettings {
        stream: streams::EVENTS.to_owned(),
        name: format!("bench_capacity_{round}"),
        filter_subjects: vec!["cardex.*.observation.*.*".to_owned()],
        ack_wait: Duration::from_secs(30),
        max_ack_pending: u32::try_from(AT_ONCE * 4)?,
        begin: Begin::First,
    };
    let began = Instant::now();
    let mut deliveries = DurableListener::open(&bus, durable).await?;
    let (slots, board) = (
        Arc::new(Semaphore::new(AT_ONCE)),
        Bytes::from(vec![b' '; BOARD_BYTES]),
    );
    for _ in 0..events {
        let slot = Arc::clone(&slots).acquire_owned().await?;
        let (delivery, bus, board) = (deliveries.next().await, bus.clone(), board.clone());
        tokio::spawn(async move {
            store(&bus, delivery.incoming.stream_sequence, (round, board)).await;
            delivery.ack().await;
            drop(slot);
        });
    }
    drop(slots.acquire_many(u32::try_from(AT_ONCE)?).await?);
    let time = began.elapsed();
    bus.drain().await?;
    Ok(time)
}

async fn store(bus: &Bus, sequence: u64, (round, board): (usize, Bytes)) {
    let id = format!("{round}-{sequence}");
    let subject = format!("cardex.bare.prompt.front_desk.{id}");
    if let Err(error) = bus.publish(&subject, &id, board, &Headers::new()).await {
        note(format!("capacity: the bus did not store {id}: {error}"));
    }
}
