//! How nodes are joined into persons: everything that edges reach, and of it what no never-link keeps apart.
//!
//! Edges are applied in a fixed order: links that people made, by event; the profile that a stay names, by stay; equal
//! strong identifiers, by identifier and node. One that would bring two nodes together that never are one person is
//! skipped, and what never is a profile's is not that of the stays that name it, either: they are its before any link, so
//! that one made by mistake takes nobody's stay away. So a person is a function of the set of events, and all members have the same person.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::node::{by_itself, live_links};
use super::{DenyList, NodeFacts, carriers, links, names_conflict, node_facts, stranger};
use crate::event::{IdentifierKind, LinkKind};
use crate::fact::LinkFact;
use crate::ids::{EventKey, IdentifierKey, NodeId, ProfileId, StayId};
use crate::records::Records;

/// A person: everything that is the same somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The nodes, in order. The first names the person.
    pub nodes: BTreeMap<NodeId, NodeFacts>,
    /// Why these nodes and no others.
    pub identity: Identity,
}

/// What makes nodes one person, and what keeps others away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// What joins the nodes, in the order in which it is applied.
    pub joins: Vec<Join>,
    /// Identifiers that would join these nodes to others but for conflicting names or birth dates, with all who carry
    /// them: for a person to review.
    pub conflicts: BTreeMap<IdentifierKey, BTreeSet<NodeId>>,
    /// What says that one of these nodes and another node never are one person, by event.
    pub apart: Vec<LinkFact>,
}

/// Something that makes nodes one person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Join {
    /// Somebody said so.
    Linked(LinkFact),
    /// The newest revision of these stays names the profile.
    Named {
        /// The profile.
        profile: ProfileId,
        /// The stays.
        stays: BTreeSet<StayId>,
    },
    /// These nodes carry the same strong identifier.
    Shared {
        /// The identifier.
        identifier: IdentifierKey,
        /// What kind it is of.
        kind: IdentifierKind,
        /// The nodes: two or more.
        nodes: BTreeSet<NodeId>,
    },
}

impl Person {
    /// The id under which the person is shown: the first of its nodes.
    #[must_use]
    pub fn id(&self) -> Option<NodeId> {
        self.nodes.keys().next().copied()
    }

    /// The person's stays.
    pub fn stays(&self) -> impl Iterator<Item = StayId> {
        self.nodes.keys().filter_map(|node| match node {
            NodeId::Stay(stay) => Some(*stay),
            NodeId::Profile(_) => None,
        })
    }
}

/// The person that `start` is part of. A node of which nothing is known is a person by itself.
///
/// Edges: links that are not undone, the profile that a stay's newest revision names, and equal strong identifiers
/// (document, loyalty, verified phone or e-mail) that are not denied. A phone or e-mail shared under names that conflict
/// joins nobody; a document or loyalty number joins no strangers, nor anybody who may be either of two.
///
/// # Errors
/// When the records can't be read.
pub fn person_of<R: Records>(
    records: &R,
    deny: &DenyList,
    start: NodeId,
) -> Result<Person, R::Error> {
    Ok(component_of(records, deny, start)?.person(start))
}

/// Everything that edges reach from a node when nothing is kept apart. A change to any of it may change who each of
/// its nodes is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Component {
    /// The nodes.
    pub nodes: BTreeMap<NodeId, NodeFacts>,
    links: BTreeMap<EventKey, LinkFact>,
    named: BTreeMap<ProfileId, BTreeSet<StayId>>,
    shared: BTreeMap<IdentifierKey, Shared>,
    apart: BTreeMap<EventKey, LinkFact>,
}

/// Who carries an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shared {
    kind: IdentifierKind,
    /// The carriers, each with those that the identifier joins it to. Several where there is a conflict.
    classes: Vec<BTreeSet<NodeId>>,
    /// The classes that were reached.
    reached: BTreeSet<usize>,
}

impl Shared {
    fn of<R: Records>(
        records: &R,
        deny: &DenyList,
        key: IdentifierKey,
        kind: IdentifierKind,
    ) -> Result<Self, R::Error> {
        let carriers = carriers(records, key)?;
        let nodes = carriers.iter().map(|(node, _)| *node);
        let classes = if by_itself(kind) {
            stranger::classes(&carriers, deny)
        } else if names_conflict(carriers.iter().map(|(_, facts)| &facts.name), deny) {
            nodes.map(|node| BTreeSet::from([node])).collect()
        } else {
            vec![nodes.collect()]
        };
        Ok(Self {
            kind,
            classes,
            reached: BTreeSet::new(),
        })
    }

