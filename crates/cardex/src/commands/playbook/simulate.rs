//! `cardex playbook simulate`: what departments would be told otherwise by a changed playbook, of the stays there are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_domain::board::Board;
use cardex_domain::event::GuestRef;
use cardex_domain::ids::{DepartmentId, ItemId, NodeId, PropertyId};
use cardex_domain::profile::Profile;
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::Day;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Situation};
use cardex_wire::guest::StayView;
use cardex_wire::query::{Get, GetReply, GetRequest, List, ListRequest};
use cardex_wire::text::AsText;
use clap::Args;
use serde_json::json;

use super::{check, faultless, serving, vocabulary_in_force};
use crate::ask::ask;
use crate::clock;
use crate::screen::{Format, Screen};
use crate::session::Session;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a changed playbook would tell otherwise of stays that there are; nothing is published
///
/// A stay that is over is taken as it was on its last day in house. What outcomes taught and closed is left out on both
/// sides.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// The directory of the changed playbook
    directory: PathBuf,
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// Only stays that touch this day or a later one, such as -30 or 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = clock::parse_day, default_value = "today", allow_hyphen_values = true)]
    since: Day,
    #[command(flatten)]
    format: Format,
}

/// How an item differs.
#[derive(Clone, Copy)]
enum Kind {
    Gone,
    Come,
    Reworded,
}

impl Kind {
    fn mark(self) -> (&'static str, &'static str) {
        match self {
            Self::Gone => ("-", "gone"),
            Self::Come => ("+", "come"),
            Self::Reworded => ("~", "reworded"),
        }
    }
}

impl Simulate {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let vocabulary = vocabulary_in_force(&bus).await?;
        let (_, changed) = check(&self.directory, &vocabulary)?;
        let sources = serving(session, &bus).await?;
        let serving = faultless(&self.directory, Playbook::parse(&sources, &vocabulary))?;
        let mut screen = self.format.screen();
        let (mut stays, mut differ) = (0, 0);
        let mut request = ListRequest {
            from: Some(AsText(self.since)),
            ..ListRequest::default()
        };
        loop {
            let engine = DepartmentId::engine();
            let page = ask::<List>(&bus, &self.property, &engine, PATIENCE, &request).await?;
            for view in &page.stays {
                let Some((stay, profile, today)) = self.situation(&bus, view).await? else {
                    continue;
                };
                stays += 1;
                let told =
                    |playbook: &Playbook| boards(playbook, &vocabulary, (&stay, &profile, today));
                differ += show(&stay, (&told(&serving), &told(&changed)), &mut screen)?;
            }
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
        match screen.json() {
            true => Ok(()),
            false => screen.line(format!("{stays} stays looked at, {differ} lines differ")),
        }
    }

    /// A stay with what is known of its guest, and the day to look at it; none of one that never came.
    async fn situation(
        &self,
        bus: &Bus,
        view: &StayView,
    ) -> anyhow::Result<Option<(Stay, Profile, Day)>> {
        let mut today = clock::today();
        let mut stay = view.to_stay().context("the stay can't be read")?;
        let mut request = GetRequest {
            stay: Some(view.id),
            whole: true,
            ..GetRequest::of(GuestRef::Node(NodeId::Stay(stay.id)))
        };
        match stay.status {
            Status::Reserved | Status::InHouse => {}
            Status::CheckedOut => {
                today = stay.departure.unwrap_or(today);
                request.as_of = Some(AsText(today));
                stay.status = Status::InHouse;
            }
            Status::Cancelled | Status::NoShow => return Ok(None),
        }
        let engine = DepartmentId::engine();
        let mut reply: GetReply =
            ask::<Get>(bus, &self.property, &engine, PATIENCE, &request).await?;
        while let Some(next) = reply.next.take() {
            request.after = Some(next);
            reply.join(ask::<Get>(bus, &self.property, &engine, PATIENCE, &request).await?);
        }
        let profile = reply.profile.to_profile();
        let profile = profile.context("a profile that was asked for whole is not")?;
        Ok(Some((stay, profile, today)))
    }
}

/// What everybody would be told in the course of the day.
fn boards(
    playbook: &Playbook,
    vocabulary: &Vocabulary,
    (stay, profile, today): (&Stay, &Profile, Day),
) -> Vec<Board> {
    let others = profile.members.iter();
    let others = others.filter(|node| matches!(node, NodeId::Stay(id) if *id != stay.id));
    let situation = Situation {
        earlier_stays: u32::try_from(others.count()).unwrap_or(u32::MAX),
        ..Situation::alone(stay, profile, vocabulary)
    };
    let book = playbook.for_property(&stay.property);
    let hours = book.turns().of_day(book.hours(), today, stay.last_event_at);
    hours
        .flat_map(|now| playbook.compose(&Situation { now, ..situation }))
        .collect()
}

/// Shows what differs, and says how many lines those are.
fn show(
    stay: &Stay,
    (before, after): (&[Board], &[Board]),
    screen: &mut Screen,
) -> anyhow::Result<usize> {
    let lines = |boards: &[Board]| -> BTreeMap<(DepartmentId, ItemId), (String, String)> {
        let of = |board: &Board| {
            let department = board.department.clone();
            let items = board.items.clone().into_iter();
            items.map(move |item| {
                let hour = item
                    .occasion
                    .map(|of| format!(" (at its time: {})", of.name));
                let text = format!("{}{}", item.text, hour.unwrap_or_default());
                let said = (item.rule.to_string(), text);
                ((department.clone(), item.id), said)
            })
        };
        boards.iter().flat_map(of).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let mut differing = Vec::new();
    for (place, (rule, text)) in &before {
        match after.get(place) {
            None => differing.push((Kind::Gone, &place.0, rule, text)),
            Some((_, now)) if now != text => {
                differing.push((Kind::Reworded, &place.0, rule, now));
            }
            Some(_) => {}
        }
    }
    let come = after
        .iter()
        .filter(|(place, _)| !before.contains_key(*place));
    differing.extend(come.map(|(place, (rule, text))| (Kind::Come, &place.0, rule, text)));
    let stay = (stay.id, &stay.reservation);
    for (kind, department, rule, text) in &differing {
        let (mark, word) = kind.mark();
        if screen.json() {
            screen.object(&json!({
                "stay": stay.0.to_string(), "reservation": &**stay.1,
                "department": department.as_str(), "change": word, "rule": rule, "text": text,
            }))?;
        } else {
            screen.line(format!("{} {department} {mark} {rule}: {text}", stay.1))?;
        }
    }
    Ok(differing.len())
}
