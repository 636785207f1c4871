//! Opening: one owner, and a way on when the files are damaged, for the stream still has everything.

use std::any::Any;
use std::fs::{self, File, TryLockError};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cardex_domain::shard::Share;

use crate::compact;
use crate::engine::{Engine, OpenFailure};
use crate::entry::Position;
use crate::error::StoreError;
use crate::keys::{self, Kind};
use crate::migrate::migrate;
use crate::rows::{HeadRow, HeadTimeRow};
use crate::seal::Body;
use crate::store::{Store, Visible};
use crate::targets::Targets;
use crate::teach;
use crate::unfinished;

/// How long an owner that is just ending, or a child process of one that has yet to let go, keeps a new owner waiting
/// before it is refused.
const OWNER_TIMEOUT_MS: u64 = 2_000;
/// How long the engine may take to let go of its files after it was closed.
const RELEASE_TIMEOUT_MS: u64 = 10_000;
const LOCK_POLL_MS: u64 = 5;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Memory for pages.
    pub cache_bytes: u64,
    /// Stays kept folded, of about a kilobyte each.
    pub stays_cached: NonZeroUsize,
    /// Rooms of which it is kept who had them when.
    pub rooms_cached: NonZeroUsize,
    /// Observations kept of all references together, of about half a kilobyte each.
    pub notes_cached: usize,
    /// Observations under one reference from which on they are kept: fewer are read again as fast as they are looked for.
    pub notes_cached_from: usize,
    /// How long the engine may take to open its files before they count as damaged.
    pub open_timeout_ms: u64,
    /// At how many times the bytes of its rows the files are copied afresh; never when `None`. Fresh copies come to
    /// nearly 3 times, files in use to about 5: less than that would copy at every opening.
    pub compact_at_ratio: Option<u32>,
    /// Files smaller than this are not worth the copying.
    pub compact_min_bytes: u64,
    /// What a store keeps of the rows that are divided among shards; all of them when `None`. One that is there must keep
    /// the same, but where it is opened as it is.
    pub share: Option<Share>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        const STAYS_CACHED: NonZeroUsize = NonZeroUsize::new(8_192).expect("8,192 is not 0");
        const ROOMS_CACHED: NonZeroUsize = NonZeroUsize::new(1_024).expect("1,024 is not 0");
        Self {
            cache_bytes: 512 << 20,
            stays_cached: STAYS_CACHED,
            rooms_cached: ROOMS_CACHED,
            notes_cached: 100_000,
            notes_cached_from: 256,
            open_timeout_ms: 120_000,
            compact_at_ratio: Some(8),
            compact_min_bytes: 256 << 20,
            share: None,
        }
    }
}

/// So much room has to be left on the disk before anything is written: the engine can't be told to stop in the middle of a
/// file, and never writes again once it had no room.
const ROOM_MIN_BYTES: u64 = 32 << 20;

/// An open store.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Where the damaged store was set aside. The open one is then empty: its position is `None`, and reading the
    /// stream from the beginning makes it whole.
    pub recovered: Option<PathBuf>,
}

/// The mark of the process that owns a store, beside its directory so that it stays when the directory is exchanged.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        Self::within(dir, OWNER_TIMEOUT_MS)
    }

    /// Does not wait for an owner that may be just ending.
    pub(crate) fn at_once(dir: &Path) -> Result<Self, StoreError> {
        Self::within(dir, 0)
    }

    fn within(dir: &Path, timeout_ms: u64) -> Result<Self, StoreError> {
        let path = beside(dir, "lock");
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| io("create", parent, e))?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| io("open", &path, e))?;
        lock(&file, dir, timeout_ms)?;
        Ok(Self { _file: file })
    }
}

/// The place of a store, which nobody else may open while this is held.
pub struct Claim {
    dir: PathBuf,
    _lock: Lock,
}

impl Claim {
    /// Claims `dir`, whether there is a store or not.
    ///
    /// # Errors
    /// When another process owns it.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let _lock = Lock::take(dir)?;
        compact::settle(dir)?;
        let dir = dir.to_owned();
        Ok(Self { dir, _lock })
    }

    /// Puts the store in `fresh`, which is closed, in this place. What was here is removed.
    ///
    /// # Errors
    /// When a process owns it, or files can't be renamed.
    pub fn give_to(self, fresh: &Path) -> Result<(), StoreError> {
        let lock = Lock::take(fresh)?;
        wait_released(fresh)?;
        compact::take_place(&self.dir, fresh)?;
        let left = beside(fresh, "lock");
        fs::remove_file(&left).map_err(|e| io("remove", &left, e))?;
        drop(lock);
        Ok(())
    }
}

/// Locks `file`, one of the store in `dir`; refused when somebody else keeps it for longer than the time given.
fn lock(file: &File, dir: &Path, timeout_ms: u64) -> Result<(), StoreError> {
    let deadline = Instant::now() + Duration::from_millis(timeout_ms);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(LOCK_POLL_MS));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    path: dir.to_owned(),
                });
            }
            Err(TryLockError::Error(e)) => return Err(io("lock", dir, e)),
        }
    }
}

