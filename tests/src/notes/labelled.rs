//! Precision and recall on the labelled notes of `tests/notes`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use cardex_domain::event::{Polarity, Scope};
use cardex_notes::{Extractor, Proposal};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The sets of labelled notes of this repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// Notes as staff write them.
    Plain,
    /// Notes in which something turns what is said: denied, once so, supposed, asked, somebody else's.
    Turned,
}

impl Set {
    /// Every set.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Turned];

    /// The notes with their labels.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Plain => include_str!("../../notes/labelled.tsv"),
            Self::Turned => include_str!("../../notes/turned.tsv"),
        }
    }
}

/// One note of every so many is kept unseen.
const UNSEEN_ONE_IN: u64 = 3;

/// Which notes: those that the extractor was built with, or those kept apart to measure it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Two thirds, to look at while building.
    Seen,
    /// The third of which only figures are looked at.
    Unseen,
}

impl Split {
    /// The split of a note follows from its id alone, so that nobody chooses.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let digest = Sha256::digest(id);
        let head = digest[..8]
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if head.is_multiple_of(UNSEEN_ONE_IN) {
            Self::Unseen
        } else {
            Self::Seen
        }
    }
}

/// A note with what a colleague would take from it.
#[derive(Debug)]
pub struct Labelled<'t> {
    /// Language and number.
    pub id: &'t str,
    /// `en` or `zh`.
    pub language: &'t str,
    /// Whether it was kept apart.
    pub split: Split,
    /// The note.
    pub note: &'t str,
    /// Statements as `attribute=value`, with `:against` and `@party` where they apply.
    pub expected: BTreeSet<&'t str>,
}

/// How proposals compare with labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Notes compared.
    pub notes: usize,
    /// Statements labelled and proposed.
    pub right: usize,
    /// Statements proposed and not labelled.
    pub wrong: usize,
    /// Statements labelled and not proposed.
    pub missed: usize,
    /// Notes of which every statement is right and none is missed.
    pub notes_right: usize,
}

impl Score {
    /// Of what is proposed, the share that is right, in thousandths.
    #[must_use]
    pub fn precision_permille(&self) -> usize {
        permille(self.right, self.right + self.wrong)
    }

    /// Of what is labelled, the share that is proposed, in thousandths.
    #[must_use]
    pub fn recall_permille(&self) -> usize {
        permille(self.right, self.right + self.missed)
    }

    fn add(&mut self, other: Self) {
        self.notes += other.notes;
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.notes_right += other.notes_right;
    }
}

fn permille(part: usize, whole: usize) -> usize {
    (part * 1000).checked_div(whole).unwrap_or(1000)
}

/// Reads labelled notes.
///
/// # Errors
/// Where a line has not five columns, or a split that is not the one of its id.
pub fn read(text: &str) -> anyhow::Result<Vec<Labelled<'_>>> {
    let lines = text.lines().enumerate().skip(1);
    lines
        .map(|(index, line)| {
            labelled(line).with_context(|| format!("line {} of the labelled notes", index + 1))
        })
        .collect()
}

fn labelled(line: &str) -> anyhow::Result<Labelled<'_>> {
    let columns: Vec<&str> = line.split('\t').collect();
    let &[id, language, split, note, expected] = columns.as_slice() else {
        bail!("{} columns where 5 are expected", columns.len());
    };
    let of_id = Split::of(id);
    let named = if of_id == Split::Seen {
        "seen"
    } else {
        "unseen"
    };
    ensure!(split == named, "{id} is {named} by its id, not {split}");
    Ok(Labelled {
        id,
        language,
        split: of_id,
        note,
        expected: expected.split_whitespace().collect(),
    })
}

/// A proposal as labels write it.
#[must_use]
pub fn written(proposal: &Proposal) -> String {
    let against = if proposal.polarity == Polarity::Against {
        ":against"
    } else {
        ""
    };
    let party = if proposal.scope == Scope::Party {
        "@party"
    } else {
        ""
    };
    format!("{}={}{against}{party}", proposal.attribute, proposal.value)
}

/// Compares what is proposed of a note with what is labelled, with the statements that differ.
#[must_use]
pub fn compare(extractor: &Extractor, labelled: &Labelled<'_>) -> (Score, Vec<String>) {
    let proposed: BTreeSet<String> = extractor
        .propose(labelled.note)
        .iter()
        .map(written)
        .collect();
    let wrong = proposed
        .iter()
        .filter(|one| !labelled.expected.contains(one.as_str()));
    let missed = labelled
        .expected
        .iter()
        .filter(|one| !proposed.contains(**one));
    let differing: Vec<String> = wrong
        .map(|one| format!("wrong {one}"))
        .chain(missed.map(|one| format!("missed {one}")))
        .collect();
    let right = proposed
        .iter()
        .filter(|one| labelled.expected.contains(one.as_str()))
        .count();
    let score = Score {
        notes: 1,
        right,
        wrong: proposed.len() - right,
        missed: labelled.expected.len() - right,
        notes_right: usize::from(differing.is_empty()),
    };
    (score, differing)
}

/// The scores of one split, by language.
#[must_use]
pub fn measure<'t>(
    extractor: &Extractor,
    notes: &[Labelled<'t>],
    split: Split,
) -> BTreeMap<&'t str, Score> {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for labelled in notes.iter().filter(|labelled| labelled.split == split) {
        let (score, _) = compare(extractor, labelled);
        scores.entry(labelled.language).or_default().add(score);
    }
    scores
}

#[cfg(test)]
mod tests;
