//! Stays as they were folded, who had each room when, and what was noted where a great deal was: bounded, and never older
//! than the rows.
//!
//! Whoever reads holds the store's read lock from the first row to the last and puts into the cache what follows from
//! those rows; the writer makes entries stale under the write lock together with the rows. So no entry outlives the
//! rows it came from.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cardex_domain::fact::{Noted, Reference};
use cardex_domain::ids::{EventKey, PropertyId, Room, StayId};
use cardex_domain::records::Window;
use cardex_domain::stay::Stay;
use cardex_domain::time::Moment;
use lru::LruCache;
use parking_lot::Mutex;

use crate::guard::OpenOptions;
use crate::plan::Touched;

type Place = Arc<(PropertyId, Room)>;

/// All caches.
pub(crate) struct Cache {
    stays: Mutex<LruCache<StayId, Option<Arc<Stay>>>>,
    rooms: Mutex<Rooms>,
    notes: Mutex<Notes>,
}

impl Cache {
    pub(crate) fn new(options: &OpenOptions) -> Self {
        Self {
            stays: Mutex::new(LruCache::new(options.stays_cached)),
            rooms: Mutex::new(Rooms {
                times: LruCache::new(options.rooms_cached),
                of_stay: HashMap::new(),
            }),
            notes: Mutex::new(Notes {
                under: LruCache::unbounded(),
                kept: 0,
                min: options.notes_cached_from,
                max: options.notes_cached,
            }),
        }
    }

    /// The stay as it was folded last, if that still holds.
    pub(crate) fn stay(&self, id: StayId) -> Option<Option<Arc<Stay>>> {
        self.stays.lock().get(&id).cloned()
    }

    pub(crate) fn keep_stay(&self, id: StayId, stay: Option<Arc<Stay>>) {
        self.stays.lock().put(id, stay);
    }

    /// What is known of the room; some of it may be stale.
    pub(crate) fn room(&self, property: &PropertyId, room: &Room) -> Option<Arc<RoomTimes>> {
        let place = (property.clone(), room.clone());
        self.rooms.lock().times.get(&place).cloned()
    }

    pub(crate) fn keep_room(&self, property: &PropertyId, room: &Room, times: Arc<RoomTimes>) {
        let place = Arc::new((property.clone(), room.clone()));
        self.rooms.lock().keep(place, times);
    }

    /// What was noted under the reference within that time, as far as it was read.
    pub(crate) fn notes(&self, under: &Reference, within: Option<Window>) -> Option<NotesUnder> {
        let mut notes = self.notes.lock();
        let kept = notes.under.get(under)?;
        (kept.within == within).then(|| kept.clone())
    }

    /// Keeps all that was noted under a reference within that time, where it is much and not too much.
    pub(crate) fn keep_notes(
        &self,
        under: &Reference,
        within: Option<Window>,
        read: &[Arc<Noted>],
    ) {
        let mut notes = self.notes.lock();
        if read.len() > notes.max {
            notes.forget(under);
        } else if read.len() >= notes.min {
            let read = read.into();
            let unread = Vec::new();
            let kept = NotesUnder {
                within,
                read,
                unread,
            };
            notes.keep(under, kept);
        }
    }

    /// Makes stale what a batch changed. The caller holds the store's write lock.
    pub(crate) fn touch(&self, touched: &Touched) {
        if !touched.noted.is_empty() {
            self.notes.lock().touch(touched);
        }
        if touched.stays.is_empty() {
            return;
        }
        let mut stays = self.stays.lock();
        for stay in &touched.stays {
            stays.pop(stay);
        }
        drop(stays);
        self.rooms.lock().touch(touched);
    }
}

/// What was noted under references of which much was.
struct Notes {
    under: LruCache<Reference, NotesUnder>,
    /// Observations kept of all of them.
    kept: usize,
    /// As they were opened: see [`OpenOptions`].
    min: usize,
    max: usize,
}

/// What was noted under a reference within a time.
#[derive(Debug, Clone)]
pub(crate) struct NotesUnder {
    within: Option<Window>,
    read: Arc<[Arc<Noted>]>,
    /// What came since, by time and event: it is read when somebody asks.
    unread: Vec<(i64, EventKey)>,
}

impl NotesUnder {
    /// What was read.
    pub(crate) fn read(&self) -> &[Arc<Noted>] {
        &self.read
    }

    /// What came since.
    pub(crate) fn unread(&self) -> &[(i64, EventKey)] {
        &self.unread
    }
}

impl Notes {
    fn forget(&mut self, under: &Reference) {
        if let Some(gone) = self.under.pop(under) {
            self.kept -= gone.read.len();
        }
    }

