//! Guest operations of a history: links and what undoes them or keeps guests apart, corrections and their retraction.

use cardex_domain::event::{
    Body, ClaimRef, Event, GuestRef, Judgement, Link, LinkKind, NodeRef, Old, Owner,
    PreferenceCorrection, Scope, Statement, Undo, UndoKind,
};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::EventKey;
use rand::Rng;
use rand::seq::IndexedRandom;

use super::{History, PROPERTIES, Seen, at, by_property};

impl History {
    /// What is so of something that was noticed before, mostly of the guest of whom it was noticed.
    pub(super) fn judgement(&mut self) -> Event {
        // Most of what is seen in a room is seen of nobody.
        let named = |seen: &&Seen| !matches!(seen.about, GuestRef::Room(_));
        let named: Vec<Seen> = self.notes.iter().filter(named).cloned().collect();
        let Some(seen) = named.choose(&mut self.rng).cloned() else {
            return self.correction();
        };
        let about = match self.rng.random_bool(0.8) {
            true => seen.about.clone(),
            false => self.about(),
        };
        let occurred_at = at(seen.hour + self.rng.random_range(-2..20));
        let (number, claim) = match seen.read {
            Some(read) if self.rng.random_bool(0.4) => (read.number(), read.claim()),
            _ => {
                let Statement {
                    attribute, value, ..
                } = seen.statements[0].clone();
                (0, ClaimRef { attribute, value })
            }
        };
        let evidence = vec![EvidenceRef {
            event: seen.key,
            statement: self.rng.random_bool(0.5).then_some(number),
        }];
        let judgement = match self.rng.random_range(0..6) {
            0 => Judgement::NoLonger(claim),
            1 => Judgement::NeverWas(claim),
            2 => Judgement::Restated {
                old: Old::Claim(claim),
                right: self.statement(),
                scope: Scope::Guest,
            },
            3 => Judgement::Restated {
                old: Old::Evidence(evidence),
                right: self.statement(),
                scope: self.pick(&[Scope::Guest, Scope::Stay]),
            },
            _ => Judgement::SomeoneElse {
                evidence,
                to: self.owner(),
            },
        };
        let body = Body::PreferenceCorrected(PreferenceCorrection {
            about,
            judgement,
            occurred_at,
            by: "relations".into(),
            why: "the guest said so".into(),
        });
        let id = self.id();
        let name = "guest.preference_corrected";
        let event = by_property(seen.property, name, id, occurred_at, body);
        self.corrections.push(event.key);
        event
    }

    fn owner(&mut self) -> Owner<GuestRef> {
        match self.rng.random_range(0..4) {
            0 => Owner::Party,
            1 => Owner::Nobody,
            _ => Owner::Guest(self.about()),
        }
    }

    /// What retracts a correction, or something that never was.
    pub(super) fn correction_retracted(&mut self) -> Event {
        let property = self.pick(&PROPERTIES);
        let id = self.id();
        let unknown = EventKey::of("nowhere", &id);
        let target = self.corrections.choose(&mut self.rng).copied();
        let body = Body::Undone(Undo {
            kind: UndoKind::Corrections,
            events: vec![target.unwrap_or(unknown)],
            by: "relations".into(),
            reason: "it was right".into(),
        });
        let when = at(self.hour());
        by_property(property, "guest.correction_retracted", id, when, body)
    }

    /// A link, or what keeps two guests apart.
    pub(super) fn link(&mut self) -> Event {
        let property = self.pick(&PROPERTIES);
        let kind = self.pick(&[LinkKind::Same, LinkKind::Same, LinkKind::Never]);
        let a = self.node();
        let mut b = self.node();
        while a == b {
            b = self.node();
        }
        let occurred_at = at(self.hour());
        let id = self.id();
        let body = Body::Linked(Link {
            kind,
            a,
            b,
            occurred_at,
            by: "desk".into(),
            reason: "told at the desk".into(),
        });
        let name = match kind {
            LinkKind::Same => "guest.linked",
            LinkKind::Never => "guest.never_linked",
        };
        let event = by_property(property, name, id, occurred_at, body);
        self.links.push(event.key);
        event
    }

    fn node(&mut self) -> NodeRef {
        match self.rng.random_bool(0.5) {
            true => NodeRef::Profile(self.profile()),
            false => NodeRef::Reservation(self.reservation()),
        }
    }

    /// What undoes one or two of the links, or something that never was.
    pub(super) fn unlink(&mut self) -> Event {
        let property = self.pick(&PROPERTIES);
        let id = self.id();
        let unknown = EventKey::of("nowhere", &id);
        let count = self.rng.random_range(1..3);
        let events = (0..count)
            .map(|_| self.links.choose(&mut self.rng).copied().unwrap_or(unknown))
            .collect();
        let body = Body::Undone(Undo {
            kind: UndoKind::Links,
            events,
            by: "desk".into(),
            reason: "namesakes".into(),
        });
        let when = at(self.hour());
        by_property(property, "guest.unlinked", id, when, body)
    }
}