    fn is_contested(&self) -> bool {
        self.classes.len() > 1
    }

    fn carriers(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.classes.iter().flatten().copied()
    }
}

/// Whether an identifier that links stands under names or birth dates that conflict.
///
/// # Errors
/// When the records can't be read.
pub fn is_contested<R: Records>(
    records: &R,
    deny: &DenyList,
    key: IdentifierKey,
    kind: IdentifierKind,
) -> Result<bool, R::Error> {
    Ok(Shared::of(records, deny, key, kind)?.is_contested())
}

/// Everything that edges reach from `start`.
///
/// # Errors
/// When the records can't be read.
pub fn component_of<R: Records>(
    records: &R,
    deny: &DenyList,
    start: NodeId,
) -> Result<Component, R::Error> {
    let mut component = Component::default();
    let mut queue = vec![start];
    while let Some(node) = queue.pop() {
        if component.nodes.contains_key(&node) {
            continue;
        }
        let facts = node_facts(records, node)?;
        component.add_links(records, node, &mut queue)?;
        component.add_named(records, node, &facts, &mut queue)?;
        component.add_shared(records, deny, (node, &facts), &mut queue)?;
        component.nodes.insert(node, facts);
    }
    Ok(component)
}

impl Component {
    fn add_links<R: Records>(
        &mut self,
        records: &R,
        node: NodeId,
        queue: &mut Vec<NodeId>,
    ) -> Result<(), R::Error> {
        for link in live_links(records, node)? {
            match link.kind {
                LinkKind::Same => {
                    queue.push(link.other(node));
                    self.links.insert(link.key, link);
                }
                LinkKind::Never => {
                    self.apart.insert(link.key, link);
                }
            }
        }
        Ok(())
    }

    fn add_named<R: Records>(
        &mut self,
        records: &R,
        node: NodeId,
        facts: &NodeFacts,
        queue: &mut Vec<NodeId>,
    ) -> Result<(), R::Error> {
        match node {
            NodeId::Stay(stay) => {
                let named = facts.told.iter().filter_map(|(_, g)| g.profile.as_ref());
                for (profile, _) in named {
                    self.named.entry(*profile).or_default().insert(stay);
                    queue.push(NodeId::Profile(*profile));
                }
            }
            NodeId::Profile(profile) => {
                for stay in records.stays_naming(profile)? {
                    let current = records.stay(stay)?;
                    let named = current.as_ref().and_then(|s| s.guest.profile.as_ref());
                    if named.is_some_and(|(id, _)| *id == profile) {
                        queue.push(NodeId::Stay(stay));
                    }
                }
            }
        }
        Ok(())
    }

