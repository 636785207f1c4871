//! A department says and sees only what is its own, with every service and every user under the server's own rules. Which
//! user may use which raw subject is held by `crates/bus/tests/bus/permissions.rs`; here its consequences.
