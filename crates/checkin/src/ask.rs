//! Asking the aggregator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::{Bus, RequestError};
use cardex_domain::event::Event;
use cardex_domain::ids::{DepartmentId, EventKey, ItemId, PropertyId, StayId};
use cardex_domain::lessons::{Lessons, Shown};
use cardex_domain::profile::Profile;
use cardex_domain::situation::Answered;
use cardex_domain::stay::Stay;
use cardex_domain::time::{Day, Moment};
use cardex_wire::QuerySubject;
use cardex_wire::query::{
    self, Affected, AffectedRequest, AffectedStay, LessonsRequest, Operation, QueryError,
    decode_reply, encode,
};
use cardex_wire::subject::Token;
use cardex_wire::text::AsText;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use crate::lessons::LessonBook;
use crate::looks::Look;

/// How long the aggregator may take to come as far as the event.
pub(crate) const CATCH_UP: Duration = Duration::from_secs(5);
/// How much longer than that an answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// After how long without an answer the question is asked beside as well: whoever was to answer may have been killed, and
/// another will.
const ASK_BESIDE: Duration = Duration::from_secs(3);
/// Where something is asked or said that is about no property.
const NO_PROPERTY: &str = "all";

/// Why there is no answer to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("the aggregator gave no answer")]
    Request(#[from] RequestError),
    #[error("the aggregator's answer can't be read; run the same version of all services")]
    Unreadable(#[from] QueryError),
    #[error("the aggregator's answer leaves out evidence; run the same version of all services")]
    Incomplete,
}

/// Asks in the listener's name.
pub(crate) struct Asker {
    pub(crate) bus: Bus,
    lessons: LessonBook,
}

/// What the aggregator knows that an event affects.
pub(crate) struct Answer {
    /// The sequence that the profiles have reached at least.
    pub(crate) sequence: u64,
    /// Hash of the vocabulary in force.
    pub(crate) vocabulary: String,
    /// Hash of the playbook that was activated last, when one was.
    pub(crate) playbook: Option<String>,
    /// The day the profiles are folded for.
    pub(crate) as_of: Day,
    /// How rules fared so far.
    pub(crate) lessons: Arc<Lessons>,
    /// The stays.
    pub(crate) situations: Vec<Situation>,
    /// Where to go on, when there may be more.
    pub(crate) next: Option<StayId>,
}

/// The settings in force.
pub(crate) struct InForce {
    /// Hash of the vocabulary.
    pub(crate) vocabulary: String,
    /// Hash of the playbook that was activated last, when one was.
    pub(crate) playbook: Option<String>,
}

/// A stay and what is known of its guest.
pub(crate) struct Situation {
    pub(crate) stay: Stay,
    /// The time at its hotel.
    pub(crate) now: Moment,
    pub(crate) profile: Profile,
    pub(crate) earlier_stays: u32,
    /// The items of the stay that somebody acted on.
    pub(crate) closed: BTreeSet<ItemId>,
    /// Those that were acknowledged, each with when it was first.
    pub(crate) acknowledged: BTreeMap<ItemId, Moment>,
    /// Those of `closed` that are not true of the guest.
    pub(crate) wrong: BTreeSet<ItemId>,
    /// Those that were not acknowledged in time.
    pub(crate) escalated: BTreeSet<ItemId>,
    /// What departments were told in the guest's other stays.
    pub(crate) shown: Vec<Shown>,
}

impl Asker {
    pub(crate) fn new(bus: Bus) -> Self {
        Self {
            bus,
            lessons: LessonBook::default(),
        }
    }

    /// A page of the stays that `event`, the message of this sequence, affects, behind the one named, and what is known
    /// of them: at least all that was acknowledged before it. A setting is asked about at no property, and affects open
    /// stays of all.
    pub(crate) async fn affected(
        &self,
        event: &Event,
        sequence: u64,
        after: Option<StayId>,
    ) -> Result<Answer, AskError> {
        let property = event.publisher.property.clone().unwrap_or_else(no_property);
        let question = AffectedRequest {
            sequence,
            event: AsText(event.key),
            after: after.map(AsText),
            only: None,
            at_least: Some(sequence),
            wait_ms: u32::try_from(CATCH_UP.as_millis()).ok(),
        };
        self.answer(property, &question).await
    }

    /// What is known of the stay that was looked at: at least all that was acknowledged up to `since`.
    pub(crate) async fn again(&self, look: &Look, since: u64) -> Result<Answer, AskError> {
        let question = AffectedRequest {
            sequence: look.occasion.trigger,
            event: AsText(look.event),
            after: None,
            only: Some(AsText(look.stay)),
            at_least: Some(since),
            wait_ms: u32::try_from(CATCH_UP.as_millis()).ok(),
        };
        self.answer(look.property.clone(), &question).await
    }

    async fn answer(
        &self,
        property: PropertyId,
        question: &AffectedRequest,
    ) -> Result<Answer, AskError> {
        let reply = self.ask::<Affected>(property.clone(), question).await?;
        let fetch = async |since| {
            let question = LessonsRequest {
                since: Some(since),
                at_least: Some(reply.taught),
                wait_ms: u32::try_from(CATCH_UP.as_millis()).ok(),
            };
            self.ask::<query::Lessons>(property, &question).await
        };
        let lessons = self.lessons.at(reply.taught, fetch).await?;
        let situations = reply.affected.iter().map(Situation::of);
        Ok(Answer {
            sequence: reply.sequence,
            as_of: reply.as_of.0,
            situations: situations
                .collect::<Option<_>>()
                .ok_or(AskError::Incomplete)?,
            next: reply.next.map(|stay| stay.0),
            vocabulary: reply.vocabulary,
            playbook: reply.playbook,
            lessons,
        })
    }

    /// The settings in force.
    pub(crate) async fn in_force(&self) -> Result<InForce, AskError> {
        // It affects nothing, and the answer names them all the same.
        let nothing = AffectedRequest {
            sequence: 0,
            event: AsText(EventKey([0; 16])),
            after: None,
            only: None,
            at_least: None,
            wait_ms: None,
        };
        let reply = self.ask::<Affected>(no_property(), &nothing).await?;
        Ok(InForce {
            vocabulary: reply.vocabulary,
            playbook: reply.playbook,
        })
    }

    async fn ask<O: Operation>(
        &self,
        property: PropertyId,
        question: &O::Request,
    ) -> Result<O::Reply, AskError> {
        let answer = request::<O>(&self.bus, property, question).await?;
        Ok(decode_reply(&answer)?)
    }
}

/// The answer to a question asked in the name of Cardex's own services, as it came.
pub(crate) async fn request<O: Operation>(
    bus: &Bus,
    property: PropertyId,
    question: &O::Request,
) -> Result<Bytes, RequestError> {
    let subject = QuerySubject {
        property,
        department: DepartmentId::engine(),
        op: Token::new(O::NAME).expect("the name of an operation is a token"),
    };
    let (subject, asked) = (subject.to_string(), Bytes::from(encode(question)));
    let deadline = Instant::now() + CATCH_UP + ANSWER;
    let ask = || {
        let patience = deadline.saturating_duration_since(Instant::now());
        bus.request(&subject, asked.clone(), patience)
    };
    let mut asking = FuturesUnordered::from_iter([ask()]);
    let mut beside = tokio::time::interval_at(Instant::now() + ASK_BESIDE, ASK_BESIDE);
    loop {
        tokio::select! {
            Some(answer) = asking.next() => return answer,
            _ = beside.tick() => asking.push(ask()),
        }
    }
}

/// Where a question is asked that is about no property.
pub(crate) fn no_property() -> PropertyId {
    PropertyId::new(NO_PROPERTY).expect("it is a name like any other")
}

impl Situation {
    fn of(affected: &AffectedStay) -> Option<Self> {
        let outcomes = affected.outcomes.iter();
        let outcomes = outcomes.map(|o| (o.item.0.clone(), o.outcome.into(), o.occurred_at.0));
        let Answered {
            closed,
            acknowledged,
            wrong,
        } = outcomes.collect();
        Some(Self {
            stay: affected.stay.to_stay()?,
            now: affected.now.0,
            profile: affected.profile.to_profile()?,
            earlier_stays: affected.earlier_stays,
            closed,
            acknowledged,
            wrong,
            escalated: affected
                .escalated
                .iter()
                .map(|item| item.0.clone())
                .collect(),
            shown: affected.shown.iter().map(Shown::from).collect(),
        })
    }
}
