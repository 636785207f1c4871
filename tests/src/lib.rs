//! Shared parts of the end-to-end tests and of the programs that measure and check.

use std::path::PathBuf;

pub mod bench;
pub mod chaos;
pub mod desk;
pub mod embedded;
pub mod events;
pub mod notes;
pub mod people;
pub mod scale;
pub mod stories;
pub mod taught;
pub mod vectors;

/// The command line that was built beside this program; none where it was not. Tests lie one folder deeper than programs.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut beside = folders.map(|folder| folder.join("cardex"));
    beside.find(|program| program.is_file())
}
