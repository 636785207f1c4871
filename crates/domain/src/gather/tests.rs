//! What corrections make of a person's evidence: on which day, for whom, and in whatever order they come.

use std::convert::Infallible;

use super::*;
use crate::event::{
    ClaimRef, GuestRef, Judgement, LinkKind, Old, Owner, Polarity, PreferenceCorrection, Source,
    Statement, UndoKind,
};
use crate::evidence::EvidenceRef;
use crate::fact::{Fact, GuestFact, GuestFacts, LinkFact, Reference, UndoFact};
use crate::identity::{DenyList, person_of};
use crate::ids::{AppId, DepartmentId, EventKey, InstallationKey, NodeId, ProfileId};
use crate::ledger::Ledger;
use crate::time::{Day, Moment};

const ATTRIBUTE: &str = "dining.cuisine";
const HOUR_MICROS: i64 = 3_600_000_000;

fn key() -> InstallationKey {
    InstallationKey::new([7; 32])
}

fn at(day: i32) -> Moment {
    Moment {
        utc_micros: i64::from(day) * 24 * HOUR_MICROS + 12 * HOUR_MICROS,
        offset_minutes: 0,
    }
}

fn profile(id: &str) -> ProfileId {
    key().profile("opera", id)
}

fn named(id: &str) -> GuestRef {
    GuestRef::Node(NodeId::Profile(profile(id)))
}

fn event(id: &str) -> EventKey {
    EventKey::of("test", id)
}

fn property() -> PropertyId {
    PropertyId::new("macau").expect("a property")
}

fn statement(value: &str) -> Statement {
    Statement {
        attribute: AttributeId::new(ATTRIBUTE).expect("an attribute"),
        value: value.into(),
        polarity: Polarity::For,
        purpose: None,
    }
}

fn claim(value: &str) -> ClaimRef {
    let Statement {
        attribute, value, ..
    } = statement(value);
    ClaimRef { attribute, value }
}

fn one(event_id: &str) -> Vec<EvidenceRef> {
    vec![EvidenceRef {
        event: event(event_id),
        statement: Some(0),
    }]
}

/// Facts with their keys, and the two guests that all tests are about.
struct Told(Vec<(EventKey, Fact)>);

impl Told {
    fn new() -> Self {
        let known = |id: &str| {
            let fact = GuestFact {
                key: event(id),
                profile: profile(id),
                occurred_at: at(0),
                guest: GuestFacts::default(),
            };
            (fact.key, Fact::Guest(fact))
        };
        Self(["ann", "bob", "cem"].map(known).into())
    }

    fn seen(mut self, id: &str, of: &str, value: &str, day: i32) -> Self {
        let noted = Noted {
            key: event(id),
            event_id: id.into(),
            references: vec![Reference::Node(NodeId::Profile(profile(of)))],
            property: property(),
            department: DepartmentId::new("dining").expect("a department"),
            via: None,
            app: AppId::new("pos").expect("an app"),
            observed_at: at(day),
            source: Source::Observed,
            scope: Scope::Guest,
            reach: None,
            statements: vec![statement(value)],
            note: None,
            seen_by: None,
        };
        self.0.push((noted.key, Fact::Noted(noted)));
        self
    }

    fn corrected(mut self, id: &str, of: &str, judgement: Judgement<GuestRef>, day: i32) -> Self {
        let correction = PreferenceCorrection {
            about: named(of),
            judgement,
            occurred_at: at(day),
            by: "relations".into(),
            why: "the guest said so".into(),
        };
        let fact = CorrectionFact::of(&correction, (event(id), id), property(), &key());
        let fact = fact.expect("all are named by nodes");
        self.0.push((fact.key, Fact::Corrected(fact)));
        self
    }

    fn retracted(mut self, id: &str, of: &str) -> Self {
        let fact = UndoFact {
            key: event(id),
            kind: UndoKind::Corrections,
            events: vec![event(of)],
            by: "relations".into(),
            reason: "it was right".into(),
        };
        self.0.push((fact.key, Fact::Undone(fact)));
        self
    }

    fn linked(mut self, id: &str, a: &str, b: &str) -> Self {
        let fact = LinkFact {
            key: event(id),
            kind: LinkKind::Same,
            a: NodeId::Profile(profile(a)),
            b: NodeId::Profile(profile(b)),
            occurred_at: at(0),
            by: "relations".into(),
            reason: "told so".into(),
        };
        self.0.push((fact.key, Fact::Linked(fact)));
        self
    }

    /// What counts for a guest on a day, and what corrections keep from counting, by value; the same in either order.
    fn gathered(&self, of: &str, day: i32) -> (Vec<String>, Vec<String>) {
        let gathered = |facts: &mut dyn Iterator<Item = &(EventKey, Fact)>| {
            let mut ledger = Ledger::default();
            for (key, fact) in facts {
                ledger.record(*key, fact.clone());
            }
            let (deny, node) = (DenyList::default(), NodeId::Profile(profile(of)));
            let Ok::<_, Infallible>(person) = person_of(&ledger, &deny, node);
            let occasion = Occasion {
                property: property(),
                stay: None,
                as_of: Day(day),
            };
            let vocabulary = Vocabulary::embedded();
            let Ok::<_, Infallible>(gathered) = gather(
                &ledger,
                &Settings::new(&deny, vocabulary),
                &person,
                &occasion,
            );
            gathered
        };
        let forwards = gathered(&mut self.0.iter());
        assert_eq!(forwards, gathered(&mut self.0.iter().rev()));
        let counts = forwards.evidence.values().flatten();
        let counts = counts.filter(|e| e.day <= Day(day));
        let mut counts: Vec<String> = counts.map(|e| e.value.to_string()).collect();
        counts.sort();
        let discounted = forwards.discounted.iter();
        let mut discounted: Vec<String> =
            discounted.map(|d| d.evidence.value.to_string()).collect();
        discounted.sort();
        (counts, discounted)
    }

