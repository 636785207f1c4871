//! The end-to-end tests: one program, so that everything they share is built and linked once.

mod at_least;
mod deadletters;
mod events;
mod harness;
mod order;
mod readme;
mod stories;
mod structure;
