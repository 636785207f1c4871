//! What departments see in a guest's profile, asked for as their own software would, in lines that a story can hold.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_domain::event::{GuestRef, Identifier, Name};
use cardex_domain::ids::{DepartmentId, PropertyId, StayId};
use cardex_domain::profile::Verdict;
use cardex_domain::stay::address;
use cardex_playbook::Playbook;
use cardex_wire::profile::AttributeView;
use cardex_wire::query::{Get, GetReply, GetRequest, Operation, decode_reply, encode};
use cardex_wire::subject::Token;
use cardex_wire::{ProfileView, QuerySubject, canonical};

use super::play::Found;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Whom a story means by this: every department that it does not name.
const EVERYONE: &str = "everyone";

/// A stay by its property and reservation number.
#[derive(Debug, Clone, Copy)]
pub(super) struct StayOf<'a> {
    pub(super) property: &'a str,
    pub(super) reservation: &'a str,
}

impl StayOf<'_> {
    /// The id under which Cardex knows the stay.
    pub(super) async fn id(self, bus: &Bus) -> anyhow::Result<StayId> {
        let reply = self.ask(bus, DepartmentId::ENGINE).await?;
        let stay = reply.stay.context("an answer about a stay names it")?;
        Ok(stay.id.0)
    }

    /// The whole profile of the stay's guest, in the same bytes for the same events.
    pub(super) async fn profile(self, bus: &Bus) -> anyhow::Result<Vec<u8>> {
        let reply = self.ask(bus, DepartmentId::ENGINE).await?;
        let profile = reply.profile.to_profile();
        Ok(canonical(
            &profile.context("a whole profile holds its evidence")?,
        ))
    }

    /// Compares what every department sees with what it is to see.
    pub(super) async fn compare(
        self,
        bus: &Bus,
        wanted: &BTreeMap<String, Vec<String>>,
    ) -> anyhow::Result<Vec<(String, Found)>> {
        let mut found = Vec::new();
        let rules = Playbook::embedded();
        for department in rules.departments() {
            let named = wanted.get(department.as_str());
            let Some(wanted) = named.or_else(|| wanted.get(EVERYONE)) else {
                continue;
            };
            let reply = self.ask(bus, department.as_str()).await?;
            let (of, lines) = (self.reservation, lines(&reply.profile));
            let seen = match lines == *wanted {
                true => Found::Shown(of.to_owned()),
                // As the story would say it.
                false => Found::Unexpected(format!("shown.{of}.{department} = {lines:?}")),
            };
            found.push((department.as_str().to_owned(), seen));
        }
        Ok(found)
    }

    /// Asks in the name of a department what is known of the stay's guest.
    async fn ask(self, bus: &Bus, department: &str) -> anyhow::Result<GetReply> {
        let subject = QuerySubject {
            property: PropertyId::new(self.property)?,
            department: DepartmentId::new(department)?,
            op: Token::new(Get::NAME)?,
        };
        let about = GuestRef::Reservation(self.reservation.into());
        let question = GetRequest::of(about);
        let asked = encode(&question).into();
        let answer = bus.request(&subject.to_string(), asked, ANSWER).await;
        let answer = answer.with_context(|| format!("asking as {department}"))?;
        Ok(decode_reply(&answer)?)
    }
}

/// Everything that a department reads in a profile, line by line.
fn lines(profile: &ProfileView) -> Vec<String> {
    let name = profile.guest.name.as_ref().map(Name::from);
    let name = name.and_then(|name| address(&name));
    let mut lines = vec![match name {
        Some(name) => format!("called {name}"),
        None => "without a name".to_owned(),
    }];
    let identifiers = profile.guest.identifiers.iter().map(Identifier::from);
    lines.extend(identifiers.map(|i| format!("{} {}", i.kind.as_str(), i.value)));
    lines.extend(claims(&profile.wishes).map(|claim| format!("this stay: {claim}")));
    lines.extend(claims(&profile.attributes));
    let handling = profile.handling.iter();
    lines.extend(handling.map(|of| format!("to do: {}", of.text.en)));
    let notes = profile.notes.iter();
    lines.extend(notes.map(|note| format!("note of {}: {}", note.department, note.text)));
    let unknown = profile.uncurated.iter();
    lines.extend(unknown.map(|e| format!("no word for: {} = {}", e.attribute, e.value)));
    if profile.withheld {
        lines.push("the rest is kept back".to_owned());
    }
    lines
}

/// Each claim with what it means.
fn claims(of: &[AttributeView]) -> impl Iterator<Item = String> {
    of.iter().flat_map(|known| {
        known.claims.iter().map(|claim| {
            let verdict = claim.verdict.map(Verdict::from);
            let verdict = verdict.map_or("noted", Verdict::as_str);
            format!("{} = {} ({verdict})", known.attribute, claim.value)
        })
    })
}
