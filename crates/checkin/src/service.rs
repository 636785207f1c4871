//! The service: its settings, its start, and running it until it is told to stop.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::consume::{Begin, ListenError};
use cardex_bus::service::{Endpoint, ServeError, ServiceSettings};
use cardex_bus::{
    Bus, DurableListener, DurableSettings, PlaceKeeper, ServerClock, Service, streams,
};
use cardex_domain::ids::{DepartmentId, IdError};
use cardex_playbook::Languages;
use cardex_playbook::language::is_tag;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{ConditionHandle, Health, Heartbeat};
use cardex_runtime::metrics::Gauge;
use cardex_wire::QuerySubject;
use serde::Deserialize;
use tokio::time::MissedTickBehavior;

use crate::ask::Asker;
use crate::boards::Publisher;
use crate::hours::Hours;
use crate::links::{self, Linker};
use crate::listen::Listener;
use crate::meters::Meters;
use crate::rules::{RuleBook, RulesError};
use crate::serve;

/// The durable that all listeners of an installation share.
pub(crate) const DURABLE: &str = "cardex_checkin";
/// The durable by which they hear of what affects many stays at once, so that nobody who arrives waits behind it.
const MANY_DURABLE: &str = "cardex_many";
/// How many such events are worked off at once.
const MANY_AT_ONCE: usize = 4;
/// How many of them may be with all listeners at once.
const MANY_PENDING_MAX: u32 = 64;
/// The durable by which they link guests who are one person.
const LINKS_DURABLE: &str = "cardex_links";
/// Events that may wait to be looked at for that at once.
const LINKS_PENDING_MAX: u32 = 256;
/// What is delivered of single guests and stays: everything but what the listener itself tells of boards.
const LISTENS_TO: [&str; 5] = [
    "cardex.*.observation.*.*",
    "cardex.*.outcome.*.*",
    "cardex.*.stay.*",
    "cardex.*.guest.*",
    "cardex.*.card.escalated",
];
/// What is delivered that affects many.
const MANY_LISTENS_TO: [&str; 2] = ["cardex.*.card.hour", "cardex.config.*"];
/// How often it is looked how much is still to be done.
const BACKLOG_EVERY: Duration = Duration::from_secs(5);
/// How often it is kept how far the durables are: what is done in between is done again when the server has lost one.
const PLACE_EVERY: Duration = Duration::from_secs(1);
/// A delivery that is neither answered nor kept in progress within this time comes again: after a kill, that is how long the
/// guests wait whose events were with the listener.
const ACK_WAIT: Duration = Duration::from_secs(5);
/// The same of what takes longer and nobody waits for.
const LONG_ACK_WAIT: Duration = Duration::from_secs(30);
/// The loop must show that it is alive at least this often.
const HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(30);
/// So must the one that links guests, which shows it after each question and each link: both may take their bounds.
const LINKS_HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(60);

/// Settings of the listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckinSettings {
    /// The playbook's directory; the one that Cardex brings along when absent.
    pub playbook: Option<PathBuf>,
    /// The language that departments read, as a BCP 47 tag; the first of the playbook where it speaks no such.
    pub language: String,
    /// The languages of departments that read another.
    pub languages: BTreeMap<String, String>,
    /// How many events are worked off at once.
    pub max_in_flight: NonZeroUsize,
}

impl Default for CheckinSettings {
    fn default() -> Self {
        Self {
            playbook: None,
            language: "en".to_owned(),
            languages: BTreeMap::new(),
            max_in_flight: const { NonZeroUsize::new(64).expect("64 is more than nothing") },
        }
    }
}

impl CheckinSettings {
    /// Looks at what is written as text.
    ///
    /// # Errors
    /// With the setting that can't be used.
    pub fn check(&self) -> Result<(), CheckinError> {
        self.languages().map(drop)
    }

    /// Which language each department reads.
    ///
    /// # Errors
    /// With the setting that can't be used.
    pub fn languages(&self) -> Result<Languages, CheckinError> {
        let tag = |setting: &str, tag: &str| match is_tag(tag) {
            true => Ok(Box::from(tag)),
            false => Err(CheckinError::Language {
                setting: setting.to_owned(),
                given: tag.to_owned(),
            }),
        };
        let departments = self.languages.iter().map(|(name, language)| {
            let setting = format!("languages.{name}");
            let department =
                DepartmentId::new(name).map_err(|source| CheckinError::Department {
                    given: name.clone(),
                    source,
                })?;
            Ok((department, tag(&setting, language)?))
        });
        Ok(Languages {
            usual: tag("language", &self.language)?,
            departments: departments.collect::<Result<_, CheckinError>>()?,
        })
    }
}

