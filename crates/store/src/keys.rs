//! How rows are keyed: a byte for the kind of row, then fields such that every look-up is one get or one range.

use cardex_domain::event::Setting;
use cardex_domain::fact::Reference;
use cardex_domain::ids::{
    AttributeId, DepartmentId, EventKey, IdentifierKey, ItemId, NodeId, ProfileId, PropertyId,
    Room, RuleId, StayId,
};
use cardex_domain::time::Day;

use crate::rows::Coded;

/// The kinds of row. The numbers are on disk: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// The format of the store.
    Format = 0x00,
    /// Position and counts.
    Head = 0x01,
    /// Event key → where and what it is.
    Event = 0x02,
    /// Event key, sequence: a further message with the same id.
    Copy = 0x03,
    /// Reference, time, event key → the observation.
    Note = 0x04,
    /// Target, event key → what is taken back.
    Retraction = 0x05,
    /// Stay, event key → what happened to it.
    Stay = 0x06,
    /// Profile, event key → a correction.
    Guest = 0x07,
    /// Stay, department, revision, event key → items of a board.
    Card = 0x08,
    /// Stay, item, event key → what became of it.
    Outcome = 0x09,
    /// Setting, sequence → an activation.
    Setting = 0x0a,
    /// Item → its claims.
    Item = 0x0b,
    /// Sequence → a dead letter.
    DeadLetter = 0x0c,
    /// First sequence → a gap.
    Gap = 0x0d,
    /// When the server stored the message that the position names.
    HeadTime = 0x0e,
    /// Event key → what links two nodes, or keeps them apart.
    Link = 0x0f,
    /// Profile, stay: a revision named the profile.
    Naming = 0x10,
    /// Identifier, node: a revision named the identifier.
    Carrying = 0x11,
    /// Property, room, stay: the stay was given the room.
    Room = 0x12,
    /// Property, day, stay: a revision named the day of arrival.
    Arrival = 0x13,
    /// Word, node: a revision named it so.
    Word = 0x14,
    /// Property, server time, sequence → an event that may have nothing behind it yet.
    Watch = 0x15,
    /// Node, event key: the link names the node.
    Linked = 0x16,
    /// Target, event key: the event undoes the target.
    Undone = 0x17,
    /// Event key → what it undoes.
    Undo = 0x18,
    /// Reference, time, event key: the correction is of whom the reference means, or says that evidence is theirs.
    Corrected = 0x19,
    /// Event, event key: the correction names evidence of the event.
    CorrectedEvent = 0x1a,
    /// Event key → a correction of preferences.
    Correction = 0x1b,
    /// Attribute, word, time, event key, statement: the statement waits for somebody to say what the word means.
    Uncurated = 0x1c,
    /// For which vocabulary such statements were looked for throughout.
    Curated = 0x1d,
    /// Property, party, stay: a revision named the party.
    Party = 0x1e,
    /// Observation, event key → what somebody said of a statement that its note seems to make.
    NoteJudged = 0x1f,
    /// Property, sequence from the last to the first → an observation that has a note.
    Written = 0x20,
    /// Item → what became of it.
    Fate = 0x21,
    /// Department, rule → how it fared.
    Lesson = 0x22,
    /// Property, time, event key: the outcome says that an item was wrong.
    Wrong = 0x23,
    /// Property, sequence → an hour that struck.
    Hour = 0x24,
    /// Key of a long row, number → a further part of it.
    Continued = 0x7f,
}

