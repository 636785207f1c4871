//! Reading the stream into a store beside the service's own: to take its place, or to be compared with it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::Bus;
use cardex_bus::streams::StreamEnds;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_store::Store;

use crate::alike::Alike;
use crate::ingest::{Ingest, IngestError, Serving};
use crate::key;
use crate::meters::Meters;
use crate::profiles::Profiles;
use crate::progress::Progress;
use crate::service::{AggregatorError, AggregatorSettings, gateways};
use crate::settings::SettingsBook;

/// The pipeline shows that it is alive this often at least; nobody looks here.
const HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(60);
/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// How far a store has come that is built from the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The sequence up to which everything is safely on disk.
    pub sequence: u64,
    /// Where it ends.
    pub end: u64,
}

/// Builds a store in `dir`, where there is none yet, from the beginning of the stream up to `ends` of it, under the
/// installation's key; what is published stays as it is. Returns it when it is there, or when told to stop: its position
/// says how far it is. What a process leaves that ended before is of no use: it may be half of anything.
///
/// # Errors
/// When there is a store, the key is another one, the stream can't be read, or the store fails.
pub async fn read_stream(
    bus: &Bus,
    settings: &AggregatorSettings,
    dir: &Path,
    ends: &StreamEnds,
    token: CancellationToken,
    mut tell: impl FnMut(Reached),
) -> Result<Store, AggregatorError> {
    if Store::is_there(dir) {
        let path = dir.to_owned();
        return Err(AggregatorError::StoreThere { path });
    }
    let key = key::of_installation(bus, &settings.installation_key_file).await?;
    let options = settings.open_options()?;
    let dir = dir.to_owned();
    let opening = tokio::task::spawn_blocking(move || Store::open(&dir, &options));
    let store = opening.await.map_err(|_| IngestError::Broken)??.store;
    let store = Arc::new(store);
    let (progress, health) = (Progress::new(0), Health::default());
    if ends.last > 0 && ends.messages > 0 {
        let ingest = Ingest {
            bus: bus.clone(),
            store: Arc::clone(&store),
            key,
            gateways: gateways(&settings.gateways)?,
            book: Arc::new(SettingsBook::new(bus.clone())),
            profiles: Arc::new(Profiles::new()),
            alike: Arc::new(Alike::default()),
            progress: progress.clone(),
            meters: Meters::new(&health.metrics),
            condition: health.readiness.condition("aggregator"),
            heartbeat: health.liveness.heartbeat("aggregator", HEARTBEAT_MAX_AGE),
            up_to: Some(ends.last),
            serving: Serving::Nobody,
        };
        let mut running = std::pin::pin!(ingest.run(token));
        let mut ticks = tokio::time::interval(TELL_EVERY);
        loop {
            tokio::select! {
                ran = &mut running => break ran?,
                _ = ticks.tick() => tell(Reached { sequence: progress.sequence(), end: ends.last }),
            }
        }
    }
    let closing = tokio::task::spawn_blocking(move || {
        store.sync()?;
        Ok::<_, AggregatorError>(store)
    });
    let store = closing.await.map_err(|_| IngestError::Broken)??;
    // The pipeline has ended, and with it everybody else who had the store.
    Arc::into_inner(store).ok_or_else(|| IngestError::Broken.into())
}
