//! Shared parts of the end-to-end tests and of the programs that measure and check.

pub mod bench;
pub mod chaos;
pub mod desk;
pub mod embedded;
pub mod events;
pub mod notes;
pub mod people;
pub mod stories;
pub mod taught;
pub mod vectors;
