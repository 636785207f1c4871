//! A person's evidence: everything noted under any reference that means this person, and nothing else; as corrections
//! leave it.

mod filed;
mod moved;
mod party;
mod rulings;
mod said;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::event::{Purpose, Reach, Scope, Statement};
use crate::evidence::{Evidence, EvidenceId};
use crate::fact::{CorrectionFact, Noted};
use crate::identity::Person;
use crate::ids::{AttributeId, PropertyId, StayId};
use crate::profile::{Basis, Note, Occasion};
use crate::records::Records;
use crate::settings::Settings;
use crate::stay::Stay;
use crate::vocabulary::{Canonical, Vocabulary};

pub(crate) use filed::{noted_or_restated, places};
pub use moved::strays;
pub use said::{READ_FROM, Read, Said, first_number, read, said};

use filed::{Filed, Standing, filed};
use party::Party;
use rulings::Rulings;

/// What was noted about a person, sorted by what the vocabulary makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Likewise, what a correction keeps from counting here, in the vocabulary's words as far as it has any.
    pub discounted: Vec<Discounted>,
    /// Evidence that was taken back, with its attribute and value as far as the vocabulary knows them.
    pub retracted: Vec<Evidence>,
    /// Evidence for which the vocabulary has no word yet, as it was written.
    pub uncurated: Vec<Evidence>,
    /// Free notes.
    pub notes: Vec<Note>,
}

/// Evidence that a correction keeps from counting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discounted {
    /// The evidence.
    pub evidence: Evidence,
    /// The correction: what is so instead, who says so and why. Where it says that the evidence is somebody else's, it
    /// counts there.
    pub by: Arc<CorrectionFact>,
}

impl Hash for Discounted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A correction is the same wherever its key is.
        (&self.evidence, self.by.key).hash(state);
    }
}

/// Why evidence does not hold on an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// It never leaves the property where it was noticed.
    OtherProperty,
    /// It was for another stay, or its party, alone.
    OtherStay,
    /// It was only read from a note, and the guest wants nothing personal noted.
    NoPersonalNotes,
}

/// Gathers what was noted about `person` that holds for the guest in general, and what holds for the occasion's stay
/// and its party alone.
///
/// # Errors
/// When the records can't be read.
pub fn gather<R: Records>(
    records: &R,
    settings: &Settings<'_>,
    person: &Person,
    occasion: &Occasion,
) -> Result<Gathered, R::Error> {
    let vocabulary = settings.vocabulary;
    let stays = Stays::of(records, person)?;
    let stay = match occasion.stay {
        Some(stay) => records.stay(stay)?,
        None => None,
    };
    let mut gathered = Gathered::on(occasion, stay.as_deref());
    let party = Party::of(records, occasion.stay, stay.as_deref())?;
    let files = filed(records, settings, person, &stays)?;
    let rulings = Rulings::of(&files.corrections, vocabulary);
    let mut words = Words::new(vocabulary);
    for filed in &files.notes {
        let noted = &filed.noted;
        let retracted: BTreeSet<Option<u8>> = records.retracted(noted.key)?.into_iter().collect();
        let told = Told {
            filed,
            party: &party,
            trip: filed.stay.and_then(|of| stays.0.get(&of)?.purpose),
        };
        gathered.add(&told, &retracted, &rulings, &mut words);
    }
    gathered.add_companions(records, settings, &party, (person, &rulings), &mut words)?;
    gathered.leave_out_personal_readings(vocabulary);
    for wished in gathered.wishes.values_mut() {
        wished.sort();
    }
    gathered.left_out.sort();
    gathered
        .discounted
        .sort_by(|a, b| a.evidence.cmp(&b.evidence));
    gathered.retracted.sort();
    gathered.uncurated.sort();
    gathered.notes.sort();
    Ok(gathered)
}

