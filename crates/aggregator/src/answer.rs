//! Answering: who asks is in the subject, and decides what the answer holds.

mod duplicates;
mod explain;
mod guests;
mod history;
mod lessons;
mod links;
mod looking_back;
mod notes;
mod open;
mod pages;
mod pending;
mod stats;
mod stays;
mod unassigned;
mod vocabulary;
mod wrong;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::{Request, ServiceError};
use cardex_domain::event::GuestRef;
use cardex_domain::fact::references;
use cardex_domain::ids::{DepartmentId, InstallationKey, NodeId, StayId};
use cardex_domain::profile::{Occasion, Profile};
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::time::{Day, Moment};
use cardex_notes::wording::diagnoses;
use cardex_runtime::clock::now_micros;
use cardex_store::{Lent, Reader, Store, StoreError, Wants};
use cardex_wire::QuerySubject;
use cardex_wire::profile::{Extent, reads_notes};
use cardex_wire::query as view;
use cardex_wire::query::{
    About, Affected, Ask, Duplicates, ErrorCode, Explain, Find, Get, History, InForce, Lessons,
    Links, List, Notes, Operation, Pending, QueryError, Stats, Unassigned, Wrong, decode_request,
    encode,
};

use parking_lot::MutexGuard;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::alike::{Alike, Known};
use crate::curation::Looking;
use crate::meters::Meters;
use crate::profiles::{Account, Profiles};
use crate::progress::{Behind, Progress};
use crate::settings::{Active, SettingsBook};
use crate::shards::{Gathering, Others};
use crate::views::Views;

pub(crate) use history::Indexes;
pub(crate) use unassigned::count as count_unassigned;

/// How long a question waits for its sequence when it does not say.
const WAIT_DEFAULT_MS: u32 = 2_000;
/// The longest that a question may wait for its sequence.
const WAIT_MAX_MS: u32 = 10_000;
/// What is told to who asks what is for guest relations.
const FOR_GUEST_RELATIONS: &str = "only guest_relations may ask this";
/// What is told to who asks what is for services.
const FOR_SERVICES: &str = "only Cardex's own services may ask this";
/// The largest answer: what the server takes with its default settings, less room for headers.
const ANSWER_MAX_BYTES: usize = 1_000_000;

/// What answers are made from.
pub(crate) struct Answers {
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<SettingsBook>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) views: Views,
    pub(crate) indexes: Indexes,
    pub(crate) alike: Arc<Alike>,
    pub(crate) key: InstallationKey,
    pub(crate) progress: Progress,
    pub(crate) looking: Looking,
    pub(crate) meters: Meters,
    /// The other shards, where the store keeps a share.
    pub(crate) others: Option<Others>,
    /// How many questions may be worked on at once. Those that wait for their sequence are not counted.
    pub(crate) places: Semaphore,
}

/// One question being answered: the records as they stand, and who asks.
struct Desk<'s> {
    reader: Reader<'s>,
    active: Active,
    profiles: &'s Profiles,
    views: &'s Views,
    indexes: &'s Indexes,
    /// Which guests may be one person; for operations that ask for it, once it has been worked out.
    known: Option<MutexGuard<'s, Known>>,
    /// The time of `profiles`, taken before the reader.
    folded_at: u64,
    key: &'s InstallationKey,
    looking: &'s Looking,
    subject: QuerySubject,
    sequence: u64,
    behind: Option<view::Behind>,
    now: Moment,
    /// How much is shown of a profile.
    extent: Extent,
}

/// An operation that this service answers.
trait Answer: Operation<Request: Clone> {
    /// What is said: what is read as the operation's reply.
    type Says: Serialize;

    /// Whether what does not fit into an answer is answered with less of the profile.
    const LESSENS: bool = false;

    /// Whether it needs to know which guests may be one person.
    fn weighs_pairs(_asked: &Self::Request, _active: &Active) -> bool {
        false
    }

