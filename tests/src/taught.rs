//! What outcomes had taught at any moment, worked out from the stream.

use std::collections::BTreeMap;

use cardex_domain::event::CardEvent;
use cardex_domain::fact::OutcomeFact;
use cardex_domain::ids::StayId;
use cardex_domain::lessons::{self, Fared, Lessons, Shown};

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
        let mut fared = Fared::default();
        let cards = self.cards.range(..=by);
        cards.for_each(|(_, card)| fared.hear_card(card));
        for outcome in self.outcomes.range(..=by).map(|(_, fact)| &fact.outcome) {
            fared.hear_outcome(&outcome.item, outcome.outcome);
        }
        fared.lessons().clone()
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
