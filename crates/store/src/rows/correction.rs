//! The rows of corrections of preferences.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{ClaimRef, Judgement, Old, Owner, Polarity, Purpose, Scope, Statement};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::fact::{CorrectionFact, Reference};
use cardex_domain::ids::{AttributeId, EventKey, PropertyId};

use super::{Coded, MomentRow, ReferenceRow, Senseless, moment, moment_row};

type ClaimRow<'a> = (&'a str, &'a str);
type EvidenceRow = ([u8; 16], Option<u8>);
/// Attribute, value, polarity, purpose.
type RightRow<'a> = (&'a str, &'a str, u8, Option<u8>);

/// The correction whose event is in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct CorrectionRow<'a> {
    pub(crate) sequence: u64,
    event_id: &'a str,
    property: &'a str,
    references: Vec<ReferenceRow<'a>>,
    judgement: JudgementRow<'a>,
    occurred_at: MomentRow,
    by: &'a str,
    why: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
enum JudgementRow<'a> {
    NoLonger(ClaimRow<'a>),
    NeverWas(ClaimRow<'a>),
    SomeoneElse(Vec<EvidenceRow>, OwnerRow<'a>),
    Restated(OldRow<'a>, RightRow<'a>, u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
enum OwnerRow<'a> {
    Guest(Vec<ReferenceRow<'a>>),
    Party,
    Nobody,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
enum OldRow<'a> {
    Claim(ClaimRow<'a>),
    Evidence(Vec<EvidenceRow>),
}

impl<'a> CorrectionRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a CorrectionFact) -> Self {
        Self {
            sequence,
            event_id: &fact.event_id,
            property: fact.property.as_str(),
            references: reference_rows(&fact.references),
            judgement: JudgementRow::of(&fact.judgement),
            occurred_at: moment_row(fact.occurred_at),
            by: &fact.by,
            why: &fact.why,
        }
    }

    pub(crate) fn read(self, event: EventKey) -> Result<CorrectionFact, Senseless> {
        Ok(CorrectionFact {
            key: event,
            event_id: self.event_id.into(),
            property: PropertyId::new(self.property)?,
            references: references(self.references)?,
            judgement: self.judgement.read()?,
            occurred_at: moment(self.occurred_at),
            by: self.by.into(),
            why: self.why.into(),
        })
    }
}

impl<'a> JudgementRow<'a> {
    fn of(judgement: &'a Judgement<Vec<Reference>>) -> Self {
        match judgement {
            Judgement::NoLonger(claim) => Self::NoLonger(claim_row(claim)),
            Judgement::NeverWas(claim) => Self::NeverWas(claim_row(claim)),
            Judgement::SomeoneElse { evidence, to } => {
                let to = match to {
                    Owner::Guest(references) => OwnerRow::Guest(reference_rows(references)),
                    Owner::Party => OwnerRow::Party,
                    Owner::Nobody => OwnerRow::Nobody,
                };
                Self::SomeoneElse(evidence_rows(evidence), to)
            }
            Judgement::Restated { old, right, scope } => {
                let old = match old {
                    Old::Claim(claim) => OldRow::Claim(claim_row(claim)),
                    Old::Evidence(evidence) => OldRow::Evidence(evidence_rows(evidence)),
                };
                let right = (
                    right.attribute.as_str(),
                    &*right.value,
                    right.polarity.code(),
                    right.purpose.map(Purpose::code),
                );
                Self::Restated(old, right, scope.code())
            }
        }
    }

    fn read(self) -> Result<Judgement<Vec<Reference>>, Senseless> {
        Ok(match self {
            Self::NoLonger(row) => Judgement::NoLonger(claim(row)?),
            Self::NeverWas(row) => Judgement::NeverWas(claim(row)?),
            Self::SomeoneElse(rows, to) => Judgement::SomeoneElse {
                evidence: evidence(rows),
                to: match to {
                    OwnerRow::Guest(rows) => Owner::Guest(references(rows)?),
                    OwnerRow::Party => Owner::Party,
                    OwnerRow::Nobody => Owner::Nobody,
                },
            },
            Self::Restated(old, (attribute, value, polarity, purpose), scope) => {
                Judgement::Restated {
                    old: match old {
                        OldRow::Claim(row) => Old::Claim(claim(row)?),
                        OldRow::Evidence(rows) => Old::Evidence(evidence(rows)),
                    },
                    right: Statement {
                        attribute: AttributeId::new(attribute)?,
                        value: value.into(),
                        polarity: Polarity::of_code(polarity)?,
                        purpose: purpose.map(Purpose::of_code).transpose()?,
                    },
                    scope: Scope::of_code(scope)?,
                }
            }
        })
    }
}

fn claim_row(claim: &ClaimRef) -> ClaimRow<'_> {
    (claim.attribute.as_str(), &claim.value)
}

fn claim((attribute, value): ClaimRow<'_>) -> Result<ClaimRef, Senseless> {
    Ok(ClaimRef {
        attribute: AttributeId::new(attribute)?,
        value: value.into(),
    })
}

fn evidence_rows(evidence: &[EvidenceRef]) -> Vec<EvidenceRow> {
    evidence.iter().map(|e| (e.event.0, e.statement)).collect()
}

fn evidence(rows: Vec<EvidenceRow>) -> Vec<EvidenceRef> {
    let of = |(event, statement)| EvidenceRef {
        event: EventKey(event),
        statement,
    };
    rows.into_iter().map(of).collect()
}

fn reference_rows(references: &[Reference]) -> Vec<ReferenceRow<'_>> {
    references.iter().map(ReferenceRow::of).collect()
}

fn references(rows: Vec<ReferenceRow<'_>>) -> Result<Vec<Reference>, Senseless> {
    rows.into_iter().map(ReferenceRow::read).collect()
}
