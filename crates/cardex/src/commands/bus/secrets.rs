//! Passwords of users: made here, kept in files of their own, and known to the server by their hashes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::subjects::Token;
use data_encoding::BASE32_NOPAD;

use super::files::write_private;
use crate::screen::note;

/// What a server takes for a hash that holds; the same as `nats server passwd` uses.
const COST: u32 = 11;
const SECRET_BYTES: usize = 25;

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
    }
}