    fn add_shared<R: Records>(
        &mut self,
        records: &R,
        deny: &DenyList,
        (node, facts): (NodeId, &NodeFacts),
        queue: &mut Vec<NodeId>,
    ) -> Result<(), R::Error> {
        for (key, identifier) in &facts.identifiers {
            if !links(deny, identifier) {
                continue;
            }
            let shared = match self.shared.entry(*key) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Shared::of(records, deny, *key, identifier.kind)?),
            };
            let mut classes = shared.classes.iter().enumerate();
            if let Some((place, own)) = classes.find(|(_, class)| class.contains(&node))
                && shared.reached.insert(place)
            {
                queue.extend(own);
            }
        }
        Ok(())
    }

    /// The person that `node`, one of these nodes, is part of.
    #[must_use]
    pub fn person(mut self, node: NodeId) -> Person {
        let inside =
            |link: &&LinkFact| self.nodes.contains_key(&link.a) && self.nodes.contains_key(&link.b);
        let never: Vec<(NodeId, NodeId)> = self
            .apart
            .values()
            .filter(inside)
            .map(|link| (link.a, link.b))
            .collect();
        if !never.is_empty() {
            let members = self.joined(&never).of(node);
            self.nodes.retain(|node, _| members.contains(node));
        }
        let identity = self.identity();
        Person {
            nodes: self.nodes,
            identity,
        }
    }

    /// The nodes as edges join them that bring no pair of `never` together.
    fn joined(&self, never: &[(NodeId, NodeId)]) -> Classes {
        let mut classes = Classes::new(self.nodes.keys().copied());
        let mut named: Vec<(StayId, ProfileId)> = Vec::new();
        for (profile, stays) in &self.named {
            named.extend(stays.iter().map(|stay| (*stay, *profile)));
        }
        named.sort();
        // Before any link: a stay is that of the profile it names where that is kept apart from another.
        let (kept_apart, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|(_, profile)| {
            let profile = NodeId::Profile(*profile);
            never.iter().any(|(a, b)| *a == profile || *b == profile)
        });
        for (stay, profile) in kept_apart {
            classes.join(NodeId::Stay(stay), NodeId::Profile(profile), never);
        }
        for link in self.links.values() {
            classes.join(link.a, link.b, never);
        }
        for (stay, profile) in others {
            classes.join(NodeId::Stay(stay), NodeId::Profile(profile), never);
        }
        for nodes in self.shared.values().flat_map(|shared| &shared.classes) {
            classes.join_all(nodes, never);
        }
        classes
    }

    /// What joins the nodes that are left, and what keeps others away from them.
    fn identity(&self) -> Identity {
        let here = |node: &NodeId| self.nodes.contains_key(node);
        let links = self.links.values();
        let links = links.filter(|link| here(&link.a) && here(&link.b));
        let named = self.named.iter().filter_map(|(profile, stays)| {
            let stays = stays.iter().filter(|s| here(&NodeId::Stay(**s)));
            let stays: BTreeSet<StayId> = stays.copied().collect();
            let both = here(&NodeId::Profile(*profile)) && !stays.is_empty();
            both.then_some(Join::Named {
                profile: *profile,
                stays,
            })
        });
        let classes = self.shared.iter().flat_map(|(identifier, shared)| {
            let classes = shared.classes.iter();
            classes.map(|class| (*identifier, shared.kind, class))
        });
        let shared = classes.filter_map(|(identifier, kind, class)| {
            let nodes: BTreeSet<NodeId> = class.iter().copied().filter(here).collect();
            (nodes.len() > 1).then_some(Join::Shared {
                identifier,
                kind,
                nodes,
            })
        });
        // What people linked all the same is no conflict any more.
        let conflicts = self.shared.iter().filter(|(_, shared)| {
            let mut carriers = shared.carriers().map(|node| here(&node));
            let first = carriers.next();
            shared.is_contested() && carriers.any(|here| Some(here) != first)
        });
        let apart = self.apart.values();
        let apart = apart.filter(|link| here(&link.a) || here(&link.b));
        Identity {
            joins: links
                .cloned()
                .map(Join::Linked)
                .chain(named)
                .chain(shared)
                .collect(),
            conflicts: conflicts
                .map(|(key, shared)| (*key, shared.carriers().collect()))
                .collect(),
            apart: apart.cloned().collect(),
        }
    }
}

/// Nodes in classes that grow together.
struct Classes {
    class_of: BTreeMap<NodeId, usize>,
    classes: Vec<BTreeSet<NodeId>>,
}

impl Classes {
    /// Each node in a class of its own.
    fn new(nodes: impl Iterator<Item = NodeId>) -> Self {
        let nodes: Vec<NodeId> = nodes.collect();
        Self {
            classes: nodes.iter().map(|node| BTreeSet::from([*node])).collect(),
            class_of: nodes.into_iter().zip(0..).collect(),
        }
    }

    fn of(&self, node: NodeId) -> BTreeSet<NodeId> {
        let class = self.class_of.get(&node);
        class.map_or_else(BTreeSet::new, |class| self.classes[*class].clone())
    }

    /// Makes the classes of two nodes one, unless a pair of `never` would come together.
    fn join(&mut self, a: NodeId, b: NodeId, never: &[(NodeId, NodeId)]) {
        let (Some(&into), Some(&from)) = (self.class_of.get(&a), self.class_of.get(&b)) else {
            return;
        };
        let meet = |(x, y): &(NodeId, NodeId)| {
            let (x, y) = (self.class_of.get(x), self.class_of.get(y));
            let (into, from) = (Some(&into), Some(&from));
            (x == into && y == from) || (x == from && y == into)
        };
        if into == from || never.iter().any(meet) {
            return;
        }
        let moved = std::mem::take(&mut self.classes[from]);
        for node in &moved {
            self.class_of.insert(*node, into);
        }
        self.classes[into].extend(moved);
    }

    /// Joins each of `nodes` with each other, in order. Where an earlier node of the same class was refused, so would
    /// this one be: classes only grow.
    fn join_all(&mut self, nodes: &BTreeSet<NodeId>, never: &[(NodeId, NodeId)]) {
        let mut tried = BTreeSet::new();
        for (at, node) in nodes.iter().enumerate() {
            if tried.contains(&self.class_of.get(node).copied()) {
                continue;
            }
            for other in nodes.iter().skip(at + 1) {
                self.join(*node, *other, never);
            }
            tried.insert(self.class_of.get(node).copied());
        }
    }
}

#[cfg(test)]
mod tests;
