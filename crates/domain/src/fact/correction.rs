//! Corrections of preferences as they are remembered: under the reference each of them named, like what was noticed.

use crate::event::{Judgement, Old, Owner, PreferenceCorrection, Source};
use crate::evidence::EvidenceRef;
use crate::ids::{AppId, DepartmentId, EventKey, InstallationKey, PropertyId};
use crate::time::Moment;

use super::{Noted, Reference, Unacceptable, references};

/// The department by which a restatement counts as learnt: guest operations come from no department's app.
const CORRECTED_BY: &str = "guest_relations";
/// The app through which it counts as learnt.
const CORRECTED_THROUGH: &str = "correction";

/// A correction under its references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionFact {
    /// The event.
    pub key: EventKey,
    /// The publisher's id of it.
    pub event_id: Box<str>,
    /// Where.
    pub property: PropertyId,
    /// Of whom: one reference, or one for each identifier.
    pub references: Vec<Reference>,
    /// What is so.
    pub judgement: Judgement<Vec<Reference>>,
    /// When it was found out.
    pub occurred_at: Moment,
    /// By whom.
    pub by: Box<str>,
    /// Why.
    pub why: Box<str>,
}

impl CorrectionFact {
    pub(crate) fn of(
        correction: &PreferenceCorrection,
        (event, event_id): (EventKey, &str),
        property: PropertyId,
        key: &InstallationKey,
    ) -> Result<Self, Unacceptable> {
        let judgement = &correction.judgement;
        Ok(Self {
            key: event,
            event_id: event_id.into(),
            references: references(&correction.about, &property, key)?,
            judgement: judgement.try_map(|guest| references(guest, &property, key))?,
            property,
            occurred_at: correction.occurred_at,
            by: correction.by.clone(),
            why: correction.why.clone(),
        })
    }

    /// The order in which corrections are applied.
    #[must_use]
    pub fn order(&self) -> (i64, EventKey) {
        (self.occurred_at.utc_micros, self.key)
    }

    /// The evidence it names.
    #[must_use]
    pub fn evidence(&self) -> &[EvidenceRef] {
        match &self.judgement {
            Judgement::SomeoneElse { evidence, .. }
            | Judgement::Restated {
                old: Old::Evidence(evidence),
                ..
            } => evidence,
            _ => &[],
        }
    }

    /// Whether it names this statement of the event, or its note where none is given.
    #[must_use]
    pub fn names(&self, event: EventKey, statement: Option<u8>) -> bool {
        let named = |e: &EvidenceRef| {
            e.event == event && (e.statement.is_none() || e.statement == statement)
        };
        self.evidence().iter().any(named)
    }

    /// Whose it says that evidence is, by reference; empty when it names no guest.
    #[must_use]
    pub fn to(&self) -> &[Reference] {
        match &self.judgement {
            Judgement::SomeoneElse {
                to: Owner::Guest(references),
                ..
            } => references,
            _ => &[],
        }
    }

    /// Every reference under which it is found: of whom it is, and whose it says that evidence is.
    pub fn all_references(&self) -> impl Iterator<Item = &Reference> {
        self.references.iter().chain(self.to())
    }

    /// What it says is right, as if that had been noticed.
    #[must_use]
    pub fn restated(&self) -> Option<Noted> {
        let Judgement::Restated { right, scope, .. } = &self.judgement else {
            return None;
        };
        Some(Noted {
            key: self.key,
            event_id: (*self.event_id).into(),
            references: self.references.clone(),
            property: self.property.clone(),
            department: DepartmentId::new(CORRECTED_BY).expect("the name is a department's"),
            via: None,
            app: AppId::new(CORRECTED_THROUGH).expect("the name is an app's"),
            observed_at: self.occurred_at,
            source: Source::Stated,
            scope: *scope,
            reach: None,
            statements: vec![right.clone()],
            note: None,
            seen_by: Some(self.by.clone()),
        })
    }
}
