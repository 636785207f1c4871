//! Database servers that a team would build on instead, as this machine has them: each on a socket of its own in a
//! temporary directory, and gone with it.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Where Debian keeps the programs of a PostgreSQL server, one directory a version.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";
/// Who runs servers that refuse to be run by root, by the first of these names that the machine knows.
const PLAIN_USERS: [&str; 2] = ["postgres", "nobody"];
/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(50);

/// Why nothing can be measured with these programs, when some are not there.
pub(super) fn missing(needed: &[&str], packages: &str) -> Option<String> {
    let missing = needed.iter().filter(|name| program(name).is_none());
    let missing: Vec<&str> = missing.copied().collect();
    let names = missing.join(", no ");
    (!missing.is_empty()).then(|| format!("there is no {names}; install Debian's {packages}"))
}

/// The program of this name, which must be there.
pub(super) fn found(name: &str) -> anyhow::Result<PathBuf> {
    program(name).with_context(|| format!("there is no {name}"))
}

/// The program of this name: on the path, or of the newest PostgreSQL.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join(name));
    let versions = std::fs::read_dir(POSTGRES_VERSIONS);
    let mut versions: Vec<(u32, PathBuf)> = versions
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let path = version.ok()?.path();
            let number = path.file_name()?.to_str()?.parse().ok()?;
            Some((number, path.join("bin").join(name)))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let of_postgres = versions.into_iter().map(|(_, path)| path);
    on_path.chain(of_postgres).find(|path| path.is_file())
}

/// A place for a server, and who runs it there.
pub(super) struct Place {
    directory: TempDir,
    /// User and group, when whoever measures is root.
    run_by: Option<(u32, u32)>,
}

impl Place {
    pub(super) fn new() -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("cardex-bench-")?;
        let is_root = directory.path().metadata()?.uid() == 0;
        let run_by = is_root.then(plain_user);
        let run_by = run_by.transpose()?;
        if let Some((user, group)) = run_by {
            chown(directory.path(), Some(user), Some(group))?;
        }
        Ok(Self { directory, run_by })
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A program, to be run here.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = std::process::Command::new(program);
        if let Some((user, group)) = self.run_by {
            command.uid(user).gid(group);
        }
        command
            .current_dir(self.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        let mut command = Command::from(command);
        command.kill_on_drop(true);
        command
    }

    /// Starts a server, and waits until `asks` says that it answers.
    pub(super) async fn serve(
        &self,
        mut server: Command,
        asks: impl Fn() -> Command,
    ) -> anyhow::Result<Child> {
        server.stdout(Stdio::null()).stderr(Stdio::null());
        let mut serving = server.spawn().context("the server can't be started")?;
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(TICK);
        while !asks().output().await?.status.success() {
            let ended = serving.try_wait()?;
            ensure!(ended.is_none(), "the server ended: {ended:?}");
            ensure!(Instant::now() < deadline, "the server does not answer");
            ticks.tick().await;
        }
        Ok(serving)
    }
}

/// Runs a program to its end; what it printed.
pub(super) async fn printed(mut command: Command) -> anyhow::Result<String> {
    let ended = command.output().await?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "a program failed: {}", said.trim());
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// Somebody who is not root.
fn plain_user() -> anyhow::Result<(u32, u32)> {
    let known = std::fs::read_to_string("/etc/passwd")?;
    let of_name = |name| {
        let mut people = known.lines().map(|line| line.split(':'));
        people.find_map(|mut fields| {
            (fields.next()? == name).then_some(())?;
            let user = fields.nth(1)?.parse().ok()?;
            Some((user, fields.next()?.parse().ok()?))
        })
    };
    let found = PLAIN_USERS.into_iter().find_map(of_name);
    found.context("the machine knows nobody but root")
}