/// The path `<dir>.<suffix>`.
pub(crate) fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut path = dir.as_os_str().to_owned();
    path.push(".");
    path.push(suffix);
    path.into()
}

pub(crate) fn io(what: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Brings the names in `dir` onto the disk.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    let dir = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    File::open(dir)
        .and_then(|d| d.sync_all())
        .map_err(|e| io("sync", dir, e))
}

pub(crate) fn open(dir: &Path, options: &OpenOptions) -> Result<Opened, StoreError> {
    let lock = Lock::take(dir)?;
    compact::settle(dir)?;
    unfinished::clear(dir);
    let on_disk = [dir, dir.parent().unwrap_or(dir)]
        .into_iter()
        .find(|at| at.exists());
    if !on_disk.map_or(Ok(true), has_room)? {
        // Sound files that can't be written to are not to be taken for damaged ones.
        let path = dir.to_owned();
        return Err(StoreError::Full { path });
    }
    let (mut standing, recovered) = match open_sound(dir, options)? {
        Ok(standing) => (standing, None),
        Err(reason) => {
            let aside = set_aside(dir)?;
            tracing::error!(path = %aside.display(), reason, "the store could not be opened and was set aside; it is rebuilt from the stream");
            match open_sound(dir, options)? {
                Ok(standing) => (standing, Some(aside)),
                Err(reason) => return Err(StoreError::corrupt("an empty store", &reason)),
            }
        }
    };
    keeps_the_share(dir, standing.share, options)?;
    if compact::is_due(&standing.engine, &standing.visible.counts, options)? {
        drop(standing);
        compact::compact(dir, options)?;
        standing = match open_sound(dir, options)? {
            Ok(open) => open,
            Err(reason) => return Err(StoreError::corrupt("the compacted store", &reason)),
        };
    }
    Ok(Opened {
        store: Store::new(standing, dir, options, lock),
        recovered,
    })
}

pub(crate) fn keeps_the_share(
    dir: &Path,
    held: Option<Share>,
    options: &OpenOptions,
) -> Result<(), StoreError> {
    if held == options.share {
        return Ok(());
    }
    let told = |share: Option<Share>| match share {
        Some(share) => format!("shard {share}"),
        None => "the whole".to_owned(),
    };
    Err(StoreError::OtherShare {
        path: dir.to_owned(),
        held: told(held),
        given: told(options.share),
    })
}

/// Whether the disk that this directory is on has room for more.
pub(crate) fn has_room(dir: &Path) -> Result<bool, StoreError> {
    let free = nix::sys::statvfs::statvfs(dir).map_err(|errno| io("look at", dir, errno.into()))?;
    Ok(free.blocks_available() * free.fragment_size() >= ROOM_MIN_BYTES)
}

/// Opens the store in `dir`, which is left as it is when it is damaged.
pub(crate) fn open_as_it_is(dir: &Path, options: &OpenOptions) -> Result<Store, StoreError> {
    let lock = own(dir)?;
    match open_sound(dir, options)? {
        Ok(standing) => Ok(Store::new(standing, dir, options, lock)),
        Err(what) => Err(StoreError::Corrupt { what }),
    }
}

/// Takes the lock of a store that is there.
pub(crate) fn own(dir: &Path) -> Result<Lock, StoreError> {
    let missing = || StoreError::Missing {
        path: dir.to_owned(),
    };
    if !dir
        .parent()
        .is_none_or(|parent| parent.as_os_str().is_empty() || parent.exists())
    {
        return Err(missing());
    }
    let lock = Lock::take(dir)?;
    compact::settle(dir)?;
    if !Store::is_there(dir) {
        return Err(missing());
    }
    Ok(lock)
}

type Sound<T> = Result<T, String>;

/// An open engine with what is known of its rows.
pub(crate) struct Standing {
    pub(crate) engine: Engine,
    pub(crate) visible: Visible,
    pub(crate) targets: Targets,
    pub(crate) share: Option<Share>,
}

/// Opens the engine and reads where it stands; the inner error says why the files count as damaged.
fn open_sound(dir: &Path, options: &OpenOptions) -> Result<Sound<Standing>, StoreError> {
    let engine = match open_engine(dir, options)? {
        Ok(engine) => engine,
        Err(reason) => return Ok(Err(reason)),
    };
    let standing = migrate(&engine, options.share)
        .and_then(|share| Ok((share, stand(&engine)?, Targets::read(&engine)?)));
    match standing {
        Ok((share, visible, targets)) => {
            // What was recovered may so far be in memory alone.
            engine.sync()?;
            sync_dir(dir)?;
            sync_dir(dir.parent().unwrap_or(Path::new(".")))?;
            Ok(Ok(Standing {
                engine,
                visible,
                targets,
                share,
            }))
        }
        Err(StoreError::Corrupt { what }) => {
            drop(engine);
            wait_released(dir)?;
            Ok(Err(what))
        }
        Err(other) => Err(other),
    }
}

