//! Everything recorded that touches a guest, in the order in which it came, as far as the department that asks sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cardex_domain::discretion::Discretion;
use cardex_domain::event::{CardEvent, LinkKind, Reach, ReadStatement, Statement};
use cardex_domain::fact::{
    CorrectionFact, Fact, LinkFact, NoteJudgedFact, Noted, OutcomeFact, Reference, StayFact,
    UndoFact,
};
use cardex_domain::gather::{read, said};
use cardex_domain::identity::{Person, person_of};
use cardex_domain::ids::{DepartmentId, EventKey, NodeId};
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::{Attribute, View};
use cardex_wire::EventType;
use cardex_wire::event::v1::JudgementWord;
use cardex_wire::query::{
    History, HistoryEntry, HistoryKind, HistoryReply, HistoryRequest, QueryError, WaitingStatement,
};
use cardex_wire::text::AsText;

mod moved;

use moved::Moved;

use lru::LruCache;
use parking_lot::Mutex;

use super::pages::Room;
use super::{Answer, Desk, is_engine, unreadable};

/// Entries in one answer when the question does not say.
const ENTRIES_DEFAULT: u32 = 100;
/// The most entries in one answer.
const ENTRIES_MAX: u32 = 500;
/// Guests of whom it is kept which events touch them.
const INDEXES_MAX: NonZeroUsize = NonZeroUsize::new(16).expect("it is not 0");
/// How long further pages may go by what touched the guest at the first.
const INDEX_MAX_AGE: Duration = Duration::from_secs(60);
/// The most events looked at for one answer: those that the department does not see are passed over.
const LOOKED_AT_MAX: usize = 5_000;

impl Answer for History {
    type Says = HistoryReply;

    fn answer(desk: &Desk<'_>, asked: HistoryRequest) -> Result<HistoryReply, QueryError> {
        let (node, _) = desk.find(&asked.about, asked.at.map(|at| at.0))?;
        let person = person_of(&desk.reader, &desk.active.deny, node).map_err(unreadable)?;
        let past = Past {
            discretion: desk.discretion_of(&person)?,
            person: &person,
            desk,
        };
        let limit = asked.limit.unwrap_or(ENTRIES_DEFAULT).clamp(1, ENTRIES_MAX) as usize;
        let index = past.index(&asked, limit)?;
        let (mut entries, mut room) = (Vec::new(), Room::new());
        let (mut last, mut next) = (None, None);
        for (at, (sequence, event)) in index.behind(&asked).enumerate() {
            if entries.len() == limit || at == LOOKED_AT_MAX {
                next = last;
                break;
            }
            if let Some(entry) = past.entry(sequence, event, &asked)? {
                if !room.takes(&entry) {
                    next = last;
                    break;
                }
                entries.push(entry);
            }
            last = Some(sequence);
        }
        Ok(HistoryReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            members: person.nodes.keys().copied().map(AsText).collect(),
            entries,
            next,
        })
    }
}

/// What touches the guests whose histories somebody reads page by page, by their members.
pub(crate) struct Indexes(Mutex<LruCache<Vec<NodeId>, Arc<Index>>>);

impl Default for Indexes {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(INDEXES_MAX)))
    }
}

/// Every event that touches a guest, by the sequence at which it came first.
struct Index {
    /// Up to which sequence.
    at: u64,
    made: Instant,
    events: Vec<(u64, EventKey)>,
}

impl Index {
    /// The events from where the question goes on, in the order asked for.
    fn behind(&self, asked: &HistoryRequest) -> impl Iterator<Item = (u64, EventKey)> {
        let first = |wanted: u64| self.events.partition_point(|(at, _)| *at < wanted);
        let (forth, back): (&[_], &[_]) = match (asked.after, asked.newest_first) {
            (None, false) => (&self.events, &[]),
            (None, true) => (&[], &self.events),
            (Some(after), false) => (&self.events[first(after.saturating_add(1))..], &[]),
            (Some(after), true) => (&[], &self.events[..first(after)]),
        };
        forth.iter().chain(back.iter().rev()).copied()
    }
}

