//! Who can't be one person whatever document they show: those whose names have nothing in common, or whose birth dates
//! differ by more than a typing error does.
//!
//! It takes little for two to be no strangers: one word of the name, or what may be meant for it. Married names, names in
//! another order, left out or mistyped, join; so do those of which one is in a script that the other is not.

use std::collections::{BTreeMap, BTreeSet};

use super::form::{self, PARTICLES, is_one_error};
use super::{DenyList, NodeFacts};
use crate::event::Name;
use crate::ids::NodeId;
use crate::time::Day;

/// Letters from which on one error leaves enough of a word of a name.
const TYPO_LETTERS_MIN: usize = 3;
/// Letters with which two words of a name begin when they are forms of one.
const SHARED_LETTERS_MIN: usize = 4;

/// The carriers of one document in classes: those of a class are one person by it. Who is a stranger to the same others is
/// in the same class, so that no two strangers are in one, and nobody who could be either of two is given to one of them.
pub(super) fn classes(carriers: &[(NodeId, NodeFacts)], deny: &DenyList) -> Vec<BTreeSet<NodeId>> {
    let mut saying: BTreeMap<(Option<&Name>, Option<Day>), BTreeSet<NodeId>> = BTreeMap::new();
    for (node, facts) in carriers {
        let name = facts.name.as_ref();
        let name = name.filter(|name| !deny.is_placeholder(name));
        let said = (name, born(facts));
        saying.entry(said).or_default().insert(*node);
    }
    if saying.len() < 2 {
        return saying.into_values().collect();
    }
    let mut faces: BTreeMap<Face, BTreeSet<NodeId>> = BTreeMap::new();
    for ((name, born), nodes) in saying {
        faces.entry(Face::of(name, born)).or_default().extend(nodes);
    }
    let mut classes: BTreeMap<Vec<&Face>, BTreeSet<NodeId>> = BTreeMap::new();
    for (face, nodes) in &faces {
        let strangers = faces.keys().filter(|other| face.is_stranger_to(other));
        classes
            .entry(strangers.collect())
            .or_default()
            .extend(nodes);
    }
    classes.into_values().collect()
}

/// Whether two names are two people's, as far as they can be compared: each says something that the other does not, be it
/// mistyped or cut short. So they may be of one family.
pub(crate) fn are_of_two(one: &Name, other: &Name) -> bool {
    let [one, other] = [one, other].map(|name| Face::of(Some(name), None));
    let says_more = |one: &Face, other: &Face| {
        let alike = |word: &String| other.latin.iter().any(|of_other| are_alike(word, of_other));
        let in_latin = !other.latin.is_empty() && !one.latin.iter().all(alike);
        in_latin || !other.han.is_empty() && !one.han.is_subset(&other.han)
    };
    says_more(&one, &other) && says_more(&other, &one)
}

/// The birth date that was told last.
fn born(facts: &NodeFacts) -> Option<Day> {
    let told = facts.told.iter().rev();
    told.map(|(_, guest)| guest.particulars.birth_date)
        .find_map(|born| born)
}

/// What strangers are told apart by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Face {
    /// Words in Latin letters, and neighbours of them written as one.
    latin: BTreeSet<String>,
    /// Han characters, simplified.
    han: BTreeSet<char>,
    born: Option<Day>,
}

impl Face {
    fn of(name: Option<&Name>, born: Option<Day>) -> Self {
        let (mut latin, mut han) = (Vec::new(), BTreeSet::new());
        let parts = name
            .into_iter()
            .flat_map(|n| [&n.family, &n.given, &n.full]);
        for part in parts.flatten() {
            let part = form::name(part);
            let words: Vec<&str> = part.split(' ').collect();
            for (at, word) in words.iter().enumerate() {
                han.extend(word.chars().filter(|c| form::is_han(*c)));
                // "De" says nothing of who somebody is, and an initial little.
                let is_particle = PARTICLES.contains(word) && at + 1 < words.len();
                if word.len() > 1 && word.is_ascii() && !is_particle {
                    latin.push((*word).to_owned());
                }
            }
        }
        let joined = latin.windows(2).flat_map(|pair| {
            let [one, other] = [&pair[0], &pair[1]];
            [format!("{one}{other}"), format!("{other}{one}")]
        });
        let joined: Vec<String> = joined.collect();
        Self {
            latin: latin.into_iter().chain(joined).collect(),
            han,
            born,
        }
    }

    fn is_stranger_to(&self, other: &Self) -> bool {
        let born = self.born.zip(other.born);
        born.is_some_and(|(a, b)| are_different_births(a, b)) || self.shares_no_name(other)
    }

    /// Whether both have a name in the same script, and nothing of it in common in any.
    fn shares_no_name(&self, other: &Self) -> bool {
        let in_latin = !self.latin.is_empty() && !other.latin.is_empty();
        let in_han = !self.han.is_empty() && !other.han.is_empty();
        let is_alike = |word: &String| other.latin.iter().any(|of_other| are_alike(word, of_other));
        (in_latin || in_han) && self.han.is_disjoint(&other.han) && !self.latin.iter().any(is_alike)
    }
}

/// Whether two words may be meant for one: mistyped, cut short or spelt otherwise.
fn are_alike(a: &str, b: &str) -> bool {
    let shortest = a.len().min(b.len());
    let equal = |(a, b): &(u8, u8)| a == b;
    let shared = a.bytes().zip(b.bytes()).take_while(equal).count();
    a == b
        || shared >= shortest.clamp(TYPO_LETTERS_MIN, SHARED_LETTERS_MIN)
        || shortest >= TYPO_LETTERS_MIN && is_one_error(a, b)
}

/// Whether two birth dates differ by more than one digit, day and month exchanged, or one of their parts.
fn are_different_births(a: Day, b: Day) -> bool {
    let ((year_a, month_a, day_a), (year_b, month_b, day_b)) = (a.ymd(), b.ymd());
    let equal = [year_a == year_b, month_a == month_b, day_a == day_b];
    let equal = equal.iter().filter(|equal| **equal).count();
    let is_exchanged = year_a == year_b && month_a == day_b && day_a == month_b;
    equal < 2 && !is_exchanged && !is_one_error(&a.to_string(), &b.to_string())
}

#[cfg(test)]
mod tests;
