//! A profile: what a person's evidence adds up to on a day.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{ExternalProfile, Identifier, Name, Particulars, Polarity, Purpose};
use crate::evidence::{Evidence, EvidenceId};
use crate::fold::{self, Base, Piece, Tally, Terms};
use crate::gather::{Gathered, gather};
use crate::identity::{DenyList, Identity, Person, person_of};
use crate::ids::{AttributeId, DepartmentId, EventKey, NodeId, PropertyId, StayId};
use crate::records::Records;
use crate::settings::Settings;
use crate::time::{Day, Moment};
use crate::vocabulary::{Attribute, Kind, Vocabulary};
use crate::wish::fold_wishes;

/// What evidence means to staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The guest wants it.
    Prefers,
    /// It is one of several contenders: ask.
    Ask,
    /// It may be so.
    Hint,
    /// The guest does not want it.
    Avoids,
    /// The guest may not want it.
    AvoidHint,
    /// It concerns the guest's safety: always shown.
    Safety,
    /// It was needed during this stay.
    Need,
}

impl Verdict {
    /// The verdict as it is written on the wire, in playbooks and in vectors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefers => "prefers",
            Self::Ask => "ask",
            Self::Hint => "hint",
            Self::Avoids => "avoids",
            Self::AvoidHint => "avoid_hint",
            Self::Safety => "safety",
            Self::Need => "need",
        }
    }
}

/// For what a profile is folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Occasion {
    /// Where it is to serve; that of the stay takes its place where a stay is given.
    pub property: PropertyId,
    /// The stay whose own wishes and needs count too.
    pub stay: Option<StayId>,
    /// The day.
    pub as_of: Day,
}

/// On what evidence about an attribute is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Basis {
    /// The day.
    pub as_of: Day,
    /// The stay whose needs act.
    pub stay: Option<StayId>,
    /// What the guest comes for in that stay.
    pub purpose: Option<Purpose>,
}

/// Everything known of a person on a day, as one view of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Profile {
    /// The nodes that are this person, in order. The first names the person.
    pub members: Vec<NodeId>,
    /// Why these nodes and no others.
    pub identity: Identity,
    /// Name, language and identifiers.
    pub guest: GuestCard,
    /// The day it was folded for.
    pub as_of: Day,
    /// Where it is to serve: what is bound to other properties is not in it.
    pub property: PropertyId,
    /// The stay it was folded for.
    pub stay: Option<StayId>,
    /// What the guest comes for in that stay: what is known from other trips weighs less.
    pub purpose: Option<Purpose>,
    /// What is wished for that stay alone, by attribute: above what is known, and not part of it.
    pub wishes: BTreeMap<AttributeId, AttributeProfile>,
    /// What is known, by attribute.
    pub attributes: BTreeMap<AttributeId, AttributeProfile>,
    /// What the vocabulary has no word for yet: kept, not folded.
    pub uncurated: Vec<Evidence>,
    /// Notes in free text, with the event each came from.
    pub notes: Vec<Note>,
}

/// Who the person is, from the newest statements of bookings and corrections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct GuestCard {
    /// How the guest is called.
    pub name: Option<Name>,
    /// BCP 47 tag of the guest's language.
    pub language: Option<Box<str>>,
    /// Nationality, as an ISO 3166-1 code.
    pub nationality: Option<Box<str>>,
    /// Birth date, address and company.
    pub particulars: Particulars,
    /// All identifiers of all members, in order.
    pub identifiers: Vec<Identifier>,
    /// Profiles in other systems, in order.
    pub profiles: Vec<ExternalProfile>,
}

/// A free note about a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// When it was noticed.
    pub observed_at: Moment,
    /// The event.
    pub event: EventKey,
    /// By which department.
    pub department: DepartmentId,
    /// Where.
    pub property: PropertyId,
    /// The text.
    pub text: Box<str>,
}

/// What is known about one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttributeProfile {
    /// How the vocabulary folds it.
    pub kind: Kind,
    /// Each value that has evidence, in value order.
    pub claims: Vec<Claim>,
}

/// One value of an attribute with its evidence and what it adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The canonical value.
    pub value: Box<str>,
    /// Weight for it, Q32.
    pub for_q32: u128,
    /// Weight against it, Q32.
    pub against_q32: u128,
    /// Probability in parts per million.
    pub p_ppm: u32,
    /// Confidence in parts per million: of the value when multi-valued, of the whole attribute when single-valued.
    pub confidence_ppm: u32,
    /// What it means to staff, where it means anything.
    pub verdict: Option<Verdict>,
    /// The live evidence behind it, in id order.
    pub evidence: Vec<Evidence>,
}

impl Claim {
    /// The evidence that its verdict rests on.
    pub fn basis(&self) -> impl Iterator<Item = &Evidence> {
        let polarity = match self.verdict {
            Some(Verdict::Avoids | Verdict::AvoidHint) => Polarity::Against,
            _ => Polarity::For,
        };
        self.evidence.iter().filter(move |e| e.polarity == polarity)
    }
}

