//! The rows that an event makes: a function of the event alone, so that a check can make them again and compare.

use std::collections::BTreeSet;

use bincode::Encode;
use cardex_domain::event::{CardChange, CardEvent, OutcomeKind};
use cardex_domain::fact::{
    CorrectionFact, Fact, GuestFacts, Noted, OutcomeFact, Reference, StayFact,
};
use cardex_domain::identity::words;
use cardex_domain::ids::{DepartmentId, EventKey, NodeId, PropertyId, StayId};
use cardex_domain::shard::Share;

use crate::engine::Batch;
use crate::keys::{self, Key, Kind};
use crate::rows::{
    CardRow, CorrectionRow, EventRow, GuestRow, HourRow, ItemRow, LinkRow, NoteJudgedRow, NoteRow,
    OutcomeRow, Place, ReferenceRow, RetractionRow, SettingRow, StayRow, UncuratedRow, UndoRow,
    WatchRow, WrittenRow,
};
use crate::seal::{TooLong, seal};

/// The longest part of a word of a name that is kept for finding it, in bytes.
const WORD_MAX_BYTES: usize = 48;

/// An event with where it stands in the stream.
#[derive(Clone, Copy)]
pub(crate) struct Stamped<'a> {
    pub(crate) sequence: u64,
    pub(crate) server_time_micros: i64,
    pub(crate) key: EventKey,
    pub(crate) content: [u8; 16],
    pub(crate) fact: &'a Fact,
}

/// The key and the value of a row as it lies on disk.
pub(crate) type Sealed = (Vec<u8>, Vec<u8>);

/// Sealed rows.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) rows: Vec<Sealed>,
}

impl Sheet {
    pub(crate) fn put(&mut self, key: &Key, row: &impl Encode) -> Result<(), TooLong> {
        seal(key.as_bytes(), row, |key, value| {
            self.rows.push((key, value));
        })
    }

    /// What it comes to, to be written at once.
    pub(crate) fn into_batch(self) -> Batch {
        let mut batch = Batch::default();
        for (key, value) in self.rows {
            batch.put(key, value);
        }
        batch
    }

    /// An index row: its key says it all.
    fn mark(&mut self, key: &Key) -> Result<(), TooLong> {
        self.put(key, &())
    }

    /// Every row of an event that a store with this share keeps, which is watched at this property when there may be nothing
    /// behind it yet.
    pub(crate) fn event(
        &mut self,
        event: Stamped<'_>,
        watched: Option<&PropertyId>,
        share: Option<Share>,
    ) -> Result<(), TooLong> {
        let Stamped {
            sequence,
            server_time_micros,
            key,
            ..
        } = event;
        let row = EventRow {
            sequence,
            server_time_micros,
            content: event.content,
            place: Place::of(event.fact),
        };
        self.put(&keys::event(key), &row)?;
        if let Some(property) = watched {
            let at = keys::watch(property)
                .time(server_time_micros)
                .number(sequence);
            self.put(&at, &WatchRow { event: key.0 })?;
        }
        match event.fact {
            Fact::Noted(noted) => {
                if share.is_none_or(|share| share.keeps(&noted.references)) {
                    self.noted(sequence, key, noted)?;
                }
                self.written(sequence, noted)
            }
            Fact::Retracted(fact) => self.put(
                &keys::retractions(fact.target).id(&key.0),
                &RetractionRow::of(sequence, fact),
            ),
            Fact::NoteJudged(fact) => self.put(
                &keys::note_judged(fact.target).id(&key.0),
                &NoteJudgedRow::of(sequence, fact),
            ),
            Fact::Stay(fact) => self.stay(sequence, key, fact),
            Fact::Guest(fact) => {
                self.put(
                    &keys::guest(fact.profile).id(&key.0),
                    &GuestRow::of(sequence, fact),
                )?;
                self.told(NodeId::Profile(fact.profile), &fact.guest)
            }
            Fact::Linked(fact) => {
                self.put(&keys::link(key), &LinkRow::of(sequence, fact))?;
                self.mark(&keys::linked(fact.a).id(&key.0))?;
                self.mark(&keys::linked(fact.b).id(&key.0))
            }
            Fact::Corrected(fact) => self.corrected(sequence, key, fact),
            Fact::Undone(fact) => {
                self.put(&keys::undo(key), &UndoRow::of(sequence, fact))?;
                let targets = fact.events.iter();
                targets
                    .map(|t| keys::undone(*t).id(&key.0))
                    .try_for_each(|at| self.mark(&at))
            }
            Fact::Card(card) => {
                if keeps_told(share, card.stay) {
                    let at = keys::card(card.stay, &card.department, card.revision, key);
                    self.put(&at, &CardRow::of(sequence, card))?;
                }
                self.items(card)
            }
            Fact::Outcome(fact) => {
                if keeps_told(share, fact.outcome.stay) {
                    let at = keys::outcome(fact.outcome.stay, &fact.outcome.item, key);
                    self.put(&at, &OutcomeRow::of(sequence, fact))?;
                }
                self.wrong(fact)
            }
            Fact::Hour(fact) => self.put(
                &keys::hours(&fact.property).number(sequence),
                &HourRow::of(&fact.hour),
            ),
            Fact::Setting(activation) => self.put(
                &keys::activations(activation.setting).number(sequence),
                &SettingRow::of(activation),
            ),
        }
    }

