//! A person's evidence: everything noted under any reference that means this person, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::Scope;
use crate::evidence::Evidence;
use crate::fact::{Noted, Reference};
use crate::identity::{DenyList, Person};
use crate::ids::{AttributeId, EventKey, NodeId, StayId};
use crate::profile::Note;
use crate::records::{Records, Window};
use crate::resolve::{Resolution, resolve};
use crate::stay::Stay;
use crate::vocabulary::{Canonical, Vocabulary};

/// What was noted about a person, sorted by what the vocabulary makes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Evidence whose attribute and value the vocabulary knows, by attribute, in id order.
    pub evidence: BTreeMap<AttributeId, Vec<Evidence>>,
    /// Evidence that was taken back, with its attribute and value as far as the vocabulary knows them.
    pub retracted: Vec<Evidence>,
    /// Evidence for which the vocabulary has no word yet, as it was written.
    pub uncurated: Vec<Evidence>,
    /// Free notes.
    pub notes: Vec<Note>,
}

/// Gathers what was noted about `person` that holds for the guest in general and, where `stay` is given, for that stay
/// and its party.
///
/// # Errors
/// When the records can't be read.
pub fn gather<R: Records>(
    records: &R,
    deny: &DenyList,
    vocabulary: &Vocabulary,
    person: &Person,
    stay: Option<StayId>,
) -> Result<Gathered, R::Error> {
    let stays = Stays::of(records, person)?;
    let mut gathered = Gathered::default();
    for (noted, of) in noted_about(records, deny, person, &stays)?.into_values() {
        if !stays.in_scope(noted.scope, of, stay) {
            continue;
        }
        let retracted: BTreeSet<Option<u8>> = records.retracted(noted.key)?.into_iter().collect();
        gathered.add(&noted, of, &retracted, vocabulary);
    }
    gathered.retracted.sort();
    gathered.uncurated.sort();
    gathered.notes.sort();
    Ok(gathered)
}

impl Gathered {
    fn add(
        &mut self,
        noted: &Noted,
        stay: Option<StayId>,
        retracted: &BTreeSet<Option<u8>>,
        vocabulary: &Vocabulary,
    ) {
        let whole = retracted.contains(&None);
        for (i, statement) in (0_u8..).zip(&noted.statements) {
            let canonical = vocabulary.canonical(&statement.attribute, &statement.value);
            let (known, value) = match canonical {
                Canonical::Known(value) => (true, value.into()),
                Canonical::Open(value) => (true, value.into()),
                Canonical::UnknownValue | Canonical::UnknownAttribute => {
                    (false, statement.value.clone())
                }
            };
            let evidence = noted.evidence(i, value, stay);
            if whole || retracted.contains(&Some(i)) {
                self.retracted.push(evidence);
            } else if known {
                self.evidence
                    .entry(evidence.attribute.clone())
                    .or_default()
                    .push(evidence);
            } else {
                self.uncurated.push(evidence);
            }
        }
        if let Some(text) = noted.note.as_ref().filter(|_| !whole) {
            self.notes.push(Note {
                observed_at: noted.observed_at,
                event: noted.key,
                department: noted.department.clone(),
                property: noted.property.clone(),
                text: text.clone(),
            });
        }
    }
}

impl Noted {
    fn evidence(&self, statement: u8, value: Box<str>, stay: Option<StayId>) -> Evidence {
        let said = &self.statements[usize::from(statement)];
        Evidence {
            id: crate::evidence::EvidenceId {
                event: self.key,
                statement,
            },
            attribute: said.attribute.clone(),
            value,
            polarity: said.polarity,
            source: self.source,
            day: self.observed_at.day(),
            observed_at: self.observed_at,
            stay,
            property: self.property.clone(),
            department: self.department.clone(),
            app: self.app.clone(),
            event_id: self.event_id.clone(),
        }
    }
}

/// Observations by key, each with the stay it was noted in.
type NotedInStay = BTreeMap<EventKey, (Noted, Option<StayId>)>;

/// Every observation that is about `person` as things stand, with the stay it was noted in.
fn noted_about<R: Records>(
    records: &R,
    deny: &DenyList,
    person: &Person,
    stays: &Stays,
) -> Result<NotedInStay, R::Error> {
    let mut about = BTreeMap::new();
    for node in person.nodes.keys() {
        for noted in records.noted_under(&Reference::Node(*node), None)? {
            let stay = match node {
                NodeId::Stay(stay) => Some(*stay),
                NodeId::Profile(_) => stays.at(&noted),
            };
            about.insert(noted.key, (noted, stay));
        }
    }
    for stay in stays.0.values() {
        for time in &stay.occupancy {
            let reference = Reference::Room(stay.property.clone(), time.room.clone());
            let window = Window {
                from: time.from,
                until: time.until,
            };
            for noted in records.noted_under(&reference, Some(window))? {
                let who = records.occupants(&stay.property, &time.room, noted.observed_at)?;
                if who.len() == 1 && who.contains(&stay.id) {
                    about.insert(noted.key, (noted, Some(stay.id)));
                }
            }
        }
    }
    let keys: BTreeSet<_> = person
        .nodes
        .values()
        .flat_map(|f| f.identifiers.iter().map(|(key, _)| *key))
        .collect();
    for key in keys {
        for noted in records.noted_under(&Reference::Identifier(key), None)? {
            let resolution = resolve(records, deny, &noted.references, noted.observed_at)?;
            if matches!(resolution, Resolution::Assigned { node, .. } if person.nodes.contains_key(&node))
            {
                let stay = stays.at(&noted);
                about.insert(noted.key, (noted, stay));
            }
        }
    }
    Ok(about)
}

/// The stays of a person.
struct Stays(BTreeMap<StayId, Arc<Stay>>);

impl Stays {
    fn of<R: Records>(records: &R, person: &Person) -> Result<Self, R::Error> {
        let mut stays = BTreeMap::new();
        for id in person.stays() {
            stays.extend(records.stay(id)?.map(|stay| (id, stay)));
        }
        Ok(Self(stays))
    }

    /// The one stay that was in house at the property when it was noted.
    fn at(&self, noted: &Noted) -> Option<StayId> {
        let mut there = self
            .0
            .values()
            .filter(|s| s.property == noted.property && s.in_house_at(noted.observed_at));
        there
            .next()
            .filter(|_| there.next().is_none())
            .map(|s| s.id)
    }

    fn in_scope(&self, scope: Scope, of: Option<StayId>, stay: Option<StayId>) -> bool {
        match scope {
            Scope::Guest => true,
            Scope::Stay => of.is_some() && of == stay,
            Scope::Party => of.is_some() && (of == stay || self.same_party(of, stay)),
        }
    }

    fn same_party(&self, a: Option<StayId>, b: Option<StayId>) -> bool {
        let party = |id: Option<StayId>| {
            let stay = self.0.get(&id?)?;
            Some((&stay.property, stay.party.as_ref()?))
        };
        party(a).is_some_and(|of| Some(of) == party(b))
    }
}
