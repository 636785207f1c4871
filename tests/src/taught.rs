//! What outcomes had taught at any moment, worked out from the stream.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::CardEvent;
use cardex_domain::fact::OutcomeFact;
use cardex_domain::ids::StayId;
use cardex_domain::lessons::{self, Fared, Lessons, Shown};

/// Card events and outcomes by their sequence in the stream.
#[derive(Debug)]
pub struct Taught {
    /// What happened to items.
    pub cards: BTreeMap<u64, CardEvent>,
    /// What became of them.
    outcomes: BTreeMap<u64, OutcomeFact>,
    /// How rules had fared, from the moment on at which it was another than before.
    lessons: BTreeMap<u64, Lessons>,
}

impl Taught {
    /// What these teach.
    #[must_use]
    pub fn by(cards: BTreeMap<u64, CardEvent>, outcomes: BTreeMap<u64, OutcomeFact>) -> Self {
        let mut fared = Fared::default();
        let mut lessons = BTreeMap::from([(0, Lessons::default())]);
        let moments: BTreeSet<u64> = cards.keys().chain(outcomes.keys()).copied().collect();
        for at in moments {
            cards.get(&at).inspect(|card| fared.hear_card(card));
            if let Some(OutcomeFact { outcome, .. }) = outcomes.get(&at) {
                fared.hear_outcome(&outcome.item, outcome.outcome);
            }
            if lessons.values().next_back() != Some(fared.lessons()) {
                lessons.insert(at, fared.lessons().clone());
            }
        }
        Self {
            cards,
            outcomes,
            lessons,
        }
    }

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
    pub fn lessons(&self, by: u64) -> &Lessons {
        let last = self.lessons.range(..=by).next_back();
        last.expect("nothing is known at first").1
    }

    /// What the boards of these stays had shown by then.
    #[must_use]
    pub fn shown(&self, stays: &[StayId], by: u64) -> Vec<Shown> {
        if stays.is_empty() {
            return Vec::new();
        }
        let cards = self.cards.range(..=by).map(|(_, card)| card);
        let cards = cards.filter(|card| stays.contains(&card.stay)).cloned();
        let outcomes = self.outcomes.range(..=by).map(|(_, fact)| fact);
        let outcomes = outcomes
            .filter(|fact| stays.contains(&fact.outcome.stay))
            .cloned();
        lessons::shown(&cards.collect::<Vec<_>>(), &outcomes.collect::<Vec<_>>())
    }
}
