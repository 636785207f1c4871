//! What tests stand on: the real things, small and thrown away afterwards. Tests only.

mod cluster;
pub mod history;
mod line;
mod server;

pub use cluster::{NODES, TestCluster, free_ports};
pub use history::history;
pub use line::Line;
pub use server::TestServer;
