//! The rows of statements that no vocabulary understands yet, and of the vocabulary for which all of them were found.

use bincode::{BorrowDecode, Encode};
use cardex_domain::ids::{DepartmentId, EventKey};

use super::Senseless;
use crate::entry::{Curated, Uncurated};

/// What the key does not say of a statement that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct UncuratedRow<'a> {
    pub(crate) department: &'a str,
    pub(crate) value: &'a str,
}

impl UncuratedRow<'_> {
    pub(crate) fn read(
        self,
        (observed_at_micros, event, statement): (i64, EventKey, u8),
    ) -> Result<Uncurated, Senseless> {
        Ok(Uncurated {
            event,
            statement,
            observed_at_micros,
            department: DepartmentId::new(self.department)?,
            value: self.value.into(),
        })
    }
}

/// The vocabulary, and the sequence of its activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct CuratedRow<'a> {
    sequence: u64,
    vocabulary: &'a str,
}

impl<'a> CuratedRow<'a> {
    pub(crate) fn of(curated: &'a Curated) -> Self {
        Self {
            sequence: curated.sequence,
            vocabulary: &curated.vocabulary,
        }
    }

    pub(crate) fn read(self) -> Curated {
        Curated {
            sequence: self.sequence,
            vocabulary: self.vocabulary.into(),
        }
    }
}