/// The profile of the person that `node` is part of, for an occasion.
///
/// # Errors
/// When the records can't be read.
pub fn profile_of<R: Records>(
    records: &R,
    settings: &Settings<'_>,
    node: NodeId,
    occasion: &Occasion,
) -> Result<Profile, R::Error> {
    let person = person_of(records, settings.deny, node)?;
    let gathered = gather(records, settings, &person, occasion)?;
    Ok(Profile::of(settings, person, gathered))
}

impl Profile {
    /// What was gathered about a person, folded.
    #[must_use]
    pub fn of(settings: &Settings<'_>, person: Person, gathered: Gathered) -> Self {
        let (basis, vocabulary) = (gathered.basis, settings.vocabulary);
        Self {
            guest: GuestCard::of(&person, settings.deny),
            identity: person.identity,
            members: person.nodes.into_keys().collect(),
            as_of: basis.as_of,
            property: gathered.property,
            stay: basis.stay,
            purpose: basis.purpose,
            wishes: folded(vocabulary, gathered.wishes, |attribute, evidence| {
                fold_wishes(attribute, evidence, &basis)
            }),
            attributes: folded(vocabulary, gathered.evidence, |attribute, evidence| {
                fold_attribute(attribute, evidence, &basis)
            }),
            uncurated: gathered.uncurated,
            notes: gathered.notes,
        }
    }
}

/// Folds each attribute that the vocabulary knows; those of which nothing is left are left out.
fn folded(
    vocabulary: &Vocabulary,
    evidence: BTreeMap<AttributeId, Vec<Evidence>>,
    fold: impl Fn(&Attribute, Vec<Evidence>) -> Vec<Claim>,
) -> BTreeMap<AttributeId, AttributeProfile> {
    let attributes = evidence.into_iter().filter_map(|(id, evidence)| {
        let attribute = vocabulary.attribute(&id)?;
        let (kind, claims) = (attribute.kind, fold(attribute, evidence));
        (!claims.is_empty()).then_some((id, AttributeProfile { kind, claims }))
    });
    attributes.collect()
}

impl Basis {
    /// On what terms evidence about `attribute` is weighed. What concerns safety weighs the same on every trip.
    #[must_use]
    pub fn terms(&self, attribute: &Attribute) -> Terms {
        Terms {
            as_of: self.as_of,
            half_life_days: attribute.half_life_days,
            purpose: self.purpose.filter(|_| attribute.kind != Kind::Safety),
        }
    }

    /// Whether a need that is noticed with this piece acts: it does within its stay.
    pub(crate) fn acts_on(&self, piece: &Piece<'_, EvidenceId, StayId>) -> bool {
        self.stay.is_some() && piece.stay == self.stay
    }
}

/// Folds the evidence about one attribute into what is believed of each of its values, in value order.
#[must_use]
pub fn fold_attribute(attribute: &Attribute, evidence: Vec<Evidence>, basis: &Basis) -> Vec<Claim> {
    fold_on(attribute, evidence, &basis.terms(attribute), |piece| {
        basis.acts_on(piece)
    })
}

