//! Profiles as they were folded, kept until something is recorded that they rest on.
//!
//! While a profile is folded, everything that is looked up for it is noted, and what is recorded later names what its
//! look-ups find anew: a profile holds as long as the two have nothing in common.
//!
//! **Invariant:** a change is noted after readers can see it and before the position tells of it. So whoever folds from
//! records without the change has taken the time before it, and whoever asks for the position gets the change.

mod lookup;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cardex_domain::event::CardEvent;
use cardex_domain::fact::{
    CorrectionFact, GuestFact, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference, StayFact,
    UndoFact,
};
use cardex_domain::gather::{Gathered, gather};
use cardex_domain::identity::{Person, person_of};
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};
use cardex_domain::profile::{Occasion, Profile, profile_of};
use cardex_domain::records::{Records, Window};
use cardex_domain::stay::Stay;
use cardex_domain::time::Moment;
use cardex_store::{Entry, EntryKind, Reader, Store, StoreError};
use lru::LruCache;
use parking_lot::{Mutex, RwLock};

use crate::settings::Active;

use lookup::{Lookup, News, Trace};

/// Profiles kept: the guests in house of a large hotel.
const PROFILES_MAX: NonZeroUsize = NonZeroUsize::new(2_048).expect("it is not 0");
/// Accounts of evidence kept: those that somebody reads page by page.
const ACCOUNTS_MAX: NonZeroUsize = NonZeroUsize::new(16).expect("it is not 0");
/// Look-ups that everything kept of either kind rests on, of which there are about two for each piece of evidence: of
/// guests of whom a great deal is known, fewer are kept.
const LOOKUPS_MAX: usize = 200_000;
/// Look-ups whose last change is kept; all others count as changed when the newest of those that are not kept was.
const CHANGES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("it is not 0");

/// What rests on other shards' rows is kept no longer. What comes under them is known here; this is for what an upgrade
/// understands there earlier or later than here.
const LENT_MAX_AGE: Duration = Duration::from_secs(60);

/// Stays whose cards are known to have been looked up; when there are more, everything that is kept is folded anew.
const AWAITED_MAX: usize = 65_536;

/// Whose profile, for what.
type Asked = (NodeId, Occasion);

/// The profiles that are kept, and what explains them.
pub(crate) struct Profiles {
    profiles: Shelf<Profile>,
    accounts: Shelf<Account>,
    changes: RwLock<Changes>,
}

/// Everything that a profile is folded from, also what does not count, beside the profile.
pub(crate) struct Account {
    pub(crate) person: Person,
    pub(crate) gathered: Gathered,
    pub(crate) profile: Profile,
}

impl Account {
    /// The account of the person that `node` is part of, from what `records` hold.
    pub(crate) fn of<R: Records>(
        records: &R,
        active: &Active,
        (node, occasion): &Asked,
    ) -> Result<Self, R::Error> {
        let settings = active.settings();
        let person = person_of(records, settings.deny, *node)?;
        let gathered = gather(records, &settings, &person, occasion)?;
        Ok(Self {
            profile: Profile::of(&settings, person.clone(), gathered.clone()),
            person,
            gathered,
        })
    }
}

/// What was folded, by what was asked, as long as it holds.
struct Shelf<T>(Mutex<OnShelf<T>>);

struct OnShelf<T> {
    kept: LruCache<Asked, Arc<Kept<T>>>,
    /// What all of them rest on.
    lookups: usize,
}

struct Kept<T> {
    folded: Arc<T>,
    /// In order, each once.
    lookups: Box<[Trace]>,
    active: Active,
    /// Nothing that it rests on changed up to then: at first the time that was taken before the records were read.
    holds_until: AtomicU64,
    /// When it was folded, of what rests on other shards' rows, too.
    lent_at: Option<Instant>,
}

/// What changed when, in commits since the start.
struct Changes {
    now: u64,
    last: LruCache<Trace, u64>,
    /// When the newest change was that is no longer kept.
    forgotten: u64,
    /// The stays whose cards anybody looked up: few, beside the many of which cards are told.
    awaited: HashSet<StayId>,
}

impl Profiles {
    pub(crate) fn new() -> Self {
        Self {
            profiles: Shelf::of(PROFILES_MAX),
            accounts: Shelf::of(ACCOUNTS_MAX),
            changes: RwLock::new(Changes {
                now: 0,
                last: LruCache::new(CHANGES_MAX),
                forgotten: 0,
                awaited: HashSet::new(),
            }),
        }
    }

    /// The time to fold at; taken before the reader.
    pub(crate) fn now(&self) -> u64 {
        self.changes.read().now
    }

