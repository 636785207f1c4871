//! Which messages of the stream touch a person: what an export shows and an erasure must reach.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::fact::Reference;
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, StayId};
use cardex_domain::records::{Records, Window};

use super::{Reader, event_of, marked, row};
use crate::engine::Rows;
use crate::error::StoreError;
use crate::keys;
use crate::rows::{CardRow, GuestRow, NoteJudgedRow, OutcomeRow, RetractionRow, StayRow};

impl Reader<'_> {
    /// The sequences of every message that touches the person whose nodes are given: events of the stays, corrections,
    /// links, corrections of preferences and what undoes either, cards, outcomes, what was noted under any reference that
    /// ever meant one of the nodes, what corrections say is theirs, retractions of it, what is said of its note, and
    /// repetitions of all these. What was noted in a room while two stays had it is in the list of both.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn messages_of(&self, nodes: &BTreeSet<NodeId>) -> Result<BTreeSet<u64>, StoreError> {
        Ok(self.events_of(nodes)?.into_keys().collect())
    }

    /// The same with the event that each of them is.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn events_of(
        &self,
        nodes: &BTreeSet<NodeId>,
    ) -> Result<BTreeMap<u64, EventKey>, StoreError> {
        let mut messages = Messages {
            reader: self,
            sequences: BTreeMap::new(),
            identifiers: BTreeSet::new(),
        };
        for node in nodes {
            messages.node(*node)?;
        }
        for identifier in std::mem::take(&mut messages.identifiers) {
            messages.noted(&Reference::Identifier(identifier), None)?;
        }
        Ok(messages.sequences)
    }
}

struct Messages<'r, 's> {
    reader: &'r Reader<'s>,
    sequences: BTreeMap<u64, EventKey>,
    identifiers: BTreeSet<IdentifierKey>,
}

impl Messages<'_, '_> {
    fn node(&mut self, node: NodeId) -> Result<(), StoreError> {
        self.noted(&Reference::Node(node), None)?;
        for link in self.reader.links_of(node)? {
            self.undoable(link.key)?;
        }
        match node {
            NodeId::Profile(profile) => {
                let facts = self.reader.guest_facts(profile)?;
                self.named(facts.iter().map(|f| &f.guest));
                let rows = self.reader.engine().scan(&keys::guest(profile));
                self.events(rows, |key, body| {
                    Ok(row::<GuestRow<'_>>(key, body)?.sequence)
                })
            }
            NodeId::Stay(stay) => self.stay(stay),
        }
    }

    fn stay(&mut self, stay: StayId) -> Result<(), StoreError> {
        let facts = self.reader.stay_facts(stay)?;
        self.named(facts.iter().filter_map(|f| f.guest.as_ref()));
        let rows = self.reader.engine().scan(&keys::stay(stay));
        self.events(
            rows,
            |key, body| Ok(row::<StayRow<'_>>(key, body)?.sequence),
        )?;
        self.events(self.reader.told(stay, &keys::cards(stay)), |key, body| {
            Ok(row::<CardRow<'_>>(key, body)?.sequence)
        })?;
        self.events(
            self.reader.told(stay, &keys::outcomes(stay)),
            |key, body| Ok(row::<OutcomeRow<'_>>(key, body)?.sequence),
        )?;
        let Some(folded) = self.reader.stay(stay)? else {
            return Ok(());
        };
        for time in &folded.occupancy {
            let reference = Reference::Room(folded.property.clone(), time.room.clone());
            let window = Window {
                from: time.from,
                until: time.until,
            };
            self.noted(&reference, Some(window))?;
        }
        Ok(())
    }

    fn named<'f>(&mut self, guests: impl Iterator<Item = &'f cardex_domain::fact::GuestFacts>) {
        for guest in guests {
            self.identifiers
                .extend(guest.identifiers.iter().map(|(key, _)| *key));
        }
    }

    fn noted(&mut self, reference: &Reference, within: Option<Window>) -> Result<(), StoreError> {
        let noted = self.reader.noted_under(reference, within)?;
        let mut keys: BTreeSet<EventKey> = noted.into_iter().map(|noted| noted.key).collect();
        for correction in self.reader.corrections_under(reference, within)? {
            self.undoable(correction.key)?;
            if correction.to().contains(reference) {
                keys.extend(correction.evidence().iter().map(|e| e.event));
            }
        }
        for key in keys {
            for correction in self.reader.corrections_naming(key)? {
                self.undoable(correction.key)?;
            }
            self.undoable(key)?;
            let rows = self.reader.engine().scan(&keys::retractions(key));
            self.events(rows, |key, body| {
                Ok(row::<RetractionRow>(key, body)?.sequence)
            })?;
            let rows = self.reader.engine().scan(&keys::note_judged(key));
            self.events(rows, |key, body| {
                Ok(row::<NoteJudgedRow<'_>>(key, body)?.sequence)
            })?;
        }
        Ok(())
    }

    /// A guest operation, with what undoes it.
    fn undoable(&mut self, key: EventKey) -> Result<(), StoreError> {
        self.event(key)?;
        for undo in self.reader.undone(key)? {
            self.event(undo.key)?;
        }
        Ok(())
    }

    fn event(&mut self, key: EventKey) -> Result<(), StoreError> {
        let recorded = self.reader.event(key)?;
        self.sequences.extend(recorded.map(|r| (r.sequence, key)));
        self.copies(key)
    }

    /// Adds the sequence of each row, and those of its event's repetitions.
    fn events(
        &mut self,
        rows: Rows,
        sequence: impl Fn(&[u8], &crate::seal::Body) -> Result<u64, StoreError>,
    ) -> Result<(), StoreError> {
        let found = self
            .reader
            .each(rows, |key, body| Ok((sequence(key, body)?, event_of(key)?)))?;
        for (sequence, event) in found {
            self.sequences.insert(sequence, event);
            self.copies(event)?;
        }
        Ok(())
    }

    fn copies(&mut self, key: EventKey) -> Result<(), StoreError> {
        let rows = self.reader.engine().scan(&keys::copies(key));
        let copies = self
            .reader
            .each(rows, |key, body| marked(key, body, keys::last_number))?;
        self.sequences
            .extend(copies.into_iter().map(|sequence| (sequence, key)));
        Ok(())
    }
}
