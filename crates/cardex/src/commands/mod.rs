//! One module a command.

pub(crate) mod backup;
pub(crate) mod briefing;
pub(crate) mod bus;
pub(crate) mod completions;
pub(crate) mod correct;
pub(crate) mod deadletters;
pub(crate) mod export;
pub(crate) mod gateway;
pub(crate) mod generate;
pub(crate) mod guest;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod notes;
pub(crate) mod observe;
pub(crate) mod outcome;
pub(crate) mod playbook;
pub(crate) mod profile;
pub(crate) mod prompts;
pub(crate) mod rebuild;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod stay;
pub(crate) mod store;
pub(crate) mod unassigned;
pub(crate) mod undo;
pub(crate) mod vocabulary;
