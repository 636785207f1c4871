//! What is filed under a person: observations by every reference that means this person, those that a correction gives
//! to or takes from the person, and the corrections about the person.
//!
//! A correction that says that evidence is somebody else's applies where the evidence stands with the guest whom the
//! correction is about. So one about the next owner applies after one that made it the next owner's, whichever came
//! first, and retracting the first leaves the second without effect.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Stays;
use super::moved::{about, held, is_same, moves, resolved};
use super::said::{Said, own, said_by_note};
use crate::event::{Judgement, UndoKind};
use crate::fact::{CorrectionFact, Noted, Reference};
use crate::identity::{NodeFacts, Person, is_undone};
use crate::ids::{EventKey, NodeId, StayId};
use crate::records::{Records, Window};
use crate::settings::Settings;
use crate::stay::Stay;
use crate::taught::{taught_by, taught_in};
use crate::time::Moment;

/// What is filed under a person.
pub(super) struct Files {
    /// Observations and restatements, by key.
    pub(super) notes: Vec<Filed>,
    /// The corrections about the person that are not retracted, in order.
    pub(super) corrections: Vec<Arc<CorrectionFact>>,
}

/// An observation, or what a correction restates, as it stands with a person.
pub(super) struct Filed {
    pub(super) noted: Arc<Noted>,
    /// The stay in which it was noted.
    pub(super) stay: Option<StayId>,
    /// What its note says.
    read: Vec<Said<'static>>,
    /// Where each of that stands, where a correction moved any of it.
    statements: Vec<Standing>,
    /// Where its note stands.
    note: Standing,
}

/// Where a part of an observation stands, seen from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// With the person.
    Here,
    /// With the party of the person's stay.
    Party,
    /// It was the person's by what it named, until this correction.
    Elsewhere(Arc<CorrectionFact>),
    /// With another person from the first.
    NeverHere,
}

impl Filed {
    /// What it says, each with where it stands.
    pub(super) fn statements(&self) -> impl Iterator<Item = (Said<'_>, &Standing)> {
        let moved = self.statements.iter();
        let standings = moved.chain(std::iter::repeat(&Standing::Here));
        self.said().zip(standings)
    }

    fn said(&self) -> impl Iterator<Item = Said<'_>> {
        own(&self.noted).chain(self.read.iter().map(Said::lent))
    }

    /// Where the note stands.
    pub(super) fn note(&self) -> &Standing {
        &self.note
    }
}

/// A reference that may mean a person, and when.
pub(crate) struct Place {
    /// The reference.
    pub(crate) reference: Reference,
    /// The time in which it may.
    pub(crate) within: Option<Window>,
    /// The stay that is meant by it.
    stay: Option<StayId>,
}

/// Every reference that may mean one of these nodes.
pub(crate) fn places<'a>(
    nodes: &BTreeMap<NodeId, NodeFacts>,
    stays: impl Iterator<Item = &'a Stay>,
) -> Vec<Place> {
    let mut places: Vec<Place> = nodes
        .keys()
        .map(|node| Place {
            reference: Reference::Node(*node),
            within: None,
            stay: match node {
                NodeId::Stay(stay) => Some(*stay),
                NodeId::Profile(_) => None,
            },
        })
        .collect();
    for stay in stays {
        places.extend(stay.occupancy.iter().map(|time| Place {
            reference: Reference::Room(stay.property.clone(), time.room.clone()),
            within: Some(Window {
                from: time.from,
                until: time.until,
            }),
            stay: Some(stay.id),
        }));
    }
    let carried = nodes.values().flat_map(|facts| &facts.identifiers);
    let identifiers: BTreeSet<_> = carried.map(|(key, _)| *key).collect();
    places.extend(identifiers.into_iter().map(|key| Place {
        reference: Reference::Identifier(key),
        within: None,
        stay: None,
    }));
    places
}

/// What is filed under `person`.
///
/// # Errors
/// When the records can't be read.
pub(super) fn filed<R: Records>(
    records: &R,
    settings: &Settings<'_>,
    person: &Person,
    stays: &Stays,
) -> Result<Files, R::Error> {
    let desk = Desk {
        records,
        settings,
        person,
        stays,
        named: RefCell::default(),
    };
    let mut drawer = Drawer::default();
    for place in places(&person.nodes, stays.0.values().map(Arc::as_ref)) {
        let noted = records.noted_under(&place.reference, place.within)?;
        let corrections = records.corrections_under(&place.reference, place.within)?;
        // Under most rooms nothing is filed, and who else had them makes no difference then.
        let had = match noted.is_empty() && corrections.is_empty() {
            true => Vec::new(),
            false => desk.who_had(&place)?,
        };
        desk.observations(&place, noted, &had, &mut drawer)?;
        desk.corrections(&place, corrections, &had, &mut drawer)?;
    }
    let received = desk.received(&drawer)?;
    let moved = drawer.moved();
    let found = filed_last(drawer.notes);
    let mut notes = Vec::with_capacity(found.len() + received.len());
    for (key, noted, stay) in found {
        notes.push(desk.with_standing(noted, stay, moved.contains(&key))?);
    }
    notes.extend(received);
    notes.sort_by_key(|filed| filed.noted.key);
    Ok(Files {
        notes,
        corrections: drawer.about.into_values().collect(),
    })
}

