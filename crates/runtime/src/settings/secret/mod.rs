//! Secrets come from files only: a value in the environment or on a command line is seen by every process of the
//! machine, and one in the settings file travels with it.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// No secret is longer; a larger file is some other file.
const SECRET_MAX_BYTES: u64 = 64 * 1024;

/// The path of a file that holds one secret; in settings written as plain text. A relative path starts at the
/// working directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretFile {
    path: PathBuf,
}

/// A secret's text. Neither `Debug` nor any error prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file can't be opened or read.
    #[error("secret file {} can't be read: create it, readable by the user of this process only", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Any user of the machine may use the file.
    #[error("secret file {} is open to every user (mode {mode:03o}): run chmod 600 on it and change the secret", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds nothing but white space.
    #[error("secret file {} is empty: write the secret into it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is too large to be a secret.
    #[error("secret file {} is larger than {SECRET_MAX_BYTES} bytes: name the file that holds just the secret", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not UTF-8 text.
    #[error("secret file {} is not UTF-8 text: write the secret as text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
}

impl SecretFile {
    /// A secret kept at `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the secret is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the secret, without the white space around it. Read anew each time, so that a changed file counts.
    ///
    /// # Errors
    /// When the file is unreadable, open to every user, empty, too large or not text. A file that its group may
    /// use is read with a warning: containers hand out secrets that way.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let path = || self.path.clone();
        let unreadable = |source| SecretError::Read {
            path: path(),
            source,
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        self.check_mode(&file)?;
        let mut bytes = Vec::new();
        file.take(SECRET_MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > SECRET_MAX_BYTES {
            return Err(SecretError::TooLarge { path: path() });
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| SecretError::NotText { path: path() })?
            .trim();
        if text.is_empty() {
            return Err(SecretError::Empty { path: path() });
        }
        Ok(Secret(text.to_owned()))
    }

    /// Looks at the open file, so that what is checked is what is read.
    #[cfg(unix)]
    fn check_mode(&self, file: &File) -> Result<(), SecretError> {
        use std::os::unix::fs::PermissionsExt;

        let metadata = file.metadata().map_err(|source| SecretError::Read {
            path: self.path.clone(),
            source,
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            return Err(SecretError::Exposed {
                path: self.path.clone(),
                mode,
            });
        }
        if mode & 0o070 != 0 {
            tracing::warn!(path = %self.path.display(), mode = format_args!("{mode:03o}"), "secret file is open to its group: chmod 600 closes it");
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn check_mode(&self, _: &File) -> Result<(), SecretError> {
        Ok(())
    }
}

impl Secret {
    /// The text, to be handed to what needs it and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
