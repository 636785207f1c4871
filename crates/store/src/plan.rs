//! What a batch of entries comes to: what is new, what is a repetition, and every row to be written at once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use cardex_domain::event::Statement;
use cardex_domain::fact::{Fact, GuestFacts, Noted, Reference};
use cardex_domain::ids::{EventKey, NodeId, PropertyId, Room, StayId};
use cardex_domain::shard::Share;
use cardex_domain::time::Moment;
use lru::LruCache;

use crate::engine::{Batch, Engine, Value};
use crate::entry::{Applied, Counts, Curated, DeadLetter, Entry, EntryKind, Gap, Position, WordOf};
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::rows::{CuratedRow, DeadLetterRow, EventRow, GapRow, HeadRow, HeadTimeRow};
use crate::seal::{Body, further_parts};
use crate::sheet::{Sheet, Stamped};
use crate::store::Visible;
use crate::teach::{Lessons, Teaching};

/// Nodes remembered as known, so that an observation about one need not be looked up.
const KNOWN_NODES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).expect("65,536 is not 0");

/// What the writer knows from one batch to the next.
pub(crate) struct Known(LruCache<NodeId, ()>);

impl Known {
    pub(crate) fn new() -> Self {
        Self(LruCache::new(KNOWN_NODES_MAX))
    }
}

/// What a committed batch changed for those who cache.
#[derive(Default)]
pub(crate) struct Touched {
    /// Stays of which there is news.
    pub(crate) stays: BTreeSet<StayId>,
    /// Rooms given.
    pub(crate) rooms: Vec<((PropertyId, Room), StayId)>,
    /// What was noted under which reference, and when.
    pub(crate) noted: Vec<(Reference, Moment, EventKey)>,
    /// Observations of which something is taken back, or of whose note something is said.
    pub(crate) targets: Vec<EventKey>,
    /// Stays to which something happened that is told of items of their boards; in a store that keeps a share.
    pub(crate) told: Vec<StayId>,
}

/// A batch that is ready, and what is to be seen once it is committed.
pub(crate) struct Finished {
    pub(crate) batch: Batch,
    pub(crate) counts: Counts,
    pub(crate) touched: Touched,
    pub(crate) lessons: Arc<Lessons>,
    /// When the server stored the message of the new position, when the batch has it.
    pub(crate) stored_at_us: Option<i64>,
}

