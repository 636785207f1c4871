//! Why a profile says what it says: every claim with all its evidence, also what does not count.

use std::collections::BTreeMap;

use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::fact::Noted;
use cardex_domain::fold::{self, Terms};
use cardex_domain::gather::{Discounted, Gathered, LeftOut, gather};
use cardex_domain::identity::person_of;
use cardex_domain::ids::AttributeId;
use cardex_domain::known_at::KnownAt;
use cardex_domain::outlook::outlook;
use cardex_domain::profile::{Claim, GuestCard, fold_attribute, pieces};
use cardex_domain::records::Records;
use cardex_domain::time::Day;
use cardex_domain::vocabulary::{Attribute, View, Vocabulary};
use cardex_domain::wish::fold_wishes;
use cardex_store::StoreError;
use cardex_wire::guest::GuestView;
use cardex_wire::identity::IdentityView;
use cardex_wire::profile::{Decimal, EvidenceView, LabelView};
use cardex_wire::query::{
    CorrectionView, EvidenceState, Explain, ExplainReply, ExplainRequest, ExplainedClaim,
    ExplainedEvidence, Lessening, OutlookView, QueryError,
};
use cardex_wire::text::AsText;

use super::looking_back::When;
use super::{Answer, Desk, unreadable};

impl Answer for Explain {
    fn answer(desk: &Desk<'_>, asked: ExplainRequest) -> Result<ExplainReply, QueryError> {
        match asked.known_at {
            None => desk.explain(&desk.reader, asked),
            Some(at) => desk.explain(&KnownAt::new(&desk.reader, at.0.utc_micros), asked),
        }
    }
}

impl Desk<'_> {
    fn explain(
        &self,
        records: &impl Records<Error = StoreError>,
        asked: ExplainRequest,
    ) -> Result<ExplainReply, QueryError> {
        let known_at = asked.known_at.map(|at| at.0);
        let when = When::of(self, asked.at, asked.as_of, known_at);
        let (node, named) = self.find_in(records, &asked.about, when.at)?;
        let stay = asked.stay.map(|stay| stay.0).or(named);
        self.may_look_back(node, &when)?;
        let as_of = when.as_of;
        let only = asked.attribute.map(|attribute| attribute.0);
        let (deny, vocabulary) = (&self.active.deny, &self.active.vocabulary);
        let person = person_of(records, deny, node).map_err(unreadable)?;
        let occasion = self.occasion(stay, as_of);
        let gathered = gather(records, &self.active.settings(), &person, &occasion);
        let gathered = gathered.map_err(unreadable)?;
        let department = &self.subject.department;
        let profile = self.profile_in(records, node, stay, &when)?;
        let discretion = profile.discretion();
        let withheld = discretion.hides_personal_from(department);
        let shown = withheld.then(|| profile.without_personal(vocabulary));
        let mut claims = Vec::new();
        for id in attributes(&gathered) {
            let sees = vocabulary.view(&id, department) == View::Value
                && shown.as_ref().is_none_or(|p| p.standing(&id).is_some());
            let asked_for = only.as_ref().is_none_or(|only| *only == id);
            if let Some(attribute) = vocabulary.attribute(&id).filter(|_| sees && asked_for) {
                claims.extend(self.claims(attribute, &gathered)?);
            }
        }
        let uncurated = gathered.uncurated.iter().filter(|e| {
            !withheld
                && vocabulary.view(&e.attribute, department) == View::Value
                && only.as_ref().is_none_or(|only| *only == e.attribute)
        });
        let mut uncurated: Vec<ExplainedEvidence> = uncurated
            .map(|e| self.explained(e, 0, state_of_day(e, as_of)))
            .collect::<Result<_, _>>()?;
        for (id, discounted) in unheard_of(&gathered, vocabulary) {
            let sees = !withheld && vocabulary.view(id, department) == View::Value;
            if sees && only.as_ref().is_none_or(|only| only == id) {
                uncurated.push(self.discounted(discounted)?);
            }
        }
        let members: Vec<_> = person.nodes.keys().copied().collect();
        let card = GuestCard::of(&person, &self.active.deny);
        let guest = GuestView::seen_by(department, &members, &card, (&discretion, vocabulary));
        let named = !discretion.hides_name_from(department);
        let identity = match self.reads_identifiers() && named {
            true => IdentityView::from(&person.identity),
            false => IdentityView::default(),
        };
        Ok(ExplainReply {
            sequence: self.sequence,
            behind: self.behind,
            vocabulary: self.vocabulary_hash(),
            guest,
            identity,
            as_of: AsText(as_of),
            known_at: asked.known_at,
            claims,
            uncurated,
        })
    }
}

