//! Passwords of users: made here, kept in files of their own, and known to the server by their hashes.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::subjects::Token;
use data_encoding::BASE32_NOPAD;

use crate::screen::note;

/// What a server takes for a hash that holds; the same as `nats server passwd` uses.
const COST: u32 = 11;
const SECRET_BYTES: usize = 25;
const CONFIGURATION: &str = "nats-server.conf";

/// The passwords of one configuration.
#[derive(Debug)]
pub(super) struct Secrets {
    directory: Option<PathBuf>,
}

impl Secrets {
    pub(super) fn open(directory: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(directory) = directory {
            fs::create_dir_all(directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
        }
        Ok(Self {
            directory: directory.map(Path::to_owned),
        })
    }

    /// The hash of a user's password, which is made when there is none.
    pub(super) fn hash(&mut self, user: &Token) -> anyhow::Result<String> {
        let password = match &self.directory {
            Some(directory) => kept(&directory.join(format!("{user}.password")))?,
            None => {
                let password = fresh();
                note(format!("{user} {password}"));
                password
            }
        };
        bcrypt::hash(password, COST).context("cannot hash a password")
    }

    /// Writes the configuration, where there is a directory for it.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<Option<PathBuf>> {
        let Some(directory) = &self.directory else {
            return Ok(None);
        };
        let path = directory.join(CONFIGURATION);
        let fresh = directory.join("nats-server.conf.new");
        let failed = || format!("cannot write {}", path.display());
        // One that an interrupted run left behind is of no use.
        if fresh.exists() {
            fs::remove_file(&fresh).with_context(failed)?;
        }
        write_private(&fresh, text).with_context(failed)?;
        fs::rename(&fresh, &path).with_context(failed)?;
        Ok(Some(path))
    }
}

/// The password of the file, or a fresh one put there.
fn kept(path: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot keep a password in {}", path.display());
    if path.exists() {
        let text = fs::read_to_string(path).with_context(failed)?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = fresh();
    write_private(path, &format!("{password}\n")).with_context(failed)?;
    Ok(password)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// 200 random bits as text that needs no quoting anywhere.
fn fresh() -> String {
    BASE32_NOPAD
        .encode(&rand::random::<[u8; SECRET_BYTES]>())
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_password_is_made_once_and_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let mut secrets = Secrets::open(Some(directory.path())).unwrap();
        let user = Token::new("pos").unwrap();
        let first = secrets.hash(&user).unwrap();
        let path = directory.path().join("pos.password");
        let password = fs::read_to_string(&path).unwrap();
        assert!(bcrypt::verify(password.trim(), &first).unwrap());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let second = secrets.hash(&user).unwrap();
        assert!(bcrypt::verify(password.trim(), &second).unwrap());
        let config = secrets.write("x").unwrap().unwrap();
        assert_eq!(
            fs::metadata(secrets.write("y").unwrap().unwrap())
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
        assert_eq!(fs::read_to_string(config).unwrap(), "y");
    }
}