    /// Notes what was recorded; called when readers see it and the position does not tell of it yet.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(crate) fn recorded(&self, store: &Store, entries: &[Entry]) -> Result<(), StoreError> {
        let mut news = News::default();
        for entry in entries {
            if let EntryKind::Event { fact, .. } = &entry.kind {
                news.add(fact);
            }
        }
        if !news.stays.is_empty() {
            let reader = store.read();
            for stay in std::mem::take(&mut news.stays) {
                // A check-out, say, changes the rooms that earlier events of the stay gave.
                for fact in reader.stay_facts(stay)? {
                    if let Some(room) = fact.given_room() {
                        news.change(Lookup::Room(&fact.property, room));
                    }
                }
            }
        }
        let mut changes = self.changes.write();
        for stay in &news.told {
            if changes.awaited.contains(stay) {
                news.changed.push(Lookup::Cards(*stay).into());
            }
        }
        changes.note(news.changed);
        Ok(())
    }

    /// The profile as [`profile_of`] folds it from the records that `reader` sees, which was taken after `at`.
    pub(crate) fn of(
        &self,
        reader: &Reader<'_>,
        active: &Active,
        asked: Asked,
        at: u64,
    ) -> Result<Arc<Profile>, StoreError> {
        self.on(
            &self.profiles,
            reader,
            active,
            asked,
            at,
            |records, asked| profile_of(records, &active.settings(), asked.0, &asked.1),
        )
    }

    /// The profile with all that it is folded from, likewise.
    pub(crate) fn account(
        &self,
        reader: &Reader<'_>,
        active: &Active,
        asked: Asked,
        at: u64,
    ) -> Result<Arc<Account>, StoreError> {
        self.on(
            &self.accounts,
            reader,
            active,
            asked,
            at,
            |records, asked| Account::of(records, active, asked),
        )
    }

    fn on<T>(
        &self,
        shelf: &Shelf<T>,
        reader: &Reader<'_>,
        active: &Active,
        asked: Asked,
        at: u64,
        fold: impl FnOnce(&Noting<'_, '_>, &Asked) -> Result<T, StoreError>,
    ) -> Result<Arc<T>, StoreError> {
        let kept = shelf.0.lock().kept.get(&asked).cloned();
        if let Some(kept) = kept
            && kept.active.is(active)
            && kept.holds(&self.changes.read())
        {
            return Ok(Arc::clone(&kept.folded));
        }
        let records = Noting {
            reader,
            changes: &self.changes,
            lookups: RefCell::default(),
        };
        let folded = Arc::new(fold(&records, &asked)?);
        if !reader.is_whole() {
            // Something lies in another shard's store: it is folded again with that.
            return Ok(folded);
        }
        // Sorted at once: of a guest of whom a great deal is known there are tens of thousands.
        let mut lookups = records.lookups.into_inner();
        lookups.sort_unstable();
        lookups.dedup();
        let kept = Kept {
            folded: Arc::clone(&folded),
            lookups: lookups.into(),
            active: active.clone(),
            holds_until: AtomicU64::new(at),
            lent_at: reader.has_lent().then(Instant::now),
        };
        shelf.0.lock().put(asked, kept);
        Ok(folded)
    }
}

impl<T> Shelf<T> {
    fn of(max: NonZeroUsize) -> Self {
        Self(Mutex::new(OnShelf {
            kept: LruCache::new(max),
            lookups: 0,
        }))
    }
}

impl<T> OnShelf<T> {
    fn put(&mut self, asked: Asked, kept: Kept<T>) {
        self.lookups += kept.lookups.len();
        if let Some((_, gone)) = self.kept.push(asked, Arc::new(kept)) {
            self.lookups -= gone.lookups.len();
        }
        while self.lookups > LOOKUPS_MAX && self.kept.len() > 1 {
            let Some((_, gone)) = self.kept.pop_lru() else {
                break;
            };
            self.lookups -= gone.lookups.len();
        }
    }
}

impl<T> Kept<T> {
    /// Whether it rests on nothing that changed. What changed up to now is not looked through for it again.
    fn holds(&self, changes: &Changes) -> bool {
        if self.lent_at.is_some_and(|at| at.elapsed() > LENT_MAX_AGE) {
            return false;
        }
        let holds = changes.none_since(self.holds_until.load(Ordering::Relaxed), &self.lookups);
        if holds {
            self.holds_until.fetch_max(changes.now, Ordering::Relaxed);
        }
        holds
    }
}

impl Changes {
    fn note(&mut self, changed: impl IntoIterator<Item = Trace>) {
        self.now += 1;
        if self.awaited.len() > AWAITED_MAX {
            // As if everything had changed.
            self.awaited.clear();
            self.forgotten = self.now;
        }
        for lookup in changed {
            if let Some((gone, at)) = self.last.push(lookup, self.now)
                && gone != lookup
            {
                self.forgotten = self.forgotten.max(at);
            }
        }
    }

    fn none_since(&self, at: u64, lookups: &[Trace]) -> bool {
        if self.forgotten > at {
            return false;
        }
        // The newest come first. Either side may be long: a great deal is known of a guest, or much has changed.
        let mut changed = self.last.iter().take_while(|(_, then)| **then > at);
        let few = changed.by_ref().take(lookups.len());
        let mut looked_up = few.map(|(lookup, _)| lookups.binary_search(lookup).is_ok());
        if looked_up.any(|known| known) {
            return false;
        }
        let unchanged = |lookup| self.last.peek(lookup).is_none_or(|then| *then <= at);
        changed.next().is_none() || lookups.iter().all(unchanged)
    }
}

