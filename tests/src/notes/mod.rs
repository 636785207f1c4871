//! How well free notes are understood: proposals against the statements that people labelled, and on text that nobody
//! labelled.

pub mod labelled;
pub mod reviews;
