//! The store itself: one writer, readers that never see half a batch.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cardex_domain::fact::Reference;
use cardex_domain::ids::NodeId;
use cardex_domain::shard::{Share, place};
use parking_lot::{Mutex, RwLock};

use crate::cache::Cache;
use crate::compact::{self, Compaction};
use crate::curate::UNDERSTOOD;
use crate::engine::{Batch, Engine, Prepared};
use crate::entry::{Applied, Counts, Entry, Position, Reached, WordOf};
use crate::error::StoreError;
use crate::guard::{self, Lock, OpenOptions, Opened, Standing};
use crate::lent::Lent;
use crate::plan::{Finished, Known, Plan, Touched};
use crate::read::Reader;
use crate::recent::Recent;
use crate::repair::{self, Repaired};
use crate::snapshot::{self, Held, SnapshotError, Tap, Tell};
use crate::targets::Targets;
use crate::teach::Lessons;
use crate::verify::{self, Verified};

/// What readers see.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visible {
    pub(crate) position: Option<Position>,
    /// When the server stored the message of the position, as [`Reached`] has it.
    pub(crate) stored_at_us: Option<i64>,
    pub(crate) counts: Counts,
    pub(crate) lessons: Arc<Lessons>,
}

impl Visible {
    fn reached(&self) -> Option<Reached> {
        let position = self.position.clone()?;
        let stored_at_us = self.stored_at_us;
        Some(Reached {
            position,
            stored_at_us,
        })
    }
}

/// The embedded database of one installation, owned by one process. Every method blocks: call it off the async threads.
pub struct Store {
    pub(crate) engine: Engine,
    pub(crate) visible: RwLock<Visible>,
    pub(crate) cache: Cache,
    pub(crate) targets: Targets,
    /// What it keeps of what is divided; all of it when `None`.
    pub(crate) share: Option<Share>,
    /// What came of late under what others keep.
    recent: Mutex<Recent>,
    /// What is written while a snapshot is taken.
    pub(crate) tap: Tap,
    /// One snapshot is taken at a time.
    pub(crate) taking: Mutex<()>,
    writer: Mutex<Known>,
    syncing: Mutex<()>,
    durable: Mutex<Option<Reached>>,
    failed: AtomicBool,
    dir: PathBuf,
    // Dropped last: the next owner must find the engine closed.
    _lock: Lock,
}

