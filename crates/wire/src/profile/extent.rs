//! How much of a profile one answer holds. Where there is more, the newest of it is shown and what is left out is
//! counted: an answer is never too large, and never silently a part.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cardex_domain::event::Polarity;
use cardex_domain::evidence::Evidence;
use cardex_domain::ids::AttributeId;
use cardex_domain::profile::{AttributeProfile, Claim, Note, Profile, Verdict};
use cardex_domain::vocabulary::Vocabulary;

use super::{AttributeView, ClaimView, EvidenceView, NoteView, ProfileView};
use crate::identity::IdentityView;

/// How much of a profile is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Claims of all attributes together; of each attribute at least one.
    claims: usize,
    /// Pieces of evidence of all claims together, as many of each as of every other; of each claim at least one.
    evidence: usize,
    /// The most pieces of evidence of one claim.
    evidence_each: usize,
    /// Notes.
    notes: usize,
    /// Statements that the vocabulary has no word for.
    uncurated: usize,
    /// Members, from the first, which names the person.
    members: usize,
    /// Identifiers, and as many profiles of other systems.
    identifiers: usize,
    /// Whether it is told why it is one guest.
    identity: bool,
}

impl Extent {
    /// All of it.
    pub const WHOLE: Self = Self {
        claims: usize::MAX,
        evidence: usize::MAX,
        evidence_each: usize::MAX,
        notes: usize::MAX,
        uncurated: usize::MAX,
        members: usize::MAX,
        identifiers: usize::MAX,
        identity: true,
    };

    /// What an answer about a profile holds: all of it but for guests of whom a great deal is known.
    pub const ANSWER: Self = Self {
        claims: 1_000,
        evidence: 1_000,
        evidence_each: usize::MAX,
        notes: 100,
        uncurated: 100,
        members: 1_000,
        identifiers: 1_000,
        identity: true,
    };

    /// What the playbook reads.
    pub const BOARD: Self = Self {
        claims: 1_000,
        evidence: 1_000,
        evidence_each: cardex_domain::board::EVIDENCE_MAX,
        notes: 0,
        uncurated: 0,
        members: 16,
        identifiers: 16,
        identity: false,
    };

    /// Half of it, for what does not fit into an answer as it is; `None` when less can't be said.
    #[must_use]
    pub fn lessened(self) -> Option<Self> {
        let less = Self {
            claims: (self.claims / 2).max(1),
            evidence: (self.evidence / 2).max(1),
            evidence_each: (self.evidence_each / 2).max(1),
            notes: self.notes / 2,
            uncurated: self.uncurated / 2,
            members: (self.members / 2).max(1),
            identifiers: self.identifiers / 2,
            identity: false,
        };
        (less != self).then_some(less)
    }

    /// The newest notes, in order, and how many more there are.
    pub(super) fn notes<'p>(&self, notes: impl Iterator<Item = &'p Note>) -> (Vec<NoteView>, u32) {
        let (newest, more) = last(notes, self.notes);
        (newest.into_iter().map(NoteView::from).collect(), more)
    }

    /// The newest of what the vocabulary has no word for, in order, and how much more there is.
    pub(super) fn uncurated<'p>(
        &self,
        evidence: impl Iterator<Item = &'p Evidence>,
    ) -> (Vec<EvidenceView>, u32) {
        let mut all: Vec<&Evidence> = evidence.collect();
        let more = all.len().saturating_sub(self.uncurated);
        if more > 0 {
            all.sort_unstable_by_key(|e| Reverse((e.observed_at, e.id)));
            all.truncate(self.uncurated);
            all.sort_unstable();
        }
        (
            all.into_iter().map(EvidenceView::from).collect(),
            count(more),
        )
    }

    /// The view with as many members, identifiers and profiles of other systems as are to be named.
    pub(super) fn identified(&self, mut view: ProfileView) -> ProfileView {
        let guest = &mut view.guest;
        guest.more_members = cut(&mut guest.members, self.members);
        guest.more_identifiers = cut(&mut guest.identifiers, self.identifiers);
        guest.more_profiles = cut(&mut guest.profiles, self.identifiers);
        if !self.identity {
            view.identity = IdentityView::default();
        }
        view
    }
}

/// The claims of a profile that are shown, with the evidence that they name.
pub(super) struct Shown<'p> {
    pub(super) wishes: Vec<AttributeView>,
    pub(super) attributes: Vec<AttributeView>,
    pub(super) evidence: Vec<&'p Evidence>,
}

