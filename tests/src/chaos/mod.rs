//! Faults of every kind, under a load, against the books: nothing acknowledged is lost, nothing counts twice, every board
//! that is due is there, each revision once, and no profile is ever silently wrong.
//!
//! A [scenario](Scenario) is a plan of faults. A [round](run) of it is a hotel of real processes of its own, with a load, the
//! faults at moments by chance, and then the [books](books::Books). The same seed chooses the same events, faults and moments; the
//! machine's timing is its own.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a round")]

mod boards;
pub mod books;
pub mod damage;
pub mod disk;
mod faults;
pub mod findings;
pub mod hotel;
mod life;
pub mod load;
mod recovery;
pub mod report;
mod scenarios;
pub mod timeline;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;

use books::Books;
use faults::Fault;
use hotel::Hotel;
use load::{Load, Measure};
use recovery::{Recovery, Strikes};
use report::RoundReport;
pub use scenarios::{SCENARIOS, Scenario, scenario};
use timeline::Timeline;

/// How often it is looked whether all services still run.
const LOOKED_EVERY: Duration = Duration::from_millis(200);
/// Of all that is published and asked, so much has to succeed for a round to count.
const SUCCEEDED_MIN_PERCENT: usize = 70;

/// How much a round is.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Faults of a round.
    pub strikes: usize,
    /// Events that happen from one fault to the next.
    pub events_a_strike: usize,
    /// The load.
    pub measure: Measure,
}

impl Scale {
    /// What the end-to-end tests have time for, on a busy machine and without optimisation.
    #[must_use]
    pub fn short(strikes: usize) -> Self {
        Self {
            strikes,
            events_a_strike: 50,
            measure: Measure {
                publishers: 8,
                stays_each: 5,
                rate: None,
                links: false,
            },
        }
    }

    /// Events at this rate, and a fault about every so many milliseconds.
    #[must_use]
    pub fn long(strikes: usize, rate: u32, every_ms: u32) -> Self {
        let events = u64::from(rate) * u64::from(every_ms) / 1_000;
        Self {
            strikes,
            events_a_strike: usize::try_from(events).unwrap(),
            measure: Measure {
                publishers: 32,
                stays_each: 100,
                rate: Some(rate),
                links: true,
            },
        }
    }
}

/// What is known of a round while it runs, and after it failed.
#[derive(Clone)]
pub struct Record {
    /// What happened when.
    pub timeline: Timeline,
    report: Arc<Mutex<RoundReport>>,
}

impl Record {
    /// Of a round that begins now, under this seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let report = RoundReport {
            seed,
            ..RoundReport::default()
        };
        Self {
            timeline: Timeline::begin(),
            report: Arc::new(Mutex::new(report)),
        }
    }

    /// The figures so far.
    #[must_use]
    pub fn report(&self) -> RoundReport {
        self.report.lock().unwrap().clone()
    }

    fn notes(&self, note: impl FnOnce(&mut RoundReport)) {
        note(&mut self.report.lock().unwrap());
    }
}

/// A round under way: what faults act on.
pub(crate) struct Round {
    hotel: Hotel,
    load: Load,
    rng: StdRng,
    timeline: Timeline,
    /// Events let happen so far.
    released: usize,
    /// Messages that nobody can use, with the code under which they are to be dead letters.
    dead: Vec<(u64, &'static str)>,
    strikes: Strikes,
    recoveries: JoinSet<Recovery>,
    /// Whoever listens and never reads.
    deaf: Vec<tokio::net::TcpStream>,
    /// The small disk on which something is.
    _disk: Option<disk::Mounted>,
}

/// Plays one round.
///
/// # Panics
/// When anything is wrong; the record then says what, and the directories of the round are kept.
pub async fn run(scenario: &Scenario, scale: Scale, record: &Record) {
    let mut rng = StdRng::seed_from_u64(record.report().seed);
    let plan = scenario.plan(&mut rng, scale.strikes);
    let afterwards = scenario.damages.map_or(0, |_| scale.strikes);
    record.notes(|report| report.faults_planned = plan.len() + afterwards);
    let mut round = Round::begin(scenario, scale, rng, record).await;
    for fault in plan {
        round.strike(fault, scale.events_a_strike).await;
        record.notes(|report| {
            report.faults_fired += 1;
            report.operations = round.load.operations();
        });
    }
    // Life goes on after the last fault; where files are damaged afterwards, there is as much in them.
    round.happens(scale.events_a_strike * afterwards.max(1));
    round.calm().await;
    round.reckon(scenario, afterwards, record).await;
}

impl Round {
    async fn begin(scenario: &Scenario, scale: Scale, rng: StdRng, record: &Record) -> Self {
        let mut hotel = Hotel::divided(scenario.listeners, scenario.shards).await;
        let disk = match scenario.small_disk {
            Some(place) => Some(disk::shrink(&mut hotel, place).await),
            None => None,
        };
        let seed = record.report().seed;
        Self {
            load: Load::start(&hotel.desk, seed, scale.measure),
            hotel,
            rng,
            timeline: record.timeline.clone(),
            released: 0,
            dead: Vec::new(),
            strikes: Strikes::default(),
            recoveries: JoinSet::new(),
            deaf: Vec::new(),
            _disk: disk,
        }
    }

