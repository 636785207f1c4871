//! Where aggregators that divide their stores among them ask each other.

use std::fmt::Display;

/// Where the aggregators of this shard lend rows of their stores to those of the others.
#[must_use]
pub fn rows_of(shard: impl Display) -> String {
    format!("cardex.shard.{shard}")
}

/// Every such subject.
pub(crate) const ALL: &str = "cardex.shard.*";
