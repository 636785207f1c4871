//! What is looked up for a profile, and what facts change of that.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use cardex_domain::fact::{Fact, GuestFacts, Reference};
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};

/// What is looked up, as far as it tells changes apart.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Lookup<'a> {
    /// An observation, what was taken back of it, and what was said of its note.
    Observation(EventKey),
    /// Observations under a reference.
    Under(&'a Reference),
    /// A stay.
    Stay(StayId),
    /// The corrections of a profile, and the stays that name it.
    Profile(ProfileId),
    /// What links a node to others, or keeps it apart.
    Links(NodeId),
    /// A link by its event.
    Link(EventKey),
    /// Corrections under a reference.
    Corrections(&'a Reference),
    /// Corrections that name evidence of an event.
    CorrectionsNaming(EventKey),
    /// A correction by its event.
    Correction(EventKey),
    /// What undoes an event.
    Undone(EventKey),
    /// Who carries an identifier.
    Carrying(IdentifierKey),
    /// Who had a room when.
    Room(&'a PropertyId, &'a Room),
    /// Who ever named a party.
    Party(&'a PropertyId, &'a str),
    /// What became of the items of a stay's boards.
    Outcomes(StayId),
    /// An outcome by its event.
    Outcome(EventKey),
    /// What came onto the boards of a stay.
    Cards(StayId),
}

/// A look-up by its hash: should two have one, a profile is folded once more than need be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Trace(u64);

impl From<Lookup<'_>> for Trace {
    fn from(lookup: Lookup<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        lookup.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// What facts change.
#[derive(Default)]
pub(super) struct News {
    /// The look-ups that find something else.
    pub(super) changed: Vec<Trace>,
    /// Stays of which something was told, and with them perhaps of rooms.
    pub(super) stays: BTreeSet<StayId>,
    /// Stays onto whose boards something came.
    pub(super) told: BTreeSet<StayId>,
}

impl News {
    pub(super) fn change(&mut self, lookup: Lookup<'_>) {
        self.changed.push(lookup.into());
    }

    pub(super) fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Noted(noted) => {
                self.change(Lookup::Observation(noted.key));
                let references = noted.references.iter();
                references.for_each(|under| self.change(Lookup::Under(under)));
            }
            Fact::Retracted(retracted) => self.change(Lookup::Observation(retracted.target)),
            Fact::NoteJudged(judged) => self.change(Lookup::Observation(judged.target)),
            Fact::Stay(stay) => {
                self.stays.insert(stay.stay);
                self.change(Lookup::Stay(stay.stay));
                if let Some(party) = stay.named_party() {
                    self.change(Lookup::Party(&stay.property, party));
                }
                self.add_told(stay.guest.as_ref());
            }
            Fact::Guest(guest) => {
                self.change(Lookup::Profile(guest.profile));
                self.add_told(Some(&guest.guest));
            }
            Fact::Linked(link) => {
                self.change(Lookup::Link(link.key));
                self.change(Lookup::Links(link.a));
                self.change(Lookup::Links(link.b));
            }
            Fact::Corrected(correction) => {
                self.change(Lookup::Correction(correction.key));
                let references = correction.all_references();
                references.for_each(|under| self.change(Lookup::Corrections(under)));
                let evidence = correction.evidence().iter();
                evidence.for_each(|e| self.change(Lookup::CorrectionsNaming(e.event)));
            }
            Fact::Undone(undo) => {
                let events = undo.events.iter();
                events.for_each(|event| self.change(Lookup::Undone(*event)));
            }
            Fact::Outcome(outcome) => {
                self.change(Lookup::Outcome(outcome.key));
                self.change(Lookup::Outcomes(outcome.outcome.stay));
            }
            Fact::Card(card) => {
                self.told.insert(card.stay);
            }
            // Nothing that is looked up for a profile; settings are compared when one is asked for.
            Fact::Hour(_) | Fact::Setting(_) => {}
        }
    }

    fn add_told(&mut self, guest: Option<&GuestFacts>) {
        let Some(guest) = guest else { return };
        let profile = guest.profile.iter();
        profile.for_each(|(id, _)| self.change(Lookup::Profile(*id)));
        let identifiers = guest.identifiers.iter();
        identifiers.for_each(|(key, _)| self.change(Lookup::Carrying(*key)));
    }
}