/// Records that note what is looked up.
struct Noting<'r, 's> {
    reader: &'r Reader<'s>,
    changes: &'r RwLock<Changes>,
    lookups: RefCell<Vec<Trace>>,
}

impl Noting<'_, '_> {
    fn note(&self, lookup: Lookup<'_>) {
        self.lookups.borrow_mut().push(lookup.into());
    }
}

impl Records for Noting<'_, '_> {
    type Error = StoreError;

    fn stay_facts(&self, stay: StayId) -> Result<Vec<StayFact>, StoreError> {
        self.note(Lookup::Stay(stay));
        self.reader.stay_facts(stay)
    }

    fn stay(&self, stay: StayId) -> Result<Option<Arc<Stay>>, StoreError> {
        self.note(Lookup::Stay(stay));
        self.reader.stay(stay)
    }

    fn guest_facts(&self, profile: ProfileId) -> Result<Vec<GuestFact>, StoreError> {
        self.note(Lookup::Profile(profile));
        self.reader.guest_facts(profile)
    }

    fn stays_naming(&self, profile: ProfileId) -> Result<Vec<StayId>, StoreError> {
        self.note(Lookup::Profile(profile));
        self.reader.stays_naming(profile)
    }

    fn nodes_with(&self, identifier: IdentifierKey) -> Result<Vec<NodeId>, StoreError> {
        self.note(Lookup::Carrying(identifier));
        self.reader.nodes_with(identifier)
    }

    fn stays_of_party(
        &self,
        property: &PropertyId,
        party: &str,
        max: usize,
    ) -> Result<Vec<StayId>, StoreError> {
        self.note(Lookup::Party(property, party));
        self.reader.stays_of_party(property, party, max)
    }

    fn stays_in_room(&self, property: &PropertyId, room: &Room) -> Result<Vec<StayId>, StoreError> {
        self.note(Lookup::Room(property, room));
        self.reader.stays_in_room(property, room)
    }

    fn occupants(
        &self,
        property: &PropertyId,
        room: &Room,
        at: Moment,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        self.note(Lookup::Room(property, room));
        self.reader.occupants(property, room, at)
    }

    fn neighbours(
        &self,
        property: &PropertyId,
        room: &Room,
        since: Moment,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        self.note(Lookup::Room(property, room));
        self.reader.neighbours(property, room, since)
    }

    fn sharing(
        &self,
        property: &PropertyId,
        room: &Room,
        within: Window,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        self.note(Lookup::Room(property, room));
        self.reader.sharing(property, room, within)
    }

    fn links_of(&self, node: NodeId) -> Result<Vec<LinkFact>, StoreError> {
        self.note(Lookup::Links(node));
        self.reader.links_of(node)
    }

    fn link(&self, key: EventKey) -> Result<Option<LinkFact>, StoreError> {
        self.note(Lookup::Link(key));
        self.reader.link(key)
    }

    fn undone(&self, target: EventKey) -> Result<Vec<UndoFact>, StoreError> {
        self.note(Lookup::Undone(target));
        self.reader.undone(target)
    }

    fn corrections_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<CorrectionFact>, StoreError> {
        self.note(Lookup::Corrections(reference));
        self.reader.corrections_under(reference, within)
    }

    fn corrections_naming(&self, event: EventKey) -> Result<Vec<CorrectionFact>, StoreError> {
        self.note(Lookup::CorrectionsNaming(event));
        self.reader.corrections_naming(event)
    }

    fn correction(&self, key: EventKey) -> Result<Option<CorrectionFact>, StoreError> {
        self.note(Lookup::Correction(key));
        self.reader.correction(key)
    }

    fn noted(&self, key: EventKey) -> Result<Option<Noted>, StoreError> {
        self.note(Lookup::Observation(key));
        self.reader.noted(key)
    }

    fn noted_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<Arc<Noted>>, StoreError> {
        self.note(Lookup::Under(reference));
        self.reader.noted_under(reference, within)
    }

    fn note_judgements(&self, target: EventKey) -> Result<Vec<NoteJudgedFact>, StoreError> {
        self.note(Lookup::Observation(target));
        self.reader.note_judgements(target)
    }

    fn outcomes_of(&self, stay: StayId) -> Result<Vec<OutcomeFact>, StoreError> {
        self.note(Lookup::Outcomes(stay));
        self.reader.outcomes_of(stay)
    }

    fn outcome(&self, key: EventKey) -> Result<Option<OutcomeFact>, StoreError> {
        self.note(Lookup::Outcome(key));
        self.reader.outcome(key)
    }

    fn cards_of(&self, stay: StayId) -> Result<Vec<(EventKey, CardEvent)>, StoreError> {
        self.note(Lookup::Cards(stay));
        // Most are known: whoever folds keeps nobody waiting who folds, too.
        let known = self.changes.read().awaited.contains(&stay);
        if !known {
            self.changes.write().awaited.insert(stay);
        }
        self.reader.cards_of(stay)
    }

    fn retracted(&self, target: EventKey) -> Result<Vec<Option<u8>>, StoreError> {
        self.note(Lookup::Observation(target));
        self.reader.retracted(target)
    }
}

#[cfg(test)]
mod tests;
