//! What outcomes teach is a function of the set of events, whatever their order and batches.

use std::collections::BTreeMap;

use cardex_domain::event::OutcomeKind;
use cardex_domain::fact::Fact;
use cardex_domain::ids::RuleId;
use cardex_domain::lessons::{Fate, Tally};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::build::*;
use crate::curate::UNDERSTOOD;
use crate::engine::{Batch, Engine};
use crate::keys::{self, Kind};
use crate::migrate::ROWS_AT_ONCE;
use crate::rows::{Behind, FormatRow};
use crate::seal::seal;
use crate::{Entry, EntryKind, Store};

const STAYS: [&str; 3] = ["a", "b", "c"];
const RULES: [&str; 2] = ["sauce", "flowers"];

/// What can be told of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    Issued,
    Expired,
    Became(OutcomeKind),
}

type Telling = (&'static str, &'static str, Told);

fn telling() -> impl Strategy<Value = Telling> {
    use OutcomeKind::{Acknowledged, Declined, Delighted, Done, NotPossible, Wrong};
    let became = select(vec![
        Acknowledged,
        Declined,
        Delighted,
        Done,
        NotPossible,
        Wrong,
    ]);
    let told = prop_oneof![
        2 => Just(Told::Issued),
        1 => Just(Told::Expired),
        3 => became.prop_map(Told::Became),
    ];
    (select(&STAYS[..]), select(&RULES[..]), told)
}

fn entries(tellings: &[Telling]) -> Vec<Entry> {
    let facts = tellings.iter().enumerate().map(|(n, (stay, rule, told))| {
        let id = n.to_string();
        let fact = match told {
            Told::Issued => issued(stay, rule),
            Told::Expired => expired(stay, rule),
            Told::Became(outcome) => outcome_of(&id, stay, rule, *outcome),
        };
        (id, fact)
    });
    let facts: Vec<(String, Fact)> = facts.collect();
    (1_u64..)
        .zip(&facts)
        .map(|(n, (id, fact))| entry(n, id, fact.clone()))
        .collect()
}

/// What the tellings come to, worked out at once.
fn taught(tellings: &[Telling]) -> BTreeMap<RuleId, Tally> {
    let mut all = BTreeMap::new();
    for rule in RULES {
        for stay in STAYS {
            let of_item = || {
                tellings
                    .iter()
                    .filter(|t| (t.0, t.1) == (stay, rule))
                    .map(|t| t.2)
            };
            let outcomes = of_item().filter_map(|told| match told {
                Told::Became(outcome) => Some(outcome),
                _ => None,
            });
            let fate = Fate {
                outcomes: outcomes.collect(),
                expired: of_item().any(|told| told == Told::Expired),
            };
            if of_item().any(|told| told == Told::Issued) {
                let sum: &mut Tally = all.entry(RuleId::new(rule).unwrap()).or_default();
                *sum = sum.replacing(Tally::default(), fate.tally());
            }
        }
    }
    all.retain(|_, tally| *tally != Tally::default());
    all
}

/// What the store learnt, rules that it learnt nothing of left out.
fn learnt(store: &Store) -> BTreeMap<RuleId, Tally> {
    let reader = store.read();
    let lessons = reader.lessons().iter();
    let learnt = lessons.map(|((_, rule), lesson)| (rule.clone(), lesson.tally));
    learnt
        .filter(|(_, tally)| *tally != Tally::default())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lessons_are_the_sum_of_what_became_of_each_item(
        tellings in vec(telling(), 1..40),
        cuts in vec(any::<Index>(), 0..6),
        order in any::<u64>(),
    ) {
        let mut turned = tellings.clone();
        turned.rotate_left((order % tellings.len() as u64) as usize);
        turned.reverse();
        for tellings in [&tellings, &turned] {
            let temporary = Temporary::new();
            let store = temporary.open();
            let entries = entries(tellings);
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(entries.len())).collect();
            ends.extend([0, entries.len()]);
            ends.sort_unstable();
            for batch in ends.windows(2).filter(|w| w[0] < w[1]) {
                apply(&store, &entries[batch[0]..batch[1]]);
            }
            prop_assert_eq!(learnt(&store), taught(tellings));
            store.verify().unwrap();
            store.close().unwrap();
            prop_assert_eq!(learnt(&temporary.open()), taught(tellings));
        }
    }
}

