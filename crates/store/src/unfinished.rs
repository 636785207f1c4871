//! Work beside a store that a kill cuts short. It is begun anew when it is done again, so what is left of it only takes
//! room, and shows guests' data to whoever finds it: the next owner that opens the store to serve takes it away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::guard::{Lock, beside};

/// What is made beside a store's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// The store of a snapshot, until all of it was right.
    Restoring,
    /// The store that is built from the stream to take this one's place.
    Rebuilding,
    /// The store that is built from the stream to be compared with this one.
    Replaying,
    /// The snapshot on its way to the bus, or from there.
    Snapshot,
}

impl Unfinished {
    pub(crate) const ALL: [Self; 4] = [
        Self::Restoring,
        Self::Rebuilding,
        Self::Replaying,
        Self::Snapshot,
    ];

    /// Where it is made for the store in `dir`.
    #[must_use]
    pub fn beside(self, dir: &Path) -> PathBuf {
        beside(
            dir,
            match self {
                Self::Restoring => "restoring",
                Self::Rebuilding => "rebuilding",
                Self::Replaying => "replaying",
                Self::Snapshot => "snapshot",
            },
        )
    }
}

/// Takes away what was left beside the store in `dir`, whose lock the caller holds. What somebody is at work on stays, and
/// what can't be removed is no reason not to open the store.
pub(crate) fn clear(dir: &Path) {
    for left in Unfinished::ALL.map(|of| of.beside(dir)) {
        match clear_one(&left) {
            Ok(false) => {}
            Ok(true) => {
                tracing::warn!(path = %left.display(), "took away what was left of work that was cut short");
            }
            Err(error) => {
                tracing::warn!(path = %left.display(), %error, "what was left of work that was cut short can't be taken away");
            }
        }
    }
}

/// Whether there was something and it is gone.
fn clear_one(left: &Path) -> io::Result<bool> {
    let lock = beside(left, "lock");
    if !left.try_exists()? && !lock.try_exists()? {
        return Ok(false);
    }
    let _claim = match Lock::at_once(left) {
        Ok(claim) => claim,
        Err(StoreError::Locked { .. }) => return Ok(false),
        Err(error) => return Err(io::Error::other(error)),
    };
    for path in [left, &lock] {
        match path.symlink_metadata() {
            Ok(file) if file.is_dir() => fs::remove_dir_all(path)?,
            Ok(_) => fs::remove_file(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
