//! Whether the cases hold every rule: each is wanted by one, and whatever is changed of when it speaks fails one.

use std::collections::BTreeSet;

use cardex_domain::ids::RuleId;
use cardex_domain::profile::Verdict;
use cardex_domain::vocabulary::Vocabulary;

use super::Case;
use crate::rule::{Rule, Trigger};
use crate::{Fault, Playbook};

/// What cases leave open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Rules that no case wants to hear.
    pub unheard: BTreeSet<RuleId>,
    /// Changes of rules that no case notices.
    pub survivors: Vec<Survivor>,
    /// How many changes were tried.
    pub tried: usize,
}

/// A change of a rule that no case notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// The rule.
    pub rule: RuleId,
    /// What was changed, such as `without its condition`.
    pub change: String,
}

impl Playbook {
    /// What the cases, all of which hold, leave open.
    #[must_use]
    pub fn coverage(&self, cases: &[Case], vocabulary: &Vocabulary) -> Coverage {
        let heard: BTreeSet<&RuleId> = cases.iter().flat_map(Case::expects).collect();
        let mut coverage = Coverage::default();
        for rule in self.every_rule() {
            if !heard.contains(&rule.id) {
                coverage.unheard.insert(rule.id.clone());
                continue;
            }
            let concerned: Vec<&Case> = cases.iter().filter(|case| case.concerns(rule)).collect();
            for (change, mutant) in mutants(rule) {
                coverage.tried += 1;
                let changed = self.with(rule, mutant);
                let holds = |case: &&Case| case.differences(&changed, vocabulary).is_empty();
                if concerned.iter().all(holds) {
                    coverage.survivors.push(Survivor {
                        rule: rule.id.clone(),
                        change,
                    });
                }
            }
        }
        coverage
    }

    /// The cases beside its rules.
    ///
    /// # Errors
    /// With every fault of their files.
    pub fn cases(
        sources: &crate::Sources,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Case>, Vec<Fault>> {
        crate::load::cases(sources, vocabulary)
    }
}

/// The rule with one thing changed, each with a word on what.
fn mutants(rule: &Rule) -> Vec<(String, Rule)> {
    let mut mutants = Vec::new();
    if let Some(when) = &rule.when {
        let changed = |when| Rule {
            when,
            ..rule.clone()
        };
        mutants.push(("without its condition".to_owned(), changed(None)));
        let denied = when.denied();
        mutants.push((
            "with its condition denied".to_owned(),
            changed(Some(denied)),
        ));
    }
    for verdict in rule.verdicts.iter().filter(|_| !rule.about.is_empty()) {
        let mut verdicts = rule.verdicts.clone();
        verdicts.remove(verdict);
        let mut change = format!("without the verdict {}", verdict.as_str());
        if verdicts.is_empty()
            && let Some(other) = other(*verdict)
        {
            change = format!(
                "with the verdict {} for {}",
                other.as_str(),
                verdict.as_str()
            );
            verdicts.insert(other);
        }
        mutants.push((
            change,
            Rule {
                verdicts,
                ..rule.clone()
            },
        ));
    }
    let widest = [Trigger::Reservation, Trigger::CheckIn];
    let others = rule.triggers.iter().filter(|of| !widest.contains(of));
    for trigger in widest.iter().chain(others) {
        let mut triggers = rule.triggers.clone();
        let was_there = triggers.remove(trigger);
        // What speaks of news alone says the same of what was never known before.
        if *trigger == Trigger::CheckIn && triggers.contains(&Trigger::InHouse) && !was_there {
            continue;
        }
        if !was_there {
            triggers.insert(*trigger);
        }
        let with = if was_there { "without" } else { "with" };
        let change = format!("{with} the trigger {}", trigger.as_str());
        mutants.push((
            change,
            Rule {
                triggers,
                ..rule.clone()
            },
        ));
    }
    mutants
}

/// The verdict that is easily written in place of another.
fn other(verdict: Verdict) -> Option<Verdict> {
    match verdict {
        Verdict::Prefers | Verdict::Ask => Some(Verdict::Hint),
        Verdict::Hint | Verdict::Need => Some(Verdict::Prefers),
        Verdict::Avoids => Some(Verdict::AvoidHint),
        Verdict::AvoidHint => Some(Verdict::Avoids),
        Verdict::Safety => None,
    }
}