    /// Checks what counts for a guest on a day and what corrections keep from it.
    fn check(&self, of: &str, day: i32, counts: &[&str], discounted: &[&str]) {
        let strings = |of: &[&str]| of.iter().map(ToString::to_string).collect();
        let expected: (Vec<String>, Vec<String>) = (strings(counts), strings(discounted));
        assert_eq!(self.gathered(of, day), expected, "{of} on day {day}");
    }
}

#[test]
fn what_is_no_longer_true_counts_until_that_day_and_again_when_seen_later() {
    let told = Told::new()
        .seen("1", "ann", "sichuan", 1)
        .seen("2", "ann", "italian", 1)
        .corrected("3", "ann", Judgement::NoLonger(claim("sichuan")), 5)
        .seen("stale", "ann", "sichuan", 4);
    told.check("ann", 4, &["italian", "sichuan", "sichuan"], &[]);
    told.check("ann", 5, &["italian"], &["sichuan", "sichuan"]);
    let told = told.seen("new", "ann", "sichuan", 6);
    told.check("ann", 9, &["italian", "sichuan"], &["sichuan", "sichuan"]);
}

#[test]
fn what_never_was_true_counts_on_no_day() {
    let told = Told::new()
        .seen("1", "ann", "sichuan", 1)
        .corrected("2", "ann", Judgement::NeverWas(claim("Sichuan")), 5)
        .corrected("3", "bob", Judgement::NeverWas(claim("italian")), 5)
        .seen("4", "ann", "italian", 1);
    told.check("ann", 3, &["italian"], &["sichuan"]);
    told.retracted("5", "2")
        .check("ann", 3, &["italian", "sichuan"], &[]);
}

#[test]
fn what_is_somebody_elses_counts_there_and_no_longer_here() {
    let to = |to| Judgement::SomeoneElse {
        evidence: one("1"),
        to,
    };
    let seen = Told::new().seen("1", "ann", "sichuan", 1);
    let moved = seen.corrected("2", "ann", to(Owner::Guest(named("bob"))), 5);
    moved.check("ann", 9, &[], &["sichuan"]);
    moved.check("bob", 9, &["sichuan"], &[]);

    let again = moved.corrected("3", "bob", to(Owner::Guest(named("cem"))), 6);
    again.check("ann", 9, &[], &["sichuan"]);
    again.check("bob", 9, &[], &[]);
    again.check("cem", 9, &["sichuan"], &[]);

    let back = again.retracted("4", "2");
    back.check("ann", 9, &["sichuan"], &[]);
    back.check("cem", 9, &[], &[]);
}

#[test]
fn what_is_nobodys_or_a_strangers_stays_visible_where_it_was() {
    for to in [
        Owner::Nobody,
        Owner::Guest(GuestRef::Reservation("unheard-of".into())),
    ] {
        let evidence = one("1");
        let told = Told::new()
            .corrected("2", "ann", Judgement::SomeoneElse { evidence, to }, 5)
            .seen("1", "ann", "sichuan", 1);
        told.check("ann", 9, &[], &["sichuan"]);
    }
}

#[test]
fn a_correction_about_another_guest_changes_nothing_until_they_are_one() {
    let judgement = Judgement::SomeoneElse {
        evidence: one("1"),
        to: Owner::Guest(named("cem")),
    };
    let told = Told::new()
        .seen("1", "ann", "sichuan", 1)
        .corrected("2", "bob", judgement, 5);
    told.check("ann", 9, &["sichuan"], &[]);
    told.check("cem", 9, &[], &[]);
    let told = told.linked("3", "ann", "bob");
    told.check("ann", 9, &[], &["sichuan"]);
    told.check("cem", 9, &["sichuan"], &[]);
}

#[test]
fn the_next_owners_own_corrections_hold_for_what_they_are_given() {
    let told = Told::new()
        .seen("1", "ann", "sichuan", 1)
        .corrected(
            "2",
            "ann",
            Judgement::SomeoneElse {
                evidence: one("1"),
                to: Owner::Guest(named("bob")),
            },
            5,
        )
        .corrected("3", "bob", Judgement::NeverWas(claim("sichuan")), 4);
    told.check("bob", 9, &[], &["sichuan"]);
}

#[test]
fn a_restatement_takes_the_place_of_what_was_wrong() {
    let restated = |old| Judgement::Restated {
        old,
        right: statement("italian"),
        scope: Scope::Guest,
    };
    for old in [Old::Claim(claim("sichuan")), Old::Evidence(one("1"))] {
        let told =
            Told::new()
                .seen("1", "ann", "sichuan", 1)
                .corrected("2", "ann", restated(old), 5);
        told.check("ann", 3, &[], &["sichuan"]);
        told.check("ann", 5, &["italian"], &["sichuan"]);
        let back = told.retracted("3", "2");
        back.check("ann", 9, &["sichuan"], &[]);
    }
    let again = Told::new()
        .seen("1", "ann", "sichuan", 1)
        .corrected("2", "ann", restated(Old::Evidence(one("1"))), 5)
        .corrected("3", "ann", Judgement::NeverWas(claim("italian")), 6);
    again.check("ann", 9, &[], &["italian", "sichuan"]);
}