/// Folds the evidence about one attribute on terms; a need acts where some of its evidence is `in_stay`.
pub(crate) fn fold_on(
    attribute: &Attribute,
    mut evidence: Vec<Evidence>,
    terms: &Terms,
    in_stay: impl Fn(&Piece<'_, EvidenceId, StayId>) -> bool,
) -> Vec<Claim> {
    evidence.retain(|e| e.day <= terms.as_of);
    evidence.sort();
    let pieces = pieces(&evidence);
    let believed = believed(attribute, &pieces, terms, in_stay);
    let believed: Vec<(Box<str>, Believed)> = believed
        .into_iter()
        .map(|(value, believed)| (value.into(), believed))
        .collect();
    claims(believed, evidence)
}

/// The verdict on one value that the pieces about its attribute come to on terms.
pub(crate) fn verdict_on(
    attribute: &Attribute,
    pieces: &[Piece<'_, EvidenceId, StayId>],
    terms: &Terms,
    in_stay: impl Fn(&Piece<'_, EvidenceId, StayId>) -> bool,
    value: &str,
) -> Option<Verdict> {
    let believed = believed(attribute, pieces, terms, in_stay);
    believed.get(value).and_then(|value| value.verdict)
}

/// What is believed of each value.
fn believed<'a>(
    attribute: &'a Attribute,
    pieces: &[Piece<'a, EvidenceId, StayId>],
    terms: &Terms,
    in_stay: impl Fn(&Piece<'a, EvidenceId, StayId>) -> bool,
) -> BTreeMap<&'a str, Believed> {
    let mut believed: BTreeMap<&str, Believed> = match attribute.kind {
        Kind::Multi | Kind::Need | Kind::Safety => {
            let values = fold::multi(pieces, terms, attribute.base_ppm);
            values
                .into_iter()
                .map(|(value, v)| (value, Believed::from(v)))
                .collect()
        }
        Kind::Single => {
            let table = attribute
                .values
                .iter()
                .map(|v| (v.id.as_ref(), v.base_ppm))
                .collect();
            single_values(&fold::single(pieces, terms, &Base::Closed(table)))
        }
        Kind::SingleOpen => {
            let base = Base::Open(attribute.base_ppm);
            single_values(&fold::single(pieces, terms, &base))
        }
    };
    if !matches!(attribute.kind, Kind::Safety | Kind::Need) {
        return believed;
    }
    if attribute.kind == Kind::Safety {
        // That something does not concern the guest's safety is no advice to keep it away.
        for believed in believed.values_mut() {
            believed.verdict = None;
        }
    }
    let live = pieces.iter().filter(|piece| piece.day <= terms.as_of);
    for piece in live.filter(|piece| piece.polarity == Polarity::For) {
        let Some(believed) = believed.get_mut(piece.value) else {
            continue;
        };
        if attribute.kind == Kind::Safety {
            believed.verdict = Some(Verdict::Safety);
        } else if in_stay(piece) {
            believed.verdict = Some(Verdict::Need);
        }
    }
    believed
}

/// The pieces that the fold reads off a person's evidence.
#[must_use]
pub fn pieces<'e>(
    evidence: impl IntoIterator<Item = &'e Evidence>,
) -> Vec<Piece<'e, EvidenceId, StayId>> {
    evidence
        .into_iter()
        .map(|e| Piece {
            id: e.id,
            day: e.day,
            value: &e.value,
            polarity: e.polarity,
            source: e.source,
            stay: e.stay,
            purpose: e.purpose,
        })
        .collect()
}

/// What the fold says of one value.
struct Believed {
    tally: Tally,
    p_ppm: u32,
    confidence_ppm: u32,
    verdict: Option<Verdict>,
}

impl From<fold::MultiValue> for Believed {
    fn from(v: fold::MultiValue) -> Self {
        let fold::MultiValue {
            tally,
            p_ppm,
            confidence_ppm,
            verdict,
        } = v;
        Self {
            tally,
            p_ppm,
            confidence_ppm,
            verdict,
        }
    }
}

fn single_values<'a>(folded: &fold::Single<'a>) -> BTreeMap<&'a str, Believed> {
    let believed = |value: &str, tally: Tally| Believed {
        tally,
        p_ppm: folded.p_ppm[value],
        confidence_ppm: folded.confidence_ppm,
        verdict: folded.verdicts.get(value).copied(),
    };
    folded
        .own
        .iter()
        .map(|(value, tally)| (*value, believed(value, *tally)))
        .collect()
}

/// What is believed of each value, in value order, with the evidence for it.
fn claims(believed: Vec<(Box<str>, Believed)>, evidence: Vec<Evidence>) -> Vec<Claim> {
    let place = |e: &Evidence| believed.binary_search_by(|(value, _)| (**value).cmp(&e.value));
    let places: Vec<_> = evidence.iter().map(|e| place(e).ok()).collect();
    let mut lengths = vec![0_usize; believed.len()];
    for at in places.iter().flatten() {
        lengths[*at] += 1;
    }
    let mut of_value: Vec<Vec<Evidence>> = lengths.into_iter().map(Vec::with_capacity).collect();
    for (e, at) in evidence.into_iter().zip(places) {
        if let Some(at) = at {
            of_value[at].push(e);
        }
    }
    believed
        .into_iter()
        .zip(of_value)
        .map(|((value, b), evidence)| Claim {
            evidence,
            value,
            for_q32: b.tally.for_q32,
            against_q32: b.tally.against_q32,
            p_ppm: b.p_ppm,
            confidence_ppm: b.confidence_ppm,
            verdict: b.verdict,
        })
        .collect()
}

impl GuestCard {
    /// Who `person` is: of each part, what was said last by any of the nodes. What stands in place of a name that nobody
    /// knew is the name only where there is no other.
    #[must_use]
    pub fn of(person: &Person, deny: &DenyList) -> Self {
        let mut told: Vec<_> = person
            .nodes
            .values()
            .flat_map(|facts| &facts.told)
            .collect();
        told.sort_by_key(|((at, key), _)| std::cmp::Reverse((at.utc_micros, *key)));
        let names = || told.iter().filter_map(|(_, guest)| guest.name.as_ref());
        let real = names().find(|name| !deny.is_placeholder(name));
        let identifiers: BTreeSet<Identifier> = person
            .nodes
            .values()
            .flat_map(|facts| {
                facts
                    .identifiers
                    .iter()
                    .map(|(_, identifier)| identifier.clone())
            })
            .collect();
        let profiles: BTreeSet<ExternalProfile> = told
            .iter()
            .filter_map(|(_, guest)| guest.profile.as_ref().map(|(_, profile)| profile.clone()))
            .collect();
        let mut particulars = Particulars::default();
        for (_, guest) in told.iter().rev() {
            particulars.merge(&guest.particulars);
        }
        Self {
            name: real.or_else(|| names().next()).cloned(),
            language: told.iter().find_map(|(_, guest)| guest.language.clone()),
            nationality: told.iter().find_map(|(_, guest)| guest.nationality.clone()),
            particulars,
            identifiers: identifiers.into_iter().collect(),
            profiles: profiles.into_iter().collect(),
        }
    }
}
