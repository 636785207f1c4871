//! Many arrivals at once: five hundred guests in a minute, and then as many in one go, of each of whom more is known than
//! anybody is to be told. From a check-in to the front desk's board, and to the last of all that come of it, over the bus
//! alone at the same pace; with the services as processes of their own, resting while the bus is measured.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cardex_bus::{Bus, Outgoing, streams};
use cardex_domain::board::{MAX_ITEMS, MAX_ITEMS_PER_CATEGORY};
use cardex_domain::fact::Fact;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::NodeId;
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Occasion, profile_of};
use cardex_domain::records::Records as _;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Situation};
use cardex_wire::{BoardMessage, CONTENT_TYPE, decode};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::checkin::{Arriving, BARE, FRONT_DESK, Relay};
use super::figures::{Aim, Measure, Section};
use super::guests::{end, start};
use super::import::NO_PROGRAM;
use super::load::{Hotel, moment};
use super::rig::{Rig, key};
use super::{Options, ROUNDS, note};
use crate::program;

const NAME: &str = "storm";
const PROPERTY: &str = "grand";
/// Guests who arrive in a turn.
const ARRIVALS: usize = 500;
/// How long they take to arrive, one as long after another as the next.
const MINUTE: Duration = Duration::from_secs(60);
/// The durable of the listener, which has worked off everything when it has nothing left.
const LISTENER: &str = "cardex_checkin";
/// How often it is looked whether it has.
const TICK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(300);
/// Of what is known of each guest, the floor alone could be told of so much or more.
const POSSIBLE_MIN: usize = 20;
const FLOOR: &str = "floor";
/// What is known of every guest by two earlier visits: what the floor could be told, what concerns safety, and what others
/// could be told.
const KNOWN: [(&str, &str); 30] = [
    ("amenity.flower", "lily"),
    ("amenity.bath_scent", "sandalwood"),
    ("amenity.toiletries", "razor"),
    ("amenity.towels", "extra"),
    ("amenity.pillow", "buckwheat"),
    ("amenity.bedding", "silk"),
    ("room.bed_firmness", "firm"),
    ("room.temperature", "cool"),
    ("amenity.air", "humidifier"),
    ("room.lighting", "blackout"),
    ("room.setup", "desk_by_window"),
    ("amenity.slippers", "large"),
    ("amenity.robe", "large"),
    ("amenity.fruit", "mango"),
    ("amenity.welcome", "card"),
    ("drink.tea", "puer"),
    ("drink.water", "still"),
    ("amenity.fitness", "yoga_mat"),
    ("room.housekeeping_time", "morning"),
    ("room.turndown", "wanted"),
    ("privacy.entry", "shoes_off"),
    ("reading.newspaper", "scmp"),
    ("allergy.food", "peanut"),
    ("allergy.material", "feather"),
    ("room.facing", "south"),
    ("room.floor", "10"),
    ("dining.cuisine", "sichuan"),
    ("dining.condiment", "vinegar"),
    ("dining.seating", "window"),
    ("dining.breakfast", "congee"),
];

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    if program().is_none() {
        return Ok(Section::skipped(NAME, NO_PROGRAM));
    }
    let possible = possible(options.seed)?;
    ensure!(
        possible >= POSSIBLE_MIN,
        "only {possible} items are possible"
    );
    let rig = Rig::start().await?;
    note("storm: making up the hotel");
    let mut hotel = Hotel::new(options.seed, PROPERTY)?;
    let mut bare = Hotel::new(options.seed, BARE)?;
    // One more in each round, by whom it is seen how many boards come of an arrival.
    let per_round = 2 * ARRIVALS + 1;
    let mut memories = Vec::new();
    for guest in 0..per_round * ROUNDS {
        memories.extend(hotel.known_for(guest, &KNOWN)?);
    }
    rig.fill(memories).await?;

    let mut storm = Storm {
        possible,
        ..Storm::default()
    };
    for round in 0..ROUNDS {
        note(format!("storm: round {} of {ROUNDS}", round + 1));
        let mut guests = round * per_round..(round + 1) * per_round;
        let services = Services::start(&rig)?;
        let first = guests.next().context("there is a first guest")?;
        let first = vec![Arriving::expected(&mut hotel, first)?];
        rig.hour_is_over().await?;
        let watched = Watched::start(&rig, PROPERTY).await?;
        let first = watched.all_of(&rig, first, Duration::ZERO).await?;
        storm.boards_each = first.len();
        for (pace, turns) in [
            (MINUTE, &mut storm.evenly),
            (Duration::ZERO, &mut storm.at_once),
        ] {
            let arriving = guests.by_ref().take(ARRIVALS);
            let arriving = arriving.map(|guest| Arriving::expected(&mut hotel, guest));
            let arriving = arriving.collect::<anyhow::Result<Vec<_>>>()?;
            let watched = Watched::start(&rig, PROPERTY).await?;
            let heard = watched.all_of(&rig, arriving, pace).await?;
            ensure!(
                heard.len() == ARRIVALS * storm.boards_each,
                "{} boards came of {ARRIVALS} arrivals, and {} of one",
                heard.len(),
                storm.boards_each
            );
            storm.fullest.look_at(&heard)?;
            turns.add(&heard);
        }
        services.stop().await?;

        let relay = Relay::start(&rig, storm.fullest.bytes).await?;
        for (pace, floor) in [
            (MINUTE, &mut storm.floor_evenly),
            (Duration::ZERO, &mut storm.floor_at_once),
        ] {
            // Nobody of whom anything is known: their check-ins stay in the stream, and lead to no boards later.
            let strangers = per_round * ROUNDS..per_round * ROUNDS + ARRIVALS;
            let arriving = strangers.map(|guest| Arriving::relayed(&mut bare, guest));
            let arriving = arriving.collect::<anyhow::Result<Vec<_>>>()?;
            let watched = Watched::start(&rig, BARE).await?;
            let heard = watched.of_each(&rig, arriving, pace).await?;
            floor.push(heard.iter().map(Heard::took).collect());
        }
        relay.stop();
    }
    rig.stop().await?;
    storm.section()
}