impl Store {
    /// Opens the store in `dir`, or creates it. A store that can't be opened is set aside and an empty one takes its
    /// place: see [`Opened::recovered`].
    ///
    /// # Errors
    /// When another process owns it, it is of a newer format, or the operating system refuses.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Opened, StoreError> {
        guard::open(dir, options)
    }

    pub(crate) fn new(standing: Standing, dir: &Path, options: &OpenOptions, lock: Lock) -> Self {
        let Standing {
            engine,
            visible,
            targets,
            share,
        } = standing;
        Self {
            durable: Mutex::new(visible.reached()),
            visible: RwLock::new(visible),
            cache: Cache::new(options),
            targets,
            share,
            recent: Mutex::new(Recent::new()),
            tap: Tap::default(),
            taking: Mutex::new(()),
            writer: Mutex::new(Known::new()),
            syncing: Mutex::new(()),
            failed: AtomicBool::new(false),
            dir: dir.to_owned(),
            engine,
            _lock: lock,
        }
    }

    /// Up to where everything is safely on disk; `None` when nothing was ever applied.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.reached().map(|reached| reached.position)
    }

    /// As [`Self::position`], with when the message there was stored: both are of one moment, whatever is written meanwhile.
    #[must_use]
    pub fn reached(&self) -> Option<Reached> {
        self.durable.lock().clone()
    }

    /// Records a batch with the position it leads to, and returns once it is safely on disk: [`Self::write`] and
    /// [`Self::sync`].
    ///
    /// # Errors
    /// As those.
    pub fn apply(&self, batch: &[Entry], position: &Position) -> Result<Vec<Applied>, StoreError> {
        let applied = self.write(batch, position)?;
        self.sync()?;
        Ok(applied)
    }

    /// Records a batch with the position it leads to: all of it or nothing. Readers see it from now on; a power cut may
    /// still take it back, and then the position with it, until [`Self::sync`] returns. What each entry came to is
    /// answered in the batch's order.
    ///
    /// # Errors
    /// When the position is of another stream or lies before the store's, a row is damaged, or the write fails; after a
    /// failed write the store must be opened anew.
    pub fn write(&self, batch: &[Entry], position: &Position) -> Result<Vec<Applied>, StoreError> {
        self.write_marking(batch, position, UNDERSTOOD)
    }

    /// As [`Self::write`], marking the statements that wait for somebody to say what their words mean.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_marking(
        &self,
        batch: &[Entry],
        position: &Position,
        word_of: &WordOf<'_>,
    ) -> Result<Vec<Applied>, StoreError> {
        self.record(batch, position, word_of, Prepared::from)
    }

    /// As [`Self::write_marking`], faster by a multiple where the batch is large, for a store that is built beside the one
    /// whose place it takes once it is whole: a process that ends meanwhile leaves half of a batch, with or without the
    /// position, and nobody may open what it left.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn load_marking(
        &self,
        batch: &[Entry],
        position: &Position,
        word_of: &WordOf<'_>,
    ) -> Result<Vec<Applied>, StoreError> {
        self.record(batch, position, word_of, Prepared::to_load)
    }

    fn record(
        &self,
        batch: &[Entry],
        position: &Position,
        word_of: &WordOf<'_>,
        prepare: fn(Batch) -> Prepared,
    ) -> Result<Vec<Applied>, StoreError> {
        let mut known = self.writer.lock();
        let before = self.visible.read().clone();
        if let Some(stored) = &before.position {
            follows(stored, position)?;
        }
        let mut plan = Plan::new(&self.engine, &mut known, &before, word_of, self.share);
        let applied = plan.add_all(batch)?;
        self.commit(plan, Some(position.clone()), prepare)?;
        Ok(applied)
    }

    /// Brings everything written so far safely onto the disk. Another thread may write meanwhile.
    ///
    /// # Errors
    /// When the disk fails; the store must then be opened anew.
    pub fn sync(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.syncing.lock();
        self.usable()?;
        let up_to = self.visible.read().reached();
        self.engine.sync().inspect_err(|_| self.fail())?;
        *self.durable.lock() = up_to;
        Ok(())
    }

    /// Takes a dead letter away and records `entry` in its place, marking the statements that wait, in one batch that is
    /// safely on disk on return. The position stays. `None` when there is no such dead letter.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn resolve_dead_letter(
        &self,
        sequence: u64,
        entry: &Entry,
        word_of: &WordOf<'_>,
    ) -> Result<Option<Applied>, StoreError> {
        let mut known = self.writer.lock();
        let before = self.visible.read().clone();
        let mut plan = Plan::new(&self.engine, &mut known, &before, word_of, self.share);
        let position = before.position.as_ref().map_or(0, |p| p.sequence);
        if !plan.resolve_dead_letter(sequence, position)? {
            return Ok(None);
        }
        let applied = plan.add(entry)?;
        self.commit(plan, before.position, Prepared::from)?;
        drop(known);
        self.sync()?;
        Ok(Some(applied))
    }

    /// The store as it stands now, and stays while the reader is held: take one for a query, and no second one on the
    /// same thread.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader::new(self, None)
    }

    /// The same with what other shards lent; what of that no longer holds is dropped.
    #[must_use]
    pub fn read_with<'s>(&'s self, lent: &'s mut Lent) -> Reader<'s> {
        let visible = self.visible.read();
        lent.forget_stale(&self.recent.lock());
        Reader::of(self, visible, Some(lent))
    }

    /// What it keeps of what is divided among shards; all of it when `None`.
    #[must_use]
    pub fn share(&self) -> Option<Share> {
        self.share
    }

    /// Bytes of its files.
    ///
    /// # Errors
    /// When they can't be measured.
    pub fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.engine.disk_bytes()
    }

    /// What was found damaged since the store was opened, whoever met it: nothing was answered from that, and nobody knows
    /// what else is.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.engine.damage()
    }

    /// Whether its disk has room for more, which whoever writes asks before: see [`StoreError::Full`].
    ///
    /// # Errors
    /// When the disk does not say.
    pub fn has_room(&self) -> Result<bool, StoreError> {
        guard::has_room(&self.dir)
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads every row, checks it, and makes the rows of every event again to see that none is missing. Writers wait
    /// meanwhile.
    ///
    /// # Errors
    /// At the first row that is damaged or missing.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        verify::verify(self, &mut |_| true)
    }

    /// As [`Self::verify`], telling how many bytes of rows were read, and given up when told to.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_telling(&self, tell: &mut Tell<'_>) -> Result<Verified, StoreError> {
        verify::verify(self, tell)
    }

    /// Writes the whole store as it stands at one position into `out`, under the fingerprint of the installation's key,
    /// while others read and write. Tells how many bytes of rows are written.
    ///
    /// # Errors
    /// When a row is damaged, `out` can't be written, or `tell` says so.
    pub fn snapshot(
        &self,
        key: &str,
        out: impl Write,
        tell: &mut Tell<'_>,
    ) -> Result<Held, SnapshotError> {
        snapshot::take(self, key, out, tell)
    }

    /// Makes the store of a snapshot in `dir`, which must be empty or not there, under the installation's key of this
    /// fingerprint. All of it or nothing: a snapshot that turns out damaged leaves no store. Tells how many bytes of the
    /// snapshot are read.
    ///
    /// # Errors
    /// When the snapshot does not fit here, is damaged or can't be read, the directory is not empty, or `tell` says so.
    pub fn restore(
        dir: &Path,
        input: impl Read,
        key: &str,
        options: &OpenOptions,
        tell: &mut Tell<'_>,
    ) -> Result<Held, SnapshotError> {
        snapshot::restore(dir, input, key, options, tell)
    }

    /// Whether there is a store in `dir`, sound or not.
    #[must_use]
    pub fn is_there(dir: &Path) -> bool {
        Engine::file_in(dir).exists()
    }

    /// Opens the store in `dir` as it is: one that is damaged is left where it is.
    ///
    /// # Errors
    /// When there is none, it is damaged, or as for [`Self::open`].
    pub fn open_as_it_is(dir: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        guard::open_as_it_is(dir, options)
    }

    /// Makes again, in a store that nobody has open, what follows from other rows and is damaged or missing.
    ///
    /// # Errors
    /// When something is damaged that follows from no other row: then only the stream has it, and nothing was changed.
    pub fn repair(dir: &Path, options: &OpenOptions) -> Result<Repaired, StoreError> {
        repair::repair(dir, options)
    }

    /// Copies a store that nobody has open into fresh files without what was overwritten, and puts them in its place.
    ///
    /// # Errors
    /// When a process owns it or it can't be copied; the store is then as it was.
    pub fn compact(dir: &Path, options: &OpenOptions) -> Result<Compaction, StoreError> {
        let _lock = Lock::take(dir)?;
        compact::settle(dir)?;
        compact::compact(dir, options)
    }

    /// Brings everything onto the disk and closes the store.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(self) -> Result<(), StoreError> {
        self.sync()
    }

    /// Writes what `add` plans beside the stream: the position stays.
    pub(crate) fn alone<T>(
        &self,
        word_of: &WordOf<'_>,
        add: impl FnOnce(&Engine, &mut Plan<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut known = self.writer.lock();
        let before = self.visible.read().clone();
        let mut plan = Plan::new(&self.engine, &mut known, &before, word_of, self.share);
        let added = add(&self.engine, &mut plan)?;
        if !plan.is_empty() {
            self.commit(plan, before.position, Prepared::from)?;
        }
        Ok(added)
    }

    fn commit(
        &self,
        plan: Plan<'_>,
        position: Option<Position>,
        prepare: fn(Batch) -> Prepared,
    ) -> Result<(), StoreError> {
        self.usable()?;
        let Finished {
            batch,
            counts,
            touched,
            lessons,
            stored_at_us,
        } = plan.finish(position.as_ref())?;
        for target in &touched.targets {
            self.targets.add(*target);
        }
        let noted = self.tap.noting(&batch);
        let prepared = prepare(batch);
        let mut visible = self.visible.write();
        self.engine.apply(prepared).inspect_err(|_| self.fail())?;
        self.tap.note(noted);
        self.cache.touch(&touched);
        self.note_recent(&touched, position.as_ref());
        let stays = visible.position == position;
        *visible = Visible {
            stored_at_us: stored_at_us.or(visible.stored_at_us.filter(|_| stays)),
            position,
            counts,
            lessons,
        };
        Ok(())
    }

    /// Notes what came under what others keep. The caller holds the write lock.
    fn note_recent(&self, touched: &Touched, position: Option<&Position>) {
        let Some(share) = self.share else { return };
        let sequence = position.map_or(0, |position| position.sequence);
        let mut recent = self.recent.lock();
        let noted = touched.noted.iter().map(|(under, ..)| under.clone());
        let told = touched
            .told
            .iter()
            .map(|stay| Reference::Node(NodeId::Stay(*stay)));
        for under in noted.chain(told).filter(|under| !share.owns(under)) {
            recent.note(place(&under), sequence);
        }
    }

    /// Does `work` while no batch is written.
    pub(crate) fn while_nobody_writes<T>(&self, work: impl FnOnce() -> T) -> T {
        let _writer = self.writer.lock();
        work()
    }

    fn usable(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::Acquire) {
            return Err(StoreError::Failed);
        }
        Ok(())
    }

    fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.dir)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

fn follows(stored: &Position, given: &Position) -> Result<(), StoreError> {
    if stored.incarnation != given.incarnation {
        return Err(StoreError::OtherIncarnation {
            stored: stored.incarnation.clone(),
            given: given.incarnation.clone(),
        });
    }
    if given.sequence < stored.sequence {
        return Err(StoreError::Backwards {
            stored: stored.sequence,
            given: given.sequence,
        });
    }
    Ok(())
}
