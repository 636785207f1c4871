//! The bytes of every kind of row, as stores out there have them: a change here is a change of format.

use std::fmt::Write;

use cardex_domain::board::Phase;
use cardex_domain::event::*;
use cardex_domain::fact::*;
use cardex_domain::hour::{HourEvent, HourFact};
use cardex_domain::ids::*;
use cardex_domain::records::Records;
use cardex_domain::time::Day;

use super::build::*;
use crate::engine::{Batch, Engine};
use crate::{Entry, EntryKind, keys};

/// What some entries come to, kind, key and value of each row. What was once written stays as it is: new kinds of row
/// come with a file of their own.
struct Fixture {
    rows: &'static str,
    entries: fn() -> Vec<Entry>,
    dead_letters: usize,
    gaps: usize,
    settings: usize,
}

/// The rows that [`party_entries`] come to.
const PARTY_ROWS: &str = include_str!("../../fixtures/v4-party.tsv");

const WRONG_ROWS: &str = include_str!("../../fixtures/v7-wrong.tsv");

const FIXTURES: [Fixture; 11] = [
    Fixture {
        rows: include_str!("../../fixtures/v1.tsv"),
        entries,
        dead_letters: 1,
        gaps: 1,
        settings: 1,
    },
    Fixture {
        rows: include_str!("../../fixtures/v1-guest.tsv"),
        entries: guest_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v2-context.tsv"),
        entries: context_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v2-corrections.tsv"),
        entries: correction_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v3-guests.tsv"),
        entries: particular_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: PARTY_ROWS,
        entries: party_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v5-notes.tsv"),
        entries: note_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v6-lessons.tsv"),
        entries: lesson_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: WRONG_ROWS,
        entries: wrong_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v8-hours.tsv"),
        entries: hour_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
    Fixture {
        rows: include_str!("../../fixtures/v8-doors.tsv"),
        entries: door_entries,
        dead_letters: 0,
        gaps: 0,
        settings: 0,
    },
];

/// Kinds of row that came after the first fixtures were written.
const LATER_KINDS: [&str; 4] = ["Written", "Fate", "Lesson", "Wrong"];

/// Whether the row differs by when it was written: that of the store's format, those of events, which in these tests
/// hold a hash of how a fact prints, and where there are rows of later kinds, those and the count of all bytes.
fn is_of_its_day(row: &str) -> bool {
    let kind = row.split('\t').next().unwrap_or_default();
    ["Format", "Event", "Head"].contains(&kind) || LATER_KINDS.contains(&kind)
}

/// An entry for each, numbered from 1 on.
fn numbered(facts: impl IntoIterator<Item = Fact>) -> Vec<Entry> {
    let numbered = (1_u64..).zip(facts);
    numbered
        .map(|(n, fact)| entry(n, &n.to_string(), fact))
        .collect()
}

/// Entries of notes, and of what was said of what they seem to say.
fn note_entries() -> Vec<Entry> {
    let Fact::Noted(mut written) = noted("1", vec![Reference::Room(property(), room(7))], 30)
    else {
        panic!("a note is a note");
    };
    written.note = Some("loves Sichuan food".into());
    let Fact::NoteJudged(mut own) = note_judged("3", "1", CountsAs::Stated, 32) else {
        panic!("what is said of a note is said of a note");
    };
    let dining = DepartmentId::new("dining").unwrap();
    own.department = Some((dining, AppId::new("pos").unwrap()));
    own.statement.scope = Scope::Party;
    own.by = None;
    let facts = [
        Fact::Noted(written),
        note_judged("2", "1", CountsAs::Nothing, 31),
        Fact::NoteJudged(own),
    ];
    numbered(facts)
}

/// Entries of items of which something became, so that it teaches.
fn lesson_entries() -> Vec<Entry> {
    let outcome = OutcomeKind::Delighted;
    let facts = [
        issued("a", "sauce"),
        outcome_of("2", "a", "sauce", outcome),
        issued("a", "flowers"),
        expired("a", "flowers"),
    ];
    numbered(facts)
}

/// Entries of an item that says that something is not wanted, in this stay, and of one that was wrong.
fn wrong_entries() -> Vec<Entry> {
    let Fact::Card(mut card) = issued("a", "flowers") else {
        panic!("a card event is a card event");
    };
    card.items[0].claims[0].says = Says::Unwanted;
    card.items[0].is_for_this_stay = true;
    let facts = [
        issued("a", "sauce"),
        outcome_of("2", "a", "sauce", OutcomeKind::Wrong),
        Fact::Card(card),
    ];
    numbered(facts)
}

/// Entries of hours that struck.
fn hour_entries() -> Vec<Entry> {
    let hour = |hours, phases: &[Phase]| {
        Fact::Hour(HourFact {
            property: property(),
            hour: HourEvent {
                reached: at_hours(hours),
                phases: phases.iter().copied().collect(),
            },
        })
    };
    let every = [Phase::Reserved, Phase::InHouse, Phase::Over];
    let facts = [hour(18, &[Phase::InHouse]), hour(24, &every)];
    numbered(facts)
}

/// Entries of what the sign on a door says.
fn door_entries() -> Vec<Entry> {
    let facts = [
        stay("1", "a", 60, StayChange::DoNotDisturb),
        stay("2", "a", 61, StayChange::DoNotDisturbEnded),
    ];
    numbered(facts)
}

/// Entries that say where they hold, and on what kind of trip.
fn context_entries() -> Vec<Entry> {
    let references = ["a", "b"].map(|id| Reference::Identifier(key().identifier("phone", id)));
    let Fact::Noted(mut noted) = noted("1", references.to_vec(), 30) else {
        panic!("a note is a note");
    };
    noted.reach = Some(Reach::Property);
    noted.statements.push(Statement {
        purpose: Some(Purpose::Family),
        ..noted.statements[0].clone()
    });
    let booking = StayDetails {
        purpose: Some(Purpose::Business),
        ..details(0, None)
    };
    let facts = [
        Fact::Noted(noted),
        stay("2", "a", 70, StayChange::Amended(booking)),
    ];
    numbered(facts)
}

/// Entries that say what tells namesakes apart: all of it, and a part.
fn particular_entries() -> Vec<Entry> {
    let part = |text: &str| Some(text.into());
    let whole = Particulars {
        birth_date: Some(Day(-3_046)),
        address: Some(Address {
            street: part("人民路"),
            house: part("8"),
            line2: part("海港大厦"),
            city: part("杭州"),
            postcode: part("310000"),
            region: part("浙江"),
        }),
        company: part("Harbour Trading"),
    };
    let guest = GuestDetails {
        particulars: whole,
        ..person("Zhuang", "Wei Ming", "E1")
    };
    let corrected = GuestDetails {
        particulars: Particulars {
            company: part("Garden Trading"),
            ..Particulars::default()
        },
        ..GuestDetails::default()
    };
    let booking = StayDetails {
        purpose: Some(Purpose::Business),
        ..details(0, Some(guest))
    };
    let facts = [
        stay("1", "a", -30, StayChange::Reserved(booking)),
        Fact::Guest(GuestFact {
            key: event("2"),
            profile: key().profile("opera", "E1"),
            occurred_at: at_hours(40),
            guest: corrected.facts(&key()).unwrap(),
        }),
    ];
    numbered(facts)
}

/// Entries of stays that belong together.
fn party_entries() -> Vec<Entry> {
    let booking = |party: &str| StayDetails {
        party: Some(party.into()),
        ..details(0, None)
    };
    let facts = [
        stay("1", "a", -30, StayChange::Reserved(booking("F-7"))),
        stay("2", "b", -20, StayChange::Reserved(booking("F-7"))),
        stay("3", "b", -10, StayChange::Amended(booking("家庭 2"))),
    ];
    numbered(facts)
}

/// Entries of corrections of preferences, of each judgement.
fn correction_entries() -> Vec<Entry> {
    let about = vec![Reference::Node(NodeId::Stay(stay_id("a")))];
    let room = vec![Reference::Room(property(), room(1013))];
    let someone_else = |to| Judgement::SomeoneElse {
        evidence: evidence(),
        to,
    };
    let restated = |old| Judgement::Restated {
        old,
        right: cuisine("italian"),
        scope: Scope::Stay,
    };
    let facts = [
        corrected("1", about.clone(), Judgement::NoLonger(claim())),
        corrected("2", about.clone(), Judgement::NeverWas(claim())),
        corrected("3", about.clone(), someone_else(Owner::Guest(room.clone()))),
        corrected("4", about.clone(), someone_else(Owner::Party)),
        corrected("5", room, someone_else(Owner::Nobody)),
        corrected("6", about.clone(), restated(Old::Claim(claim()))),
        corrected("7", about, restated(Old::Evidence(evidence()))),
        undone("8", UndoKind::Corrections, &["1"]),
    ];
    numbered(facts)
}

/// Entries of guest operations.
fn guest_entries() -> Vec<Entry> {
    let profile = |id: &str| NodeId::Profile(key().profile("opera", id));
    let facts = vec![
        linked(
            "1",
            LinkKind::Same,
            profile("E1"),
            NodeId::Stay(stay_id("a")),
        ),
        linked("2", LinkKind::Never, profile("E1"), profile("E2")),
        undone("3", UndoKind::Links, &["1", "9"]),
    ];
    numbered(facts)
}

/// Entries that make the kinds of row that were there from the first.
fn entries() -> Vec<Entry> {
    let guest = person("Zhuang", "Wei Ming", "E1");
    let profile = key().profile("opera", "E1");
    let identifiers = ["a", "b"].map(|id| Reference::Identifier(key().identifier("phone", id)));
    let dining = DepartmentId::new("dining").unwrap();
    let claim = CardClaim {
        attribute: AttributeId::new("dining.cuisine").unwrap(),
        value: "sichuan".into(),
        says: Says::Wanted,
    };
    let item = ItemId::of(
        stay_id("a"),
        &dining,
        &RuleId::new("sauce").unwrap(),
        &[("dining.cuisine", "sichuan")],
    );
    let Fact::Noted(mut long) = noted("5", identifiers.to_vec(), 30) else {
        panic!("a note is a note");
    };
    long.via = Some(DepartmentId::new("front_desk").unwrap());
    long.note = Some("x".repeat(5_200).into());
    let facts = vec![
        stay(
            "1",
            "a",
            -30,
            StayChange::Reserved(details(0, Some(guest.clone()))),
        ),
        stay(
            "2",
            "a",
            10,
            StayChange::CheckedIn {
                room: room(1012),
                details: details(0, None),
            },
        ),
        noted("3", vec![Reference::Room(property(), room(1012))], 20),
        noted("4", vec![Reference::Node(NodeId::Stay(stay_id("a")))], 20),
        Fact::Noted(long),
        Fact::Retracted(RetractedFact {
            key: event("6"),
            target: event("4"),
            statement: Some(0),
        }),
        Fact::Guest(GuestFact {
            key: event("7"),
            profile,
            occurred_at: at_hours(40),
            guest: guest.facts(&key()).unwrap(),
        }),
        Fact::Card(CardEvent {
            stay: stay_id("a"),
            department: dining.clone(),
            revision: 2,
            change: CardChange::Issued,
            items: vec![CardItem {
                item: item.clone(),
                rule: RuleId::new("sauce").unwrap(),
                claims: vec![claim],
                is_for_this_stay: false,
            }],
            occurred_at: at_hours(11),
        }),
        Fact::Outcome(OutcomeFact {
            key: event("9"),
            property: property(),
            department: dining,
            outcome: Outcome {
                stay: stay_id("a"),
                item,
                outcome: OutcomeKind::Delighted,
                occurred_at: at_hours(50),
                by: Some("w17".into()),
                note: None,
            },
        }),
        Fact::Setting(ConfigActivation {
            setting: Setting::DenyList,
            hash: "0f".repeat(32).into(),
            by: Some("ops".into()),
        }),
        stay("11", "a", 60, StayChange::RoomMoved { room: room(1013) }),
        stay("12", "a", 61, StayChange::CheckInReversed),
        stay("13", "a", 62, StayChange::CheckedOut),
        stay("14", "b", 1, StayChange::Cancelled),
        stay("15", "b", 2, StayChange::NoShow),
        stay("16", "b", 3, StayChange::Amended(StayDetails::default())),
    ];
    let mut entries = numbered(facts);
    entries.push(entry(17, "14", stay("14", "b", 1, StayChange::Cancelled)));
    entries.push(Entry {
        sequence: 18,
        server_time_micros: 18_000,
        kind: EntryKind::DeadLetter {
            subject: "cardex.macau.stay.checked_in".into(),
            code: "unknown_version".into(),
            detail: "v9".into(),
            key: None,
            decoder: 1,
        },
    });
    entries.push(Entry {
        sequence: 21,
        server_time_micros: 21_000,
        kind: EntryKind::Gap {
            first: 19,
            last: 20,
            explained: true,
        },
    });
    entries.push(entry(22, "15", stay("15", "b", 2, StayChange::NoShow)));
    entries
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory works");
        text
    })
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
        .collect()
}

