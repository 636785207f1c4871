//! `cardex backup` and `cardex restore`: the whole store in one file.

use std::fs::{self, File, TryLockError};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use cardex_aggregator::installation_key;
use cardex_bus::service::Patience;
use cardex_bus::snapshots::{Snapshot, take_of};
use cardex_bus::streams::{EVENTS, StreamEnds, stream_ends};
use cardex_bus::{Bus, RequestError};
use cardex_domain::shard::Share;
use cardex_store::{Held, Store, StoreError, check_snapshot};
use clap::Args;
use serde_json::{Value, json};

use super::import::progress::Progress;
use crate::at_work::{Stream, beside, on_bytes, options, with_shards_there};
use crate::running;
use crate::screen::{Format, note};
use crate::session::Session;
use crate::settings::{Purpose, Settings, SettingsArgs};

/// How long an aggregator may take for a snapshot, and how long it may not be heard meanwhile.
const SNAPSHOT_PATIENCE: Patience = Patience {
    whole: Duration::from_secs(30 * 60),
    silence: Duration::from_secs(30),
};

const BACKUP_EXAMPLES: &str = "\
Examples:
  cardex backup --to /backup/cardex.snapshot
  cardex backup --to /backup/ --data /var/lib/cardex      named by the sequence that it goes up to

While the aggregator runs it is asked for a snapshot, over the bus; else the store is read where it lies. A backup holds \
guests' data, and none of the events of later: keep the streams and the installation's key as well. With them the \
store can always be built anew; a backup saves the time.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  cardex restore /backup/cardex.snapshot --data /var/lib/cardex
  cardex restore /backup/cardex.snapshot --nats nats://hotel:4222

Needs an empty store directory, and the installation's key in place. What was published after the backup is read \
from the stream at the next start. A backup that does not fit the stream is refused.";

/// Write the whole store into one file, to be kept elsewhere
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct Backup {
    /// The file, or a directory that is there
    #[arg(long, value_name = "FILE|DIR")]
    to: PathBuf,
    #[command(flatten)]
    format: Format,
}

/// Make the store of a backup
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct Restore {
    /// What `cardex backup` wrote
    file: PathBuf,
    #[command(flatten)]
    format: Format,
}

impl Backup {
    pub(crate) async fn run(&self, args: &SettingsArgs) -> anyhow::Result<()> {
        let session = Session::open(args)?;
        let unfinished = self.unfinished();
        let file = begin(&unfinished)?;
        let work = self.write(&session, &file, &unfinished);
        let held = match Box::pin(session.within_permissions(work)).await {
            Ok(held) => held,
            Err(error) => {
                // What is left of it is of no use to anybody.
                let _ = fs::remove_file(&unfinished);
                return Err(error);
            }
        };
        let path = self.path(&held);
        put_in_place(&unfinished, &path)?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&told(&held, &path));
        }
        screen.line(format!(
            "{} holds {}, in {} MiB",
            path.display(),
            holds(&held),
            held.bytes.div_ceil(1 << 20)
        ))
    }

    /// Writes it from the store where nobody has that open, else from a snapshot of who has.
    async fn write(&self, session: &Session, file: &File, path: &Path) -> anyhow::Result<Held> {
        let settings = &session.settings;
        let (dir, options) = (settings.aggregator.store_dir.clone(), options(settings)?);
        let opening = tokio::task::spawn_blocking(move || Store::open_as_it_is(&dir, &options));
        let (file, path) = (file.try_clone()?, path.to_owned());
        let store = match opening.await? {
            Ok(store) => store,
            Err(StoreError::Locked { .. }) => {
                note("the store is in use: its aggregator is asked for a snapshot");
                return fetch(session, file, path).await;
            }
            Err(StoreError::Missing { .. }) if running::bus_of(settings).is_ok() => {
                note("there is no store here: an aggregator is asked for a snapshot");
                return fetch(session, file, path).await;
            }
            Err(error) => return Err(with_shards_there(settings, error)),
        };
        let key = installation_key(&settings.aggregator.installation_key_file)?.fingerprint();
        let rows = store.read().counts().live_bytes;
        on_bytes(rows, move |tell| write(&store, &key, &file, &path, tell)).await
    }

    /// Where it is written until it is whole.
    fn unfinished(&self) -> PathBuf {
        if self.to.is_dir() {
            self.to.join("cardex.snapshot.unfinished")
        } else {
            beside(&self.to, "unfinished")
        }
    }

    fn path(&self, held: &Held) -> PathBuf {
        if !self.to.is_dir() {
            return self.to.clone();
        }
        let sequence = held.position.as_ref().map_or(0, |p| p.sequence);
        self.to.join(format!("cardex-{sequence}.snapshot"))
    }
}

