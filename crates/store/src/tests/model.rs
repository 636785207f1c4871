//! The store answers as the ledger in memory does, whatever it is told and in whatever batches.

use std::collections::{BTreeSet, HashMap};

use cardex_domain::event::*;
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::fact::*;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::*;
use cardex_domain::ledger::Ledger;
use cardex_domain::note::{Reading, ReadsNotes, Span};
use cardex_domain::profile::{Occasion, profile_of};
use cardex_domain::records::{Records, Window};
use cardex_domain::resolve::affected;
use cardex_domain::settings::Settings;
use cardex_domain::time::Day;
use cardex_domain::vocabulary::Vocabulary;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use crate::{Entry, EntryKind, Reader, Store};

const RESERVATIONS: u8 = 6;
const ROOMS: u32 = 3;
const PASSPORTS: u8 = 4;

fn reservation() -> impl Strategy<Value = String> {
    (0..RESERVATIONS).prop_map(|n| format!("r{n}"))
}

fn identifier() -> impl Strategy<Value = Identifier> {
    (0..PASSPORTS, any::<bool>(), any::<bool>()).prop_map(|(n, phone, verified)| Identifier {
        kind: if phone {
            IdentifierKind::Phone
        } else {
            IdentifierKind::Document
        },
        value: format!("55 00-{n}{n}1").into(),
        verified,
    })
}

fn guest() -> impl Strategy<Value = GuestDetails> {
    (
        prop::option::of(0..PASSPORTS),
        prop::option::of(prop::sample::select(vec!["Zhuang", "Ho", "Łem"])),
        vec(identifier(), 0..3),
    )
        .prop_map(|(profile, family, identifiers)| GuestDetails {
            profile: profile.map(|n| ExternalProfile {
                pms: "opera".into(),
                id: n.to_string().into(),
            }),
            name: family.map(|family| Name {
                family: Some(family.into()),
                ..Name::default()
            }),
            particulars: Particulars {
                birth_date: profile.map(|n| Day(-i32::from(n))),
                ..Particulars::default()
            },
            identifiers,
            ..GuestDetails::default()
        })
}

fn booking() -> impl Strategy<Value = StayDetails> {
    (prop::option::of(0..4), prop::option::of(guest())).prop_map(|(arrival, guest)| StayDetails {
        arrival: arrival.map(|d| Day(20_000 + d)),
        guest,
        party: Some(if arrival == Some(0) { "p" } else { "q" }.into()),
        ..StayDetails::default()
    })
}

fn change() -> impl Strategy<Value = StayChange> {
    prop_oneof![
        booking().prop_map(StayChange::Reserved),
        booking().prop_map(StayChange::Amended),
        Just(StayChange::Cancelled),
        (0..ROOMS, booking()).prop_map(|(n, details)| StayChange::CheckedIn {
            room: room(n),
            details
        }),
        (0..ROOMS).prop_map(checked_in),
        (0..ROOMS).prop_map(|n| StayChange::RoomMoved { room: room(n) }),
        Just(StayChange::CheckInReversed),
        Just(StayChange::DoNotDisturb),
        Just(StayChange::DoNotDisturbEnded),
        Just(StayChange::CheckedOut),
        Just(StayChange::NoShow),
    ]
}

fn references() -> impl Strategy<Value = Vec<Reference>> {
    prop_oneof![
        reservation().prop_map(|r| vec![Reference::Node(NodeId::Stay(stay_id(&r)))]),
        (0..PASSPORTS).prop_map(|n| {
            let profile = key().profile("opera", &n.to_string());
            vec![Reference::Node(NodeId::Profile(profile))]
        }),
        (0..ROOMS).prop_map(|n| vec![Reference::Room(property(), room(n))]),
        vec(identifier(), 0..3).prop_map(|identifiers| {
            cardex_domain::fact::references(
                &GuestRef::Identifiers(identifiers),
                &property(),
                &key(),
            )
            .unwrap()
        }),
    ]
}

