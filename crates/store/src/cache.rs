//! Stays as they were folded, and who had each room when: bounded, and never older than the rows.
//!
//! Whoever reads holds the store's read lock from the first row to the last and puts into the cache what follows from
//! those rows; the writer makes entries stale under the write lock together with the rows. So no entry outlives the
//! rows it came from.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;

use cardex_domain::ids::{PropertyId, Room, StayId};
use cardex_domain::records::Window;
use cardex_domain::stay::Stay;
use cardex_domain::time::Moment;
use lru::LruCache;
use parking_lot::Mutex;

use crate::plan::Touched;

type Place = Arc<(PropertyId, Room)>;

/// Both caches.
pub(crate) struct Cache {
    stays: Mutex<LruCache<StayId, Option<Arc<Stay>>>>,
    rooms: Mutex<Rooms>,
}

impl Cache {
    pub(crate) fn new(stays_max: NonZeroUsize, rooms_max: NonZeroUsize) -> Self {
        Self {
            stays: Mutex::new(LruCache::new(stays_max)),
            rooms: Mutex::new(Rooms {
                times: LruCache::new(rooms_max),
                of_stay: HashMap::new(),
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

    /// Makes stale what a batch changed. The caller holds the store's write lock.
    pub(crate) fn touch(&self, touched: &Touched) {
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
