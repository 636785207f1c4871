//! The installation's key: read from its file, or made at the first start, and the same for all who work on one bus.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use cardex_bus::Bus;
use cardex_bus::streams::{EVENTS, ONCE, stream_ends, stream_exists};
use cardex_bus::subjects::OnceSubject;
use cardex_domain::ids::InstallationKey;
use cardex_runtime::settings::SecretFile;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use crate::service::AggregatorError;

/// The key of the file, once it is known to be that of the bus: the first aggregator leaves its key's fingerprint there.
/// A key is made where there is none and nothing was published yet, and nowhere else.
pub(crate) async fn of_installation(
    bus: &Bus,
    path: &Path,
) -> Result<InstallationKey, AggregatorError> {
    let subject = OnceSubject::InstallationKey;
    let unknown = |error| AggregatorError::KeyOfBus(Box::new(error));
    let held = bus.said_once(&subject).await.map_err(unknown)?;
    if !path.exists() {
        let ends = stream_ends(bus, EVENTS).await;
        let ends = ends.map_err(|error| AggregatorError::KeyOfBus(Box::new(error)))?;
        if held.is_some() || ends.last > 0 {
            let path = path.to_owned();
            return Err(AggregatorError::NoKey { path });
        }
    }
    let key = load_or_make(path)?;
    let held = match held {
        Some(held) => held,
        None => {
            let said = bus.say_once(&subject, &key.fingerprint()).await;
            said.map_err(unknown)?
        }
    };
    must_be(&held, key, path)
}

/// The key of the file, which must be there, and that of the bus where an aggregator has left its key's fingerprint.
pub(crate) async fn of_bus(bus: &Bus, path: &Path) -> Result<InstallationKey, AggregatorError> {
    let key = installation_key(path)?;
    let held = bus.said_once(&OnceSubject::InstallationKey).await;
    let held = held.map_err(|error| AggregatorError::KeyOfBus(Box::new(error)))?;
    match held {
        Some(held) => must_be(&held, key, path),
        None => Ok(key),
    }
}

/// The key of the file, whose fingerprint must be that one.
fn must_be(
    held: &[u8],
    key: InstallationKey,
    path: &Path,
) -> Result<InstallationKey, AggregatorError> {
    let given = key.fingerprint();
    if held == given.as_bytes() {
        return Ok(key);
    }
    Err(AggregatorError::OtherKey {
        path: path.to_owned(),
        given,
        held: String::from_utf8_lossy(held).into_owned(),
    })
}

/// Makes a key where there is none and the bus has nothing that a key could belong to.
pub(crate) async fn make_where_new(bus: &Bus, path: &Path) -> Result<(), AggregatorError> {
    if path.exists() {
        return Ok(());
    }
    for stream in [EVENTS, ONCE] {
        let there = stream_exists(bus, stream).await;
        if there.map_err(|error| AggregatorError::KeyOfBus(Box::new(error)))? {
            return Ok(());
        }
    }
    load_or_make(path).map(drop)
}

/// The key of the file; a new one, readable by its owner alone, where there is no file.
fn load_or_make(path: &Path) -> Result<InstallationKey, AggregatorError> {
    if !path.exists() {
        make(path).map_err(|source| AggregatorError::MakeKey {
            path: path.to_owned(),
            source,
        })?;
        tracing::warn!(path = %path.display(), "made the installation key: keep a copy, a rebuild without it gives other ids");
    }
    load(path)
}

/// The key of the file, which must be there.
///
/// # Errors
/// When there is none, it can't be read, or it is not one.
pub fn installation_key(path: &Path) -> Result<InstallationKey, AggregatorError> {
    if !path.exists() {
        let path = path.to_owned();
        return Err(AggregatorError::NoKey { path });
    }
    load(path)
}

fn load(path: &Path) -> Result<InstallationKey, AggregatorError> {
    let secret = SecretFile::new(path)
        .read()
        .map_err(|source| AggregatorError::Key {
            path: path.to_owned(),
            source,
        })?;
    let bytes = decode(secret.expose());
    let bytes = bytes.ok_or_else(|| AggregatorError::NotAKey {
        path: path.to_owned(),
    })?;
    Ok(InstallationKey::new(bytes))
}

fn make(path: &Path) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut random = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    let text = HEXLOWER.encode(&random);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    // Its name, too: what is acknowledged from now on rests on it.
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests;
