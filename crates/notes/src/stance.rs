//! How a clause speaks of each of its words: wanted, not wanted, not to be served, or neither.

use std::ops::Range;

use crate::clause::Clause;
use crate::cue::Cue;
use crate::lexicon::Found;

/// How a clause speaks of a word in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    For,
    Against,
    /// It must not be served.
    MustNot,
    /// What would be against it is denied: "does not dislike".
    Neither,
}

impl Stance {
    /// The same turned round.
    fn turned(self) -> Self {
        match self {
            Self::For => Self::Against,
            Self::Against | Self::MustNot => Self::For,
            Self::Neither => Self::Neither,
        }
    }
}

/// For each word of a clause, how the clause speaks of it.
pub(crate) fn stances(text: &str, clause: &Clause<'_, '_>) -> Vec<Stance> {
    let words = clause.words;
    let mut stances = vec![Stance::For; words.len()];
    let mut stance = Stance::For;
    // The words before a denial that has nothing after it yet are what it may be about.
    let mut open: Option<(Range<usize>, Stance)> = None;
    let mut since = 0;
    let mut is_kept_away = false;
    for (index, word) in words.iter().enumerate() {
        let follows = |cues: &[Cue]| {
            index > 0
                && text[words[index - 1].end..word.start].trim().is_empty()
                && cues.iter().any(|cue| words[index - 1].is(*cue))
        };
        if !word.entry.meanings.is_empty() && !word.is(Cue::Kin) {
            stances[index] = match stance {
                // "No peanut allergy" denies one, "serve no peanuts, allergy" does not, with or without the comma.
                Stance::Against if is_kept_away && word.entry.names_allergy => Stance::MustNot,
                stance => stance,
            };
            if stance != Stance::For {
                open = None;
            }
        }
        if word.is(Cue::MustNot) {
            stance = Stance::MustNot;
            open = Some((since..index, Stance::MustNot));
        } else if word.is(Cue::Needed) && stances[since..index].contains(&Stance::Against) {
            stances[since..index].fill(Stance::For);
            (stance, open) = (Stance::For, None);
        } else if word.is(Cue::Except) {
            (stance, open, since) = (stance.turned(), None, index);
        } else if word.is(Cue::Besides)
            && let Some((end, apart)) = apart(&words[index + 1..])
        {
            let end = index + 1 + end;
            stances[index..end].fill(apart);
            return stances;
        } else if word.is(Cue::Not) || word.is(Cue::NotAfter) {
            if word.is(Cue::Not) && follows(&[Cue::Not]) {
                stance = Stance::Neither;
            } else if word.is(Cue::Not) && stance == Stance::For {
                stance = Stance::Against;
            }
            is_kept_away = word.is(Cue::KeptAway);
            open = word
                .is(Cue::NotAfter)
                .then_some((since..index, Stance::Against));
        } else if word.is(Cue::Wants) && !follows(&[Cue::Not, Cue::MustNot]) {
            deny(&mut stances, open.take());
            (stance, since) = (Stance::For, index);
        }
    }
    deny(&mut stances, open);
    stances
}

/// Up to which of the words something is set apart from what is said of all else, and how; `None` where all else is not
/// spoken of.
fn apart(words: &[Found<'_>]) -> Option<(usize, Stance)> {
    let of_all_else = |word: &Found<'_>| match () {
        () if word.is(Cue::All) => Some(Stance::Against),
        () if word.is(Cue::Not) || word.is(Cue::NotAfter) => Some(Stance::For),
        () => None,
    };
    let mut found = words.iter().enumerate();
    found.find_map(|(at, word)| Some((at, of_all_else(word)?)))
}

fn deny(stances: &mut [Stance], denied: Option<(Range<usize>, Stance)>) {
    if let Some((range, stance)) = denied {
        let wanted = stances[range]
            .iter_mut()
            .filter(|known| **known == Stance::For);
        wanted.for_each(|known| *known = stance);
    }
}
