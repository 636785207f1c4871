//! What is foretold comes about, and comes about no sooner.

use super::*;
use crate::ids::AttributeId;
use crate::time::Day;
use crate::vocabulary::{Kind, Vocabulary};

const TODAY: Day = Day(20_000);

fn basis() -> Basis {
    Basis {
        as_of: TODAY,
        stay: None,
        purpose: None,
    }
}

fn attribute(id: &str) -> &'static Attribute {
    let id = AttributeId::new(id).expect("an attribute");
    Vocabulary::embedded()
        .attribute(&id)
        .expect("the vocabulary has it")
}

/// `number` pieces, each in a stay of its own, noticed so many days ago.
fn noted(of: &Attribute, value: &str, source: Source, days_ago: i32, number: u8) -> Vec<Evidence> {
    let basis = basis();
    let asked = Asked {
        attribute: of,
        known: Vec::new(),
        basis: &basis,
        value,
    };
    let pieces = (0..number).map(|n| {
        let id = [n + 1; 16];
        let piece = asked.piece(n, source, Polarity::For);
        Evidence {
            id: EvidenceId {
                event: EventKey(id),
                statement: 0,
            },
            stay: Some(StayId(id)),
            day: TODAY.plus(-days_ago),
            ..piece
        }
    });
    pieces.collect()
}

fn verdict(of: &Attribute, known: &[Evidence], value: &str, on: Day) -> Option<Verdict> {
    let basis = Basis {
        as_of: on,
        ..basis()
    };
    let asked = Asked {
        attribute: of,
        known: known.iter().collect(),
        basis: &basis,
        value,
    };
    asked.verdict(&[], &basis)
}

/// Attributes of every kind with a few amounts of evidence of each.
fn cases() -> Vec<(&'static Attribute, &'static str, Vec<Evidence>)> {
    let mut cases = Vec::new();
    for attribute in Vocabulary::embedded().attributes().step_by(3) {
        let Some(value) = attribute.values.first() else {
            continue;
        };
        for source in [Source::Stated, Source::Observed, Source::Inferred] {
            for (days_ago, number) in [(0, 1), (400, 3), (700, 6)] {
                let evidence = noted(attribute, &value.id, source, days_ago, number);
                cases.push((attribute, &*value.id, evidence));
            }
        }
    }
    cases
}

#[test]
fn a_verdict_fades_on_the_first_day_on_which_it_is_another() {
    let mut faded = 0;
    for (attribute, value, evidence) in cases() {
        let now = verdict(attribute, &evidence, value, TODAY);
        let first = (1..=AHEAD_DAYS).find_map(|days| {
            let day = TODAY.plus(days);
            let verdict = verdict(attribute, &evidence, value, day);
            (verdict != now).then_some(Fade { day, verdict })
        });
        let said = outlook(attribute, &evidence, &basis(), value).fades;
        assert_eq!(said, first, "{} of {}", value, attribute.id);
        faded += usize::from(first.is_some());
    }
    assert!(faded > 10, "hardly any verdict fades");
}

#[test]
fn what_is_said_to_change_a_verdict_does_and_less_does_not() {
    let mut turned = 0;
    for (attribute, value, evidence) in cases() {
        let now = verdict(attribute, &evidence, value, TODAY);
        let basis = basis();
        let asked = Asked {
            attribute,
            known: evidence.iter().collect(),
            basis: &basis,
            value,
        };
        let with = |turn: &Turn, pieces: u8| {
            let more: Vec<_> = (0..pieces)
                .map(|n| asked.piece(n, turn.source, turn.polarity))
                .collect();
            asked.verdict(&more, &basis)
        };
        for turn in outlook(attribute, &evidence, &basis, value).turns {
            assert_eq!(with(&turn, turn.pieces), turn.verdict);
            assert_ne!(turn.verdict, now);
            assert_eq!(with(&turn, turn.pieces - 1), now);
            turned += 1;
        }
    }
    assert!(turned > 30, "hardly any verdict changes");
}

#[test]
fn what_concerns_safety_neither_turns_nor_fades() {
    let safety = Vocabulary::embedded()
        .attributes()
        .find(|a| a.kind == Kind::Safety && !a.values.is_empty())
        .expect("the vocabulary has one");
    let value = &*safety.values[0].id;
    let evidence = noted(safety, value, Source::Observed, 500, 1);
    let outlook = outlook(safety, &evidence, &basis(), value);
    assert_eq!(outlook, Outlook::default());
}

#[test]
fn what_was_seen_once_needs_to_be_seen_again() {
    let cuisine = attribute("dining.cuisine");
    let evidence = noted(cuisine, "sichuan", Source::Observed, 0, 1);
    let turns = outlook(cuisine, &evidence, &basis(), "sichuan").turns;
    let more = turns.iter().find(|turn| turn.polarity == Polarity::For);
    assert!(more.is_some_and(|turn| turn.pieces <= 2), "{turns:?}");
}
