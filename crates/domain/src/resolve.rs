//! Whom an observation is about, and which stays an event touches: functions of everything recorded, so that a late
//! stay event changes the answer, also away from a guest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::discretion::no_personal_notes;
use crate::event::{CardChange, Scope};
use crate::fact::{CorrectionFact, Fact, GuestFacts, LinkFact, Noted, Reference, StayFact};
use crate::gather::{noted_or_restated, places};
use crate::identity::{Component, DenyList, Person, component_of, is_known, person_of};
use crate::ids::{NodeId, PropertyId, Room, StayId};
use crate::party::{PARTY_STAYS_MAX, companions};
use crate::records::{Records, Window};
use crate::taught::taught_in;
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
            let stay = match node {
                NodeId::Stay(stay) => Some(*stay),
                NodeId::Profile(_) => None,
            };
            Ok(if is_known(records, *node)? {
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

/// The stays whose boards `fact` may change: the stay itself, and those stays that are expected or in house of every
/// person, room, party and identifier it touches now or touched by an earlier revision, and their companions where it may
/// say something for the party. Persons that only a never-link keeps
/// apart are touched together, for what joins one may take from another. More than need be is harmless, for a board
/// that stays the same is not published again.
///
/// # Errors
/// When the records can't be read.
pub fn affected<R: Records>(
    records: &R,
    deny: &DenyList,
    fact: &Fact,
) -> Result<BTreeSet<StayId>, R::Error> {
    let mut affected = Affected {
        records,
        deny,
        seen: BTreeSet::new(),
        stays: BTreeSet::new(),
        over: BTreeSet::new(),
        parties: BTreeSet::new(),
    };
    match fact {
        Fact::Noted(noted) => affected.by_note(noted)?,
        Fact::Retracted(retracted) => {
            if let Some(noted) = records.noted(retracted.target)? {
                affected.by_note(&noted)?;
            }
        }
        Fact::NoteJudged(judged) => {
            if let Some(noted) = records.noted(judged.target)? {
                affected.by_note(&noted)?;
            }
        }
        Fact::Stay(stay) => {
            affected.by_stay(stay.stay)?;
            affected.stays.insert(stay.stay);
        }
        Fact::Guest(guest) => {
            let node = NodeId::Profile(guest.profile);
            for fact in records.guest_facts(guest.profile)? {
                affected.by_told(node, &fact.guest)?;
            }
        }
        Fact::Linked(link) => affected.by_link(link)?,
        Fact::Corrected(correction) => affected.by_correction(correction)?,
        Fact::Undone(undo) => {
            for target in &undo.events {
                if let Some(link) = records.link(*target)? {
                    affected.by_link(&link)?;
                }
                if let Some(correction) = records.correction(*target)? {
                    affected.by_correction(&correction)?;
                }
            }
        }
        Fact::Outcome(outcome) => {
            affected.stays.insert(outcome.outcome.stay);
            if outcome.outcome.outcome.teaches() {
                affected.add_person(NodeId::Stay(outcome.outcome.stay))?;
            }
        }
        Fact::Card(card) => {
            if card.change == CardChange::Escalated {
                affected.stays.insert(card.stay);
            }
            // What became of its items is understood from now on.
            if !taught_in(records, card.stay)?.is_empty() {
                affected.stays.insert(card.stay);
                affected.add_person(NodeId::Stay(card.stay))?;
            }
        }
        // Which stays are open there is not known by reference.
        Fact::Hour(_) | Fact::Setting(_) => {}
    }
    if !matches!(fact, Fact::Noted(_) | Fact::Retracted(_) | Fact::Outcome(_)) {
        // Who is who may have changed, and with it whose word for the party it is.
        affected.parties.extend(&affected.stays);
        affected.parties.append(&mut affected.over);
    }
    affected.with_companions()
}

/// Gathers the stays that something affects.
struct Affected<'a, R> {
    records: &'a R,
    deny: &'a DenyList,
    /// Nodes whose person has been looked at.
    seen: BTreeSet<NodeId>,
    stays: BTreeSet<StayId>,
    /// Stays of the persons looked at that need no board themselves.
    over: BTreeSet<StayId>,
    /// Stays whose companions are affected, too.
    parties: BTreeSet<StayId>,
}

impl<R: Records> Affected<'_, R> {
    fn by_note(&mut self, noted: &Noted) -> Result<(), R::Error> {
        let (references, at) = (&noted.references, noted.observed_at);
        let Resolution::Assigned { node, .. } = resolve(self.records, self.deny, references, at)?
        else {
            return Ok(());
        };
        self.add_person(node)?;
        // A note may say something for the party, too, and who wants nothing personal noted has less said for all.
        let quiet = no_personal_notes();
        let asks = noted.statements.iter().any(|said| said.attribute == quiet);
        match noted.scope == Scope::Party || noted.note.is_some() || asks {
            true => self.parties_of(node),
            false => Ok(()),
        }
    }

    /// By the parties of all stays of the person, also of those that are over.
    fn parties_of(&mut self, node: NodeId) -> Result<(), R::Error> {
        let person = person_of(self.records, self.deny, node)?;
        self.parties.extend(person.stays());
        Ok(())
    }

    /// The stays affected, with the companions of those that may say something for their party.
    fn with_companions(mut self) -> Result<BTreeSet<StayId>, R::Error> {
        for id in std::mem::take(&mut self.parties) {
            let Some(stay) = self.records.stay(id)? else {
                continue;
            };
            let companions = companions(self.records, &stay)?;
            let active = companions.iter().filter(|(_, c)| c.status.is_active());
            self.stays.extend(active.map(|(id, _)| *id));
        }
        Ok(self.stays)
    }

    fn by_references(&mut self, references: &[Reference], at: Moment) -> Result<(), R::Error> {
        match resolve(self.records, self.deny, references, at)? {
            Resolution::Assigned { node, .. } => self.add_person(node),
            Resolution::Unassigned { .. } => Ok(()),
        }
    }

    /// The guest it is about, and everybody with whom evidence that it names may stand.
    fn by_correction(&mut self, correction: &CorrectionFact) -> Result<(), R::Error> {
        self.by_both(correction)?;
        for evidence in correction.evidence() {
            if let Some(noted) = noted_or_restated(self.records, evidence.event)? {
                self.by_note(&noted)?;
            }
            for other in self.records.corrections_naming(evidence.event)? {
                self.by_both(&other)?;
            }
        }
        Ok(())
    }

    /// The guest it is about, and whose it says that evidence is.
    fn by_both(&mut self, correction: &CorrectionFact) -> Result<(), R::Error> {
        let at = correction.occurred_at;
        for references in [&correction.references[..], correction.to()] {
            let named = resolve(self.records, self.deny, references, at)?;
            if let Resolution::Assigned { node, .. } = named {
                self.add_person(node)?;
                self.parties_of(node)?;
            }
        }
        Ok(())
    }

    /// Both sides, whether they are one person now or were before.
    fn by_link(&mut self, link: &LinkFact) -> Result<(), R::Error> {
        self.add_person(link.a)?;
        self.add_person(link.b)
    }

    /// By everything that any revision of the stay ever said, and by having been in a room with others.
    fn by_stay(&mut self, stay: StayId) -> Result<(), R::Error> {
        let node = NodeId::Stay(stay);
        self.add_person(node)?;
        let facts = self.records.stay_facts(stay)?;
        let (mut rooms, mut parties) = (BTreeSet::new(), BTreeSet::new());
        for fact in &facts {
            if let Some(party) = fact.named_party() {
                parties.insert((&fact.property, party));
            }
            if let Some(room) = fact.given_room() {
                rooms.insert((fact.property.clone(), room.clone()));
            }
            if let Some(guest) = &fact.guest {
                self.by_told(node, guest)?;
            }
        }
        for (property, party) in parties {
            self.by_party(property, party)?;
        }
        let Some(since) = facts.iter().map(|fact| fact.occurred_at).min() else {
            return Ok(());
        };
        for (property, room) in rooms {
            for neighbour in self.records.neighbours(&property, &room, since)? {
                self.add_person(NodeId::Stay(neighbour))?;
            }
            self.by_moves_under(&Reference::Room(property, room), None)?;
        }
        Ok(())
    }

    /// Everybody of a party, also when this stay makes it too large to be one, or left it.
    fn by_party(&mut self, property: &PropertyId, party: &str) -> Result<(), R::Error> {
        let most = PARTY_STAYS_MAX + 1;
        let named = self.records.stays_of_party(property, party, most + 1)?;
        if named.len() > most {
            return Ok(());
        }
        for id in named {
            let stay = self.records.stay(id)?;
            self.stays
                .extend(stay.filter(|s| s.status.is_active()).map(|s| s.id));
        }
        Ok(())
    }

    /// By what was told of a person: everybody that shares it, also weakly, and also when a later revision took it back.
    fn by_told(&mut self, node: NodeId, told: &GuestFacts) -> Result<(), R::Error> {
        self.add_person(node)?;
        if let Some((profile, _)) = &told.profile {
            self.add_person(NodeId::Profile(*profile))?;
        }
        for (key, identifier) in &told.identifiers {
            if self.deny.denies(identifier.kind, &identifier.value) {
                continue;
            }
            for carrier in self.records.nodes_with(*key)? {
                self.add_person(carrier)?;
            }
            self.by_moves_under(&Reference::Identifier(*key), None)?;
        }
        Ok(())
    }

    fn add_person(&mut self, node: NodeId) -> Result<(), R::Error> {
        if self.seen.contains(&node) {
            return Ok(());
        }
        let component = component_of(self.records, self.deny, node)?;
        self.add(&component)
    }

    /// Adds those of the stays that are expected or in house.
    fn add(&mut self, component: &Component) -> Result<(), R::Error> {
        for node in component.nodes.keys() {
            if !self.seen.insert(*node) {
                continue;
            }
            if let NodeId::Stay(id) = node
                && self
                    .records
                    .stay(*id)?
                    .is_some_and(|s| s.status.is_active())
            {
                self.stays.insert(*id);
            } else if let NodeId::Stay(id) = node {
                self.over.insert(*id);
            }
        }
        self.by_moves(component)
    }

    /// With whom evidence stands that corrections took from one of these: that depends on whose it was.
    fn by_moves(&mut self, component: &Component) -> Result<(), R::Error> {
        let mut stays = Vec::new();
        for node in component.nodes.keys() {
            if let NodeId::Stay(id) = node {
                stays.extend(self.records.stay(*id)?);
            }
        }
        for place in places(&component.nodes, stays.iter().map(Arc::as_ref)) {
            self.by_moves_under(&place.reference, place.within)?;
        }
        Ok(())
    }

    fn by_moves_under(
        &mut self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<(), R::Error> {
        for correction in self.records.corrections_under(reference, within)? {
            self.by_references(correction.to(), correction.occurred_at)?;
        }
        Ok(())
    }
}

impl StayFact {
    /// The group or family booking that the event names.
    #[must_use]
    pub fn named_party(&self) -> Option<&str> {
        self.change.details()?.party.as_deref()
    }

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
