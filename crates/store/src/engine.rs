//! The engine below, sled, and all that this crate knows of it. Nothing else names it.
//!
//! What was measured and is relied on: a batch is atomic, and durable only after `flush()` *and* an fdatasync of the
//! file on a handle of our own, for sled's flush alone does not reach the disk; `flush_every_ms` must not be `None`.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::{Bound, Deref};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::error::{EngineError, StoreError};
use crate::keys::Key;

const FLUSH_EVERY_MS: u64 = 500;
/// Threads that look up or load the rows of one batch.
const THREADS: usize = 4;
/// Fewer rows than these are not worth a thread to load them.
const LOADED_BY_ONE_ROWS: usize = 1_024;
/// Nor are fewer than these to look them up.
const LOOKED_UP_BY_ONE_ROWS: usize = 64;

/// A key or a value as the engine keeps it in memory.
pub(crate) struct Value(sled::IVec);

impl Value {
    /// A copy of what did not come from here.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Rows to be written and removed at once. The last word about a key holds.
#[derive(Default)]
pub(crate) struct Batch(Vec<Change>);

impl Batch {
    pub(crate) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    pub(crate) fn remove(&mut self, key: &[u8]) {
        self.0.push((key.to_vec(), None));
    }

    /// What is written, and `None` what is removed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.0.iter().map(|(k, v)| (&**k, v.as_deref()))
    }
}

/// A batch in the form in which only writing is left to do.
pub(crate) enum Prepared {
    /// All of it or nothing.
    AtOnce(sled::Batch),
    /// In key order.
    Load(Vec<Change>),
}

/// A key, and its value or that it is removed.
type Change = (Vec<u8>, Option<Vec<u8>>);

impl Prepared {
    /// Row by row in key order and over several threads, which the engine can't do with a batch of its own. A process that
    /// ends meanwhile leaves some rows without the others, so this is for files that take a store's place once they are
    /// whole, and for nothing else.
    pub(crate) fn to_load(batch: Batch) -> Self {
        let mut rows = batch.0;
        // Of a key's words the last then stands first, and the others behind it are dropped.
        rows.reverse();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows.dedup_by(|(later, _), (kept, _)| later == kept);
        Self::Load(rows)
    }
}

impl From<Batch> for Prepared {
    fn from(batch: Batch) -> Self {
        let mut prepared = sled::Batch::default();
        for (key, value) in batch.0 {
            match value {
                Some(value) => prepared.insert(key, value),
                None => prepared.remove(key),
            }
        }
        Self::AtOnce(prepared)
    }
}

/// How sled begins the error it makes when somebody has its file locked.
const LOCKED: &str = "could not acquire lock";

/// Why the engine could not be opened.
pub(crate) enum OpenFailure {
    /// Somebody still has the file.
    Busy,
    /// The operating system refused: the files may be sound.
    Refused(std::io::Error),
    /// The files can't be understood.
    Damaged(EngineError),
}

/// An open database.
pub(crate) struct Engine {
    db: sled::Db,
    file: File,
    path: PathBuf,
    /// What was first found damaged.
    damage: OnceLock<String>,
    /// Whether the disk had no room for something that was to be written.
    was_full: AtomicBool,
}

impl Engine {
    /// Opens or creates the database in `dir`. May panic or hang on damaged files: see `guard`.
    pub(crate) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, OpenFailure> {
        let db = sled::Config::new()
            .path(dir)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .open()
            .map_err(|error| match error {
                // An error of sled's own making has no number of the operating system's.
                sled::Error::Io(io) if io.raw_os_error().is_some() => OpenFailure::Refused(io),
                sled::Error::Io(io) if io.to_string().starts_with(LOCKED) => OpenFailure::Busy,
                other => OpenFailure::Damaged(EngineError::new(other)),
            })?;
        let path = Self::file_in(dir);
        let file = File::open(&path).map_err(OpenFailure::Refused)?;
        Ok(Self {
            db,
            file,
            path,
            damage: OnceLock::new(),
            was_full: AtomicBool::new(false),
        })
    }

    /// The file that holds the rows.
    pub(crate) fn file_in(dir: &Path) -> PathBuf {
        dir.join("db")
    }

    /// Whether there were files already.
    pub(crate) fn was_recovered(&self) -> bool {
        self.db.was_recovered()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        let value = self.db.get(key);
        let value = value.map_err(|e| self.noting(failed("read a row", e)))?;
        Ok(value.map(Value))
    }

    /// The values under these keys, in the same order.
    pub(crate) fn get_each(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, StoreError> {
        let get = |key: &Key| self.get(key.as_bytes());
        let get_all = |keys: &[Key]| keys.iter().map(get).collect::<Result<Vec<_>, _>>();
        let shares = shared(keys, LOOKED_UP_BY_ONE_ROWS, get_all)?;
        Ok(shares.into_iter().flatten().collect())
    }

    /// Takes note of an error that says that something is damaged.
    pub(crate) fn noting(&self, error: StoreError) -> StoreError {
        if let StoreError::Corrupt { what } = &error {
            // Only the first counts.
            let _ = self.damage.set(what.clone());
        }
        error
    }

    /// What was found damaged, if anything was. What there was no room for looks damaged and is not.
    pub(crate) fn damage(&self) -> Option<&str> {
        let damage = self.damage.get().map(String::as_str);
        damage.filter(|_| !self.was_full.load(Ordering::Acquire))
    }

    /// Rows whose keys begin with `front`, in key order.
    pub(crate) fn scan(&self, front: &Key) -> Rows {
        Rows::Read(self.db.scan_prefix(front.as_bytes()))
    }

    /// Rows from `from` to just before `to`, in key order.
    pub(crate) fn range(&self, from: &Key, to: Option<&Key>) -> Rows {
        let to = to.map_or(Bound::Unbounded, |key| Bound::Excluded(key.as_bytes()));
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Included(from.as_bytes()), to);
        Rows::Read(self.db.range::<&[u8], _>(bounds))
    }

