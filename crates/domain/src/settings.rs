//! The settings that change what is made of facts, as a fold takes them.

use crate::identity::DenyList;
use crate::note::{ReadsNotes, Unread};
use crate::vocabulary::Vocabulary;

/// What facts are read by.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'s> {
    /// Identifiers that never link.
    pub deny: &'s DenyList,
    /// What words mean.
    pub vocabulary: &'s Vocabulary,
    /// What notes seem to say, in the words of the vocabulary.
    pub notes: &'s dyn ReadsNotes,
}

impl<'s> Settings<'s> {
    /// Settings under which notes stay unread.
    #[must_use]
    pub fn new(deny: &'s DenyList, vocabulary: &'s Vocabulary) -> Self {
        Self {
            deny,
            vocabulary,
            notes: &Unread,
        }
    }

    /// The same with somebody who reads notes.
    #[must_use]
    pub fn reading(self, notes: &'s dyn ReadsNotes) -> Self {
        Self { notes, ..self }
    }
}
