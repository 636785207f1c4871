//! The end-to-end tests: one program, so that everything they share is built and linked once.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a test")]
#![allow(
    clippy::print_stdout,
    reason = "what a failing test leaves behind is shown by the test runner"
)]

mod anew;
mod at_least;
mod automatic;
mod boards;
mod books;
mod chaos;
mod complaints;
mod corrections;
mod curation;
mod cut_short;
mod days;
mod deadletters;
mod deployed;
mod desk;
mod duplicates;
mod escalation;
mod exports;
mod gateway;
mod great;
mod harness;
mod history;
mod hours;
mod identity;
mod imports;
mod installation_key;
mod keep;
mod known_at;
mod leaf;
mod lessons;
mod matching;
mod need_to_know;
mod notes;
mod order;
mod parked;
mod permissions;
mod playbook;
mod program;
mod readme;
mod rebuild;
mod replicas;
mod review;
mod rewritten;
mod routed;
mod scenarios;
mod scope;
mod screens;
mod settings;
mod shards;
mod simulated;
mod stops;
mod stories;
mod structure;
mod unassigned;
mod warnings;
mod whose_bus;

use cardex_tests::events;