fn write(
    store: &Store,
    key: &str,
    file: &File,
    path: &Path,
    tell: &mut cardex_store::Tell<'_>,
) -> anyhow::Result<Held> {
    let held = store.snapshot(key, BufWriter::new(file), tell)?;
    file.sync_all()
        .with_context(|| format!("cannot bring {} onto the disk", path.display()))?;
    Ok(held)
}

/// An empty file that its owner alone may read, for it holds guests' data, and that one backup at a time is written into.
fn begin(path: &Path) -> anyhow::Result<File> {
    let failed = || format!("cannot write {}", path.display());
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another backup is being written to {}: wait until it is done, or name another file",
            path.display()
        ),
        Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
    }
    file.set_len(0).with_context(failed)?;
    Ok(file)
}

/// Has an aggregator put a snapshot on the bus, and writes it to `path`.
async fn fetch(session: &Session, file: File, path: PathBuf) -> anyhow::Result<Held> {
    let bus = session.connect().await?;
    let snapshot = ask(&bus, session.settings.aggregator.share()?).await?;
    let mut progress = Progress::of_bytes(snapshot.bytes, "MiB");
    let out = tokio::fs::File::from_std(file.try_clone()?);
    let fetched = bus.get_snapshot(&snapshot.name, out, |bytes| {
        progress.at(bytes, bytes >> 20);
    });
    let fetched = fetched.await;
    progress.finish();
    fetched?;
    on_bytes(snapshot.bytes, move |_| {
        file.sync_all()
            .with_context(|| format!("cannot bring {} onto the disk", path.display()))?;
        Ok(check_snapshot(open(&path)?)?)
    })
    .await
}

/// Asks for a snapshot of a store that keeps this share, and says which one it is.
pub(super) async fn ask(bus: &Bus, share: Option<Share>) -> anyhow::Result<Snapshot> {
    let take = take_of(share);
    let asked = bus.request_at_length(&take, Bytes::new(), SNAPSHOT_PATIENCE);
    let answer = asked.await.map_err(|error| match error {
        RequestError::NoResponders { .. } => {
            let whose = match share {
                Some(share) => format!("that keeps shard {share}"),
                None => "whose store is not divided".to_owned(),
            };
            anyhow::anyhow!(
                "no aggregator {whose} answers: start it, or say by --set aggregator.shards=N and --set \
                 aggregator.shard=N which one is meant"
            )
        }
        RequestError::Silent { .. } => anyhow::Error::from(error).context(
            "the aggregator did not finish the snapshot: start it and ask again. While it is stopped, `cardex backup \
             --to FILE --data DIR` reads its store where that lies",
        ),
        other => other.into(),
    })?;
    let name = String::from_utf8_lossy(&answer);
    let mut listed = bus.snapshots().await?.into_iter();
    let snapshot = listed.find(|snapshot| snapshot.name == name);
    snapshot.with_context(|| format!("snapshot {name} is not there any more: ask again"))
}

fn put_in_place(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot name it {}", to.display()))?;
    let dir = to.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .with_context(|| format!("cannot bring {} onto the disk", dir.display()))
}

