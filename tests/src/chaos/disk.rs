//! Small disks that get full: file systems in memory, where this machine lets us mount them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use cardex_bus::streams::ensure_streams;

use super::hotel::{Hotel, Victim};

const STORE_MIB: usize = 256;
const BUS_MIB: usize = 256;
const BLOCK_BYTES: usize = 64 * 1024;

/// Whose disk is small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The aggregator's store.
    Store,
    /// The bus.
    Bus,
}

/// A file system that goes when the hotel does.
pub(super) struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever is still there keeps it as long as needed.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn mount(directory: &Path, mib: usize) -> Mounted {
    std::fs::create_dir_all(directory).unwrap();
    let size = format!("size={mib}m");
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", &size, "cardex-chaos"]);
    let mounted = mount.arg(directory).status().unwrap();
    assert!(mounted.success(), "cannot mount {}", directory.display());
    Mounted(directory.to_owned())
}

/// Whether this machine lets us mount a file system: why not, if it does not.
pub(super) fn mounts() -> Result<(), String> {
    let directory = tempfile::TempDir::with_prefix("cardex-disk-").unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m", "cardex-chaos"]);
    match mount.arg(directory.path()).output() {
        Ok(output) if output.status.success() => {
            drop(Mounted(directory.path().to_owned()));
            Ok(())
        }
        Ok(output) => Err(format!(
            "this machine mounts no small disk: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("there is no program `mount`: {error}")),
    }
}

/// Puts the store or the bus of a hotel where nothing has happened yet on a small disk.
pub(super) async fn shrink(hotel: &mut Hotel, place: Place) -> Mounted {
    hotel.end().await;
    let mounted = match place {
        Place::Store => {
            let store = hotel.premises.store();
            if store.exists() {
                std::fs::remove_dir_all(&store).unwrap();
            }
            mount(&store, STORE_MIB)
        }
        Place::Bus => {
            hotel.down(Victim::Server).await;
            let mounted = mount(&hotel.server.data_directory(), BUS_MIB);
            hotel.up(Victim::Server).await;
            ensure_streams(&hotel.desk.bus, 1).await.unwrap();
            mounted
        }
    };
    hotel.up(Victim::Aggregator).await;
    hotel.up(Victim::Listener).await;
    mounted
}

/// Takes all room that is left, and says with which file.
pub(super) fn fill(directory: &Path) -> PathBuf {
    let path = directory.join("ballast");
    let mut file = File::create(&path).unwrap();
    for size in [BLOCK_BYTES, 4096] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

/// Copies a directory with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    if !from.exists() {
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
