//! Importing bookings with the command line, over a bare publisher of the same messages to a server of the same kind.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cardex_bus::{OrderedReader, Outgoing, Read, streams};
use tokio::process::Command;

use super::figures::{Aim, Measure, Section, per_second};
use super::rig::Rig;
use super::{ROUNDS, note};
use crate::program;

const NAME: &str = "import";
/// Where the bookings lie, seen from the workspace's root.
const BOOKINGS: &str = "../shared/data/city_hotel_bookings.csv.gz";
/// The mapping of their columns.
const MAPPING: &str = "deploy/import/city-hotel.toml";
/// Why nothing was measured.
pub(super) const NO_PROGRAM: &str =
    "there is no cardex beside this program; build it with the same profile: cargo build -p cardex";
const READ_BATCH: usize = 256;
const LINGER: Duration = Duration::from_secs(1);

pub(super) async fn measure() -> anyhow::Result<Section> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (bookings, mapping) = (root.join(BOOKINGS), root.join(MAPPING));
    if !bookings.is_file() {
        let why = format!("{BOOKINGS} is not there");
        return Ok(Section::skipped(NAME, why));
    }
    let Some(cardex) = program() else {
        return Ok(Section::skipped(NAME, NO_PROGRAM));
    };
    let (mut imported, mut bare) = (Vec::new(), Vec::new());
    let mut messages = Vec::new();
    for round in 0..ROUNDS {
        note(format!("import: round {} of {ROUNDS}", round + 1));
        let rig = Rig::start().await?;
        let time = import(&cardex, &rig, &bookings, &mapping).await?;
        if messages.is_empty() {
            messages = published(&rig).await?;
        }
        rig.stop().await?;
        imported.push(per_second(messages.len(), time));

        let rig = Rig::start().await?;
        let copies = messages.clone();
        let began = Instant::now();
        rig.fill(copies).await?;
        bare.push(per_second(messages.len(), began.elapsed()));
        rig.stop().await?;
    }
    let imported = Measure::of("import", "events/s", imported);
    let bare = Measure::of("floor: bare publisher of the same events", "events/s", bare);
    let mut section = Section::new(NAME);
    let aim = Some(Aim::AtLeast(0.7));
    section.compare("import ÷ bare publisher", &imported, &bare, aim);
    section.measures = vec![imported, bare];
    let bytes: usize = messages.iter().map(|m| m.payload.len()).sum();
    section.count("events", messages.len() as f64);
    section.count("bytes of an event", (bytes / messages.len().max(1)) as f64);
    Ok(section)
}

/// Imports the file, from the start of the process to its end.
async fn import(
    cardex: &Path,
    rig: &Rig,
    bookings: &Path,
    mapping: &Path,
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let ended = Command::new(cardex)
        .args(["--nats", &rig.url()])
        .arg("--set")
        .arg(format!(
            "nats.server_monitoring_url={}",
            rig.monitoring_url()
        ))
        .arg("--data")
        .arg(rig.path("data"))
        .args(["import", "bookings"])
        .arg(bookings)
        .arg("--mapping")
        .arg(mapping)
        .args(["--property", "grand"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot start {}", cardex.display()))?;
    let time = began.elapsed();
    let said = String::from_utf8_lossy(&ended.stderr);
    let last = said.lines().last().unwrap_or_default();
    anyhow::ensure!(ended.status.success(), "the import failed: {last}");
    Ok(time)
}

/// What the import left on the bus.
async fn published(rig: &Rig) -> anyhow::Result<Vec<Outgoing>> {
    let end = streams::stream_ends(&rig.bus, streams::EVENTS).await?.last;
    let mut reader = OrderedReader::open(&rig.bus, streams::EVENTS, None).await?;
    let mut messages = Vec::new();
    while reader.position().sequence < end {
        for read in reader.next_batch(READ_BATCH, LINGER).await? {
            let Read::Message(message) = read else {
                anyhow::bail!("the imported events have a gap");
            };
            let id = message.headers.get("Nats-Msg-Id").unwrap_or_default();
            let content_type = message.headers.get("Content-Type").unwrap_or_default();
            messages.push(Outgoing {
                id: id.rsplit(':').next().unwrap_or_default().to_owned(),
                headers: cardex_bus::Headers::new().with("Content-Type", content_type)?,
                subject: message.subject,
                payload: message.payload,
            });
        }
    }
    Ok(messages)
}
