//! The records in memory: the model that tests hold the store against, and the whole of it for small sets of events.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use crate::event::CardEvent;
use crate::fact::{
    CorrectionFact, Fact, GuestFact, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference,
    RetractedFact, StayFact, UndoFact,
};
use crate::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};
use crate::known_at::Arrivals;
use crate::records::{Records, Window};
use crate::stay::Stay;

/// A set of facts with the look-ups over it.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    seen: BTreeSet<EventKey>,
    /// When the server took those events of which that is known, in microseconds since 1970.
    taken: BTreeMap<EventKey, i64>,
    notes: BTreeMap<EventKey, Arc<Noted>>,
    under: BTreeMap<Reference, BTreeSet<EventKey>>,
    retracted: BTreeMap<EventKey, BTreeMap<EventKey, RetractedFact>>,
    judged: BTreeMap<EventKey, BTreeMap<EventKey, NoteJudgedFact>>,
    stays: BTreeMap<StayId, StayFacts>,
    guests: BTreeMap<ProfileId, BTreeMap<EventKey, GuestFact>>,
    naming: BTreeMap<ProfileId, BTreeSet<StayId>>,
    carrying: BTreeMap<IdentifierKey, BTreeSet<NodeId>>,
    parties: BTreeMap<(PropertyId, Box<str>), BTreeSet<StayId>>,
    rooms: BTreeMap<(PropertyId, Room), BTreeSet<StayId>>,
    links: BTreeMap<EventKey, LinkFact>,
    linking: BTreeMap<NodeId, BTreeSet<EventKey>>,
    undone: BTreeMap<EventKey, BTreeSet<UndoFact>>,
    corrections: BTreeMap<EventKey, CorrectionFact>,
    correcting: BTreeMap<Reference, BTreeSet<EventKey>>,
    corrected: BTreeMap<EventKey, BTreeSet<EventKey>>,
    outcomes: BTreeMap<StayId, BTreeMap<EventKey, OutcomeFact>>,
    /// The stay of each outcome.
    outcome_stays: BTreeMap<EventKey, StayId>,
    cards: BTreeMap<StayId, BTreeMap<EventKey, CardEvent>>,
}

/// What is recorded of a stay.
#[derive(Debug, Clone, Default)]
struct StayFacts {
    facts: BTreeMap<EventKey, StayFact>,
    /// The stay that they make, once somebody asked for it.
    folded: OnceLock<Option<Arc<Stay>>>,
}

impl Ledger {
    /// Records the fact of the event `key`; one that is there already changes nothing. Returns whether it was new.
    pub fn record(&mut self, key: EventKey, fact: Fact) -> bool {
        if !self.seen.insert(key) {
            return false;
        }
        match fact {
            Fact::Noted(noted) => {
                for reference in &noted.references {
                    self.under.entry(reference.clone()).or_default().insert(key);
                }
                self.notes.insert(key, Arc::new(noted));
            }
            Fact::Retracted(r) => {
                self.retracted.entry(r.target).or_default().insert(key, r);
            }
            Fact::NoteJudged(judged) => {
                let of_note = self.judged.entry(judged.target).or_default();
                of_note.insert(key, judged);
            }
            Fact::Stay(stay) => self.record_stay(key, stay),
            Fact::Guest(guest) => {
                let keys = guest.guest.identifiers.iter().map(|(key, _)| *key);
                self.carry(NodeId::Profile(guest.profile), keys);
                self.guests
                    .entry(guest.profile)
                    .or_default()
                    .insert(key, guest);
            }
            Fact::Linked(link) => {
                for node in [link.a, link.b] {
                    self.linking.entry(node).or_default().insert(key);
                }
                self.links.insert(key, link);
            }
            Fact::Corrected(correction) => self.record_correction(key, correction),
            Fact::Undone(undo) => {
                for target in &undo.events {
                    let undone = self.undone.entry(*target).or_default();
                    undone.insert(undo.clone());
                }
            }
            Fact::Outcome(outcome) => {
                let stay = outcome.outcome.stay;
                self.outcome_stays.insert(key, stay);
                self.outcomes.entry(stay).or_default().insert(key, outcome);
            }
            Fact::Card(card) => {
                self.cards.entry(card.stay).or_default().insert(key, card);
            }
            Fact::Hour(_) | Fact::Setting(_) => {}
        }
        true
    }

