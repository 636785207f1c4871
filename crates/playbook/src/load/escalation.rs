//! Reads who is told next where nobody acknowledges, and how long that is waited for.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::{AttributeId, DepartmentId};
use cardex_domain::vocabulary::View;

use super::reader::Section;
use super::{Held, Loader};
use crate::escalation::Escalation;
use crate::fault::Fault;
use crate::rule::Rule;

/// The table of a file.
pub(super) const ESCALATION: &str = "escalation";
/// Until when something is to be acknowledged at the latest.
const MAX_SECONDS: u32 = 24 * 60 * 60;

/// Each department with the one that follows it, and where that is written.
pub(super) type Line = BTreeMap<DepartmentId, (usize, DepartmentId)>;

impl Loader<'_, '_> {
    /// The line where the file says what differs from the one `above`.
    pub(super) fn line(&mut self, document: &Section<'_>, above: &Line) -> Line {
        let mut line = above.clone();
        let Some(node) = document.get(ESCALATION) else {
            return line;
        };
        let written = format!("[{ESCALATION}]");
        let Some(table) = self.reader.table(node, &written) else {
            return line;
        };
        for (name, (at, node)) in &table.keys {
            if node.as_str().is_none() {
                let message = format!(
                    "expected the department that follows `{name}`, in quotes; what is no department stands above the first table of the file"
                );
                self.reader.fault(*at, message);
                continue;
            }
            let Some(next) = self.reader.string(*node) else {
                continue;
            };
            match (DepartmentId::new(name), DepartmentId::new(next.text)) {
                (Ok(department), Ok(following)) => {
                    line.insert(department, (*at, following));
                }
                (Err(error), _) => self.reader.fault(*at, error.to_string()),
                (_, Err(error)) => self.reader.fault(next.at, error.to_string()),
            }
        }
        self.comes_to_an_end(&line, above);
        line
    }

    /// Nobody who did not acknowledge something is told it again by its own line.
    fn comes_to_an_end(&mut self, line: &Line, above: &Line) {
        let own = line
            .iter()
            .filter(|(of, next)| above.get(*of) != Some(*next));
        for (first, (at, _)) in own {
            let mut passed = BTreeSet::new();
            let mut last = first;
            while let Some((_, next)) = line.get(last) {
                if next == first {
                    let message = format!("the line of `{first}` comes back to it: let it end");
                    self.reader.fault(*at, message);
                }
                if !passed.insert(next) {
                    break;
                }
                last = next;
            }
        }
    }

    /// Within how many seconds a rule's items are to be acknowledged, as in `"30s"`, `"10m"` or `"2h"`.
    pub(super) fn acknowledge_within(&mut self, section: &Section<'_>) -> Option<u32> {
        let node = section.get("acknowledge_within")?;
        let written = self.reader.string(node)?;
        let seconds = seconds(written.text).filter(|seconds| (1..=MAX_SECONDS).contains(seconds));
        if seconds.is_none() {
            let message = "expected a time from `1s` to `24h`, as in `30s`, `10m` or `2h`";
            self.reader.fault(written.at, message);
        }
        seconds
    }

    /// Notes in the rules that hold somewhere whom their items may reach, and that nothing is hidden from these: that
    /// somebody is told at all says something, too.
    pub(super) fn escalate(&mut self, held: &Held, line: &Line, rules: &mut [Rule]) {
        for (id, number) in &held.rules {
            let rule = &mut rules[*number];
            if rule.acknowledge_seconds.is_none() {
                continue;
            }
            let beyond = held.arrangements.escalation.beyond(&rule.departments);
            for department in &beyond {
                let day = |of: &AttributeId| {
                    let mut triggers = rule.triggers.iter();
                    triggers.any(|trigger| trigger.day_of_year().as_ref() == Some(of))
                };
                let hidden = |of: &&AttributeId| match self.vocabulary.view(of, department) {
                    View::Hidden => true,
                    // That it is said on a certain day says which day that is.
                    View::Handling => day(of),
                    View::Value => false,
                };
                let Some(attribute) = rule.rests_on.iter().find(hidden) else {
                    continue;
                };
                let places = line.values().filter(|(_, next)| next == department);
                let message = format!(
                    "`{id}` would come to {department} when nobody acknowledges it, and `{attribute}` is hidden from {department}: let somebody else follow, or take `acknowledge_within` out of the rule"
                );
                for (at, _) in places {
                    self.reader.fault(*at, message.clone());
                }
            }
            let told = rule.departments.iter().chain(&beyond);
            let from = told.filter(|of| {
                let next = held.arrangements.escalation.next(of);
                next.is_some_and(|next| beyond.contains(next))
            });
            rule.passed_on_from.extend(from.cloned());
            rule.beyond.extend(beyond);
        }
    }

    /// A word about each rule that waits for somebody to acknowledge it where nobody, at any property, follows who does not.
    pub(super) fn followed_by_nobody(&mut self, rules: &[Rule]) -> Vec<Fault> {
        let is_in_vain =
            |rule: &&Rule| rule.acknowledge_seconds.is_some() && rule.passed_on_from.is_empty();
        let mut advice = Vec::new();
        for rule in rules.iter().filter(is_in_vain) {
            let departments: Vec<_> = rule.departments.iter().map(|of| of.as_str()).collect();
            let message = format!(
                "nobody is told when its time has passed, for nobody follows {} in [{ESCALATION}]: say there who does, or take `acknowledge_within` out",
                departments.join(" or ")
            );
            self.reader.rule = Some(rule.id.as_str().into());
            advice.push(self.reader.at(self.places[&rule.id], message));
            self.reader.rule = None;
        }
        advice
    }
}

impl From<&Line> for Escalation {
    fn from(line: &Line) -> Self {
        let pairs = line.iter();
        pairs
            .map(|(department, (_, next))| (department.clone(), next.clone()))
            .collect()
    }
}

/// A number of seconds, minutes or hours.
fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number
        .parse::<u32>()
        .ok()
        .filter(|_| digits)?
        .checked_mul(each)
}
