//! A profile as it is answered: what the asking department may see of it, or all of it, losslessly, for Cardex's own
//! services.

use std::collections::BTreeMap;

use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId, StayId};
use cardex_domain::note::{FromNote, Span};
use cardex_domain::profile::{AttributeProfile, Claim, Note, Profile};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::{self, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::v1::{How, Polarity, Purpose};
use crate::guest::GuestView;
use crate::identity::IdentityView;
use crate::text::AsText;
use crate::words::{Kind, Standing, Verdict, View};

mod canonical;

pub use canonical::canonical;

/// Departments that are told what identifies a guest and read every note, beside Cardex's own services. The others
/// read the notes they wrote: what is in free text, the vocabulary can't keep from anybody.
const CARD_KEEPERS: [&str; 2] = ["front_desk", "guest_relations"];

/// Whether `department` is told what identifies a guest.
#[must_use]
pub fn reads_identifiers(department: &DepartmentId) -> bool {
    let name = department.as_str();
    name == DepartmentId::ENGINE || CARD_KEEPERS.contains(&name)
}

/// Whether `department` may read a note that `writer` wrote.
#[must_use]
pub fn reads_notes(department: &DepartmentId, writer: &DepartmentId) -> bool {
    reads_identifiers(department) || department == writer
}

/// What is known of a guest on a day, as far as the department that asked may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileView {
    /// Who it is.
    pub guest: GuestView,
    /// What makes the members one guest, for departments that keep guests' cards.
    #[serde(default, skip_serializing_if = "IdentityView::is_empty")]
    pub identity: IdentityView,
    /// The day it was folded for.
    pub as_of: AsText<Day>,
    /// Where it is to serve: what is bound to other properties is not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<AsText<PropertyId>>,
    /// The stay it was folded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// What the guest comes for in that stay: what is known from other trips weighs less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// What is wished for that stay alone, as far as the department sees it as a value: above the attributes, and not in
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<AttributeView>,
    /// What the department sees as a value, in order of attributes.
    pub attributes: Vec<AttributeView>,
    /// What the department is told to do without being told why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handling: Vec<HandlingView>,
    /// Notes in free text: the department's own, and for front desk and guest relations everybody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteView>,
    /// Whether notes and what is personal are kept back, because the guest wants none kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// What the vocabulary has no word for yet, for those who curate it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncurated: Vec<EvidenceView>,
    /// The evidence that claims name, for Cardex's own services alone; others ask to have it explained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceView>,
}

/// What is known about one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeView {
    /// The attribute.
    pub attribute: AsText<AttributeId>,
    /// What it belongs to: `room`, `dining`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelView>,
    /// How much of it is shown: always the value.
    pub view: View,
    /// How evidence about it adds up.
    pub kind: Kind,
    /// Each value that has evidence, in value order.
    pub claims: Vec<ClaimView>,
}

/// One value of an attribute and what its evidence adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimView {
    /// The vocabulary's word for it.
    pub value: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelView>,
    /// What it means to staff, where it means anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Probability in parts per million.
    pub p_ppm: u32,
    /// Confidence in parts per million.
    pub confidence_ppm: u32,
    /// Weight for it in 2⁻³², as a decimal text: it may exceed what JSON readers hold exactly.
    pub for_q32: Decimal,
    /// Weight against it, likewise.
    pub against_q32: Decimal,
    /// The live evidence behind it, in id order.
    pub evidence: Vec<AsText<EvidenceId>>,
}

/// A text in the languages that staff read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelView {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// What to do about something, without what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandlingView {
    /// What it belongs to.
    pub group: String,
    /// What to do.
    pub text: LabelView,
}

