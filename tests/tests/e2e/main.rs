//! The end-to-end tests: one program, so that everything they share is built and linked once.

mod stories;
mod structure;
