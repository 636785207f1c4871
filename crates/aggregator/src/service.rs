//! The service: its settings, its start, and running it until it is told to stop.

use std::collections::BTreeSet;
use std::io;
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::service::ServeError;
use cardex_bus::{BoxError, Bus, MarkError};
use cardex_domain::ids::{AppId, PropertyId};
use cardex_domain::shard::{SHARDS_MAX, Shards, Share};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{Health, Heartbeat};
use cardex_runtime::settings::SecretError;
use cardex_store::{OpenOptions, Opened, Store, StoreError};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::alike::Alike;
use crate::answer::{Answers, Indexes, count_unassigned};
use crate::curation::{Curation, Looking};
use crate::ingest::{Ingest, IngestError, Serving};
use crate::key;
use crate::marking::{self, Marking};
use crate::meters::Meters;
use crate::profiles::Profiles;
use crate::progress::Progress;
use crate::replicas::{Answering, Served, settings_hash};
use crate::settings::{SettingError, SettingsBook};
use crate::shards::{GATHERINGS_MAX, Others};
use crate::snapshots::{self, Keeper};
use crate::views::Views;

/// The pipeline must show that it is alive at least this often.
const HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(60);
/// How often the observations without a guest are counted.
const COUNT_EVERY: Duration = Duration::from_secs(60);
/// How often the records of guests are compared that came or changed.
const PAIR_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether anybody met a damaged row.
const LOOK_FOR_DAMAGE_EVERY: Duration = Duration::from_millis(200);
/// Observations without a guest count for this long.
const COUNT_WINDOW_MICROS: i64 = 30 * 24 * 3600 * 1_000_000;

/// Settings of the aggregator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AggregatorSettings {
    /// The directory of the store.
    pub store_dir: PathBuf,
    /// The file of the secret under which ids are derived; made at the first start on a new bus. All replicas, and every
    /// rebuild, need the same: another is refused.
    pub installation_key_file: PathBuf,
    /// Apps that may speak for departments other than the one of their subject: those with the capability
    /// `on-behalf`.
    pub gateways: Vec<String>,
    /// How many questions are answered at once.
    pub max_answers_at_once: NonZeroUsize,
    /// Memory for the store's pages, in bytes.
    pub store_cache_bytes: u64,
    /// Whether a store that is not there begins with the newest snapshot on the bus that fits, instead of the stream's
    /// first event.
    pub from_snapshot: bool,
    /// Among how many stores it is divided what was noticed of guests, and what became of what was told of them; with 1
    /// each has all of it. The same for all aggregators of a bus.
    pub shards: NonZeroU16,
    /// Which of these this aggregator keeps, from 1 on. Any number of them may keep the same.
    pub shard: NonZeroU16,
}

impl Default for AggregatorSettings {
    fn default() -> Self {
        Self {
            store_dir: "cardex-data/store".into(),
            installation_key_file: "cardex-data/installation.key".into(),
            gateways: Vec::new(),
            max_answers_at_once: const { NonZeroUsize::new(64).expect("64 is more than nothing") },
            store_cache_bytes: OpenOptions::default().cache_bytes,
            from_snapshot: false,
            shards: NonZeroU16::MIN,
            shard: NonZeroU16::MIN,
        }
    }
}

impl AggregatorSettings {
    /// Whether an aggregator can be started with these, as far as they alone tell.
    ///
    /// # Errors
    /// With the setting that can't be used.
    pub fn check(&self) -> Result<(), AggregatorError> {
        gateways(&self.gateways)?;
        self.share().map(drop)
    }

    /// What the store keeps of what is divided; all of it when `None`.
    ///
    /// # Errors
    /// When there is no such shard.
    pub fn share(&self) -> Result<Option<Share>, AggregatorError> {
        if self.shards == NonZeroU16::MIN && self.shard == NonZeroU16::MIN {
            return Ok(None);
        }
        let shards = Shards::new(self.shards);
        let share = shards.and_then(|shards| Share::new(shards, self.shard.get() - 1));
        share.map(Some).ok_or(AggregatorError::Shard {
            shards: self.shards,
            shard: self.shard,
        })
    }

    /// With what a store keeps that is there.
    #[must_use]
    pub fn keeping(self, share: Option<Share>) -> Self {
        let number = |number: u16| NonZeroU16::MIN.saturating_add(number);
        let (shards, shard) = share.map_or((1, 0), |share| (share.shards().count(), share.shard()));
        Self {
            shards: number(shards - 1),
            shard: number(shard),
            ..self
        }
    }

    /// How its store is opened.
    ///
    /// # Errors
    /// When there is no such shard.
    pub fn open_options(&self) -> Result<OpenOptions, AggregatorError> {
        Ok(OpenOptions {
            cache_bytes: self.store_cache_bytes,
            share: self.share()?,
            ..OpenOptions::default()
        })
    }
}