#[test]
fn rows_are_written_as_ever() {
    for fixture in FIXTURES {
        let temporary = Temporary::new();
        let store = temporary.open();
        apply(&store, &(fixture.entries)());
        let mut written = String::new();
        for row in store.engine.all() {
            let (key, value) = row.unwrap();
            let kind = keys::Kind::of(&key).unwrap();
            writeln!(written, "{kind:?}\t{}\t{}", hex(&key), hex(&value)).unwrap();
        }
        let rows = |text: &str| -> Vec<String> {
            let rows = text.lines().filter(|row| !is_of_its_day(row));
            rows.map(str::to_owned).collect()
        };
        assert!(
            rows(&written) == rows(fixture.rows),
            "as it is now:\n{written}"
        );
        let is_newest = FIXTURES.last().is_some_and(|f| f.rows == fixture.rows);
        assert!(
            !is_newest || written == fixture.rows,
            "as it is now:\n{written}"
        );
    }
}

#[test]
fn parties_of_stores_from_before_their_index_are_found() {
    let format = |row: &&str| row.starts_with("Format\t");
    let older = include_str!("../../fixtures/v3-guests.tsv");
    let format_3 = older.lines().find(format);
    let since = |row: &&str| row.starts_with("Party\t") || row.starts_with("Format\t");
    let rows = PARTY_ROWS.lines().filter(|row| !since(row));
    let temporary = holding(rows.chain(format_3));
    for _ in 0..2 {
        let store = temporary.open();
        store.verify().unwrap();
        let reader = store.read();
        let named = |party, max| reader.stays_of_party(&property(), party, max).unwrap();
        assert_eq!(named("F-7", 9).len(), 2);
        assert_eq!(named("F-7", 1).len(), 1);
        assert_eq!(named("家庭 2", 9), [stay_id("b")]);
        assert_eq!(named("F", 9), []);
        drop(reader);
        store.close().unwrap();
    }
}