    fn answer(desk: &Desk<'_>, asked: Self::Request) -> Result<Self::Says, QueryError>;
}

impl Answers {
    /// Answers a question of the operation that its subject names.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Result<Bytes, ServiceError> {
        let subject: Result<QuerySubject, _> = request.subject.parse();
        let Ok(subject) = subject else {
            let error = QueryError::new(ErrorCode::BadRequest, "the subject is not of the layout");
            return Err(refused(&error));
        };
        let began = std::time::Instant::now();
        let op = subject.op.as_str().to_owned();
        let answered = match op.as_str() {
            Get::NAME => self.with::<Get>(subject, request.payload).await,
            Find::NAME => self.with::<Find>(subject, request.payload).await,
            List::NAME => self.with::<List>(subject, request.payload).await,
            Explain::NAME => self.with::<Explain>(subject, request.payload).await,
            History::NAME => self.with::<History>(subject, request.payload).await,
            Affected::NAME => self.with::<Affected>(subject, request.payload).await,
            Unassigned::NAME => self.with::<Unassigned>(subject, request.payload).await,
            Links::NAME => self.with::<Links>(subject, request.payload).await,
            Duplicates::NAME => self.with::<Duplicates>(subject, request.payload).await,
            Lessons::NAME => self.with::<Lessons>(subject, request.payload).await,
            Stats::NAME => self.with::<Stats>(subject, request.payload).await,
            Wrong::NAME => self.with::<Wrong>(subject, request.payload).await,
            Pending::NAME => self.with::<Pending>(subject, request.payload).await,
            Notes::NAME => self.with::<Notes>(subject, request.payload).await,
            InForce::NAME => self.with::<InForce>(subject, request.payload).await,
            _ => Err(QueryError::new(
                ErrorCode::BadRequest,
                "there is no such operation",
            )),
        };
        self.meters
            .answer_seconds
            .with([&op])
            .observe(began.elapsed().as_secs_f64());
        let result = answered
            .as_ref()
            .map_or_else(|error| error.code.as_str(), |_| "ok");
        self.meters.answers.with([&op, result]).inc();
        answered.map_err(|error| refused(&error))
    }

    async fn with<O: Answer + 'static>(
        self: &Arc<Self>,
        subject: QuerySubject,
        payload: Bytes,
    ) -> Result<Bytes, QueryError> {
        let asked: O::Request = decode_request(&payload)?;
        let at_least = asked.at_least();
        let deadline = deadline(&asked);
        if let Some(sequence) = at_least {
            // What readers see already may be folded while the disk takes it.
            let visible = self.progress.visible(sequence, deadline).await;
            visible.map_err(|Behind { at }| behind(at, sequence))?;
        }
        let question = Question {
            asked,
            subject,
            at_least,
        };
        let reply = self.gathered::<O>(question, deadline).await?;
        if let Some(sequence) = at_least {
            let durable = self.progress.durable(sequence, deadline).await;
            durable.map_err(|Behind { at }| behind(at, sequence))?;
        }
        if reply.len() > ANSWER_MAX_BYTES {
            let detail = "the answer is larger than a message may be; ask for less";
            return Err(QueryError::new(ErrorCode::TooLarge, detail));
        }
        Ok(reply.into())
    }

    /// The answer from all that is here and, where the store keeps a share, from what others lend for it: what it lacks is
    /// asked for all at once, and then it is made again.
    async fn gathered<O: Answer + 'static>(
        self: &Arc<Self>,
        question: Question<O::Request>,
        deadline: Instant,
    ) -> Result<Vec<u8>, QueryError> {
        let mut gathering = Gathering::new(deadline);
        loop {
            let lent = std::mem::take(&mut gathering.lent);
            let worked = self.worked::<O>(question.clone(), lent).await?;
            gathering.lent = worked.lent;
            if worked.missing.is_empty() {
                return worked.reply;
            }
            let Some(others) = &self.others else {
                return Err(failed());
            };
            // Its place is given back, so that no two shards wait for each other's.
            others
                .lend(&mut gathering, worked.missing, worked.at)
                .await?;
        }
    }

    /// The answer from what is here and lent, with what it lacks.
    async fn worked<O: Answer + 'static>(
        self: &Arc<Self>,
        question: Question<O::Request>,
        mut lent: Lent,
    ) -> Result<Worked, QueryError> {
        let unavailable = |_| QueryError::new(ErrorCode::Unavailable, "stopping; ask again");
        let place = self.places.acquire().await.map_err(unavailable)?;
        let answers = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || {
            let Question {
                asked,
                subject,
                at_least,
            } = question;
            let durable = answers.progress.sequence();
            let sequence = durable.max(at_least.unwrap_or_default());
            let behind = answers.progress.behind();
            let folded_at = answers.profiles.now();
            let active = answers.book.active();
            // Before the reader, because records are read for it: no reader may wait for another.
            let known = match O::weighs_pairs(&asked, &active) {
                true => answers.alike.now(&answers.store, &active),
                false => Ok(None),
            };
            let mut desk = Desk {
                profiles: &answers.profiles,
                views: &answers.views,
                indexes: &answers.indexes,
                known: known.map_err(unreadable)?,
                folded_at,
                reader: answers.store.read_with(&mut lent),
                active,
                key: &answers.key,
                looking: &answers.looking,
                subject,
                sequence,
                behind: behind.map(|(events, time)| view::Behind {
                    events,
                    seconds: time.as_secs(),
                }),
                now: now(),
                extent: Extent::ANSWER,
            };
            let reply = desk.encoded::<O>(&asked);
            let at = desk.reader.position().map_or(0, |at| at.sequence);
            let missing = desk.reader.missing();
            drop(desk);
            Ok(Worked {
                reply,
                missing,
                at,
                lent,
            })
        });
        let worked = worked.await.map_err(|_| failed())?;
        drop(place);
        worked
    }
}

