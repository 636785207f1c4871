//! Reading: the look-ups of the domain, and those of the services beside them.

mod divided;
mod lookups;
mod messages;
mod written;

use std::collections::BTreeSet;
use std::sync::Arc;

use bincode::BorrowDecode;
use cardex_domain::event::CardEvent;
use cardex_domain::fact::{
    CorrectionFact, Fact, GuestFact, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference,
    RetractedFact, StayFact, UndoFact,
};
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId};
use cardex_domain::known_at::Arrivals;
use cardex_domain::records::{Records, Window};
use cardex_domain::shard::Share;
use cardex_domain::stay::{Occupancy, Stay};
use cardex_domain::time::Moment;
use parking_lot::RwLockReadGuard;

use self::divided::bounds;
use crate::cache::RoomTimes;
use crate::engine::{Engine, Rows};
use crate::entry::{Counts, Position};
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::lent::{Lent, Missing};
use crate::rows::{
    CardRow, CorrectionRow, EventRow, GuestRow, HourRow, LinkRow, Names, NoteJudgedRow, NoteRow,
    OutcomeRow, ReferenceRow, RetractionRow, Senseless, SettingRow, StayRow, UndoRow,
};
use crate::seal::Body;
use crate::store::{Store, Visible};

/// The store at one moment: writers wait while it is held, so keep it for one query.
pub struct Reader<'s> {
    store: &'s Store,
    visible: RwLockReadGuard<'s, Visible>,
    /// What other shards lent.
    pub(crate) lent: Option<&'s Lent>,
    pub(crate) missing: Missing,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(store: &'s Store, lent: Option<&'s Lent>) -> Self {
        Self::of(store, store.visible.read(), lent)
    }

    pub(crate) fn of(
        store: &'s Store,
        visible: RwLockReadGuard<'s, Visible>,
        lent: Option<&'s Lent>,
    ) -> Self {
        Self {
            store,
            visible,
            lent,
            missing: Missing::default(),
        }
    }

    /// Up to where this reader sees the stream.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.visible.position.as_ref()
    }

    /// How much the store holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.visible.counts
    }

    /// What the store keeps of what is divided.
    pub(crate) fn share(&self) -> Option<Share> {
        self.store.share
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.store.engine
    }

    /// The row under `key`, as `read` understands it.
    pub(crate) fn get<T>(
        &self,
        key: &Key,
        read: impl FnOnce(&Body) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(value) = self.engine().get(key.as_bytes())? else {
            return Ok(None);
        };
        read(&Body::open(self.engine(), key.as_bytes(), value)?).map(Some)
    }

    /// Each of `rows`, as `read` understands it.
    fn each<T>(
        &self,
        rows: Rows,
        mut read: impl FnMut(&[u8], &Body) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        rows.map(|row| {
            let (key, value) = row?;
            read(&key, &Body::open(self.engine(), &key, value)?)
        })
        .collect()
    }

    /// The ids that end the keys of the index rows under `front`.
    fn ids<T>(&self, front: &Key, id: fn([u8; 16]) -> T) -> Result<Vec<T>, StoreError> {
        self.each(self.engine().scan(front), |key, body| {
            Ok(id(marked(key, body, keys::last_id)?))
        })
    }

    /// What stands in the rows of the events that end the keys of index rows.
    fn indexed<T>(
        &self,
        rows: Rows,
        kind: Kind,
        row: impl Fn(EventKey) -> Result<Option<T>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let missing = || StoreError::corrupt(kind.name(), "points at nothing");
        self.each(rows, |key, body| {
            let event = EventKey(marked(key, body, keys::last_id)?);
            row(event)?.ok_or_else(missing)
        })
    }

    fn note_under(
        &self,
        key: &[u8],
        body: &Body,
        under: &Reference,
        names: &mut Names,
    ) -> Result<Noted, StoreError> {
        let (at, event) = at_and_event(key)?;
        let row: NoteRow<'_> = body.row(Kind::Note)?;
        match sensible(Kind::Note, row.read(Some(under.clone()), at, event, names))? {
            Ok(noted) => Ok(noted),
            Err(first) => self.whole_note(Some(first), at, event, names),
        }
    }

    /// What the cache has of a reference, with nothing missing.
    fn kept_notes(
        &self,
        under: &Reference,
        within: Option<Window>,
    ) -> Result<Option<Vec<Arc<Noted>>>, StoreError> {
        let Some(kept) = self.store.cache.notes(under, within) else {
            return Ok(None);
        };
        let mut notes = kept.read().to_vec();
        if kept.unread().is_empty() {
            return Ok(Some(notes));
        }
        let missing = || StoreError::corrupt(Kind::Note.name(), "is missing");
        let mut names = Names::default();
        for (at, event) in kept.unread() {
            let key = keys::note(Some(under), *at, *event);
            let read = |body: &Body| self.note_under(key.as_bytes(), body, under, &mut names);
            let noted = self.get(&key, read)?;
            notes.push(Arc::new(noted.ok_or_else(missing)?));
        }
        self.store.cache.keep_notes(under, within, &notes);
        Ok(Some(notes))
    }

    fn whole_note(
        &self,
        first: Option<Reference>,
        at: i64,
        event: EventKey,
        names: &mut Names,
    ) -> Result<Noted, StoreError> {
        let key = keys::note(first.as_ref(), at, event);
        let missing = || StoreError::corrupt(Kind::Note.name(), "is missing");
        let value = match &first {
            Some(first) => self.row_under(first, &key)?,
            None => self.row_of_nobody(&key)?,
        };
        let value = value.ok_or_else(missing)?;
        let body = Body::open(self.engine(), key.as_bytes(), value)?;
        let row: NoteRow<'_> = body.row(Kind::Note)?;
        sensible(Kind::Note, row.read(first, at, event, names))?.map_err(|_| missing())
    }

    /// The fact of an event, read from where its row says.
    pub(crate) fn fact_at(&self, event: EventKey, row: &EventRow<'_>) -> Result<Fact, StoreError> {
        use crate::rows::Place;
        if let Place::Note(reference, at) = &row.place {
            let reference = reference.map(ReferenceRow::read).transpose();
            let reference = sensible(Kind::Event, reference)?;
            let noted = self.whole_note(reference, *at, event, &mut Names::default());
            return noted.map(Fact::Noted);
        }
        let key = sensible(Kind::Event, row.place.row_key(event, row.sequence))?;
        let value = match &row.place {
            Place::Card(stay, ..) | Place::Outcome(stay, _) => {
                self.row_under(&Reference::Node(NodeId::Stay(StayId(*stay))), &key)?
            }
            _ => self.engine().get(key.as_bytes())?,
        };
        let missing = || StoreError::corrupt("the row of a remembered event", "is missing");
        let value = value.ok_or_else(missing)?;
        placed_fact(
            &row.place,
            event,
            &Body::open(self.engine(), key.as_bytes(), value)?,
        )
    }

    /// Who had the room when, with nothing stale.
    fn room_times(&self, property: &PropertyId, room: &Room) -> Result<Arc<RoomTimes>, StoreError> {
        let cache = &self.store.cache;
        let mut times = match cache.room(property, room) {
            Some(times) => times,
            None => Arc::new(RoomTimes::unfolded(self.stays_in_room(property, room)?)),
        };
        if !times.stale().is_empty() {
            let mut stays = Vec::with_capacity(times.stale().len());
            for stay in times.stale() {
                stays.extend(self.stay(*stay)?);
            }
            Arc::make_mut(&mut times).refresh(room, &stays);
            cache.keep_room(property, room, Arc::clone(&times));
        }
        Ok(times)
    }
}