impl Kind {
    /// The kind in words, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "the format row",
            Self::Head => "the position row",
            Self::Event => "an event row",
            Self::Copy => "a repetition row",
            Self::Note => "an observation row",
            Self::Retraction => "a retraction row",
            Self::Stay => "a stay row",
            Self::Guest => "a correction row",
            Self::Card => "a card row",
            Self::Outcome => "an outcome row",
            Self::Setting => "a setting row",
            Self::Item => "an item row",
            Self::DeadLetter => "a dead letter row",
            Self::Gap => "a gap row",
            Self::HeadTime => "the row of the position's time",
            Self::Link => "a link row",
            Self::Undo => "an undo row",
            Self::Naming => "a profile index row",
            Self::Carrying => "an identifier index row",
            Self::Room => "a room index row",
            Self::Arrival => "an arrival index row",
            Self::Word => "a name index row",
            Self::Watch => "a watch row",
            Self::Corrected | Self::CorrectedEvent => "a correction index row",
            Self::Correction => "a preference correction row",
            Self::Linked => "a link index row",
            Self::Undone => "an undo index row",
            Self::Uncurated => "a curation row",
            Self::Curated => "the row of the curated vocabulary",
            Self::Party => "a party index row",
            Self::NoteJudged => "a row of what is said of a note",
            Self::Written => "a note index row",
            Self::Fate => "the row of an item's fate",
            Self::Lesson => "a lesson row",
            Self::Wrong => "an index row of what was wrong",
            Self::Hour => "an hour row",
            Self::Continued => "a continuation row",
        }
    }

    /// Whether a store that keeps a share may lack rows of this kind.
    pub(crate) fn is_divided(self) -> bool {
        matches!(
            self,
            Self::Note | Self::Card | Self::Outcome | Self::Uncurated
        )
    }

    /// The kind of the row with this key.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        const ALL: [Kind; 38] = [
            Kind::Format,
            Kind::Head,
            Kind::Event,
            Kind::Copy,
            Kind::Note,
            Kind::Retraction,
            Kind::Stay,
            Kind::Guest,
            Kind::Card,
            Kind::Outcome,
            Kind::Setting,
            Kind::Item,
            Kind::DeadLetter,
            Kind::Gap,
            Kind::HeadTime,
            Kind::Link,
            Kind::Naming,
            Kind::Carrying,
            Kind::Room,
            Kind::Arrival,
            Kind::Word,
            Kind::Watch,
            Kind::Linked,
            Kind::Undone,
            Kind::Undo,
            Kind::Corrected,
            Kind::CorrectedEvent,
            Kind::Correction,
            Kind::Uncurated,
            Kind::Curated,
            Kind::Party,
            Kind::NoteJudged,
            Kind::Written,
            Kind::Fate,
            Kind::Lesson,
            Kind::Wrong,
            Kind::Hour,
            Kind::Continued,
        ];
        let byte = *key.first()?;
        ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A key as it is put together, or the front part of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn new(kind: Kind) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.push(kind as u8);
        Self(bytes)
    }

    /// A key that was read.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Past every key that begins with this one.
    pub(crate) fn past(&self) -> Self {
        let mut bytes = self.0.clone();
        while bytes.pop_if(|last| *last == u8::MAX).is_some() {}
        let last = bytes.last_mut().expect("no kind is the last byte there is");
        *last += 1;
        Self(bytes)
    }

    pub(crate) fn id(self, id: &[u8; 16]) -> Self {
        self.bytes(id)
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A text that holds no NUL, ended by one, so that no text is the front part of another.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Sorted by value, negative numbers first.
    pub(crate) fn time(self, micros: i64) -> Self {
        self.number(micros.cast_unsigned() ^ (1 << 63))
    }

    /// Sorted by day, those before 1970 first.
    pub(crate) fn day(self, day: Day) -> Self {
        self.bytes(&(day.0.cast_unsigned() ^ (1 << 31)).to_be_bytes())
    }

    pub(crate) fn node(self, node: NodeId) -> Self {
        match node {
            NodeId::Profile(id) => self.bytes(&[1]).id(&id.0),
            NodeId::Stay(id) => self.bytes(&[2]).id(&id.0),
        }
    }

    /// What an observation named; an observation that named nothing at all is kept too.
    pub(crate) fn reference(self, reference: Option<&Reference>) -> Self {
        match reference {
            None => self.bytes(&[0]),
            Some(Reference::Node(node)) => self.node(*node),
            Some(Reference::Identifier(key)) => self.bytes(&[3]).id(&key.0),
            Some(Reference::Room(property, room)) => {
                self.bytes(&[4]).text(property.as_str()).text(room.as_str())
            }
        }
    }
}

pub(crate) fn format() -> Key {
    Key::new(Kind::Format)
}

pub(crate) fn head() -> Key {
    Key::new(Kind::Head)
}

pub(crate) fn head_time() -> Key {
    Key::new(Kind::HeadTime)
}

pub(crate) fn event(key: EventKey) -> Key {
    Key::new(Kind::Event).id(&key.0)
}

pub(crate) fn copies(key: EventKey) -> Key {
    Key::new(Kind::Copy).id(&key.0)
}

pub(crate) fn notes_under(reference: Option<&Reference>) -> Key {
    Key::new(Kind::Note).reference(reference)
}

