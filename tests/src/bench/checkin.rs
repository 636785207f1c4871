//! From a check-in to the front desk's board, over the bus alone: publish, a durable consumer, publish again, a
//! subscriber. The same server, sizes and background of observations in both; the services rest while the bus is
//! measured.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings, Headers, Outgoing, streams};
use cardex_domain::ids::DepartmentId;
use cardex_runtime::CancellationToken;
use cardex_wire::PromptSubject;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::figures::{Aim, Measure, Section};
use super::load::Hotel;
use super::rig::{self, Rig, Services, key};
use super::{Options, ROUNDS, note};

/// How many observations of the background may be under way.
const BACKGROUND_WINDOW: usize = 64;
/// Guests in house whom the background is about.
const RESIDENTS: usize = 20_000;
/// What is known of the residents before, in observations.
const KNOWN: usize = 10_000;
/// Check-ins measured for each second of a turn.
const CHECK_INS_PER_SECOND: usize = 30;
/// Check-ins at the beginning of a turn that do not count.
const WARM_UP: usize = 20;
/// Check-ins of a turn while nothing else goes on.
const IDLE: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) const FRONT_DESK: &str = "front_desk";
/// The property whose check-ins no service is there for.
pub(super) const BARE: &str = "bare";

/// A check-in ready to be published, and the subject that its board comes on.
pub(super) struct Arriving {
    pub(super) message: Outgoing,
    pub(super) board: String,
}

/// Boards as they come in.
struct Boards {
    came: mpsc::UnboundedReceiver<(String, usize, Instant)>,
    reading: JoinHandle<()>,
}

/// What a turn gave.
#[derive(Default)]
struct Turn {
    times: Vec<Duration>,
    /// Until the check-in was acknowledged, which is part of each time.
    acknowledged: Vec<Duration>,
    board_bytes: usize,
}

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    let per_turn = CHECK_INS_PER_SECOND * options.seconds as usize + IDLE + WARM_UP + 1;
    note("checkin: making up the hotel");
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let mut bare = Hotel::new(options.seed, BARE)?;
    rig.fill(history(&mut hotel, per_turn * ROUNDS)?).await?;

    let publisher = rig.connect().await?;
    let acknowledged_alone = acknowledged_alone(&rig, options).await?;
    let mut background = Background {
        bus: rig.connect().await?,
        hotel: Hotel::new(!options.seed, "grand")?,
        per_second: options.background,
    };
    let (mut subject, mut floor, mut acknowledged) = (Vec::new(), Vec::new(), Vec::new());
    let mut idle = [const { Vec::new() }; 2];
    let mut counts = Counts::default();
    for round in 0..ROUNDS {
        note(format!("checkin: round {} of {ROUNDS}", round + 1));
        let guests = round * per_turn..(round + 1) * per_turn;
        let services = rig.services("store", true).await?;
        let mut arriving = VecDeque::new();
        for guest in guests.clone() {
            arriving.push_back(Arriving::expected(&mut hotel, RESIDENTS + guest)?);
        }
        counts.check_in_bytes = arriving[0].message.payload.len();
        // What came before is worked off by the time that the first board is there.
        let first = arriving.drain(..1).collect();
        turn(&rig, &publisher, "grand", first).await?;
        rig.hour_is_over().await?;
        let quiet = arriving.drain(..IDLE).collect();
        idle[0].push(turn(&rig, &publisher, "grand", quiet).await?.times);
        let running = background.start();
        let warm_up = arriving.drain(..WARM_UP).collect();
        turn(&rig, &publisher, "grand", warm_up).await?;
        let before = Metered::read(&services)?;
        let served = turn(&rig, &publisher, "grand", arriving).await?;
        counts.add(&services, &before, &served)?;
        background = running.stop(&mut counts.background_per_second).await?;
        services.stop().await?;

        let relay = Relay::start(&rig, served.board_bytes).await?;
        let arriving = guests.map(|guest| Arriving::relayed(&mut bare, guest));
        let mut arriving = arriving.collect::<anyhow::Result<VecDeque<_>>>()?;
        let quiet = arriving.drain(..IDLE).collect();
        idle[1].push(turn(&rig, &publisher, BARE, quiet).await?.times);
        let running = background.start();
        let warm_up = arriving.drain(..=WARM_UP).collect();
        turn(&rig, &publisher, BARE, warm_up).await?;
        floor.push(turn(&rig, &publisher, BARE, arriving).await?.times);
        background = running.stop(&mut counts.background_per_second).await?;
        subject.push(served.times);
        acknowledged.push(served.acknowledged);
        relay.stop();
    }
    rig.stop().await?;
    let mut section = section(&subject, &floor, &acknowledged, counts);
    compare_idle(&mut section, &idle);
    section.measures.push(Measure::of(
        "observations that the bus alone acknowledges",
        "/s",
        vec![acknowledged_alone],
    ));
    Ok(section)
}