/// Whether the guest is meant.
enum Mine {
    Yes,
    Unclear,
    No,
}

/// The past of a guest as a department sees it.
struct Past<'a, 's> {
    desk: &'a Desk<'s>,
    person: &'a Person,
    discretion: Discretion,
}

impl Past<'_, '_> {
    /// What touches the guest: as it stands for the first page, and for the pages behind it as it stood then, as long as
    /// they do not reach its end.
    fn index(&self, asked: &HistoryRequest, limit: usize) -> Result<Arc<Index>, QueryError> {
        let desk = self.desk;
        let members: Vec<NodeId> = self.person.nodes.keys().copied().collect();
        let now = desk
            .reader
            .position()
            .map_or(0, |position| position.sequence);
        let kept = desk.indexes.0.lock().get(&members).cloned();
        let holds = |index: &Arc<Index>| {
            let goes_on = asked.after.is_some() && index.behind(asked).nth(limit).is_some();
            index.at == now || goes_on && index.made.elapsed() < INDEX_MAX_AGE
        };
        if let Some(index) = kept.filter(holds) {
            return Ok(index);
        }
        let nodes: BTreeSet<NodeId> = members.iter().copied().collect();
        let touching = desk.reader.events_of(&nodes).map_err(unreadable)?;
        let mut first: BTreeMap<EventKey, u64> = BTreeMap::new();
        for (sequence, event) in touching {
            first.entry(event).or_insert(sequence);
        }
        let mut events: Vec<_> = first.into_iter().map(|(event, at)| (at, event)).collect();
        events.sort_unstable();
        let index = Arc::new(Index {
            at: now,
            made: Instant::now(),
            events,
        });
        if desk.reader.is_whole() {
            desk.indexes.0.lock().put(members, Arc::clone(&index));
        }
        Ok(index)
    }

    /// The entry of an event, if the department sees any of it and it came in the time asked for.
    fn entry(
        &self,
        sequence: u64,
        event: EventKey,
        asked: &HistoryRequest,
    ) -> Result<Option<HistoryEntry>, QueryError> {
        let reader = &self.desk.reader;
        let Some(recorded) = reader.event(event).map_err(unreadable)? else {
            return Ok(None);
        };
        let at = recorded.server_time_micros;
        let early = asked.since.is_some_and(|since| at < since.0.utc_micros);
        let late = asked.until.is_some_and(|until| at >= until.0.utc_micros);
        if early || late {
            return Ok(None);
        }
        let Some(fact) = reader.fact_of(event).map_err(unreadable)? else {
            return Ok(None);
        };
        let entry = HistoryEntry {
            sequence,
            event: AsText(event),
            recorded_at: AsText(Moment {
                utc_micros: at,
                offset_minutes: 0,
            }),
            occurred_at: None,
            kind: HistoryKind::Observation,
            what: None,
            outcome: None,
            judgement: None,
            property: None,
            department: None,
            app: None,
            by: None,
            stay: None,
            statements: Vec::new(),
            withheld: 0,
            note: None,
            items: Vec::new(),
            targets: Vec::new(),
            moved_by: Vec::new(),
            nodes: Vec::new(),
            unassigned: false,
        };
        self.told(entry, &fact)
    }