fn judgement() -> impl Strategy<Value = Judgement<Vec<Reference>>> {
    let one = (0_usize..60, prop::option::of(0_u8..2)).prop_map(|(n, statement)| EvidenceRef {
        event: event(&n.to_string()),
        statement,
    });
    let evidence = vec(one, 1..4);
    let owner = prop_oneof![
        3 => references().prop_map(Owner::Guest),
        1 => Just(Owner::Party),
        1 => Just(Owner::Nobody),
    ];
    prop_oneof![
        Just(Judgement::NoLonger(claim())),
        Just(Judgement::NeverWas(claim())),
        (evidence.clone(), owner)
            .prop_map(|(evidence, to)| Judgement::SomeoneElse { evidence, to }),
        evidence.prop_map(|evidence| Judgement::Restated {
            old: Old::Evidence(evidence),
            right: cuisine("italian"),
            scope: Scope::Guest,
        }),
    ]
}

/// An event without its id.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Noted(Vec<Reference>, i64, Scope),
    Retracted(usize, Option<u8>),
    NoteJudged(usize, CountsAs, i64),
    Stay(String, i64, StayChange),
    Guest(u8, i64, GuestDetails),
    Linked(LinkKind, NodeId, NodeId),
    Corrected(Vec<Reference>, i64, Judgement<Vec<Reference>>),
    Undone(UndoKind, Vec<usize>),
}

/// A stay, or a profile.
fn node() -> impl Strategy<Value = NodeId> {
    prop_oneof![
        reservation().prop_map(|r| NodeId::Stay(stay_id(&r))),
        (0..PASSPORTS).prop_map(|n| NodeId::Profile(key().profile("opera", &n.to_string()))),
    ]
}

pub(super) fn told() -> impl Strategy<Value = Told> {
    let scope = prop::sample::select(vec![Scope::Guest, Scope::Party, Scope::Stay]);
    let counts_as = vec![CountsAs::Stated, CountsAs::Observed, CountsAs::Nothing];
    let counts_as = prop::sample::select(counts_as);
    let undoing = prop::sample::select(vec![UndoKind::Links, UndoKind::Corrections]);
    prop_oneof![
        4 => (references(), 0_i64..100, scope).prop_map(|(r, h, s)| Told::Noted(r, h, s)),
        1 => (0_usize..60, prop::option::of(0_u8..2)).prop_map(|(n, s)| Told::Retracted(n, s)),
        2 => (0_usize..60, counts_as, 0_i64..100).prop_map(|(n, c, h)| Told::NoteJudged(n, c, h)),
        6 => (reservation(), 0_i64..100, change()).prop_map(|(r, h, c)| Told::Stay(r, h, c)),
        1 => (0..PASSPORTS, 0_i64..100, guest()).prop_map(|(p, h, g)| Told::Guest(p, h, g)),
        1 => (node(), node()).prop_map(|(a, b)| Told::Linked(LinkKind::Same, a, b)),
        1 => (node(), node()).prop_map(|(a, b)| Told::Linked(LinkKind::Never, a, b)),
        2 => (references(), 0_i64..100, judgement()).prop_map(|(r, h, j)| Told::Corrected(r, h, j)),
        1 => (undoing, vec(0_usize..60, 1..3)).prop_map(|(k, of)| Told::Undone(k, of)),
    ]
}

impl Told {
    fn fact(&self, n: usize) -> Fact {
        let id = format!("{n}");
        match self {
            Self::Noted(references, hours, scope) => {
                let Fact::Noted(mut fact) = noted(&id, references.clone(), *hours) else {
                    unreachable!("a note is a note")
                };
                fact.scope = *scope;
                fact.note = n.is_multiple_of(3).then(|| format!("note {n}").into());
                Fact::Noted(fact)
            }
            Self::Retracted(target, statement) => Fact::Retracted(RetractedFact {
                key: event(&id),
                target: event(&target.to_string()),
                statement: *statement,
            }),
            Self::NoteJudged(target, counts_as, hours) => {
                note_judged(&id, &target.to_string(), *counts_as, *hours)
            }
            Self::Stay(reservation, hours, change) => {
                stay(&id, reservation, *hours, change.clone())
            }
            Self::Linked(kind, a, b) => linked(&id, *kind, *a, *b),
            Self::Corrected(references, hours, judgement) => {
                let fact = corrected(&id, references.clone(), judgement.clone());
                let Fact::Corrected(fact) = fact else {
                    unreachable!("a correction is a correction")
                };
                let occurred_at = at_hours(*hours);
                Fact::Corrected(CorrectionFact {
                    occurred_at,
                    ..fact
                })
            }
            Self::Undone(kind, targets) => {
                let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
                let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
                undone(&id, *kind, &targets)
            }
            Self::Guest(profile, hours, guest) => Fact::Guest(GuestFact {
                key: event(&id),
                profile: key().profile("opera", &profile.to_string()),
                occurred_at: at_hours(*hours),
                guest: guest.facts(&key()).unwrap(),
            }),
        }
    }
}

