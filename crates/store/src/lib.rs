//! (see crates/README.md)
