//! Answering beside other aggregators: each has a store of its own at its own place in the same stream, and whoever asks
//! is answered by any of them.
//!
//! **Invariant:** what is answered does not depend on who answers. So one that is still building its store answers only
//! while nobody else does, and one that would answer otherwise, for its settings differ, does not answer at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::service::{Endpoint, Instance, ServiceSettings};
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_bus::{BoxError, Bus, Service};
use cardex_domain::ids::{AppId, content_hash};
use cardex_domain::shard::Shards;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::ConditionHandle;
use cardex_wire::QuerySubject;
use cardex_wire::query::{Boards, OPERATIONS, Operation};
use data_encoding::HEXLOWER;
use tokio::time::Instant;

use crate::answer::Answers;
use crate::progress::Progress;
use crate::service::AggregatorError;
use crate::shards::Lender;

/// What aggregators are called as a service.
const NAME: &str = "cardex-aggregator";
/// Under which name one says by which settings it answers.
const SETTINGS: &str = "settings";
/// Under which name one says which shard it keeps.
const SHARD: &str = "shard";
/// To be raised with every change by which the same events give other answers.
const ANSWERS_VERSION: u32 = 1;
/// Questions that may wait or be worked on at once; more wait on the bus.
const QUESTIONS_MAX: usize = 4_096;
/// How long others have to say that they are there.
const OTHERS_WITHIN: Duration = Duration::from_millis(300);
/// How often one that is building its store looks whether somebody else answers still.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What an aggregator answers with.
pub(crate) struct Answering {
    pub(crate) bus: Bus,
    pub(crate) answers: Arc<Answers>,
    pub(crate) progress: Progress,
    /// Hash of what is set for each aggregator and makes answers differ.
    pub(crate) settings: String,
    /// Whether it answers.
    pub(crate) condition: ConditionHandle,
}

/// What an aggregator serves while it answers.
pub(crate) struct Served {
    questions: Service,
    /// Rows for other shards, where there are such.
    rows: Option<Service>,
}

impl Served {
    /// Takes no more questions, and waits for the answers under way; rows are lent until these are done.
    pub(crate) async fn stop(self) {
        self.questions.stop().await;
        if let Some(rows) = self.rows {
            rows.stop().await;
        }
    }
}

/// Hash of what is set for each aggregator and makes answers differ. What is activated is in the stream, and the same for
/// all; so is the installation's key.
pub(crate) fn settings_hash<'a>(
    gateways: impl IntoIterator<Item = &'a AppId>,
    shards: Option<Shards>,
) -> String {
    let mut text = format!("{ANSWERS_VERSION}");
    for app in gateways {
        text.push(' ');
        text.push_str(app.as_str());
    }
    if let Some(shards) = shards {
        // No app has such a name.
        let _ = write!(text, " /{}", shards.count());
    }
    HEXLOWER.encode(&content_hash(text.as_bytes())[..8])
}

impl Answering {
    /// Answers at once where nobody else does.
    pub(crate) async fn begin(&self) -> Result<Option<Served>, AggregatorError> {
        if self.alone().await? {
            return self.serve().await.map(Some);
        }
        let why = "others answer until its store is as far as the stream";
        self.condition.not_ready(why);
        tracing::info!("{why}");
        Ok(None)
    }

    /// Answers as soon as the store is as far as the stream goes now, or nobody else answers any more; none when told to
    /// stop before that. Whoever began at the same time under other settings is seen once it answers.
    pub(crate) async fn join(
        &self,
        begun: Option<Served>,
        token: &CancellationToken,
    ) -> Result<Option<Served>, AggregatorError> {
        let served = match begun {
            Some(served) => served,
            None => {
                let caught_up = token.run_until_cancelled(self.caught_up()).await;
                let Some(caught_up) = caught_up else {
                    return Ok(None);
                };
                caught_up?;
                self.serve().await?
            }
        };
        let id = served.questions.id().await;
        match token.run_until_cancelled(self.others(Some(&id))).await {
            Some(Err(error)) => {
                served.stop().await;
                Err(error)
            }
            Some(Ok(_)) | None => Ok(Some(served)),
        }
    }

    async fn caught_up(&self) -> Result<(), AggregatorError> {
        let end = stream_ends(&self.bus, EVENTS).await;
        let end = end.map_err(|error| unknown(Box::new(error)))?.last;
        let reached = async || {
            self.progress
                .durable(end, Instant::now() + LOOK_EVERY)
                .await
        };
        while reached().await.is_err() {
            if self.alone().await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether it is known that nobody else answers.
    async fn alone(&self) -> Result<bool, AggregatorError> {
        let others = self.others(None).await?;
        Ok(others.is_some_and(|others| others.is_empty()))
    }

    /// The others that answer, all of them by the settings of this one; `None` when nobody was heard though somebody may
    /// be there.
    async fn others(&self, own: Option<&str>) -> Result<Option<Vec<Instance>>, AggregatorError> {
        let instances = self.bus.instances(NAME, OTHERS_WITHIN).await;
        let Some(mut others) = instances.map_err(|error| unknown(Box::new(error)))? else {
            return Ok(None);
        };
        others.retain(|of| own != Some(of.id.as_str()));
        let differs = |of: &&Instance| of.says.get(SETTINGS) != Some(&self.settings);
        match others.iter().find(differs) {
            Some(of) => Err(AggregatorError::OtherSettings {
                instance: of.id.clone(),
            }),
            None => Ok(Some(others)),
        }
    }

    async fn serve(&self) -> Result<Served, AggregatorError> {
        let share = self.answers.store.share();
        let rows = match share {
            Some(share) => {
                let lender = Lender {
                    store: Arc::clone(&self.answers.store),
                    progress: self.progress.clone(),
                };
                Some(lender.serve(&self.bus, share).await?)
            }
            None => None,
        };
        let mut says = BTreeMap::from([(SETTINGS.to_owned(), self.settings.clone())]);
        says.extend(share.map(|share| (SHARD.to_owned(), share.to_string())));
        let settings = ServiceSettings {
            name: NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: "Guest profiles, and what else is asked of what was recorded".to_owned(),
            queue_group: NAME.to_owned(),
            max_concurrent: QUESTIONS_MAX,
            says,
        };
        // What departments are shown now is the listener's to answer.
        let ours = OPERATIONS.iter().filter(|name| **name != Boards::NAME);
        let endpoints = ours.map(|name| {
            let answers = Arc::clone(&self.answers);
            let handler = move |request| Arc::clone(&answers).answer(request);
            Endpoint::new(name, &QuerySubject::of_op(name), handler)
        });
        let questions = self.bus.serve(&settings, endpoints.collect()).await?;
        self.condition.ready();
        Ok(Served { questions, rows })
    }
}

fn unknown(source: BoxError) -> AggregatorError {
    AggregatorError::Others(source)
}