/// An observation with what its stay makes of it.
struct Told<'n> {
    filed: &'n Filed,
    /// The stay for which evidence is gathered, with its companions.
    party: &'n Party,
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
    /// Nothing yet, for an occasion with its stay.
    fn on(occasion: &Occasion, stay: Option<&Stay>) -> Self {
        let property = stay.map(|stay| &stay.property);
        Self {
            property: property.unwrap_or(&occasion.property).clone(),
            basis: Basis {
                as_of: occasion.as_of,
                stay: occasion.stay,
                purpose: stay.and_then(|stay| stay.purpose),
            },
            evidence: BTreeMap::new(),
            wishes: BTreeMap::new(),
            left_out: Vec::new(),
            discounted: Vec::new(),
            retracted: Vec::new(),
            uncurated: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn add(
        &mut self,
        told: &Told<'_>,
        retracted: &BTreeSet<Option<u8>>,
        rulings: &Rulings,
        words: &mut Words<'_>,
    ) {
        let noted = &told.filed.noted;
        let whole = retracted.contains(&None);
        for (said, standing) in told.filed.statements() {
            let meaning = words.of(&said.statement);
            let evidence = told.evidence(&said, meaning);
            let holds = match standing {
                Standing::Here => told.holds(said.scope),
                Standing::Party => told.holds(Scope::Party),
                Standing::NeverHere => continue,
                Standing::Elsewhere(by) => {
                    let by = Arc::clone(by);
                    self.discounted.push(Discounted { evidence, by });
                    continue;
                }
            };
            let left_out = self.left_out(noted, holds, meaning.bound);
            let ruled = rulings.against(&evidence, self.basis.as_of);
            let kept = match holds {
                Holds::InThisStay => &mut self.wishes,
                Holds::Always | Holds::InAnother => &mut self.evidence,
            };
            match (left_out, ruled) {
                _ if whole || retracted.contains(&Some(said.number)) => {
                    self.retracted.push(evidence)
                }
                _ if said.is_rejected() => self.retracted.push(evidence),
                (Some(why), _) => self.left_out.push((why, evidence)),
                (None, Some(by)) => {
                    let by = Arc::clone(by);
                    self.discounted.push(Discounted { evidence, by });
                }
                (None, None) if meaning.known => kept
                    .entry(evidence.attribute.clone())
                    .or_default()
                    .push(evidence),
                (None, None) => self.uncurated.push(evidence),
            }
        }
        let holds = match told.filed.note() {
            Standing::Here => told.holds(noted.scope),
            Standing::Party => told.holds(Scope::Party),
            Standing::Elsewhere(_) | Standing::NeverHere => return,
        };
        let here = self.left_out(noted, holds, Reach::Chain).is_none()
            && noted.observed_at.day() <= self.basis.as_of;
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
    fn left_out(&self, noted: &Noted, holds: Holds, bound: Reach) -> Option<LeftOut> {
        let reach = noted.reach.unwrap_or(bound);
        if holds == Holds::InAnother {
            Some(LeftOut::OtherStay)
        } else if reach == Reach::Property && noted.property != self.property {
            Some(LeftOut::OtherProperty)
        } else {
            None
        }
    }
}

impl Told<'_> {
    /// When it holds, by a scope.
    fn holds(&self, scope: Scope) -> Holds {
        self.party.holds(scope, self.filed.stay)
    }

    fn evidence(&self, said: &Said<'_>, meaning: &Meaning) -> Evidence {
        let noted = &self.filed.noted;
        let statement = &said.statement;
        Evidence {
            id: EvidenceId {
                event: noted.key,
                statement: said.number,
            },
            attribute: meaning.attribute.clone(),
            value: Arc::clone(&meaning.value),
            polarity: statement.polarity,
            source: said.source,
            day: noted.observed_at.day(),
            observed_at: noted.observed_at,
            stay: self.filed.stay,
            purpose: statement.purpose.or(self.trip),
            property: noted.property.clone(),
            department: noted.department.clone(),
            app: noted.app.clone(),
            event_id: Arc::clone(&noted.event_id),
            from_note: said.from_note,
        }
    }
}

/// What the vocabulary makes of words, looked up once each: people say the same few again and again.
struct Words<'v> {
    vocabulary: &'v Vocabulary,
    /// Where in `meanings` that of an attribute's value stands.
    known: HashMap<AttributeId, HashMap<Arc<str>, usize>>,
    meanings: Vec<Meaning>,
}

/// A statement's attribute and value in the vocabulary's words.
struct Meaning {
    attribute: AttributeId,
    /// As it was written where the vocabulary has no word for it.
    value: Arc<str>,
    /// Whether it has one.
    known: bool,
    /// How far it holds where the observation does not say.
    bound: Reach,
}

impl<'v> Words<'v> {
    fn new(vocabulary: &'v Vocabulary) -> Self {
        Self {
            vocabulary,
            known: HashMap::new(),
            meanings: Vec::new(),
        }
    }

    fn of(&mut self, statement: &Statement) -> &Meaning {
        let Statement {
            attribute, value, ..
        } = statement;
        let known = self.known.get(attribute);
        let at = match known.and_then(|values| values.get(value)) {
            Some(at) => *at,
            None => {
                let at = self.meanings.len();
                self.meanings.push(Meaning::of(statement, self.vocabulary));
                let values = self.known.entry(attribute.clone()).or_default();
                values.insert(Arc::clone(value), at);
                at
            }
        };
        &self.meanings[at]
    }
}

impl Meaning {
    fn of(statement: &Statement, vocabulary: &Vocabulary) -> Self {
        let attribute = vocabulary.meant(&statement.attribute);
        let (known, value) = worded(vocabulary, attribute, &statement.value);
        let bound = vocabulary.attribute(attribute).map(|a| a.bound);
        Self {
            attribute: attribute.clone(),
            value: value.into(),
            known,
            bound: bound.unwrap_or(Reach::Chain),
        }
    }
}

/// The value in the vocabulary's own words, or as it was written where it has none, and whether it has.
fn worded(vocabulary: &Vocabulary, attribute: &AttributeId, value: &str) -> (bool, Box<str>) {
    match vocabulary.canonical(attribute, value) {
        Canonical::Known(word) => (true, word.into()),
        Canonical::Open(word) => (true, word.into()),
        Canonical::UnknownValue | Canonical::UnknownAttribute => (false, value.into()),
    }
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
}

#[cfg(test)]
mod tests;
