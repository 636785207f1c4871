//! What a guest wants for one stay alone: above the profile for that stay, never part of it, and gone with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{Polarity, Source};
use crate::evidence::{Evidence, EvidenceId};
use crate::fold::Terms;
use crate::ids::AttributeId;
use crate::profile::{AttributeProfile, Basis, Claim, Profile, Verdict, fold_on};
use crate::vocabulary::{Attribute, Kind};

/// Folds what was noted for one stay alone about one attribute, in value order.
///
/// Wishes do not fade before their stay ends, and what the trip is for makes no difference. Of a single-valued attribute
/// the newest stated wish that was not taken back by a later statement stands, and no other; where nothing was stated,
/// and of all other attributes, the evidence of the stay adds up as a profile of its own would.
#[must_use]
pub fn fold_wishes(attribute: &Attribute, evidence: Vec<Evidence>, basis: &Basis) -> Vec<Claim> {
    let terms = basis.wish_terms();
    let standing = match attribute.kind {
        Kind::Single | Kind::SingleOpen => newest_stated(&evidence, basis),
        Kind::Multi | Kind::Need | Kind::Safety => None,
    };
    let Some(value) = standing else {
        return fold_on(attribute, evidence, &terms, |_| true);
    };
    let of_it = evidence.into_iter().filter(|e| e.value == value).collect();
    let mut claims = fold_on(attribute, of_it, &terms, |_| true);
    for claim in &mut claims {
        claim.verdict = Some(Verdict::Prefers);
    }
    claims
}

impl Basis {
    /// On what terms wishes are weighed: they last as long as their stay, whatever the trip is for.
    #[must_use]
    pub fn wish_terms(&self) -> Terms {
        Terms {
            as_of: self.as_of,
            half_life_days: 0,
            purpose: None,
        }
    }
}

/// The value stated last, unless it was stated later that it is not wanted.
fn newest_stated(evidence: &[Evidence], basis: &Basis) -> Option<Arc<str>> {
    let stated = |polarity| {
        evidence.iter().filter(move |e| {
            e.source == Source::Stated && e.polarity == polarity && e.day <= basis.as_of
        })
    };
    let mut taken_back: BTreeMap<&str, _> = BTreeMap::new();
    for against in stated(Polarity::Against) {
        let last = taken_back.entry(&*against.value).or_insert(said(against));
        *last = said(against).max(*last);
    }
    let stands = |wish: &&Evidence| {
        let against = taken_back.get(&*wish.value);
        against.is_none_or(|against| *against < said(wish))
    };
    stated(Polarity::For)
        .filter(stands)
        .max_by_key(|wish| said(wish))
        .map(|wish| wish.value.clone())
}

fn said(evidence: &Evidence) -> (i64, EvidenceId) {
    (evidence.observed_at.utc_micros, evidence.id)
}

/// A claim that counts in a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// Whether it holds for this stay alone.
    pub is_wish: bool,
}

impl Profile {
    /// What counts of an attribute in the stay, wishes first, and how it adds up; `None` when nothing is known of it.
    ///
    /// A wish takes the place of what is known of its value, and one that stands takes the place of the whole of a
    /// single-valued attribute. One that says no more than is known anyway takes the place of nothing.
    #[must_use]
    pub fn standing(&self, attribute: &AttributeId) -> Option<(Kind, Vec<Standing<'_>>)> {
        let known = self.attributes.get(attribute);
        let wishes = self.wishes.get(attribute);
        let kind = wishes.or(known)?.kind;
        let (wishes, known) = (claims(wishes), claims(known));
        Some((kind, standing(kind, wishes, known)))
    }
}

fn claims(of: Option<&AttributeProfile>) -> &[Claim] {
    of.map_or(&[], |of| &of.claims)
}

fn standing<'a>(kind: Kind, wishes: &'a [Claim], known: &'a [Claim]) -> Vec<Standing<'a>> {
    let same = |claim: &Claim, among: &'a [Claim]| among.iter().find(|c| c.value == claim.value);
    let says_more = |wish: &&Claim| {
        wish.verdict.is_some() && same(wish, known).is_none_or(|k| k.verdict != wish.verdict)
    };
    let decided = wishes.iter().find(|w| w.verdict == Some(Verdict::Prefers));
    if let (Kind::Single | Kind::SingleOpen, Some(wish)) = (kind, decided) {
        let (claim, is_wish) = match same(wish, known).filter(|_| !says_more(&wish)) {
            Some(known) => (known, false),
            None => (wish, true),
        };
        return vec![Standing { claim, is_wish }];
    }
    let above = wishes.iter().filter(says_more);
    let below = known
        .iter()
        .filter(|k| !same(k, wishes).is_some_and(|wish| says_more(&wish)));
    let wish = |claim| Standing {
        claim,
        is_wish: true,
    };
    let below = below.map(|claim| Standing {
        claim,
        is_wish: false,
    });
    above.map(wish).chain(below).collect()
}

#[cfg(test)]
mod tests;