/// Every attribute that anything was said about, taken back or not.
fn attributes(gathered: &Gathered) -> Vec<AttributeId> {
    let told = gathered.wishes.keys().chain(gathered.evidence.keys());
    let mut ids: Vec<AttributeId> = told.cloned().collect();
    ids.extend(gathered.retracted.iter().map(|e| e.attribute.clone()));
    ids.extend(
        gathered
            .discounted
            .iter()
            .map(|d| d.evidence.attribute.clone()),
    );
    ids.extend(gathered.left_out.iter().map(|(_, e)| e.attribute.clone()));
    ids.sort();
    ids.dedup();
    ids
}

/// What corrections discount of attributes that the vocabulary does not know.
fn unheard_of<'g>(
    gathered: &'g Gathered,
    vocabulary: &'g Vocabulary,
) -> impl Iterator<Item = (&'g AttributeId, &'g Discounted)> {
    let discounted = gathered.discounted.iter();
    discounted
        .map(|d| (&d.evidence.attribute, d))
        .filter(|(id, _)| vocabulary.attribute(id).is_none())
}

fn state_of_day(evidence: &Evidence, as_of: Day) -> EvidenceState {
    if evidence.day > as_of {
        EvidenceState::Future
    } else {
        EvidenceState::Counts
    }
}

impl Desk<'_> {
    /// What is wished for the stay, then what is known, each with what of it does not count.
    fn claims(
        &self,
        attribute: &Attribute,
        gathered: &Gathered,
    ) -> Result<Vec<ExplainedClaim>, QueryError> {
        let basis = &gathered.basis;
        let of = |part: &BTreeMap<AttributeId, Vec<Evidence>>| {
            part.get(&attribute.id).cloned().unwrap_or_default()
        };
        let wishes = of(&gathered.wishes);
        let folded = fold_wishes(attribute, wishes.clone(), basis);
        let weighed = self.weighed(attribute, &wishes, &basis.wish_terms())?;
        let mut claims = explained_claims(attribute, weighed, &folded);
        for claim in &mut claims {
            claim.wish = true;
        }
        let evidence = of(&gathered.evidence);
        let folded = fold_attribute(attribute, evidence.clone(), basis);
        let mut weighed = self.weighed(attribute, &evidence, &basis.terms(attribute))?;
        let retracted = gathered.retracted.iter();
        let retracted = retracted.map(|e| (EvidenceState::Retracted, e));
        let left_out = gathered.left_out.iter();
        let left_out = left_out.map(|(why, e)| (state_of(*why), e));
        for (state, e) in retracted.chain(left_out) {
            if e.attribute == attribute.id {
                let explained = self.explained(e, 0, state)?;
                weighed.entry(&e.value).or_default().push(explained);
            }
        }
        for discounted in &gathered.discounted {
            let e = &discounted.evidence;
            if e.attribute == attribute.id {
                let explained = self.discounted(discounted)?;
                weighed.entry(&e.value).or_default().push(explained);
            }
        }
        let mut known = explained_claims(attribute, weighed, &folded);
        for claim in &mut known {
            claim.outlook = OutlookView::from(&outlook(attribute, &evidence, basis, &claim.value));
        }
        claims.extend(known);
        Ok(claims)
    }

    /// Each piece of evidence with what it counts for, by value.
    fn weighed<'e>(
        &self,
        attribute: &Attribute,
        evidence: &'e [Evidence],
        terms: &Terms,
    ) -> Result<BTreeMap<&'e str, Vec<ExplainedEvidence>>, QueryError> {
        let counted = counted(attribute, evidence, terms);
        let mut lessened = lessened(attribute, evidence, terms);
        let mut by_value: BTreeMap<&str, Vec<ExplainedEvidence>> = BTreeMap::new();
        for e in evidence {
            let (weight, state) = counted
                .get(&e.id)
                .copied()
                .unwrap_or((0, EvidenceState::Future));
            let mut explained = self.explained(e, weight, state)?;
            explained.lessened = lessened.remove(&e.id).unwrap_or_default();
            by_value.entry(&e.value).or_default().push(explained);
        }
        Ok(by_value)
    }

    fn discounted(&self, discounted: &Discounted) -> Result<ExplainedEvidence, QueryError> {
        let state = EvidenceState::Discounted;
        let explained = self.explained(&discounted.evidence, 0, state)?;
        let correction = CorrectionView::of(&discounted.by, &self.subject.department);
        Ok(ExplainedEvidence {
            correction: Some(correction),
            ..explained
        })
    }

    fn explained(
        &self,
        evidence: &Evidence,
        weight: u64,
        state: EvidenceState,
    ) -> Result<ExplainedEvidence, QueryError> {
        let event = evidence.id.event;
        let recorded = self.reader.event(event).map_err(unreadable)?;
        let noted = self.reader.noted(event).map_err(unreadable)?;
        Ok(ExplainedEvidence {
            evidence: EvidenceView::from(evidence),
            day: AsText(evidence.day),
            weight_q32: Decimal(weight.into()),
            state,
            correction: None,
            lessened: Vec::new(),
            words: noted.as_ref().and_then(|noted| self.words(evidence, noted)),
            seen_by: noted.and_then(|n| n.seen_by).map(Into::into),
            sequence: recorded.map(|r| r.sequence),
        })
    }
}