fn failed() -> QueryError {
    QueryError::new(
        ErrorCode::Internal,
        "the answer failed; see the aggregator's log",
    )
}

/// A question with who asks.
#[derive(Clone)]
struct Question<A> {
    asked: A,
    subject: QuerySubject,
    at_least: Option<u64>,
}

/// What became of a question.
struct Worked {
    reply: Result<Vec<u8>, QueryError>,
    /// What the answer lacks; it is worth nothing when that is anything.
    missing: BTreeMap<u16, Wants>,
    /// Up to which sequence the records were read.
    at: u64,
    /// What had been lent, and still holds.
    lent: Lent,
}

/// Until when the question waits for its sequence.
fn deadline(asked: &impl Ask) -> Instant {
    let wait_ms = asked.wait_ms().unwrap_or(WAIT_DEFAULT_MS).min(WAIT_MAX_MS);
    Instant::now() + Duration::from_millis(u64::from(wait_ms))
}

pub(crate) fn behind(at: u64, at_least: u64) -> QueryError {
    let detail = format!("at sequence {at}, asked for {at_least}; ask again");
    QueryError::new(ErrorCode::Behind, detail)
}

fn refused(error: &QueryError) -> ServiceError {
    ServiceError {
        code: error.code.number(),
        message: error.to_string(),
    }
}

/// The time by this machine's clock.
pub(crate) fn now() -> Moment {
    Moment {
        utc_micros: now_micros(),
        offset_minutes: 0,
    }
}

/// Whether the department is one of Cardex's own services.
fn is_engine(department: &DepartmentId) -> bool {
    department.as_str() == DepartmentId::ENGINE
}

