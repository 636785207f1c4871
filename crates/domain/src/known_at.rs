//! What was known at a moment: the records without what the server took later, so that what a prompt could have known
//! is what would be folded from them. What happened when makes no difference, only what had arrived.

use std::sync::Arc;

use crate::event::CardEvent;
use crate::fact::{
    CorrectionFact, GuestFact, GuestFacts, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference,
    RetractedFact, StayFact, UndoFact,
};
use crate::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};
use crate::records::{Records, Window};

/// When what is recorded arrived.
pub trait Arrivals: Records {
    /// When the server took the event first, in microseconds since 1970; `None` when it is not recorded.
    ///
    /// # Errors
    /// When the records can't be read.
    fn taken_at(&self, event: EventKey) -> Result<Option<i64>, Self::Error>;

    /// What takes back the observation or a statement of it, each by its own event.
    ///
    /// # Errors
    /// When the records can't be read.
    fn retractions(&self, target: EventKey) -> Result<Vec<RetractedFact>, Self::Error>;
}

/// The records as they were at a moment. Stays are folded from what was known of them, and so is who had a room.
#[derive(Debug, Clone, Copy)]
pub struct KnownAt<'r, R> {
    records: &'r R,
    /// The last server time that is seen, in microseconds since 1970.
    micros: i64,
}

impl<'r, R: Arrivals> KnownAt<'r, R> {
    /// The records with everything that the server had taken at `micros`, in microseconds since 1970, or before.
    #[must_use]
    pub fn new(records: &'r R, micros: i64) -> Self {
        Self { records, micros }
    }

    /// Whether the event had arrived.
    fn knows(&self, event: EventKey) -> Result<bool, R::Error> {
        let taken = self.records.taken_at(event)?;
        Ok(taken.is_some_and(|taken| taken <= self.micros))
    }

    /// Those of the facts that had arrived.
    fn known<T>(&self, facts: Vec<T>, key: impl Fn(&T) -> EventKey) -> Result<Vec<T>, R::Error> {
        let mut known = Vec::with_capacity(facts.len());
        for fact in facts {
            if self.knows(key(&fact))? {
                known.push(fact);
            }
        }
        Ok(known)
    }

    /// Whether anything known of the stay is so.
    fn any_of_stay(&self, stay: StayId, is: impl Fn(&StayFact) -> bool) -> Result<bool, R::Error> {
        Ok(self.stay_facts(stay)?.iter().any(is))
    }

    /// Those of the stays of which something known is so.
    fn stays_where(
        &self,
        stays: Vec<StayId>,
        is: impl Fn(&StayFact) -> bool,
    ) -> Result<Vec<StayId>, R::Error> {
        let mut found = Vec::new();
        for stay in stays {
            if self.any_of_stay(stay, &is)? {
                found.push(stay);
            }
        }
        Ok(found)
    }
}

