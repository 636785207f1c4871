//! The weights: how likely each level of each field is between two records of one person, and of two. They are a setting
//! with a text and a hash, like the vocabulary.

use std::sync::LazyLock;

use cardex_domain::vocabulary::Fault;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::field::{FIELDS, Field, LEVELS, Level};

mod text;

static EMBEDDED: LazyLock<Weights> = LazyLock::new(|| {
    Weights::parse(Weights::EMBEDDED_TEXT).expect("a test holds the embedded file faultless")
});

/// How likely a level of a field is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    /// Between two records of one person (m).
    pub one_person: f64,
    /// Between records of two people (u).
    pub two_people: f64,
}

impl Chances {
    /// What the level says for it being one person, in bits.
    #[must_use]
    pub fn bits(self) -> f64 {
        (self.one_person / self.two_people).log2()
    }
}

/// The chances of the levels of each field; `None` for those that a field does not have.
pub(crate) type Table = [[Option<Chances>; LEVELS]; FIELDS];

/// What comparisons are weighed by.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// How many other records of the same person a record has on average.
    matches_per_record: f64,
    table: Table,
    automatic: bool,
    text: Box<str>,
    hash: Box<str>,
}

impl Weights {
    /// The weights that Cardex brings along, as text: fitted to the synthetic guests of `identity-bench`.
    pub const EMBEDDED_TEXT: &'static str = include_str!("weights/weights.toml");

    /// The weights that Cardex brings along.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads weights (TOML, format 1; the embedded ones are the example).
    ///
    /// # Errors
    /// With every fault of the text, in its order.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let (matches_per_record, table, automatic) = text::read(text)?;
        let hash = HEXLOWER.encode(&Sha256::digest(text)).into();
        Ok(Self {
            matches_per_record,
            table,
            automatic,
            text: text.into(),
            hash,
        })
    }

    /// Weights with these numbers, as they are after having been written down.
    pub(crate) fn of(matches_per_record: f64, table: &Table) -> Self {
        let text = text::written(matches_per_record, table);
        Self::parse(&text).expect("what is fitted is in order, and written as it is read")
    }

    /// The text, as [`parse`](Self::parse) reads it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text, in hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether what is clear enough is linked without a person's look: `automatic = true` in the text.
    #[must_use]
    pub fn links_by_itself(&self) -> bool {
        self.automatic
    }

    /// How many other records of the same person a record has on average.
    #[must_use]
    pub fn matches_per_record(&self) -> f64 {
        self.matches_per_record
    }

    /// How likely the level is; `None` when the field does not have it.
    #[must_use]
    pub fn chances(&self, field: Field, level: Level) -> Option<Chances> {
        self.table[field as usize][level as usize]
    }

    /// What the level says alone, in bits; nothing when the field does not have it.
    pub(crate) fn bits(&self, field: Field, level: Level) -> f64 {
        self.chances(field, level).map_or(0.0, Chances::bits)
    }
}

/// Levels between which more must not say less: each of the second kind is more than that of the first.
pub(crate) const ORDER: [(Level, Level); 5] = [
    (Level::Different, Level::Similar),
    (Level::Similar, Level::Close),
    (Level::Close, Level::Same),
    (Level::Different, Level::Swapped),
    (Level::Swapped, Level::Same),
];

#[cfg(test)]
mod tests;