fn sorted<T: std::fmt::Debug>(items: Vec<T>) -> Vec<String> {
    let mut items: Vec<_> = items.iter().map(|item| format!("{item:?}")).collect();
    items.sort();
    items
}

/// Of a reader that lacks something only what it lacks is to be learnt.
macro_rules! agreed {
    ($reader:expr, $ours:expr, $theirs:expr $(, $told:tt)*) => {
        let (ours, theirs) = (&$ours, &$theirs);
        assert!(
            !$reader.is_whole() || ours == theirs,
            "{ours:#?}\n{theirs:#?}"
        );
    };
}

/// Holds every look-up of the two against each other.
pub(super) fn agree(ledger: &Ledger, reader: &Reader<'_>, facts: usize) {
    let passports = (0..PASSPORTS).flat_map(|n| {
        ["document", "phone"].map(|kind| {
            let kind_of = if kind == "phone" {
                IdentifierKind::Phone
            } else {
                IdentifierKind::Document
            };
            let value = cardex_domain::identity::normalise(kind_of, &format!("55 00-{n}{n}1"));
            key().identifier(kind, &value)
        })
    });
    let identifiers: Vec<_> = passports.collect();
    for identifier in &identifiers {
        agreed!(
            reader,
            sorted(ledger.nodes_with(*identifier).unwrap()),
            sorted(reader.nodes_with(*identifier).unwrap())
        );
    }
    let stays: Vec<_> = (0..RESERVATIONS)
        .map(|n| stay_id(&format!("r{n}")))
        .collect();
    let profiles: Vec<_> = (0..PASSPORTS)
        .map(|n| key().profile("opera", &n.to_string()))
        .collect();
    for stay in &stays {
        agreed!(
            reader,
            sorted(ledger.stay_facts(*stay).unwrap()),
            sorted(reader.stay_facts(*stay).unwrap())
        );
        agreed!(
            reader,
            ledger.stay(*stay).unwrap(),
            reader.stay(*stay).unwrap()
        );
    }
    for profile in &profiles {
        agreed!(
            reader,
            sorted(ledger.guest_facts(*profile).unwrap()),
            sorted(reader.guest_facts(*profile).unwrap())
        );
        agreed!(
            reader,
            sorted(ledger.stays_naming(*profile).unwrap()),
            sorted(reader.stays_naming(*profile).unwrap())
        );
    }
    let every = stays.iter().map(|s| NodeId::Stay(*s));
    for node in every.chain(profiles.iter().map(|p| NodeId::Profile(*p))) {
        agreed!(
            reader,
            sorted(ledger.links_of(node).unwrap()),
            sorted(reader.links_of(node).unwrap())
        );
    }
    agree_on_rooms(ledger, reader);
    agree_on_parties(ledger, reader);
    let nodes = stays.iter().map(|s| Reference::Node(NodeId::Stay(*s)));
    let nodes = nodes.chain(
        profiles
            .iter()
            .map(|p| Reference::Node(NodeId::Profile(*p))),
    );
    let rooms = (0..ROOMS).map(|n| Reference::Room(property(), room(n)));
    let all = nodes
        .chain(rooms)
        .chain(identifiers.iter().map(|i| Reference::Identifier(*i)));
    for reference in all {
        for within in windows() {
            agreed!(
                reader,
                sorted(ledger.noted_under(&reference, within).unwrap()),
                sorted(reader.noted_under(&reference, within).unwrap())
            );
            agreed!(
                reader,
                sorted(ledger.corrections_under(&reference, within).unwrap()),
                sorted(reader.corrections_under(&reference, within).unwrap())
            );
        }
    }
    for n in 0..facts {
        let key = event(&n.to_string());
        agreed!(
            reader,
            ledger.noted(key).unwrap(),
            reader.noted(key).unwrap()
        );
        agreed!(
            reader,
            sorted(ledger.note_judgements(key).unwrap()),
            sorted(reader.note_judgements(key).unwrap())
        );
        agreed!(
            reader,
            ledger.retracted(key).unwrap(),
            reader.retracted(key).unwrap()
        );
        agreed!(reader, ledger.link(key).unwrap(), reader.link(key).unwrap());
        agreed!(
            reader,
            ledger.correction(key).unwrap(),
            reader.correction(key).unwrap()
        );
        agreed!(
            reader,
            sorted(ledger.corrections_naming(key).unwrap()),
            sorted(reader.corrections_naming(key).unwrap())
        );
        agreed!(
            reader,
            sorted(ledger.undone(key).unwrap()),
            sorted(reader.undone(key).unwrap())
        );
    }
    agree_on_profiles(ledger, reader);
}