impl Desk<'_> {
    /// The words of a note that the evidence was read from, where the department may read the note.
    fn words(&self, evidence: &Evidence, noted: &Noted) -> Option<String> {
        let span = evidence.from_note?.span?;
        let note = noted
            .note
            .as_deref()
            .filter(|note| self.reads(note, noted))?;
        note.get(span.start..span.end).map(str::to_owned)
    }
}

/// The weight of each live piece of evidence and whether it counts: of those of one stay, value, polarity and source
/// only the heaviest does.
fn counted(
    attribute: &Attribute,
    evidence: &[Evidence],
    terms: &Terms,
) -> BTreeMap<EvidenceId, (u64, EvidenceState)> {
    let pieces = pieces(evidence);
    let live = fold::live(&pieces, terms.as_of);
    let weights = fold::weights(&live, terms, attribute.kind.is_single());
    let mut heaviest = BTreeMap::new();
    let mut counted = BTreeMap::new();
    for (piece, weight) in live.iter().zip(weights) {
        counted.insert(piece.id, (weight, EvidenceState::Counts));
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
        if let Some((_, state)) = lighter.and_then(|id| counted.get_mut(&id)) {
            *state = EvidenceState::Saturated;
        }
    }
    counted
}

/// Why each live piece of evidence weighs less than its source and age would have it.
fn lessened(
    attribute: &Attribute,
    evidence: &[Evidence],
    terms: &Terms,
) -> BTreeMap<EvidenceId, Vec<Lessening>> {
    let pieces = pieces(evidence);
    let live = fold::live(&pieces, terms.as_of);
    let lessenings = fold::lessenings(&live, terms, attribute.kind.is_single());
    let of = |why: Vec<fold::Lessening>| why.into_iter().map(Lessening::from).collect();
    let of_each = live.iter().zip(lessenings);
    of_each.map(|(piece, why)| (piece.id, of(why))).collect()
}

fn state_of(why: LeftOut) -> EvidenceState {
    match why {
        LeftOut::OtherProperty => EvidenceState::OtherProperty,
        LeftOut::OtherStay => EvidenceState::OtherStay,
        LeftOut::NoPersonalNotes => EvidenceState::NoPersonalNotes,
    }
}

/// Each value with its evidence, the newest first, and what was folded of it.
fn explained_claims(
    attribute: &Attribute,
    evidence: BTreeMap<&str, Vec<ExplainedEvidence>>,
    folded: &[Claim],
) -> Vec<ExplainedClaim> {
    let claims = evidence.into_iter().map(|(value, mut evidence)| {
        evidence.sort_by_key(|e| std::cmp::Reverse((e.evidence.observed_at.0, e.evidence.id.0)));
        let claim = folded.iter().find(|claim| &*claim.value == value);
        explained_claim(attribute, value, claim, evidence)
    });
    claims.collect()
}

fn explained_claim(
    attribute: &Attribute,
    value: &str,
    claim: Option<&Claim>,
    evidence: Vec<ExplainedEvidence>,
) -> ExplainedClaim {
    let label = attribute.value(value).map(|v| LabelView::from(&v.label));
    ExplainedClaim {
        attribute: AsText(attribute.id.clone()),
        label: LabelView::from(&attribute.label),
        kind: attribute.kind.into(),
        value: value.to_owned(),
        wish: false,
        value_label: label,
        outlook: OutlookView::default(),
        verdict: claim.and_then(|c| c.verdict).map(Into::into),
        p_ppm: claim.map_or(0, |c| c.p_ppm),
        confidence_ppm: claim.map_or(0, |c| c.confidence_ppm),
        for_q32: Decimal(claim.map_or(0, |c| c.for_q32)),
        against_q32: Decimal(claim.map_or(0, |c| c.against_q32)),
        evidence,
    }
}