/// How many observations a second the bus acknowledges while nothing else goes on, as many under way as in the background.
async fn acknowledged_alone(rig: &Rig, options: &Options) -> anyhow::Result<f64> {
    let mut background = Background {
        bus: rig.connect().await?,
        hotel: Hotel::new(options.seed, BARE)?,
        per_second: u32::MAX,
    };
    let token = CancellationToken::new();
    let turn = Duration::from_secs(u64::from(options.seconds));
    let publishing = background.publish(&token);
    let ending = async {
        tokio::time::sleep(turn).await;
        token.cancel();
    };
    let (per_second, ()) = tokio::join!(publishing, ending);
    per_second
}

/// The residents, what is known of them, and what earlier stays have left of the `newcomers`.
fn history(hotel: &mut Hotel, newcomers: usize) -> anyhow::Result<Vec<Outgoing>> {
    let mut history = Vec::new();
    for guest in 0..RESIDENTS {
        history.push(hotel.arrival(guest)?);
    }
    for _ in 0..KNOWN {
        history.push(hotel.observation(RESIDENTS)?);
    }
    for guest in RESIDENTS..RESIDENTS + newcomers {
        history.extend(hotel.memory(guest)?);
    }
    Ok(history)
}

impl Arriving {
    pub(super) fn expected(hotel: &mut Hotel, guest: usize) -> anyhow::Result<Self> {
        let property = hotel.property().clone();
        let stay = key().stay(&property, &Hotel::reservation(guest));
        let department = DepartmentId::new(FRONT_DESK)?;
        let board = PromptSubject {
            property,
            department,
            stay,
        };
        Ok(Self {
            message: hotel.arrival(guest)?,
            board: board.to_string(),
        })
    }

    pub(super) fn relayed(hotel: &mut Hotel, guest: usize) -> anyhow::Result<Self> {
        let message = hotel.arrival(guest)?;
        let board = relayed_board(&message.id);
        Ok(Self { message, board })
    }
}

fn relayed_board(id: &str) -> String {
    format!("cardex.{BARE}.prompt.{FRONT_DESK}.{id}")
}

/// Checks the guests in one after the other and takes the time until each one's board is there.
async fn turn(
    rig: &Rig,
    publisher: &Bus,
    property: &str,
    guests: VecDeque<Arriving>,
) -> anyhow::Result<Turn> {
    let subscriber = rig.connect().await?;
    let mut boards = Boards::watch(&subscriber, property).await?;
    let mut turn = Turn::default();
    for guest in guests {
        let Outgoing {
            subject,
            id,
            payload,
            headers,
        } = guest.message;
        let began = Instant::now();
        let publishing = async {
            let acknowledged = publisher.publish(&subject, &id, payload, &headers).await;
            acknowledged.map(|_| began.elapsed())
        };
        let (acknowledged, came) = tokio::join!(publishing, boards.next(&guest.board));
        turn.acknowledged.push(acknowledged?);
        let (bytes, at) = came?;
        turn.times.push(at - began);
        turn.board_bytes = turn.board_bytes.max(bytes);
        tokio::time::sleep(PAUSE).await;
    }
    boards.reading.abort();
    subscriber.drain().await?;
    Ok(turn)
}

