//! Snapshots on the bus: put there when somebody asks for one, and what a store begins with that is not there yet.
//!
//! Nothing rests on them: a snapshot that is missing, does not fit or is damaged costs the time to read the stream.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cardex_bus::service::{Endpoint, ServeError, ServiceSettings};
use cardex_bus::snapshots::{Snapshot, take_of};
use cardex_bus::streams::{EVENTS, StreamEnds, stream_ends};
use cardex_bus::{BoxError, Bus, Service, ServiceError};
use cardex_domain::ids::InstallationKey;
use cardex_domain::shard::Share;
use cardex_runtime::CancellationToken;
use cardex_store::{Held, Store, Unfinished};
use data_encoding::HEXLOWER;
use tokio::sync::Mutex;

use crate::service::AggregatorSettings;

/// Snapshots of one stream that are kept; older ones are taken away.
const KEPT: usize = 2;
/// Who may ask at once: each is told that somebody is at work, though one snapshot is taken at a time.
const ASKING_MAX: usize = 16;
/// The code of an answer that there is no snapshot, in the manner of HTTP.
const FAILED: u16 = 500;

/// What is said of a snapshot on the bus.
const KEY: &str = "key";
const INCARNATION: &str = "incarnation";
const SEQUENCE: &str = "sequence";
const SHA256: &str = "sha256";
/// Which shard's store it is of; not said of one that is not divided.
const SHARD: &str = "shard";

/// Puts snapshots when asked to.
pub(crate) struct Keeper {
    service: Service,
    token: CancellationToken,
}

impl Keeper {
    pub(crate) async fn serve(
        bus: &Bus,
        store: &Arc<Store>,
        key: &InstallationKey,
    ) -> Result<Self, ServeError> {
        let share = store.share();
        let settings = ServiceSettings {
            name: "cardex-keeper".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: "Snapshots of an aggregator's store".to_owned(),
            queue_group: match share {
                Some(share) => format!("cardex-keeper-{share}"),
                None => "cardex-keeper".to_owned(),
            },
            max_concurrent: ASKING_MAX,
            says: BTreeMap::new(),
        };
        let token = CancellationToken::new();
        let taker = Arc::new(Taker {
            bus: bus.clone(),
            store: Arc::clone(store),
            key: key.fingerprint(),
            token: token.clone(),
            one_at_a_time: Mutex::new(()),
        });
        let endpoint = Endpoint::new("snapshot", &take_of(share), move |_| {
            let taker = Arc::clone(&taker);
            async move { taker.answer().await }
        });
        let service = bus.serve(&settings, vec![endpoint]).await?;
        Ok(Self { service, token })
    }

    /// Gives up what is under way and takes no more.
    pub(crate) async fn stop(self) {
        self.token.cancel();
        self.service.stop().await;
    }
}

struct Taker {
    bus: Bus,
    store: Arc<Store>,
    key: String,
    token: CancellationToken,
    one_at_a_time: Mutex<()>,
}

impl Taker {
    async fn answer(&self) -> Result<Bytes, ServiceError> {
        let _one = self.one_at_a_time.lock().await;
        let file = Unfinished::Snapshot.beside(self.store.dir());
        let taken = self
            .token
            .run_until_cancelled(Box::pin(self.take(&file)))
            .await;
        remove(&file);
        let taken = taken.unwrap_or_else(|| Err("the aggregator is stopping".into()));
        taken.map(Bytes::from).map_err(|error| {
            tracing::error!(
                error = &*error as &dyn std::error::Error,
                "no snapshot was put on the bus"
            );
            ServiceError {
                code: FAILED,
                message: format!("{error}; see the aggregator's log"),
            }
        })
    }

    async fn take(&self, file: &Path) -> Result<String, BoxError> {
        let (store, key, token) = (
            Arc::clone(&self.store),
            self.key.clone(),
            self.token.clone(),
        );
        let to = file.to_owned();
        let taking = tokio::task::spawn_blocking(move || write(&store, &key, &to, &token));
        let held = taking.await??;
        let position = held.position.as_ref();
        let position = position.ok_or("nothing was recorded yet")?;
        let share = self.store.share();
        let mut name = format!(
            "v1.{}.{}.{:020}",
            self.key, position.incarnation, position.sequence
        );
        let mut of = BTreeMap::from([
            (KEY.to_owned(), self.key.clone()),
            (INCARNATION.to_owned(), position.incarnation.clone()),
            (SEQUENCE.to_owned(), position.sequence.to_string()),
            (SHA256.to_owned(), HEXLOWER.encode(&held.hash)),
        ]);
        if let Some(share) = share {
            name += &format!(".{share}");
            of.insert(SHARD.to_owned(), share.to_string());
        }
        let body = tokio::fs::File::open(file).await?;
        self.bus.put_snapshot(&name, of, body).await?;
        tracing::info!(name, bytes = held.bytes, "put a snapshot on the bus");
        let listed = self.bus.snapshots().await?;
        for old in of_stream(listed, &self.key, &position.incarnation, share).skip(KEPT) {
            self.bus.remove_snapshot(&old.name).await?;
        }
        Ok(name)
    }
}

