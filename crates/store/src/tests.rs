//! Tests of the store against real files.

mod apply;
mod build;
mod compact;
mod curation;
mod damage;
mod golden;
mod guard;
mod kept;
mod kill;
mod lessons;
mod lookups;
mod model;
mod repair;
mod shares;
mod snapshot;