pub(crate) fn note(reference: Option<&Reference>, at_micros: i64, key: EventKey) -> Key {
    notes_under(reference).time(at_micros).id(&key.0)
}

pub(crate) fn retractions(target: EventKey) -> Key {
    Key::new(Kind::Retraction).id(&target.0)
}

pub(crate) fn note_judged(target: EventKey) -> Key {
    Key::new(Kind::NoteJudged).id(&target.0)
}

/// The front part of the keys of every note of a property.
pub(crate) fn written_at(property: &PropertyId) -> Key {
    Key::new(Kind::Written).text(property.as_str())
}

/// Sorted from the last to the first.
pub(crate) fn written(property: &PropertyId, sequence: u64) -> Key {
    written_at(property).number(u64::MAX - sequence)
}

/// The sequence that ends the key of a note.
pub(crate) fn written_sequence(key: &[u8]) -> Option<u64> {
    last_number(key).map(|number| u64::MAX - number)
}

pub(crate) fn stay(stay: StayId) -> Key {
    Key::new(Kind::Stay).id(&stay.0)
}

pub(crate) fn guest(profile: ProfileId) -> Key {
    Key::new(Kind::Guest).id(&profile.0)
}

pub(crate) fn cards(stay: StayId) -> Key {
    Key::new(Kind::Card).id(&stay.0)
}

pub(crate) fn card(stay: StayId, department: &DepartmentId, revision: u64, key: EventKey) -> Key {
    cards(stay)
        .text(department.as_str())
        .number(revision)
        .id(&key.0)
}

pub(crate) fn outcomes(stay: StayId) -> Key {
    Key::new(Kind::Outcome).id(&stay.0)
}

pub(crate) fn outcome(stay: StayId, item: &ItemId, key: EventKey) -> Key {
    outcomes(stay).text(item.as_str()).id(&key.0)
}

/// Outcomes of a property that say that an item was wrong.
pub(crate) fn wrong(property: &PropertyId) -> Key {
    Key::new(Kind::Wrong).text(property.as_str())
}

pub(crate) fn activations(setting: Setting) -> Key {
    Key::new(Kind::Setting).bytes(&[setting.code()])
}

/// The hours that struck at a property.
pub(crate) fn hours(property: &PropertyId) -> Key {
    Key::new(Kind::Hour).text(property.as_str())
}

pub(crate) fn item(item: &ItemId) -> Key {
    Key::new(Kind::Item).text(item.as_str())
}

pub(crate) fn fate(item: &ItemId) -> Key {
    Key::new(Kind::Fate).text(item.as_str())
}

pub(crate) fn lesson(department: &DepartmentId, rule: &RuleId) -> Key {
    Key::new(Kind::Lesson)
        .text(department.as_str())
        .text(rule.as_str())
}

/// Department and rule of the key of a lesson.
pub(crate) fn lesson_of(key: &[u8]) -> Option<(DepartmentId, RuleId)> {
    let of = std::str::from_utf8(key.get(1..)?).ok()?;
    let (department, rule) = of.strip_suffix('\0')?.split_once('\0')?;
    Some((DepartmentId::new(department).ok()?, RuleId::new(rule).ok()?))
}

pub(crate) fn dead_letter(sequence: u64) -> Key {
    Key::new(Kind::DeadLetter).number(sequence)
}

pub(crate) fn gap(first: u64) -> Key {
    Key::new(Kind::Gap).number(first)
}

pub(crate) fn link(key: EventKey) -> Key {
    Key::new(Kind::Link).id(&key.0)
}

pub(crate) fn undo(key: EventKey) -> Key {
    Key::new(Kind::Undo).id(&key.0)
}

pub(crate) fn linked(node: NodeId) -> Key {
    Key::new(Kind::Linked).node(node)
}

pub(crate) fn undone(target: EventKey) -> Key {
    Key::new(Kind::Undone).id(&target.0)
}

pub(crate) fn correction(key: EventKey) -> Key {
    Key::new(Kind::Correction).id(&key.0)
}

pub(crate) fn corrected(reference: &Reference) -> Key {
    Key::new(Kind::Corrected).reference(Some(reference))
}

pub(crate) fn corrected_event(event: EventKey) -> Key {
    Key::new(Kind::CorrectedEvent).id(&event.0)
}