/// How many items the floor could be told of an arrival: those that it is told where nothing else is known.
fn possible(seed: u64) -> anyhow::Result<usize> {
    let (deny, vocabulary) = (DenyList::default(), Vocabulary::embedded());
    let mut hotel = Hotel::new(seed, PROPERTY)?;
    let mut ledger = Ledger::default();
    let mut possible = 0;
    for (guest, known) in KNOWN.iter().enumerate() {
        let mut messages = hotel.known_for(guest, std::slice::from_ref(known))?;
        messages.push(hotel.arrival(guest)?);
        for message in messages {
            let Outgoing {
                subject, payload, ..
            } = message;
            let event = decode(&subject, Some(CONTENT_TYPE), &payload, moment(0))?;
            ledger.record(event.key, Fact::of(&event, &key())?);
        }
        let stay = key().stay(hotel.property(), &Hotel::reservation(guest));
        let occasion = Occasion {
            property: hotel.property().clone(),
            stay: Some(stay),
            as_of: moment(0).day(),
        };
        let settings = Settings::new(&deny, vocabulary);
        let Ok(profile) = profile_of(&ledger, &settings, NodeId::Stay(stay), &occasion);
        let Ok(stay) = ledger.stay(stay);
        let stay = stay.context("the guest arrived")?;
        let boards = Playbook::embedded().compose(&Situation::alone(&stay, &profile, vocabulary));
        let floor = boards
            .iter()
            .filter(|board| board.department.as_str() == FLOOR);
        possible += floor.map(|board| board.items.len()).sum::<usize>();
    }
    Ok(possible)
}

/// Aggregator and listener, each a process.
struct Services([Child; 2]);

impl Services {
    fn start(rig: &Rig) -> anyhow::Result<Self> {
        Ok(Self([start("aggregator", rig)?, start("checkin", rig)?]))
    }

    async fn stop(self) -> anyhow::Result<()> {
        for service in self.0 {
            end(service).await?;
        }
        Ok(())
    }
}

/// A board as it came, of a guest who arrived.
struct Heard {
    subject: String,
    payload: bytes::Bytes,
    arrived: Instant,
    came: Instant,
}

impl Heard {
    fn of(
        (subject, payload, came): Came,
        arrived: &BTreeMap<String, Instant>,
    ) -> anyhow::Result<Self> {
        let arrived = arrived.get(of(&subject));
        Ok(Self {
            arrived: *arrived.context("a board came of somebody who did not arrive")?,
            subject,
            payload,
            came,
        })
    }

    fn took(&self) -> Duration {
        self.came - self.arrived
    }
}

/// A board's subject and payload, and when it came.
type Came = (String, bytes::Bytes, Instant);

