//! Who is who: a person is a connected component of stays and profiles, found anew whenever it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::event::{Identifier, IdentifierKind, Name};
use crate::fact::GuestFacts;
use crate::ids::{EventKey, IdentifierKey, NodeId};
use crate::records::Records;
use crate::time::Moment;

/// Identifiers that belong to nobody in particular and so never link: an agency's relay address, `000000`, a
/// switchboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DenyList {
    patterns: BTreeMap<IdentifierKind, Vec<Box<str>>>,
}

/// The deny list has a line that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the deny list: expected document, loyalty, phone or email and a pattern")]
pub struct DenyListFault {
    /// The line, from 1.
    pub line: usize,
}

impl DenyList {
    /// The list used when no other is activated.
    pub const EMBEDDED_TEXT: &'static str = include_str!("deny_list.txt");

    /// Reads a list: a line is a kind of identifier and a pattern, in which `*` stands for anything; `#` begins a comment.
    ///
    /// # Errors
    /// At the first line that is neither.
    pub fn parse(text: &str) -> Result<Self, DenyListFault> {
        let mut patterns: BTreeMap<IdentifierKind, Vec<Box<str>>> = BTreeMap::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let fault = DenyListFault { line: i + 1 };
            let (kind, pattern) = line.split_once(char::is_whitespace).ok_or(fault.clone())?;
            let kind = match kind {
                "document" => IdentifierKind::Document,
                "loyalty" => IdentifierKind::Loyalty,
                "phone" => IdentifierKind::Phone,
                "email" => IdentifierKind::Email,
                _ => return Err(fault),
            };
            let normal: Vec<String> = pattern
                .split('*')
                .map(|part| normalise(kind, part))
                .collect();
            patterns
                .entry(kind)
                .or_default()
                .push(normal.join("*").into());
        }
        Ok(Self { patterns })
    }

    /// Whether the normalised identifier is on the list. One of a single repeated character always is.
    #[must_use]
    pub fn denies(&self, kind: IdentifierKind, normalised: &str) -> bool {
        let mut chars = normalised.trim_start_matches('+').chars();
        let first = chars.next();
        if chars.all(|c| Some(c) == first) {
            return true;
        }
        self.patterns
            .get(&kind)
            .is_some_and(|all| all.iter().any(|p| matches(p, normalised)))
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts = tail.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The comparable form of an identifier: e-mail addresses in lower case, telephone numbers as digits with their `+`,
/// document and loyalty numbers as capital letters and digits. Empty when nothing is left.
#[must_use]
pub fn normalise(kind: IdentifierKind, value: &str) -> String {
    let folded = value.nfkc();
    match kind {
        IdentifierKind::Email => folded
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect(),
        IdentifierKind::Phone => {
            let digits: String = folded.filter(|c| c.is_ascii_digit() || *c == '+').collect();
            let international = digits.starts_with('+') || digits.starts_with("00");
            let digits = digits.replace('+', "");
            match international {
                true if digits.is_empty() => digits,
                true => format!("+{}", digits.trim_start_matches("00")),
                false => digits,
            }
        }
        IdentifierKind::Document | IdentifierKind::Loyalty => folded
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect(),
    }
}

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

/// A person: everything that is the same somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The nodes, in order. The first names the person.
    pub nodes: BTreeMap<NodeId, NodeFacts>,
    /// Identifiers that would link these nodes to others but for conflicting names: for a person to review.
    pub conflicts: BTreeMap<IdentifierKey, BTreeSet<NodeId>>,
}

impl Person {
    /// The id under which the person is shown: the first of its nodes.
    #[must_use]
    pub fn id(&self) -> Option<NodeId> {
        self.nodes.keys().next().copied()
    }

    /// The person's stays.
    pub fn stays(&self) -> impl Iterator<Item = crate::ids::StayId> {
        self.nodes.keys().filter_map(|node| match node {
            NodeId::Stay(stay) => Some(*stay),
            NodeId::Profile(_) => None,
        })
    }
}

