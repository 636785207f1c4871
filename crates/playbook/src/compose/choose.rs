//! Which of all candidates come onto a board, so that it says the most in the fewest lines.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::ItemId;

use crate::rank;

/// Something that could come onto a board.
pub(super) struct Candidate<'a, T> {
    pub(super) id: ItemId,
    pub(super) tier: u8,
    pub(super) score_micros: i64,
    pub(super) category: &'a str,
    /// Whether it was dealt with.
    pub(super) is_done: bool,
    /// Whether it is to be shown at all.
    pub(super) is_worth_it: bool,
    pub(super) claims: BTreeSet<(&'a str, &'a str)>,
    pub(super) of: &'a T,
}

/// The candidates that come onto the board, in its order.
///
/// One whose claims are part of another's is left off: the other says it all. So it is where the other was dealt with. Where the other does not fit on the board, its parts get their chance.
pub(super) fn choose<T>(candidates: Vec<Candidate<'_, T>>) -> Vec<Candidate<'_, T>> {
    let (done, mut open): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.is_done);
    // What claims nothing is said by nothing else.
    let is_said = |c: &Candidate<'_, T>| {
        let covers = |d: &Candidate<'_, T>| c.claims.is_subset(&d.claims);
        !c.claims.is_empty() && done.iter().any(covers)
    };
    open.retain(|c| c.is_worth_it && !is_said(c));
    open.sort_by(|a, b| a.order().cmp(&b.order()));
    let covers = covers(&open);
    let covering: BTreeSet<usize> = covers.iter().flatten().copied().collect();
    let mut cut: BTreeSet<usize> = BTreeSet::new();
    loop {
        let stands: Vec<usize> = (0..open.len())
            .filter(|i| !cut.contains(i) && covers[*i].iter().all(|cover| cut.contains(cover)))
            .collect();
        let fits = rank::fits(stands.iter().map(|i| (open[*i].tier, open[*i].category)));
        let (shown, left): (Vec<_>, Vec<_>) =
            stands.into_iter().zip(fits).partition(|(_, fits)| *fits);
        let before = cut.len();
        cut.extend(
            left.into_iter()
                .map(|(i, _)| i)
                .filter(|i| covering.contains(i)),
        );
        if cut.len() == before {
            let shown: BTreeSet<usize> = shown.into_iter().map(|(i, _)| i).collect();
            let chosen = open
                .into_iter()
                .enumerate()
                .filter(|(i, _)| shown.contains(i));
            return chosen.map(|(_, candidate)| candidate).collect();
        }
    }
}

/// For each candidate, given in order, the others that say all it says: those with more claims, and of those with the
/// same the ones before it.
fn covers<T>(ordered: &[Candidate<'_, T>]) -> Vec<Vec<usize>> {
    let mut with: BTreeMap<&(&str, &str), Vec<usize>> = BTreeMap::new();
    for (i, candidate) in ordered.iter().enumerate() {
        for claim in &candidate.claims {
            with.entry(claim).or_default().push(i);
        }
    }
    let covers = |(i, candidate): (usize, &Candidate<'_, T>)| {
        let sharing = candidate.claims.first().and_then(|claim| with.get(claim));
        let covering = sharing.into_iter().flatten().copied().filter(|j| {
            let (claims, others) = (&candidate.claims, &ordered[*j].claims);
            claims.is_subset(others) && (claims.len() < others.len() || *j < i)
        });
        covering.collect()
    };
    ordered.iter().enumerate().map(covers).collect()
}

impl<T> Candidate<'_, T> {
    fn order(&self) -> impl Ord + '_ {
        rank::order(self.tier, self.score_micros, &self.id)
    }
}