fn agree_on_rooms(ledger: &Ledger, reader: &Reader<'_>) {
    for n in 0..ROOMS {
        let (property, room) = (property(), room(n));
        agreed!(
            reader,
            sorted(ledger.stays_in_room(&property, &room).unwrap()),
            sorted(reader.stays_in_room(&property, &room).unwrap())
        );
        for hours in (0..100).step_by(7) {
            let since = at_hours(hours);
            agreed!(
                reader,
                ledger.neighbours(&property, &room, since).unwrap(),
                reader.neighbours(&property, &room, since).unwrap()
            );
        }
        for within in windows().into_iter().flatten() {
            agreed!(
                reader,
                ledger.sharing(&property, &room, within).unwrap(),
                reader.sharing(&property, &room, within).unwrap()
            );
        }
        for hours in (0..100).step_by(7) {
            let at = at_hours(hours);
            agreed!(
                reader,
                ledger.occupants(&property, &room, at).unwrap(),
                reader.occupants(&property, &room, at).unwrap()
            );
        }
    }
}

/// Reads the same cuisine in every note.
#[derive(Debug)]
struct Words;

impl ReadsNotes for Words {
    fn read(&self, note: &str) -> Vec<Reading> {
        let ClaimRef { attribute, value } = claim();
        vec![Reading {
            attribute,
            value: (&*value).into(),
            polarity: Polarity::For,
            scope: Scope::Guest,
            span: Span {
                start: 0,
                end: note.len(),
            },
        }]
    }
}

fn agree_on_parties(ledger: &Ledger, reader: &Reader<'_>) {
    for (party, max) in [("p", 2), ("p", 9), ("q", 9), ("", 9)] {
        let (ours, theirs) = (
            ledger.stays_of_party(&property(), party, max).unwrap(),
            reader.stays_of_party(&property(), party, max).unwrap(),
        );
        agreed!(reader, ours, theirs, "{party}");
    }
}

fn agree_on_profiles(ledger: &Ledger, reader: &Reader<'_>) {
    let deny = DenyList::default();
    let settings = Settings::new(&deny, Vocabulary::embedded()).reading(&Words);
    for node in ledger.nodes() {
        let stay = match node {
            NodeId::Stay(stay) => Some(stay),
            NodeId::Profile(_) => None,
        };
        let occasion = Occasion {
            property: property(),
            stay,
            as_of: Day(20_010),
        };
        let Ok(ours) = profile_of(ledger, &settings, node, &occasion);
        let theirs = profile_of(reader, &settings, node, &occasion).unwrap();
        agreed!(reader, ours, theirs);
    }
}

fn windows() -> Vec<Option<Window>> {
    let window = |from, until: Option<i64>| {
        Some(Window {
            from: at_hours(from),
            until: until.map(at_hours),
        })
    };
    vec![
        None,
        window(20, Some(60)),
        window(50, None),
        window(60, Some(60)),
        window(60, Some(20)),
    ]
}

