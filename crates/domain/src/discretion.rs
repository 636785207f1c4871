//! What a guest asked not to have told, shown or kept: attributes of the privacy group that act on what everybody sees.
//!
//! One observation is enough, and it acts until it is taken back. An attribute that a hotel's own vocabulary does not
//! have asks for nothing.

use std::collections::BTreeSet;

use crate::event::{Name, Particulars, Polarity, Statement};
use crate::evidence::Evidence;
use crate::gather::{Gathered, LeftOut};
use crate::identity::{has_words, words};
use crate::ids::{AttributeId, DepartmentId};
use crate::profile::{Basis, Claim, GuestCard, Profile, Verdict, fold_attribute};
use crate::vocabulary::{Attribute, Kind, Sensitivity, Vocabulary};
use crate::wish::fold_wishes;

/// Nobody is to be told that the guest is here.
pub const NO_INFORMATION: &str = "privacy.no_information";
/// The guest goes by another name.
pub const INCOGNITO: &str = "privacy.incognito";
/// The name that a guest goes by who is incognito.
pub const ALIAS: &str = "privacy.alias";
/// Nothing personal is to be kept of the guest.
pub const NO_PERSONAL_NOTES: &str = "privacy.no_personal_notes";

/// The group of attributes by which guests ask to be left in peace.
const PRIVACY_GROUP: &str = "privacy";
/// The group of attributes that serve to please and never to serve what is needed.
const INTEREST_GROUP: &str = "interest";

/// What a guest asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discretion {
    /// Nobody is to be told that the guest is here.
    pub no_information: bool,
    /// The guest goes by another name.
    pub incognito: bool,
    /// That name, where it is known.
    pub alias: Option<Name>,
    /// Nothing personal is to be shown or prompted.
    pub no_personal_notes: bool,
}

/// The name that a statement says a guest goes by.
#[must_use]
pub fn alias_of(statement: &Statement) -> Option<&str> {
    let says = statement.attribute.as_str() == ALIAS && statement.polarity == Polarity::For;
    says.then_some(&*statement.value)
}

impl Discretion {
    /// Whether the guest goes by a name that has all of these words, or words that begin with them.
    #[must_use]
    pub fn goes_by(&self, wanted: &BTreeSet<String>) -> bool {
        let alias = self.alias.as_ref().filter(|_| self.incognito);
        alias.is_some_and(|alias| has_words(&words(alias), wanted))
    }

    /// Adds what the guest asked for on another occasion.
    pub fn join(&mut self, other: Self) {
        self.no_information |= other.no_information;
        self.incognito |= other.incognito;
        self.alias = other.alias.or_else(|| self.alias.take());
        self.no_personal_notes |= other.no_personal_notes;
    }

    /// Who the guest is to `department`: the name, the particulars and what identifies the guest are guest relations'
    /// alone where the guest is incognito.
    #[must_use]
    pub fn card(&self, card: &GuestCard, department: &DepartmentId) -> GuestCard {
        let mut card = card.clone();
        if self.hides_name_from(department) {
            card.name.clone_from(&self.alias);
            card.particulars = Particulars::default();
            card.identifiers.clear();
        }
        card
    }

    /// Whether `department` is to see the alias in place of the name.
    #[must_use]
    pub fn hides_name_from(&self, department: &DepartmentId) -> bool {
        self.incognito && !is_trusted(department)
    }

    /// Whether what is personal is kept from `department`.
    #[must_use]
    pub fn hides_personal_from(&self, department: &DepartmentId) -> bool {
        self.no_personal_notes && !is_trusted(department)
    }
}

/// Guest relations, who look after what guests asked for.
fn is_trusted(department: &DepartmentId) -> bool {
    department.as_str() == DepartmentId::GUEST_RELATIONS
}

impl Profile {
    /// What the guest asked for, in general or for the stay.
    #[must_use]
    pub fn discretion(&self) -> Discretion {
        Discretion {
            no_information: self.asks_for(NO_INFORMATION),
            incognito: self.asks_for_for_certain(INCOGNITO),
            alias: self.alias(),
            no_personal_notes: self.asks_for(NO_PERSONAL_NOTES),
        }
    }

    /// The profile without notes and what is personal: what concerns safety, needs of the stay and what the guest asked
    /// for in this stay remain, for without them nobody could be served.
    #[must_use]
    pub fn without_personal(&self, vocabulary: &Vocabulary) -> Self {
        let mut profile = self.clone();
        profile.notes.clear();
        profile.uncurated.clear();
        let is_personal =
            |id: &AttributeId| vocabulary.attribute(id).is_none_or(Attribute::is_personal);
        profile.attributes.retain(|id, known| {
            if is_personal(id) {
                let needed = |claim: &Claim| claim.verdict == Some(Verdict::Need);
                known.claims.retain(needed);
            }
            !known.claims.is_empty()
        });
        profile.wishes.retain(|id, known| {
            if is_personal(id) {
                known.claims.retain(|claim| {
                    matches!(claim.verdict, Some(Verdict::Need | Verdict::Prefers))
                });
            }
            !known.claims.is_empty()
        });
        profile
    }

