//! What the parts of a rule must be to each other: verdicts that its attributes can have, a tier that fits, and nothing
//! about what is hidden from a department. What it says is checked with the words.

use cardex_domain::ids::AttributeId;
use cardex_domain::profile::Verdict;
use cardex_domain::vocabulary::{Kind, View};

use super::Loader;
use super::reader::Section;
use super::rules::{Asked, Parts, Topic, VERDICTS};
use crate::condition::{Answers, Bound, Scope, is_wanted};
use crate::rank::{Acceptance, Factors, SAFETY_TIER};

impl Loader<'_, '_> {
    pub(super) fn check(
        &mut self,
        section: &Section<'_>,
        parts: &Parts<'_, '_>,
        when: Option<&Asked>,
    ) {
        self.verdicts_are_possible(parts);
        self.tier_fits(section, parts);
        self.one_topic_spreads(parts);
        self.nothing_is_hidden(parts, when.map_or(&[][..], |asked| &asked.attributes));
        self.can_be_shown(section, parts);
        if let Some(asked) = when {
            self.decides(parts, asked);
        }
    }

    fn verdicts_are_possible(&mut self, parts: &Parts<'_, '_>) {
        if parts.verdicts.is_empty() {
            return;
        }
        for topic in parts.topics {
            let attribute = topic.attribute;
            if !parts
                .verdicts
                .iter()
                .any(|(_, verdict)| possible(attribute.kind, *verdict))
            {
                let can: Vec<&str> = VERDICTS
                    .into_iter()
                    .filter(|verdict| possible(attribute.kind, *verdict))
                    .map(Verdict::as_str)
                    .collect();
                let message = format!(
                    "no verdict of this rule is possible for `{}`, which is {}: write `verdict` with some of {}",
                    attribute.id,
                    attribute.kind,
                    can.join(", "),
                );
                self.reader.fault(topic.at, message);
            }
        }
        for (at, verdict) in parts.verdicts {
            let possible = |topic: &Topic<'_>| possible(topic.attribute.kind, *verdict);
            if !parts.topics.is_empty() && !parts.topics.iter().any(possible) {
                let message = format!(
                    "`{}` is possible for nothing in `about`: remove it",
                    verdict.as_str()
                );
                self.reader.fault(*at, message);
            }
        }
    }

    /// Safety is never cut, so it never shares an item with what can be.
    fn tier_fits(&mut self, section: &Section<'_>, parts: &Parts<'_, '_>) {
        let safety = parts
            .verdicts
            .iter()
            .find(|(_, verdict)| *verdict == Verdict::Safety);
        let others = parts
            .verdicts
            .iter()
            .any(|(_, verdict)| *verdict != Verdict::Safety);
        let (Some(tier), Some(node)) = (parts.tier, section.get("tier")) else {
            return;
        };
        let (is_safety_tier, tier_at) = (tier == u32::from(SAFETY_TIER), node.at());
        match safety {
            Some((at, _)) if others => {
                self.reader
                    .fault(*at, "`safety` stands alone: give it a rule of its own");
            }
            Some(_) if !is_safety_tier => {
                self.reader
                    .fault(tier_at, "safety is never cut: write `tier = 0`");
            }
            None if is_safety_tier && others => {
                self.reader
                    .fault(tier_at, "tier 0 is for `safety` alone: write `tier = 1`");
            }
            _ => {}
        }
    }

    fn one_topic_spreads(&mut self, parts: &Parts<'_, '_>) {
        let spreads = |topic: &&Topic<'_>| {
            topic.value.is_none() && matches!(topic.attribute.kind, Kind::Multi | Kind::Need)
        };
        for topic in parts.topics.iter().filter(spreads).skip(1) {
            let message = format!(
                "a second attribute that can have several values: name one, as in `{}=…`",
                topic.attribute.id
            );
            self.reader.fault(topic.at, message);
        }
    }

    /// That an item is there says something too, so a department gets none that rests on what is hidden from it; and that it
    /// is there on a certain day says which day that is.
    fn nothing_is_hidden(&mut self, parts: &Parts<'_, '_>, asked: &[(usize, AttributeId)]) {
        let topics = parts
            .topics
            .iter()
            .map(|topic| (topic.at, &topic.attribute.id));
        let asked = asked.iter().map(|(at, attribute)| (*at, attribute));
        for (at, attribute) in topics.chain(asked) {
            for (_, department) in parts.departments {
                if self.vocabulary.view(attribute, department) == View::Hidden {
                    let message = format!(
                        "`{attribute}` is hidden from {department}: take one of them out of the rule"
                    );
                    self.reader.fault(at, message);
                }
            }
        }
        for attribute in parts.days {
            let blind = |of: &&(usize, _)| self.vocabulary.view(attribute, &of.1) < View::Value;
            for (at, department) in parts.departments.iter().filter(blind) {
                let message = format!(
                    "{department} may not see the value of `{attribute}`, which a rule for that day tells: take one of them out of the rule"
                );
                self.reader.fault(*at, message);
            }
        }
    }

    /// Something must be worth more than nothing when it is certain, before anything is learnt of it: else it never comes
    /// onto a board, and nothing is ever learnt.
    fn can_be_shown(&mut self, section: &Section<'_>, parts: &Parts<'_, '_>) {
        let (Some((benefit, cost)), Some(node)) = (parts.worth, section.get("cost")) else {
            return;
        };
        let certain = Factors {
            probability: 1.0,
            acceptance: Acceptance::default(),
            benefit: f64::from(benefit),
            cost: f64::from(cost),
            urgency: 1.0,
            novelty: 1.0,
            declines: 0,
        };
        if parts.tier != Some(u32::from(SAFETY_TIER)) && certain.expected_value() <= 0.0 {
            let message = "it never comes onto a board: even where it is certain it is expected to cost more than it is worth; lower `cost` or raise `benefit`";
            self.reader.fault(node.at(), message);
        }
    }

    /// A condition must sometimes hold, and sometimes not.
    fn decides(&mut self, parts: &Parts<'_, '_>, asked: &Asked) {
        let bound = parts.topics.iter().map(|topic| Bound {
            attribute: &topic.attribute.id,
            value: topic.value.as_deref(),
            is_wanted: parts
                .verdicts
                .iter()
                .all(|(_, verdict)| is_wanted(*verdict)),
        });
        let phases = parts.triggers.iter().flat_map(|trigger| trigger.phases());
        let scope = Scope {
            vocabulary: self.vocabulary,
            bound: bound.collect(),
            phases: phases.copied().collect(),
        };
        let message = match asked.condition.answers(&scope) {
            Answers::Never => "it never holds, whatever is known: put it right or remove the rule",
            Answers::Always => "it always holds where the rule could speak: remove it",
            Answers::Both => return,
        };
        self.reader.fault(asked.at, message);
    }
}

/// Whether an attribute of that kind can ever have the verdict.
fn possible(kind: Kind, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Safety => kind == Kind::Safety,
        Verdict::Need => kind == Kind::Need,
        Verdict::Ask => matches!(kind, Kind::Single | Kind::SingleOpen),
        Verdict::Prefers | Verdict::Hint | Verdict::Avoids | Verdict::AvoidHint => {
            kind != Kind::Safety
        }
    }
}
