//! Shared parts of the end-to-end tests and of the programs that measure and check.

pub mod bench;
pub mod notes;
pub mod people;
pub mod stories;
pub mod taught;
pub mod vectors;
