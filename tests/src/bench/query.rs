//! Asking for a profile, over a bare question that is answered with as many bytes.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cardex_bus::{Bus, Endpoint, Request, Service, ServiceSettings};
use cardex_domain::event::GuestRef;
use cardex_domain::ids::DepartmentId;
use cardex_wire::QuerySubject;
use cardex_wire::query::{Get, GetRequest, Operation as _, encode};
use cardex_wire::subject::Token;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::figures::{Aim, Measure, Section};
use super::load::Hotel;
use super::rig::Rig;
use super::{Options, ROUNDS, note};

/// Guests in house.
const GUESTS: usize = 500;
/// What was noticed about them.
const OBSERVATIONS: usize = 6_000;
/// Questions of each kind for each second of a turn.
const QUESTIONS_PER_SECOND: usize = 1_000;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Callers who ask at once, beside the one alone, and what is said of each number of them: what is compared, the two that
/// are, and the slowest of both.
const CROWDS: [(usize, [&str; 5]); 2] = [
    (
        16,
        [
            "16 callers: query ÷ bare request, p50",
            "16 callers: profile query, p50",
            "16 callers: bare request, p50",
            "16 callers: profile query, p99",
            "16 callers: bare request, p99",
        ],
    ),
    (
        64,
        [
            "64 callers: query ÷ bare request, p50",
            "64 callers: profile query, p50",
            "64 callers: bare request, p50",
            "64 callers: profile query, p99",
            "64 callers: bare request, p99",
        ],
    ),
];

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    note("query: making up the hotel");
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let mut history = Vec::new();
    for guest in 0..GUESTS {
        history.push(hotel.arrival(guest)?);
    }
    for _ in 0..OBSERVATIONS {
        history.push(hotel.observation(GUESTS)?);
    }
    let end = rig.fill(history).await?;
    let services = rig.services("store", false).await?;
    rig.reached(&rig.bus, end).await?;

    let answering = rig.connect().await?;
    let bare = serve_bare(&answering).await?;
    let asking = Asking {
        bus: rig.connect().await?,
        get: QuerySubject {
            property: hotel.property().clone(),
            department: DepartmentId::new("front_desk")?,
            op: Token::new(Get::NAME)?,
        }
        .to_string(),
    };
    let mut random = StdRng::seed_from_u64(options.seed);
    // Whoever is asked for again is often known by heart; so what it takes to fold is told apart.
    let mut first = Asked::default();
    for guest in 0..GUESTS {
        asking.both(guest, &mut first).await?;
    }
    let (mut subject, mut floor, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut crowds = CROWDS.map(|_| (Vec::new(), Vec::new()));
    let questions = QUESTIONS_PER_SECOND * options.seconds as usize;
    for round in 0..ROUNDS {
        note(format!("query: round {} of {ROUNDS}", round + 1));
        let mut asked = Asked::default();
        for _ in 0..questions {
            asking
                .both(random.random_range(0..GUESTS), &mut asked)
                .await?;
        }
        subject.push(asked.get);
        floor.push(asked.bare);
        bytes += asked.bytes;
        for ((callers, _), (subject, floor)) in CROWDS.iter().zip(&mut crowds) {
            let asked = asking.at_once(*callers, questions, &mut random).await?;
            subject.push(asked.get);
            floor.push(asked.bare);
        }
    }
    bare.stop().await;
    services.stop().await?;
    rig.stop().await?;

    let subject_p50 = Measure::percentile("profile query, p50", 50, &subject);
    let subject_p99 = Measure::percentile("profile query, p99", 99, &subject);
    let floor_p50 = Measure::percentile("floor: bare request and reply, p50", 50, &floor);
    let floor_p99 = Measure::percentile("floor: bare request and reply, p99", 99, &floor);
    let first_p50 = Measure::percentile("first query for a guest, p50", 50, &[first.get]);
    let mut section = Section::new("query");
    let aim = Some(Aim::AtMost(1.5));
    section.compare("query ÷ bare request, p50", &subject_p50, &floor_p50, aim);
    section.compare("query ÷ bare request, p99", &subject_p99, &floor_p99, None);
    section.compare(
        "first query ÷ bare request, p50",
        &first_p50,
        &floor_p50,
        None,
    );
    section.measures = vec![subject_p50, floor_p50, subject_p99, floor_p99, first_p50];
    for ((_, names), (subject, floor)) in CROWDS.iter().zip(&crowds) {
        let subject_p50 = Measure::percentile(names[1], 50, subject);
        let floor_p50 = Measure::percentile(names[2], 50, floor);
        section.compare(names[0], &subject_p50, &floor_p50, None);
        let subject_p99 = Measure::percentile(names[3], 99, subject);
        let floor_p99 = Measure::percentile(names[4], 99, floor);
        let of_crowd = [subject_p50, floor_p50, subject_p99, floor_p99];
        section.measures.extend(of_crowd);
    }
    section.count("questions of each", (questions * ROUNDS) as f64);
    section.count("bytes of an answer", (bytes / (questions * ROUNDS)) as f64);
    section.count("guests", GUESTS as f64);
    section.count("observations", OBSERVATIONS as f64);
    Ok(section)
}

