//! Rules whose lines never show: another tells everybody whom they tell of the same claims, and comes first.

use std::collections::BTreeMap;

use super::{Holding, Loader};
use crate::fault::Fault;
use crate::rule::{About, Rule, Trigger};

impl Loader<'_, '_> {
    /// A word about each rule that another covers where both hold.
    pub(super) fn covered(&mut self, holding: &Holding, rules: &[Rule]) -> Vec<Fault> {
        let mut alike: BTreeMap<Vec<String>, Vec<&Rule>> = BTreeMap::new();
        let rules = holding.values().map(|number| &rules[*number]);
        // What claims nothing is left off for nothing else.
        for rule in rules.filter(|rule| !rule.about.is_empty()) {
            alike.entry(topics(rule)).or_default().push(rule);
        }
        let mut advice = Vec::new();
        for same in alike.values() {
            for rule in same {
                let covering = same.iter().find(|other| other.covers(rule));
                if let Some(covering) = covering {
                    let message = format!(
                        "its line never shows: `{}` tells the same departments about {} whenever this rule could, and is worth no less; remove one of them",
                        covering.id,
                        about(rule)
                    );
                    self.reader.rule = Some(rule.id.as_str().into());
                    advice.push(self.reader.at(self.places[&rule.id], message));
                    self.reader.rule = None;
                }
            }
        }
        advice
    }
}

/// What the rule is about, to read.
fn about(rule: &Rule) -> String {
    let quoted = topics(rule).into_iter().map(|topic| format!("`{topic}`"));
    quoted.collect::<Vec<_>>().join(" and ")
}

/// What the rule is about, in order.
fn topics(rule: &Rule) -> Vec<String> {
    let written = |about: &About| match &about.value {
        Some(value) => format!("{}={value}", about.attribute),
        None => about.attribute.to_string(),
    };
    let mut topics: Vec<String> = rule.about.iter().map(written).collect();
    topics.sort();
    topics
}

impl Rule {
    /// Whether it speaks wherever `other`, which is about the same, does, and comes before it as long as nothing is learnt.
    fn covers(&self, other: &Self) -> bool {
        let speaks = |trigger: &Trigger| self.triggers.iter().any(|own| trigger.is_within(*own));
        let worth = |rule: &Self| (rule.benefit, rule.urgency_percent);
        let (own, its) = (worth(self), worth(other));
        let is_no_less = own.0 >= its.0 && own.1 >= its.1 && self.cost <= other.cost;
        let is_the_same = own == its && self.cost == other.cost;
        other.departments.is_subset(&self.departments)
            && other.triggers.iter().all(speaks)
            && other.verdicts.is_subset(&self.verdicts)
            && self.when.is_none()
            && (self.times == other.times || !other.triggers.iter().any(|of| of.is_timed()))
            && (self.calendar == other.calendar || self.calendar == Default::default())
            && (self.tier, &self.shows) == (other.tier, &other.shows)
            && is_no_less
            && (!is_the_same || self.id < other.id)
    }
}
