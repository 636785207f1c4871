//! What tests stand on: the real things, small and thrown away afterwards. Tests only.

pub mod history;
mod server;

pub use history::history;
pub use server::TestServer;