/// Why the listener does not start.
#[derive(Debug, thiserror::Error)]
pub enum CheckinError {
    /// A setting is no language.
    #[error(
        "the setting checkin.{setting} holds {given:?}, which is no language; write a tag such as en or zh-Hant"
    )]
    Language {
        /// Which.
        setting: String,
        /// What was given.
        given: String,
    },
    /// A setting is for no department.
    #[error("the setting checkin.languages names {given:?}, which is no department")]
    Department {
        /// What was given.
        given: String,
        /// Why it is none.
        #[source]
        source: IdError,
    },
    /// There are no rules.
    #[error("the listener has no rules to work with")]
    Rules(#[from] RulesError),
    /// The durable can't be had.
    #[error("the listener can't read the events")]
    Listen(#[from] ListenError),
    /// The question `boards` can't be served.
    #[error("the listener can't answer questions")]
    Serve(#[from] ServeError),
}

/// A listener that is ready to run.
pub struct Checkin {
    bus: Bus,
    clock: ServerClock,
    listener: Arc<Listener>,
    deliveries: DurableListener,
    many: DurableListener,
    linker: Linker,
    news: DurableListener,
    places: Vec<PlaceKeeper>,
    service: Service,
    max_in_flight: usize,
    heartbeats: [Heartbeat; 2],
    condition: ConditionHandle,
}

impl Checkin {
    /// Reads the playbook, makes the durable and begins to answer `boards`. The streams must be there.
    ///
    /// # Errors
    /// When the playbook has faults, or the bus does not give what is needed.
    pub async fn start(
        bus: Bus,
        settings: CheckinSettings,
        health: &Health,
    ) -> Result<Self, CheckinError> {
        let condition = health.readiness.condition("checkin");
        let meters = Meters::new(&health.metrics);
        let (directory, refused) = (settings.playbook.as_deref(), meters.refused.clone());
        let fits = health.readiness.condition("checkin.playbook");
        let rules = RuleBook::open(bus.clone(), directory, refused, fits)?;
        let rules = Arc::new(rules);
        let clock = ServerClock::new(bus.clone());
        let languages = settings.languages()?;
        let publisher = Publisher::new(bus.clone(), clock.clone(), meters.clone(), languages);
        let max_in_flight = settings.max_in_flight.get();
        let pending = u32::try_from(max_in_flight * 4).unwrap_or(u32::MAX);
        let single = durable(DURABLE, &LISTENS_TO, streams::PROMPTS, pending, ACK_WAIT);
        let many = durable(
            MANY_DURABLE,
            &MANY_LISTENS_TO,
            streams::PROMPTS,
            MANY_PENDING_MAX,
            LONG_ACK_WAIT,
        );
        let news = durable(
            LINKS_DURABLE,
            &links::LISTENS_TO,
            streams::EVENTS,
            LINKS_PENDING_MAX,
            LONG_ACK_WAIT,
        );
        let places = [&single, &many, &news].into_iter();
        let places = places.filter_map(|durable| PlaceKeeper::new(&bus, durable));
        let places = places.collect();
        let deliveries = DurableListener::open(&bus, single).await?;
        let many = DurableListener::open(&bus, many).await?;
        let news = DurableListener::open(&bus, news).await?;
        let linking = health
            .liveness
            .heartbeat("checkin.links", LINKS_HEARTBEAT_MAX_AGE);
        let linker = Linker::new(bus.clone(), meters.linked.clone(), linking);
        let service = answer_boards(&bus, &rules).await?;
        let heartbeats = ["checkin", "checkin.many"]
            .map(|name| health.liveness.heartbeat(name, HEARTBEAT_MAX_AGE));
        condition.ready();
        let listener = Listener {
            asker: Asker::new(bus.clone()),
            rules,
            publisher,
            meters,
        };
        Ok(Self {
            bus,
            clock,
            listener: Arc::new(listener),
            deliveries,
            many,
            linker,
            news,
            places,
            service,
            max_in_flight,
            heartbeats,
            condition,
        })
    }

    /// Runs until told to stop; finishes what is under way first.
    pub async fn run(self, token: CancellationToken) {
        let listener = Arc::clone(&self.listener);
        let following = token.clone();
        let follower = tokio::spawn(async move { listener.publisher.follow(&following).await });
        let (listener, watching) = (Arc::clone(&self.listener), token.clone());
        let timers = tokio::spawn(async move { listener.publisher.watch_time(&watching).await });
        let (listener, mending) = (Arc::clone(&self.listener), token.clone());
        let mender = tokio::spawn(async move { listener.mend(&mending).await });
        let (listener, telling) = (Arc::clone(&self.listener), token.clone());
        let (bus, clock) = (self.bus.clone(), self.clock);
        let hours = tokio::spawn(async move {
            let knowing = (&listener.asker, &*listener.rules);
            let hours = Hours::default();
            hours.run((&bus, &clock), knowing, &telling).await;
        });
        let meters = &self.listener.meters;
        let backlogs = [
            (DURABLE, meters.backlog.clone()),
            (MANY_DURABLE, meters.many_backlog.clone()),
            (LINKS_DURABLE, meters.links_backlog.clone()),
        ];
        let watcher = tokio::spawn(watch_backlogs(self.bus, backlogs));
        let keeper = tokio::spawn(keep_places(self.places));
        let linking = tokio::spawn(self.linker.run(self.news, token.clone()));
        let [heartbeat, of_many] = self.heartbeats;
        let many = Arc::clone(&self.listener).run(self.many, MANY_AT_ONCE, of_many, token.clone());
        let many = tokio::spawn(many);
        self.listener
            .run(self.deliveries, self.max_in_flight, heartbeat, token)
            .await;
        drop(many.await);
        follower.abort();
        timers.abort();
        mender.abort();
        hours.abort();
        watcher.abort();
        keeper.abort();
        // It may have ended by a panic alone, which was reported.
        drop(linking.await);
        self.condition.not_ready("stopping");
        self.service.stop().await;
    }
}

/// A durable that all listeners of the installation share, from the first event on; what comes of it goes into the stream
/// `into`.
fn durable(
    name: &str,
    listens_to: &[&str],
    into: &'static str,
    max_ack_pending: u32,
    ack_wait: Duration,
) -> DurableSettings {
    let subjects = listens_to.iter().map(|subject| (*subject).to_owned());
    DurableSettings {
        stream: streams::EVENTS.to_owned(),
        name: name.to_owned(),
        filter_subjects: subjects.collect(),
        ack_wait,
        max_ack_pending,
        begin: Begin::WhereItWas { into },
    }
}

/// Says every few seconds how much is still to be done, until it is aborted.
async fn watch_backlogs(bus: Bus, backlogs: [(&str, Gauge); 3]) {
    let mut ticks = tokio::time::interval(BACKLOG_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for (durable, backlog) in &backlogs {
            match bus.durable_backlog(streams::EVENTS, durable).await {
                Ok(events) => {
                    backlog.set(i64::try_from(events).unwrap_or(i64::MAX));
                }
                Err(error) => tracing::warn!(
                    durable,
                    error = &error as &dyn std::error::Error,
                    "how much is still to be done is not known"
                ),
            }
        }
    }
}

/// Keeps every second how far the durables are, until it is aborted.
async fn keep_places(mut places: Vec<PlaceKeeper>) {
    let mut ticks = tokio::time::interval(PLACE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for place in &mut places {
            if let Err(error) = place.keep().await {
                tracing::warn!(
                    durable = place.durable(),
                    error = &error as &dyn std::error::Error,
                    "how far a durable is, is not kept yet"
                );
            }
        }
    }
}

async fn answer_boards(bus: &Bus, rules: &Arc<RuleBook>) -> Result<Service, ServeError> {
    let settings = ServiceSettings {
        name: "cardex-checkin".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: "Current boards of a department".to_owned(),
        queue_group: "cardex-checkin".to_owned(),
        max_concurrent: 16,
        says: Default::default(),
    };
    let (asked, rules) = (bus.clone(), Arc::clone(rules));
    let handler = move |request| serve::boards(asked.clone(), Arc::clone(&rules), request);
    let endpoint = Endpoint::new("boards", &QuerySubject::of_op("boards"), handler);
    bus.serve(&settings, vec![endpoint]).await
}
