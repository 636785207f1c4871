//! The port through which pure code reads what is remembered.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::CardEvent;
use crate::fact::{
    CorrectionFact, GuestFact, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference, StayFact,
    UndoFact,
};
use crate::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};
use crate::stay::{Occupancy, Stay};
use crate::time::Moment;

/// Half-open time in which something was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From this moment on.
    pub from: Moment,
    /// Until just before this moment; without end when `None`.
    pub until: Option<Moment>,
}

impl Window {
    /// Whether `at` lies in it.
    #[must_use]
    pub fn contains(&self, at: Moment) -> bool {
        self.from.utc_micros <= at.utc_micros
            && self
                .until
                .is_none_or(|until| at.utc_micros < until.utc_micros)
    }

    /// Whether the two have a moment in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let begins_before = |a: &Self, b: &Self| {
            b.until
                .is_none_or(|until| a.from.utc_micros < until.utc_micros)
        };
        begins_before(self, other) && begins_before(other, self)
    }
}

/// What is remembered, by the ways in which it is looked up. Every answer is a function of the set of facts recorded;
/// the order of what is returned carries no meaning.
pub trait Records {
    /// Why a look-up can fail.
    type Error;

    /// The facts of a stay.
    ///
    /// # Errors
    /// When the records can't be read; so for all of these.
    fn stay_facts(&self, stay: StayId) -> Result<Vec<StayFact>, Self::Error>;

    /// The stay that its facts make. Implementations may cache it.
    ///
    /// # Errors
    /// When the records can't be read.
    fn stay(&self, stay: StayId) -> Result<Option<Arc<Stay>>, Self::Error> {
        Ok(Stay::fold(&self.stay_facts(stay)?).map(Arc::new))
    }

    /// The corrections of a profile.
    ///
    /// # Errors
    /// When the records can't be read.
    fn guest_facts(&self, profile: ProfileId) -> Result<Vec<GuestFact>, Self::Error>;

    /// The stays of which any revision ever named the profile.
    ///
    /// # Errors
    /// When the records can't be read.
    fn stays_naming(&self, profile: ProfileId) -> Result<Vec<StayId>, Self::Error>;

    /// The nodes of which any revision ever named the identifier.
    ///
    /// # Errors
    /// When the records can't be read.
    fn nodes_with(&self, identifier: IdentifierKey) -> Result<Vec<NodeId>, Self::Error>;

    /// The stays of which any revision ever named the party at the property: the first in id order, at most `max`.
    ///
    /// # Errors
    /// When the records can't be read.
    fn stays_of_party(
        &self,
        property: &PropertyId,
        party: &str,
        max: usize,
    ) -> Result<Vec<StayId>, Self::Error>;

    /// The stays that were ever given the room.
    ///
    /// # Errors
    /// When the records can't be read.
    fn stays_in_room(&self, property: &PropertyId, room: &Room)
    -> Result<Vec<StayId>, Self::Error>;

    /// The stays that had the room at `at`. Implementations that see thousands of stays in a room should not fold each.
    ///
    /// # Errors
    /// When the records can't be read.
    fn occupants(
        &self,
        property: &PropertyId,
        room: &Room,
        at: Moment,
    ) -> Result<BTreeSet<StayId>, Self::Error> {
        let mut occupants = BTreeSet::new();
        for id in self.stays_in_room(property, room)? {
            let stay = self.stay(id)?;
            if stay.is_some_and(|s| s.occupancy_at(at).is_some_and(|o| o.room == *room)) {
                occupants.insert(id);
            }
        }
        Ok(occupants)
    }