    /// Lets events happen.
    fn happens(&mut self, events: usize) {
        self.load.release(events);
        self.released += events;
    }

    /// Waits until everything that was let happen is acknowledged.
    async fn calm(&mut self) {
        self.load.acknowledged(self.released).await;
    }

    /// Lets events happen and something go wrong somewhere in the middle.
    async fn strike(&mut self, fault: Fault, events: usize) {
        let before = self.released;
        self.happens(events);
        let moment = before + self.rng.random_range(0..events * 3 / 4);
        self.load.acknowledged(moment).await;
        self.hotel.all_run();
        self.timeline.says(format!("{fault:?}"));
        fault.strike(self).await;
    }

    /// Waits until everything is worked off, and holds it against the books.
    async fn reckon(mut self, scenario: &Scenario, afterwards: usize, record: &Record) {
        let (operations, unseen) = (self.load.operations(), self.load.unseen());
        let acknowledged = self.load.finish().await;
        self.timeline.says("everything is acknowledged");
        record.notes(|report| {
            report.events = acknowledged.len();
            report.published_s = self.timeline.lasted().as_secs_f64();
            report.operations = operations;
        });
        let last = acknowledged.iter().map(|of| of.sequence).max().unwrap_or(0);
        settle(&mut self.hotel, last).await;
        self.hotel.all_answer().await;
        self.timeline.says("everything is worked off");
        while let Some(recovery) = self.recoveries.join_next().await {
            let recovery = recovery.unwrap();
            record.notes(|report| report.recoveries.push(recovery));
        }
        drop(self.deaf);

        let desk = self.hotel.desk.clone();
        let mut books = Books::of(&acknowledged, &self.dead);
        for what in unseen {
            books.findings.finds(findings::Wrong::Lost, what);
        }
        books.check_stream(&desk).await;
        books.check_dead_letters(&desk).await;
        self.timeline.says("the streams are looked at");
        let profiles = books.check_profiles(&desk).await;
        self.timeline.says("the profiles are compared");
        let boards = books.check_boards(&desk).await;
        self.timeline.says("the boards are compared");
        if afterwards > 0 {
            let place = scenario.damages.expect("damage is planned");
            let mut damaging = damage::Damaging::of(&mut self.hotel, &books, place).await;
            for _ in 0..afterwards {
                let came = damaging.strike(&mut self.rng).await;
                self.timeline.says(format!("{came:?}"));
                record.notes(|report| report.damaged(&came));
            }
        }
        self.hotel.end().await;
        for store in self.hotel.stores() {
            books.check_store(&store);
        }
        self.timeline.says("the books are closed");
        record.notes(|report| {
            (report.profiles, report.boards) = (profiles, boards);
            report.findings.add(&books.findings);
            report.lasted_s = self.timeline.lasted().as_secs_f64();
        });
        judge(&record.report(), scenario);
    }
}

/// Whether the round counts and all is well.
fn judge(report: &RoundReport, scenario: &Scenario) {
    let (done, all) = (report.operations.succeeded(), report.operations.attempted);
    assert!(
        done * 100 >= all * SUCCEEDED_MIN_PERCENT,
        "the round does not count: {done} of {all} operations succeeded"
    );
    assert_eq!(
        report.faults_fired, report.faults_planned,
        "every planned fault fires"
    );
    let boards = report.boards > scenario.boards_min;
    assert!(
        boards,
        "the load leaves hardly any boards: {}",
        report.boards
    );
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

/// Waits until everything is worked off, by services that run on.
async fn settle(hotel: &mut Hotel, last: u64) {
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
