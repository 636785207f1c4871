//! What one stay or profile says of its person, and who else carries the same identifier.

use std::collections::BTreeMap;

use super::DenyList;
use crate::event::{Identifier, IdentifierKind, LinkKind, Name, UndoKind};
use crate::fact::{GuestFacts, LinkFact};
use crate::ids::{EventKey, IdentifierKey, NodeId};
use crate::records::Records;
use crate::time::Moment;

/// What a node says of its person, now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// Whether anything is known of the node at all.
    pub known: bool,
    /// What is said, each with when; the newest last.
    pub told: Vec<((Moment, EventKey), GuestFacts)>,
    /// The identifiers that the node carries now.
    pub identifiers: Vec<(IdentifierKey, Identifier)>,
    /// The name it gives the person now.
    pub name: Option<Name>,
}

/// What a node says of its person.
///
/// # Errors
/// When the records can't be read.
pub fn node_facts<R: Records>(records: &R, node: NodeId) -> Result<NodeFacts, R::Error> {
    match node {
        NodeId::Stay(stay) => {
            Ok(records
                .stay(stay)?
                .map_or_else(NodeFacts::default, |stay| NodeFacts {
                    known: true,
                    told: stay
                        .guest_told_at
                        .map(|at| (at, stay.guest.clone()))
                        .into_iter()
                        .collect(),
                    identifiers: stay.guest.identifiers.clone(),
                    name: stay.guest.name.clone(),
                }))
        }
        NodeId::Profile(profile) => {
            let facts = records.guest_facts(profile)?;
            let ordered: BTreeMap<(Moment, EventKey), GuestFacts> = facts
                .into_iter()
                .map(|f| ((f.occurred_at, f.key), f.guest))
                .collect();
            // What a later one leaves out of the name stays as it was.
            let mut name = None;
            let told = ordered.into_iter().map(|(at, mut guest)| {
                Name::merge(&mut name, guest.name.as_ref());
                if guest.name.is_some() {
                    guest.name.clone_from(&name);
                }
                (at, guest)
            });
            let told: Vec<_> = told.collect();
            let mut identifiers: Vec<_> = told
                .iter()
                .flat_map(|(_, guest)| guest.identifiers.clone())
                .collect();
            identifiers.sort();
            identifiers.dedup();
            Ok(NodeFacts {
                known: !told.is_empty(),
                told,
                identifiers,
                name,
            })
        }
    }
}

/// Whether anything but links is known of the node: something was said of it, or a stay named it.
///
/// # Errors
/// When the records can't be read.
pub fn is_recorded<R: Records>(records: &R, node: NodeId) -> Result<bool, R::Error> {
    let named = |p| Ok(!records.stays_naming(p)?.is_empty());
    Ok(node_facts(records, node)?.known
        || match node {
            NodeId::Profile(profile) => named(profile)?,
            NodeId::Stay(_) => false,
        })
}

/// Whether the node is somebody: something was said of it, a stay named it, or it is linked.
///
/// # Errors
/// When the records can't be read.
pub fn is_known<R: Records>(records: &R, node: NodeId) -> Result<bool, R::Error> {
    if is_recorded(records, node)? {
        return Ok(true);
    }
    let live = live_links(records, node)?;
    Ok(live.iter().any(|link| link.kind == LinkKind::Same))
}

/// The links of a node that are not undone.
pub(super) fn live_links<R: Records>(records: &R, node: NodeId) -> Result<Vec<LinkFact>, R::Error> {
    let mut live = Vec::new();
    for link in records.links_of(node)? {
        if !is_undone(records, link.key, UndoKind::Links)? {
            live.push(link);
        }
    }
    Ok(live)
}

/// Whether the event is undone as an operation of this kind.
///
/// # Errors
/// When the records can't be read.
pub fn is_undone<R: Records>(
    records: &R,
    event: EventKey,
    kind: UndoKind,
) -> Result<bool, R::Error> {
    Ok(records.undone(event)?.iter().any(|undo| undo.kind == kind))
}

/// The nodes that carry the identifier now, strongly.
///
/// # Errors
/// When the records can't be read.
pub fn carriers<R: Records>(
    records: &R,
    key: IdentifierKey,
) -> Result<Vec<(NodeId, NodeFacts)>, R::Error> {
    let mut carriers = Vec::new();
    for node in records.nodes_with(key)? {
        let facts = node_facts(records, node)?;
        if facts
            .identifiers
            .iter()
            .any(|(k, identifier)| *k == key && strong(identifier))
        {
            carriers.push((node, facts));
        }
    }
    Ok(carriers)
}

/// Whether the identifier can link: strong, and not denied.
#[must_use]
pub fn links(deny: &DenyList, identifier: &Identifier) -> bool {
    strong(identifier) && !deny.denies(identifier.kind, &identifier.value)
}

fn strong(identifier: &Identifier) -> bool {
    by_itself(identifier.kind) || identifier.verified
}

/// Whether the kind says who somebody is whatever name goes with it, unless it is a stranger's.
pub(super) fn by_itself(kind: IdentifierKind) -> bool {
    matches!(kind, IdentifierKind::Document | IdentifierKind::Loyalty)
}
