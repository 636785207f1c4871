//! What a note says, as proposals.

use cardex_domain::event::{Polarity, Scope};
use cardex_domain::ids::AttributeId;
use cardex_domain::note::{Reading, ReadsNotes, Span};
use cardex_domain::vocabulary::Vocabulary;

use crate::clause::clauses;
use crate::decide::Reader;
use crate::folded::Folded;
use crate::lexicon::Lexicon;

/// Finds the statements of one vocabulary in notes. Building it costs milliseconds, so keep it with the vocabulary.
#[derive(Debug)]
pub struct Extractor {
    lexicon: Lexicon,
}

/// A statement that a note seems to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// About what.
    pub attribute: AttributeId,
    /// The id of the vocabulary's value.
    pub value: Box<str>,
    /// Whether the guest wants it.
    pub polarity: Polarity,
    /// The words that say so.
    pub span: Span,
    /// How surely they say so.
    pub certainty: Certainty,
    /// The guest, or somebody who belongs to the guest.
    pub scope: Scope,
}

/// How surely a note makes a statement. The surer, the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The words mean nothing else.
    Clear,
    /// The words mean something else, too; what stands around them decided.
    Likely,
    /// It matters too much, or is too indirect, to go by the words alone: ask.
    Confirm,
}

impl Certainty {
    /// The word for it in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Likely => "likely",
            Self::Confirm => "confirm",
        }
    }
}

impl Extractor {
    /// An extractor for the words of a vocabulary.
    #[must_use]
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            lexicon: Lexicon::new(vocabulary),
        }
    }

    /// What a note says, in the order of the note; the same statement once. Only values of the vocabulary are found.
    #[must_use]
    pub fn propose(&self, note: &str) -> Vec<Proposal> {
        let folded = Folded::of(note);
        let words = self.lexicon.words(folded.text());
        if words.iter().all(|word| word.entry.meanings.is_empty()) {
            return Vec::new();
        }
        let mut reader = Reader::new(&self.lexicon, &folded, &words);
        for clause in clauses(folded.text(), &words) {
            reader.read(&clause);
        }
        reader.proposals()
    }
}

impl ReadsNotes for Extractor {
    /// Every proposal, however sure: whoever folds counts all of them for little until somebody confirms.
    fn read(&self, note: &str) -> Vec<Reading> {
        let proposals = self.propose(note).into_iter();
        proposals
            .map(|proposal| Reading {
                attribute: proposal.attribute,
                value: proposal.value,
                polarity: proposal.polarity,
                scope: proposal.scope,
                span: proposal.span,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
