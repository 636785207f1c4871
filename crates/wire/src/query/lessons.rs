//! What is asked and answered about what outcomes taught.

use cardex_domain::ids::{DepartmentId, RuleId};
use cardex_domain::lessons::{Shown, Tally};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::board::ReasonClaim;
use crate::text::AsText;

/// Asks how rules fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LessonsRequest {
    /// Only those that changed at a later sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// How rules fared in departments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonsReply {
    /// The sequence reached.
    pub sequence: u64,
    /// The sequence of the event that taught something last; 0 when none did.
    pub taught: u64,
    /// By department and rule.
    pub lessons: Vec<LessonView>,
}

/// How a rule fared in a department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonView {
    /// The department.
    pub department: AsText<DepartmentId>,
    /// The rule.
    pub rule: AsText<RuleId>,
    /// How often what it said was done or delighted, in quarters.
    pub taken_up_quarters: u64,
    /// How often it was declined, or until the guest left nobody acted on it, in quarters.
    pub turned_down_quarters: u64,
}

impl LessonView {
    /// How the rule fared in the department.
    #[must_use]
    pub fn of(department: &DepartmentId, rule: &RuleId, tally: Tally) -> Self {
        Self {
            department: AsText(department.clone()),
            rule: AsText(rule.clone()),
            taken_up_quarters: tally.taken_up,
            turned_down_quarters: tally.turned_down,
        }
    }

    /// How it fared.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally {
            taken_up: self.taken_up_quarters,
            turned_down: self.turned_down_quarters,
        }
    }
}

/// Something that a department was told about the guest in other stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownView {
    /// Who was told.
    pub department: AsText<DepartmentId>,
    /// By which rule.
    pub rule: AsText<RuleId>,
    /// About what, sorted.
    pub claims: Vec<ReasonClaim>,
    /// When it last came, went, or was acted on.
    pub last: AsText<Moment>,
    /// In how many of the stays the guest did not want it.
    #[serde(default)]
    pub declined: u32,
}

impl From<Shown> for ShownView {
    fn from(shown: Shown) -> Self {
        let claim = |(attribute, value): (_, Box<str>)| ReasonClaim {
            attribute: AsText(attribute),
            value: value.into(),
        };
        Self {
            department: AsText(shown.department),
            rule: AsText(shown.rule),
            claims: shown.claims.into_iter().map(claim).collect(),
            last: AsText(shown.last),
            declined: shown.declined,
        }
    }
}

impl From<&ShownView> for Shown {
    fn from(view: &ShownView) -> Self {
        let claim = |claim: &ReasonClaim| (claim.attribute.0.clone(), claim.value.as_str().into());
        Self {
            department: view.department.0.clone(),
            rule: view.rule.0.clone(),
            claims: view.claims.iter().map(claim).collect(),
            last: view.last.0,
            declined: view.declined,
        }
    }
}
