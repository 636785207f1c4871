//! Everything that was noted of a guest, by the claim it is about, with what each piece counts for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::fold::{self, Terms};
use cardex_domain::gather::{Discounted, LeftOut};
use cardex_domain::ids::AttributeId;
use cardex_domain::profile::{AttributeProfile, Basis, Claim, pieces};
use cardex_domain::time::Day;
use cardex_domain::vocabulary::{Attribute, Vocabulary};
use cardex_wire::query::{EvidenceState, Lessening};

use crate::profiles::Account;

/// What was noted of a guest.
pub(super) struct Told<'g> {
    /// On what it is weighed.
    pub(super) basis: &'g Basis,
    /// About attributes that the vocabulary knows, in order.
    pub(super) attributes: BTreeMap<&'g AttributeId, Of<'g>>,
    /// What it has no word for.
    pub(super) uncurated: Vec<ToldPiece<'g>>,
}

/// What was noted about one attribute.
#[derive(Default)]
pub(super) struct Of<'g> {
    wishes: &'g [Evidence],
    evidence: &'g [Evidence],
    /// What does not count, whatever its weight.
    aside: Vec<ToldPiece<'g>>,
    /// What the wishes come to, and what the evidence does.
    folded: [Option<&'g AttributeProfile>; 2],
}

/// A claim with everything noted about it, the newest first.
pub(super) struct ToldClaim<'g> {
    pub(super) value: &'g str,
    pub(super) is_wish: bool,
    /// What it comes to, where anything counts.
    pub(super) folded: Option<&'g Claim>,
    /// What counts about all values of the attribute.
    pub(super) known: &'g [Evidence],
    pub(super) pieces: Vec<ToldPiece<'g>>,
}

/// A piece of evidence with what it counts for.
pub(super) struct ToldPiece<'g> {
    pub(super) evidence: &'g Evidence,
    /// Its weight in 2⁻³², before evidence of one stay is taken together.
    pub(super) weight: u64,
    pub(super) state: EvidenceState,
    pub(super) lessened: Vec<Lessening>,
    /// The correction that keeps it from counting.
    pub(super) by: Option<&'g Discounted>,
}

/// Sorts what was gathered; what never leaves another property only where `elsewhere` is to be told, too.
pub(super) fn told<'g>(account: &'g Account, vocabulary: &Vocabulary, elsewhere: bool) -> Told<'g> {
    let gathered = &account.gathered;
    let mut attributes: BTreeMap<&AttributeId, Of<'g>> = BTreeMap::new();
    for (id, wishes) in &gathered.wishes {
        let of = attributes.entry(id).or_default();
        (of.wishes, of.folded[0]) = (wishes, account.profile.wishes.get(id));
    }
    for (id, evidence) in &gathered.evidence {
        let of = attributes.entry(id).or_default();
        (of.evidence, of.folded[1]) = (evidence, account.profile.attributes.get(id));
    }
    let as_of = gathered.basis.as_of;
    let of_day = |e| ToldPiece::aside(state_of_day(e, as_of), e);
    let mut uncurated: Vec<ToldPiece<'g>> = gathered.uncurated.iter().map(of_day).collect();
    let retracted = gathered.retracted.iter();
    let retracted = retracted.map(|e| ToldPiece::aside(EvidenceState::Retracted, e));
    let here = |(why, _): &&(LeftOut, _)| elsewhere || *why != LeftOut::OtherProperty;
    let left_out = gathered.left_out.iter().filter(here);
    let left_out = left_out.map(|(why, e)| ToldPiece::aside(state_of(*why), e));
    let discounted = gathered.discounted.iter().map(|d| ToldPiece {
        by: Some(d),
        ..ToldPiece::aside(EvidenceState::Discounted, &d.evidence)
    });
    for piece in retracted.chain(left_out).chain(discounted) {
        let id = &piece.evidence.attribute;
        match vocabulary.attribute(id) {
            Some(_) => attributes.entry(id).or_default().aside.push(piece),
            None => uncurated.push(piece),
        }
    }
    Told {
        basis: &gathered.basis,
        attributes,
        uncurated,
    }
}

impl<'g> ToldPiece<'g> {
    /// One that weighs nothing.
    fn aside(state: EvidenceState, evidence: &'g Evidence) -> Self {
        Self {
            evidence,
            weight: 0,
            state,
            lessened: Vec::new(),
            by: None,
        }
    }

