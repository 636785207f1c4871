//! Guest operations: who is one person with whom, who never is, and what of a profile is to be put right. Nothing is
//! copied or moved by them, so that each can be undone without loss.

use std::sync::Arc;

use super::{ExternalProfile, GuestRef, Scope, Statement};
use crate::evidence::EvidenceRef;
use crate::ids::{AttributeId, EventKey, NodeId};
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
    /// Corrections of preferences.
    Corrections,
}

/// Puts right what is known of a guest's preferences: a judgement of what was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceCorrection {
    /// Of whom it is put right. A room means whoever is there at that time.
    pub about: GuestRef,
    /// What is so.
    pub judgement: Judgement<GuestRef>,
    /// When it was found out. What was noticed later is not judged.
    pub occurred_at: Moment,
    /// By whom, as the app says.
    pub by: Box<str>,
    /// Why, in the publisher's words.
    pub why: Box<str>,
}

/// What is so of something that was noticed. `G` is how guests are named in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement<G> {
    /// It was true, and is not any more: what speaks for it does not count from that day on.
    NoLonger(ClaimRef),
    /// It never was true: what speaks for it does not count on any day.
    NeverWas(ClaimRef),
    /// It is about somebody else.
    SomeoneElse {
        /// What was noticed.
        evidence: Vec<EvidenceRef>,
        /// Whose it is.
        to: Owner<G>,
    },
    /// Something else is right instead.
    Restated {
        /// What never was true.
        old: Old,
        /// What is right: the guest said so.
        right: Statement,
        /// For whom that holds.
        scope: Scope,
    },
}

/// A value of an attribute, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimRef {
    /// About what.
    pub attribute: AttributeId,
    /// The vocabulary's own word for the value, or a synonym, or one it does not know.
    pub value: Arc<str>,
}

/// Whose something is that was noticed of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner<G> {
    /// This guest's. A room means whoever is there when the correction is made.
    Guest(G),
    /// The party's with whom the guest stayed then: it ends with that stay.
    Party,
    /// Nobody's that is known.
    Nobody,
}

/// What is restated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Old {
    /// Everything that speaks for a value.
    Claim(ClaimRef),
    /// This evidence.
    Evidence(Vec<EvidenceRef>),
}

impl<G> Judgement<G> {
    /// The judgement as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoLonger(_) => "no_longer",
            Self::NeverWas(_) => "never_was",
            Self::SomeoneElse { .. } => "someone_else",
            Self::Restated { .. } => "restated",
        }
    }

    /// The same with guests named in another way.
    ///
    /// # Errors
    /// As `named`.
    pub fn try_map<H, E>(&self, named: impl FnOnce(&G) -> Result<H, E>) -> Result<Judgement<H>, E> {
        Ok(match self {
            Self::NoLonger(claim) => Judgement::NoLonger(claim.clone()),
            Self::NeverWas(claim) => Judgement::NeverWas(claim.clone()),
            Self::SomeoneElse { evidence, to } => Judgement::SomeoneElse {
                evidence: evidence.clone(),
                to: match to {
                    Owner::Guest(guest) => Owner::Guest(named(guest)?),
                    Owner::Party => Owner::Party,
                    Owner::Nobody => Owner::Nobody,
                },
            },
            Self::Restated { old, right, scope } => Judgement::Restated {
                old: old.clone(),
                right: right.clone(),
                scope: *scope,
            },
        })
    }
}