impl<'p> Shown<'p> {
    pub(super) fn of(
        profile: &'p Profile,
        extent: &Extent,
        sees: impl Fn(&AttributeId) -> bool,
        vocabulary: Option<&Vocabulary>,
    ) -> Self {
        let seen = |part: &'p BTreeMap<AttributeId, AttributeProfile>| {
            part.iter().filter(|(id, _)| sees(id)).collect::<Vec<_>>()
        };
        let (wishes, attributes) = (seen(&profile.wishes), seen(&profile.attributes));
        let all = || wishes.iter().chain(&attributes);
        let claims = all().map(|(_, known)| known.claims.len());
        let claims = share(&claims.collect::<Vec<_>>(), usize::MAX, extent.claims);
        let pieces = all().flat_map(|(_, known)| meaning_most(known, claims));
        let pieces: Vec<usize> = pieces.map(|claim| claim.evidence.len()).collect();
        let pieces = share(&pieces, extent.evidence_each, extent.evidence);
        let mut evidence = Vec::new();
        let mut views = |part: &[(&'p AttributeId, &'p AttributeProfile)]| {
            let of = |(id, known): &(&'p AttributeId, &'p AttributeProfile)| {
                let mut view = AttributeView::named(id, known, vocabulary);
                for claim in meaning_most(known, claims) {
                    let newest = newest(claim, pieces);
                    view.claims
                        .push(ClaimView::of(claim, id, &newest, vocabulary));
                    evidence.extend(newest);
                }
                view.more = count(known.claims.len() - view.claims.len());
                view
            };
            part.iter().map(of).collect::<Vec<_>>()
        };
        Self {
            wishes: views(&wishes),
            attributes: views(&attributes),
            evidence,
        }
    }
}

/// How many of each there may be so that all of these lengths together come to no more than `total`: at least one, at
/// most `each`.
fn share(lengths: &[usize], each: usize, total: usize) -> usize {
    let fits = |n: usize| {
        let sum = lengths
            .iter()
            .fold(0_usize, |sum, length| sum.saturating_add(*length.min(&n)));
        sum <= total
    };
    if fits(each) {
        return each;
    }
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let (mut few, mut many) = (1, longest.min(each));
    while few + 1 < many {
        let middle = usize::midpoint(few, many);
        if fits(middle) {
            few = middle;
        } else {
            many = middle;
        }
    }
    few
}

/// So many claims of an attribute, in value order: those that mean something to staff, then the likeliest.
fn meaning_most(known: &AttributeProfile, max: usize) -> Vec<&Claim> {
    let mut claims: Vec<&Claim> = known.claims.iter().collect();
    if claims.len() > max {
        claims.sort_by_key(|claim| (claim.verdict.is_none(), Reverse(claim.p_ppm)));
        claims.truncate(max);
        claims.sort_by_key(|claim| &claim.value);
    }
    claims
}

/// So many pieces of a claim's evidence, in id order: the newest, and among them one that bears the verdict out.
fn newest(claim: &Claim, max: usize) -> Vec<&Evidence> {
    let mut evidence: Vec<&Evidence> = claim.evidence.iter().collect();
    if evidence.len() <= max {
        return evidence;
    }
    evidence.sort_unstable_by_key(|e| Reverse((e.observed_at, e.id)));
    let side = claim.verdict.map(|verdict| match verdict {
        Verdict::Avoids | Verdict::AvoidHint => Polarity::Against,
        _ => Polarity::For,
    });
    let bearing = evidence.iter().position(|e| Some(e.polarity) == side);
    if let Some(at) = bearing.filter(|at| *at >= max) {
        evidence.swap(at, max - 1);
    }
    evidence.truncate(max);
    evidence.sort_unstable();
    evidence
}

/// The last so many, in order, and how many come before them.
fn last<T>(all: impl Iterator<Item = T>, max: usize) -> (Vec<T>, u32) {
    let mut all: Vec<T> = all.collect();
    let more = all.len().saturating_sub(max);
    all.drain(..more);
    (all, count(more))
}

/// Leaves the first so many, and says how many came behind them.
fn cut<T>(all: &mut Vec<T>, max: usize) -> u32 {
    let more = all.len().saturating_sub(max);
    all.truncate(max);
    count(more)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
