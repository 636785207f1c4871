//! Why stays and profiles are one guest, and what keeps others away, as it is answered. Turns back into the domain's own
//! without loss.

use std::collections::BTreeSet;

use cardex_domain::event::LinkKind;
use cardex_domain::fact::LinkFact;
use cardex_domain::identity::{Identity, Join};
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, ProfileId, StayId};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::v1::IdentifierKind;
use crate::text::AsText;

/// Who says that guests are one person where Cardex linked them itself.
pub const BY_ITSELF: &str = "cardex";

/// What makes the members one guest, and what keeps others away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityView {
    /// What joins the members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<JoinView>,
    /// Identifiers that would join members to others but for conflicting names or birth dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<SharedView>,
    /// What says that a member and another are never one guest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<LinkView>,
}

/// Something that joins members: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinView {
    /// Somebody said so.
    Linked(LinkView),
    /// Stays name the same profile.
    Named(NamedView),
    /// They carry the same identifier.
    Shared(SharedView),
}

/// What somebody said of two guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkView {
    /// The event that said it: what undoing it names.
    pub event: AsText<EventKey>,
    /// The one.
    pub a: AsText<NodeId>,
    /// The other.
    pub b: AsText<NodeId>,
    /// When it was found out.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Stays that name a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedView {
    /// The profile.
    pub profile: AsText<NodeId>,
    /// The stays.
    pub stays: Vec<AsText<StayId>>,
}

/// An identifier that several carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharedView {
    /// The identifier's key.
    pub identifier: AsText<IdentifierKey>,
    /// What kind it is of, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentifierKind>,
    /// Those who carry it.
    pub nodes: Vec<AsText<NodeId>>,
}

impl IdentityView {
    /// Whether there is nothing to say: one member, and nothing about others.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The identity as the domain keeps it; `None` when a profile's id is a stay's, or a kind is missing.
    #[must_use]
    pub fn to_identity(&self) -> Option<Identity> {
        let apart = self.apart.iter();
        Some(Identity {
            joins: self
                .joins
                .iter()
                .map(JoinView::to_join)
                .collect::<Option<_>>()?,
            conflicts: self
                .conflicts
                .iter()
                .map(|shared| (shared.identifier.0, shared.nodes()))
                .collect(),
            apart: apart.map(|link| link.to_fact(LinkKind::Never)).collect(),
        })
    }
}

impl JoinView {
    fn to_join(&self) -> Option<Join> {
        Some(match self {
            Self::Linked(link) => Join::Linked(link.to_fact(LinkKind::Same)),
            Self::Named(named) => {
                let NodeId::Profile(profile) = named.profile.0 else {
                    return None;
                };
                let stays = named.stays.iter().map(|stay| stay.0).collect();
                Join::Named { profile, stays }
            }
            Self::Shared(shared) => Join::Shared {
                identifier: shared.identifier.0,
                kind: shared.kind?.into(),
                nodes: shared.nodes(),
            },
        })
    }
}

impl LinkView {
    fn to_fact(&self, kind: LinkKind) -> LinkFact {
        LinkFact {
            key: self.event.0,
            kind,
            a: self.a.0,
            b: self.b.0,
            occurred_at: self.occurred_at.0,
            by: self.by.as_str().into(),
            reason: self.reason.as_str().into(),
        }
    }
}

impl SharedView {
    fn nodes(&self) -> BTreeSet<NodeId> {
        self.nodes.iter().map(|node| node.0).collect()
    }
}

impl From<&Identity> for IdentityView {
    fn from(identity: &Identity) -> Self {
        let conflicts = identity.conflicts.iter();
        Self {
            joins: identity.joins.iter().map(JoinView::from).collect(),
            conflicts: conflicts
                .map(|(key, nodes)| shared(*key, None, nodes))
                .collect(),
            apart: identity.apart.iter().map(LinkView::from).collect(),
        }
    }
}

impl From<&Join> for JoinView {
    fn from(join: &Join) -> Self {
        match join {
            Join::Linked(link) => Self::Linked(link.into()),
            Join::Named { profile, stays } => Self::Named(named(*profile, stays)),
            Join::Shared {
                identifier,
                kind,
                nodes,
            } => Self::Shared(shared(*identifier, Some((*kind).into()), nodes)),
        }
    }
}

fn named(profile: ProfileId, stays: &BTreeSet<StayId>) -> NamedView {
    NamedView {
        profile: AsText(NodeId::Profile(profile)),
        stays: stays.iter().copied().map(AsText).collect(),
    }
}

fn shared(
    identifier: IdentifierKey,
    kind: Option<IdentifierKind>,
    nodes: &BTreeSet<NodeId>,
) -> SharedView {
    SharedView {
        identifier: AsText(identifier),
        kind,
        nodes: nodes.iter().copied().map(AsText).collect(),
    }
}

impl From<&LinkFact> for LinkView {
    fn from(link: &LinkFact) -> Self {
        Self {
            event: AsText(link.key),
            a: AsText(link.a),
            b: AsText(link.b),
            occurred_at: AsText(link.occurred_at),
            by: link.by.to_string(),
            reason: link.reason.to_string(),
        }
    }
}
