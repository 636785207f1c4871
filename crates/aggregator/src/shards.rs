//! Answering where what was noticed of guests is divided among stores: whoever is asked gathers what it lacks from the
//! others, and folds it as if all of it were here.
//!
//! Every shard reads every event, so each knows all stays, guests and links, and what came under which reference; only
//! what stands there is kept by the shard that the reference belongs to. Any replica of a shard lends for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::service::{Endpoint, Request, ServeError, ServiceSettings};
use cardex_bus::shards::rows_of;
use cardex_bus::{Bus, RequestError, Service, ServiceError};
use cardex_domain::shard::Share;
use cardex_store::{Asked, Lent, Store, Wants};
use cardex_wire::query::{ErrorCode, QueryError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::answer::behind;
use crate::progress::{Behind, Progress};

/// How long others have for lending, where the question leaves less.
const LENDING_MIN: Duration = Duration::from_secs(1);
/// The longest that a lender waits until it is far enough.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How much longer its answer may take to come here.
const WAY_BACK: Duration = Duration::from_millis(500);
/// The most that is gathered for one question, in bytes of rows.
const GATHERED_MAX_BYTES: usize = 16 << 20;
/// Questions for which something is gathered at once; more wait. Nobody who lends waits for these places.
pub(crate) const GATHERINGS_MAX: usize = 64;
/// How often a question is answered anew before it is given up.
const TRIES_MAX: u32 = 64;
/// Askings that may wait or be worked on at once; more wait on the bus.
const LENDINGS_MAX: usize = 256;

/// What was gathered for a question so far.
pub(crate) struct Gathering {
    pub(crate) lent: Lent,
    deadline: Instant,
    tries: u32,
    place: Option<OwnedSemaphorePermit>,
}

impl Gathering {
    /// Nothing yet; the question is to be answered by then.
    pub(crate) fn new(deadline: Instant) -> Self {
        Self {
            lent: Lent::default(),
            deadline,
            tries: 0,
            place: None,
        }
    }
}

/// The shards whose stores keep the rest.
#[derive(Clone)]
pub(crate) struct Others {
    pub(crate) bus: Bus,
    pub(crate) share: Share,
    pub(crate) progress: Progress,
    /// [`GATHERINGS_MAX`] of them.
    pub(crate) places: Arc<Semaphore>,
}

impl Others {
    /// Has what is missing lent, as it was at the sequence `at` or later, and waits until what is here is as far; not once
    /// this aggregator stops.
    pub(crate) async fn lend(
        &self,
        gathering: &mut Gathering,
        missing: BTreeMap<u16, Wants>,
        at: u64,
    ) -> Result<(), QueryError> {
        tokio::select! {
            lent = self.gather(gathering, missing, at) => lent,
            () = self.progress.ended() => Err(unavailable("stopping; ask again".to_owned())),
        }
    }

    async fn gather(
        &self,
        gathering: &mut Gathering,
        mut missing: BTreeMap<u16, Wants>,
        at: u64,
    ) -> Result<(), QueryError> {
        if gathering.tries == 0 {
            gathering.deadline = gathering.deadline.max(Instant::now() + LENDING_MIN);
        }
        gathering.tries += 1;
        let deadline = gathering.deadline;
        if gathering.tries > TRIES_MAX || deadline <= Instant::now() {
            let detail = "what that rests on was not gathered from the other shards in time; ask again, or for less";
            return Err(QueryError::new(ErrorCode::Unavailable, detail));
        }
        if gathering.place.is_none() {
            let place = Arc::clone(&self.places).acquire_owned();
            let place = tokio::time::timeout_at(deadline, place).await;
            let busy = || unavailable("too much is gathered at once; ask again".to_owned());
            gathering.place = Some(place.map_err(|_| busy())?.map_err(|_| busy())?);
        }
        let mut as_of = at;
        while !missing.is_empty() {
            let mut asking = JoinSet::new();
            for (shard, ask) in missing {
                let others = self.clone();
                asking.spawn(async move {
                    let lent = others.ask(shard, &ask, at, deadline).await?;
                    Ok::<_, QueryError>((shard, ask, lent))
                });
            }
            missing = BTreeMap::new();
            while let Some(asked) = asking.join_next().await {
                let ended = |_| QueryError::new(ErrorCode::Internal, "asking another shard ended");
                let (shard, mut ask, lent) = asked.map_err(ended)??;
                let taken = gathering.lent.take(&mut ask, &lent);
                let taken = taken.map_err(|error| unavailable(error.to_string()))?;
                as_of = as_of.max(taken);
                if !ask.is_empty() {
                    missing.insert(shard, ask);
                }
            }
            if gathering.lent.bytes() > GATHERED_MAX_BYTES {
                let detail = "that rests on more than is gathered for one answer; ask for less";
                return Err(QueryError::new(ErrorCode::TooLarge, detail));
            }
        }
        let visible = self.progress.visible(as_of, deadline).await;
        visible.map_err(|Behind { at }| behind(at, as_of))
    }

    async fn ask(
        &self,
        shard: u16,
        ask: &Wants,
        at_least: u64,
        deadline: Instant,
    ) -> Result<Bytes, QueryError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
        let asked = ask.encoded(at_least, wait_ms).into();
        let other = Share::new(self.share.shards(), shard);
        let other = other.ok_or_else(|| unavailable("there is no such shard".to_owned()))?;
        let subject = rows_of(other);
        let answer = self.bus.request(&subject, asked, left + WAY_BACK).await;
        answer.map_err(|error| match error {
            RequestError::NoResponders { .. } => unavailable(format!(
                "nobody answers for shard {other}: start its aggregator, and ask again"
            )),
            RequestError::Service(error) if error.code == ErrorCode::Behind.number() => {
                let detail = format!("shard {other} is behind: {}", error.message);
                QueryError::new(ErrorCode::Behind, detail)
            }
            RequestError::Service(error) => {
                unavailable(format!("shard {other} lends nothing: {}", error.message))
            }
            _ => unavailable(format!("shard {other} did not answer in time; ask again")),
        })
    }
}