/// An observation by its event, with the stay in which it was noted.
type Found = (EventKey, Arc<Noted>, Option<StayId>);

/// What was found under the references of a person.
#[derive(Default)]
struct Drawer {
    /// What was noted about the person; what is filed under several places more than once.
    notes: Vec<Found>,
    /// Corrections about the person.
    about: BTreeMap<(i64, EventKey), Arc<CorrectionFact>>,
    /// Corrections that say that something is the person's.
    giving: BTreeMap<(i64, EventKey), CorrectionFact>,
}

impl Drawer {
    /// The events of which a correction about the person says that something is somebody else's.
    fn moved(&self) -> BTreeSet<EventKey> {
        let gives = |c: &&Arc<CorrectionFact>| matches!(c.judgement, Judgement::SomeoneElse { .. });
        let corrections = self.about.values().filter(gives);
        let named = corrections.flat_map(|correction| correction.evidence());
        named.map(|evidence| evidence.event).collect()
    }
}

/// What was noted by event, each once, as it was filed last. Sorted at once: there may be thousands.
fn filed_last(mut notes: Vec<Found>) -> Vec<Found> {
    notes.reverse();
    notes.sort_by_key(|(key, ..)| *key);
    notes.dedup_by_key(|(key, ..)| *key);
    notes
}

/// Looks things up for a person.
struct Desk<'a, R> {
    records: &'a R,
    settings: &'a Settings<'a>,
    person: &'a Person,
    stays: &'a Stays,
    /// Whether identifiers that were named mean the person: at any time, for identifiers know none.
    named: RefCell<BTreeMap<Vec<Reference>, bool>>,
}

