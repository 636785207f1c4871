//! Whom an observation is about, and which stays an event touches: functions of everything recorded, so that a late
//! stay event changes the answer, also away from a guest.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Fact, GuestFacts, Noted, Reference, StayFact};
use crate::identity::{DenyList, Person, carriers, person_of};
use crate::ids::{NodeId, Room, StayId};
use crate::records::Records;
use crate::time::Moment;

/// Whom an observation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// About the person of this node, in this stay where there was one.
    Assigned {
        /// A node of the person.
        node: NodeId,
        /// The stay in which it was noticed, when that is told by what was named.
        stay: Option<StayId>,
    },
    /// About nobody that can be told yet. It is kept and waits.
    Unassigned {
        /// Why.
        reason: Unassigned,
        /// Who it may be.
        candidates: Vec<NodeId>,
    },
}

/// Why an observation has nobody yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unassigned {
    /// Nothing is known of the guest or stay it named.
    Unknown,
    /// Nobody was in the room.
    NoOccupant,
    /// Several stays had the room, or several persons have the identifiers.
    Several,
}

impl Unassigned {
    /// The reason as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NoOccupant => "no_occupant",
            Self::Several => "several",
        }
    }
}

/// Whom `references` name at `at`.
///
/// # Errors
/// When the records can't be read.
pub fn resolve<R: Records>(
    records: &R,
    deny: &DenyList,
    references: &[Reference],
    at: Moment,
) -> Result<Resolution, R::Error> {
    match references {
        [Reference::Node(node)] => {
            let known = crate::identity::node_facts(records, *node)?.known
                || matches!(node, NodeId::Profile(p) if !records.stays_naming(*p)?.is_empty());
            let stay = match node {
                NodeId::Stay(stay) => Some(*stay),
                NodeId::Profile(_) => None,
            };
            Ok(if known {
                Resolution::Assigned { node: *node, stay }
            } else {
                unassigned(Unassigned::Unknown, [])
            })
        }
        [Reference::Room(property, room)] => {
            let occupants = records.occupants(property, room, at)?;
            let mut all = occupants.iter().copied();
            Ok(match (all.next(), all.next()) {
                (None, _) => unassigned(Unassigned::NoOccupant, []),
                (Some(stay), None) => Resolution::Assigned {
                    node: NodeId::Stay(stay),
                    stay: Some(stay),
                },
                _ => unassigned(Unassigned::Several, occupants.into_iter().map(NodeId::Stay)),
            })
        }
        identifiers => resolve_identifiers(records, deny, identifiers),
    }
}

fn unassigned(reason: Unassigned, candidates: impl IntoIterator<Item = NodeId>) -> Resolution {
    Resolution::Unassigned {
        reason,
        candidates: candidates.into_iter().collect(),
    }
}

/// The one person that has the identifiers, verified or not, but for those on the deny list.
fn resolve_identifiers<R: Records>(
    records: &R,
    deny: &DenyList,
    references: &[Reference],
) -> Result<Resolution, R::Error> {
    let mut persons: BTreeMap<NodeId, Person> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for reference in references {
        let Reference::Identifier(key) = reference else {
            continue;
        };
        for node in records.nodes_with(*key)? {
            let facts = crate::identity::node_facts(records, node)?;
            let carries = facts.identifiers.iter().any(|(k, identifier)| {
                k == key && !deny.denies(identifier.kind, &identifier.value)
            });
            if !carries || seen.contains(&node) {
                continue;
            }
            let person = person_of(records, deny, node)?;
            seen.extend(person.nodes.keys().copied());
            if let Some(id) = person.id() {
                persons.insert(id, person);
            }
        }
    }
    let mut ids = persons.keys().copied();
    Ok(match (ids.next(), ids.next()) {
        (None, _) => unassigned(Unassigned::Unknown, []),
        (Some(node), None) => Resolution::Assigned { node, stay: None },
        _ => unassigned(Unassigned::Several, persons.into_keys()),
    })
}

/// The person whom an observation is about, if that can be told.
///
/// # Errors
/// When the records can't be read.
pub fn person_noted<R: Records>(
    records: &R,
    deny: &DenyList,
    noted: &Noted,
) -> Result<Option<Person>, R::Error> {
    match resolve(records, deny, &noted.references, noted.observed_at)? {
        Resolution::Assigned { node, .. } => person_of(records, deny, node).map(Some),
        Resolution::Unassigned { .. } => Ok(None),
    }
}