    /// The entry with what the department sees of the fact, if it sees any.
    fn told(&self, entry: HistoryEntry, fact: &Fact) -> Result<Option<HistoryEntry>, QueryError> {
        let cards = self.desk.reads_identifiers();
        Ok(match fact {
            Fact::Noted(noted) => self.noted(entry, noted)?,
            Fact::Retracted(retracted) => {
                let target = self.desk.reader.noted(retracted.target);
                let seen = match target.map_err(unreadable)? {
                    Some(noted) => {
                        self.touches(&noted, retracted.statement)?
                            && self.noted(entry.clone(), &noted)?.is_some()
                    }
                    None => false,
                };
                seen.then(|| HistoryEntry {
                    kind: HistoryKind::Retraction,
                    targets: vec![AsText(retracted.target)],
                    ..entry
                })
            }
            Fact::NoteJudged(judged) => self.note_judged(entry, judged)?,
            Fact::Stay(stay) => Some(of_stay(entry, stay)),
            Fact::Guest(guest) => cards.then(|| HistoryEntry {
                kind: HistoryKind::Correction,
                occurred_at: Some(AsText(guest.occurred_at)),
                nodes: vec![AsText(NodeId::Profile(guest.profile))],
                ..entry
            }),
            Fact::Corrected(correction) => {
                let at = correction.occurred_at;
                let of = self.is_mine(&correction.references, at)?;
                let moved = Moved::of(self, correction.key)?;
                let concerns =
                    matches!(of, Mine::Yes) || moved::gives(self, correction)? || moved.is_given();
                (cards && concerns).then(|| {
                    let (seen, unseen): (Vec<_>, Vec<_>) = moved::judged(correction)
                        .into_iter()
                        .partition(|said| self.sees(said));
                    HistoryEntry {
                        moved_by: moved.keys(),
                        statements: seen.iter().map(statement).collect(),
                        withheld: u32::try_from(unseen.len()).unwrap_or(u32::MAX),
                        ..of_correction(entry, correction)
                    }
                })
            }
            Fact::Linked(link) => cards.then(|| self.reasoned(of_link(entry, link), &link.reason)),
            Fact::Undone(undo) => cards.then(|| self.reasoned(of_undo(entry, undo), &undo.reason)),
            Fact::Card(card) => self.is_own(&card.department).then(|| of_card(entry, card)),
            Fact::Outcome(outcome) => self
                .is_own(&outcome.department)
                .then(|| of_outcome(entry, outcome)),
            Fact::Hour(_) | Fact::Setting(_) => None,
        })
    }

    /// The entry with the reason that somebody gave, which may call the guest by name.
    fn reasoned(&self, entry: HistoryEntry, reason: &str) -> HistoryEntry {
        let asks = &self.desk.subject.department;
        let hidden = !is_engine(asks) && self.discretion.hides_name_from(asks);
        HistoryEntry {
            note: (!hidden).then(|| reason.to_owned()),
            ..entry
        }
    }

    /// What was said of a statement that a note seems to make, where the department may see the statement.
    fn note_judged(
        &self,
        entry: HistoryEntry,
        judged: &NoteJudgedFact,
    ) -> Result<Option<HistoryEntry>, QueryError> {
        let target = self.desk.reader.noted(judged.target).map_err(unreadable)?;
        let seen = match target {
            Some(noted) => {
                self.touches(&noted, self.number_of(&noted, &judged.statement)?)?
                    && self.noted(entry.clone(), &noted)?.is_some()
            }
            None => false,
        };
        let ReadStatement {
            attribute,
            value,
            polarity,
            ..
        } = &judged.statement;
        let said = Statement {
            attribute: attribute.clone(),
            value: (&**value).into(),
            polarity: *polarity,
            purpose: None,
        };
        if !seen || !self.sees(&said) {
            return Ok(None);
        }
        let department = judged.department.clone();
        Ok(Some(HistoryEntry {
            kind: HistoryKind::NoteJudged,
            what: Some(judged.counts_as.as_str().to_owned()),
            occurred_at: Some(AsText(judged.occurred_at)),
            property: Some(AsText(judged.property.clone())),
            app: department.clone().map(|(_, app)| AsText(app)),
            department: department.map(|(department, _)| AsText(department)),
            by: judged.by.as_deref().map(str::to_owned),
            statements: vec![statement(&said)],
            targets: vec![AsText(judged.target)],
            ..entry
        }))
    }

    fn is_own(&self, department: &DepartmentId) -> bool {
        let asks = &self.desk.subject.department;
        is_engine(asks) || asks == department
    }