/// The person that `start` is part of. A node of which nothing is known is a person by itself.
///
/// Edges: the profile that a stay's newest revision names, and equal strong identifiers (document, loyalty, verified
/// phone or e-mail) that are not denied. A phone or e-mail shared under names that conflict links nobody.
///
/// # Errors
/// When the records can't be read.
pub fn person_of<R: Records>(
    records: &R,
    deny: &DenyList,
    start: NodeId,
) -> Result<Person, R::Error> {
    let mut person = Person::default();
    let mut asked = BTreeSet::new();
    let mut queue = vec![start];
    while let Some(node) = queue.pop() {
        if person.nodes.contains_key(&node) {
            continue;
        }
        let facts = node_facts(records, node)?;
        queue.extend(profile_edges(records, node, &facts)?);
        for (key, identifier) in &facts.identifiers {
            if !links(deny, identifier) || !asked.insert(*key) {
                continue;
            }
            let carriers = carriers(records, *key)?;
            if by_itself(identifier.kind) || !names_conflict(carriers.iter().map(|(_, f)| &f.name))
            {
                queue.extend(carriers.into_iter().map(|(node, _)| node));
            } else {
                person
                    .conflicts
                    .insert(*key, carriers.into_iter().map(|(node, _)| node).collect());
            }
        }
        person.nodes.insert(node, facts);
    }
    Ok(person)
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
            let told: Vec<_> = ordered.into_iter().collect();
            let mut identifiers: Vec<_> = told
                .iter()
                .flat_map(|(_, guest)| guest.identifiers.clone())
                .collect();
            identifiers.sort();
            identifiers.dedup();
            let name = told.iter().rev().find_map(|(_, guest)| guest.name.clone());
            Ok(NodeFacts {
                known: !told.is_empty(),
                told,
                identifiers,
                name,
            })
        }
    }
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

/// Whether the kind says who somebody is whatever name goes with it.
fn by_itself(kind: IdentifierKind) -> bool {
    matches!(kind, IdentifierKind::Document | IdentifierKind::Loyalty)
}

fn profile_edges<R: Records>(
    records: &R,
    node: NodeId,
    facts: &NodeFacts,
) -> Result<Vec<NodeId>, R::Error> {
    match node {
        NodeId::Stay(_) => Ok(facts
            .told
            .iter()
            .filter_map(|(_, guest)| guest.profile.as_ref().map(|(id, _)| NodeId::Profile(*id)))
            .collect()),
        NodeId::Profile(profile) => {
            let mut stays = Vec::new();
            for stay in records.stays_naming(profile)? {
                let current = records.stay(stay)?;
                let names_it = current.is_some_and(|s| {
                    s.guest
                        .profile
                        .as_ref()
                        .is_some_and(|(id, _)| *id == profile)
                });
                stays.extend(names_it.then_some(NodeId::Stay(stay)));
            }
            Ok(stays)
        }
    }
}

/// Whether any two of the names can't be one person's. A name that is a part of another does not conflict with it.
fn names_conflict<'a>(names: impl Iterator<Item = &'a Option<Name>>) -> bool {
    let names: BTreeSet<BTreeSet<String>> = names
        .flatten()
        .map(words)
        .filter(|words| !words.is_empty())
        .collect();
    names.iter().enumerate().any(|(i, a)| {
        names
            .iter()
            .skip(i + 1)
            .any(|b| !a.is_subset(b) && !b.is_subset(a))
    })
}

/// The comparable words of a name, without case, accents or order; a name in Han characters is one word.
#[must_use]
pub fn words(name: &Name) -> BTreeSet<String> {
    let parts = match (&name.full, &name.family, &name.given) {
        (_, Some(family), Some(given)) => vec![family, given],
        (Some(full), _, _) => vec![full],
        (None, family, given) => family.iter().chain(given).collect(),
    };
    let folded: String = parts
        .iter()
        .flat_map(|part| part.nfkd().chain(std::iter::once(' ')))
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty());
    if folded.is_ascii() || folded.chars().any(|c| c.is_ascii_alphabetic()) {
        words.map(str::to_owned).collect()
    } else {
        let whole: String = words.collect();
        BTreeSet::from([whole])
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests;
