//! A person's evidence: everything noted under any reference that means this person, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{Purpose, Reach, Scope};
use crate::evidence::Evidence;
use crate::fact::{Noted, Reference};
use crate::identity::{DenyList, Person};
use crate::ids::{AttributeId, EventKey, NodeId, PropertyId, StayId};
use crate::profile::{Basis, Note, Occasion};
use crate::records::{Records, Window};
use crate::resolve::{Resolution, resolve};
use crate::stay::Stay;
use crate::vocabulary::{Canonical, Vocabulary};

/// What was noted about a person, sorted by what the vocabulary makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Where it is to serve.
    pub property: PropertyId,
    /// On what it is to be weighed.
    pub basis: Basis,
    /// Evidence whose attribute and value the vocabulary knows, by attribute, in id order.
    pub evidence: BTreeMap<AttributeId, Vec<Evidence>>,
    /// Likewise, what holds for the stay or its party alone.
    pub wishes: BTreeMap<AttributeId, Vec<Evidence>>,
    /// Likewise, what does not hold on this occasion.
    pub left_out: Vec<(LeftOut, Evidence)>,
    /// Evidence that was taken back, with its attribute and value as far as the vocabulary knows them.
    pub retracted: Vec<Evidence>,
    /// Evidence for which the vocabulary has no word yet, as it was written.
    pub uncurated: Vec<Evidence>,
    /// Free notes.
    pub notes: Vec<Note>,
}

/// Why evidence does not hold on an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// It never leaves the property where it was noticed.
    OtherProperty,
    /// It was for another stay, or its party, alone.
    OtherStay,
}

/// Gathers what was noted about `person` that holds for the guest in general, and what holds for the occasion's stay
/// and its party alone.
///
/// # Errors
/// When the records can't be read.
pub fn gather<R: Records>(
    records: &R,
    deny: &DenyList,
    vocabulary: &Vocabulary,
    person: &Person,
    occasion: &Occasion,
) -> Result<Gathered, R::Error> {
    let stays = Stays::of(records, person)?;
    let mut gathered = Gathered::on(records, occasion)?;
    for (noted, of) in noted_about(records, deny, person, &stays)?.into_values() {
        let retracted: BTreeSet<Option<u8>> = records.retracted(noted.key)?.into_iter().collect();
        let holds = stays.holds(noted.scope, of, occasion.stay);
        let trip = of.and_then(|of| stays.0.get(&of)?.purpose);
        let told = Told {
            noted: &noted,
            of,
            holds,
            trip,
        };
        gathered.add(&told, &retracted, vocabulary);
    }
    gathered.left_out.sort();
    gathered.retracted.sort();
    gathered.uncurated.sort();
    gathered.notes.sort();
    Ok(gathered)
}

/// An observation with what its stay makes of it.
struct Told<'n> {
    noted: &'n Noted,
    /// The stay it was noted in.
    of: Option<StayId>,
    holds: Holds,
    /// What the guest came for in that stay.
    trip: Option<Purpose>,
}

/// When something holds, by its scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Always,
    InThisStay,
    InAnother,
}

impl Gathered {
    /// Nothing yet, for an occasion.
    fn on<R: Records>(records: &R, occasion: &Occasion) -> Result<Self, R::Error> {
        let stay = match occasion.stay {
            Some(stay) => records.stay(stay)?,
            None => None,
        };
        let property = stay.as_ref().map(|stay| &stay.property);
        Ok(Self {
            property: property.unwrap_or(&occasion.property).clone(),
            basis: Basis {
                as_of: occasion.as_of,
                stay: occasion.stay,
                purpose: stay.and_then(|stay| stay.purpose),
            },
            evidence: BTreeMap::new(),
            wishes: BTreeMap::new(),
            left_out: Vec::new(),
            retracted: Vec::new(),
            uncurated: Vec::new(),
            notes: Vec::new(),
        })
    }

    fn add(&mut self, told: &Told<'_>, retracted: &BTreeSet<Option<u8>>, vocabulary: &Vocabulary) {
        let noted = told.noted;
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
            let evidence = told.evidence(i, value);
            let bound = vocabulary.attribute(&statement.attribute).map(|a| a.bound);
            let left_out = self.left_out(told, bound.unwrap_or(Reach::Chain));
            let kept = match told.holds {
                Holds::InThisStay => &mut self.wishes,
                Holds::Always | Holds::InAnother => &mut self.evidence,
            };
            match left_out {
                _ if whole || retracted.contains(&Some(i)) => self.retracted.push(evidence),
                None if known => kept
                    .entry(evidence.attribute.clone())
                    .or_default()
                    .push(evidence),
                None => self.uncurated.push(evidence),
                Some(why) if known => self.left_out.push((why, evidence)),
                Some(_) => {}
            }
        }
        let here = self.left_out(told, Reach::Chain).is_none();
        if let Some(text) = noted.note.as_ref().filter(|_| here && !whole) {
            self.notes.push(Note {
                observed_at: noted.observed_at,
                event: noted.key,
                department: noted.department.clone(),
                property: noted.property.clone(),
                text: text.clone(),
            });
        }
    }

    /// Why what was told does not hold on this occasion, if it does not; `bound` where it does not say its reach itself.
    fn left_out(&self, told: &Told<'_>, bound: Reach) -> Option<LeftOut> {
        let reach = told.noted.reach.unwrap_or(bound);
        if told.holds == Holds::InAnother {
            Some(LeftOut::OtherStay)
        } else if reach == Reach::Property && told.noted.property != self.property {
            Some(LeftOut::OtherProperty)
        } else {
            None
        }
    }
}

impl Told<'_> {
    fn evidence(&self, statement: u8, value: Box<str>) -> Evidence {
        let noted = self.noted;
        let said = &noted.statements[usize::from(statement)];
        Evidence {
            id: crate::evidence::EvidenceId {
                event: noted.key,
                statement,
            },
            attribute: said.attribute.clone(),
            value,
            polarity: said.polarity,
            source: noted.source,
            day: noted.observed_at.day(),
            observed_at: noted.observed_at,
            stay: self.of,
            purpose: said.purpose.or(self.trip),
            property: noted.property.clone(),
            department: noted.department.clone(),
            app: noted.app.clone(),
            event_id: noted.event_id.clone(),
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

    /// When something of that scope holds that was noted in the stay `of`, seen from `stay`.
    fn holds(&self, scope: Scope, of: Option<StayId>, stay: Option<StayId>) -> Holds {
        let here = match scope {
            Scope::Guest => return Holds::Always,
            Scope::Stay => of == stay,
            Scope::Party => of == stay || self.same_party(of, stay),
        };
        if of.is_some() && here {
            Holds::InThisStay
        } else {
            Holds::InAnother
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
