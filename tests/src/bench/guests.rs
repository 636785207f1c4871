//! What the aggregator takes of memory and disk for so many guests: a process of its own on a store that holds them.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cardex_bus::{RequestError, streams};
use cardex_domain::event::{GuestDetails, GuestRef, Identifier, IdentifierKind, Name, Particulars};
use cardex_domain::ids::DepartmentId;
use cardex_domain::time::Day;
use cardex_matching::Part;
use cardex_store::{OpenOptions, Store};
use cardex_wire::QuerySubject;
use cardex_wire::query::{
    Duplicates, DuplicatesRequest, ErrorCode, Get, GetRequest, List, ListRequest, Operation, encode,
};
use cardex_wire::subject::Token;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::process::{Child, Command};

use super::crowd::Filling;
use super::figures::{Measure, Section};
use super::import::NO_PROGRAM;
use super::load::Hotel;
use super::rig::Rig;
use super::{Options, note};
use crate::people::People;
use crate::program;

const NAME: &str = "guests";
/// Guests whose profiles are asked for.
const QUESTIONS: usize = 2_000;
/// Guests after which it is said how far the store is filled.
const TELL_EACH: u32 = 50_000;
/// How long the aggregator may take to open the store, and to work out who may be one person.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// How long it is waited before it is asked again.
const TICK: Duration = Duration::from_millis(50);
const TIMEOUT: Duration = Duration::from_secs(60);
/// Typing errors come to days that no booking may give; guests are born from 1900 on and before 2000.
const BORN_FROM: Day = Day(-25_567);
const BORN_BEFORE: Day = Day(10_957);
pub(super) const MIB: f64 = (1 << 20) as f64;

pub(super) async fn measure(options: &Options, guests: u32) -> anyhow::Result<Section> {
    if program().is_none() {
        return Ok(Section::skipped(NAME, NO_PROGRAM));
    }
    let rig = Rig::start().await?;
    let incarnation = streams::stream_ends(&rig.bus, streams::EVENTS)
        .await?
        .incarnation;
    let (dir, seed) = (rig.path("store"), options.seed);
    let filling = tokio::task::spawn_blocking(move || fill(&dir, &incarnation, guests, seed));
    let (events, filled) = filling.await??;
    let asking = Asking { rig: &rig };

    let (aggregator, opened) = asking.start().await?;
    let resident_open = resident(&aggregator)?;
    let mut random = StdRng::seed_from_u64(seed);
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        times.push(asking.get(random.random_range(0..guests)).await?);
    }
    let resident_asked = resident(&aggregator)?;
    note("guests: who may be one person");
    let began = Instant::now();
    asking.duplicates().await?;
    let paired = began.elapsed();
    let resident_paired = resident(&aggregator)?;
    note("guests: stopped, killed, backed up and restored");
    end(aggregator).await?;
    let disk = bytes_in(&rig.path("store"))?;
    let (mut aggregator, stopped) = asking.start().await?;
    aggregator.kill().await?;
    let (aggregator, killed) = asking.start().await?;
    let backup = rig.path("guests.snapshot");
    let backed_up = command(&rig, &["backup", "--to"], &backup).await?;
    let backup_bytes = std::fs::metadata(&backup)?.len();
    end(aggregator).await?;
    std::fs::remove_dir_all(rig.path("store"))?;
    let restored = command(&rig, &["restore"], &backup).await?;
    let (aggregator, _) = asking.start().await?;
    end(aggregator).await?;
    rig.stop().await?;

    let mut section = Section::new(NAME);
    section.measures = vec![
        Measure::percentile("profile of any of them, p50", 50, &[times.clone()]),
        Measure::percentile("profile of any of them, p99", 99, &[times]),
    ];
    let counts = [
        ("guests", f64::from(guests)),
        ("events", events as f64),
        ("seconds to fill the store", filled.as_secs_f64()),
        ("seconds to the first answer", opened.as_secs_f64()),
        ("the same after a stop", stopped.as_secs_f64()),
        ("the same after a kill", killed.as_secs_f64()),
        ("seconds for a backup", backed_up.as_secs_f64()),
        ("seconds to restore it", restored.as_secs_f64()),
        ("MiB of the backup", backup_bytes as f64 / MIB),
        ("seconds until pairs are answered", paired.as_secs_f64()),
        ("MiB resident at the first answer", resident_open / MIB),
        ("MiB resident after the questions", resident_asked / MIB),
        ("MiB resident with pairs", resident_paired / MIB),
        (
            "bytes resident of a guest",
            resident_paired / f64::from(guests),
        ),
        ("MiB on disk", disk / MIB),
        ("bytes on disk of a guest", disk / f64::from(guests)),
        ("bytes on disk of an event", disk / events as f64),
    ];
    for (name, value) in counts {
        section.count(name, value);
    }
    Ok(section)
}

/// Fills the store with guests of one booking and one to three observations each; how many events that is, and how long
/// it took.
fn fill(dir: &Path, incarnation: &str, guests: u32, seed: u64) -> anyhow::Result<(u64, Duration)> {
    let store = Store::open(dir, &OpenOptions::default())?.store;
    let began = Instant::now();
    let mut filling = Filling::before(&store, incarnation);
    let mut hotel = Hotel::new(seed, "grand")?;
    let mut random = StdRng::seed_from_u64(seed);
    for (guest, made) in (0..guests).zip(People::new(seed)) {
        if guest % TELL_EACH == 0 {
            note(format!("guests: {guest} of {guests}"));
        }
        filling.add([hotel.booking(guest as usize, details(&made.said))?])?;
        for _ in 0..random.random_range(1..=3) {
            filling.add([hotel.observation_of(guest as usize)?])?;
        }
    }
    let events = filling.finish()?;
    store.close()?;
    Ok((events, began.elapsed()))
}