    fn noted(&mut self, sequence: u64, key: EventKey, noted: &Noted) -> Result<(), TooLong> {
        let at = noted.observed_at.utc_micros;
        let first = noted.references.first();
        let whole = NoteRow::of(sequence, noted);
        self.put(&keys::note(first, at, key), &whole)?;
        let further: BTreeSet<&Reference> = noted.references.iter().skip(1).collect();
        if let Some(first) = first {
            for reference in further.into_iter().filter(|r| *r != first) {
                let pointer = NoteRow::Under(ReferenceRow::of(first));
                self.put(&keys::note(Some(reference), at, key), &pointer)?;
            }
        }
        Ok(())
    }

    /// Lists the observation if it has a note.
    pub(crate) fn written(&mut self, sequence: u64, noted: &Noted) -> Result<(), TooLong> {
        if noted.note.is_none() {
            return Ok(());
        }
        let row = WrittenRow::of(noted);
        self.put(&keys::written(&noted.property, sequence), &row)
    }

    /// Marks a statement that waits.
    pub(crate) fn uncurated(
        &mut self,
        key: &Key,
        department: &DepartmentId,
        value: &str,
    ) -> Result<(), TooLong> {
        let department = department.as_str();
        self.put(key, &UncuratedRow { department, value })
    }

    fn stay(&mut self, sequence: u64, key: EventKey, fact: &StayFact) -> Result<(), TooLong> {
        let stay = fact.stay;
        self.put(&keys::stay(stay).id(&key.0), &StayRow::of(sequence, fact))?;
        if let Some(room) = fact.given_room() {
            self.mark(&keys::in_room(&fact.property, room).id(&stay.0))?;
            let arrived = fact.occurred_at.day();
            self.mark(&keys::arrivals(&fact.property).day(arrived).id(&stay.0))?;
        }
        if let Some(day) = fact.change.details().and_then(|d| d.arrival) {
            self.mark(&keys::arrivals(&fact.property).day(day).id(&stay.0))?;
        }
        self.party(fact)?;
        if let Some(guest) = &fact.guest {
            if let Some((profile, _)) = &guest.profile {
                self.mark(&keys::naming(*profile).id(&stay.0))?;
            }
            self.told(NodeId::Stay(stay), guest)?;
        }
        Ok(())
    }

    /// The stay under the party that the event names.
    pub(crate) fn party(&mut self, fact: &StayFact) -> Result<(), TooLong> {
        match fact.named_party() {
            Some(party) => self.mark(&keys::of_party(&fact.property, party).id(&fact.stay.0)),
            None => Ok(()),
        }
    }

    fn corrected(
        &mut self,
        sequence: u64,
        key: EventKey,
        fact: &CorrectionFact,
    ) -> Result<(), TooLong> {
        self.put(&keys::correction(key), &CorrectionRow::of(sequence, fact))?;
        let at = fact.occurred_at.utc_micros;
        let references: BTreeSet<&Reference> = fact.all_references().collect();
        for reference in references {
            self.mark(&keys::corrected(reference).time(at).id(&key.0))?;
        }
        let events: BTreeSet<EventKey> = fact.evidence().iter().map(|e| e.event).collect();
        for event in events {
            self.mark(&keys::corrected_event(event).id(&key.0))?;
        }
        Ok(())
    }

    fn told(&mut self, node: NodeId, guest: &GuestFacts) -> Result<(), TooLong> {
        for (identifier, _) in &guest.identifiers {
            self.mark(&keys::carrying(*identifier).node(node))?;
        }
        for word in guest.name.iter().flat_map(words) {
            self.mark(&Key::new(Kind::Word).text(findable(&word)).node(node))?;
        }
        Ok(())
    }

    /// Lists the outcome if it says that its item was wrong.
    pub(crate) fn wrong(&mut self, fact: &OutcomeFact) -> Result<(), TooLong> {
        if fact.outcome.outcome != OutcomeKind::Wrong {
            return Ok(());
        }
        let at = fact.outcome.occurred_at.utc_micros;
        self.mark(&keys::wrong(&fact.property).time(at).id(&fact.key.0))
    }

    fn items(&mut self, card: &CardEvent) -> Result<(), TooLong> {
        if card.change == CardChange::Issued {
            for item in &card.items {
                self.put(&keys::item(&item.item), &ItemRow::of(card.stay, item))?;
            }
        }
        Ok(())
    }
}

/// Whether a store with this share keeps what is told of the items of a stay's boards.
fn keeps_told(share: Option<Share>, stay: StayId) -> bool {
    share.is_none_or(|share| share.owns(&Reference::Node(NodeId::Stay(stay))))
}

/// The part of a word by which it is found.
pub(crate) fn findable(word: &str) -> &str {
    let end = (0..=word.len().min(WORD_MAX_BYTES))
        .rev()
        .find(|end| word.is_char_boundary(*end));
    &word[..end.unwrap_or_default()]
}