    /// Whether this part of an observation, or any of it where none is named, stands or stood with the guest: of what was
    /// noticed of another no more does than was moved.
    fn touches(&self, noted: &Noted, part: Option<u8>) -> Result<bool, QueryError> {
        let moved = Moved::of(self, noted.key)?;
        let given = match part {
            Some(_) => moved.gives(noted.key, part),
            None => moved.is_given(),
        };
        Ok(match self.is_mine(&noted.references, noted.observed_at)? {
            Mine::Yes => true,
            Mine::Unclear => given || !moved.is_given(),
            Mine::No => given,
        })
    }

    /// The number of what a note seems to say, as long as it is read so, or somebody stands by it, in these words.
    fn number_of(&self, noted: &Noted, said: &ReadStatement) -> Result<Option<u8>, QueryError> {
        let judged = self.desk.reader.note_judgements(noted.key);
        let judged = judged.map_err(unreadable)?;
        let read = read(noted, &judged, &self.desk.active.settings());
        let known = read.into_iter().find(|read| read.statement == *said);
        Ok(known.map(|read| read.number))
    }

    /// An observation, without what the department may not see; nothing when that is all of it.
    fn noted(
        &self,
        entry: HistoryEntry,
        noted: &Noted,
    ) -> Result<Option<HistoryEntry>, QueryError> {
        let moved = Moved::of(self, noted.key)?;
        let named = self.is_mine(&noted.references, noted.observed_at)?;
        let unassigned = match named {
            Mine::Yes => false,
            Mine::Unclear => !moved.is_given(),
            Mine::No if !moved.is_given() => return Ok(None),
            Mine::No => false,
        };
        let is_own = unassigned || matches!(named, Mine::Yes);
        // What was noticed of another guest may have been moved with no more of its note than was read from it.
        let judged = self.desk.reader.note_judgements(noted.key);
        let judged = judged.map_err(unreadable)?;
        let mut said = said(noted, &judged, &self.desk.active.settings());
        said.retain(|of| match is_own {
            true => of.from_note.is_none(),
            false => moved.gives(noted.key, Some(of.number)),
        });
        let seen = said.iter().map(|of| &*of.statement);
        let seen = seen.filter(|statement| self.sees(statement) && self.leaves(noted, statement));
        let statements: Vec<_> = seen.map(statement).collect();
        let whole = is_own || moved.gives(noted.key, None);
        let note = noted.note.as_deref();
        let note = note.filter(|note| whole && self.reads(note, &noted.department));
        if statements.is_empty() && note.is_none() {
            return Ok(None);
        }
        let withheld = said.len() - statements.len();
        Ok(Some(HistoryEntry {
            kind: HistoryKind::Observation,
            occurred_at: Some(AsText(noted.observed_at)),
            property: Some(AsText(noted.property.clone())),
            department: Some(AsText(noted.department.clone())),
            app: Some(AsText(noted.app.clone())),
            by: noted.seen_by.as_deref().map(str::to_owned),
            statements,
            withheld: u32::try_from(withheld).unwrap_or(u32::MAX),
            note: note.map(str::to_owned),
            unassigned,
            moved_by: moved.keys(),
            ..entry
        }))
    }

    /// Whether the department may see what was said.
    fn sees(&self, statement: &Statement) -> bool {
        let asks = &self.desk.subject.department;
        let vocabulary = &self.desk.active.vocabulary;
        let attribute = vocabulary.attribute(&statement.attribute);
        let personal = attribute.is_none_or(Attribute::is_personal);
        let hidden = personal && self.discretion.hides_personal_from(asks);
        let view = vocabulary.view(&statement.attribute, asks);
        is_engine(asks) || (view == View::Value && !hidden)
    }

    /// Whether a statement is for the property that asks: what is bound to one never leaves it.
    fn leaves(&self, noted: &Noted, statement: &Statement) -> bool {
        let asks = &self.desk.subject;
        let vocabulary = &self.desk.active.vocabulary;
        let attribute = vocabulary.attribute(vocabulary.meant(&statement.attribute));
        let bound = attribute.map_or(Reach::Chain, |attribute| attribute.bound);
        is_engine(&asks.department)
            || noted.property == asks.property
            || noted.reach.unwrap_or(bound) == Reach::Chain
    }

