//! Free notes: which statements of the vocabulary a note makes ([`Extractor`]), and how it is worded ([`wording`]).
//!
//! What is found is a proposal with the span of the note that it rests on, never a fact: it counts as inferred until the
//! author confirms it. The same note and vocabulary give the same proposals.
//!
//! **Invariant:** nothing here performs IO, reads a clock, draws randomness or awaits, and only `lexicon` knows
//! aho-corasick.

mod clause;
mod cue;
mod decide;
mod extract;
mod folded;
mod lexicon;
mod numbers;
mod sections;
mod stance;
pub mod wording;

pub use cardex_domain::note::Span;
pub use extract::{Certainty, Extractor, Proposal};
