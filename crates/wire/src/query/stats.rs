//! What is asked and answered about what became of what rules said.

use cardex_domain::event::OutcomeKind;
use cardex_domain::followed::Followed;
use cardex_domain::ids::{DepartmentId, RuleId};
use cardex_domain::time::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Behind;
use crate::text::AsText;

/// Asks what became of what rules said: of every line of stays that arrive in the time, and of lines that came onto a
/// board in the time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatsRequest {
    /// Only what this department was told; a department that asks is told of its own alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<AsText<DepartmentId>>,
    /// The first day [default: 30 days before the last].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<AsText<Day>>,
    /// The last day [default: today].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<AsText<Day>>,
    /// Go on with the stays that arrive on this day: the `next` of the page before; the rest is to be the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<AsText<Day>>,
    /// The sequence that the answer must reach at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How long to wait for that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// What became of what rules said, as far as the stays of this page go: pages add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatsReply {
    /// The sequence reached.
    pub sequence: u64,
    /// How far that is behind the stream, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// The first day.
    pub since: AsText<Day>,
    /// The last day.
    pub until: AsText<Day>,
    /// By department and rule, in order.
    pub rules: Vec<StatsView>,
    /// Where to go on, when there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AsText<Day>>,
}

/// What became of what one rule said to one department. Each line counts once in each way it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatsView {
    /// The department.
    pub department: AsText<DepartmentId>,
    /// The rule.
    pub rule: AsText<RuleId>,
    /// Lines that came onto a board.
    pub issued: u64,
    /// Lines that were carried out.
    pub done: u64,
    /// Lines whose guest was visibly pleased.
    pub delighted: u64,
    /// Lines that the guest did not want.
    pub declined: u64,
    /// Lines that could not be carried out.
    pub not_possible: u64,
    /// Lines that are not true of their guest.
    pub wrong: u64,
    /// Lines that were only said to have been seen, or that too.
    pub acknowledged: u64,
    /// Lines that a person answered before their time had passed; all that were answered, where the rule waits for nobody.
    #[serde(default)]
    pub in_time: u64,
    /// Lines that nobody acknowledged in time, so that the next in line was told.
    #[serde(default)]
    pub escalated: u64,
    /// Lines about which something was done.
    pub acted_on: u64,
    /// Lines that stood until their stay ended without anything being done about them.
    pub expired: u64,
    /// Of each line that a person answered in any way, how long that took from when it first came, in seconds, sorted.
    pub waited_seconds: Vec<u64>,
}

impl StatsView {
    /// What became of what the rule said to the department.
    #[must_use]
    pub fn of((department, rule): (DepartmentId, RuleId), followed: Followed) -> Self {
        Self {
            department: AsText(department),
            rule: AsText(rule),
            issued: followed.issued,
            done: followed.count(OutcomeKind::Done),
            delighted: followed.count(OutcomeKind::Delighted),
            declined: followed.count(OutcomeKind::Declined),
            not_possible: followed.count(OutcomeKind::NotPossible),
            wrong: followed.count(OutcomeKind::Wrong),
            acknowledged: followed.count(OutcomeKind::Acknowledged),
            in_time: followed.in_time,
            escalated: followed.escalated,
            acted_on: followed.acted_on,
            expired: followed.expired,
            waited_seconds: followed.waited_seconds,
        }
    }

    /// The same as the domain counts it.
    #[must_use]
    pub fn followed(&self) -> Followed {
        let became = [
            (OutcomeKind::Acknowledged, self.acknowledged),
            (OutcomeKind::Done, self.done),
            (OutcomeKind::Declined, self.declined),
            (OutcomeKind::Delighted, self.delighted),
            (OutcomeKind::NotPossible, self.not_possible),
            (OutcomeKind::Wrong, self.wrong),
        ];
        Followed {
            issued: self.issued,
            became: became.into_iter().filter(|(_, count)| *count > 0).collect(),
            in_time: self.in_time,
            escalated: self.escalated,
            acted_on: self.acted_on,
            expired: self.expired,
            waited_seconds: self.waited_seconds.clone(),
        }
    }
}