    /// Whether the department may read a note that the other wrote.
    fn reads(&self, note: &str, writer: &DepartmentId) -> bool {
        let asks = &self.desk.subject.department;
        let hidden = !is_engine(asks) && self.discretion.hides_personal_from(asks);
        !hidden && self.desk.reads(note, writer)
    }

    /// Whether what is named at that time is this guest as things stand.
    fn is_mine(&self, references: &[Reference], at: Moment) -> Result<Mine, QueryError> {
        let (reader, deny) = (&self.desk.reader, &self.desk.active.deny);
        let resolved = resolve(reader, deny, references, at);
        Ok(match resolved.map_err(unreadable)? {
            Resolution::Assigned { node, .. } if self.person.nodes.contains_key(&node) => Mine::Yes,
            Resolution::Assigned { .. } => Mine::No,
            Resolution::Unassigned { .. } => Mine::Unclear,
        })
    }
}

fn statement(statement: &Statement) -> WaitingStatement {
    WaitingStatement {
        attribute: AsText(statement.attribute.clone()),
        value: statement.value.to_string(),
        polarity: statement.polarity.into(),
    }
}

fn of_stay(entry: HistoryEntry, stay: &StayFact) -> HistoryEntry {
    HistoryEntry {
        kind: HistoryKind::Stay,
        what: Some(EventType::of_stay(&stay.change).event().to_owned()),
        occurred_at: Some(AsText(stay.occurred_at)),
        property: Some(AsText(stay.property.clone())),
        stay: Some(AsText(stay.stay)),
        ..entry
    }
}

fn of_correction(entry: HistoryEntry, correction: &CorrectionFact) -> HistoryEntry {
    let mut targets: Vec<EventKey> = correction.evidence().iter().map(|e| e.event).collect();
    targets.dedup();
    HistoryEntry {
        kind: HistoryKind::Correction,
        judgement: Some(JudgementWord::of(&correction.judgement)),
        occurred_at: Some(AsText(correction.occurred_at)),
        property: Some(AsText(correction.property.clone())),
        by: Some(correction.by.to_string()),
        note: Some(correction.why.to_string()),
        targets: targets.into_iter().map(AsText).collect(),
        ..entry
    }
}

fn of_link(entry: HistoryEntry, link: &LinkFact) -> HistoryEntry {
    let what = match link.kind {
        LinkKind::Same => "linked",
        LinkKind::Never => "never_linked",
    };
    HistoryEntry {
        kind: HistoryKind::Link,
        what: Some(what.to_owned()),
        occurred_at: Some(AsText(link.occurred_at)),
        by: Some(link.by.to_string()),
        nodes: vec![AsText(link.a), AsText(link.b)],
        ..entry
    }
}

fn of_undo(entry: HistoryEntry, undo: &UndoFact) -> HistoryEntry {
    HistoryEntry {
        kind: HistoryKind::Undo,
        by: Some(undo.by.to_string()),
        targets: undo.events.iter().copied().map(AsText).collect(),
        ..entry
    }
}

fn of_card(entry: HistoryEntry, card: &CardEvent) -> HistoryEntry {
    let what = EventType::of_card(card.change).event();
    HistoryEntry {
        kind: HistoryKind::Card,
        what: Some(what.to_owned()),
        occurred_at: Some(AsText(card.occurred_at)),
        department: Some(AsText(card.department.clone())),
        stay: Some(AsText(card.stay)),
        items: card.items.iter().map(|i| AsText(i.item.clone())).collect(),
        ..entry
    }
}

fn of_outcome(entry: HistoryEntry, fact: &OutcomeFact) -> HistoryEntry {
    let outcome = &fact.outcome;
    HistoryEntry {
        kind: HistoryKind::Outcome,
        outcome: Some(outcome.outcome.into()),
        occurred_at: Some(AsText(outcome.occurred_at)),
        property: Some(AsText(fact.property.clone())),
        department: Some(AsText(fact.department.clone())),
        by: outcome.by.as_deref().map(str::to_owned),
        stay: Some(AsText(outcome.stay)),
        items: vec![AsText(outcome.item.clone())],
        ..entry
    }
}
