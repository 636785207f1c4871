//! Links guests who are one person beyond reasonable doubt, where the hotel allows it.
//!
//! It reads what can make two guests alike (bookings, corrections of profiles, other weights) through a durable of its
//! own, so that no board waits for it, asks the aggregator whom it may link, and publishes ordinary links. At a start, and
//! when another setting is activated, it asks for everybody; after that for whom each event names.
//!
//! **Invariant:** a link is published against the one that was published before it, and asked for as of that one. So
//! whoever else links guests at the same time, or did before a kill, has been heard, and a pair is linked once.

use std::collections::BTreeSet;
use std::time::Duration;

use cardex_bus::last::LookupError;
use cardex_bus::{Bus, Delivery, DurableListener, Headers, PublishError, RequestError, streams};
use cardex_domain::event::{
    Body, ConfigActivation, Event, GuestRef, Link, LinkKind, NodeRef, Publisher, Setting,
};
use cardex_domain::ids::{NodeId, PropertyId, content_hash};
use cardex_domain::time::Moment;
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Heartbeat;
use cardex_runtime::metrics::Counter;
use cardex_wire::identity::BY_ITSELF;
use cardex_wire::query::{
    About, Duplicates, DuplicatesReply, DuplicatesRequest, ErrorCode, PairView, QueryError, Queue,
    decode_reply,
};
use cardex_wire::text::EventId;
use cardex_wire::{CONTENT_TYPE, EventDraft, Reject, decode};

use crate::ask::{CATCH_UP, no_property, request};
use crate::listen::{BEAT, now};

/// What can make two guests alike, or say whether they are to be linked.
pub(crate) const LISTENS_TO: [&str; 5] = [
    "cardex.*.stay.reserved",
    "cardex.*.stay.amended",
    "cardex.*.stay.checked_in",
    "cardex.*.guest.corrected",
    "cardex.config.*",
];
/// Where links are published that no property asked for: one subject for all, so that each builds on the one before.
const SUBJECT: &str = "cardex.all.guest.linked";
/// What such events give as their source.
const SOURCE: &str = "/cardex/checkin";
/// How long it waits after a failure that may pass.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// Pairs asked for at once.
const PAIRS_MAX: u32 = 100;

