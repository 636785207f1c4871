//! Facts and entries for the tests, and a store that is thrown away.

use std::num::NonZeroUsize;
use std::path::Path;

use cardex_domain::event::*;
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::fact::*;
use cardex_domain::ids::*;
use cardex_domain::time::{Day, Moment};
use tempfile::TempDir;

use crate::curate::UNDERSTOOD;
use crate::engine::{Batch, Engine};
use crate::{Applied, Entry, EntryKind, OpenOptions, Position, Store};

pub(super) const DAY_MICROS: i64 = 86_400_000_000;
pub(super) const HOUR_MICROS: i64 = 3_600_000_000;

pub(super) fn key() -> InstallationKey {
    InstallationKey::new([7; 32])
}

pub(super) fn property() -> PropertyId {
    PropertyId::new("macau").unwrap()
}

pub(super) fn room(number: u32) -> Room {
    Room::new(&number.to_string()).unwrap()
}

pub(super) fn at_hours(hours: i64) -> Moment {
    Moment {
        utc_micros: 20_000 * DAY_MICROS + hours * HOUR_MICROS,
        offset_minutes: 480,
    }
}

pub(super) fn stay_id(reservation: &str) -> StayId {
    key().stay(&property(), reservation)
}

/// Small caches, so that a small test goes past their bounds.
pub(super) fn options() -> OpenOptions {
    OpenOptions {
        cache_bytes: 8 << 20,
        stays_cached: NonZeroUsize::new(8).unwrap(),
        rooms_cached: NonZeroUsize::new(2).unwrap(),
        notes_cached: 24,
        notes_cached_from: 2,
        ..OpenOptions::default()
    }
}

pub(super) fn position(sequence: u64) -> Position {
    Position {
        incarnation: "2026-01-01T00:00:00Z".into(),
        sequence,
    }
}

pub(super) struct Temporary {
    pub(super) dir: TempDir,
}

impl Temporary {
    pub(super) fn new() -> Self {
        Self {
            dir: TempDir::with_prefix("cardex-store-").unwrap(),
        }
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("store")
    }

    pub(super) fn open(&self) -> Store {
        let opened = Store::open(&self.path(), &options()).unwrap();
        assert_eq!(opened.recovered, None);
        opened.store
    }
}

pub(super) fn event(id: &str) -> EventKey {
    EventKey::of("test", id)
}

pub(super) fn entry(sequence: u64, id: &str, fact: Fact) -> Entry {
    Entry {
        sequence,
        server_time_micros: i64::try_from(sequence).unwrap() * 1_000,
        kind: EntryKind::Event {
            subject: "cardex.macau.test".into(),
            key: event(id),
            content: content(&fact),
            fact,
        },
    }
}

/// A content hash that differs where facts do, as good as any for a test.
pub(super) fn content(fact: &Fact) -> [u8; 16] {
    EventKey::of("content", &format!("{fact:?}")).0
}

pub(super) fn apply(store: &Store, batch: &[Entry]) -> Vec<Applied> {
    let last = batch.iter().map(|e| e.sequence).max().unwrap_or_default();
    store.apply(batch, &position(last)).unwrap()
}

/// As [`apply`], for a store that nobody opens unless it becomes whole.
pub(super) fn load(store: &Store, batch: &[Entry]) -> Vec<Applied> {
    let position = position(batch.last().unwrap().sequence);
    let applied = store.load_marking(batch, &position, UNDERSTOOD).unwrap();
    store.sync().unwrap();
    applied
}

pub(super) fn noted(id: &str, references: Vec<Reference>, hours: i64) -> Fact {
    Fact::Noted(Noted {
        key: event(id),
        event_id: id.into(),
        references,
        property: property(),
        department: DepartmentId::new("dining").unwrap(),
        via: None,
        app: AppId::new("pos").unwrap(),
        observed_at: at_hours(hours),
        source: Source::Observed,
        scope: Scope::Guest,
        reach: None,
        statements: vec![cuisine("sichuan")],
        note: None,
        seen_by: Some("w17".into()),
    })
}

pub(super) fn stay(id: &str, reservation: &str, hours: i64, change: StayChange) -> Fact {
    let guest = change
        .details()
        .and_then(|d| d.guest.as_ref())
        .map(|g| g.facts(&key()).unwrap());
    Fact::Stay(StayFact {
        key: event(id),
        stay: stay_id(reservation),
        property: property(),
        reservation: reservation.into(),
        occurred_at: at_hours(hours),
        change,
        guest,
    })
}

pub(super) fn linked(id: &str, kind: LinkKind, a: NodeId, b: NodeId) -> Fact {
    Fact::Linked(LinkFact {
        key: event(id),
        kind,
        a,
        b,
        occurred_at: at_hours(30),
        by: "duty".into(),
        reason: "told at the desk".into(),
    })
}

pub(super) fn cuisine(value: &str) -> Statement {
    Statement {
        attribute: AttributeId::new("dining.cuisine").unwrap(),
        value: value.into(),
        polarity: Polarity::For,
        purpose: None,
    }
}