/// The fact in a row of its own; observations stand under their reference.
fn placed_fact(
    place: &crate::rows::Place<'_>,
    event: EventKey,
    body: &Body,
) -> Result<Fact, StoreError> {
    use crate::rows::{Coded, Place};
    use cardex_domain::event::Setting;
    Ok(match place {
        Place::Note(..) => return Err(Senseless.in_row(Kind::Event)),
        Place::Retraction(target) => Fact::Retracted(
            body.row::<RetractionRow>(Kind::Retraction)?
                .read(event, EventKey(*target)),
        ),
        Place::NoteJudged(target) => {
            let row: NoteJudgedRow<'_> = body.row(Kind::NoteJudged)?;
            Fact::NoteJudged(sensible(
                Kind::NoteJudged,
                row.read(event, EventKey(*target)),
            )?)
        }
        Place::Stay(stay) => {
            let row: StayRow<'_> = body.row(Kind::Stay)?;
            Fact::Stay(sensible(Kind::Stay, row.read(StayId(*stay), event))?)
        }
        Place::Guest(profile) => {
            let row: GuestRow<'_> = body.row(Kind::Guest)?;
            Fact::Guest(sensible(Kind::Guest, row.read(ProfileId(*profile), event))?)
        }
        Place::Card(stay, ..) => {
            let row: CardRow<'_> = body.row(Kind::Card)?;
            Fact::Card(sensible(Kind::Card, row.read(StayId(*stay)))?)
        }
        Place::Outcome(stay, _) => {
            let row: OutcomeRow<'_> = body.row(Kind::Outcome)?;
            Fact::Outcome(sensible(Kind::Outcome, row.read(event, StayId(*stay)))?)
        }
        Place::Link => {
            let row: LinkRow<'_> = body.row(Kind::Link)?;
            Fact::Linked(sensible(Kind::Link, row.read(event))?)
        }
        Place::Correction => {
            let row: CorrectionRow<'_> = body.row(Kind::Correction)?;
            Fact::Corrected(sensible(Kind::Correction, row.read(event))?)
        }
        Place::Undo => {
            let row: UndoRow<'_> = body.row(Kind::Undo)?;
            Fact::Undone(sensible(Kind::Undo, row.read(event))?)
        }
        Place::Hour(property) => {
            let row: HourRow = body.row(Kind::Hour)?;
            Fact::Hour(sensible(Kind::Hour, row.read(property))?)
        }
        Place::Setting(code) => {
            let setting = sensible(Kind::Event, Setting::of_code(*code))?;
            let row: SettingRow<'_> = body.row(Kind::Setting)?;
            Fact::Setting(row.read(setting))
        }
    })
}