/// A batch as it is put together.
pub(crate) struct Plan<'a> {
    engine: &'a Engine,
    known: &'a mut Known,
    word_of: &'a WordOf<'a>,
    share: Option<Share>,
    batch: Batch,
    sheet: Sheet,
    seen: HashMap<EventKey, (u64, [u8; 16])>,
    /// Rows of ids that were looked up beforehand, each for whoever asks first.
    looked_up: HashMap<EventKey, Option<Value>>,
    letters: HashSet<u64>,
    gaps: HashSet<u64>,
    nodes: HashSet<NodeId>,
    counts: Counts,
    touched: Touched,
    teaching: Teaching<'a>,
    learnt_before: Arc<Lessons>,
    /// The last message added.
    last: Option<HeadTimeRow>,
    /// Up to where the stream was read when a dead letter is understood at last: what it teaches is news from here on.
    understood_at: u64,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        known: &'a mut Known,
        before: &Visible,
        word_of: &'a WordOf<'a>,
        share: Option<Share>,
    ) -> Self {
        Self {
            engine,
            known,
            word_of,
            share,
            batch: Batch::default(),
            sheet: Sheet::default(),
            seen: HashMap::new(),
            looked_up: HashMap::new(),
            letters: HashSet::new(),
            gaps: HashSet::new(),
            nodes: HashSet::new(),
            counts: before.counts,
            touched: Touched::default(),
            teaching: Teaching::new(engine, Arc::clone(&before.lessons)),
            learnt_before: Arc::clone(&before.lessons),
            last: None,
            understood_at: 0,
        }
    }

    /// Adds entries and says what became of each.
    pub(crate) fn add_all(&mut self, entries: &[Entry]) -> Result<Vec<Applied>, StoreError> {
        let ids = entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Event { key, .. } => Some(*key),
            _ => None,
        });
        let ids: Vec<EventKey> = ids.collect();
        let keys: Vec<Key> = ids.iter().map(|id| keys::event(*id)).collect();
        // Almost none is there, and each is somewhere else: looked up one after the other they take a fifth of the time.
        let rows = self.engine.get_each(&keys)?;
        self.looked_up = ids.into_iter().zip(rows).collect();
        entries.iter().map(|entry| self.add(entry)).collect()
    }

    /// Adds an entry and says what became of it.
    pub(crate) fn add(&mut self, entry: &Entry) -> Result<Applied, StoreError> {
        let there = !matches!(entry.kind, EntryKind::Gap { .. });
        self.last = there.then_some(HeadTimeRow {
            sequence: entry.sequence,
            server_time_micros: entry.server_time_micros,
        });
        match &entry.kind {
            EntryKind::Event {
                subject,
                key,
                content,
                fact,
            } => {
                let event = Stamped {
                    sequence: entry.sequence,
                    server_time_micros: entry.server_time_micros,
                    key: *key,
                    content: *content,
                    fact,
                };
                self.event(subject, event)
            }
            EntryKind::DeadLetter {
                subject,
                code,
                detail,
                key,
                decoder,
            } => {
                self.dead_letter(&DeadLetter {
                    sequence: entry.sequence,
                    server_time_micros: entry.server_time_micros,
                    subject: subject.clone(),
                    code: code.clone(),
                    detail: detail.clone(),
                    key: *key,
                    decoder: *decoder,
                })?;
                Ok(Applied::New)
            }
            EntryKind::Gap {
                first,
                last,
                explained,
            } => {
                let gap = Gap {
                    first: *first,
                    last: *last,
                    explained: *explained,
                    server_time_micros: entry.server_time_micros,
                };
                let key = keys::gap(gap.first);
                if self.gaps.insert(gap.first) && self.engine.get(key.as_bytes())?.is_none() {
                    self.counts.gaps += 1;
                }
                self.put(entry.sequence, |sheet| sheet.put(&key, &GapRow::of(&gap)))?;
                Ok(Applied::New)
            }
        }
    }

    /// Takes the dead letter away, if there is one; the stream was read up to `position`.
    pub(crate) fn resolve_dead_letter(
        &mut self,
        sequence: u64,
        position: u64,
    ) -> Result<bool, StoreError> {
        let key = keys::dead_letter(sequence);
        let Some(value) = self.engine.get(key.as_bytes())? else {
            return Ok(false);
        };
        for part in further_parts(key.as_bytes(), &value) {
            self.batch.remove(&part);
        }
        self.batch.remove(key.as_bytes());
        self.letters.insert(sequence);
        self.understood_at = position;
        self.counts.dead_letters = self.counts.dead_letters.saturating_sub(1);
        Ok(true)
    }

    /// Ends the batch with where it brings the store.
    pub(crate) fn finish(mut self, position: Option<&Position>) -> Result<Finished, StoreError> {
        self.add_learnt(position)?;
        let stored_at_us = self.add_head(position)?;
        for (key, value) in self.sheet.rows {
            self.batch.put(key, value);
        }
        // A batch that fails leaves the store unusable, so that these can be said to be known already.
        for node in self.nodes {
            self.known.0.put(node, ());
        }
        Ok(Finished {
            batch: self.batch,
            counts: self.counts,
            touched: self.touched,
            lessons: self.teaching.lessons,
            stored_at_us,
        })
    }

    /// The rows of the batch with where it brings the store, instead of the batch.
    #[cfg(feature = "floor")]
    pub(crate) fn into_rows(
        mut self,
        position: Option<&Position>,
    ) -> Result<Vec<crate::floor::Row>, StoreError> {
        self.add_learnt(position)?;
        self.add_head(position)?;
        Ok(self.sheet.rows)
    }

    fn add_learnt(&mut self, position: Option<&Position>) -> Result<(), StoreError> {
        let sequence = position.map_or(0, |p| p.sequence);
        let written = self.teaching.put(&self.learnt_before, &mut self.sheet);
        written.map_err(|_| StoreError::TooLarge { sequence })
    }

    /// Says when the message of the position was stored, when it is in the batch.
    fn add_head(&mut self, position: Option<&Position>) -> Result<Option<i64>, StoreError> {
        let sequence = position.map_or(0, |p| p.sequence);
        let there = self.last.filter(|last| last.sequence == sequence);
        if let Some(last) = there {
            self.put(sequence, |sheet| sheet.put(&keys::head_time(), &last))?;
        }
        let bytes: usize = self.sheet.rows.iter().map(|(k, v)| k.len() + v.len()).sum();
        self.counts.live_bytes += bytes as u64;
        let head = HeadRow::of(position, &self.counts);
        self.put(sequence, |sheet| sheet.put(&keys::head(), &head))?;
        Ok(there.map(|last| last.server_time_micros))
    }

    fn put(
        &mut self,
        sequence: u64,
        rows: impl FnOnce(&mut Sheet) -> Result<(), crate::seal::TooLong>,
    ) -> Result<(), StoreError> {
        rows(&mut self.sheet).map_err(|_| StoreError::TooLarge { sequence })
    }

    fn event(&mut self, subject: &str, event: Stamped<'_>) -> Result<Applied, StoreError> {
        let Some((first_sequence, content)) = self.first(event.key)? else {
            let property = self.watching(subject, event.fact)?;
            let share = self.share;
            self.put(event.sequence, |sheet| {
                sheet.event(event, property.as_ref(), share)
            })?;
            if let Fact::Noted(noted) = event.fact
                && share.is_none_or(|share| share.keeps(&noted.references))
            {
                self.uncurated(event.sequence, noted)?;
            }
            self.seen.insert(event.key, (event.sequence, event.content));
            let news_at = event.sequence.max(self.understood_at);
            self.teaching.hear(news_at, event.fact)?;
            self.count(event.fact);
            self.touch(event.fact);
            return Ok(Applied::New);
        };
        if first_sequence == event.sequence {
            return Ok(Applied::Duplicate { first_sequence });
        }
        if content == event.content {
            self.copy(event.key, event.sequence)?;
            self.counts.duplicates += 1;
            return Ok(Applied::Duplicate { first_sequence });
        }
        self.dead_letter(&DeadLetter {
            sequence: event.sequence,
            server_time_micros: event.server_time_micros,
            subject: subject.into(),
            code: DeadLetter::ID_REUSED.into(),
            detail: format!("another content has the id since sequence {first_sequence}").into(),
            key: Some(event.key),
            decoder: DeadLetter::NO_DECODER,
        })?;
        Ok(Applied::Conflict { first_sequence })
    }

    /// Marks the statements that nobody understands yet.
    fn uncurated(&mut self, sequence: u64, noted: &Noted) -> Result<(), StoreError> {
        for (key, said) in waiting(noted, self.word_of) {
            let put = |sheet: &mut Sheet| sheet.uncurated(&key, &noted.department, &said.value);
            self.put(sequence, put)?;
        }
        Ok(())
    }

    /// Marks those that are not marked yet, of an observation that is kept already.
    pub(crate) fn uncurated_again(&mut self, noted: &Noted) -> Result<(), StoreError> {
        for (key, said) in waiting(noted, self.word_of) {
            if self.engine.get(key.as_bytes())?.is_none() {
                let put = |sheet: &mut Sheet| sheet.uncurated(&key, &noted.department, &said.value);
                self.put(0, put)?;
            }
        }
        Ok(())
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.sheet.rows.is_empty()
    }

    /// Says for which vocabulary all statements that it does not understand are marked.
    pub(crate) fn curated(&mut self, curated: &Curated) -> Result<(), StoreError> {
        let row = CuratedRow::of(curated);
        self.put(0, |sheet| sheet.put(&keys::curated(), &row))
    }

    /// Where the id was first, and with which content.
    fn first(&mut self, key: EventKey) -> Result<Option<(u64, [u8; 16])>, StoreError> {
        if let Some(first) = self.seen.get(&key) {
            return Ok(Some(*first));
        }
        let row_key = keys::event(key);
        let value = match self.looked_up.remove(&key) {
            Some(value) => value,
            None => self.engine.get(row_key.as_bytes())?,
        };
        let Some(value) = value else {
            return Ok(None);
        };
        let body = Body::open(self.engine, row_key.as_bytes(), value)?;
        let row: EventRow<'_> = body.row(Kind::Event)?;
        Ok(Some((row.sequence, row.content)))
    }

    /// A further message with a known id: whoever is to be forgotten is to be forgotten there too.
    fn copy(&mut self, key: EventKey, sequence: u64) -> Result<(), StoreError> {
        let key = keys::copies(key).number(sequence);
        self.put(sequence, |sheet| sheet.put(&key, &()))
    }

    fn dead_letter(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        let key = keys::dead_letter(letter.sequence);
        // One that was there in this batch and was resolved is counted again.
        let resolved = self.letters.remove(&letter.sequence);
        if resolved || self.engine.get(key.as_bytes())?.is_none() {
            self.counts.dead_letters += 1;
        }
        self.put(letter.sequence, |sheet| {
            sheet.put(&key, &DeadLetterRow::of(letter))
        })?;
        match letter.key {
            Some(event) => self.copy(event, letter.sequence),
            None => Ok(()),
        }
    }

    /// Where the event is to be watched for, if there may be nothing behind it: an observation or a
    /// correction without anybody, a change of a stay that nobody booked, a link of nobody known, the taking back of what
    /// nobody noted, and every undoing, for what it names may be of another kind.
    fn watching(&mut self, subject: &str, fact: &Fact) -> Result<Option<PropertyId>, StoreError> {
        Ok(match fact {
            Fact::Noted(noted) if self.may_have_nobody(&noted.references)? => {
                Some(noted.property.clone())
            }
            Fact::Corrected(correction)
                if self.may_have_nobody(&correction.references)?
                    || (!correction.to().is_empty()
                        && self.may_have_nobody(correction.to())?) =>
            {
                Some(correction.property.clone())
            }
            Fact::Linked(link) if !self.is_known(link.a)? || !self.is_known(link.b)? => at(subject),
            Fact::Stay(stay)
                if !stay.change.begins() && !self.is_known(NodeId::Stay(stay.stay))? =>
            {
                Some(stay.property.clone())
            }
            Fact::Retracted(retracted) if self.first(retracted.target)?.is_none() => at(subject),
            Fact::NoteJudged(judged) if self.first(judged.target)?.is_none() => at(subject),
            Fact::Undone(_) => at(subject),
            _ => None,
        })
    }

    /// Whether they may mean nobody yet: only a guest or stay that is known is somebody for good.
    fn may_have_nobody(&mut self, references: &[Reference]) -> Result<bool, StoreError> {
        match references {
            [Reference::Node(node)] => Ok(!self.is_known(*node)?),
            _ => Ok(true),
        }
    }

    fn is_known(&mut self, node: NodeId) -> Result<bool, StoreError> {
        if self.nodes.contains(&node) || self.known.0.get(&node).is_some() {
            return Ok(true);
        }
        let any = |front| self.engine.scan(&front).next().transpose();
        let known = match node {
            NodeId::Stay(stay) => any(keys::stay(stay))?.is_some(),
            NodeId::Profile(profile) => {
                any(keys::guest(profile))?.is_some() || any(keys::naming(profile))?.is_some()
            }
        };
        if known {
            self.known.0.put(node, ());
        }
        Ok(known)
    }

    fn count(&mut self, fact: &Fact) {
        self.counts.events += 1;
        match fact {
            Fact::Noted(_) => self.counts.notes += 1,
            Fact::Retracted(_) => self.counts.retractions += 1,
            Fact::Stay(_) => self.counts.stay_events += 1,
            Fact::Outcome(_) => self.counts.outcomes += 1,
            Fact::NoteJudged(_)
            | Fact::Guest(_)
            | Fact::Linked(_)
            | Fact::Corrected(_)
            | Fact::Undone(_)
            | Fact::Card(_)
            | Fact::Hour(_)
            | Fact::Setting(_) => {}
        }
    }

    fn touch(&mut self, fact: &Fact) {
        match fact {
            Fact::Stay(stay) => {
                self.nodes.insert(NodeId::Stay(stay.stay));
                self.touch_profile(stay.guest.as_ref());
                self.touched.stays.insert(stay.stay);
                if let Some(room) = stay.given_room() {
                    let place = (stay.property.clone(), room.clone());
                    self.touched.rooms.push((place, stay.stay));
                }
            }
            Fact::Guest(guest) => {
                self.nodes.insert(NodeId::Profile(guest.profile));
            }
            Fact::Noted(noted) => {
                let under: BTreeSet<&Reference> = noted.references.iter().collect();
                let at = (noted.observed_at, noted.key);
                let noted = under.into_iter().map(|under| (under.clone(), at.0, at.1));
                self.touched.noted.extend(noted);
            }
            Fact::Retracted(retracted) => self.touched.targets.push(retracted.target),
            Fact::NoteJudged(judged) => self.touched.targets.push(judged.target),
            Fact::Card(card) if self.share.is_some() => self.touched.told.push(card.stay),
            Fact::Outcome(fact) if self.share.is_some() => {
                self.touched.told.push(fact.outcome.stay);
            }
            _ => {}
        }
    }

    fn touch_profile(&mut self, guest: Option<&GuestFacts>) {
        if let Some((profile, _)) = guest.and_then(|g| g.profile.as_ref()) {
            self.nodes.insert(NodeId::Profile(*profile));
        }
    }
}

/// The property that a subject names.
fn at(subject: &str) -> Option<PropertyId> {
    let property = subject.split('.').nth(1)?;
    PropertyId::new(property).ok()
}

/// The statements of an observation that wait, each with its key.
fn waiting<'n>(
    noted: &'n Noted,
    word_of: &'n WordOf<'_>,
) -> impl Iterator<Item = (Key, &'n Statement)> {
    let at = noted.observed_at.utc_micros;
    let numbered = (0_u8..).zip(&noted.statements);
    numbered.filter_map(move |(number, said)| {
        let front = keys::uncurated(&said.attribute, &word_of(said)?);
        let key = front.time(at).id(&noted.key.0).bytes(&[number]);
        Some((key, said))
    })
}