/// The stays whose boards `fact` may change: the stay itself, and those stays that are expected or in house of every
/// person, room and identifier it touches now or touched by an earlier revision. More than need be is harmless, for a
/// board that stays the same is not published again.
///
/// # Errors
/// When the records can't be read.
pub fn affected<R: Records>(
    records: &R,
    deny: &DenyList,
    fact: &Fact,
) -> Result<BTreeSet<StayId>, R::Error> {
    let mut stays = BTreeSet::new();
    match fact {
        Fact::Noted(noted) => note_affects(records, deny, noted, &mut stays)?,
        Fact::Retracted(retracted) => {
            if let Some(noted) = records.noted(retracted.target)? {
                note_affects(records, deny, &noted, &mut stays)?;
            }
        }
        Fact::Stay(stay) => {
            stay_affects(records, deny, stay.stay, &mut stays)?;
            stays.insert(stay.stay);
        }
        Fact::Guest(guest) => {
            told_affects(
                records,
                deny,
                NodeId::Profile(guest.profile),
                &guest.guest,
                &mut stays,
            )?;
        }
        Fact::Outcome(outcome) => {
            stays.insert(outcome.outcome.stay);
        }
        Fact::Card(_) | Fact::Setting(_) => {}
    }
    Ok(stays)
}

fn note_affects<R: Records>(
    records: &R,
    deny: &DenyList,
    noted: &Noted,
    stays: &mut BTreeSet<StayId>,
) -> Result<(), R::Error> {
    if let Some(person) = person_noted(records, deny, noted)? {
        add_active(records, person.stays(), stays)?;
    }
    Ok(())
}

fn stay_affects<R: Records>(
    records: &R,
    deny: &DenyList,
    stay: StayId,
    stays: &mut BTreeSet<StayId>,
) -> Result<(), R::Error> {
    let node = NodeId::Stay(stay);
    add_person(records, deny, node, stays)?;
    let facts = records.stay_facts(stay)?;
    let mut rooms = BTreeSet::new();
    for fact in &facts {
        if let Some(room) = fact.given_room() {
            rooms.insert((fact.property.clone(), room.clone()));
        }
        if let Some(guest) = &fact.guest {
            told_affects(records, deny, node, guest, stays)?;
        }
    }
    for (property, room) in rooms {
        for neighbour in records.active_in_room(&property, &room)? {
            add_person(records, deny, NodeId::Stay(neighbour), stays)?;
        }
    }
    Ok(())
}

/// Adds the stays of everybody that shares what was told: also what a later revision took back.
fn told_affects<R: Records>(
    records: &R,
    deny: &DenyList,
    node: NodeId,
    told: &GuestFacts,
    stays: &mut BTreeSet<StayId>,
) -> Result<(), R::Error> {
    add_person(records, deny, node, stays)?;
    if let Some((profile, _)) = &told.profile {
        add_person(records, deny, NodeId::Profile(*profile), stays)?;
    }
    for (key, identifier) in &told.identifiers {
        if deny.denies(identifier.kind, &identifier.value) {
            continue;
        }
        for (carrier, _) in carriers(records, *key)? {
            add_person(records, deny, carrier, stays)?;
        }
    }
    Ok(())
}

fn add_person<R: Records>(
    records: &R,
    deny: &DenyList,
    node: NodeId,
    stays: &mut BTreeSet<StayId>,
) -> Result<(), R::Error> {
    let person = person_of(records, deny, node)?;
    add_active(records, person.stays(), stays)
}

fn add_active<R: Records>(
    records: &R,
    of: impl Iterator<Item = StayId>,
    stays: &mut BTreeSet<StayId>,
) -> Result<(), R::Error> {
    for stay in of {
        if is_active(records, stay)? {
            stays.insert(stay);
        }
    }
    Ok(())
}

fn is_active<R: Records>(records: &R, stay: StayId) -> Result<bool, R::Error> {
    Ok(records.stay(stay)?.is_some_and(|s| s.status.is_active()))
}

impl StayFact {
    /// The room that the event gave the guest: not one merely set aside by a booking.
    #[must_use]
    pub fn given_room(&self) -> Option<&Room> {
        use crate::event::StayChange;
        match &self.change {
            StayChange::CheckedIn { room, .. } | StayChange::RoomMoved { room } => Some(room),
            _ => None,
        }
    }
}