/// Opens the engine; the inner error says why the files count as damaged.
pub(crate) fn open_engine(dir: &Path, options: &OpenOptions) -> Result<Sound<Engine>, StoreError> {
    create_private(dir)?;
    remove_unfinished_snapshots(dir)?;
    let deadline = Instant::now() + Duration::from_millis(RELEASE_TIMEOUT_MS);
    loop {
        wait_released(dir)?;
        match open_watched(dir, options)? {
            Ok(Ok(engine)) => return Ok(Ok(engine)),
            Ok(Err(OpenFailure::Refused(e))) => return Err(io("open", dir, e)),
            Ok(Err(OpenFailure::Damaged(e))) => return Ok(Err(e.to_string())),
            // A child process that was being started meanwhile had the file for a moment.
            Ok(Err(OpenFailure::Busy)) if Instant::now() < deadline => {}
            Ok(Err(OpenFailure::Busy)) => {
                return Err(StoreError::Locked {
                    path: dir.to_owned(),
                });
            }
            Err(reason) => return Ok(Err(reason)),
        }
    }
}

/// Makes a directory that its owner alone may look into, for guests' data is in it; one that is there stays as it is.
fn create_private(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| io("create", dir, e))
}

/// Opens the engine on a thread of its own, for on damaged files it can panic or never come back.
fn open_watched(
    dir: &Path,
    options: &OpenOptions,
) -> Result<Sound<Result<Engine, OpenFailure>>, StoreError> {
    let (send, receive) = sync_channel(1);
    let (path, cache_bytes) = (dir.to_owned(), options.cache_bytes);
    thread::Builder::new()
        .name("store-open".into())
        .spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(|| Engine::open(&path, cache_bytes)));
            // Nobody listens any more once it took too long.
            drop(send.send(opened));
        })
        .map_err(|e| io("start a thread to open", dir, e))?;
    let opened = receive.recv_timeout(Duration::from_millis(options.open_timeout_ms));
    Ok(match opened {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(panic)) => Err(format!("the engine panicked: {}", words(&*panic))),
        Err(RecvTimeoutError::Timeout) => Err("the engine took too long".to_owned()),
        Err(RecvTimeoutError::Disconnected) => Err("the engine's thread ended".to_owned()),
    })
}

pub(crate) fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// A kill while the engine writes a snapshot leaves an unfinished one, on which its next open fails.
fn remove_unfinished_snapshots(dir: &Path) -> Result<(), StoreError> {
    for file in fs::read_dir(dir).map_err(|e| io("read", dir, e))? {
        let path = file.map_err(|e| io("read", dir, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&path).map_err(|e| io("remove", &path, e))?;
        }
    }
    Ok(())
}

/// Waits until the engine's threads have let go of the files: they may do so a moment after it was closed.
pub(crate) fn wait_released(dir: &Path) -> Result<(), StoreError> {
    let path = Engine::file_in(dir);
    if !path.exists() {
        return Ok(());
    }
    let file = File::open(&path).map_err(|e| io("open", &path, e))?;
    // The lock goes with the handle, so that the engine can take its own.
    lock(&file, dir, RELEASE_TIMEOUT_MS)
}

fn set_aside(dir: &Path) -> Result<PathBuf, StoreError> {
    let aside = (1_u32..)
        .map(|n| beside(dir, &format!("damaged-{n}")))
        .find(|path| !path.exists())
        .expect("some number is free");
    fs::rename(dir, &aside).map_err(|e| io("set aside", dir, e))?;
    Ok(aside)
}

/// Where the store stands.
pub(crate) fn stand(engine: &Engine) -> Result<Visible, StoreError> {
    let key = keys::head();
    let Some(value) = engine.get(key.as_bytes())? else {
        return Ok(Visible::default());
    };
    let body = Body::open(engine, key.as_bytes(), value)?;
    let (position, counts) = body.row::<HeadRow<'_>>(Kind::Head)?.read();
    Ok(Visible {
        stored_at_us: stored_at_us(engine, position.as_ref())?,
        position,
        counts,
        lessons: Arc::new(teach::lessons(engine)?),
    })
}

/// When the message of the position was stored. A version that did not know that row may have gone on since.
fn stored_at_us(engine: &Engine, position: Option<&Position>) -> Result<Option<i64>, StoreError> {
    let key = keys::head_time();
    let Some(value) = engine.get(key.as_bytes())? else {
        return Ok(None);
    };
    let body = Body::open(engine, key.as_bytes(), value)?;
    let row: HeadTimeRow = body.row(Kind::HeadTime)?;
    let of_position = position.is_some_and(|position| position.sequence == row.sequence);
    Ok(of_position.then_some(row.server_time_micros))
}