    /// Records the fact of the event `key`, which the server took at that time, in microseconds since 1970. A repetition
    /// changes nothing, not even the time.
    pub fn record_at(&mut self, key: EventKey, fact: Fact, taken_micros: i64) -> bool {
        let new = self.record(key, fact);
        if new {
            self.taken.insert(key, taken_micros);
        }
        new
    }

    /// Every node of which anything is recorded, in order.
    #[must_use]
    pub fn nodes(&self) -> BTreeSet<NodeId> {
        let stays = self.stays.keys().map(|s| NodeId::Stay(*s));
        let guests = self
            .guests
            .keys()
            .chain(self.naming.keys())
            .map(|p| NodeId::Profile(*p));
        let linked = self.linking.keys().copied();
        stays.chain(guests).chain(linked).collect()
    }

    fn record_stay(&mut self, key: EventKey, stay: StayFact) {
        if let Some(guest) = &stay.guest {
            if let Some((profile, _)) = &guest.profile {
                self.naming.entry(*profile).or_default().insert(stay.stay);
            }
            let keys = guest.identifiers.iter().map(|(key, _)| *key);
            self.carry(NodeId::Stay(stay.stay), keys);
        }
        if let Some(party) = stay.named_party() {
            let place = (stay.property.clone(), party.into());
            self.parties.entry(place).or_default().insert(stay.stay);
        }
        if let Some(room) = stay.given_room() {
            let place = (stay.property.clone(), room.clone());
            self.rooms.entry(place).or_default().insert(stay.stay);
        }
        let of = self.stays.entry(stay.stay).or_default();
        of.facts.insert(key, stay);
        of.folded.take();
    }

    fn record_correction(&mut self, key: EventKey, correction: CorrectionFact) {
        for reference in correction.all_references() {
            let under = self.correcting.entry(reference.clone()).or_default();
            under.insert(key);
        }
        for evidence in correction.evidence() {
            let named = self.corrected.entry(evidence.event).or_default();
            named.insert(key);
        }
        self.corrections.insert(key, correction);
    }

    fn carry(&mut self, node: NodeId, keys: impl Iterator<Item = IdentifierKey>) {
        for key in keys {
            self.carrying.entry(key).or_default().insert(node);
        }
    }
}

impl Records for Ledger {
    type Error = Infallible;

    fn stay_facts(&self, stay: StayId) -> Result<Vec<StayFact>, Infallible> {
        Ok(self
            .stays
            .get(&stay)
            .into_iter()
            .flat_map(|of| of.facts.values())
            .cloned()
            .collect())
    }

    fn stay(&self, stay: StayId) -> Result<Option<Arc<Stay>>, Infallible> {
        let folded = self.stays.get(&stay).and_then(|of| {
            let facts = || of.facts.values().cloned().collect::<Vec<_>>();
            let folded = of.folded.get_or_init(|| Stay::fold(&facts()).map(Arc::new));
            folded.clone()
        });
        Ok(folded)
    }

    fn guest_facts(&self, profile: ProfileId) -> Result<Vec<GuestFact>, Infallible> {
        Ok(self
            .guests
            .get(&profile)
            .into_iter()
            .flat_map(BTreeMap::values)
            .cloned()
            .collect())
    }

    fn stays_naming(&self, profile: ProfileId) -> Result<Vec<StayId>, Infallible> {
        Ok(self
            .naming
            .get(&profile)
            .into_iter()
            .flatten()
            .copied()
            .collect())
    }

    fn nodes_with(&self, identifier: IdentifierKey) -> Result<Vec<NodeId>, Infallible> {
        Ok(self
            .carrying
            .get(&identifier)
            .into_iter()
            .flatten()
            .copied()
            .collect())
    }

    fn stays_of_party(
        &self,
        property: &PropertyId,
        party: &str,
        max: usize,
    ) -> Result<Vec<StayId>, Infallible> {
        let place = (property.clone(), party.into());
        let named = self.parties.get(&place).into_iter().flatten();
        Ok(named.copied().take(max).collect())
    }

