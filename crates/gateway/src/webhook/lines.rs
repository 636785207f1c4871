//! Which board of which stay is next: a line of revisions for each stay, in their order in the stream. Pure, so that every
//! order in which deliveries can come is tried in tests.
//!
//! The server may deliver out of order: what a killed gateway, or a lost connection, had under way comes again later than
//! what is new. But each board names the one before it of its stay. So a board whose predecessor is not known to be done
//! waits for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cardex_domain::ids::StayId;

/// The boards that are held, and what is known of those that were done.
#[derive(Debug)]
pub(super) struct Lines<T> {
    /// Of each stay, what is held, by its sequence.
    held: HashMap<StayId, BTreeMap<u64, Held<T>>>,
    /// Everything up to here is done.
    done_to: u64,
    /// What was done here behind that.
    done: BTreeSet<u64>,
}

/// A board that waits or is under way.
#[derive(Debug)]
pub(super) struct Held<T> {
    /// The sequence of the board before of its stay; 0 when there is none that has to be done first.
    pub(super) previous: u64,
    /// What it is.
    pub(super) board: T,
}

/// What became of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came<T> {
    /// It is held, as the first of its stay: somebody has to see to the stay.
    First,
    /// It is held behind others, or before them; somebody sees to the stay.
    Behind,
    /// It is held already; this is the same once more.
    Again,
    /// It was done; the server has not heard of it.
    Done(T),
}

impl<T> Lines<T> {
    pub(super) fn new(done_to: u64) -> Self {
        Self {
            held: HashMap::new(),
            done_to,
            done: BTreeSet::new(),
        }
    }

    /// Takes a delivery in.
    pub(super) fn come(&mut self, stay: StayId, sequence: u64, held: Held<T>) -> Came<T> {
        if self.is_done(sequence) {
            return Came::Done(held.board);
        }
        let first = !self.held.contains_key(&stay);
        let line = self.held.entry(stay).or_default();
        if line.contains_key(&sequence) {
            return Came::Again;
        }
        line.insert(sequence, held);
        match first {
            true => Came::First,
            false => Came::Behind,
        }
    }

    /// The next board of the stay, and whether it may go: the one before it is done. Without any the stay is let go, and
    /// the next that comes is its first again.
    pub(super) fn next(&mut self, stay: &StayId) -> Option<(u64, &Held<T>, bool)> {
        if self.held.get(stay).is_some_and(BTreeMap::is_empty) {
            self.held.remove(stay);
        }
        let line = self.held.get(stay)?;
        let (&sequence, held) = line.first_key_value()?;
        Some((sequence, held, self.is_done(held.previous)))
    }

    /// A board was done with: taken, or put aside. It is given back to be acknowledged.
    pub(super) fn finish(&mut self, stay: &StayId, sequence: u64) -> Option<T> {
        let held = self.held.get_mut(stay)?.remove(&sequence)?;
        if sequence > self.done_to {
            self.done.insert(sequence);
        }
        Some(held.board)
    }

    /// The boards of the stay that a newer one takes the place of.
    pub(super) fn outdated(&self, stay: &StayId) -> Vec<u64> {
        let line = self.held.get(stay);
        let sequences = line.into_iter().flat_map(BTreeMap::keys).copied();
        let mut sequences: Vec<u64> = sequences.collect();
        sequences.pop();
        sequences
    }

    /// The server says that everything up to here is done.
    pub(super) fn done_to(&mut self, sequence: u64) {
        self.done_to = self.done_to.max(sequence);
        self.done = self.done.split_off(&(self.done_to + 1));
    }

    /// Everything that is held.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.held
            .values()
            .flat_map(BTreeMap::values)
            .map(|held| &held.board)
    }

    fn is_done(&self, sequence: u64) -> bool {
        sequence <= self.done_to || self.done.contains(&sequence)
    }
}

#[cfg(test)]
mod tests {
    use cardex_domain::ids::{InstallationKey, PropertyId};

    use super::*;

    fn stay(name: &str) -> StayId {
        let property = PropertyId::new("macau").unwrap();
        InstallationKey::new([7; 32]).stay(&property, name)
    }

    fn held(previous: u64) -> Held<()> {
        Held {
            previous,
            board: (),
        }
    }

    /// The next of the stay, if it may go.
    fn goes(lines: &mut Lines<()>, of: &StayId) -> Option<u64> {
        let (sequence, _, may) = lines.next(of)?;
        may.then_some(sequence)
    }

    #[test]
    fn revisions_of_a_stay_go_in_their_order_whatever_the_order_they_come_in() {
        let (a, b) = (stay("a"), stay("b"));
        for order in [[3, 5, 9], [9, 5, 3], [5, 9, 3], [3, 9, 5]] {
            let mut lines = Lines::new(2);
            let mut went = Vec::new();
            for sequence in order {
                let previous = match sequence {
                    3 => 0,
                    5 => 3,
                    _ => 5,
                };
                lines.come(a, sequence, held(previous));
                lines.come(b, 100 + sequence, held(0));
                // As many as may go.
                while let Some(next) = goes(&mut lines, &a) {
                    went.push(next);
                    assert!(lines.finish(&a, next).is_some());
                }
            }
            assert_eq!(went, [3, 5, 9], "{order:?}");
            // The other stay waits for nobody of this one.
            assert_eq!(goes(&mut lines, &b), Some(103));
        }
    }

    #[test]
    fn what_was_under_way_before_a_kill_is_waited_for() {
        let a = stay("a");
        let mut lines = Lines::new(2);
        // 4 was delivered to the one that was killed.
        assert_eq!(lines.come(a, 7, held(4)), Came::First);
        assert_eq!(goes(&mut lines, &a), None);
        assert_eq!(lines.come(a, 4, held(1)), Came::Behind);
        assert_eq!(goes(&mut lines, &a), Some(4));
        lines.finish(&a, 4);
        assert_eq!(goes(&mut lines, &a), Some(7));
        // Or the server says that it was done.
        let mut lines = Lines::new(2);
        lines.come(a, 7, held(4));
        lines.done_to(6);
        assert_eq!(goes(&mut lines, &a), Some(7));
    }

    #[test]
    fn the_same_again_is_neither_sent_nor_held_twice() {
        let a = stay("a");
        let mut lines = Lines::new(0);
        assert_eq!(lines.come(a, 3, held(0)), Came::First);
        assert_eq!(lines.come(a, 3, held(0)), Came::Again);
        assert_eq!(lines.all().count(), 1);
        lines.finish(&a, 3);
        assert_eq!(lines.come(a, 3, held(0)), Came::Done(()));
        assert_eq!(goes(&mut lines, &a), None);
        lines.done_to(3);
        assert_eq!(lines.come(a, 3, held(0)), Came::Done(()));
        assert_eq!(lines.come(a, 4, held(3)), Came::First);
    }

    #[test]
    fn only_the_newest_is_not_outdated() {
        let a = stay("a");
        let mut lines = Lines::new(0);
        assert!(lines.outdated(&a).is_empty());
        for (sequence, previous) in [(3, 0), (5, 3), (9, 5)] {
            lines.come(a, sequence, held(previous));
        }
        assert_eq!(lines.outdated(&a), [3, 5]);
    }
}
