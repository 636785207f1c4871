//! Tests of the store against real files.

mod build;
mod model;