pub(super) fn batches(entries: Vec<Entry>, sizes: &[usize]) -> Vec<Vec<Entry>> {
    let mut rest = entries.into_iter().peekable();
    let mut sizes = sizes.iter().cycle();
    let mut batches = Vec::new();
    while rest.peek().is_some() {
        let size = sizes.next().copied().unwrap_or(1);
        batches.push(rest.by_ref().take(size).collect());
    }
    batches
}

fn record(store: &Store, ledger: &mut Ledger, batch: &[Entry]) {
    apply(store, batch);
    let mut touched = BTreeSet::new();
    for entry in batch {
        let EntryKind::Event { key, fact, .. } = &entry.kind else {
            continue;
        };
        ledger.record(*key, fact.clone());
        touched.insert(*key);
    }
    // Fills the caches between batches, which the next batch then has to make stale.
    let reader = store.read();
    let deny = DenyList::default();
    for key in touched {
        let fact = reader.fact_of(key).unwrap().unwrap();
        let Ok(ours) = affected(ledger, &deny, &fact);
        assert_eq!(ours, affected(&reader, &deny, &fact).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_as_the_ledger_does(
        told in vec(told(), 1..60),
        again in vec(any::<prop::sample::Index>(), 0..10),
        sizes in vec(1_usize..20, 1..5),
    ) {
        let entries = entries(&told, &again);
        let first: HashMap<EventKey, u64> = entries
            .iter()
            .rev()
            .filter_map(|e| match &e.kind {
                EntryKind::Event { key, .. } => Some((*key, e.sequence)),
                _ => None,
            })
            .collect();
        let last = entries.len() as u64;
        let temporary = Temporary::new();
        let store = temporary.open();
        let mut ledger = Ledger::default();
        for batch in batches(entries, &sizes) {
            record(&store, &mut ledger, &batch);
        }
        agree(&ledger, &store.read(), told.len());
        store.verify().unwrap();
        store.close().unwrap();

        let store = temporary.open();
        assert_eq!(store.position(), Some(position(last)));
        let reader = store.read();
        agree(&ledger, &reader, told.len());
        for (key, sequence) in first {
            assert_eq!(reader.event(key).unwrap().unwrap().sequence, sequence);
        }
        let EntryCount { events, duplicates } = EntryCount::of(told.len(), last);
        assert_eq!(reader.counts().events, events);
        assert_eq!(reader.counts().duplicates, duplicates);
    }

    #[test]
    fn a_store_that_was_loaded_is_the_one_that_was_filled_event_by_event(
        told in vec(told(), 1..60),
        again in vec(any::<prop::sample::Index>(), 0..10),
        sizes in vec(1_usize..40, 1..3),
    ) {
        let (loaded, filled) = (Temporary::new(), Temporary::new());
        let (loaded, filled) = (loaded.open(), filled.open());
        for batch in batches(entries(&told, &again), &sizes) {
            let applied: Vec<_> = batch.iter().flat_map(|one| apply(&filled, std::slice::from_ref(one))).collect();
            prop_assert_eq!(load(&loaded, &batch), applied);
        }
        prop_assert_eq!(loaded.position(), filled.position());
        let (loaded, filled) = (loaded.verify().unwrap(), filled.verify().unwrap());
        prop_assert_eq!(loaded.state.differences(&filled.state), Vec::<&str>::new());
        prop_assert_eq!(loaded.rows, filled.rows);
    }
}

/// What was told, and then some of it again, as the stream has it.
pub(super) fn entries(told: &[Told], again: &[prop::sample::Index]) -> Vec<Entry> {
    let mut facts: Vec<(usize, Fact)> = told
        .iter()
        .enumerate()
        .map(|(n, t)| (n, t.fact(n)))
        .collect();
    for index in again {
        facts.push(index.get(&facts).clone());
    }
    (1_u64..)
        .zip(&facts)
        .map(|(sequence, (n, fact))| entry(sequence, &n.to_string(), fact.clone()))
        .collect()
}

struct EntryCount {
    events: u64,
    duplicates: u64,
}

impl EntryCount {
    fn of(distinct: usize, sequences: u64) -> Self {
        let events = distinct as u64;
        Self {
            events,
            duplicates: sequences - events,
        }
    }
}
