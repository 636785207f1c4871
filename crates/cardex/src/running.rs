//! The note that `cardex up` leaves in its data directory, so that other commands find its bus without being told.

use std::io;
use std::path::{Path, PathBuf};

use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

const FILE: &str = "running.json";

/// Where a running `cardex up` is to be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Its process id.
    pub(crate) pid: u32,
    /// The bus.
    pub(crate) urls: Vec<String>,
    /// The server's monitoring address, where it is known.
    pub(crate) monitoring_url: Option<String>,
    /// The health endpoint.
    pub(crate) health: String,
}

/// The note on disk, taken away when dropped.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
}

impl Running {
    /// Leaves the note, whole or not at all.
    pub(crate) fn leave(&self, data: &Path) -> io::Result<Note> {
        let (path, fresh) = (data.join(FILE), data.join("running.json.new"));
        std::fs::write(&fresh, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(&fresh, &path)?;
        Ok(Note { path })
    }

    /// The note of a process that is still there. One left behind by a killed process does not count.
    pub(crate) fn find(data: &Path) -> Option<Self> {
        let text = std::fs::read(data.join(FILE)).ok()?;
        let running: Self = serde_json::from_slice(&text).ok()?;
        let pid = Pid::from_raw(i32::try_from(running.pid).ok()?);
        kill(pid, None).is_ok().then_some(running)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // One that stays names a process that is gone, and is not believed.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_found_while_its_process_lives() {
        let data = tempfile::tempdir().unwrap();
        let mut running = Running {
            pid: std::process::id(),
            urls: vec!["nats://127.0.0.1:4222".into()],
            monitoring_url: None,
            health: "127.0.0.1:1".into(),
        };
        let note = running.leave(data.path()).unwrap();
        assert_eq!(Running::find(data.path()), Some(running.clone()));
        drop(note);
        assert_eq!(Running::find(data.path()), None);
        running.pid = u32::MAX >> 1;
        let _note = running.leave(data.path()).unwrap();
        assert_eq!(Running::find(data.path()), None);
    }
}
