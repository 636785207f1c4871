//! What holds where, for how long and on which trips: laws that hold of any history, told by the pure domain, and vectors.

use std::collections::BTreeSet;

use cardex_domain::event::{Body, Event, Reach, Scope};
use cardex_domain::fact::Fact;
use cardex_domain::gather::{LeftOut, gather};
use cardex_domain::identity::{DenyList, person_of};
use cardex_domain::ids::{NodeId, PropertyId};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Occasion, Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::vocabulary::Vocabulary;
use cardex_testkit::history::{history, last_day};

use crate::harness::key;
use crate::order::settings;

const HISTORIES: u64 = 4;
const EVENTS_IN_HISTORY: usize = 250;
/// Where the histories play.
const PROPERTIES: [&str; 2] = ["harbour", "garden"];

fn ledger<'e>(events: impl IntoIterator<Item = &'e Event>) -> Ledger {
    let mut ledger = Ledger::default();
    for event in events {
        ledger.record(event.key, Fact::of(event, &key()).unwrap());
    }
    ledger
}

/// The profile of a node in its own stay, or asked for at a property.
fn profile(ledger: &Ledger, node: NodeId, property: &str) -> Profile {
    let occasion = occasion(node, property);
    let deny = DenyList::default();
    let Ok(profile) = profile_of(ledger, &settings(&deny), node, &occasion);
    profile
}

fn occasion(node: NodeId, property: &str) -> Occasion {
    Occasion {
        property: PropertyId::new(property).unwrap(),
        stay: match node {
            NodeId::Stay(stay) => Some(stay),
            NodeId::Profile(_) => None,
        },
        as_of: last_day(),
    }
}

fn scope(event: &Event) -> Option<Scope> {
    match &event.body {
        Body::Observed(seen) => Some(seen.scope),
        _ => None,
    }
}

#[test]
fn wishes_are_of_their_stay_alone_and_change_no_profile() {
    let mut wishes = 0;
    for seed in 0..HISTORIES {
        let mut events = history(seed, EVENTS_IN_HISTORY);
        // A correction may make a wish of what was lasting.
        events.retain(|event| !matches!(event.body, Body::PreferenceCorrected(_)));
        let lasting = |e: &&Event| scope(e).is_none_or(|scope| scope == Scope::Guest);
        let (all, without) = (ledger(&events), ledger(events.iter().filter(lasting)));
        for node in all.nodes() {
            let (with, without) = (
                profile(&all, node, PROPERTIES[0]),
                profile(&without, node, PROPERTIES[0]),
            );
            assert_eq!(with.attributes, without.attributes, "{node} of {seed}");
            assert!(without.wishes.is_empty());
            let NodeId::Stay(stay) = node else {
                assert!(with.wishes.is_empty(), "{node} of {seed} is in no stay");
                continue;
            };
            let Ok(Some(here)) = all.stay(stay) else {
                continue;
            };
            let told = with.wishes.values().flat_map(|a| &a.claims);
            for e in told.flat_map(|claim| &claim.evidence) {
                let Ok(Some(noted)) = all.noted(e.id.event) else {
                    panic!("evidence of no observation");
                };
                let Ok(there) = all.stay(e.stay.unwrap());
                let party = there.is_some_and(|s| s.party.is_some() && s.party == here.party);
                let shared = noted.scope == Scope::Party && party;
                assert!(e.stay == Some(stay) || shared, "{node} of {seed}");
                wishes += 1;
            }
        }
    }
    assert!(wishes > 30, "hardly any wishes: {wishes}");
}

#[test]
fn what_is_bound_to_a_property_changes_nothing_elsewhere() {
    let vocabulary = Vocabulary::embedded();
    let mut left_out = 0;
    for seed in 0..HISTORIES {
        let events = history(seed, EVENTS_IN_HISTORY);
        let all = ledger(&events);
        let [here, there] = PROPERTIES.map(|p| PropertyId::new(p).unwrap());
        let bound_there = |e: &&Event| match &e.body {
            Body::Observed(seen) if e.publisher.property.as_ref() == Some(&there) => {
                let of = |s: &cardex_domain::event::Statement| vocabulary.attribute(&s.attribute);
                let mut bound = seen.statements.iter().map(|s| of(s).map(|a| a.bound));
                match seen.reach {
                    Some(reach) => reach == Reach::Property,
                    None => bound.all(|bound| bound == Some(Reach::Property)),
                }
            }
            _ => false,
        };
        let without = ledger(events.iter().filter(|e| !bound_there(e)));
        for node in all.nodes() {
            let (mut with, mut without) = (
                profile(&all, node, PROPERTIES[0]),
                profile(&without, node, PROPERTIES[0]),
            );
            if with.property != here {
                continue;
            }
            // Kept for whoever adds words to the vocabulary, and used by nobody.
            with.uncurated.clear();
            without.uncurated.clear();
            assert_eq!(with, without, "{node} of {seed}");
            let Ok(person) = person_of(&all, &DenyList::default(), node);
            let occasion = occasion(node, PROPERTIES[0]);
            let deny = DenyList::default();
            let Ok(gathered) = gather(&all, &settings(&deny), &person, &occasion);
            let reasons: BTreeSet<LeftOut> = gathered.left_out.iter().map(|(r, _)| *r).collect();
            left_out += usize::from(reasons.contains(&LeftOut::OtherProperty));
        }
    }
    assert!(left_out > 30, "hardly anything was left out: {left_out}");
}

#[test]
fn the_fold_agrees_with_the_vectors_of_both_files() {
    let files = [
        include_str!("../../fixtures/vectors/fold_vectors.json"),
        include_str!("../../vectors/context_vectors.json"),
    ];
    for file in files {
        let (count, mismatches) = cardex_tests::vectors::check_fold(file).unwrap();
        assert!(count > 10 && mismatches.is_empty(), "{mismatches:#?}");
    }
}