    fn keep(&mut self, under: &Reference, notes: NotesUnder) {
        self.forget(under);
        self.kept += notes.read.len();
        self.under.put(under.clone(), notes);
        while self.kept > self.max
            && let Some((_, gone)) = self.under.pop_lru()
        {
            self.kept -= gone.read.len();
        }
    }

    fn touch(&mut self, touched: &Touched) {
        for (reference, at, event) in &touched.noted {
            let Some(kept) = self.under.peek_mut(reference) else {
                continue;
            };
            if kept.within.is_some_and(|within| !within.contains(*at)) {
                continue;
            }
            kept.unread.push((at.utc_micros, *event));
            // Then all of it is read as fast, and nobody may ever ask.
            if kept.unread.len() > self.min {
                self.forget(reference);
            }
        }
    }
}

struct Rooms {
    times: LruCache<Place, Arc<RoomTimes>>,
    /// In which cached rooms a stay stands.
    of_stay: HashMap<StayId, Vec<Place>>,
}

impl Rooms {
    fn keep(&mut self, place: Place, times: Arc<RoomTimes>) {
        let stays = times.stays.clone();
        if let Some((evicted, old)) = self.times.push(Arc::clone(&place), times) {
            for stay in &old.stays {
                self.forget(*stay, &evicted);
            }
        }
        for stay in stays {
            self.of_stay
                .entry(stay)
                .or_default()
                .push(Arc::clone(&place));
        }
    }

    fn forget(&mut self, stay: StayId, place: &Place) {
        if let Some(places) = self.of_stay.get_mut(&stay) {
            places.retain(|p| p != place);
            if places.is_empty() {
                self.of_stay.remove(&stay);
            }
        }
    }

    fn touch(&mut self, touched: &Touched) {
        let Self { times, of_stay } = self;
        for stay in &touched.stays {
            for place in of_stay.get(stay).into_iter().flatten() {
                if let Some(times) = times.peek_mut(place) {
                    Arc::make_mut(times).stale.insert(*stay);
                }
            }
        }
        for (place, stay) in &touched.rooms {
            if let Some(times) = times.peek_mut(place) {
                Arc::make_mut(times).stale.insert(*stay);
            }
        }
    }
}

/// Who had a room when.
#[derive(Debug, Clone, Default)]
pub(crate) struct RoomTimes {
    /// Every stay that was ever given the room.
    stays: BTreeSet<StayId>,
    /// From, until, who.
    times: Vec<(i64, i64, StayId)>,
    /// Those of the stays that are expected or in house.
    active: BTreeSet<StayId>,
    /// Stays of which there is news.
    stale: BTreeSet<StayId>,
}

impl RoomTimes {
    /// A room of which nothing is folded yet.
    pub(crate) fn unfolded(stays: impl IntoIterator<Item = StayId>) -> Self {
        Self {
            stale: stays.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(crate) fn stale(&self) -> &BTreeSet<StayId> {
        &self.stale
    }

    /// Brings the stays that were stale up to what they are now.
    pub(crate) fn refresh(&mut self, room: &Room, stays: &[Arc<Stay>]) {
        let stale = std::mem::take(&mut self.stale);
        self.times.retain(|(_, _, stay)| !stale.contains(stay));
        self.active.retain(|stay| !stale.contains(stay));
        for stay in stays {
            for time in stay.occupancy.iter().filter(|o| o.room == *room) {
                let until = time.until.map_or(i64::MAX, |until| until.utc_micros);
                self.times.push((time.from.utc_micros, until, stay.id));
            }
            if stay.status.is_active() {
                self.active.insert(stay.id);
            }
        }
        self.stays.extend(stale);
    }

    /// The stays that may have had the room at that time, and all that had.
    pub(crate) fn at(&self, at: Moment) -> impl Iterator<Item = StayId> {
        let at = at.utc_micros;
        self.times
            .iter()
            .filter(move |(from, until, _)| *from <= at && at <= *until)
            .map(|(_, _, stay)| *stay)
    }

    /// The stays that may have had the room within that time, and all that had.
    pub(crate) fn sharing(&self, within: Window) -> impl Iterator<Item = StayId> {
        let first = within.from.utc_micros;
        let last = within.until.map_or(i64::MAX, |until| until.utc_micros);
        self.times
            .iter()
            .filter(move |(from, until, _)| *from <= last && first <= *until)
            .map(|(_, _, stay)| *stay)
    }

    /// Those expected or in house, and those who had the room after `since`.
    pub(crate) fn neighbours(&self, since: Moment) -> BTreeSet<StayId> {
        let later = self
            .times
            .iter()
            .filter(|(_, until, _)| *until > since.utc_micros);
        let mut neighbours = self.active.clone();
        neighbours.extend(later.map(|(_, _, stay)| *stay));
        neighbours
    }
}
