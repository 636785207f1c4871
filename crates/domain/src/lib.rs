//! What Cardex knows about guests, as pure functions: ids, events, the vocabulary, the evidence fold, stays, who is
//! who, and the boards that departments read.
//!
//! **Invariant:** nothing here performs IO, reads a clock, draws randomness, awaits, or knows an encoding. Time is an
//! argument; what is stored is reached through the [`records::Records`] port, which an in-memory [`ledger::Ledger`] and
//! the store both implement, so the same code answers in a property test and in production.

pub mod board;
pub mod discretion;
pub mod event;
pub mod evidence;
pub mod fact;
pub mod fold;
pub mod followed;
pub mod gather;
pub mod hour;
pub mod identity;
pub mod ids;
pub mod known_at;
pub mod ledger;
pub mod lessons;
pub mod note;
pub mod outlook;
pub mod party;
pub mod profile;
pub mod records;
pub mod resolve;
pub mod settings;
pub mod shard;
pub mod situation;
pub mod stay;
pub mod taught;
pub mod time;
pub mod vocabulary;
pub mod wish;

#[cfg(test)]
mod tests {
    pub(crate) mod cards;
}