    fn stays_in_room(&self, property: &PropertyId, room: &Room) -> Result<Vec<StayId>, Infallible> {
        let place = (property.clone(), room.clone());
        Ok(self
            .rooms
            .get(&place)
            .into_iter()
            .flatten()
            .copied()
            .collect())
    }

    fn links_of(&self, node: NodeId) -> Result<Vec<LinkFact>, Infallible> {
        let keys = self.linking.get(&node).into_iter().flatten();
        Ok(keys
            .filter_map(|key| self.links.get(key))
            .cloned()
            .collect())
    }

    fn link(&self, key: EventKey) -> Result<Option<LinkFact>, Infallible> {
        Ok(self.links.get(&key).cloned())
    }

    fn undone(&self, target: EventKey) -> Result<Vec<UndoFact>, Infallible> {
        let undone = self.undone.get(&target).into_iter().flatten();
        Ok(undone.cloned().collect())
    }

    fn corrections_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<CorrectionFact>, Infallible> {
        let keys = self.correcting.get(reference).into_iter().flatten();
        Ok(keys
            .filter_map(|key| self.corrections.get(key))
            .filter(|c| within.is_none_or(|w| w.contains(c.occurred_at)))
            .cloned()
            .collect())
    }

    fn corrections_naming(&self, event: EventKey) -> Result<Vec<CorrectionFact>, Infallible> {
        let keys = self.corrected.get(&event).into_iter().flatten();
        let corrections = keys.filter_map(|key| self.corrections.get(key));
        Ok(corrections.cloned().collect())
    }

    fn correction(&self, key: EventKey) -> Result<Option<CorrectionFact>, Infallible> {
        Ok(self.corrections.get(&key).cloned())
    }

    fn noted(&self, key: EventKey) -> Result<Option<Noted>, Infallible> {
        Ok(self.notes.get(&key).map(|noted| Noted::clone(noted)))
    }

    fn noted_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<Arc<Noted>>, Infallible> {
        let keys = self.under.get(reference).into_iter().flatten();
        Ok(keys
            .filter_map(|key| self.notes.get(key))
            .filter(|n| within.is_none_or(|w| w.contains(n.observed_at)))
            .cloned()
            .collect())
    }

    fn note_judgements(&self, target: EventKey) -> Result<Vec<NoteJudgedFact>, Infallible> {
        let judged = self.judged.get(&target).into_iter();
        Ok(judged.flat_map(BTreeMap::values).cloned().collect())
    }

    fn outcomes_of(&self, stay: StayId) -> Result<Vec<OutcomeFact>, Infallible> {
        let outcomes = self.outcomes.get(&stay).into_iter();
        Ok(outcomes.flat_map(BTreeMap::values).cloned().collect())
    }

    fn outcome(&self, key: EventKey) -> Result<Option<OutcomeFact>, Infallible> {
        let stay = self.outcome_stays.get(&key);
        let outcomes = stay.and_then(|stay| self.outcomes.get(stay));
        Ok(outcomes.and_then(|outcomes| outcomes.get(&key)).cloned())
    }

    fn cards_of(&self, stay: StayId) -> Result<Vec<(EventKey, CardEvent)>, Infallible> {
        let cards = self.cards.get(&stay).into_iter().flatten();
        Ok(cards.map(|(key, card)| (*key, card.clone())).collect())
    }

    fn retracted(&self, target: EventKey) -> Result<Vec<Option<u8>>, Infallible> {
        let retracted = self.retracted.get(&target).into_iter().flatten();
        let statements: BTreeSet<_> = retracted.map(|(_, r)| r.statement).collect();
        Ok(statements.into_iter().collect())
    }
}

impl Arrivals for Ledger {
    fn taken_at(&self, event: EventKey) -> Result<Option<i64>, Infallible> {
        let taken = self.taken.get(&event).copied();
        Ok(taken.or_else(|| self.seen.contains(&event).then_some(i64::MIN)))
    }

    fn retractions(&self, target: EventKey) -> Result<Vec<RetractedFact>, Infallible> {
        let retracted = self.retracted.get(&target).into_iter();
        Ok(retracted.flat_map(BTreeMap::values).cloned().collect())
    }
}