    fn again(&self) -> Self {
        Self {
            lessened: self.lessened.clone(),
            ..*self
        }
    }
}

impl<'g> Of<'g> {
    /// How many pieces there are about it.
    pub(super) fn pieces(&self) -> usize {
        self.wishes.len() + self.evidence.len() + self.aside.len()
    }

    /// What is wished for the stay, then what is known, each with what of it does not count.
    pub(super) fn claims(&self, attribute: &Attribute, basis: &Basis) -> Vec<ToldClaim<'g>> {
        let [wished, known] = self.folded;
        let wishes = weighed(attribute, self.wishes, &basis.wish_terms());
        let mut told = weighed(attribute, self.evidence, &basis.terms(attribute));
        told.extend(self.aside.iter().map(ToldPiece::again));
        let mut claims = of_values(wishes, wished, true, self.evidence);
        claims.extend(of_values(told, known, false, self.evidence));
        claims
    }
}

/// The pieces by value, in order.
fn of_values<'g>(
    pieces: Vec<ToldPiece<'g>>,
    folded: Option<&'g AttributeProfile>,
    is_wish: bool,
    known: &'g [Evidence],
) -> Vec<ToldClaim<'g>> {
    let mut by_value: BTreeMap<&'g str, Vec<ToldPiece<'g>>> = BTreeMap::new();
    for piece in pieces {
        by_value
            .entry(&piece.evidence.value)
            .or_default()
            .push(piece);
    }
    let claims = by_value.into_iter().map(|(value, mut pieces)| {
        pieces.sort_by_key(|p| Reverse((p.evidence.observed_at, p.evidence.id)));
        let mut claims = folded.into_iter().flat_map(|folded| &folded.claims);
        ToldClaim {
            value,
            is_wish,
            folded: claims.find(|claim| &*claim.value == value),
            known,
            pieces,
        }
    });
    claims.collect()
}

/// Each piece with its weight and whether it counts: of those of one stay, value, polarity and source only the heaviest
/// does, and none of the future.
fn weighed<'g>(
    attribute: &Attribute,
    evidence: &'g [Evidence],
    terms: &Terms,
) -> Vec<ToldPiece<'g>> {
    let all = pieces(evidence);
    let live = fold::live(&all, terms.as_of);
    let single = attribute.kind.is_single();
    let weights = fold::weights(&live, terms, single);
    let lessenings = fold::lessenings(&live, terms, single);
    let mut counted: BTreeMap<EvidenceId, (u64, EvidenceState, Vec<Lessening>)> = BTreeMap::new();
    let mut heaviest = BTreeMap::new();
    for ((piece, weight), why) in live.iter().zip(weights).zip(lessenings) {
        let why = why.into_iter().map(Lessening::from).collect();
        counted.insert(piece.id, (weight, EvidenceState::Counts, why));
        let Some(stay) = piece.stay else { continue };
        let group = (stay, piece.value, piece.polarity, piece.source);
        let lighter = match heaviest.get(&group) {
            Some(&(most, _)) if weight <= most => Some(piece.id),
            Some(&(_, other)) => Some(other),
            None => None,
        };
        if lighter != Some(piece.id) {
            heaviest.insert(group, (weight, piece.id));
        }
        if let Some((_, state, _)) = lighter.and_then(|id| counted.get_mut(&id)) {
            *state = EvidenceState::Saturated;
        }
    }
    let piece = |evidence: &'g Evidence| match counted.remove(&evidence.id) {
        None => ToldPiece::aside(EvidenceState::Future, evidence),
        Some((weight, state, lessened)) => ToldPiece {
            weight,
            lessened,
            ..ToldPiece::aside(state, evidence)
        },
    };
    evidence.iter().map(piece).collect()
}

fn state_of_day(evidence: &Evidence, as_of: Day) -> EvidenceState {
    if evidence.day > as_of {
        EvidenceState::Future
    } else {
        EvidenceState::Counts
    }
}

fn state_of(why: LeftOut) -> EvidenceState {
    match why {
        LeftOut::OtherProperty => EvidenceState::OtherProperty,
        LeftOut::OtherStay => EvidenceState::OtherStay,
        LeftOut::NoPersonalNotes => EvidenceState::NoPersonalNotes,
    }
}
