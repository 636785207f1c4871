//! The files of a server: its users, which are ours and written anew each time, and its own configuration, which is
//! the hotel's from the moment it is made.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::permissions::{PERMISSIONS_FILE, include_permissions};

const SERVER_FILE: &str = "nats-server.conf";

/// Where they are.
#[derive(Debug)]
pub(super) struct Files {
    /// The server's own.
    pub(super) server: PathBuf,
    permissions: PathBuf,
}

/// What became of the server's own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// It was written.
    Afresh,
    /// It was there.
    Kept {
        /// Whether it takes in the users.
        includes: bool,
    },
}

impl Files {
    pub(super) fn of(directory: &Path) -> Self {
        Self {
            server: directory.join(SERVER_FILE),
            permissions: directory.join(PERMISSIONS_FILE),
        }
    }

    /// Writes the users.
    pub(super) fn write_permissions(&self, text: &str) -> anyhow::Result<()> {
        let notice = "# Written by `cardex bus config`, anew each time: change nothing here.\n";
        replace(&self.permissions, &format!("{notice}{text}"))
    }

    /// Writes the server's own file where there is none, or where it is to be made anew.
    pub(super) fn write_server(&self, text: &str, anew: bool) -> anyhow::Result<Made> {
        if !anew && self.server.exists() {
            let kept = fs::read_to_string(&self.server)
                .with_context(|| format!("cannot read {}", self.server.display()))?;
            let mut lines = kept.lines().map(str::trim_start);
            let includes =
                lines.any(|line| line.starts_with("include") && line.contains(PERMISSIONS_FILE));
            return Ok(Made::Kept { includes });
        }
        replace(&self.server, &format!("{text}{}", include_permissions()))?;
        Ok(Made::Afresh)
    }
}

/// Writes the file whole or not at all.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let fresh = path.with_extension("conf.new");
    let failed = || format!("cannot write {}", path.display());
    // One that an interrupted run left behind is of no use.
    if fresh.exists() {
        fs::remove_file(&fresh).with_context(failed)?;
    }
    write_private(&fresh, text).with_context(failed)?;
    fs::rename(&fresh, path).with_context(failed)
}

/// Makes a file that its owner alone may read.
pub(in crate::commands) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_servers_own_file_is_made_once_and_the_users_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::of(directory.path());
        files.write_permissions("users 1").unwrap();
        assert_eq!(files.write_server("a\n", false).unwrap(), Made::Afresh);
        let own = "tls { }\n  include \"cardex-permissions.conf\"\n";
        fs::write(&files.server, own).unwrap();
        files.write_permissions("users 2").unwrap();
        let kept = Made::Kept { includes: true };
        assert_eq!(files.write_server("b\n", false).unwrap(), kept);
        assert_eq!(fs::read_to_string(&files.server).unwrap(), own);
        let users = fs::read_to_string(&files.permissions).unwrap();
        assert!(users.ends_with("users 2"), "{users}");
        let mode = fs::metadata(&files.permissions).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        fs::write(&files.server, "# include cardex-permissions.conf\n").unwrap();
        let without = Made::Kept { includes: false };
        assert_eq!(files.write_server("b\n", false).unwrap(), without);
        assert_eq!(files.write_server("b\n", true).unwrap(), Made::Afresh);
        let anew = fs::read_to_string(&files.server).unwrap();
        assert_eq!(anew, "b\ninclude cardex-permissions.conf\n");
    }
}