/// Everybody's boards at a property, as they come.
struct Watched {
    subscriber: Bus,
    came: mpsc::UnboundedReceiver<Came>,
    reading: JoinHandle<()>,
}

impl Watched {
    async fn start(rig: &Rig, property: &str) -> anyhow::Result<Self> {
        let subscriber = rig.connect().await?;
        let subject = format!("cardex.{property}.prompt.*.*");
        let subscribed = subscriber.subscribe(&subject).await;
        let mut subscription = subscribed.map_err(|error| anyhow::anyhow!(error))?;
        let (sender, came) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            while let Some(board) = subscription.next().await {
                let came = (board.subject, board.payload, Instant::now());
                if sender.send(came).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            subscriber,
            came,
            reading,
        })
    }

    /// Lets the guests arrive, and gives every board that comes until the listener has worked everything off.
    async fn all_of(
        mut self,
        rig: &Rig,
        guests: Vec<Arriving>,
        pace: Duration,
    ) -> anyhow::Result<Vec<Heard>> {
        let (arrived, last) = arrive(rig, guests, pace).await?;
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(TICK);
        // There is no such durable until the listener is there.
        let progress = async || rig.bus.durable_progress(streams::EVENTS, LISTENER).await;
        while !progress().await.is_ok_and(|of| of.acknowledged_to >= last) {
            ensure!(Instant::now() < deadline, "the listener does not get done");
            ticks.tick().await;
        }
        // What the bus acknowledged it has sent to who listens, and a drained connection has it all.
        self.subscriber.drain().await?;
        let mut heard = Vec::new();
        while let Some(board) = self.came.recv().await {
            heard.push(Heard::of(board, &arrived)?);
        }
        Ok(heard)
    }

    /// Lets the guests arrive, and gives the board of each, as the relay publishes it.
    async fn of_each(
        self,
        rig: &Rig,
        guests: Vec<Arriving>,
        pace: Duration,
    ) -> anyhow::Result<Vec<Heard>> {
        let (arrived, _) = arrive(rig, guests, pace).await?;
        self.take(arrived.len(), &arrived).await
    }

    /// So many boards, by when their guests arrived.
    async fn take(
        mut self,
        count: usize,
        arrived: &BTreeMap<String, Instant>,
    ) -> anyhow::Result<Vec<Heard>> {
        let mut heard = Vec::with_capacity(count);
        while heard.len() < count {
            let next = tokio::time::timeout(PATIENCE, self.came.recv()).await;
            let board = next
                .context("no board came")?
                .context("the subscription ended")?;
            heard.push(Heard::of(board, arrived)?);
        }
        self.reading.abort();
        self.subscriber.drain().await?;
        Ok(heard)
    }
}

/// Whose board comes on a subject: its last token.
fn of(subject: &str) -> &str {
    subject.rsplit('.').next().unwrap_or_default()
}

/// Publishes the check-ins over so much time, whether or not those before are acknowledged; when each was published, by
/// whose boards it leads to, and the last sequence of them.
async fn arrive(
    rig: &Rig,
    guests: Vec<Arriving>,
    pace: Duration,
) -> anyhow::Result<(BTreeMap<String, Instant>, u64)> {
    let bus = rig.connect().await?;
    let every = pace / u32::try_from(guests.len())?;
    let mut ticks = (!every.is_zero()).then(|| tokio::time::interval(every));
    let mut publishing = JoinSet::new();
    for guest in guests {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let bus = bus.clone();
        publishing.spawn(async move {
            let Outgoing {
                subject,
                id,
                payload,
                headers,
            } = guest.message;
            let arrived = Instant::now();
            let stored = bus.publish(&subject, &id, payload, &headers).await?;
            let of = of(&guest.board).to_owned();
            Ok::<_, anyhow::Error>((of, arrived, stored.stream_sequence))
        });
    }
    let (mut arrived, mut last) = (BTreeMap::new(), 0);
    while let Some(published) = publishing.join_next().await {
        let (of, at, sequence) = published??;
        arrived.insert(of, at);
        last = last.max(sequence);
    }
    bus.drain().await?;
    Ok((arrived, last))
}

/// The most that any board held.
#[derive(Default)]
struct Fullest {
    boards: usize,
    bytes: usize,
    items: usize,
    beside_safety: usize,
    of_a_category: usize,
}

