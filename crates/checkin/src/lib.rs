//! The check-in listener: for every event that may change what a department should do, it asks which stays are affected
//! and what is known of their guests, runs the playbook, and publishes each department's board.
//!
//! **Invariant:** a delivery ends in one of three ways: acknowledged after its boards are, refused with a delay, or
//! terminated because the aggregator keeps it as a dead letter. A board is a function of what is recorded, the playbook
//! and the day, so doing it twice shows nothing twice.

mod ask;
mod boards;
mod hours;
mod known;
mod lessons;
mod links;
mod listen;
mod looks;
mod meters;
mod paper;
mod rules;
mod serve;
mod service;
mod simulate;
mod timers;

pub use paper::{PaperHotel, PaperSettings};
pub use rules::{RulesError, activation_of, read_bundle, read_playbook};
pub use service::{Checkin, CheckinError, CheckinSettings};
pub use simulate::{Difference, Happened, LineChange, Simulated, Simulation};
