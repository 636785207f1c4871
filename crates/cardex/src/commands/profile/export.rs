//! The whole profile as JSON, or everything that was recorded of a guest, to be kept elsewhere or published again.

use std::collections::BTreeSet;
use std::io::Write as _;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_bus::streams::EVENTS;
use cardex_domain::event::{Body, CardClaim, CardEvent};
use cardex_domain::ids::{
    AttributeId, DepartmentId, EventKey, ItemId, NodeId, PropertyId, RuleId, StayId,
};
use cardex_domain::time::Moment;
use cardex_wire::EventType;
use cardex_wire::canonical;
use cardex_wire::query::{About, History, HistoryEntry, HistoryKind, HistoryReply, HistoryRequest};
use cardex_wire::text::AsText;
use clap::Args;
use serde::Serialize;

use super::Whom;
use crate::archive::Archived;
use crate::exit::Usage;
use crate::screen::note;
use crate::session::Session;

/// What the file of a person says it is.
pub(crate) const PERSON_FORMAT: &str = "cardex.person.v1";

/// Entries asked for at once.
const PAGE: u32 = 500;

/// Print the whole profile as JSON, or everything that was recorded of a guest
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The same bytes for the same events, in whichever order they came: sorted names, integers, no sequence
    #[arg(long)]
    canonical: bool,
    /// Every event that the profile rests on and who was shown what, for `cardex import person`; canonical, too
    #[arg(long, conflicts_with_all = ["canonical", "known_at", "as_of", "for_stay"])]
    full: bool,
    #[command(flatten)]
    whom: Whom,
}

impl Export {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if self.whom.ask.department.as_str() != DepartmentId::ENGINE {
            let way_out = "an export is the whole profile; leave --as out, or use `cardex profile show --json`";
            return Err(Usage(way_out.to_owned()).into());
        }
        let bytes = if self.full {
            self.full(session).await?
        } else {
            self.profile(session).await?
        };
        // Exactly these bytes and a line's end, so that a hash of them means something.
        let mut out = std::io::stdout();
        out.write_all(&bytes).and_then(|()| out.write_all(b"\n"))?;
        Ok(())
    }

    async fn profile(&self, session: &Session) -> anyhow::Result<Vec<u8>> {
        let reply = self.whom.whole(session).await?;
        if !self.canonical {
            return Ok(serde_json::to_vec_pretty(&reply.profile)?);
        }
        let profile = reply.profile.to_profile();
        Ok(canonical(&profile.context(
            "the answer names evidence that it does not hold",
        )?))
    }

    async fn full(&self, session: &Session) -> anyhow::Result<Vec<u8>> {
        let bus = session.connect().await?;
        let (members, entries) = self.history(&bus).await?;
        let unclear = entries.iter().filter(|entry| entry.unassigned).count();
        if unclear > 0 {
            note(format!(
                "{unclear} observations may be about others and are left out"
            ));
        }
        let mut person = Person {
            events: Vec::new(),
            format: PERSON_FORMAT,
            members,
            received: Vec::new(),
        };
        for entry in chosen(&entries) {
            let Some(stored) = bus.stored(EVENTS, entry.sequence).await? else {
                note(format!("event {} was erased meanwhile", entry.sequence));
                continue;
            };
            let read = Archived::of(&stored.subject, &stored.payload);
            let (archived, event) = read.with_context(|| {
                format!("event {} is not readable as it stands", entry.sequence)
            })?;
            if let Body::Card(card) = &event.body {
                let property = event.publisher.property.clone().map(AsText);
                person.received.push(Received::of(card, property));
            }
            person.events.push((event.key, archived));
        }
        person.events.sort_by_key(|(key, _)| *key);
        person.received.sort();
        Ok(serde_json::to_vec(&person)?)
    }

    /// Who the guest is, and everything recorded.
    async fn history(&self, bus: &Bus) -> anyhow::Result<(Vec<AsText<NodeId>>, Vec<HistoryEntry>)> {
        let (mut entries, mut after) = (Vec::new(), None);
        loop {
            let request = HistoryRequest {
                about: About(self.whom.about.guest_ref()?),
                at: self.whom.at.map(AsText),
                since: None,
                until: None,
                newest_first: false,
                limit: Some(PAGE),
                after,
                at_least: self.whom.ask.at_least,
                wait_ms: self.whom.ask.wait_ms(),
            };
            let reply: HistoryReply = self.whom.ask.ask::<History>(bus, &request).await?;
            entries.extend(reply.entries);
            after = reply.next;
            if after.is_none() {
                return Ok((reply.members, entries));
            }
        }
    }
}

/// What is this guest's alone: without what may be another's, and what takes that back.
fn chosen(entries: &[HistoryEntry]) -> impl Iterator<Item = &HistoryEntry> {
    let unclear: BTreeSet<EventKey> = entries
        .iter()
        .filter(|entry| entry.unassigned)
        .map(|entry| entry.event.0)
        .collect();
    entries.iter().filter(move |entry| {
        let of_unclear = entry.kind == HistoryKind::Retraction
            && entry
                .targets
                .iter()
                .all(|target| unclear.contains(&target.0));
        !entry.unassigned && !of_unclear
    })
}

/// Everything recorded of a person, in the order of names that canonical JSON has.
#[derive(Serialize)]
struct Person {
    /// In the order of their keys, which are the same wherever they are published.
    #[serde(serialize_with = "without_keys")]
    events: Vec<(EventKey, Archived)>,
    format: &'static str,
    members: Vec<AsText<NodeId>>,
    /// Who was shown what, in order.
    received: Vec<Received>,
}

fn without_keys<S: serde::Serializer>(
    events: &[(EventKey, Archived)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(events.iter().map(|(_, archived)| archived))
}

/// Items that came onto a department's board or left it.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Received {
    at: AsText<Moment>,
    change: &'static str,
    department: AsText<DepartmentId>,
    items: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<AsText<PropertyId>>,
    stay: AsText<StayId>,
}

/// An item with what it told.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Shown {
    claims: Vec<Claimed>,
    item: AsText<ItemId>,
    rule: AsText<RuleId>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Claimed {
    attribute: AsText<AttributeId>,
    value: String,
}

impl Received {
    fn of(card: &CardEvent, property: Option<AsText<PropertyId>>) -> Self {
        let claimed = |claim: &CardClaim| Claimed {
            attribute: AsText(claim.attribute.clone()),
            value: claim.value.to_string(),
        };
        let shown = card.items.iter().map(|item| Shown {
            claims: item.claims.iter().map(claimed).collect(),
            item: AsText(item.item.clone()),
            rule: AsText(item.rule.clone()),
        });
        Self {
            at: AsText(card.occurred_at),
            change: EventType::of_card(card.change).event(),
            department: AsText(card.department.clone()),
            items: shown.collect(),
            property,
            stay: AsText(card.stay),
        }
    }
}