pub(crate) fn naming(profile: ProfileId) -> Key {
    Key::new(Kind::Naming).id(&profile.0)
}

pub(crate) fn carrying(identifier: IdentifierKey) -> Key {
    Key::new(Kind::Carrying).id(&identifier.0)
}

pub(crate) fn in_room(property: &PropertyId, room: &Room) -> Key {
    Key::new(Kind::Room)
        .text(property.as_str())
        .text(room.as_str())
}

pub(crate) fn of_party(property: &PropertyId, party: &str) -> Key {
    Key::new(Kind::Party).text(property.as_str()).text(party)
}

pub(crate) fn arrivals(property: &PropertyId) -> Key {
    Key::new(Kind::Arrival).text(property.as_str())
}

/// The front part of the keys of every word that begins with `word`.
pub(crate) fn words(word: &str) -> Key {
    Key::new(Kind::Word).bytes(word.as_bytes())
}

pub(crate) fn watch(property: &PropertyId) -> Key {
    Key::new(Kind::Watch).text(property.as_str())
}

/// The property that stands first in a key.
pub(crate) fn property_of(key: &[u8]) -> Option<PropertyId> {
    let name = key.get(1..)?.split(|byte| *byte == 0).next()?;
    PropertyId::new(std::str::from_utf8(name).ok()?).ok()
}

pub(crate) fn uncurated(attribute: &AttributeId, word: &str) -> Key {
    Key::new(Kind::Uncurated)
        .text(attribute.as_str())
        .text(word)
}

/// Past the keys of every statement with this word.
pub(crate) fn past_uncurated(attribute: &AttributeId, word: &str) -> Key {
    uncurated(attribute, word).bytes(&[0xff; UNCURATED_END_BYTES + 1])
}

/// Time, event key and number of a statement.
const UNCURATED_END_BYTES: usize = 8 + 16 + 1;

/// Attribute and word of the key of a statement that waits.
pub(crate) fn uncurated_word(key: &[u8]) -> Option<(AttributeId, String)> {
    let front = key.get(1..key.len().checked_sub(UNCURATED_END_BYTES)?)?;
    let (attribute, word) = std::str::from_utf8(front)
        .ok()?
        .strip_suffix('\0')?
        .split_once('\0')?;
    Some((AttributeId::new(attribute).ok()?, word.to_owned()))
}

/// Time, event and number of the statement that ends a key.
pub(crate) fn uncurated_end(key: &[u8]) -> Option<(i64, EventKey, u8)> {
    let (statement, front) = key.split_last()?;
    let event = EventKey(last_id(front)?);
    Some((time_before_id(front)?, event, *statement))
}

pub(crate) fn curated() -> Key {
    Key::new(Kind::Curated)
}

pub(crate) fn continued(key: &[u8], part: u8) -> Key {
    Key::new(Kind::Continued).bytes(key).bytes(&[part])
}

/// The 16 bytes behind the kind: an id that a key begins with.
pub(crate) fn first_id(key: &[u8]) -> Option<[u8; 16]> {
    key.get(1..)?.first_chunk().copied()
}

/// The last 16 bytes of a key: an id that stands at its end.
pub(crate) fn last_id(key: &[u8]) -> Option<[u8; 16]> {
    key.last_chunk().copied()
}

/// The time that stands before the id at the end of a note's key.
pub(crate) fn time_before_id(key: &[u8]) -> Option<i64> {
    let (front, _) = key.split_last_chunk::<16>()?;
    let sorted = u64::from_be_bytes(*front.last_chunk()?);
    Some((sorted ^ (1 << 63)).cast_signed())
}

/// The number that ends a key.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The time and number that end a key.
pub(crate) fn last_time_and_number(key: &[u8]) -> Option<(i64, u64)> {
    let (front, number) = key.split_last_chunk::<8>()?;
    let sorted = u64::from_be_bytes(*front.last_chunk()?);
    Some((
        (sorted ^ (1 << 63)).cast_signed(),
        u64::from_be_bytes(*number),
    ))
}

/// The node that ends a key.
pub(crate) fn last_node(key: &[u8]) -> Option<NodeId> {
    let (front, id) = key.split_last_chunk::<16>()?;
    match front.last()? {
        1 => Some(NodeId::Profile(ProfileId(*id))),
        2 => Some(NodeId::Stay(StayId(*id))),
        _ => None,
    }
}