/// What is said of a made-up guest, as a booking says it.
fn details(said: &[(Part, String)]) -> GuestDetails {
    let part = |wanted: Part| {
        let mut found = said.iter().filter(|(part, _)| *part == wanted);
        found.next().map(|(_, text)| text.as_str().into())
    };
    let identifier = |kind, value: Option<Box<str>>| {
        value.map(|value| Identifier {
            kind,
            value,
            verified: false,
        })
    };
    let phone = identifier(IdentifierKind::Phone, part(Part::Phone));
    let email = identifier(IdentifierKind::Email, part(Part::Email));
    GuestDetails {
        name: Some(Name {
            full: part(Part::Name),
            family: part(Part::Family),
            given: part(Part::Given),
            ..Name::default()
        }),
        nationality: part(Part::Nationality),
        particulars: Particulars {
            birth_date: part(Part::Birth)
                .and_then(|day| day.parse().ok())
                .filter(|day| (BORN_FROM..BORN_BEFORE).contains(day)),
            company: part(Part::Company),
            ..Particulars::default()
        },
        identifiers: phone.into_iter().chain(email).collect(),
        ..GuestDetails::default()
    }
}

/// Starts a service as a process of its own, with its data beside the server's.
pub(super) fn start(service: &str, rig: &Rig) -> anyhow::Result<Child> {
    let mut command = Command::new(program().context(NO_PROGRAM)?);
    command
        .args([service, "--nats", &rig.url(), "--data"])
        .arg(rig.path("."))
        .arg("--set")
        .arg(format!(
            "nats.server_monitoring_url={}",
            rig.monitoring_url()
        ))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| format!("cannot start the {service}"))
}

/// Runs a command on what the rig has, with this file as its last argument; how long it took.
async fn command(rig: &Rig, words: &[&str], file: &Path) -> anyhow::Result<Duration> {
    let mut command = Command::new(program().context(NO_PROGRAM)?);
    command.args(words).arg(file);
    command
        .args(["--nats", &rig.url(), "--data"])
        .arg(rig.path("."));
    let began = Instant::now();
    let ended = command.kill_on_drop(true).output().await?;
    let told = String::from_utf8_lossy(&ended.stderr);
    anyhow::ensure!(ended.status.success(), "cardex {}: {told}", words[0]);
    Ok(began.elapsed())
}

/// Tells a service to end, and waits until it has.
pub(super) async fn end(mut service: Child) -> anyhow::Result<()> {
    let pid = service.id().context("it runs")?;
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid)?);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM)?;
    service.wait().await?;
    Ok(())
}

struct Asking<'r> {
    rig: &'r Rig,
}

impl Asking<'_> {
    async fn ask<O: Operation>(&self, question: &O::Request) -> Result<Duration, RequestError> {
        let subject = QuerySubject {
            property: "grand".parse().expect("the word is a token"),
            department: DepartmentId::engine(),
            op: Token::new(O::NAME).expect("an operation's name is a token"),
        };
        let (subject, question) = (subject.to_string(), encode(question).into());
        let began = Instant::now();
        self.rig.bus.request(&subject, question, TIMEOUT).await?;
        Ok(began.elapsed())
    }

    /// Starts the aggregator; how long it takes until it answers.
    async fn start(&self) -> anyhow::Result<(Child, Duration)> {
        let began = Instant::now();
        let mut aggregator = start("aggregator", self.rig)?;
        self.until_ready(&mut aggregator).await?;
        Ok((aggregator, began.elapsed()))
    }

    /// Asks until the aggregator answers.
    async fn until_ready(&self, aggregator: &mut Child) -> anyhow::Result<()> {
        let question = ListRequest {
            to: Some(cardex_wire::text::AsText(Day(0))),
            ..ListRequest::default()
        };
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(TICK);
        while let Err(error) = self.ask::<List>(&question).await {
            let ended = aggregator.try_wait()?;
            anyhow::ensure!(ended.is_none(), "the aggregator ended: {ended:?}");
            anyhow::ensure!(Instant::now() < deadline, "no answer in time: {error}");
            ticks.tick().await;
        }
        Ok(())
    }

    async fn get(&self, guest: u32) -> anyhow::Result<Duration> {
        let about = GuestRef::Reservation(Hotel::reservation(guest as usize).into());
        Ok(self.ask::<Get>(&GetRequest::of(about)).await?)
    }

    /// Asks who may be one person until that is worked out.
    async fn duplicates(&self) -> anyhow::Result<()> {
        let question = DuplicatesRequest::default();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.ask::<Duplicates>(&question).await {
                Ok(_) => return Ok(()),
                Err(RequestError::Service(error))
                    if error.code == ErrorCode::Unavailable.number() => {}
                Err(RequestError::Timeout { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            anyhow::ensure!(Instant::now() < deadline, "no pairs in time");
        }
    }
}

fn resident(process: &Child) -> anyhow::Result<f64> {
    resident_of(process.id().context("it runs")?)
}

/// The memory that the process of this id has, in bytes.
pub(super) fn resident_of(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    let kib: f64 = kib.context("the system says VmRSS")?.trim().parse()?;
    Ok(kib * 1024.0)
}

/// What the files in a directory and below come to, in bytes.
pub(super) fn bytes_in(dir: &Path) -> anyhow::Result<f64> {
    let mut bytes = 0.0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += match about.is_dir() {
            true => bytes_in(&entry.path())?,
            false => about.len() as f64,
        };
    }
    Ok(bytes)
}