#[test]
fn a_store_of_before_learns_what_it_was_told() {
    use OutcomeKind::{Declined, Done, Wrong};
    let tellings = [
        ("a", "sauce", Told::Issued),
        ("a", "sauce", Told::Became(Done)),
        ("b", "sauce", Told::Issued),
        ("b", "sauce", Told::Became(Declined)),
        ("b", "sauce", Told::Became(Wrong)),
        ("c", "flowers", Told::Became(Done)),
    ];
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &entries(&tellings));
    store.close().unwrap();
    forget(&temporary, &[Kind::Fate, Kind::Lesson]);
    let store = temporary.open();
    assert_eq!(learnt(&store), taught(&tellings));
    // And goes on from there: what is said again changes nothing, what is new does.
    let again = [
        ("a", "sauce", Told::Became(Done)),
        ("c", "flowers", Told::Issued),
    ];
    let mut entries = entries(&[&tellings[..], &again].concat());
    apply(&store, &entries.split_off(tellings.len()));
    assert_eq!(learnt(&store), taught(&[&tellings[..], &again].concat()));
}

#[test]
fn what_is_left_of_a_kill_while_it_learns_changes_nothing() {
    // More items than are written at a time.
    let items = ROWS_AT_ONCE + 44;
    let told = (0..items).flat_map(|item| {
        let (stay, id) = (format!("s{item}"), format!("o{item}"));
        let became = outcome_of(&id, &stay, "sauce", OutcomeKind::Done);
        [(format!("i{item}"), issued(&stay, "sauce")), (id, became)]
    });
    let entries: Vec<Entry> = (1..)
        .zip(told)
        .map(|(n, (id, fact))| entry(n, &id, fact))
        .collect();
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(&store, &entries);
    let before = learnt(&store);
    let sauce = &before[&RuleId::new("sauce").unwrap()];
    assert!(sauce.taken_up >= items as u64, "{sauce:?}");
    store.close().unwrap();
    // The fates were written, the lessons that come after them were not.
    forget(&temporary, &[Kind::Lesson]);
    assert_eq!(learnt(&temporary.open()), before);
}

#[test]
fn what_is_understood_late_is_news_from_then_on() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let letter = EntryKind::DeadLetter {
        subject: "cardex.macau.outcome.dining.pos".into(),
        code: "unknown_type".into(),
        detail: "".into(),
        key: None,
        decoder: 1,
    };
    let letter = Entry {
        kind: letter,
        ..entry(2, "2", issued("a", "sauce"))
    };
    apply(
        &store,
        &[
            entry(1, "1", issued("a", "sauce")),
            letter,
            entry(9, "9", issued("b", "sauce")),
        ],
    );
    let understood = entry(2, "2", outcome_of("2", "a", "sauce", OutcomeKind::Done));
    store
        .resolve_dead_letter(2, &understood, UNDERSTOOD)
        .unwrap();
    let reader = store.read();
    let taught = reader
        .lessons()
        .values()
        .map(|lesson| lesson.sequence)
        .max();
    assert_eq!(taught, Some(9));
}

/// Leaves the store as the version before left it, or a kill in a step from that one, without rows of these kinds.
fn forget(temporary: &Temporary, kinds: &[Kind]) {
    crate::guard::wait_released(&temporary.path()).unwrap();
    let Ok(engine) = Engine::open(&temporary.path(), 8 << 20) else {
        panic!("a sound store opens");
    };
    let mut batch = Batch::default();
    for row in engine.all() {
        let (key, _) = row.unwrap();
        if Kind::of(&key).is_some_and(|kind| kinds.contains(&kind)) {
            batch.remove(&key);
        }
    }
    seal(
        keys::format().as_bytes(),
        &FormatRow {
            version: 5,
            share: Behind(None),
        },
        |key, value| {
            batch.put(key, value);
        },
    )
    .unwrap();
    engine.apply(batch).unwrap();
    engine.sync().unwrap();
}
