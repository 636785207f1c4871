//! The rows of guest operations: what links nodes or keeps them apart, and what undoes such events.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{LinkKind, UndoKind};
use cardex_domain::fact::{LinkFact, UndoFact};
use cardex_domain::ids::{EventKey, NodeId, ProfileId, StayId};

use super::{Coded, MomentRow, Senseless, moment, moment_row};

coded!(LinkKind { Same = 0, Never = 1 });
coded!(UndoKind { Links = 0, Corrections = 1 });

/// A node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
enum NodeRow {
    Profile([u8; 16]),
    Stay([u8; 16]),
}

impl NodeRow {
    fn of(node: NodeId) -> Self {
        match node {
            NodeId::Profile(id) => Self::Profile(id.0),
            NodeId::Stay(id) => Self::Stay(id.0),
        }
    }

    fn read(self) -> NodeId {
        match self {
            Self::Profile(id) => NodeId::Profile(ProfileId(id)),
            Self::Stay(id) => NodeId::Stay(StayId(id)),
        }
    }
}

/// The link whose event is in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct LinkRow<'a> {
    pub(crate) sequence: u64,
    kind: u8,
    a: NodeRow,
    b: NodeRow,
    occurred_at: MomentRow,
    by: &'a str,
    reason: &'a str,
}

impl<'a> LinkRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a LinkFact) -> Self {
        Self {
            sequence,
            kind: fact.kind.code(),
            a: NodeRow::of(fact.a),
            b: NodeRow::of(fact.b),
            occurred_at: moment_row(fact.occurred_at),
            by: &fact.by,
            reason: &fact.reason,
        }
    }

    pub(crate) fn read(self, event: EventKey) -> Result<LinkFact, Senseless> {
        Ok(LinkFact {
            key: event,
            kind: LinkKind::of_code(self.kind)?,
            a: self.a.read(),
            b: self.b.read(),
            occurred_at: moment(self.occurred_at),
            by: self.by.into(),
            reason: self.reason.into(),
        })
    }
}

/// What the event in the key undoes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct UndoRow<'a> {
    pub(crate) sequence: u64,
    kind: u8,
    events: Vec<[u8; 16]>,
    by: &'a str,
    reason: &'a str,
}

impl<'a> UndoRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a UndoFact) -> Self {
        Self {
            sequence,
            kind: fact.kind.code(),
            events: fact.events.iter().map(|event| event.0).collect(),
            by: &fact.by,
            reason: &fact.reason,
        }
    }

    pub(crate) fn read(self, event: EventKey) -> Result<UndoFact, Senseless> {
        Ok(UndoFact {
            key: event,
            kind: UndoKind::of_code(self.kind)?,
            events: self.events.into_iter().map(EventKey).collect(),
            by: self.by.into(),
            reason: self.reason.into(),
        })
    }
}