pub(crate) fn sensible<T>(kind: Kind, read: Result<T, Senseless>) -> Result<T, StoreError> {
    read.map_err(|senseless| senseless.in_row(kind))
}

/// What the key of an index row ends with.
fn marked<T>(
    key: &[u8],
    body: &Body,
    end: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, StoreError> {
    let kind = Kind::of(key).unwrap_or(Kind::Naming);
    body.row::<()>(kind)?;
    end(key).ok_or_else(|| Senseless.in_row(kind))
}

fn row<'b, R: BorrowDecode<'b, ()>>(key: &[u8], body: &'b Body) -> Result<R, StoreError> {
    body.row(Kind::of(key).unwrap_or(Kind::Event))
}

/// The event whose key ends the key of its row.
fn event_of(key: &[u8]) -> Result<EventKey, StoreError> {
    keys::last_id(key)
        .map(EventKey)
        .ok_or_else(|| Senseless.in_row(Kind::of(key).unwrap_or(Kind::Event)))
}

/// The stay whose id begins the key of a row.
fn stay_of(key: &[u8]) -> Result<StayId, StoreError> {
    keys::first_id(key)
        .map(StayId)
        .ok_or_else(|| Senseless.in_row(Kind::of(key).unwrap_or(Kind::Stay)))
}

pub(crate) fn at_and_event(key: &[u8]) -> Result<(i64, EventKey), StoreError> {
    let at = keys::time_before_id(key).ok_or_else(|| Senseless.in_row(Kind::Note))?;
    Ok((at, event_of(key)?))
}

/// What happened to a stay, from its row.
pub(crate) fn stay_fact(key: &[u8], body: &Body) -> Result<StayFact, StoreError> {
    let row: StayRow<'_> = row(key, body)?;
    sensible(Kind::Stay, row.read(stay_of(key)?, event_of(key)?))
}

/// The sequence of an outcome and what became of its item, from its row.
pub(crate) fn outcome_fact(key: &[u8], body: &Body) -> Result<(u64, OutcomeFact), StoreError> {
    let row: OutcomeRow<'_> = row(key, body)?;
    let sequence = row.sequence;
    let fact = sensible(Kind::Outcome, row.read(event_of(key)?, stay_of(key)?))?;
    Ok((sequence, fact))
}

impl Records for Reader<'_> {
    type Error = StoreError;

    fn stay_facts(&self, stay: StayId) -> Result<Vec<StayFact>, StoreError> {
        self.each(self.engine().scan(&keys::stay(stay)), stay_fact)
    }

    fn stay(&self, stay: StayId) -> Result<Option<Arc<Stay>>, StoreError> {
        if let Some(known) = self.store.cache.stay(stay) {
            return Ok(known);
        }
        let folded = Stay::fold(&self.stay_facts(stay)?).map(Arc::new);
        self.store.cache.keep_stay(stay, folded.clone());
        Ok(folded)
    }

    fn guest_facts(&self, profile: ProfileId) -> Result<Vec<GuestFact>, StoreError> {
        self.each(self.engine().scan(&keys::guest(profile)), |key, body| {
            let row: GuestRow<'_> = row(key, body)?;
            sensible(Kind::Guest, row.read(profile, event_of(key)?))
        })
    }

    fn stays_naming(&self, profile: ProfileId) -> Result<Vec<StayId>, StoreError> {
        self.ids(&keys::naming(profile), StayId)
    }

    fn nodes_with(&self, identifier: IdentifierKey) -> Result<Vec<NodeId>, StoreError> {
        let rows = self.engine().scan(&keys::carrying(identifier));
        self.each(rows, |key, body| marked(key, body, keys::last_node))
    }

    fn stays_of_party(
        &self,
        property: &PropertyId,
        party: &str,
        max: usize,
    ) -> Result<Vec<StayId>, StoreError> {
        let rows = self.engine().scan(&keys::of_party(property, party));
        rows.take(max)
            .map(|row| {
                let (key, value) = row?;
                let body = Body::open(self.engine(), &key, value)?;
                marked(&key, &body, keys::last_id).map(StayId)
            })
            .collect()
    }

    fn stays_in_room(&self, property: &PropertyId, room: &Room) -> Result<Vec<StayId>, StoreError> {
        self.ids(&keys::in_room(property, room), StayId)
    }

    fn occupants(
        &self,
        property: &PropertyId,
        room: &Room,
        at: Moment,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        let mut occupants = BTreeSet::new();
        for id in self.room_times(property, room)?.at(at) {
            let stay = self.stay(id)?;
            if stay.is_some_and(|s| s.occupancy_at(at).is_some_and(|o| o.room == *room)) {
                occupants.insert(id);
            }
        }
        Ok(occupants)
    }

    fn neighbours(
        &self,
        property: &PropertyId,
        room: &Room,
        since: Moment,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        Ok(self.room_times(property, room)?.neighbours(since))
    }

    fn sharing(
        &self,
        property: &PropertyId,
        room: &Room,
        within: Window,
    ) -> Result<BTreeSet<StayId>, StoreError> {
        let mut sharing = BTreeSet::new();
        for id in self.room_times(property, room)?.sharing(within) {
            let meets = |o: &Occupancy| o.room == *room && o.window().meets(&within);
            if self
                .stay(id)?
                .is_some_and(|s| s.occupancy.iter().any(meets))
            {
                sharing.insert(id);
            }
        }
        Ok(sharing)
    }

    fn links_of(&self, node: NodeId) -> Result<Vec<LinkFact>, StoreError> {
        let rows = self.engine().scan(&keys::linked(node));
        self.indexed(rows, Kind::Linked, |event| self.link(event))
    }

    fn link(&self, key: EventKey) -> Result<Option<LinkFact>, StoreError> {
        self.get(&keys::link(key), |body| {
            let row: LinkRow<'_> = body.row(Kind::Link)?;
            sensible(Kind::Link, row.read(key))
        })
    }

    fn undone(&self, target: EventKey) -> Result<Vec<UndoFact>, StoreError> {
        let rows = self.engine().scan(&keys::undone(target));
        self.indexed(rows, Kind::Undone, |event| {
            self.get(&keys::undo(event), |body| {
                let row: UndoRow<'_> = body.row(Kind::Undo)?;
                sensible(Kind::Undo, row.read(event))
            })
        })
    }

    fn corrections_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<CorrectionFact>, StoreError> {
        let Some((first, past)) = bounds(keys::corrected(reference), within) else {
            return Ok(Vec::new());
        };
        let rows = self.engine().range(&first, Some(&past));
        self.indexed(rows, Kind::Corrected, |event| self.correction(event))
    }

    fn corrections_naming(&self, event: EventKey) -> Result<Vec<CorrectionFact>, StoreError> {
        let rows = self.engine().scan(&keys::corrected_event(event));
        self.indexed(rows, Kind::CorrectedEvent, |event| self.correction(event))
    }

    fn correction(&self, key: EventKey) -> Result<Option<CorrectionFact>, StoreError> {
        self.get(&keys::correction(key), |body| {
            let row: CorrectionRow<'_> = body.row(Kind::Correction)?;
            sensible(Kind::Correction, row.read(key))
        })
    }

    fn noted(&self, key: EventKey) -> Result<Option<Noted>, StoreError> {
        match self.fact_of(key)? {
            Some(Fact::Noted(noted)) => Ok(Some(noted)),
            _ => Ok(None),
        }
    }

    fn noted_under(
        &self,
        reference: &Reference,
        within: Option<Window>,
    ) -> Result<Vec<Arc<Noted>>, StoreError> {
        let is_here = self.is_here(reference);
        if is_here && let Some(kept) = self.kept_notes(reference, within)? {
            return Ok(kept);
        }
        let Some((first, past)) = bounds(keys::notes_under(Some(reference)), within) else {
            return Ok(Vec::new());
        };
        let rows = self.rows_under(reference, &first, &past);
        let mut names = Names::default();
        let read = self.each(rows, |key, body| {
            let noted = self.note_under(key, body, reference, &mut names);
            noted.map(Arc::new)
        })?;
        if is_here {
            self.store.cache.keep_notes(reference, within, &read);
        }
        Ok(read)
    }

    fn note_judgements(&self, target: EventKey) -> Result<Vec<NoteJudgedFact>, StoreError> {
        if !self.store.targets.may_have(target) {
            return Ok(Vec::new());
        }
        let rows = self.engine().scan(&keys::note_judged(target));
        self.each(rows, |key, body| {
            let row: NoteJudgedRow<'_> = row(key, body)?;
            sensible(Kind::NoteJudged, row.read(event_of(key)?, target))
        })
    }

    fn outcomes_of(&self, stay: StayId) -> Result<Vec<OutcomeFact>, StoreError> {
        self.each(self.told(stay, &keys::outcomes(stay)), |key, body| {
            outcome_fact(key, body).map(|(_, fact)| fact)
        })
    }

    fn outcome(&self, key: EventKey) -> Result<Option<OutcomeFact>, StoreError> {
        Ok(match self.fact_of(key)? {
            Some(Fact::Outcome(fact)) => Some(fact),
            _ => None,
        })
    }

    fn cards_of(&self, stay: StayId) -> Result<Vec<(EventKey, CardEvent)>, StoreError> {
        self.each(self.told(stay, &keys::cards(stay)), |key, body| {
            let card = row::<CardRow<'_>>(key, body)?.read(stay);
            Ok((event_of(key)?, sensible(Kind::Card, card)?))
        })
    }

    fn retracted(&self, target: EventKey) -> Result<Vec<Option<u8>>, StoreError> {
        if !self.store.targets.may_have(target) {
            return Ok(Vec::new());
        }
        let rows = self.engine().scan(&keys::retractions(target));
        let statements = self.each(rows, |key, body| {
            Ok(row::<RetractionRow>(key, body)?.statement)
        })?;
        let distinct: BTreeSet<_> = statements.into_iter().collect();
        Ok(distinct.into_iter().collect())
    }
}

impl Arrivals for Reader<'_> {
    fn taken_at(&self, event: EventKey) -> Result<Option<i64>, StoreError> {
        Ok(self
            .event(event)?
            .map(|recorded| recorded.server_time_micros))
    }

    fn retractions(&self, target: EventKey) -> Result<Vec<RetractedFact>, StoreError> {
        if !self.store.targets.may_have(target) {
            return Ok(Vec::new());
        }
        let rows = self.engine().scan(&keys::retractions(target));
        self.each(rows, |key, body| {
            Ok(row::<RetractionRow>(key, body)?.read(event_of(key)?, target))
        })
    }
}
