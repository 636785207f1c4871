//! What a note says, as proposals.

use cardex_domain::event::{Polarity, Scope};
use cardex_domain::ids::AttributeId;
use cardex_domain::note::{Reading, ReadsNotes, Span};
use cardex_domain::vocabulary::Vocabulary;

use crate::clause::clauses;
use crate::decide::Reader;
use crate::folded::Folded;
use crate::lexicon::Lexicon;
use crate::numbers;
use crate::wording::{self, Hint};

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
        self.read_through(note).0
    }

    /// What to reconsider in a note, in its order: how it is worded, and what it says of the guest's health that may be, or
    /// once was.
    #[must_use]
    pub fn hints(&self, note: &str) -> Vec<Hint> {
        let mut hints = wording::check(note);
        let (_, doubts) = self.read_through(note);
        hints.extend(doubts.into_iter().map(Hint::doubtful));
        hints.sort_by_key(|hint| (hint.span, hint.code));
        hints
    }

    /// What a note says, and the words in it of which it is open whether they hold.
    fn read_through(&self, note: &str) -> (Vec<Proposal>, Vec<Span>) {
        let folded = &Folded::of(note);
        let mut words = self.lexicon.words(folded.text());
        // What names a number is part of it: a payment card is no card to put in the room.
        let numbers = numbers::found(folded.text());
        words.retain(|word| {
            let mut numbers = numbers.iter();
            !numbers.any(|number| word.start < number.end && number.start < word.end)
        });
        if words.iter().all(|word| word.entry.meanings.is_empty()) {
            return Default::default();
        }
        let mut reader = Reader::new(&self.lexicon, folded, &words);
        let clauses = clauses(folded.text(), &words);
        for (at, clause) in clauses.iter().enumerate() {
            reader.read(clause, &clauses[at + 1..]);
        }
        reader.finish()
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