impl Restore {
    pub(crate) async fn run(&self, args: &SettingsArgs) -> anyhow::Result<()> {
        let settings = Settings::load(args, Purpose::Command)?;
        cardex_runtime::telemetry::init(&settings.log)?;
        let key = installation_key(&settings.aggregator.installation_key_file)?.fingerprint();
        let bytes = fs::metadata(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?
            .len();
        let path = self.file.clone();
        let checked = on_bytes(bytes, move |_| Ok(check_snapshot(open(&path)?)?)).await;
        let held = checked.with_context(|| format!("{} is not restored", self.file.display()))?;
        let after = self.fits(&settings, &held).await?;
        let (path, dir) = (self.file.clone(), settings.aggregator.store_dir.clone());
        let options = options(&settings)?;
        let held = on_bytes(bytes, move |tell| {
            Ok(Store::restore(&dir, open(&path)?, &key, &options, tell)?)
        })
        .await?;
        let mut screen = self.format.screen();
        let dir = &settings.aggregator.store_dir;
        if screen.json() {
            let mut told = told(&held, dir);
            told["events_after"] = json!(after);
            return screen.object(&told);
        }
        screen.line(format!(
            "{} holds {}; the {after} events after that are read at the next start",
            dir.display(),
            holds(&held)
        ))
    }

    /// How many events the stream has behind the backup; refused where they do not follow on it.
    async fn fits(&self, settings: &Settings, held: &Held) -> anyhow::Result<u64> {
        let stream = Stream::connect(settings).await?;
        let ends = stream_ends(&stream.bus, EVENTS).await;
        stream.close().await;
        follows(held, &ends?)
    }
}

/// How many events the stream has behind what is held.
fn follows(held: &Held, ends: &StreamEnds) -> anyhow::Result<u64> {
    let Some(position) = &held.position else {
        return Ok(ends.last);
    };
    let at = position.sequence;
    anyhow::ensure!(
        position.incarnation == ends.incarnation,
        "the backup is of another stream than the one on this bus: name the bus that it belongs to, or start with an \
         empty store directory, which is built from the stream"
    );
    anyhow::ensure!(
        at <= ends.last,
        "the backup goes up to sequence {at} and the stream ends at {}: restore the streams' newer copy first, or \
         start with an empty store directory, which is built from the stream",
        ends.last
    );
    anyhow::ensure!(
        ends.first <= at + 1,
        "the backup ends at sequence {at} and the stream begins at {}: what lies between is in neither. Use a later \
         backup, or restore the streams from a copy that has those events",
        ends.first
    );
    Ok(ends.last - at)
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

fn holds(held: &Held) -> String {
    let sequence = held.position.as_ref().map_or(0, |p| p.sequence);
    format!(
        "{} events up to sequence {sequence} of the stream",
        held.counts.events
    )
}

fn told(held: &Held, path: &Path) -> Value {
    let position = held.position.as_ref();
    let settings: serde_json::Map<String, Value> = held
        .settings
        .iter()
        .map(|(setting, hash)| ((*setting).to_owned(), json!(hash)))
        .collect();
    json!({
        "path": path,
        "sequence": position.map(|p| p.sequence),
        "incarnation": position.map(|p| &p.incarnation),
        "events": held.counts.events,
        "dead_letters": held.counts.dead_letters,
        "store_format": held.header.store_format,
        "installation_key": held.header.key,
        "settings": settings,
        "bytes": held.bytes,
        "sha256": data_encoding::HEXLOWER.encode(&held.hash),
    })
}

#[cfg(test)]
mod tests {
    use cardex_store::{Counts, Header, Position};

    use super::*;

    fn held(sequence: u64) -> Held {
        Held {
            header: Header {
                store_format: 8,
                key: "KEY".into(),
            },
            position: Some(Position {
                incarnation: "1".into(),
                sequence,
            }),
            counts: Counts::default(),
            changes: 0,
            settings: Vec::new(),
            bytes: 0,
            hash: [0; 32],
        }
    }

    #[test]
    fn one_backup_at_a_time_is_written_to_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cardex.snapshot.unfinished");
        let first = begin(&path).unwrap();
        fs::write(&path, "of the first").unwrap();
        let second = begin(&path).map(drop).unwrap_err().to_string();
        assert!(second.contains("another backup"), "{second}");
        assert_eq!(fs::read(&path).unwrap(), b"of the first");
        drop(first);
        // What a kill left is written over.
        begin(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_backup_is_restored_where_the_stream_goes_on_behind_it() {
        let ends = |incarnation: &str, first, last| StreamEnds {
            incarnation: incarnation.into(),
            first,
            last,
            messages: last + 1 - first,
        };
        let after = |ends| follows(&held(10), &ends).ok();
        assert_eq!(after(ends("1", 1, 10)), Some(0));
        assert_eq!(after(ends("1", 11, 15)), Some(5));
        assert_eq!(after(ends("1", 12, 15)), None, "an event is in neither");
        assert_eq!(after(ends("1", 1, 9)), None, "the stream lost its end");
        assert_eq!(after(ends("2", 1, 15)), None, "another stream");
    }
}