/// Why guests could not be linked yet.
#[derive(Debug, thiserror::Error)]
enum Unlinked {
    #[error("the aggregator gave no answer")]
    Request(#[source] RequestError),
    #[error("the aggregator can't tell who is to be linked")]
    Refused(#[from] QueryError),
    #[error("the last link can't be looked up")]
    LookUp(#[from] LookupError),
    #[error("a link was not published")]
    Publish(#[from] PublishError),
    #[error("a link can't be written")]
    Unwritable(#[from] Reject),
}

/// Whom an event says something new of.
enum News {
    Nobody,
    One(PropertyId, GuestRef),
    Everybody,
}

/// Publishes links.
pub(crate) struct Linker {
    bus: Bus,
    linked: Counter,
    heartbeat: Heartbeat,
    /// Up to this sequence there is nothing left to do; `None` until everybody was looked at.
    settled: Option<u64>,
}

impl Linker {
    pub(crate) fn new(bus: Bus, linked: Counter, heartbeat: Heartbeat) -> Self {
        Self {
            bus,
            linked,
            heartbeat,
            settled: None,
        }
    }

    /// Works until told to stop. What is not done then comes again.
    pub(crate) async fn run(mut self, mut deliveries: DurableListener, token: CancellationToken) {
        loop {
            self.heartbeat.beat();
            let delivery = tokio::select! {
                () = token.cancelled() => break,
                delivery = deliveries.next() => delivery,
                () = tokio::time::sleep(BEAT) => continue,
            };
            match token.run_until_cancelled(self.work_off(&delivery)).await {
                Some(()) => delivery.ack().await,
                None => {
                    delivery.nak(Duration::ZERO).await;
                    break;
                }
            }
        }
        self.heartbeat.retire();
    }

    /// Shows that it is alive, and that the delivery is being worked on: each takes a bounded time.
    async fn goes_on(&self, delivery: &Delivery) {
        self.heartbeat.beat();
        delivery.in_progress().await;
    }

    /// Tries until it is done: there is nothing else to do, and what comes later builds on it.
    async fn work_off(&mut self, delivery: &Delivery) {
        let sequence = delivery.incoming.stream_sequence;
        while let Err(error) = self.link(delivery).await {
            tracing::warn!(
                sequence,
                error = &error as &dyn std::error::Error,
                "guests are not linked yet; trying again"
            );
            self.goes_on(delivery).await;
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Links whom the event made alike.
    async fn link(&mut self, delivery: &Delivery) -> Result<(), Unlinked> {
        let sequence = delivery.incoming.stream_sequence;
        let news = match news(delivery) {
            News::Nobody => return Ok(()),
            News::Everybody => News::Everybody,
            News::One(..) if self.settled.is_none() => News::Everybody,
            News::One(..) if self.settled >= Some(sequence) => return Ok(()),
            one => one,
        };
        // What was linked in vain is not tried twice.
        let mut tried = BTreeSet::new();
        let (mut last, mut skip) = (None, None);
        loop {
            let at_least = sequence.max(last.unwrap_or_default());
            let Some(reply) = self.ask(&news, skip, at_least).await? else {
                return Ok(());
            };
            let mut ends = reply.pairs.iter().filter_map(|pair| pair.linkable);
            if ends.all(|link| tried.contains(&(link.a.0, link.b.0))) {
                // Behind those that were linked in vain there may be others.
                if reply.next.is_some() {
                    skip = reply.next;
                    self.goes_on(delivery).await;
                    continue;
                }
                if !reply.automatic || matches!(news, News::Everybody) {
                    self.settled = self.settled.max(Some(reply.sequence));
                }
                return Ok(());
            }
            // Nothing is published by an answer that may not know of the last link: most events link nobody.
            if let Some(last) = last {
                self.publish(&reply.pairs, last, &mut tried).await?;
            }
            let stored = self.bus.last_for_subject(streams::EVENTS, SUBJECT).await?;
            last = Some(stored.map_or(0, |stored| stored.stream_sequence));
            // Those who are linked stand in no pair any more.
            skip = None;
            self.goes_on(delivery).await;
        }
    }

    /// The pairs that may be linked; `None` when the event names nobody, for it is a dead letter.
    async fn ask(
        &self,
        news: &News,
        skip: Option<u32>,
        at_least: u64,
    ) -> Result<Option<DuplicatesReply>, Unlinked> {
        let (property, about) = match news {
            News::One(property, about) => (property.clone(), Some(About(about.clone()))),
            News::Nobody | News::Everybody => (no_property(), None),
        };
        let question = DuplicatesRequest {
            queue: Queue::Suggested,
            about,
            automatic: true,
            skip,
            limit: Some(PAIRS_MAX),
            at_least: Some(at_least),
            wait_ms: u32::try_from(CATCH_UP.as_millis()).ok(),
        };
        match request::<Duplicates>(&self.bus, property, &question).await {
            Ok(answer) => Ok(Some(decode_reply(&answer)?)),
            Err(RequestError::Service(error)) => {
                let error = QueryError::from_header(error.code, &error.message);
                match error.code {
                    ErrorCode::NotFound | ErrorCode::BadRequest => Ok(None),
                    _ => Err(error.into()),
                }
            }
            Err(error) => Err(Unlinked::Request(error)),
        }
    }

    /// Publishes links of these pairs, each built on the one before; of those that have a guest in common only the first,
    /// for it changes who the others are.
    async fn publish(
        &self,
        pairs: &[PairView],
        mut last: u64,
        tried: &mut BTreeSet<(NodeId, NodeId)>,
    ) -> Result<(), Unlinked> {
        let mut met: BTreeSet<NodeId> = BTreeSet::new();
        for pair in pairs {
            let Some(link) = pair.linkable else { continue };
            let (a, b) = (link.a.0, link.b.0);
            let members = pair.a.members.iter().chain(&pair.b.members);
            let members: BTreeSet<NodeId> = members.map(|id| id.0).collect();
            if tried.contains(&(a, b)) || !met.is_disjoint(&members) {
                continue;
            }
            let draft = draft(a, b, reason(pair), now(0));
            let message = draft.encode()?;
            let headers = Headers::new()
                .with("Content-Type", CONTENT_TYPE)
                .expect("the content type is plain ASCII");
            let (id, payload) = (draft.id.to_string(), message.payload.into());
            let published =
                self.bus
                    .publish_expecting(&message.subject, &id, payload, &headers, last);
            match published.await {
                Ok(ack) => last = ack.stream_sequence,
                // Somebody else has linked guests meanwhile.
                Err(PublishError::Conflict { .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            self.linked.inc();
            self.heartbeat.beat();
            tried.insert((a, b));
            met.extend(members);
        }
        Ok(())
    }
}

/// Whom the message says something new of; what can't be read is the aggregator's to keep as a dead letter.
fn news(delivery: &Delivery) -> News {
    let incoming = &delivery.incoming;
    let received = Moment {
        utc_micros: incoming.server_time_us,
        offset_minutes: 0,
    };
    let content_type = incoming.headers.get("Content-Type");
    let event = decode(&incoming.subject, content_type, &incoming.payload, received);
    event.map_or(News::Nobody, |event| news_of(&event))
}

fn news_of(event: &Event) -> News {
    let about = match &event.body {
        Body::Stay(stay) if stay.change.details().is_some_and(|d| d.guest.is_some()) => {
            GuestRef::Reservation(stay.reservation.clone())
        }
        Body::GuestCorrected(correction) => GuestRef::Profile(correction.profile.clone()),
        Body::ConfigActivated(ConfigActivation {
            setting: Setting::DenyList | Setting::IdentityWeights,
            ..
        }) => return News::Everybody,
        _ => return News::Nobody,
    };
    let property = event.publisher.property.clone();
    property.map_or(News::Nobody, |property| News::One(property, about))
}

/// The link of two members: the same id whoever publishes it.
fn draft(a: NodeId, b: NodeId, reason: String, at: Moment) -> EventDraft {
    let (a, b) = (a.min(b), a.max(b));
    EventDraft {
        publisher: Publisher {
            property: Some(no_property()),
            department: None,
            app: None,
        },
        id: EventId::derived(content_hash(format!("linked {a} {b}").as_bytes())),
        source: SOURCE.to_owned(),
        time: at,
        on_behalf_of: None,
        body: Body::Linked(Link {
            kind: LinkKind::Same,
            a: NodeRef::Node(a),
            b: NodeRef::Node(b),
            occurred_at: at,
            by: BY_ITSELF.into(),
            reason: reason.into(),
        }),
    }
}

/// Why, in words that hold nothing of the guests themselves: what speaks for it and what against it, the strongest first.
fn reason(pair: &PairView) -> String {
    let mut said: Vec<_> = pair.evidence.iter().filter(|e| e.millibits != 0).collect();
    said.sort_by_key(|said| std::cmp::Reverse(said.millibits.abs()));
    let list = |speaks_for: bool| {
        let said = said
            .iter()
            .filter(|said| (said.millibits > 0) == speaks_for);
        let said = said.map(|said| format!("{} {}", said.field, said.level));
        said.collect::<Vec<_>>().join(", ")
    };
    let (speaks_for, against) = (list(true), list(false));
    // Rounded down: nothing is certain.
    let posterior = pair.posterior_ppm.min(999_999) / 100;
    let mut reason =
        format!("linked automatically, posterior 0.{posterior:04}, because {speaks_for}");
    if !against.is_empty() {
        reason += &format!("; against it: {against}");
    }
    reason
}

#[cfg(test)]
mod tests;
