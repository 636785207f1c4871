//! What became of what rules said: how much of it was shown, seen and acted on, and how soon, by department and rule.
//!
//! An item counts once, however often it came, was answered or was reported, so that no order or repetition of events
//! makes a difference; and it is an item of one stay, so that stays are counted by themselves and added.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{CardChange, CardEvent, OutcomeKind};
use crate::fact::OutcomeFact;
use crate::ids::{DepartmentId, EventKey, ItemId, RuleId};
use crate::time::{Day, Moment};

/// What became of the items of one rule in one department.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Items that came onto a board.
    pub issued: u64,
    /// Of these, how many were ever answered so; nothing counts as delivered here.
    pub became: BTreeMap<OutcomeKind, u64>,
    /// How many a person answered before their time had passed: all that were answered, where the rule waits for nobody.
    pub in_time: u64,
    /// How many nobody acknowledged in time, so that the next in line was told.
    pub escalated: u64,
    /// How many had something done about them: every outcome but *delivered* and *acknowledged*.
    pub acted_on: u64,
    /// How many stood until their stay ended without anything being done about them.
    pub expired: u64,
    /// For each that a person answered, the seconds until the first answer from when it had last come, sorted: while it was
    /// gone, or waited until the guest may be disturbed, nobody was to look up for it. Whoever acts on a line has seen it, so
    /// that is an answer, too.
    pub waited_seconds: Vec<u64>,
}

impl Followed {
    /// How many items were answered so.
    #[must_use]
    pub fn count(&self, kind: OutcomeKind) -> u64 {
        self.became.get(&kind).copied().unwrap_or(0)
    }

    /// How many items a person answered in any way.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.waited_seconds.len() as u64
    }

    /// The median time until a person answered, in seconds, of two in the middle their mean; `None` when nobody ever did.
    #[must_use]
    pub fn median_wait_seconds(&self) -> Option<u64> {
        let waited = &self.waited_seconds;
        let upper = waited.get(waited.len() / 2)?;
        let lower = waited.get((waited.len() - 1) / 2)?;
        Some(lower.midpoint(*upper))
    }

    /// Whether its time passed again and again, and nobody ever did anything about it.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.acted_on == 0 && self.expired > 0
    }

    /// Adds what became of other items.
    pub fn join(&mut self, other: Self) {
        self.issued += other.issued;
        for (kind, count) in other.became {
            *self.became.entry(kind).or_default() += count;
        }
        self.in_time += other.in_time;
        self.escalated += other.escalated;
        self.acted_on += other.acted_on;
        self.expired += other.expired;
        self.waited_seconds.extend(other.waited_seconds);
        self.waited_seconds.sort_unstable();
    }
}

/// By department and rule.
pub type ByRule = BTreeMap<(DepartmentId, RuleId), Followed>;

/// What became of the items that the cards tell of: of all, or of those alone that first came on one of `days`, both
/// included. An outcome of an item of which nothing says that it came counts for nothing.
#[must_use]
pub fn followed(
    cards: &[(EventKey, CardEvent)],
    outcomes: &[OutcomeFact],
    days: Option<(Day, Day)>,
) -> ByRule {
    let mut lines: BTreeMap<&ItemId, Line<'_>> = BTreeMap::new();
    let told = || {
        let cards = cards.iter().map(|(_, card)| card);
        cards.flat_map(|card| card.items.iter().map(move |item| (card, item)))
    };
    for (card, item) in told().filter(|(card, _)| card.change == CardChange::Issued) {
        let rule = (&card.department, &item.rule);
        let line = lines.entry(&item.item).or_insert_with(|| Line {
            rule,
            came: BTreeSet::new(),
            answers: BTreeSet::new(),
            escalated: None,
            expired: false,
        });
        line.came.insert(card.occurred_at);
        line.rule = line.rule.min(rule);
    }
    for (card, item) in told() {
        let Some(line) = lines.get_mut(&item.item) else {
            continue;
        };
        match card.change {
            CardChange::Issued | CardChange::Withdrawn => {}
            CardChange::Expired => line.expired = true,
            // It may have gone, come again and waited again: what counts is the first time.
            CardChange::Escalated => {
                let at = line
                    .escalated
                    .map_or(card.occurred_at, |at| at.min(card.occurred_at));
                line.escalated = Some(at);
            }
        }
    }
    for outcome in outcomes.iter().map(|fact| &fact.outcome) {
        if let Some(line) = lines.get_mut(&outcome.item) {
            line.answers.insert((outcome.outcome, outcome.occurred_at));
        }
    }
    let mut all = ByRule::new();
    for line in lines.into_values() {
        let day = line.came.first().map(|first| first.day());
        let is_asked = |(first, last)| day.is_some_and(|day| (first..=last).contains(&day));
        if days.is_none_or(is_asked) {
            let (department, rule) = line.rule;
            let of = all.entry((department.clone(), rule.clone())).or_default();
            of.join(line.followed());
        }
    }
    all
}

/// All that is told of one item.
struct Line<'a> {
    rule: (&'a DepartmentId, &'a RuleId),
    /// Each time.
    came: BTreeSet<Moment>,
    answers: BTreeSet<(OutcomeKind, Moment)>,
    /// When its time had passed without anybody acknowledging it.
    escalated: Option<Moment>,
    expired: bool,
}

impl Line<'_> {
    fn followed(&self) -> Followed {
        let by_person = |(kind, _): &&(OutcomeKind, Moment)| *kind != OutcomeKind::Delivered;
        let answers = || self.answers.iter().filter(by_person);
        let kinds: BTreeSet<OutcomeKind> = answers().map(|(kind, _)| *kind).collect();
        let acted = kinds.iter().any(|kind| kind.closes());
        let answered = answers().map(|(_, at)| *at).min();
        let by = |at: &Moment| self.escalated.is_none_or(|passed| *at <= passed);
        // A clock that is behind says that it was answered before it came: at once, then.
        let waited = answered.map(|at| {
            let came = self.came.range(..=at).next_back();
            came.map_or(0, |came| at.seconds_since(*came).max(0))
        });
        Followed {
            issued: 1,
            in_time: u64::from(answered.as_ref().is_some_and(by)),
            escalated: u64::from(self.escalated.is_some()),
            became: kinds.into_iter().map(|kind| (kind, 1)).collect(),
            acted_on: u64::from(acted),
            expired: u64::from(self.expired && !acted),
            waited_seconds: waited.map(i64::unsigned_abs).into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
