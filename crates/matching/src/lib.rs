//! Which records may be the same person, where no strong identifier says so: Fellegi–Sunter over names, birth date and
//! contacts ("A Theory for Record Linkage", 1969), with weights that are fitted to a hotel's own records without labels.
//!
//! A [`Record`] is what a source says of somebody in comparable form; a [`Matcher`] weighs two of them under [`Weights`]
//! and says why; a [`Pool`] finds the pairs among many that are worth weighing; [`fit`](fn@fit) learns the weights.
//! Whoever keeps records elsewhere finds candidates by [`blocking_keys`].
//!
//! **Invariant:** no IO, clock, randomness or encoding. What is drawn is drawn by content, so the same records give the
//! same weights and pairs in whatever order they come and with however many threads.

mod block;
mod combine;
mod compare;
mod content;
mod field;
mod fit;
mod frequency;
mod han;
mod matcher;
mod measure;
mod normal;
mod parallel;
mod pool;
mod record;
mod weights;

#[cfg(test)]
mod tests;

pub use block::blocking_keys;
pub use field::{Field, Level, Part};
pub use fit::fit;
pub use frequency::Frequencies;
pub use matcher::{AUTOMATIC, Evidence, Held, Matcher, REVIEW, Scored, Verdict};
pub use measure::{Point, Quality, Weighed};
pub use parallel::Effort;
pub use pool::{Pair, Pool};
pub use record::Record;
pub use weights::{Chances, Weights};
