//! A row of observations as one event.

use cardex_domain::event::{
    Body, ExternalProfile, GuestRef, Identifier, IdentifierKind, Observation, Polarity, Publisher,
    Scope, Source, Statement,
};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, NodeId, PropertyId, Room};
use cardex_wire::EventDraft;

use super::bookings::SOURCE;
use super::ids::FileHash;
use super::mapping::{AboutFields, Observations};
use super::row::{Reason, Row};
use crate::clock::parse_moment_at;

/// The event of a row.
pub(super) fn draft(
    mapping: &Observations,
    property: &PropertyId,
    file: FileHash,
    row: &Row<'_>,
) -> Result<EventDraft, Reason> {
    let department = row.needed(&mapping.department, "department")?;
    let app = row.needed(&mapping.app, "app")?;
    let observed_at = row.needed(&mapping.observed_at, "moment of observation")?;
    let observed_at = parse_moment_at(&observed_at, mapping.offset.0)
        .map_err(|_| "the moment of observation is none")?;
    let observation = Observation {
        about: about(&mapping.about, row)?,
        observed_at,
        seen_by: row.maybe(mapping.seen_by.as_ref()),
        source: source(&row.needed(&mapping.how, "way of knowing")?)?,
        scope: scope(&row.needed(&mapping.scope, "scope")?)?,
        reach: None,
        statements: statements(mapping, row)?,
        note: row.maybe(mapping.note.as_ref()),
    };
    Ok(EventDraft {
        publisher: Publisher {
            property: Some(property.clone()),
            department: Some(DepartmentId::new(&department).map_err(|e| e.to_string())?),
            app: Some(AppId::new(&app).map_err(|e| e.to_string())?),
        },
        id: file.event_id(row.line, "observed"),
        source: SOURCE.to_owned(),
        time: observed_at,
        on_behalf_of: None,
        body: Body::Observed(observation),
    })
}

fn statements(mapping: &Observations, row: &Row<'_>) -> Result<Vec<Statement>, Reason> {
    let mut statements = Vec::new();
    for fields in &mapping.statement {
        let Some((attribute, value)) = row.text(&fields.attribute).zip(row.text(&fields.value))
        else {
            continue;
        };
        let polarity = fields.polarity.as_ref().and_then(|field| row.text(field));
        statements.push(Statement {
            attribute: AttributeId::new(&attribute).map_err(|error| error.to_string())?,
            value: value.into(),
            polarity: match polarity.as_deref() {
                None | Some("for") => Polarity::For,
                Some("against") => Polarity::Against,
                Some(_) => return Err("a polarity is for or against".to_owned()),
            },
            purpose: None,
        });
    }
    Ok(statements)
}

/// The first way of naming the guest that says something.
fn about(fields: &AboutFields, row: &Row<'_>) -> Result<GuestRef, Reason> {
    let text = |field: &Option<_>| row.maybe(Option::as_ref(field));
    let node = |text: Box<str>| text.parse::<NodeId>().map(GuestRef::Node);
    if let Some(id) = text(&fields.stay).or_else(|| text(&fields.guest)) {
        return node(id).map_err(|error| error.to_string());
    }
    if let Some(number) = text(&fields.reservation) {
        return Ok(GuestRef::Reservation(number));
    }
    if let Some((pms, id)) = text(&fields.pms).zip(text(&fields.profile)) {
        return Ok(GuestRef::Profile(ExternalProfile { pms, id }));
    }
    if let Some(room) = text(&fields.room) {
        return Room::new(&room)
            .map(GuestRef::Room)
            .map_err(|error| error.to_string());
    }
    let identifiers: Vec<Identifier> = [
        (IdentifierKind::Document, &fields.document),
        (IdentifierKind::Loyalty, &fields.loyalty),
        (IdentifierKind::Phone, &fields.phone),
        (IdentifierKind::Email, &fields.email),
    ]
    .into_iter()
    .filter_map(|(kind, field)| {
        text(field).map(|value| Identifier {
            kind,
            value,
            verified: false,
        })
    })
    .collect();
    if identifiers.is_empty() {
        return Err("names no guest".to_owned());
    }
    Ok(GuestRef::Identifiers(identifiers))
}

fn source(text: &str) -> Result<Source, Reason> {
    match text {
        "stated" => Ok(Source::Stated),
        "observed" => Ok(Source::Observed),
        "inferred" => Ok(Source::Inferred),
        _ => Err("a way of knowing is stated, observed or inferred".to_owned()),
    }
}

fn scope(text: &str) -> Result<Scope, Reason> {
    match text {
        "guest" => Ok(Scope::Guest),
        "party" => Ok(Scope::Party),
        "stay" => Ok(Scope::Stay),
        _ => Err("a scope is guest, party or stay".to_owned()),
    }
}

#[cfg(test)]
mod tests;
