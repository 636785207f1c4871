//! Version 1 of the corrections of preferences, both ways.

use cardex_domain::event as domain;
use cardex_domain::event::{ClaimRef, Judgement, Old, Owner as Whose, UndoKind};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::{AttributeId, EventKey};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::guest::undone;
use super::into_domain::{at_most, said};
use super::{About, Scope, Statement};
use crate::event::Context;
use crate::limits::{CORRECTED_EVIDENCE_MAX, STAFF_MAX_CHARS, UNDO_EVENTS_MAX, VALUE_MAX_CHARS};
use crate::reject::{Reject, RejectCode};
use crate::text::{AsText, NoteText, Text};

/// Puts right what is known of a guest's preferences. Which members it has depends on the judgement: `no_longer` and
/// `never_was` name attribute and value; `someone_else` names evidence and whose it is; `restated` names attribute and
/// value or evidence, and what is right.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = by_judgement)]
pub struct PreferenceCorrection<'a> {
    /// Of whom. A room means whoever is there at that time.
    #[serde(borrow)]
    pub about: About<'a>,
    /// What is so.
    pub judgement: JudgementWord,
    /// About what, such as `room.facing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AsText<AttributeId>>,
    /// Which value: the vocabulary's word for it, or a synonym, or one it does not know.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub value: Option<Text<'a, VALUE_MAX_CHARS>>,
    /// Evidence: the key of an event, which means all of it, or of one statement of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = CORRECTED_EVIDENCE_MAX))]
    pub evidence: Vec<AsText<EvidenceRef>>,
    /// Whose the evidence is.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Owner<'a>>,
    /// What is right: the guest said so.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Statement<'a>>,
    /// For whom what is right holds.
    #[serde(default, skip_serializing_if = "is_guest")]
    pub scope: Scope,
    /// When it was found out. What is noticed later is not judged.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub by: Text<'a, STAFF_MAX_CHARS>,
    /// Why.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub why: NoteText<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_guest(scope: &Scope) -> bool {
    *scope == Scope::Guest
}

/// What is so of something that was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgementWord {
    /// It was true, and is not any more.
    NoLonger,
    /// It never was true.
    NeverWas,
    /// It is about somebody else.
    SomeoneElse,
    /// Something else is right instead.
    Restated,
}

/// Whose evidence is that was noticed of somebody else.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner<'a> {
    /// This guest's. A room means whoever is there when the correction is made.
    #[serde(borrow)]
    Guest(About<'a>),
    /// The party's with whom the guest stayed then.
    Party,
    /// Nobody's that is known.
    Nobody,
}

/// Retracts corrections for good, whichever arrives first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CorrectionRetraction<'a> {
    /// The keys of the corrections.
    #[schemars(length(min = 1, max = UNDO_EVENTS_MAX))]
    pub events: Vec<AsText<EventKey>>,
    /// By whom.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub by: Text<'a, STAFF_MAX_CHARS>,
    /// Why.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub why: NoteText<'a>,
}

/// Requires of each judgement the members that it takes, and no others.
fn by_judgement(schema: &mut schemars::Schema) {
    let case = |judgements: &[&str], required: &[&str], without: &[&str]| {
        let forbidden: Vec<_> = without
            .iter()
            .map(|name| serde_json::json!({ "required": [name] }))
            .collect();
        serde_json::json!({
            "properties": { "judgement": { "enum": judgements } },
            "required": required,
            "not": { "anyOf": forbidden },
        })
    };
    let claim = ["attribute", "value"];
    let cases = [
        case(
            &["no_longer", "never_was"],
            &claim,
            &["evidence", "to", "right"],
        ),
        case(
            &["someone_else"],
            &["evidence", "to"],
            &["attribute", "value", "right"],
        ),
        case(
            &["restated"],
            &["attribute", "value", "right"],
            &["evidence", "to"],
        ),
        case(
            &["restated"],
            &["evidence", "right"],
            &["attribute", "value", "to"],
        ),
    ];
    schema.insert("oneOf".to_owned(), cases.to_vec().into());
}

impl PreferenceCorrection<'_> {
    pub(super) fn into_domain(
        self,
        context: &Context<'_>,
    ) -> Result<domain::PreferenceCorrection, Reject> {
        let claim = claim(self.attribute, self.value)?;
        let evidence = evidence(self.evidence)?;
        let right = self.right.map(Statement::into_domain).transpose()?;
        let to = self.to.map(Owner::into_domain).transpose()?;
        let judgement = match (self.judgement, claim, evidence, to, right) {
            (JudgementWord::NoLonger, Some(claim), None, None, None) => Judgement::NoLonger(claim),
            (JudgementWord::NeverWas, Some(claim), None, None, None) => Judgement::NeverWas(claim),
            (JudgementWord::SomeoneElse, None, Some(evidence), Some(to), None) => {
                Judgement::SomeoneElse { evidence, to }
            }
            (JudgementWord::Restated, Some(claim), None, None, Some(right)) => {
                Judgement::Restated {
                    old: Old::Claim(claim),
                    right,
                    scope: self.scope.into(),
                }
            }
            (JudgementWord::Restated, None, Some(evidence), None, Some(right)) => {
                Judgement::Restated {
                    old: Old::Evidence(evidence),
                    right,
                    scope: self.scope.into(),
                }
            }
            _ => {
                let rule = "has members that do not go with the judgement, or lacks some that do";
                return Err(Reject::at(RejectCode::InvalidValue, "data.judgement", rule));
            }
        };
        Ok(domain::PreferenceCorrection {
            about: self.about.into_domain()?,
            judgement,
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: said(self.by, "data.by")?,
            why: said(self.why, "data.why")?,
        })
    }
}

