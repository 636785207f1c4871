//! The installation's key: read from its file, or made at the first start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use cardex_domain::ids::InstallationKey;
use cardex_runtime::settings::SecretFile;

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
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