#[test]
fn what_was_wrong_in_stores_from_before_its_index_is_found() {
    let format = |row: &&str| row.starts_with("Format\t");
    let older = include_str!("../../fixtures/v6-lessons.tsv");
    let format_6 = older.lines().find(format);
    let since = |row: &&str| row.starts_with("Wrong\t") || row.starts_with("Format\t");
    let rows = WRONG_ROWS.lines().filter(|row| !since(row));
    let temporary = holding(rows.chain(format_6));
    for _ in 0..2 {
        let store = temporary.open();
        store.verify().unwrap();
        let reader = store.read();
        let wrong = reader.wrong(&property(), None, 9).unwrap();
        let found: Vec<EventKey> = wrong.iter().map(|fact| fact.key).collect();
        assert_eq!(found, [event("2")]);
        let before = (wrong[0].outcome.occurred_at.utc_micros, event("2"));
        assert_eq!(reader.wrong(&property(), Some(before), 9).unwrap(), []);
        drop(reader);
        store.close().unwrap();
    }
}

#[test]
fn the_fixtures_have_every_kind_of_row() {
    let rows = FIXTURES.map(|fixture| fixture.rows).concat() + super::curation::ROWS;
    let missing: Vec<_> = (0..=u8::MAX)
        .filter_map(|byte| keys::Kind::of(&[byte]))
        .filter(|kind| !rows.contains(&format!("{kind:?}\t")))
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn rows_written_long_ago_are_still_read() {
    for fixture in FIXTURES {
        still_read(&fixture);
    }
}

/// A store that holds these rows.
fn holding<'r>(rows: impl Iterator<Item = &'r str>) -> Temporary {
    let temporary = Temporary::new();
    std::fs::create_dir(temporary.path()).unwrap();
    let Ok(engine) = Engine::open(&temporary.path(), 8 << 20) else {
        panic!("an empty store opens");
    };
    let mut batch = Batch::default();
    for line in rows {
        let mut fields = line.split('\t').skip(1).map(bytes);
        batch.put(fields.next().unwrap(), fields.next().unwrap());
    }
    engine.apply(batch).unwrap();
    engine.sync().unwrap();
    temporary
}

fn still_read(fixture: &Fixture) {
    let entries = (fixture.entries)();
    let temporary = holding(fixture.rows.lines());
    let store = temporary.open();
    let last = entries.last().map(|entry| entry.sequence);
    assert_eq!(store.position(), last.map(position));
    store.verify().unwrap();
    let reader = store.read();
    for entry in entries {
        if let EntryKind::Event { key, fact, .. } = entry.kind {
            assert_eq!(reader.fact_of(key).unwrap(), Some(fact));
        }
    }
    let letters = reader.dead_letters(0, 9).unwrap().len();
    assert_eq!(letters, fixture.dead_letters);
    assert_eq!(reader.gaps().unwrap().len(), fixture.gaps);
    assert_eq!(reader.settings().unwrap().len(), fixture.settings);
}