pub(super) fn claim() -> ClaimRef {
    let Statement {
        attribute, value, ..
    } = cuisine("sichuan");
    ClaimRef { attribute, value }
}

pub(super) fn evidence() -> Vec<EvidenceRef> {
    let of = |id, statement| EvidenceRef {
        event: event(id),
        statement,
    };
    vec![of("3", Some(0)), of("4", None)]
}

pub(super) fn corrected(
    id: &str,
    references: Vec<Reference>,
    judgement: Judgement<Vec<Reference>>,
) -> Fact {
    Fact::Corrected(CorrectionFact {
        key: event(id),
        event_id: id.into(),
        property: property(),
        references,
        judgement,
        occurred_at: at_hours(60),
        by: "relations".into(),
        why: "the guest said so".into(),
    })
}

pub(super) fn note_judged(id: &str, target: &str, counts_as: CountsAs, hours: i64) -> Fact {
    let ClaimRef { attribute, value } = claim();
    Fact::NoteJudged(NoteJudgedFact {
        key: event(id),
        target: event(target),
        statement: ReadStatement {
            attribute,
            value: (&*value).into(),
            polarity: Polarity::For,
            scope: Scope::Guest,
        },
        counts_as,
        property: property(),
        department: None,
        occurred_at: at_hours(hours),
        by: Some("w17".into()),
    })
}

pub(super) fn undone(id: &str, kind: UndoKind, targets: &[&str]) -> Fact {
    let mut events: Vec<EventKey> = targets.iter().map(|target| event(target)).collect();
    events.sort();
    Fact::Undone(UndoFact {
        key: event(id),
        kind,
        events,
        by: "duty".into(),
        reason: "namesakes".into(),
    })
}

pub(super) fn details(arrival: i32, guest: Option<GuestDetails>) -> StayDetails {
    StayDetails {
        arrival: Some(Day(20_000 + arrival)),
        departure: Some(Day(20_002 + arrival)),
        adults: Some(2),
        guest,
        ..StayDetails::default()
    }
}

pub(super) fn person(family: &str, given: &str, passport: &str) -> GuestDetails {
    GuestDetails {
        profile: Some(ExternalProfile {
            pms: "opera".into(),
            id: passport.into(),
        }),
        name: Some(Name {
            title: Some("Mr".into()),
            family: Some(family.into()),
            given: Some(given.into()),
            full: None,
        }),
        language: Some("en".into()),
        nationality: Some("SG".into()),
        particulars: Particulars::default(),
        identifiers: vec![Identifier {
            kind: IdentifierKind::Document,
            value: passport.into(),
            verified: true,
        }],
    }
}

pub(super) fn checked_in(number: u32) -> StayChange {
    StayChange::CheckedIn {
        room: room(number),
        details: StayDetails::default(),
    }
}

/// An item by which the rule tells dining something about a stay.
pub(super) fn item(reservation: &str, rule: &str) -> CardItem {
    let (attribute, value) = ("dining.cuisine", "sichuan");
    let (department, rule) = (
        DepartmentId::new("dining").unwrap(),
        RuleId::new(rule).unwrap(),
    );
    CardItem {
        item: ItemId::of(
            stay_id(reservation),
            &department,
            &rule,
            &[(attribute, value)],
        ),
        rule,
        claims: vec![CardClaim {
            attribute: AttributeId::new(attribute).unwrap(),
            value: value.into(),
            says: Says::Wanted,
        }],
        is_for_this_stay: false,
    }
}

fn card(reservation: &str, rule: &str, change: CardChange) -> Fact {
    Fact::Card(CardEvent {
        stay: stay_id(reservation),
        department: DepartmentId::new("dining").unwrap(),
        revision: 2,
        change,
        items: vec![item(reservation, rule)],
        occurred_at: at_hours(11),
    })
}

pub(super) fn issued(reservation: &str, rule: &str) -> Fact {
    card(reservation, rule, CardChange::Issued)
}

pub(super) fn expired(reservation: &str, rule: &str) -> Fact {
    card(reservation, rule, CardChange::Expired)
}

pub(super) fn outcome_of(id: &str, reservation: &str, rule: &str, outcome: OutcomeKind) -> Fact {
    Fact::Outcome(OutcomeFact {
        key: event(id),
        property: property(),
        department: DepartmentId::new("dining").unwrap(),
        outcome: Outcome {
            stay: stay_id(reservation),
            item: item(reservation, rule).item,
            outcome,
            occurred_at: at_hours(50),
            by: None,
            note: None,
        },
    })
}

/// Changes the value of one row, or takes the row away where nothing of it is left, in a store that is closed.
pub(super) fn change_row(dir: &Path, key: &[u8], change: impl Fn(&mut Vec<u8>)) {
    crate::guard::wait_released(dir).unwrap();
    let Ok(engine) = Engine::open(dir, 8 << 20) else {
        panic!("a sound store opens");
    };
    let mut value = engine.get(key).unwrap().unwrap().to_vec();
    change(&mut value);
    let mut batch = Batch::default();
    batch.remove(key);
    if !value.is_empty() {
        batch.put(key.to_vec(), value);
    }
    engine.apply(batch).unwrap();
    engine.sync().unwrap();
}