/// A free note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteView {
    /// When it was noticed.
    pub observed_at: AsText<Moment>,
    /// The event.
    pub event: AsText<EventKey>,
    /// By which department.
    pub department: AsText<DepartmentId>,
    /// Where.
    pub property: AsText<PropertyId>,
    /// The text.
    pub text: String,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    /// Which statement of which event.
    pub id: AsText<EvidenceId>,
    /// About what.
    pub attribute: AsText<AttributeId>,
    /// Which value.
    pub value: String,
    /// For or against.
    pub polarity: Polarity,
    /// How it is known.
    pub how: How,
    /// When it was noticed; the date written here is its day.
    pub observed_at: AsText<Moment>,
    /// The stay in which it was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<AsText<StayId>>,
    /// On what kind of trip it holds: as it was said, else that of the stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Where.
    pub property: AsText<PropertyId>,
    /// By which department.
    pub department: AsText<DepartmentId>,
    /// Through which app.
    pub app: AsText<AppId>,
    /// The publisher's id of the event.
    pub event_id: String,
    /// How it was read, where it was not stated but read from the free note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_note: Option<FromNoteView>,
}

/// How a piece of evidence was read from a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FromNoteView {
    /// What people say of it.
    pub standing: Standing,
    /// The words that it rests on, in bytes of the note; absent when it is no longer read so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanView>,
}

/// A part of a text, in bytes of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpanView {
    /// The first byte.
    pub from: usize,
    /// The byte after the last.
    pub to: usize,
}

/// A whole number written as a decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub u128);

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("must be a decimal number"))
    }
}

impl JsonSchema for Decimal {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,39}$" })
    }
}

impl From<&vocabulary::Label> for LabelView {
    fn from(label: &vocabulary::Label) -> Self {
        Self {
            en: label.en.to_string(),
            zh: label.zh.to_string(),
        }
    }
}

impl ProfileView {
    /// What `department` may see of `profile`. Cardex's own services see all of it.
    #[must_use]
    pub fn of(profile: &Profile, vocabulary: &Vocabulary, department: &DepartmentId) -> Self {
        if department.as_str() == DepartmentId::ENGINE {
            return Self::whole(profile, Some(vocabulary));
        }
        let discretion = profile.discretion();
        let withheld = discretion.hides_personal_from(department);
        let profile = match withheld {
            true => &profile.without_personal(vocabulary),
            false => profile,
        };
        let sees = |attribute: &AttributeId| vocabulary.view(attribute, department);
        let (members, card) = (&profile.members, &profile.guest);
        let guest = GuestView::seen_by(department, members, card, (&discretion, vocabulary));
        let identity = match reads_identifiers(department) {
            true if !discretion.hides_name_from(department) => {
                IdentityView::from(&profile.identity)
            }
            _ => IdentityView::default(),
        };
        let reads = |note: &&Note| {
            reads_notes(department, &note.department) && !vocabulary.betrays(&note.text, department)
        };
        let curates = |e: &&Evidence| sees(&e.attribute) == vocabulary::View::Value;
        let shown = |of: &BTreeMap<AttributeId, AttributeProfile>| {
            of.iter()
                .filter(|(id, _)| sees(id) == vocabulary::View::Value)
                .map(|(id, known)| AttributeView::of(id, known, Some(vocabulary)))
                .collect()
        };
        Self {
            guest,
            identity,
            as_of: AsText(profile.as_of),
            property: Some(AsText(profile.property.clone())),
            stay: profile.stay.map(AsText),
            purpose: profile.purpose.map(Into::into),
            wishes: shown(&profile.wishes),
            attributes: shown(&profile.attributes),
            handling: handling(profile, vocabulary, department),
            notes: profile
                .notes
                .iter()
                .filter(reads)
                .map(NoteView::from)
                .collect(),
            withheld,
            uncurated: profile
                .uncurated
                .iter()
                .filter(curates)
                .map(EvidenceView::from)
                .collect(),
            evidence: Vec::new(),
        }
    }