impl Desk<'_> {
    /// The answer as it goes out. Almost all fit: only one that does not is made again, with less.
    fn encoded<O: Answer>(&mut self, asked: &O::Request) -> Result<Vec<u8>, QueryError> {
        loop {
            let reply = encode(&O::answer(self, asked.clone())?);
            if reply.len() <= ANSWER_MAX_BYTES || !O::LESSENS {
                return Ok(reply);
            }
            match self.extent.lessened() {
                Some(less) => self.extent = less,
                None => return Ok(reply),
            }
        }
    }

    /// The node that a question names, and the stay in which it means the guest.
    fn find(
        &self,
        about: &About,
        at: Option<Moment>,
    ) -> Result<(NodeId, Option<StayId>), QueryError> {
        self.find_in(&self.reader, about, at.unwrap_or(self.now))
    }

    /// The node that a question means by what is in `records`, and the stay in which it means the guest.
    fn find_in(
        &self,
        records: &impl Records<Error = StoreError>,
        about: &About,
        at: Moment,
    ) -> Result<(NodeId, Option<StayId>), QueryError> {
        if matches!(about.0, GuestRef::Identifiers(_)) {
            self.must_read_identifiers()?;
        }
        let named = references(&about.0, &self.subject.property, self.key);
        let named =
            named.map_err(|error| QueryError::new(ErrorCode::BadRequest, error.to_string()))?;
        match resolve(records, &self.active.deny, &named, at).map_err(unreadable)? {
            Resolution::Assigned { node, stay } => Ok((node, stay)),
            Resolution::Unassigned { reason, candidates } => {
                let mut detail = format!("nobody can be told from that: {}", reason.as_str());
                if !candidates.is_empty() {
                    let candidates: Vec<_> = candidates.iter().map(ToString::to_string).collect();
                    detail += &format!(", {}", candidates.join(", "));
                }
                Err(QueryError::new(ErrorCode::NotFound, detail))
            }
        }
    }

    /// The profile of the person that `node` is part of.
    fn profile(
        &self,
        node: NodeId,
        stay: Option<StayId>,
        as_of: Day,
    ) -> Result<Arc<Profile>, QueryError> {
        let asked = (node, self.occasion(stay, as_of));
        let profile = self
            .profiles
            .of(&self.reader, &self.active, asked, self.folded_at);
        profile.map_err(unreadable)
    }

    /// The profile with all that it is folded from.
    fn account(
        &self,
        node: NodeId,
        stay: Option<StayId>,
        as_of: Day,
    ) -> Result<Arc<Account>, QueryError> {
        let asked = (node, self.occasion(stay, as_of));
        let account = self
            .profiles
            .account(&self.reader, &self.active, asked, self.folded_at);
        account.map_err(unreadable)
    }

    /// For what is asked: the property is that of the subject, unless there is a stay.
    fn occasion(&self, stay: Option<StayId>, as_of: Day) -> Occasion {
        Occasion {
            property: self.subject.property.clone(),
            stay,
            as_of,
        }
    }

    /// Whether the department may read a note that the other wrote: not one that tells it what it may not see.
    fn reads(&self, note: &str, writer: &DepartmentId) -> bool {
        let asks = &self.subject.department;
        let vocabulary = &self.active.vocabulary;
        reads_notes(asks, writer)
            && !vocabulary.betrays(note, asks)
            && (vocabulary.shows_health(asks) || !diagnoses(note))
    }

    /// Whether the department that asks keeps guests' cards in order: guest relations, and Cardex itself.
    fn keeps_in_order(&self) -> bool {
        let asks = &self.subject.department;
        is_engine(asks) || asks.as_str() == DepartmentId::GUEST_RELATIONS
    }

    /// Refuses, with this reason, whoever does not keep guests' cards in order.
    fn must_keep_in_order(&self, refusal: &str) -> Result<(), QueryError> {
        match self.keeps_in_order() {
            true => Ok(()),
            false => Err(QueryError::new(ErrorCode::Forbidden, refusal)),
        }
    }

    /// Refuses, with this reason, whoever is not one of Cardex's own services.
    fn must_be_engine(&self, refusal: &str) -> Result<(), QueryError> {
        match is_engine(&self.subject.department) {
            true => Ok(()),
            false => Err(QueryError::new(ErrorCode::Forbidden, refusal)),
        }
    }

    fn vocabulary_hash(&self) -> String {
        self.active.vocabulary.hash().to_owned()
    }

    /// The day that profiles are folded for when nobody says which.
    fn today(&self) -> Day {
        self.now.latest_day()
    }
}

/// The store's fault, told to the log in full and to the asker in short.
fn unreadable(error: StoreError) -> QueryError {
    if matches!(error, StoreError::Elsewhere) {
        // It is answered again with what another shard lends.
        return QueryError::new(ErrorCode::Unavailable, error.to_string());
    }
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a question met a damaged store"
    );
    QueryError::new(
        ErrorCode::Internal,
        "the store can't be read; see the aggregator's log",
    )
}