    /// Rows behind `key`, in key order.
    pub(crate) fn behind(&self, key: &[u8]) -> Rows {
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Excluded(key), Bound::Unbounded);
        Rows::Read(self.db.range::<&[u8], _>(bounds))
    }

    /// All rows.
    pub(crate) fn all(&self) -> Rows {
        Rows::Read(self.db.iter())
    }

    /// The last row whose key begins with `front`.
    pub(crate) fn last(&self, front: &Key) -> Result<Option<Row>, StoreError> {
        self.db
            .scan_prefix(front.as_bytes())
            .next_back()
            .transpose()
            .map(|row| row.map(owned))
            .map_err(|e| failed("read rows", e))
    }

    pub(crate) fn apply(&self, batch: impl Into<Prepared>) -> Result<(), StoreError> {
        match batch.into() {
            Prepared::AtOnce(batch) => self.db.apply_batch(batch),
            Prepared::Load(rows) => return self.load(&rows),
        }
        .map_err(|e| self.not_written("write a batch", e))
    }

    fn load(&self, rows: &[Change]) -> Result<(), StoreError> {
        shared(rows, LOADED_BY_ONE_ROWS, |rows| self.load_rows(rows)).map(drop)
    }

    fn load_rows(&self, rows: &[Change]) -> Result<(), StoreError> {
        for (key, value) in rows {
            let written = match value {
                Some(value) => self.db.insert(key, value.as_slice()),
                None => self.db.remove(key),
            };
            written.map_err(|e| self.not_written("write a row", e))?;
        }
        Ok(())
    }

    /// Brings everything written so far onto the disk.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        let flushed = self.db.flush();
        flushed.map_err(|e| self.not_written("flush", e))?;
        let synced = self.file.sync_data();
        synced.map_err(|e| self.full_or("sync", e))
    }

    /// What the engine could not write it can't write later either, also once there is room.
    fn not_written(&self, what: &'static str, error: sled::Error) -> StoreError {
        match error {
            sled::Error::Io(io) if io.kind() == ErrorKind::StorageFull => self.full_or(what, io),
            other => failed(what, other),
        }
    }

    fn full_or(&self, what: &'static str, source: std::io::Error) -> StoreError {
        let path = self.path.clone();
        match source.kind() {
            ErrorKind::StorageFull => {
                self.was_full.store(true, Ordering::Release);
                StoreError::Full { path }
            }
            _ => StoreError::Io { what, path, source },
        }
    }

    pub(crate) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.db
            .size_on_disk()
            .map_err(|e| failed("measure its files", e))
    }

    /// Checks the checksums of the engine's own pages.
    pub(crate) fn verify_pages(&self) -> Result<(), StoreError> {
        self.db
            .verify_integrity()
            .map_err(|e| failed("verify its pages", e))
    }
}

/// What `work` comes to for each share of `all`, in their order: of as many as there are threads, each of at least `least`.
fn shared<T: Sync, R: Send>(
    all: &[T],
    least: usize,
    work: impl Fn(&[T]) -> Result<R, StoreError> + Sync,
) -> Result<Vec<R>, StoreError> {
    let mut shares = all.chunks(all.len().div_ceil(THREADS).max(least));
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = shares.map(|share| scope.spawn(|| work(share))).collect();
        let own = work(own);
        let others = others.into_iter();
        let others = others.map(|other| {
            other
                .join()
                .expect("reading and writing rows does not panic")
        });
        std::iter::once(own).chain(others).collect()
    })
}

/// A row: its key and value.
pub(crate) type Row = (Value, Value);

/// Rows as they are read one after the other.
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for a look-up and moved once; a box would be an allocation for each"
)]
pub(crate) enum Rows {
    /// From the files.
    Read(sled::Iter),
    /// In memory already.
    Held(std::vec::IntoIter<Row>),
}

impl Iterator for Rows {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self {
            Self::Read(rows) => row_of(rows.next()?),
            Self::Held(rows) => Ok(rows.next()?),
        })
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some(match self {
            Self::Read(rows) => row_of(rows.next_back()?),
            Self::Held(rows) => Ok(rows.next_back()?),
        })
    }
}

fn row_of(read: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Row, StoreError> {
    read.map(owned).map_err(|e| failed("read rows", e))
}

fn owned((key, value): (sled::IVec, sled::IVec)) -> Row {
    (Value(key), Value(value))
}

fn failed(what: &'static str, error: sled::Error) -> StoreError {
    match error {
        sled::Error::Corruption { .. } => StoreError::corrupt("a page", "fails its checksum"),
        other => StoreError::Engine {
            what,
            source: EngineError::new(other),
        },
    }
}