    fn asks_for(&self, attribute: &str) -> bool {
        self.told(attribute).any(Claim::asks)
    }

    /// Likewise, and not only because a note seems to say so: `VIP` in a note hides nobody's name.
    fn asks_for_for_certain(&self, attribute: &str) -> bool {
        let certain = |claim: &&Claim| {
            let mut evidence = claim.evidence.iter();
            evidence.any(|e| e.polarity == Polarity::For && !e.is_only_read())
        };
        self.told(attribute).filter(certain).any(Claim::asks)
    }

    /// The name given last.
    fn alias(&self) -> Option<Name> {
        let given = self.told(ALIAS).flat_map(|claim| &claim.evidence);
        let last = given
            .filter(|e| e.polarity == Polarity::For)
            .max_by_key(|e| (e.observed_at.utc_micros, e.id))?;
        Some(Name {
            full: Some((*last.value).into()),
            ..Name::default()
        })
    }

    /// What is wished and known of an attribute.
    fn told(&self, attribute: &str) -> impl Iterator<Item = &Claim> {
        let id = AttributeId::new(attribute).expect("the names above are attributes'");
        let parts = [self.wishes.get(&id), self.attributes.get(&id)];
        parts.into_iter().flatten().flat_map(|known| &known.claims)
    }
}

impl Claim {
    /// Whether the guest asks for it.
    fn asks(&self) -> bool {
        matches!(
            self.verdict,
            Some(Verdict::Safety | Verdict::Prefers | Verdict::Need)
        )
    }
}

impl Evidence {
    /// Whether it is told to companions of a guest who wants nothing personal noted.
    pub(crate) fn is_told_all_the_same(&self, vocabulary: &Vocabulary) -> bool {
        let attribute = vocabulary.attribute(&self.attribute);
        attribute.is_some_and(|a| a.serves() || (!a.is_personal() && !self.is_only_read()))
    }
}

impl Gathered {
    /// Of a guest who wants nothing personal noted, in general or in this stay, leaves out what was only read from
    /// notes, but for what concerns safety and what the guest asked for.
    pub(crate) fn leave_out_personal_readings(&mut self, vocabulary: &Vocabulary) {
        let id = no_personal_notes();
        let known = self.evidence.get(&id).cloned().unwrap_or_default();
        let wished = self.wishes.get(&id).cloned().unwrap_or_default();
        if !wants_no_notes(vocabulary, (known, wished), &self.basis) {
            return;
        }
        let serves = |id: &AttributeId| vocabulary.attribute(id).is_some_and(Attribute::serves);
        for part in [&mut self.evidence, &mut self.wishes] {
            for (_, evidence) in part.iter_mut().filter(|(id, _)| !serves(id)) {
                let read = evidence.extract_if(.., |e| e.is_only_read());
                let why = LeftOut::NoPersonalNotes;
                self.left_out.extend(read.map(|evidence| (why, evidence)));
            }
            part.retain(|_, evidence| !evidence.is_empty());
        }
    }
}

/// The attribute by which a guest wants nothing personal noted.
pub(crate) fn no_personal_notes() -> AttributeId {
    AttributeId::new(NO_PERSONAL_NOTES).expect("the name above is an attribute's")
}

/// Whether a guest wants nothing personal noted, by all that is known and wished of [`no_personal_notes`].
pub(crate) fn wants_no_notes(
    vocabulary: &Vocabulary,
    (known, wished): (Vec<Evidence>, Vec<Evidence>),
    basis: &Basis,
) -> bool {
    let Some(attribute) = vocabulary.attribute(&no_personal_notes()) else {
        return false;
    };
    let known = fold_attribute(attribute, known, basis);
    let wished = fold_wishes(attribute, wished, basis);
    known.iter().chain(&wished).any(Claim::asks)
}

impl Attribute {
    /// Whether it is about the person rather than about the service: personal, of the body, or an interest. What
    /// concerns safety and what guests ask for their privacy is not.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        let delicate = matches!(
            self.sensitivity,
            Sensitivity::Personal | Sensitivity::Health
        );
        !self.serves() && (delicate || &*self.group == INTEREST_GROUP)
    }

    /// Whether guests ask by it to be left in peace.
    #[must_use]
    pub fn is_of_privacy(&self) -> bool {
        &*self.group == PRIVACY_GROUP
    }

    /// Whether guests ask by it for what is done at once and for all. A plain yes means its first value.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.is_of_privacy() && self.kind == Kind::Safety
    }

    /// Whether nobody could be served without it: it concerns safety, or what guests ask for their privacy.
    fn serves(&self) -> bool {
        self.kind == Kind::Safety || self.is_of_privacy()
    }
}

#[cfg(test)]
mod tests;