    /// All of `profile`, with labels where a vocabulary is given.
    #[must_use]
    pub fn whole(profile: &Profile, vocabulary: Option<&Vocabulary>) -> Self {
        let parts = [&profile.wishes, &profile.attributes];
        let claims = parts
            .iter()
            .flat_map(|part| part.values())
            .flat_map(|a| &a.claims);
        let mut evidence: Vec<&Evidence> = claims.flat_map(|claim| &claim.evidence).collect();
        evidence.sort();
        let all = |of: &BTreeMap<AttributeId, AttributeProfile>| {
            of.iter()
                .map(|(id, known)| AttributeView::of(id, known, vocabulary))
                .collect()
        };
        Self {
            guest: GuestView::of(&profile.members, &profile.guest),
            identity: IdentityView::from(&profile.identity),
            as_of: AsText(profile.as_of),
            property: Some(AsText(profile.property.clone())),
            stay: profile.stay.map(AsText),
            purpose: profile.purpose.map(Into::into),
            wishes: all(&profile.wishes),
            attributes: all(&profile.attributes),
            handling: Vec::new(),
            notes: profile.notes.iter().map(NoteView::from).collect(),
            withheld: false,
            uncurated: profile.uncurated.iter().map(EvidenceView::from).collect(),
            evidence: evidence.into_iter().map(EvidenceView::from).collect(),
        }
    }

    /// The profile that was answered whole; `None` when it says not where it serves, or a claim names evidence that is
    /// not here.
    #[must_use]
    pub fn to_profile(&self) -> Option<Profile> {
        let evidence: BTreeMap<EvidenceId, &EvidenceView> =
            self.evidence.iter().map(|e| (e.id.0, e)).collect();
        let claims = |of: &[AttributeView]| -> Option<BTreeMap<_, _>> {
            of.iter().map(|a| a.to_profile(&evidence)).collect()
        };
        Some(Profile {
            members: self.guest.members.iter().map(|member| member.0).collect(),
            guest: self.guest.to_card(),
            identity: self.identity.to_identity()?,
            as_of: self.as_of.0,
            property: self.property.as_ref()?.0.clone(),
            stay: self.stay.map(|stay| stay.0),
            purpose: self.purpose.map(Into::into),
            wishes: claims(&self.wishes)?,
            attributes: claims(&self.attributes)?,
            uncurated: self.uncurated.iter().map(Evidence::from).collect(),
            notes: self.notes.iter().map(Note::from).collect(),
        })
    }
}

/// What `department` is to do about what it may not see, once for each text.
fn handling(
    profile: &Profile,
    vocabulary: &Vocabulary,
    department: &DepartmentId,
) -> Vec<HandlingView> {
    let mut handling: Vec<HandlingView> = Vec::new();
    for (id, known) in profile.wishes.iter().chain(&profile.attributes) {
        let acts = known.claims.iter().any(|claim| claim.verdict.is_some());
        if !acts || vocabulary.view(id, department) != vocabulary::View::Handling {
            continue;
        }
        let attribute = vocabulary.attribute(id);
        if let Some((group, text)) = attribute.and_then(|a| Some((&a.group, a.handling.as_ref()?)))
        {
            let view = HandlingView {
                group: group.to_string(),
                text: text.into(),
            };
            if !handling.contains(&view) {
                handling.push(view);
            }
        }
    }
    handling
}

impl AttributeView {
    fn of(id: &AttributeId, known: &AttributeProfile, vocabulary: Option<&Vocabulary>) -> Self {
        let attribute = vocabulary.and_then(|v| v.attribute(id));
        let label = |value: &str| attribute?.value(value).map(|v| LabelView::from(&v.label));
        Self {
            attribute: AsText(id.clone()),
            group: attribute.map(|a| a.group.to_string()),
            label: attribute.map(|a| LabelView::from(&a.label)),
            view: View::Value,
            kind: known.kind.into(),
            claims: known
                .claims
                .iter()
                .map(|claim| ClaimView {
                    value: claim.value.to_string(),
                    label: label(&claim.value),
                    verdict: claim.verdict.map(Verdict::from),
                    p_ppm: claim.p_ppm,
                    confidence_ppm: claim.confidence_ppm,
                    for_q32: Decimal(claim.for_q32),
                    against_q32: Decimal(claim.against_q32),
                    evidence: claim.evidence.iter().map(|e| AsText(e.id)).collect(),
                })
                .collect(),
        }
    }
}