impl<R: Arrivals> Records for KnownAt<'_, R> {
    type Error = R::Error;

    fn stay_facts(&self, stay: StayId) -> Result<Vec<StayFact>, R::Error> {
        self.known(self.records.stay_facts(stay)?, |fact| fact.key)
    }

    fn guest_facts(&self, profile: ProfileId) -> Result<Vec<GuestFact>, R::Error> {
        self.known(self.records.guest_facts(profile)?, |fact| fact.key)
    }

    fn stays_naming(&self, profile: ProfileId) -> Result<Vec<StayId>, R::Error> {
        let named = |fact: &StayFact| {
            let guest = fact.guest.as_ref().and_then(|guest| guest.profile.as_ref());
            guest.is_some_and(|(id, _)| *id == profile)
        };
        self.stays_where(self.records.stays_naming(profile)?, named)
    }

    fn nodes_with(&self, identifier: IdentifierKey) -> Result<Vec<NodeId>, R::Error> {
        let carries = |guest: &GuestFacts| guest.identifiers.iter().any(|(k, _)| *k == identifier);
        let mut nodes = Vec::new();
        for node in self.records.nodes_with(identifier)? {
            let carried = match node {
                NodeId::Stay(stay) => {
                    self.any_of_stay(stay, |fact| fact.guest.as_ref().is_some_and(carries))?
                }
                NodeId::Profile(profile) => {
                    let facts = self.guest_facts(profile)?;
                    facts.iter().any(|fact| carries(&fact.guest))
                }
            };
            if carried {
                nodes.push(node);
            }
        }
        Ok(nodes)
    }

    fn stays_of_party(
        &self,
        property: &PropertyId,
        party: &str,
        max: usize,
    ) -> Result<Vec<StayId>, R::Error> {
        let named =
            |fact: &StayFact| fact.property == *property && fact.named_party() == Some(party);
        let ever = self.records.stays_of_party(property, party, usize::MAX)?;
        let mut known = self.stays_where(ever, named)?;
        known.sort_unstable();
        known.truncate(max);
        Ok(known)
    }

    fn stays_in_room(&self, property: &PropertyId, room: &Room) -> Result<Vec<StayId>, R::Error> {
        let given = |fact: &StayFact| fact.property == *property && fact.given_room() == Some(room);
        self.stays_where(self.records.stays_in_room(property, room)?, given)
    }

    fn links_of(&self, node: NodeId) -> Result<Vec<LinkFact>, R::Error> {
        self.known(self.records.links_of(node)?, |fact| fact.key)
    }

    fn link(&self, key: EventKey) -> Result<Option<LinkFact>, R::Error> {
        if self.knows(key)? {
            self.records.link(key)
        } else {
            Ok(None)
        }
    }

    fn undone(&self, target: EventKey) -> Result<Vec<UndoFact>, R::Error> {
        self.known(self.records.undone(target)?, |fact| fact.key)
    }

    fn corrections_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<CorrectionFact>, R::Error> {
        let corrections = self.records.corrections_under(reference, within)?;
        self.known(corrections, |correction| correction.key)
    }

    fn corrections_naming(&self, event: EventKey) -> Result<Vec<CorrectionFact>, R::Error> {
        self.known(self.records.corrections_naming(event)?, |c| c.key)
    }

    fn correction(&self, key: EventKey) -> Result<Option<CorrectionFact>, R::Error> {
        if self.knows(key)? {
            self.records.correction(key)
        } else {
            Ok(None)
        }
    }

    fn noted(&self, key: EventKey) -> Result<Option<Noted>, R::Error> {
        if self.knows(key)? {
            self.records.noted(key)
        } else {
            Ok(None)
        }
    }

    fn noted_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<Arc<Noted>>, R::Error> {
        self.known(self.records.noted_under(reference, within)?, |n| n.key)
    }

    fn note_judgements(&self, target: EventKey) -> Result<Vec<NoteJudgedFact>, R::Error> {
        self.known(self.records.note_judgements(target)?, |judged| judged.key)
    }

    fn outcomes_of(&self, stay: StayId) -> Result<Vec<OutcomeFact>, R::Error> {
        self.known(self.records.outcomes_of(stay)?, |fact| fact.key)
    }

    fn outcome(&self, key: EventKey) -> Result<Option<OutcomeFact>, R::Error> {
        match self.knows(key)? {
            true => self.records.outcome(key),
            false => Ok(None),
        }
    }

    fn cards_of(&self, stay: StayId) -> Result<Vec<(EventKey, CardEvent)>, R::Error> {
        self.known(self.records.cards_of(stay)?, |(key, _)| *key)
    }

    fn retracted(&self, target: EventKey) -> Result<Vec<Option<u8>>, R::Error> {
        let retractions = self.known(self.records.retractions(target)?, |r| r.key)?;
        let mut statements: Vec<Option<u8>> = retractions.iter().map(|r| r.statement).collect();
        statements.sort_unstable();
        statements.dedup();
        Ok(statements)
    }
}
