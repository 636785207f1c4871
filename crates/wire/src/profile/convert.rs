//! Views that turn back into what the domain keeps, and the other way round.

use std::collections::BTreeMap;

use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::ids::AttributeId;
use cardex_domain::note::{FromNote, Span};
use cardex_domain::profile::{AttributeProfile, Claim, Note};
use cardex_domain::vocabulary::Vocabulary;

use super::{
    AttributeView, ClaimView, Decimal, EvidenceView, FromNoteView, LabelView, NoteView, SpanView,
};
use crate::text::AsText;
use crate::words::{Verdict, View};

impl AttributeView {
    /// An attribute without any claim yet, with its labels where a vocabulary is given.
    pub(super) fn named(
        id: &AttributeId,
        known: &AttributeProfile,
        vocabulary: Option<&Vocabulary>,
    ) -> Self {
        let attribute = vocabulary.and_then(|v| v.attribute(id));
        Self {
            attribute: AsText(id.clone()),
            group: attribute.map(|a| a.group.to_string()),
            label: attribute.map(|a| LabelView::from(&a.label)),
            view: View::Value,
            kind: known.kind.into(),
            claims: Vec::new(),
            more: 0,
        }
    }

    pub(super) fn to_profile(
        &self,
        evidence: &BTreeMap<EvidenceId, &EvidenceView>,
    ) -> Option<(AttributeId, AttributeProfile)> {
        let claims = self.claims.iter().map(|claim| claim.to_claim(evidence));
        let (kind, claims) = (self.kind.into(), claims.collect::<Option<_>>()?);
        Some((self.attribute.0.clone(), AttributeProfile { kind, claims }))
    }
}

impl ClaimView {
    /// The claim, of whose evidence these pieces are named.
    pub(super) fn of(
        claim: &Claim,
        attribute: &AttributeId,
        named: &[&Evidence],
        vocabulary: Option<&Vocabulary>,
    ) -> Self {
        let attribute = vocabulary.and_then(|v| v.attribute(attribute));
        let value = attribute.and_then(|a| a.value(&claim.value));
        let more = claim.evidence.len() - named.len();
        Self {
            value: claim.value.to_string(),
            label: value.map(|v| LabelView::from(&v.label)),
            verdict: claim.verdict.map(Verdict::from),
            p_ppm: claim.p_ppm,
            confidence_ppm: claim.confidence_ppm,
            for_q32: Decimal(claim.for_q32),
            against_q32: Decimal(claim.against_q32),
            evidence: named.iter().map(|e| AsText(e.id)).collect(),
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn to_claim(&self, evidence: &BTreeMap<EvidenceId, &EvidenceView>) -> Option<Claim> {
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
