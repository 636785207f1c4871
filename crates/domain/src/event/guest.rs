//! Guest operations: who is one person with whom, and who never is. Nothing is copied or moved by them, so that each can
//! be undone without loss.

use super::{ExternalProfile, GuestRef};
use crate::ids::{EventKey, NodeId};
use crate::time::Moment;

/// Says of two guests that they are one person, or that they never are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which of the two.
    pub kind: LinkKind,
    /// The one.
    pub a: NodeRef,
    /// The other.
    pub b: NodeRef,
    /// When it was found out.
    pub occurred_at: Moment,
    /// By whom, as the app says.
    pub by: Box<str>,
    /// Why, in the publisher's words.
    pub reason: Box<str>,
}

/// What is said of two guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// They are one person.
    Same,
    /// They are two persons, whatever else would make them one.
    Never,
}

/// A stay or a profile by name: the ways of naming a guest that mean the same at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeRef {
    /// By an id that Cardex gave out.
    Node(NodeId),
    /// By the reservation number of the property's PMS.
    Reservation(Box<str>),
    /// By the profile of another system.
    Profile(ExternalProfile),
}

impl From<NodeRef> for GuestRef {
    fn from(named: NodeRef) -> Self {
        match named {
            NodeRef::Node(node) => Self::Node(node),
            NodeRef::Reservation(number) => Self::Reservation(number),
            NodeRef::Profile(profile) => Self::Profile(profile),
        }
    }
}

/// Undoes guest operations for good, whichever arrives first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// What kind of operation it undoes. Events of another kind that it names stay as they are.
    pub kind: UndoKind,
    /// The events it undoes. One at least; one that is not known yet is undone when it comes.
    pub events: Vec<EventKey>,
    /// By whom, as the app says.
    pub by: Box<str>,
    /// Why, in the publisher's words.
    pub reason: Box<str>,
}

/// What can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndoKind {
    /// Links, and what keeps guests apart.
    Links,
}
