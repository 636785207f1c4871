//! The installation's key: read from its file, or made at the first start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use cardex_domain::ids::InstallationKey;
use cardex_runtime::settings::SecretFile;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use crate::service::AggregatorError;

/// The key of the file; a new one, readable by its owner alone, where there is no file.
pub(crate) fn load_or_make(path: &Path) -> Result<InstallationKey, AggregatorError> {
    if !path.exists() {
        make(path).map_err(|source| AggregatorError::MakeKey {
            path: path.to_owned(),
            source,
        })?;
        tracing::warn!(path = %path.display(), "made the installation key: keep a copy, a rebuild without it gives other ids");
    }
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
    file.sync_all()
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests;
