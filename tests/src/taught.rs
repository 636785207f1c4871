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
    /// Where in the stream these are, of each stay.
    of_stays: BTreeMap<StayId, Vec<u64>>,
    /// How rules had fared, from the moment on at which it was another than before.
    lessons: BTreeMap<u64, Lessons>,
}

impl Taught {
    /// What these teach.
    #[must_use]
    pub fn by(cards: BTreeMap<u64, CardEvent>, outcomes: BTreeMap<u64, OutcomeFact>) -> Self {
        let mut fared = Fared::default();
        let mut lessons = BTreeMap::from([(0, Lessons::default())]);
        let mut of_stays: BTreeMap<StayId, Vec<u64>> = BTreeMap::new();
        let moments: BTreeSet<u64> = cards.keys().chain(outcomes.keys()).copied().collect();
        for at in moments {
            if let Some(card) = cards.get(&at) {
                fared.hear_card(card);
                of_stays.entry(card.stay).or_default().push(at);
            }
            if let Some(OutcomeFact { outcome, .. }) = outcomes.get(&at) {
                fared.hear_outcome(&outcome.item, outcome.outcome);
                of_stays.entry(outcome.stay).or_default().push(at);
            }
            if lessons.values().next_back() != Some(fared.lessons()) {
                lessons.insert(at, fared.lessons().clone());
            }
        }
        Self {
            cards,
            outcomes,
            of_stays,
            lessons,
        }
    }

    /// `sequence`, and the moments after it at which rules had fared otherwise than before, or something had happened to what the
    /// boards of these stays showed.
    #[must_use]
    pub fn moments(&self, stays: &[StayId], sequence: u64) -> Vec<u64> {
        let lessons = self.lessons.range(sequence + 1..).map(|(at, _)| *at);
        let later = self.of_stays(stays).filter(|at| *at > sequence);
        let moments: BTreeSet<u64> = lessons.chain(later).chain([sequence]).collect();
        moments.into_iter().collect()
    }

    fn of_stays<'t>(&'t self, stays: &'t [StayId]) -> impl Iterator<Item = u64> + 't {
        let of_stays = stays.iter().filter_map(|stay| self.of_stays.get(stay));
        of_stays.flatten().copied()
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
        let until: BTreeSet<u64> = self.of_stays(stays).filter(|at| *at <= by).collect();
        let cards = until.iter().filter_map(|at| self.cards.get(at)).cloned();
        let outcomes = until.iter().filter_map(|at| self.outcomes.get(at)).cloned();
        lessons::shown(&cards.collect::<Vec<_>>(), &outcomes.collect::<Vec<_>>())
    }
}
