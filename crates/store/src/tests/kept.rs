//! What is kept of the observations under a reference is what their rows say.

use std::sync::Arc;

use cardex_domain::fact::*;
use cardex_domain::ids::*;
use cardex_domain::ledger::Ledger;
use cardex_domain::records::{Records, Window};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::build::*;

/// What is done next: so many observations are recorded at once, each under some references at an hour, or somebody asks.
#[derive(Debug, Clone)]
enum Step {
    Record(Vec<(Vec<Reference>, i64)>),
    Ask(Reference, Option<Window>),
}

fn references() -> Vec<Reference> {
    vec![
        Reference::Node(NodeId::Stay(stay_id("a"))),
        Reference::Room(property(), room(7)),
        Reference::Room(property(), room(8)),
    ]
}

fn reference() -> impl Strategy<Value = Reference> {
    prop::sample::select(references())
}

fn window() -> impl Strategy<Value = Option<Window>> {
    let from = |hours, until: Option<i64>| {
        Some(Window {
            from: at_hours(hours),
            until: until.map(at_hours),
        })
    };
    prop::sample::select(vec![None, from(20, Some(60)), from(50, None)])
}

fn step() -> impl Strategy<Value = Step> {
    // Named twice, too, as identifiers may be.
    let under = (btree_set(reference(), 1..3), any::<bool>());
    let under = under.prop_map(|(under, twice)| {
        let under: Vec<Reference> = under.into_iter().collect();
        let again = under.first().cloned().filter(|_| twice);
        under.into_iter().chain(again).collect()
    });
    prop_oneof![
        2 => vec((under, 0_i64..80), 1..6).prop_map(Step::Record),
        3 => (reference(), window()).prop_map(|(of, within)| Step::Ask(of, within)),
    ]
}

fn keys(mut noted: Vec<Arc<Noted>>) -> Vec<Arc<Noted>> {
    noted.sort_by_key(|noted| noted.key);
    noted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_recorded_in_between(steps in vec(step(), 1..30)) {
        let temporary = Temporary::new();
        let store = temporary.open();
        let mut ledger = Ledger::default();
        let mut number = 0;
        for step in steps {
            match step {
                Step::Record(all) => {
                    let entries: Vec<_> = all.into_iter().map(|(under, hours)| {
                        number += 1;
                        let id = number.to_string();
                        let fact = noted(&id, under, hours);
                        ledger.record(event(&id), fact.clone());
                        entry(number, &id, fact)
                    }).collect();
                    apply(&store, &entries);
                }
                Step::Ask(of, within) => {
                    let read = store.read().noted_under(&of, within).unwrap();
                    prop_assert_eq!(keys(read), keys(ledger.noted_under(&of, within).unwrap()));
                }
            }
        }
    }
}

#[test]
fn is_read_once() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let under = references()[0].clone();
    let noted = |number: u64| {
        let id = number.to_string();
        entry(number, &id, noted(&id, vec![under.clone()], 1))
    };
    apply(&store, &[noted(1), noted(2), noted(3)]);
    let read = || keys(store.read().noted_under(&under, None).unwrap());
    let first = read();
    apply(&store, &[noted(4)]);
    let second = read();
    assert_eq!((first.len(), second.len()), (3, 4));
    let again = |of: &Arc<Noted>| second.iter().any(|noted| Arc::ptr_eq(of, noted));
    assert!(first.iter().all(again));
    // More than is kept of all together.
    apply(&store, &(5..=30).map(noted).collect::<Vec<_>>());
    assert_eq!(read().len(), 30);
    assert!(
        !read()
            .iter()
            .any(|noted| first.iter().any(|of| Arc::ptr_eq(of, noted)))
    );
}