impl Fullest {
    /// Looks at what stands on each board.
    fn look_at(&mut self, heard: &[Heard]) -> anyhow::Result<()> {
        for of in heard {
            let board = BoardMessage::decode(&of.subject, &of.payload)?.data;
            let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
            let weighed = board.items.iter().filter(|item| item.tier > 0);
            for item in weighed {
                *categories.entry(&item.category).or_default() += 1;
            }
            self.boards += 1;
            self.bytes = self.bytes.max(of.payload.len());
            self.items = self.items.max(board.items.len());
            self.beside_safety = self.beside_safety.max(categories.values().sum());
            let fullest = categories.values().copied().max().unwrap_or(0);
            self.of_a_category = self.of_a_category.max(fullest);
        }
        let holds = self.beside_safety <= MAX_ITEMS && self.of_a_category <= MAX_ITEMS_PER_CATEGORY;
        ensure!(
            holds,
            "a board holds {} items beside safety, {} of a category",
            self.beside_safety,
            self.of_a_category
        );
        Ok(())
    }
}

/// The times of each round.
#[derive(Default)]
struct Turns {
    front_desk: Vec<Vec<Duration>>,
    last: Vec<Vec<Duration>>,
}

impl Turns {
    fn add(&mut self, heard: &[Heard]) {
        let front_desk = format!(".prompt.{FRONT_DESK}.");
        let to_front_desk = heard.iter().filter(|of| of.subject.contains(&front_desk));
        self.front_desk
            .push(to_front_desk.map(Heard::took).collect());
        let mut last: BTreeMap<&str, Duration> = BTreeMap::new();
        for board in heard {
            let took = last.entry(of(&board.subject)).or_default();
            *took = board.took().max(*took);
        }
        self.last.push(last.into_values().collect());
    }
}

/// Everything that was measured.
#[derive(Default)]
struct Storm {
    possible: usize,
    boards_each: usize,
    fullest: Fullest,
    evenly: Turns,
    at_once: Turns,
    floor_evenly: Vec<Vec<Duration>>,
    floor_at_once: Vec<Vec<Duration>>,
}

impl Storm {
    fn section(self) -> anyhow::Result<Section> {
        let p99 = |name, times: &[Vec<Duration>]| Measure::percentile(name, 99, times);
        let front_desk = p99(
            "check-in to the front desk's board, p99",
            &self.evenly.front_desk,
        );
        let last = p99("check-in to the last of all boards, p99", &self.evenly.last);
        let floor = p99("floor: the bus alone, p99", &self.floor_evenly);
        let front_desk_p50 = Measure::percentile(
            "check-in to the front desk's board, p50",
            50,
            &self.evenly.front_desk,
        );
        let floor_p50 = Measure::percentile("floor: the bus alone, p50", 50, &self.floor_evenly);
        let burst = p99(
            "all at once: to the front desk's board, p99",
            &self.at_once.front_desk,
        );
        let burst_last = p99(
            "all at once: to the last of all boards, p99",
            &self.at_once.last,
        );
        let burst_floor = p99("all at once: the bus alone, p99", &self.floor_at_once);
        let mut section = Section::new(NAME);
        let aim = Some(Aim::AtMost(10.0));
        section.compare("500 in a minute ÷ bus, p99", &front_desk, &floor, aim);
        section.compare("the last of all boards ÷ bus, p99", &last, &floor, None);
        section.compare("500 at once ÷ bus, p99", &burst, &burst_floor, None);
        section.measures = vec![
            front_desk_p50,
            front_desk,
            last,
            floor_p50,
            floor,
            burst,
            burst_last,
            burst_floor,
        ];
        section.count("arrivals a turn", ARRIVALS as f64);
        section.count("known of each guest", KNOWN.len() as f64);
        section.count("items possible for the floor", self.possible as f64);
        section.count("boards of an arrival", self.boards_each as f64);
        section.count("boards looked at", self.fullest.boards as f64);
        section.count("items of a board, at most", self.fullest.items as f64);
        let beside = self.fullest.beside_safety as f64;
        section.count("beside safety, at most", beside);
        let of_a_category = self.fullest.of_a_category as f64;
        section.count("of a category, at most", of_a_category);
        section.count("bytes of a board, at most", self.fullest.bytes as f64);
        section.count("load of the machine", load()?);
        Ok(section)
    }
}

/// The processes that wanted a core over the last minute, as the system averages them.
fn load() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    let load = text.split(' ').next().context("the system says its load")?;
    Ok(load.parse()?)
}
