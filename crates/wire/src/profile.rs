//! A profile as it is answered: what the asking department may see of it, or all of it, losslessly, for Cardex's own
//! services.

use std::collections::BTreeMap;

use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId, StayId};
use cardex_domain::profile::{Note, Profile};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::{self, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::v1::{How, Polarity, Purpose};
use crate::guest::GuestView;
use crate::identity::IdentityView;
use crate::text::AsText;
use crate::words::{Kind, Standing, Verdict, View, is_zero};
use extent::Shown;

mod canonical;
mod convert;
mod extent;
mod pages;

pub use canonical::canonical;
pub use extent::Extent;

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
    /// How many more notes there are, all of them older.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_notes: u32,
    /// Whether notes and what is personal are kept back, because the guest wants none kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// What the vocabulary has no word for yet, for those who curate it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncurated: Vec<EvidenceView>,
    /// How many more statements the vocabulary has no word for, all of them older.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_uncurated: u32,
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
    /// How many more values have evidence: what means least to staff is not named here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
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
    /// The live evidence behind it, the newest of it where there is much, in id order.
    pub evidence: Vec<AsText<EvidenceId>>,
    /// How many more pieces of live evidence there are, which are not named here: asking to have it explained gives all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
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
    /// What `department` may see of `profile`, as far as `extent` goes. Cardex's own services see all of it.
    #[must_use]
    pub fn of(
        profile: &Profile,
        vocabulary: &Vocabulary,
        department: &DepartmentId,
        extent: &Extent,
    ) -> Self {
        if department.as_str() == DepartmentId::ENGINE {
            return Self::whole(profile, Some(vocabulary), extent);
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
        let shown = Shown::of(
            profile,
            extent,
            |id| sees(id) == vocabulary::View::Value,
            Some(vocabulary),
        );
        let (notes, more_notes) = extent.notes(profile.notes.iter().filter(reads));
        let (uncurated, more_uncurated) =
            extent.uncurated(profile.uncurated.iter().filter(curates));
        let view = Self {
            guest,
            identity,
            as_of: AsText(profile.as_of),
            property: Some(AsText(profile.property.clone())),
            stay: profile.stay.map(AsText),
            purpose: profile.purpose.map(Into::into),
            wishes: shown.wishes,
            attributes: shown.attributes,
            handling: handling(profile, vocabulary, department),
            notes,
            more_notes,
            withheld,
            uncurated,
            more_uncurated,
            evidence: Vec::new(),
        };
        extent.identified(view)
    }

    /// All of `profile` as far as `extent` goes, with labels where a vocabulary is given.
    #[must_use]
    pub fn whole(profile: &Profile, vocabulary: Option<&Vocabulary>, extent: &Extent) -> Self {
        let mut shown = Shown::of(profile, extent, |_| true, vocabulary);
        shown.evidence.sort();
        let (notes, more_notes) = extent.notes(profile.notes.iter());
        let (uncurated, more_uncurated) = extent.uncurated(profile.uncurated.iter());
        let view = Self {
            wishes: shown.wishes,
            attributes: shown.attributes,
            notes,
            more_notes,
            uncurated,
            more_uncurated,
            evidence: shown.evidence.into_iter().map(EvidenceView::from).collect(),
            ..Self::head(profile)
        };
        extent.identified(view)
    }

    /// Who it is and for what the profile was folded, and nothing of what is known.
    fn head(profile: &Profile) -> Self {
        Self {
            guest: GuestView::of(&profile.members, &profile.guest),
            identity: IdentityView::from(&profile.identity),
            as_of: AsText(profile.as_of),
            property: Some(AsText(profile.property.clone())),
            stay: profile.stay.map(AsText),
            purpose: profile.purpose.map(Into::into),
            wishes: Vec::new(),
            attributes: Vec::new(),
            handling: Vec::new(),
            notes: Vec::new(),
            more_notes: 0,
            withheld: false,
            uncurated: Vec::new(),
            more_uncurated: 0,
            evidence: Vec::new(),
        }
    }

    /// The profile that was answered; `None` when it says not where it serves, or a claim names evidence that is not
    /// here. It is as whole as the answer: see [`Self::is_whole`].
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

#[cfg(test)]
mod tests;
#[cfg(test)]
mod views;