impl<R: Records> Desk<'_, R> {
    fn observations(
        &self,
        place: &Place,
        under: Vec<Arc<Noted>>,
        had: &[Arc<Stay>],
        drawer: &mut Drawer,
    ) -> Result<(), R::Error> {
        for noted in under {
            if self.means(place, had, &noted.references, noted.observed_at)? {
                self.file(place, noted, drawer);
            }
        }
        if let Reference::Node(NodeId::Stay(stay)) = &place.reference {
            for noted in taught_in(self.records, *stay)? {
                self.file(place, noted.into(), drawer);
            }
        }
        Ok(())
    }

    fn corrections(
        &self,
        place: &Place,
        under: Vec<CorrectionFact>,
        had: &[Arc<Stay>],
        drawer: &mut Drawer,
    ) -> Result<(), R::Error> {
        let reference = &place.reference;
        for correction in under {
            if is_undone(self.records, correction.key, UndoKind::Corrections)? {
                continue;
            }
            let means = |references: &[Reference]| {
                let named = references.contains(reference);
                Ok(named && self.means(place, had, references, correction.occurred_at)?)
            };
            if means(correction.to())? {
                drawer.giving.insert(correction.order(), correction.clone());
            }
            if means(&correction.references)? {
                if let Some(restated) = correction.restated() {
                    self.file(place, Arc::new(restated), drawer);
                }
                drawer
                    .about
                    .insert(correction.order(), Arc::new(correction));
            }
        }
        Ok(())
    }

    fn file(&self, place: &Place, noted: Arc<Noted>, drawer: &mut Drawer) {
        let stay = place.stay.or_else(|| self.stays.at(&noted));
        drawer.notes.push((noted.key, noted, stay));
    }

    /// The stays that had the place's room in its time, of which there may have been thousands of observations; nobody
    /// where the place is no room.
    fn who_had(&self, place: &Place) -> Result<Vec<Arc<Stay>>, R::Error> {
        let mut had = Vec::new();
        if let (Reference::Room(property, room), Some(within)) = (&place.reference, place.within) {
            for stay in self.records.sharing(property, room, within)? {
                had.extend(self.records.stay(stay)?);
            }
        }
        Ok(had)
    }

    /// Whether `references`, one of which is the place's, mean the person at that time; `had` had its room.
    fn means(
        &self,
        place: &Place,
        had: &[Arc<Stay>],
        references: &[Reference],
        at: Moment,
    ) -> Result<bool, R::Error> {
        match &place.reference {
            Reference::Node(_) => Ok(true),
            Reference::Room(_, room) => {
                let there = |s: &&Arc<Stay>| s.occupancy_at(at).is_some_and(|o| o.room == *room);
                let mut there = had.iter().filter(there).map(|stay| Some(stay.id));
                Ok(there.next().is_some_and(|stay| stay == place.stay) && there.next().is_none())
            }
            Reference::Identifier(_) => self.means_by_identifiers(references, at),
        }
    }

    /// Whether the identifiers mean the person, which is looked up once for all observations that name the same.
    fn means_by_identifiers(&self, references: &[Reference], at: Moment) -> Result<bool, R::Error> {
        if let Some(means) = self.named.borrow().get(references) {
            return Ok(*means);
        }
        let named = resolved(self.records, self.settings.deny, references, at)?;
        let means = named.is_some_and(|node| self.person.nodes.contains_key(&node));
        self.named.borrow_mut().insert(references.to_vec(), means);
        Ok(means)
    }

    /// What a correction gives the person that was noted about others.
    fn received(&self, drawer: &Drawer) -> Result<Vec<Filed>, R::Error> {
        let named = drawer.giving.values().flat_map(CorrectionFact::evidence);
        let events: BTreeSet<EventKey> = named.map(|evidence| evidence.event).collect();
        let mut received = Vec::new();
        for event in events {
            let Some(noted) = noted_or_restated(self.records, event)? else {
                continue;
            };
            let (references, at) = (&noted.references, noted.observed_at);
            let from = resolved(self.records, self.settings.deny, references, at)?;
            let Some(from) = from.filter(|node| !self.person.nodes.contains_key(node)) else {
                continue;
            };
            let stay = self.stays.at(&noted);
            received.push(self.standing(Arc::new(noted), stay, from)?);
        }
        Ok(received)
    }

    /// The observation, with where it stands when a correction about the person moved any of it.
    fn with_standing(
        &self,
        noted: Arc<Noted>,
        stay: Option<StayId>,
        moved: bool,
    ) -> Result<Filed, R::Error> {
        match self.person.id().filter(|_| moved) {
            Some(here) => self.standing(noted, stay, here),
            None => self.standing_here(noted, stay),
        }
    }

    /// The observation, all of which stands with the person.
    fn standing_here(&self, noted: Arc<Noted>, stay: Option<StayId>) -> Result<Filed, R::Error> {
        let judged = match noted.note {
            Some(_) => self.records.note_judgements(noted.key)?,
            None => Vec::new(),
        };
        Ok(Filed {
            read: said_by_note(&noted, &judged, self.settings),
            noted,
            stay,
            statements: Vec::new(),
            note: Standing::Here,
        })
    }

    /// The observation with where each of its parts stands, which was first with the person of `from`.
    fn standing(
        &self,
        noted: Arc<Noted>,
        stay: Option<StayId>,
        from: NodeId,
    ) -> Result<Filed, R::Error> {
        let event = noted.key;
        let moves = moves(self.records, event)?;
        let mut filed = self.standing_here(noted, stay)?;
        filed.note = self.part(event, None, from, &moves)?;
        let parts = filed.said().map(|said| Some(said.number));
        let statements = parts.map(|part| self.part(event, part, from, &moves));
        filed.statements = statements.collect::<Result<_, _>>()?;
        Ok(filed)
    }

    fn part(
        &self,
        event: EventKey,
        part: Option<u8>,
        from: NodeId,
        moves: &[Arc<CorrectionFact>],
    ) -> Result<Standing, R::Error> {
        let own = |correction: &CorrectionFact, node| self.is_about(correction, node);
        let (records, deny) = (self.records, self.settings.deny);
        let held = held(records, deny, (event, part), (from, moves), own)?;
        let here = |node: &NodeId| self.person.nodes.contains_key(node);
        Ok(match (held.by.as_ref().is_some_and(here), held.since) {
            (true, _) if held.for_party => Standing::Party,
            (true, _) => Standing::Here,
            (false, Some(since)) if here(&from) => Standing::Elsewhere(Arc::clone(since)),
            (false, _) => Standing::NeverHere,
        })
    }

    /// Whether the correction is about the person of `node`.
    fn is_about(&self, correction: &CorrectionFact, node: NodeId) -> Result<bool, R::Error> {
        let (records, deny) = (self.records, self.settings.deny);
        let Some(about) = about(records, deny, correction)? else {
            return Ok(false);
        };
        let own = &self.person.nodes;
        if own.contains_key(&node) || own.contains_key(&about) {
            return Ok(own.contains_key(&node) && own.contains_key(&about));
        }
        is_same(records, deny, node, about)
    }
}

/// The observation of this key, what the outcome of this key says of the guest, or what the correction of this key
/// restates unless it is retracted.
///
/// # Errors
/// When the records can't be read.
pub(crate) fn noted_or_restated<R: Records>(
    records: &R,
    event: EventKey,
) -> Result<Option<Noted>, R::Error> {
    if let Some(noted) = records.noted(event)? {
        return Ok(Some(noted));
    }
    if let Some(taught) = taught_by(records, event)? {
        return Ok(Some(taught));
    }
    let restated = records.correction(event)?.and_then(|c| c.restated());
    match restated {
        Some(_) if is_undone(records, event, UndoKind::Corrections)? => Ok(None),
        restated => Ok(restated),
    }
}