fn unavailable(detail: String) -> QueryError {
    QueryError::new(ErrorCode::Unavailable, detail)
}

/// Lends what this shard keeps.
pub(crate) struct Lender {
    pub(crate) store: Arc<Store>,
    pub(crate) progress: Progress,
}

impl Lender {
    pub(crate) async fn serve(self, bus: &Bus, share: Share) -> Result<Service, ServeError> {
        let settings = ServiceSettings {
            name: "cardex-shard".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: "Rows of one shard's store, for the aggregators of the others".to_owned(),
            queue_group: format!("cardex-shard-{share}"),
            max_concurrent: LENDINGS_MAX,
            says: BTreeMap::from([("shard".to_owned(), share.to_string())]),
        };
        let lender = Arc::new(self);
        let endpoint = Endpoint::new("rows", &rows_of(share), move |request| {
            let lender = Arc::clone(&lender);
            async move { lender.lend(request).await }
        });
        bus.serve(&settings, vec![endpoint]).await
    }

    async fn lend(&self, request: Request) -> Result<Bytes, ServiceError> {
        let refused = |code: ErrorCode, message: String| ServiceError {
            code: code.number(),
            message,
        };
        let asked = Asked::decode(&request.payload);
        let asked = asked.map_err(|error| refused(ErrorCode::BadRequest, error.to_string()))?;
        let wait = Duration::from_millis(u64::from(asked.wait_ms)).min(WAIT_MAX);
        let visible = self.progress.visible(asked.at_least, Instant::now() + wait);
        visible.await.map_err(|Behind { at }| {
            let detail = format!("at sequence {at}, asked for {}", asked.at_least);
            refused(ErrorCode::Behind, detail)
        })?;
        let store = Arc::clone(&self.store);
        let lending = tokio::task::spawn_blocking(move || asked.lent(&store.read()));
        let broken = || "the store can't be read; see the aggregator's log".to_owned();
        let lent = lending
            .await
            .map_err(|_| refused(ErrorCode::Internal, broken()))?;
        lent.map(Bytes::from).map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "another shard's asking met a damaged store"
            );
            refused(ErrorCode::Internal, broken())
        })
    }
}