impl Boards {
    async fn watch(bus: &Bus, property: &str) -> anyhow::Result<Self> {
        let subject = format!("cardex.{property}.prompt.{FRONT_DESK}.*");
        let subscribed = bus.subscribe(&subject).await;
        let mut subscription = subscribed.map_err(|error| anyhow::anyhow!(error))?;
        let (sender, came) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            while let Some(board) = subscription.next().await {
                let came = (board.subject, board.payload.len(), Instant::now());
                if sender.send(came).is_err() {
                    return;
                }
            }
        });
        Ok(Self { came, reading })
    }

    /// The size of the next board on this subject, and when it came.
    async fn next(&mut self, subject: &str) -> anyhow::Result<(usize, Instant)> {
        let next = async {
            while let Some((on, bytes, at)) = self.came.recv().await {
                if on == subject {
                    return Some((bytes, at));
                }
            }
            None
        };
        let came = tokio::time::timeout(PATIENCE, next).await;
        came.context("no board came")?
            .context("the subscription ended")
    }
}

/// The bus alone: what a durable consumer gets, it publishes again at the size of a board.
pub(super) struct Relay(JoinHandle<()>);

impl Relay {
    pub(super) async fn start(rig: &Rig, bytes: usize) -> anyhow::Result<Self> {
        let bus = rig.connect().await?;
        let durable = DurableSettings {
            stream: streams::EVENTS.to_owned(),
            name: "bench_relay".to_owned(),
            filter_subjects: vec![format!("cardex.{BARE}.stay.checked_in")],
            ack_wait: Duration::from_secs(30),
            max_ack_pending: 256,
            begin: Begin::First,
        };
        let mut deliveries = DurableListener::open(&bus, durable).await?;
        let board = Bytes::from(vec![b' '; bytes]);
        Ok(Self(tokio::spawn(async move {
            loop {
                let delivery = deliveries.next().await;
                let id = delivery.incoming.headers.get("Nats-Msg-Id");
                let id = id.and_then(|id| id.rsplit(':').next()).unwrap_or_default();
                let published = bus
                    .publish(&relayed_board(id), id, board.clone(), &Headers::new())
                    .await;
                match published {
                    Ok(_) => delivery.ack().await,
                    Err(error) => note(format!("checkin: the relay could not publish: {error}")),
                }
            }
        })))
    }

    pub(super) fn stop(self) {
        self.0.abort();
    }
}

/// Observations at a steady rate, whatever else goes on.
struct Background {
    bus: Bus,
    hotel: Hotel,
    per_second: u32,
}

/// The background, going on.
struct Running {
    token: CancellationToken,
    publishing: JoinHandle<anyhow::Result<(f64, Background)>>,
}

impl Background {
    fn start(mut self) -> Running {
        let token = CancellationToken::new();
        let until = token.clone();
        let publishing = tokio::spawn(async move {
            let per_second = self.publish(&until).await?;
            Ok((per_second, self))
        });
        Running { token, publishing }
    }