fn claim(
    attribute: Option<AsText<AttributeId>>,
    value: Option<Text<'_, VALUE_MAX_CHARS>>,
) -> Result<Option<ClaimRef>, Reject> {
    let missing = |path| Err(Reject::at(RejectCode::MissingField, path, "must be there"));
    match (attribute, value) {
        (None, None) => Ok(None),
        (Some(attribute), Some(value)) => Ok(Some(ClaimRef {
            attribute: attribute.0,
            value: said(value, "data.value")?.into(),
        })),
        (None, Some(_)) => missing("data.attribute"),
        (Some(_), None) => missing("data.value"),
    }
}

fn evidence(list: Vec<AsText<EvidenceRef>>) -> Result<Option<Vec<EvidenceRef>>, Reject> {
    let (max, code) = (CORRECTED_EVIDENCE_MAX, RejectCode::TooManyEntries);
    at_most(list.len(), max, code, "data.evidence")?;
    let list: Vec<EvidenceRef> = list.into_iter().map(|evidence| evidence.0).collect();
    Ok(Some(list).filter(|list| !list.is_empty()))
}

impl Owner<'_> {
    fn into_domain(self) -> Result<Whose<domain::GuestRef>, Reject> {
        Ok(match self {
            Self::Guest(about) => Whose::Guest(about.into_domain()?),
            Self::Party => Whose::Party,
            Self::Nobody => Whose::Nobody,
        })
    }
}

impl CorrectionRetraction<'_> {
    pub(super) fn into_domain(self) -> Result<domain::Undo, Reject> {
        Ok(domain::Undo {
            kind: UndoKind::Corrections,
            events: undone(self.events)?,
            by: said(self.by, "data.by")?,
            reason: said(self.why, "data.why")?,
        })
    }
}

impl<'a> From<&'a domain::PreferenceCorrection> for PreferenceCorrection<'a> {
    fn from(correction: &'a domain::PreferenceCorrection) -> Self {
        let bare = Self {
            about: (&correction.about).into(),
            judgement: JudgementWord::of(&correction.judgement),
            attribute: None,
            value: None,
            evidence: Vec::new(),
            to: None,
            right: None,
            scope: Scope::Guest,
            occurred_at: AsText(correction.occurred_at),
            by: Text::new(&correction.by),
            why: Text::new(&correction.why),
        };
        match &correction.judgement {
            Judgement::NoLonger(claim) | Judgement::NeverWas(claim) => bare.with_claim(claim),
            Judgement::SomeoneElse { evidence, to } => Self {
                to: Some(to.into()),
                ..bare.with_evidence(evidence)
            },
            Judgement::Restated { old, right, scope } => {
                let bare = match old {
                    Old::Claim(claim) => bare.with_claim(claim),
                    Old::Evidence(evidence) => bare.with_evidence(evidence),
                };
                Self {
                    right: Some(right.into()),
                    scope: (*scope).into(),
                    ..bare
                }
            }
        }
    }
}

impl<'a> PreferenceCorrection<'a> {
    fn with_claim(self, claim: &'a ClaimRef) -> Self {
        Self {
            attribute: Some(AsText(claim.attribute.clone())),
            value: Some(Text::new(&claim.value)),
            ..self
        }
    }

    fn with_evidence(self, evidence: &[EvidenceRef]) -> Self {
        Self {
            evidence: evidence.iter().copied().map(AsText).collect(),
            ..self
        }
    }
}

impl JudgementWord {
    /// The word for a judgement, however guests are named in it.
    #[must_use]
    pub fn of<G>(judgement: &Judgement<G>) -> Self {
        match judgement {
            Judgement::NoLonger(_) => Self::NoLonger,
            Judgement::NeverWas(_) => Self::NeverWas,
            Judgement::SomeoneElse { .. } => Self::SomeoneElse,
            Judgement::Restated { .. } => Self::Restated,
        }
    }
}

impl<'a> From<&'a Whose<domain::GuestRef>> for Owner<'a> {
    fn from(owner: &'a Whose<domain::GuestRef>) -> Self {
        match owner {
            Whose::Guest(about) => Self::Guest(about.into()),
            Whose::Party => Self::Party,
            Whose::Nobody => Self::Nobody,
        }
    }
}

impl<'a> From<&'a domain::Undo> for CorrectionRetraction<'a> {
    fn from(undo: &'a domain::Undo) -> Self {
        Self {
            events: undo.events.iter().copied().map(AsText).collect(),
            by: Text::new(&undo.by),
            why: Text::new(&undo.reason),
        }
    }
}
