//! What outcomes had taught at any moment, worked out from the stream.

use std::collections::BTreeMap;

use cardex_domain::event::{CardChange, CardEvent};
use cardex_domain::fact::OutcomeFact;
use cardex_domain::ids::{DepartmentId, ItemId, RuleId, StayId};
use cardex_domain::lessons::{self, Fate, Lessons, Shown, Tally};

/// Card events and outcomes by their sequence in the stream.
#[derive(Debug, Default)]
pub struct Taught {
    /// What happened to items.
    pub cards: BTreeMap<u64, CardEvent>,
    /// What became of them.
    pub outcomes: BTreeMap<u64, OutcomeFact>,
}

impl Taught {
    /// The moments from `sequence` on at which what is known may be another.
    #[must_use]
    pub fn moments(&self, sequence: u64) -> Vec<u64> {
        let later = (self.cards.range(sequence + 1..).map(|(at, _)| *at))
            .chain(self.outcomes.range(sequence + 1..).map(|(at, _)| *at));
        let mut moments: Vec<u64> = later.chain([sequence]).collect();
        moments.sort_unstable();
        moments
    }

    /// How rules had fared by then.
    #[must_use]
    pub fn lessons(&self, by: u64) -> Lessons {
        let mut fates: BTreeMap<&ItemId, Fate> = BTreeMap::new();
        let mut rules: BTreeMap<&ItemId, (&DepartmentId, &RuleId)> = BTreeMap::new();
        for card in self.cards.range(..=by).map(|(_, card)| card) {
            for item in &card.items {
                match card.change {
                    CardChange::Issued => {
                        rules.insert(&item.item, (&card.department, &item.rule));
                    }
                    CardChange::Expired => fates.entry(&item.item).or_default().expired = true,
                    CardChange::Withdrawn | CardChange::Escalated => {}
                }
            }
        }
        for outcome in self.outcomes.range(..=by).map(|(_, fact)| &fact.outcome) {
            let fate = fates.entry(&outcome.item).or_default();
            fate.outcomes.insert(outcome.outcome);
        }
        let mut lessons = Lessons::default();
        for (item, (department, rule)) in rules {
            let fared = fates.get(item).map(Fate::tally).unwrap_or_default();
            let sum = lessons
                .of(department, rule)
                .replacing(Tally::default(), fared);
            lessons.learn(department.clone(), rule.clone(), sum);
        }
        lessons
    }

    /// What the boards of these stays had shown by then.
    #[must_use]
    pub fn shown(&self, stays: &[StayId], by: u64) -> Vec<Shown> {
        let cards = self.cards.range(..=by).map(|(_, card)| card);
        let cards = cards.filter(|card| stays.contains(&card.stay)).cloned();
        let outcomes = self.outcomes.range(..=by).map(|(_, fact)| fact);
        let outcomes = outcomes
            .filter(|fact| stays.contains(&fact.outcome.stay))
            .cloned();
        lessons::shown(&cards.collect::<Vec<_>>(), &outcomes.collect::<Vec<_>>())
    }
}
