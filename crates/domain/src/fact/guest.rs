//! Guest operations as they are remembered.

use crate::event::{GuestRef, Link, LinkKind, NodeRef, Undo, UndoKind};
use crate::ids::{EventKey, InstallationKey, NodeId, PropertyId};
use crate::time::Moment;

use super::Unacceptable;

/// Two nodes that are one person, or never are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkFact {
    /// The event.
    pub key: EventKey,
    /// Which of the two.
    pub kind: LinkKind,
    /// The one.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// When it was found out.
    pub occurred_at: Moment,
    /// By whom.
    pub by: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

impl LinkFact {
    pub(super) fn of(
        link: &Link,
        event: EventKey,
        property: &PropertyId,
        key: &InstallationKey,
    ) -> Result<Self, Unacceptable> {
        let (a, b) = (link.a.node(property, key), link.b.node(property, key));
        if a == b {
            return Err(Unacceptable::SameNode);
        }
        Ok(Self {
            key: event,
            kind: link.kind,
            a,
            b,
            occurred_at: link.occurred_at,
            by: link.by.clone(),
            reason: link.reason.clone(),
        })
    }

    /// The other end, seen from one.
    #[must_use]
    pub fn other(&self, node: NodeId) -> NodeId {
        if self.a == node { self.b } else { self.a }
    }
}

impl NodeRef {
    /// The node that is named at `property`.
    #[must_use]
    pub fn node(&self, property: &PropertyId, key: &InstallationKey) -> NodeId {
        match self {
            Self::Node(node) => *node,
            Self::Reservation(number) => NodeId::Stay(key.stay(property, number)),
            Self::Profile(p) => NodeId::Profile(key.profile(&p.pms, &p.id)),
        }
    }
}

impl TryFrom<GuestRef> for NodeRef {
    type Error = NotANode;

    fn try_from(about: GuestRef) -> Result<Self, NotANode> {
        match about {
            GuestRef::Node(node) => Ok(Self::Node(node)),
            GuestRef::Reservation(number) => Ok(Self::Reservation(number)),
            GuestRef::Profile(profile) => Ok(Self::Profile(profile)),
            GuestRef::Room(_) | GuestRef::Identifiers(_) => Err(NotANode),
        }
    }
}

/// A room or identifiers were named, which mean another guest at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a room or identifiers name no guest for good; name a stay, a reservation or a profile")]
pub struct NotANode;

/// What an event undoes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndoFact {
    /// The event.
    pub key: EventKey,
    /// What kind of operation.
    pub kind: UndoKind,
    /// The events undone, in order.
    pub events: Vec<EventKey>,
    /// By whom.
    pub by: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

impl UndoFact {
    pub(super) fn of(undo: &Undo, event: EventKey) -> Self {
        let mut events = undo.events.clone();
        events.sort();
        events.dedup();
        Self {
            key: event,
            kind: undo.kind,
            events,
            by: undo.by.clone(),
            reason: undo.reason.clone(),
        }
    }
}