#[derive(Clone)]
struct Asking {
    bus: Bus,
    get: String,
}

/// How long answers took.
#[derive(Default)]
struct Asked {
    get: Vec<Duration>,
    bare: Vec<Duration>,
    bytes: usize,
}

impl Asking {
    /// Asks for the guest's profile, then for as many bytes of nothing with the same question.
    async fn both(&self, guest: usize, asked: &mut Asked) -> anyhow::Result<()> {
        let bytes = self.profile(guest, asked).await?;
        self.nothing(guest, bytes, asked).await
    }

    /// Asks for the guest's profile; how many bytes it is.
    async fn profile(&self, guest: usize, asked: &mut Asked) -> anyhow::Result<usize> {
        let began = Instant::now();
        let profile = self
            .bus
            .request(&self.get, question(guest), TIMEOUT)
            .await?;
        asked.get.push(began.elapsed());
        asked.bytes += profile.len();
        Ok(profile.len())
    }

    /// Asks the same of somebody who answers with so many bytes.
    async fn nothing(&self, guest: usize, bytes: usize, asked: &mut Asked) -> anyhow::Result<()> {
        let bare = format!("bench.bare.{bytes}");
        let began = Instant::now();
        let answer = self.bus.request(&bare, question(guest), TIMEOUT).await?;
        asked.bare.push(began.elapsed());
        anyhow::ensure!(answer.len() == bytes, "the bare answer has another size");
        Ok(())
    }

    /// So many callers who ask again as soon as they are answered: all of them for profiles, and then all for nothing.
    async fn at_once(
        &self,
        callers: usize,
        questions: usize,
        random: &mut StdRng,
    ) -> anyhow::Result<Asked> {
        let mut all = Asked::default();
        // Of the first there is nothing to say yet but how many they are; of the second, how many bytes the first came to.
        let mut questions = vec![None; questions / callers];
        for _ in 0..2 {
            let mut asking = JoinSet::new();
            for _ in 0..callers {
                let (this, mut random) = (self.clone(), StdRng::seed_from_u64(random.random()));
                let questions = questions.clone();
                asking.spawn(async move {
                    let (mut asked, mut sizes) = (Asked::default(), Vec::new());
                    for bytes in questions {
                        let guest = random.random_range(0..GUESTS);
                        match bytes {
                            Some(bytes) => this.nothing(guest, bytes, &mut asked).await?,
                            None => sizes.push(Some(this.profile(guest, &mut asked).await?)),
                        }
                    }
                    anyhow::Ok((asked, sizes))
                });
            }
            while let Some(asked) = asking.join_next().await {
                let (asked, sizes) = asked??;
                all.get.extend(asked.get);
                all.bare.extend(asked.bare);
                if !sizes.is_empty() {
                    questions = sizes;
                }
            }
        }
        Ok(all)
    }
}

pub(super) fn question(guest: usize) -> Bytes {
    let about = GuestRef::Reservation(Hotel::reservation(guest).into());
    Bytes::from(encode(&GetRequest::of(about)))
}

/// Answers with as many bytes as the subject says.
pub(super) async fn serve_bare(bus: &Bus) -> anyhow::Result<Service> {
    let settings = ServiceSettings {
        name: "bench-bare".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: "Answers of a given size".to_owned(),
        queue_group: "bench".to_owned(),
        max_concurrent: 16,
        says: Default::default(),
    };
    let nothing = Bytes::from(vec![b' '; 1 << 20]);
    let handler = move |request: Request| {
        let bytes = request.subject.rsplit('.').next();
        let bytes = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        let answer = nothing.slice(..bytes);
        async move { Ok(answer) }
    };
    let endpoint = Endpoint::new("bare", "bench.bare.*", handler);
    Ok(bus.serve(&settings, vec![endpoint]).await?)
}
