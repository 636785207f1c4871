//! Puts fitted chances in order: agreeing more must not say less, however the dice of a sample fell.

use crate::field::{FIELDS, Field, LEVELS, Level};
use crate::weights::{Chances, Table};

/// Levels of which each is more than the one before.
const CHAIN: [Level; 4] = [Level::Different, Level::Similar, Level::Close, Level::Same];

/// The table with levels that contradict the order pooled, so that they say the same (isotonic regression by pooling
/// adjacent violators: Ayer et al., 1955). Chances of a field add up to 1 as before.
pub(super) fn in_order(table: &Table) -> Table {
    let mut ordered = *table;
    for field in Field::ALL {
        let row = &mut ordered[*field as usize];
        normalise(row);
        pool_chain(row);
        for (less, more) in [
            (Level::Swapped, Level::Same),
            (Level::Different, Level::Swapped),
        ] {
            pool(row, &[less, more]);
        }
    }
    debug_assert_eq!(ordered.len(), FIELDS);
    ordered
}

fn normalise(row: &mut [Option<Chances>; LEVELS]) {
    let sum = |of: fn(&Chances) -> f64| row.iter().flatten().map(of).sum::<f64>();
    let (one, two) = (sum(|c| c.one_person), sum(|c| c.two_people));
    for chances in row.iter_mut().flatten() {
        *chances = Chances {
            one_person: chances.one_person / one,
            two_people: chances.two_people / two,
        };
    }
}

fn pool_chain(row: &mut [Option<Chances>; LEVELS]) {
    let mut groups: Vec<Vec<Level>> = Vec::new();
    for level in CHAIN
        .into_iter()
        .filter(|level| row[*level as usize].is_some())
    {
        groups.push(vec![level]);
        while let [.., before, last] = &groups[..] {
            if together(row, before).bits() <= together(row, last).bits() {
                break;
            }
            let last = groups.pop().unwrap_or_default();
            if let Some(before) = groups.last_mut() {
                before.extend(last);
            }
        }
    }
    for group in groups.iter().filter(|group| group.len() > 1) {
        level_out(row, group);
    }
}

/// Pools two levels when the first says more than the second.
fn pool(row: &mut [Option<Chances>; LEVELS], levels: &[Level; 2]) {
    if let [Some(less), Some(more)] = levels.map(|level| row[level as usize])
        && less.bits() > more.bits()
    {
        level_out(row, levels);
    }
}

/// Lets levels say the same: each keeps its chance between two people.
fn level_out(row: &mut [Option<Chances>; LEVELS], levels: &[Level]) {
    let all = together(row, levels);
    for level in levels {
        if let Some(chances) = &mut row[*level as usize] {
            chances.one_person = chances.two_people * all.one_person / all.two_people;
        }
    }
}

fn together(row: &[Option<Chances>; LEVELS], levels: &[Level]) -> Chances {
    let chances = || levels.iter().filter_map(|level| row[*level as usize]);
    Chances {
        one_person: chances().map(|c| c.one_person).sum(),
        two_people: chances().map(|c| c.two_people).sum(),
    }
}
