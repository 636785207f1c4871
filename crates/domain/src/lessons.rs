//! What outcomes teach: how often what a rule says is taken up in a department, and what a guest was shown before.
//!
//! Outcomes are a set per item, counted in quarters, so that everything stays an integer and no order or repetition of
//! events makes a difference: *done* and *delighted* each count one whole for it, *declined* one whole against it, and a
//! line whose stay ended without anybody acting on it a quarter against it. What was *wrong* or *not possible* says
//! nothing about whether people like to be told.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{CardChange, CardEvent, OutcomeKind};
use crate::fact::OutcomeFact;
use crate::ids::{AttributeId, DepartmentId, ItemId, RuleId};
use crate::time::Moment;

/// A whole, in quarters.
const WHOLE: u64 = 4;

/// How often something was taken up, and how often not, in quarters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// For it.
    pub taken_up: u64,
    /// Against it.
    pub turned_down: u64,
}

/// All that became of one item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// Its outcomes, each once however often it was reported.
    pub outcomes: BTreeSet<OutcomeKind>,
    /// Whether its stay ended while it stood.
    pub expired: bool,
}

impl Fate {
    /// What it counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let counted = |kinds: &[OutcomeKind]| {
            let counted = self.outcomes.iter().filter(|kind| kinds.contains(kind));
            WHOLE * counted.count() as u64
        };
        let acted = self.outcomes.iter().any(|kind| kind.closes());
        Tally {
            taken_up: counted(&[OutcomeKind::Done, OutcomeKind::Delighted]),
            turned_down: counted(&[OutcomeKind::Declined]) + u64::from(self.expired && !acted),
        }
    }
}

impl Tally {
    /// This tally with what `before` counted replaced by what `after` does.
    #[must_use]
    pub fn replacing(self, before: Self, after: Self) -> Self {
        let replaced = |all: u64, before: u64, after: u64| (all + after).saturating_sub(before);
        Self {
            taken_up: replaced(self.taken_up, before.taken_up, after.taken_up),
            turned_down: replaced(self.turned_down, before.turned_down, after.turned_down),
        }
    }
}

/// What all outcomes taught, by department and rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lessons(BTreeMap<DepartmentId, BTreeMap<RuleId, Tally>>);

impl Lessons {
    /// What is known of a rule in a department; nothing at first.
    #[must_use]
    pub fn of(&self, department: &DepartmentId, rule: &RuleId) -> Tally {
        let rules = self.0.get(department);
        rules
            .and_then(|rules| rules.get(rule))
            .copied()
            .unwrap_or_default()
    }

    /// Puts what is known now in the place of what was.
    pub fn learn(&mut self, department: DepartmentId, rule: RuleId, tally: Tally) {
        self.0.entry(department).or_default().insert(rule, tally);
    }

    /// Everything, by department and rule.
    pub fn iter(&self) -> impl Iterator<Item = (&DepartmentId, &RuleId, Tally)> {
        self.0.iter().flat_map(|(department, rules)| {
            rules
                .iter()
                .map(move |(rule, tally)| (department, rule, *tally))
        })
    }
}

/// What outcomes taught, kept up with what is recorded, in whatever order that comes.
#[derive(Debug, Clone, Default)]
pub struct Fared {
    lessons: Lessons,
    items: BTreeMap<ItemId, Watched>,
}

/// An item of which something is recorded.
#[derive(Debug, Clone, Default)]
struct Watched {
    /// Who was told it and by which rule; nobody as long as nothing says that it was issued.
    issued: Option<(DepartmentId, RuleId)>,
    fate: Fate,
}

impl Fared {
    /// What is taught by all that was heard.
    #[must_use]
    pub fn lessons(&self) -> &Lessons {
        &self.lessons
    }

    /// Hears what happened to items.
    pub fn hear_card(&mut self, card: &CardEvent) {
        for item in &card.items {
            self.change(&item.item, |watched| match card.change {
                CardChange::Issued => {
                    watched.issued = Some((card.department.clone(), item.rule.clone()));
                }
                CardChange::Expired => watched.fate.expired = true,
                CardChange::Withdrawn | CardChange::Escalated => {}
            });
        }
    }

    /// Hears what became of an item.
    pub fn hear_outcome(&mut self, item: &ItemId, outcome: OutcomeKind) {
        self.change(item, |watched| {
            watched.fate.outcomes.insert(outcome);
        });
    }

    fn change(&mut self, item: &ItemId, change: impl FnOnce(&mut Watched)) {
        let watched = self.items.entry(item.clone()).or_default();
        let before = watched.counts();
        change(watched);
        let Some((department, rule)) = &watched.issued else {
            return;
        };
        let sum = self.lessons.of(department, rule);
        let sum = sum.replacing(before, watched.counts());
        self.lessons.learn(department.clone(), rule.clone(), sum);
    }
}

impl Watched {
    /// What it counts for its rule: nothing before it was issued.
    fn counts(&self) -> Tally {
        let issued = self.issued.as_ref();
        issued.map_or_else(Tally::default, |_| self.fate.tally())
    }
}

/// Something that a department was told about a guest in other stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Who was told.
    pub department: DepartmentId,
    /// By which rule.
    pub rule: RuleId,
    /// About what, sorted.
    pub claims: Claims,
    /// When it last came, went, or was acted on.
    pub last: Moment,
    /// In how many of the stays the guest did not want it.
    pub declined: u32,
}

type Claims = Vec<(AttributeId, Box<str>)>;

/// What the boards of some stays showed, from what is recorded of their items. An item of which nothing says that it was
/// issued was not shown.
#[must_use]
pub fn shown(cards: &[CardEvent], outcomes: &[OutcomeFact]) -> Vec<Shown> {
    let mut issued: BTreeMap<&ItemId, Shown> = BTreeMap::new();
    for card in cards.iter().filter(|c| c.change == CardChange::Issued) {
        for item in &card.items {
            issued.entry(&item.item).or_insert_with(|| Shown {
                department: card.department.clone(),
                rule: item.rule.clone(),
                claims: item.pairs(),
                last: card.occurred_at,
                declined: 0,
            });
        }
    }
    for card in cards {
        for item in &card.items {
            if let Some(shown) = issued.get_mut(&item.item) {
                shown.last = shown.last.max(card.occurred_at);
            }
        }
    }
    for outcome in outcomes.iter().map(|fact| &fact.outcome) {
        if let Some(shown) = issued.get_mut(&outcome.item) {
            shown.last = shown.last.max(outcome.occurred_at);
            if outcome.outcome == OutcomeKind::Declined {
                shown.declined = 1;
            }
        }
    }
    let mut all: BTreeMap<(DepartmentId, RuleId, Claims), Shown> = BTreeMap::new();
    for shown in issued.into_values() {
        let what = (
            shown.department.clone(),
            shown.rule.clone(),
            shown.claims.clone(),
        );
        let known = all.entry(what).or_insert_with(|| Shown {
            declined: 0,
            ..shown.clone()
        });
        known.last = known.last.max(shown.last);
        known.declined += shown.declined;
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests;