impl AttributeView {
    fn to_profile(
        &self,
        evidence: &BTreeMap<EvidenceId, &EvidenceView>,
    ) -> Option<(AttributeId, AttributeProfile)> {
        let claims = self.claims.iter().map(|claim| claim.to_claim(evidence));
        let (kind, claims) = (self.kind.into(), claims.collect::<Option<_>>()?);
        Some((self.attribute.0.clone(), AttributeProfile { kind, claims }))
    }
}

impl ClaimView {
    fn to_claim(&self, evidence: &BTreeMap<EvidenceId, &EvidenceView>) -> Option<Claim> {
        Some(Claim {
            value: self.value.as_str().into(),
            for_q32: self.for_q32.0,
            against_q32: self.against_q32.0,
            p_ppm: self.p_ppm,
            confidence_ppm: self.confidence_ppm,
            verdict: self.verdict.map(Into::into),
            evidence: self
                .evidence
                .iter()
                .map(|id| evidence.get(&id.0).map(|e| Evidence::from(*e)))
                .collect::<Option<_>>()?,
        })
    }
}

impl From<&Note> for NoteView {
    fn from(note: &Note) -> Self {
        Self {
            observed_at: AsText(note.observed_at),
            event: AsText(note.event),
            department: AsText(note.department.clone()),
            property: AsText(note.property.clone()),
            text: note.text.to_string(),
        }
    }
}

impl From<&NoteView> for Note {
    fn from(note: &NoteView) -> Self {
        Self {
            observed_at: note.observed_at.0,
            event: note.event.0,
            department: note.department.0.clone(),
            property: note.property.0.clone(),
            text: note.text.as_str().into(),
        }
    }
}

impl From<&Evidence> for EvidenceView {
    fn from(evidence: &Evidence) -> Self {
        Self {
            id: AsText(evidence.id),
            attribute: AsText(evidence.attribute.clone()),
            value: evidence.value.to_string(),
            polarity: evidence.polarity.into(),
            how: evidence.source.into(),
            observed_at: AsText(evidence.observed_at),
            stay: evidence.stay.map(AsText),
            purpose: evidence.purpose.map(Into::into),
            property: AsText(evidence.property.clone()),
            department: AsText(evidence.department.clone()),
            app: AsText(evidence.app.clone()),
            event_id: evidence.event_id.to_string(),
            from_note: evidence.from_note.map(Into::into),
        }
    }
}

impl From<FromNote> for FromNoteView {
    fn from(note: FromNote) -> Self {
        Self {
            standing: note.standing.into(),
            span: note.span.map(SpanView::from),
        }
    }
}

impl From<FromNoteView> for FromNote {
    fn from(view: FromNoteView) -> Self {
        Self {
            span: view.span.map(|span| Span {
                start: span.from,
                end: span.to,
            }),
            standing: view.standing.into(),
        }
    }
}

impl From<Span> for SpanView {
    fn from(Span { start, end }: Span) -> Self {
        Self {
            from: start,
            to: end,
        }
    }
}

impl From<&EvidenceView> for Evidence {
    fn from(view: &EvidenceView) -> Self {
        Self {
            id: view.id.0,
            attribute: view.attribute.0.clone(),
            value: view.value.as_str().into(),
            polarity: view.polarity.into(),
            source: view.how.into(),
            day: view.observed_at.day(),
            observed_at: view.observed_at.0,
            stay: view.stay.map(|stay| stay.0),
            purpose: view.purpose.map(Into::into),
            property: view.property.0.clone(),
            department: view.department.0.clone(),
            app: view.app.0.clone(),
            event_id: view.event_id.as_str().into(),
            from_note: view.from_note.map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod views;