    /// The stays ever given the room that are expected or in house now, or had it after `since`.
    ///
    /// # Errors
    /// When the records can't be read.
    fn neighbours(
        &self,
        property: &PropertyId,
        room: &Room,
        since: Moment,
    ) -> Result<BTreeSet<StayId>, Self::Error> {
        let mut neighbours = BTreeSet::new();
        for id in self.stays_in_room(property, room)? {
            let Some(stay) = self.stay(id)? else { continue };
            let later = |o: &Occupancy| {
                o.room == *room && o.until.is_none_or(|u| u.utc_micros > since.utc_micros)
            };
            if stay.status.is_active() || stay.occupancy.iter().any(later) {
                neighbours.insert(id);
            }
        }
        Ok(neighbours)
    }

    /// The stays that had the room at some time within the window. Implementations that see thousands of stays in a room
    /// should not fold each.
    ///
    /// # Errors
    /// When the records can't be read.
    fn sharing(
        &self,
        property: &PropertyId,
        room: &Room,
        within: Window,
    ) -> Result<BTreeSet<StayId>, Self::Error> {
        let mut sharing = BTreeSet::new();
        for id in self.stays_in_room(property, room)? {
            let Some(stay) = self.stay(id)? else { continue };
            let meets = |o: &Occupancy| o.room == *room && o.window().meets(&within);
            if stay.occupancy.iter().any(meets) {
                sharing.insert(id);
            }
        }
        Ok(sharing)
    }

    /// What links the node to others, or keeps it apart from them; undone or not.
    ///
    /// # Errors
    /// When the records can't be read.
    fn links_of(&self, node: NodeId) -> Result<Vec<LinkFact>, Self::Error>;

    /// The link of this key, undone or not.
    ///
    /// # Errors
    /// When the records can't be read.
    fn link(&self, key: EventKey) -> Result<Option<LinkFact>, Self::Error>;

    /// What undoes the event of this key.
    ///
    /// # Errors
    /// When the records can't be read.
    fn undone(&self, target: EventKey) -> Result<Vec<UndoFact>, Self::Error>;

    /// The corrections found under a reference, by of whom they are or whose they say that evidence is; within a time
    /// when one is given; retracted or not.
    ///
    /// # Errors
    /// When the records can't be read.
    fn corrections_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<CorrectionFact>, Self::Error>;

    /// The corrections that name evidence of this event, retracted or not.
    ///
    /// # Errors
    /// When the records can't be read.
    fn corrections_naming(&self, event: EventKey) -> Result<Vec<CorrectionFact>, Self::Error>;

    /// The correction of this key, retracted or not.
    ///
    /// # Errors
    /// When the records can't be read.
    fn correction(&self, key: EventKey) -> Result<Option<CorrectionFact>, Self::Error>;

    /// The observation of this key.
    ///
    /// # Errors
    /// When the records can't be read.
    fn noted(&self, key: EventKey) -> Result<Option<Noted>, Self::Error>;

    /// What was noticed under a reference, within a time when one is given. Implementations may keep it.
    ///
    /// # Errors
    /// When the records can't be read.
    fn noted_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<Arc<Noted>>, Self::Error>;

    /// What people said of statements that the note of an observation seems to make, in any order.
    ///
    /// # Errors
    /// When the records can't be read.
    fn note_judgements(&self, target: EventKey) -> Result<Vec<NoteJudgedFact>, Self::Error>;

    /// What became of the items of a stay's boards, in any order.
    ///
    /// # Errors
    /// When the records can't be read.
    fn outcomes_of(&self, stay: StayId) -> Result<Vec<OutcomeFact>, Self::Error>;

    /// The outcome of this key.
    ///
    /// # Errors
    /// When the records can't be read.
    fn outcome(&self, key: EventKey) -> Result<Option<OutcomeFact>, Self::Error>;

    /// What happened to the items of a stay's boards, each with its event, in any order.
    ///
    /// # Errors
    /// When the records can't be read.
    fn cards_of(&self, stay: StayId) -> Result<Vec<(EventKey, CardEvent)>, Self::Error>;

    /// What was taken back of an observation: a statement, or all of it (`None`).
    ///
    /// # Errors
    /// When the records can't be read.
    fn retracted(&self, target: EventKey) -> Result<Vec<Option<u8>>, Self::Error>;
}