fn write(
    store: &Store,
    key: &str,
    path: &Path,
    token: &CancellationToken,
) -> Result<Held, BoxError> {
    let file = BufWriter::new(create(path)?);
    Ok(store.snapshot(key, file, &mut |_| !token.is_cancelled())?)
}

/// A file that its owner alone may read, for it holds guests' data.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn remove(file: &Path) {
    // One that stays is written over by the next.
    let _ = fs::remove_file(file);
}

/// Snapshots of this stream under this key, of stores that keep this share, the newest first.
fn of_stream(
    listed: Vec<Snapshot>,
    key: &str,
    incarnation: &str,
    share: Option<Share>,
) -> impl Iterator<Item = Snapshot> {
    let share = share.map(|share| share.to_string());
    let is = |snapshot: &Snapshot, name: &str, value: &str| {
        snapshot.of.get(name).is_some_and(|held| held == value)
    };
    let mut fitting: Vec<_> = listed
        .into_iter()
        .filter(|one| is(one, KEY, key) && is(one, INCARNATION, incarnation))
        .filter(|one| one.of.get(SHARD) == share.as_ref())
        .collect();
    fitting.sort_by_key(|one| std::cmp::Reverse(sequence_of(one)));
    fitting.into_iter()
}

fn sequence_of(snapshot: &Snapshot) -> Option<u64> {
    snapshot.of.get(SEQUENCE)?.parse().ok()
}

/// Makes the store of the newest snapshot that fits, where there is none. What does not work is said in the log: the
/// stream has everything.
pub(crate) async fn begin(bus: &Bus, settings: &AggregatorSettings, key: &InstallationKey) {
    if !settings.from_snapshot || Store::is_there(&settings.store_dir) {
        return;
    }
    let key = key.fingerprint();
    let found = async {
        let listed = bus.snapshots().await?;
        Ok::<_, BoxError>((listed, stream_ends(bus, EVENTS).await?))
    };
    let (listed, ends) = match found.await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "snapshots can't be looked for; the store is built from the stream");
            return;
        }
    };
    let share = match settings.share() {
        Ok(share) => share,
        // Said when the store is opened.
        Err(_) => return,
    };
    let fitting =
        of_stream(listed, &key, &ends.incarnation, share).filter(|one| follows(one, &ends));
    for snapshot in fitting {
        let name = &snapshot.name;
        match load(bus, settings, &key, name).await {
            Ok(held) => {
                tracing::info!(
                    name,
                    events = held.counts.events,
                    "the store begins with a snapshot"
                );
                return;
            }
            Err(error) => tracing::warn!(name, %error, "a snapshot can't be used"),
        }
    }
}

/// Whether the stream goes on behind the snapshot.
fn follows(snapshot: &Snapshot, ends: &StreamEnds) -> bool {
    sequence_of(snapshot).is_some_and(|at| at <= ends.last && ends.first <= at + 1)
}

async fn load(
    bus: &Bus,
    settings: &AggregatorSettings,
    key: &str,
    name: &str,
) -> Result<Held, BoxError> {
    let path = Unfinished::Snapshot.beside(&settings.store_dir);
    let loaded = async {
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await?;
        }
        let file = tokio::fs::File::from_std(create(&path)?);
        bus.get_snapshot(name, file, |_| ()).await?;
        let (dir, key, from) = (settings.store_dir.clone(), key.to_owned(), path.clone());
        let options = settings.open_options()?;
        let loading = tokio::task::spawn_blocking(move || {
            let file = BufReader::with_capacity(1 << 20, File::open(from)?);
            Ok::<_, BoxError>(Store::restore(&dir, file, &key, &options, &mut |_| true)?)
        });
        loading.await?
    };
    let loaded = loaded.await;
    remove(&path);
    loaded
}
