//! The profile of a guest of whom a great deal was noticed, over a bare question that is answered with as many
//! bytes; and all of it explained, and told in the order in which it came.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cardex_bus::{Bus, Outgoing};
use cardex_domain::event::GuestRef;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_wire::QuerySubject;
use cardex_wire::query::{
    About, Explain, ExplainRequest, Get, GetRequest, History, HistoryRequest, Operation,
    decode_reply, encode,
};
use cardex_wire::subject::Token;

use super::figures::{Aim, Measure, Section};
use super::load::Hotel;
use super::query::serve_bare;
use super::rig::Rig;
use super::{Options, ROUNDS, note};

/// How often the profile is asked for in a round, after an event of the guest and without.
const QUESTIONS: usize = 40;
/// Entries of a page of the history.
const PAGE_ENTRIES: u32 = 500;
const TIMEOUT: Duration = Duration::from_secs(30);
/// The aim for a profile of ten thousand pieces, in milliseconds.
const AIM_MS: f64 = 20.0;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let rig = Rig::start().await?;
    let pieces = options.pieces;
    note(format!("profile: a guest with {pieces} pieces of evidence"));
    let mut hotel = Hotel::new(options.seed, "grand")?.noting(options.notes);
    let mut events = vec![hotel.arrival(0)?];
    for _ in 0..pieces {
        events.push(hotel.observation(1)?);
    }
    let end = rig.fill(events).await?;
    let services = rig.services("store", false).await?;
    rig.reached(&rig.bus, end).await?;
    let answering = rig.connect().await?;
    let bare = serve_bare(&answering).await?;
    let asking = Asking {
        bus: rig.connect().await?,
        property: hotel.property().clone(),
    };
    let mut times = [const { Vec::new() }; 5];
    let mut bytes = 0;
    for round in 0..ROUNDS {
        note(format!("profile: round {} of {ROUNDS}", round + 1));
        let [mut first, mut again, mut floor] = [const { Vec::new() }; 3];
        for _ in 0..QUESTIONS {
            // One more piece, so that what was folded holds no longer.
            let more = hotel.observation(1)?;
            let sequence = asking.publish(more).await?;
            rig.reached(&rig.bus, sequence).await?;
            let (time, answer) = asking.get().await?;
            first.push(time);
            let (time, _) = asking.get().await?;
            again.push(time);
            floor.push(asking.bare(answer.len()).await?);
            bytes = answer.len();
        }
        times[0].push(first);
        times[1].push(again);
        times[2].push(floor);
        times[3].push(vec![asking.explained().await?]);
        times[4].push(vec![asking.told().await?]);
    }
    bare.stop().await;
    services.stop().await?;
    rig.stop().await?;

    let [first, again, floor, explained, told] = times;
    let first_p50 = Measure::percentile("first show after an event, p50", 50, &first);
    let first_p99 = Measure::percentile("first show after an event, p99", 99, &first);
    let again_p50 = Measure::percentile("show again, p50", 50, &again);
    let again_p99 = Measure::percentile("show again, p99", 99, &again);
    let floor_p50 = Measure::percentile("floor: bare request and reply, p50", 50, &floor);
    let floor_p99 = Measure::percentile("floor: bare request and reply, p99", 99, &floor);
    let explained = Measure::percentile("all of it explained, page by page", 50, &explained);
    let told = Measure::percentile("its whole history, page by page", 50, &told);
    let mut section = Section::new("profile");
    section.aim("first show, p50, ms", &first_p50, Aim::AtMost(AIM_MS));
    section.aim("show again, p50, ms", &again_p50, Aim::AtMost(AIM_MS));
    section.compare(
        "first show ÷ bare request, p50",
        &first_p50,
        &floor_p50,
        None,
    );
    section.compare(
        "first show ÷ bare request, p99",
        &first_p99,
        &floor_p99,
        None,
    );
    section.compare(
        "show again ÷ bare request, p50",
        &again_p50,
        &floor_p50,
        None,
    );
    section.compare(
        "show again ÷ bare request, p99",
        &again_p99,
        &floor_p99,
        None,
    );
    section.measures = vec![
        first_p50, first_p99, again_p50, again_p99, floor_p50, floor_p99, explained, told,
    ];
    section.count("pieces of evidence", f64::from(pieces));
    section.count("bytes of an answer", bytes as f64);
    Ok(section)
}

struct Asking {
    bus: Bus,
    property: PropertyId,
}

impl Asking {
    async fn publish(&self, message: Outgoing) -> anyhow::Result<u64> {
        let (subject, id) = (&message.subject, &message.id);
        let stored = self
            .bus
            .publish(subject, id, message.payload, &message.headers);
        Ok(stored.await?.stream_sequence)
    }

    async fn ask<O: Operation>(&self, question: &O::Request) -> anyhow::Result<(Duration, Bytes)> {
        let subject = QuerySubject {
            property: self.property.clone(),
            department: DepartmentId::engine(),
            op: Token::new(O::NAME)?,
        };
        let (subject, question) = (subject.to_string(), Bytes::from(encode(question)));
        let began = Instant::now();
        let answer = self.bus.request(&subject, question, TIMEOUT).await?;
        Ok((began.elapsed(), answer))
    }

    async fn get(&self) -> anyhow::Result<(Duration, Bytes)> {
        self.ask::<Get>(&GetRequest::of(guest())).await
    }

    async fn bare(&self, bytes: usize) -> anyhow::Result<Duration> {
        let question = Bytes::from(encode(&GetRequest::of(guest())));
        let subject = format!("bench.bare.{bytes}");
        let began = Instant::now();
        self.bus.request(&subject, question, TIMEOUT).await?;
        Ok(began.elapsed())
    }

    /// How long it takes until every piece is explained.
    async fn explained(&self) -> anyhow::Result<Duration> {
        let mut question = ExplainRequest::of(guest());
        let mut time = Duration::ZERO;
        loop {
            let (took, answer) = self.ask::<Explain>(&question).await?;
            time += took;
            let page: <Explain as Operation>::Reply = decode_reply(&answer)?;
            question.after = page.next;
            if question.after.is_none() {
                return Ok(time);
            }
        }
    }

    /// How long it takes until everything recorded is told.
    async fn told(&self) -> anyhow::Result<Duration> {
        let mut question = HistoryRequest {
            about: About(guest()),
            at: None,
            since: None,
            until: None,
            newest_first: false,
            limit: Some(PAGE_ENTRIES),
            after: None,
            at_least: None,
            wait_ms: None,
        };
        let mut time = Duration::ZERO;
        loop {
            let (took, answer) = self.ask::<History>(&question).await?;
            time += took;
            let page: <History as Operation>::Reply = decode_reply(&answer)?;
            question.after = page.next;
            if question.after.is_none() {
                return Ok(time);
            }
        }
    }
}

fn guest() -> GuestRef {
    GuestRef::Reservation(Hotel::reservation(0).into())
}
