//! Version 1 of the guest operations that say who is one person with whom, both ways.

use cardex_domain::event as domain;
use cardex_domain::event::{LinkKind, NodeRef, UndoKind};
use cardex_domain::ids::{EventKey, NodeId, StayId};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::into_domain::{at_most, said};
use super::{ExternalProfile, exactly_one};
use crate::event::Context;
use crate::limits::{RESERVATION_MAX_CHARS, STAFF_MAX_CHARS, UNDO_EVENTS_MAX};
use crate::reject::{Reject, RejectCode};
use crate::text::{AsText, NoteText, Text};

/// Two guests are one person, or never are. Nothing is copied or moved, so that it can be undone without loss.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Link<'a> {
    /// The one.
    #[serde(borrow)]
    pub a: Member<'a>,
    /// The other.
    #[serde(borrow)]
    pub b: Member<'a>,
    /// When it was found out.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub by: Text<'a, STAFF_MAX_CHARS>,
    /// Why.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reason: NoteText<'a>,
}

/// A stay or a profile, named in exactly one way that means the same at any time.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = exactly_one)]
pub struct Member<'a> {
    /// A guest's id, as Cardex gave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<AsText<NodeId>>,
    /// A stay's id, as Cardex gave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// The reservation number of the property's PMS.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Text<'a, RESERVATION_MAX_CHARS>>,
    /// The guest's profile in another system.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ExternalProfile<'a>>,
}

/// Undoes guest operations for good, whichever arrives first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Undo<'a> {
    /// The keys of the events it undoes.
    #[schemars(length(min = 1, max = UNDO_EVENTS_MAX))]
    pub events: Vec<AsText<EventKey>>,
    /// By whom.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub by: Text<'a, STAFF_MAX_CHARS>,
    /// Why.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub reason: NoteText<'a>,
}

impl Link<'_> {
    pub(super) fn into_domain(
        self,
        kind: LinkKind,
        context: &Context<'_>,
    ) -> Result<domain::Link, Reject> {
        Ok(domain::Link {
            kind,
            a: self.a.into_domain("data.a")?,
            b: self.b.into_domain("data.b")?,
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: said(self.by, "data.by")?,
            reason: said(self.reason, "data.reason")?,
        })
    }
}

impl Member<'_> {
    fn into_domain(self, path: &str) -> Result<NodeRef, Reject> {
        let Self {
            guest,
            stay,
            reservation,
            profile,
        } = self;
        let mut ways = [
            guest.map(|guest| Ok(NodeRef::Node(guest.0))),
            stay.map(|stay| Ok(NodeRef::Node(NodeId::Stay(stay.0)))),
            reservation.map(|number| said(number, path).map(NodeRef::Reservation)),
            profile.map(|profile| profile.into_domain(path).map(NodeRef::Profile)),
        ]
        .into_iter()
        .flatten();
        match (ways.next(), ways.next()) {
            (Some(way), None) => way,
            _ => {
                let rule = "must name a stay or a profile in exactly one way";
                Err(Reject::at(RejectCode::InvalidReference, path, rule))
            }
        }
    }
}

impl Undo<'_> {
    pub(super) fn into_domain(self) -> Result<domain::Undo, Reject> {
        Ok(domain::Undo {
            kind: UndoKind::Links,
            events: undone(self.events)?,
            by: said(self.by, "data.by")?,
            reason: said(self.reason, "data.reason")?,
        })
    }
}

/// The events that are undone: one at least.
pub(super) fn undone(events: Vec<AsText<EventKey>>) -> Result<Vec<EventKey>, Reject> {
    let path = "data.events";
    let code = RejectCode::TooManyEntries;
    at_most(events.len(), UNDO_EVENTS_MAX, code, path)?;
    if events.is_empty() {
        return Err(Reject::at(RejectCode::EmptyList, path, "must hold one"));
    }
    Ok(events.into_iter().map(|event| event.0).collect())
}

impl<'a> From<&'a domain::Link> for Link<'a> {
    fn from(link: &'a domain::Link) -> Self {
        Self {
            a: (&link.a).into(),
            b: (&link.b).into(),
            occurred_at: AsText(link.occurred_at),
            by: Text::new(&link.by),
            reason: Text::new(&link.reason),
        }
    }
}

impl<'a> From<&'a NodeRef> for Member<'a> {
    fn from(named: &'a NodeRef) -> Self {
        let none = Self::default();
        match named {
            NodeRef::Node(NodeId::Stay(stay)) => Self {
                stay: Some(AsText(*stay)),
                ..none
            },
            NodeRef::Node(guest) => Self {
                guest: Some(AsText(*guest)),
                ..none
            },
            NodeRef::Reservation(number) => Self {
                reservation: Some(Text::new(number)),
                ..none
            },
            NodeRef::Profile(profile) => Self {
                profile: Some(profile.into()),
                ..none
            },
        }
    }
}

impl<'a> From<&'a domain::Undo> for Undo<'a> {
    fn from(undo: &'a domain::Undo) -> Self {
        Self {
            events: undo.events.iter().copied().map(AsText).collect(),
            by: Text::new(&undo.by),
            reason: Text::new(&undo.reason),
        }
    }
}