    /// Publishes until told to stop; how many it was a second.
    async fn publish(&mut self, token: &CancellationToken) -> anyhow::Result<f64> {
        let mut bulk = self.bus.bulk(BACKGROUND_WINDOW);
        let began = Instant::now();
        let mut sent = 0_usize;
        while !token.is_cancelled() {
            let due = began.elapsed().as_secs_f64() * f64::from(self.per_second);
            while (sent as f64) < due && !token.is_cancelled() {
                if let Some((_, stored)) = bulk.push(self.hotel.observation(RESIDENTS)?).await {
                    stored?;
                }
                sent += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let per_second = sent as f64 / began.elapsed().as_secs_f64();
        while let Some((_, stored)) = bulk.next().await {
            stored?;
        }
        Ok(per_second)
    }
}

impl Running {
    async fn stop(self, per_second: &mut Vec<f64>) -> anyhow::Result<Background> {
        self.token.cancel();
        let (rate, background) = self.publishing.await??;
        per_second.push(rate);
        Ok(background)
    }
}

/// What the services did while they were measured.
#[derive(Default)]
struct Counts {
    check_in_bytes: usize,
    board_bytes: usize,
    background_per_second: Vec<f64>,
    boards_per_second: Vec<f64>,
    commit_ms: Vec<f64>,
    answer_ms: Vec<f64>,
}

/// Metrics at one moment.
struct Metered {
    at: Instant,
    boards: f64,
    commits: (f64, f64),
    answers: (f64, f64),
}

impl Metered {
    fn read(services: &Services) -> anyhow::Result<Self> {
        let metric = |front| rig::metric(&services.health, front);
        Ok(Self {
            at: Instant::now(),
            boards: metric("cardex_boards_total")?,
            commits: (
                metric("cardex_commit_seconds_sum")?,
                metric("cardex_commit_seconds_count")?,
            ),
            answers: (
                metric("cardex_answer_seconds_sum{operation=\"affected\"}")?,
                metric("cardex_answer_seconds_count{operation=\"affected\"}")?,
            ),
        })
    }
}

impl Counts {
    fn add(&mut self, services: &Services, before: &Metered, turn: &Turn) -> anyhow::Result<()> {
        let now = Metered::read(services)?;
        let seconds = (now.at - before.at).as_secs_f64();
        let mean_ms = |after: (f64, f64), before: (f64, f64)| {
            (after.0 - before.0) * 1e3 / (after.1 - before.1).max(1.0)
        };
        self.board_bytes = self.board_bytes.max(turn.board_bytes);
        self.boards_per_second
            .push((now.boards - before.boards) / seconds);
        self.commit_ms.push(mean_ms(now.commits, before.commits));
        self.answer_ms.push(mean_ms(now.answers, before.answers));
        Ok(())
    }
}

/// Compares what was measured while nothing else went on: the services first, then the bus alone.
fn compare_idle(section: &mut Section, idle: &[Vec<Vec<Duration>>; 2]) {
    let [served, bare] = idle;
    let p50 = Measure::percentile("check-in to board, idle, p50", 50, served);
    let p99 = Measure::percentile("check-in to board, idle, p99", 99, served);
    let floor_p50 = Measure::percentile("floor: the bus alone, idle, p50", 50, bare);
    let floor_p99 = Measure::percentile("floor: the bus alone, idle, p99", 99, bare);
    section.compare("check-in ÷ bus, idle, p50", &p50, &floor_p50, None);
    section.compare("check-in ÷ bus, idle, p99", &p99, &floor_p99, None);
    section.measures.extend([p50, floor_p50, p99, floor_p99]);
}

fn section(
    subject: &[Vec<Duration>],
    floor: &[Vec<Duration>],
    acknowledged: &[Vec<Duration>],
    counts: Counts,
) -> Section {
    let subject_p50 = Measure::percentile("check-in to board, p50", 50, subject);
    let subject_p99 = Measure::percentile("check-in to board, p99", 99, subject);
    let floor_p50 = Measure::percentile("floor: the bus alone, p50", 50, floor);
    let floor_p99 = Measure::percentile("floor: the bus alone, p99", 99, floor);
    let mut section = Section::new("checkin");
    let aim = |most| Some(Aim::AtMost(most));
    section.compare("check-in ÷ bus, p50", &subject_p50, &floor_p50, aim(3.0));
    section.compare("check-in ÷ bus, p99", &subject_p99, &floor_p99, aim(4.0));
    section.measures = vec![
        subject_p50,
        floor_p50,
        subject_p99,
        floor_p99,
        Measure::of(
            "background observations",
            "/s",
            counts.background_per_second,
        ),
        Measure::percentile("check-in to its acknowledgement, p50", 50, acknowledged),
        Measure::of("boards published", "/s", counts.boards_per_second),
        Measure::of("commit of the store, mean", "ms", counts.commit_ms),
        Measure::of("answer to the listener, mean", "ms", counts.answer_ms),
    ];
    let samples = subject.iter().map(Vec::len).sum::<usize>();
    section.count("check-ins", samples as f64);
    section.count("bytes of a check-in", counts.check_in_bytes as f64);
    section.count("bytes of a board, at most", counts.board_bytes as f64);
    section
}
