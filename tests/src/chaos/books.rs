//! The books: what should have come of the acknowledged events, worked out in memory, against what there is.
//!
//! Independent of what is checked: which events count (what publishers had the server's word for), the position and number
//! of every event, and that nothing else is there. Not independent: what an event means. The domain's own fold, over a
//! ledger in memory instead of the store, and the playbook's own composing say what a set of events comes to; the vectors
//! and stories hold these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cardex_bus::streams::EVENTS;
use cardex_domain::event::Body;
use cardex_domain::fact::{Fact, Reference};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{EventKey, NodeId, StayId};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::profile_of;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::time::{Day, Moment};
use cardex_store::{OpenOptions, Store};
use cardex_wire::{canonical, decode};

use super::findings::{Findings, Wrong};
use super::load::Acknowledged;
use crate::desk::{Desk, key, occasion};
use crate::embedded::settings;
use crate::events::now;

/// What should be, and what was found not to be so.
pub struct Books {
    pub(super) ledger: Ledger,
    pub(super) sequences: BTreeMap<EventKey, u64>,
    pub(super) deny: DenyList,
    /// What is wrong so far.
    pub findings: Findings,
    /// Messages that nobody can use, by sequence, with the code under which they are to be told of.
    dead: BTreeMap<u64, String>,
    /// What the listener told, as found in the stream: of cards, and that an hour struck.
    told: BTreeSet<EventKey>,
}

impl Books {
    /// The books of what was acknowledged, with further messages that are to be dead letters.
    #[must_use]
    pub fn of(acknowledged: &[Acknowledged], dead: &[(u64, &str)]) -> Self {
        let mut books = Self {
            ledger: Ledger::default(),
            sequences: BTreeMap::new(),
            deny: DenyList::parse(DenyList::EMBEDDED_TEXT).unwrap(),
            findings: Findings::default(),
            dead: dead
                .iter()
                .map(|(sequence, code)| (*sequence, (*code).to_owned()))
                .collect(),
            told: BTreeSet::new(),
        };
        for of in acknowledged {
            if let Some(code) = of.dead {
                books.dead.insert(of.sequence, code.to_owned());
                continue;
            }
            let fact = Fact::of(&of.event, &key()).unwrap();
            assert!(
                books.ledger.record(of.event.key, fact),
                "each has its own id"
            );
            books.sequences.insert(of.event.key, of.sequence);
        }
        books
    }

    /// Every acknowledged event is in the stream where the server said, nothing but repetitions and what the listener tells beside.
    pub async fn check_stream(&mut self, desk: &Desk) {
        let mut found: BTreeMap<EventKey, Vec<u64>> = BTreeMap::new();
        for message in desk.everything(EVENTS).await {
            if self.dead.contains_key(&message.stream_sequence) {
                continue;
            }
            let received = Moment {
                utc_micros: message.server_time_us,
                offset_minutes: 0,
            };
            let event = match decode(&message.subject, None, &message.payload, received) {
                Ok(event) => event,
                Err(error) => {
                    let sequence = message.stream_sequence;
                    let what = format!("{sequence} can't be read: {error}");
                    self.findings.finds(Wrong::Other, what);
                    continue;
                }
            };
            match event.body {
                Body::Card(card) => {
                    self.told.insert(event.key);
                    self.ledger.record(event.key, Fact::Card(card));
                }
                Body::Hour(_) => {
                    self.told.insert(event.key);
                }
                _ => {
                    let at = found.entry(event.key).or_default();
                    at.push(message.stream_sequence);
                }
            }
        }
        for (key, sequence) in &self.sequences {
            let at = found.remove(key).unwrap_or_default();
            let is_there = at.contains(sequence);
            let what = format!("{sequence} is not in the stream, its event is at {at:?}");
            self.findings.holds(is_there, Wrong::Lost, what);
        }
        let what = format!("nobody published {found:?}");
        self.findings.holds(found.is_empty(), Wrong::Other, what);
    }

    /// What can't be used is told of once, with its code, and nothing else is.
    pub async fn check_dead_letters(&mut self, desk: &Desk) {
        let mut told: BTreeMap<u64, String> = BTreeMap::new();
        for (sequence, notice) in desk.dead_letters().await {
            told.insert(sequence, notice.code);
        }
        let what = format!("dead letters {told:?} instead of {:?}", self.dead);
        self.findings.holds(told == self.dead, Wrong::Other, what);
    }

    /// The store holds each event once, no dead letter but those expected and no gap, and is sound.
    pub fn check_store(&mut self, directory: &Path) {
        let store = Store::open_as_it_is(directory, &OpenOptions::default()).unwrap();
        let findings = &mut self.findings;
        if let Err(error) = store.verify() {
            findings.finds(Wrong::Other, format!("the store is not sound: {error}"));
        }
        let counts = store.read().counts();
        let events = (self.sequences.len() + self.told.len()) as u64;
        for (more, less, wrong) in [
            (counts.events, events, Wrong::Doubled),
            (events, counts.events, Wrong::Lost),
        ] {
            let what = format!("the store counts {} events of {events}", counts.events);
            findings.holds(more <= less, wrong, what);
        }
        let beside = (counts.dead_letters, counts.gaps);
        let expected = (self.dead.len() as u64, 0);
        let what = format!("{beside:?} dead letters and gaps instead of {expected:?}");
        findings.holds(beside == expected, Wrong::Other, what);
        for (key, sequence) in &self.sequences {
            let recorded = store.read().event(*key).unwrap();
            let what = format!("{sequence} is not in the store");
            findings.holds(recorded.is_some(), Wrong::Lost, what);
        }
    }

    /// The aggregator's profiles are those of the acknowledged events, byte for byte. Tells how many there are.
    pub async fn check_profiles(&mut self, desk: &Desk) -> usize {
        let as_of = now().day();
        let expected = self.profiles(as_of);
        for (node, expected) in &expected {
            let answered = desk.canonical(*node, as_of).await;
            let same = answered == *expected;
            let what = format!("another profile of {node}");
            self.findings.holds(same, Wrong::Profile, what);
        }
        expected.iter().filter(|(_, of)| of.is_some()).count()
    }

    /// The profile of every node that the acknowledged events tell of, canonical; none where it stands for nobody.
    #[must_use]
    pub fn profiles(&self, as_of: Day) -> Vec<(NodeId, Option<Vec<u8>>)> {
        let profile = |named: NodeId| {
            let Ok(resolution) =
                resolve(&self.ledger, &self.deny, &[Reference::Node(named)], now());
            match resolution {
                Resolution::Assigned { node, stay } => Some(self.canonical(node, stay, as_of)),
                Resolution::Unassigned { .. } => None,
            }
        };
        let nodes = self.ledger.nodes().into_iter();
        nodes.map(|node| (node, profile(node))).collect()
    }

    fn canonical(&self, node: NodeId, stay: Option<StayId>, as_of: Day) -> Vec<u8> {
        let occasion = occasion(stay, as_of);
        let Ok(profile) = profile_of(&self.ledger, &settings(&self.deny), node, &occasion);
        canonical(&profile)
    }
}
