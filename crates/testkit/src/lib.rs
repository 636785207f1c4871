//! What tests stand on: the real things, small and thrown away afterwards. Tests only.

mod server;

pub use server::TestServer;
