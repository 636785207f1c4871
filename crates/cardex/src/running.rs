//! The note that `cardex up` leaves in its data directory, so that other commands find its bus without being told, and
//! never take another hotel's for it.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cardex_bus::{BusError, BusSettings};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

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
    /// The gateway, where it runs.
    pub(crate) gateway: Option<String>,
}

/// The note on disk, taken away when dropped. It is locked while its process lives, however that ends, so that no other
/// process of the same id is taken for it.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
    _locked: File,
}

/// What a data directory says of who runs with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It runs.
    Running(Running),
    /// It ran, and ended without taking its note away.
    Ended {
        /// Its process id.
        pid: u32,
    },
    /// Nobody.
    Nobody,
}

impl Running {
    /// Leaves the note, whole or not at all.
    pub(crate) fn leave(&self, data: &Path) -> io::Result<Note> {
        let (path, fresh) = (data.join(FILE), data.join("running.json.new"));
        let mut file = File::create(&fresh)?;
        file.try_lock()?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(&fresh, &path)?;
        Ok(Note {
            path,
            _locked: file,
        })
    }

    /// Looks for the note of a process that is still there.
    pub(crate) fn find(data: &Path) -> Found {
        Self::read(data).unwrap_or(Found::Nobody)
    }

    /// `None` when there is no note that can be read.
    fn read(data: &Path) -> Option<Found> {
        let file = File::open(data.join(FILE)).ok()?;
        let running: Self = serde_json::from_reader(&file).ok()?;
        Some(match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Found::Running(running),
            Ok(()) | Err(TryLockError::Error(_)) => Found::Ended { pid: running.pid },
        })
    }
}

/// How to reach the bus, and in words which one that is: the one that is set, else that of the `up` of the same data
/// directory. There is no third, which might be another hotel's.
///
/// # Errors
/// When none is set and no `up` runs with the data directory.
pub(crate) fn bus_of(settings: &Settings) -> Result<(BusSettings, String), NoBus> {
    let mut bus = settings.nats.clone();
    if !bus.urls.is_empty() {
        return Ok((bus, "as set".to_owned()));
    }
    let data = settings.data.display().to_string();
    let running = match Running::find(&settings.data) {
        Found::Running(running) => running,
        Found::Ended { pid } => return Err(NoBus::Ended { data, pid }),
        Found::Nobody => return Err(NoBus::Nobody { data }),
    };
    bus.urls = running.urls;
    bus.server_monitoring_url = bus.server_monitoring_url.or(running.monitoring_url);
    let from = format!("the one of process {} with {data}", running.pid);
    Ok((bus, from))
}

/// The error with the way out where no server is to be reached; any other error names its own.
pub(crate) fn explained(error: BusError, way_out: String) -> anyhow::Error {
    match error {
        BusError::Connect { .. } => anyhow::Error::from(error).context(way_out),
        other => other.into(),
    }
}

/// There is no bus to talk to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoBus {
    /// Nobody runs with the data directory.
    #[error(
        "no `cardex up` runs with {data}, and no bus is named: start it with `cardex up --data {data}`, say with \
         --data DIR where it runs, or name the bus with --nats URL"
    )]
    Nobody {
        /// The directory.
        data: String,
    },
    /// Who ran with it was killed.
    #[error(
        "`cardex up` does not run with {data} any more: process {pid} ended without a word; start it again with \
         `cardex up --data {data}`, or name the bus with --nats URL"
    )]
    Ended {
        /// The directory.
        data: String,
        /// The process.
        pid: u32,
    },
}

impl Drop for Note {
    fn drop(&mut self) {
        // One that stays is not locked any more, and not believed.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_believed_while_who_left_it_lives() {
        let data = tempfile::tempdir().unwrap();
        let running = Running {
            pid: std::process::id(),
            urls: vec!["nats://127.0.0.1:4222".into()],
            monitoring_url: None,
            gateway: None,
            health: "127.0.0.1:1".into(),
        };
        assert_eq!(Running::find(data.path()), Found::Nobody);
        let note = running.leave(data.path()).unwrap();
        let found = Found::Running(running.clone());
        assert_eq!(Running::find(data.path()), found);
        assert_eq!(Running::find(data.path()), found, "looking takes nothing");
        drop(note);
        assert_eq!(Running::find(data.path()), Found::Nobody);

        // What a killed process leaves names a process id that may be another's by now, as here.
        let text = serde_json::to_vec(&running).unwrap();
        std::fs::write(data.path().join(FILE), text).unwrap();
        let ended = Found::Ended { pid: running.pid };
        assert_eq!(Running::find(data.path()), ended);
    }
}