/// Why the aggregator does not start, or stops by itself.
#[derive(Debug, thiserror::Error)]
pub enum AggregatorError {
    /// A setting can't be used.
    #[error(
        "the setting aggregator.gateways holds {given:?}, which is no app; write its name as it stands in subjects"
    )]
    Gateway {
        /// What was given.
        given: String,
    },
    /// There is no such shard.
    #[error(
        "there is no shard {shard} of {shards}: set aggregator.shards to how many there are, {SHARDS_MAX} at most, and \
         aggregator.shard to one of them, the first of which is 1"
    )]
    Shard {
        /// How many there are to be.
        shards: NonZeroU16,
        /// Which one it was to be.
        shard: NonZeroU16,
    },
    /// The installation's key can't be read.
    #[error("the installation key {path} can't be read")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: SecretError,
    },
    /// The installation's key is not one.
    #[error(
        "{path} holds no installation key: expected 64 hexadecimal digits; restore it from your backup"
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The installation's key can't be made.
    #[error("the installation key {path} can't be made; check the directory and its permissions")]
    MakeKey {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A store is to be built where one is.
    #[error("there is a store at {path} already, whole or half built; take it away first")]
    StoreThere {
        /// Where.
        path: PathBuf,
    },
    /// There is no key, and this bus is not new.
    #[error(
        "there is no installation key at {path}, and there are events already: ids under a new key would be \
         others. Copy the key file of the aggregator that ran on this bus there, or restore it from your backup; if \
         none ever ran, make one that its owner alone may read: `openssl rand -hex 32`"
    )]
    NoKey {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key is another installation's.
    #[error(
        "{path} is not the installation key of this bus: its fingerprint is {given}, and the first aggregator here had \
         {held}. Copy that one's key file there, or name the bus that this key belongs to"
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The fingerprint of the key in it.
        given: String,
        /// That of the installation's.
        held: String,
    },
    /// It is not known which key is the installation's.
    #[error("it can't be learnt which installation key belongs to this bus")]
    KeyOfBus(#[source] BoxError),
    /// The store can't be opened.
    #[error("the store can't be opened")]
    Store(#[from] StoreError),
    /// Something in the store was found damaged while it served.
    #[error(
        "the store is damaged: {what}. Nothing was answered from that, and nothing more is answered: try `cardex store \
         repair`, or build the store anew with `cardex rebuild`, and start again"
    )]
    Damaged {
        /// What was found.
        what: String,
    },
    /// An active setting is not to be had.
    #[error("an active setting is not to be had: {0}")]
    Setting(String),
    /// The stream has not what an aggregator had read of it.
    #[error(
        "the stream of events is not what it was, and nothing is answered from what is left: restore the streams from a \
         copy, or, if what is there now is what shall hold, say so by `cardex rebuild --accept-loss` and start again"
    )]
    Gone(#[source] MarkError),
    /// It is not known whether the stream has all that it had.
    #[error(
        "it can't be learnt how far the stream of events was; start again once the server answers"
    )]
    Mark(#[source] MarkError),
    /// Another aggregator answers otherwise.
    #[error(
        "another aggregator (instance {instance}) answers here under other settings: give all of them the same \
         aggregator.gateways, aggregator.shards and version, or stop that one"
    )]
    OtherSettings {
        /// Its id as a service.
        instance: String,
    },
    /// It is not known who else answers.
    #[error("it can't be learnt which other aggregators answer here")]
    Others(#[source] BoxError),
    /// Questions can't be served.
    #[error("the aggregator can't answer questions")]
    Serve(#[from] ServeError),
    /// Events can't be read on.
    #[error("the aggregator can't go on reading events")]
    Ingest(#[from] IngestError),
}

/// An aggregator that is ready to run.
pub struct Aggregator {
    ingest: Ingest,
    answering: Answering,
    service: Option<Served>,
    keeper: Keeper,
    marking: Marking,
    counter: UnassignedCounter,
    pairing: Pairing,
    curation: Curation,
}

impl Aggregator {
    /// Makes the installation's key where there is none and the bus is new. That is to be done before the streams are made:
    /// whoever waits for them may publish at once, and on a bus with events no key is made.
    ///
    /// # Errors
    /// When the key can't be made, or the bus does not say whether it is new.
    pub async fn make_key(bus: &Bus, settings: &AggregatorSettings) -> Result<(), AggregatorError> {
        key::make_where_new(bus, &settings.installation_key_file).await
    }

    /// Opens the store, and begins to answer questions where nobody else does. The streams must be there.
    ///
    /// # Errors
    /// When the store, the key, a setting or the bus does not give what is needed.
    pub async fn start(
        bus: Bus,
        settings: AggregatorSettings,
        health: &Health,
    ) -> Result<Self, AggregatorError> {
        let condition = health.readiness.condition("aggregator");
        let gateways = gateways(&settings.gateways)?;
        let share = settings.share()?;
        let key = key::of_installation(&bus, &settings.installation_key_file).await?;
        snapshots::begin(&bus, &settings, &key).await;
        let store = open(settings.clone()).await?;
        marking::check(&bus, &store).await?;
        let book = Arc::new(SettingsBook::new(bus.clone()));
        restore_settings(&bus, &store, &book).await?;
        let meters = Meters::new(&health.metrics);
        let progress = Progress::new(store.position().map_or(0, |p| p.sequence));
        let profiles = Arc::new(Profiles::new());
        let alike = Arc::new(Alike::default());
        let looking = Looking::default();
        let answers = Arc::new(Answers {
            store: Arc::clone(&store),
            book: Arc::clone(&book),
            profiles: Arc::clone(&profiles),
            views: Views::default(),
            indexes: Indexes::default(),
            alike: Arc::clone(&alike),
            key: key.clone(),
            progress: progress.clone(),
            looking: looking.clone(),
            meters: meters.clone(),
            others: share.map(|share| Others {
                bus: bus.clone(),
                share,
                progress: progress.clone(),
                places: Arc::new(Semaphore::new(GATHERINGS_MAX)),
            }),
            places: Semaphore::new(settings.max_answers_at_once.get()),
        });
        let answering = Answering {
            bus: bus.clone(),
            answers,
            progress: progress.clone(),
            settings: settings_hash(&gateways, share.map(Share::shards)),
            condition: health.readiness.condition("aggregator.answers"),
        };
        let service = answering.begin().await?;
        let keeper = Keeper::serve(&bus, &store, &key).await?;
        let counter = UnassignedCounter {
            store: Arc::clone(&store),
            book: Arc::clone(&book),
            meters: meters.clone(),
        };
        let pairing = Pairing {
            store: Arc::clone(&store),
            book: Arc::clone(&book),
            alike: Arc::clone(&alike),
        };
        let curation = Curation {
            store: Arc::clone(&store),
            book: Arc::clone(&book),
            looking,
        };
        let marking = Marking {
            bus: bus.clone(),
            store: Arc::clone(&store),
        };
        let heartbeat: Heartbeat = health.liveness.heartbeat("aggregator", HEARTBEAT_MAX_AGE);
        let ingest = Ingest {
            bus,
            store,
            key,
            gateways,
            book,
            profiles,
            alike,
            progress,
            meters,
            condition,
            heartbeat,
            up_to: None,
            serving: Serving::Everybody,
        };
        Ok(Self {
            ingest,
            answering,
            service,
            keeper,
            marking,
            counter,
            pairing,
            curation,
        })
    }

    /// Runs until told to stop, or until it cannot go on; commits what it has read first. Beside others it answers once
    /// it is as far as they are.
    ///
    /// # Errors
    /// When the stream is not the store's, the store is damaged, or others answer under other settings.
    pub async fn run(self, token: CancellationToken) -> Result<(), AggregatorError> {
        let token = token.child_token();
        let (stop, joining) = (token.clone(), token.clone());
        let (answering, service) = (self.answering, self.service);
        let answering = tokio::spawn(async move {
            let joined = answering.join(service, &joining).await;
            joined.inspect_err(|_| stop.cancel())
        });
        let (stop, until) = (token.clone(), token.clone());
        let marking = tokio::spawn(async move {
            let marked = self.marking.run(until).await;
            marked.inspect_err(|_| stop.cancel())
        });
        let store = Arc::clone(&self.ingest.store);
        let counting = tokio::spawn(self.counter.run(token.child_token()));
        let pairing = tokio::spawn(self.pairing.run(token.child_token()));
        // The page under way ends with the token: the store is not closed under it.
        let looking = token.child_token();
        let curating = tokio::spawn(self.curation.run(looking.clone()));
        let damaged = tokio::spawn(until_damaged(Arc::clone(&store), token.clone()));
        let progress = self.ingest.progress.clone();
        let ran = Box::pin(self.ingest.run(token.clone())).await;
        token.cancel();
        progress.end();
        let answered = answering.await.map_err(|_| IngestError::Broken)?;
        let answered = match answered {
            Ok(service) => {
                if let Some(service) = service {
                    service.stop().await;
                }
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.keeper.stop().await;
        counting.abort();
        pairing.abort();
        looking.cancel();
        let curated = curating.await;
        let met_damage = damaged.await.map_err(|_| IngestError::Broken)?;
        let syncing = Arc::clone(&store);
        let synced = tokio::task::spawn_blocking(move || syncing.sync()).await;
        let synced = synced.map_err(|_| IngestError::Broken)?;
        if let Err(full @ StoreError::Full { .. }) = synced {
            // What there was no room for looks damaged to whoever reads it.
            return Err(full.into());
        }
        if let Some(what) = store.damage() {
            let what = what.to_owned();
            return Err(AggregatorError::Damaged { what });
        }
        if met_damage {
            // It was none: there was no room, as the engine found out a moment later.
            let path = store.dir().to_owned();
            return Err(StoreError::Full { path }.into());
        }
        ran?;
        answered?;
        marking.await.map_err(|_| IngestError::Broken)??;
        curated.map_err(|_| IngestError::Broken)?;
        synced?;
        Ok(())
    }
}

/// Ends the reading, and with it the service, once somebody met a damaged row; whether anybody did.
async fn until_damaged(store: Arc<Store>, reading: CancellationToken) -> bool {
    let mut ticks = tokio::time::interval(LOOK_FOR_DAMAGE_EVERY);
    while reading.run_until_cancelled(ticks.tick()).await.is_some() {
        if store.damage().is_some() {
            reading.cancel();
            return true;
        }
    }
    false
}

pub(crate) fn gateways(given: &[String]) -> Result<BTreeSet<AppId>, AggregatorError> {
    let wrong = |text: &String| AggregatorError::Gateway {
        given: text.clone(),
    };
    given
        .iter()
        .map(|text| AppId::new(text).map_err(|_| wrong(text)))
        .collect()
}

async fn open(settings: AggregatorSettings) -> Result<Arc<Store>, AggregatorError> {
    let options = settings.open_options()?;
    let opening = tokio::task::spawn_blocking(move || Store::open(&settings.store_dir, &options));
    let Opened { store, recovered } = opening.await.map_err(|_| IngestError::Broken)??;
    if let Some(path) = recovered {
        tracing::error!(path = %path.display(), "the store was damaged and is set aside; rebuilding it from the stream");
    }
    Ok(Arc::new(store))
}

/// Takes over the settings that were active when the store was last written.
async fn restore_settings(
    bus: &Bus,
    store: &Arc<Store>,
    book: &SettingsBook,
) -> Result<(), AggregatorError> {
    let reading = Arc::clone(store);
    let active = tokio::task::spawn_blocking(move || reading.read().settings()).await;
    for activated in active.map_err(|_| IngestError::Broken)??.into_values() {
        let prepared = bus.patiently(
            "fetching an active setting",
            |error| matches!(error, SettingError::Missing { .. }),
            || book.prepare(&activated.activation),
        );
        let prepared = prepared.await;
        book.activate(prepared.map_err(|e: SettingError| AggregatorError::Setting(e.to_string()))?);
    }
    Ok(())
}

/// Counts, now and then, the observations that are about nobody known.
struct UnassignedCounter {
    store: Arc<Store>,
    book: Arc<SettingsBook>,
    meters: Meters,
}

impl UnassignedCounter {
    async fn run(self, token: CancellationToken) {
        let mut counted_at = None;
        let mut ticks = tokio::time::interval(COUNT_EVERY);
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let position = self.store.position();
            if position == counted_at {
                continue;
            }
            let (store, active) = (Arc::clone(&self.store), self.book.active());
            let counting = tokio::task::spawn_blocking(move || {
                let since = crate::answer::now().utc_micros - COUNT_WINDOW_MICROS;
                let each = |property: PropertyId| {
                    count_unassigned(&store, &active.deny, &property, since).map(|n| (property, n))
                };
                let properties = store.read().watched_properties()?;
                properties
                    .into_iter()
                    .map(each)
                    .collect::<Result<Vec<_>, StoreError>>()
            });
            match counting.await {
                Ok(Ok(counts)) => {
                    for (property, count) in counts {
                        self.meters.unassigned.with([property.as_str()]).set(count);
                    }
                    counted_at = position;
                }
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "observations without a guest were not counted"
                ),
                Err(_) => return,
            }
        }
    }
}

/// Works out, as events come, which guests may be one person, so that who asks need not wait for it.
struct Pairing {
    store: Arc<Store>,
    book: Arc<SettingsBook>,
    alike: Arc<Alike>,
}

impl Pairing {
    async fn run(self, token: CancellationToken) {
        let mut ticks = tokio::time::interval(PAIR_EVERY);
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let (store, active) = (Arc::clone(&self.store), self.book.active());
            let alike = Arc::clone(&self.alike);
            let pairing = tokio::task::spawn_blocking(move || alike.keep_up(&store, &active));
            match pairing.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "guests that may be one person were not looked for"
                ),
                Err(_) => return,
            }
        }
    }
}
