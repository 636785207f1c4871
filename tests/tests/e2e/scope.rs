//! What holds where, for how long and on which trips: laws that hold of any history, told by the pure domain, and vectors.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::{Body, Event, Reach, Scope};
use cardex_domain::evidence::Evidence;
use cardex_domain::fact::{Fact, Noted};
use cardex_domain::gather::{LeftOut, gather, said};
use cardex_domain::identity::{DenyList, person_of};
use cardex_domain::ids::{AttributeId, NodeId, PropertyId, StayId};
use cardex_domain::ledger::Ledger;
use cardex_domain::party::companions;
use cardex_domain::profile::{AttributeProfile, Occasion, Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::resolve::affected;
use cardex_domain::vocabulary::Vocabulary;
use cardex_testkit::history::{history, last_day};
use cardex_tests::embedded::settings;

use crate::harness::key;

const HISTORIES: u64 = 4;
const EVENTS_IN_HISTORY: usize = 250;
/// Events of a history after each of which everything is looked at.
const EVENTS_ONE_BY_ONE: usize = 200;
/// Where the histories play.
const PROPERTIES: [&str; 2] = ["harbour", "garden"];

type Wishes = BTreeMap<AttributeId, AttributeProfile>;

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

/// For whom holds what an observation says, by the number of the statement; also what its note says.
fn scopes(noted: &Noted) -> BTreeMap<u8, Scope> {
    let deny = DenyList::default();
    let said = said(noted, &[], &settings(&deny)).into_iter();
    said.map(|said| (said.number, said.scope)).collect()
}

/// What the event says that holds for more than a stay and its party.
fn lasting(event: &Event) -> Option<Event> {
    let mut event = event.clone();
    if let Fact::Noted(noted) = Fact::of(&event, &key()).unwrap()
        && scopes(&noted).values().any(|scope| *scope != Scope::Guest)
        && let Body::Observed(seen) = &mut event.body
    {
        if seen.scope != Scope::Guest {
            return None;
        }
        // It was read from the note.
        seen.note = None;
    }
    Some(event)
}

#[test]
fn wishes_are_of_their_stay_alone_and_change_no_profile() {
    let (mut wishes, mut of_companions) = (0, 0);
    for seed in 0..HISTORIES {
        let mut events = history(seed, EVENTS_IN_HISTORY);
        // A correction may make a wish of what was lasting, so may an outcome, and what is said of a note is lost with it.
        events.retain(|event| {
            !matches!(
                event.body,
                Body::PreferenceCorrected(_) | Body::NoteJudged(_) | Body::Outcome(_)
            )
        });
        let lasting: Vec<Event> = events.iter().filter_map(lasting).collect();
        let (all, without) = (ledger(&events), ledger(&lasting));
        for node in all.nodes() {
            let (with, without) = (
                profile(&all, node, PROPERTIES[0]),
                profile(&without, node, PROPERTIES[0]),
            );
            // Who wants no notes in a stay is shown nothing there that was read from one.
            let shown_all = !with.discretion().no_personal_notes;
            assert!(
                !shown_all || with.attributes == without.attributes,
                "{node} of {seed}"
            );
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
                let Ok(companions) = companions(&all, &here);
                let together = e.stay.is_some_and(|stay| companions.contains_key(&stay));
                let scope = scopes(&noted)[&e.id.statement];
                let shared = scope == Scope::Party && together;
                of_companions += usize::from(e.stay != Some(stay));
                assert!(e.stay == Some(stay) || shared, "{node} of {seed}");
                wishes += 1;
            }
        }
    }
    assert!(wishes > 30, "hardly any wishes: {wishes}");
    assert!(
        of_companions > 5,
        "hardly any of companions: {of_companions}"
    );
}

/// The wishes of the stays that are expected or in house.
fn wishes(ledger: &Ledger) -> BTreeMap<StayId, Wishes> {
    let stays = ledger.nodes().into_iter().filter_map(|node| match node {
        NodeId::Stay(stay) => Some(stay),
        NodeId::Profile(_) => None,
    });
    let open = stays.filter(|stay| {
        let Ok(stay) = ledger.stay(*stay);
        stay.is_some_and(|stay| stay.status.is_active())
    });
    open.map(|stay| {
        let profile = profile(ledger, NodeId::Stay(stay), PROPERTIES[0]);
        (stay, profile.wishes)
    })
    .collect()
}

#[test]
fn whose_wishes_change_is_affected_also_by_what_a_companion_said() {
    let mut of_others = 0;
    for seed in 0..HISTORIES + 2 {
        let events = history(seed, EVENTS_ONE_BY_ONE);
        let mut ledger = Ledger::default();
        let mut before = BTreeMap::new();
        // Backwards, what an event rests on comes after it.
        let in_order: Vec<&Event> = match seed % 2 {
            0 => events.iter().collect(),
            _ => events.iter().rev().collect(),
        };
        for event in in_order {
            let fact = Fact::of(event, &key()).unwrap();
            ledger.record(event.key, fact.clone());
            let Ok(affected) = affected(&ledger, &DenyList::default(), &fact);
            let after = wishes(&ledger);
            for (stay, now) in &after {
                let then = before.get(stay);
                if then.is_some_and(|then| then == now) || (then.is_none() && now.is_empty()) {
                    continue;
                }
                assert!(affected.contains(stay), "{stay} by {} of {seed}", event.key);
                let own = |e: &Evidence| e.stay == Some(*stay);
                let said = now.values().flat_map(|a| &a.claims);
                let mut said = said.flat_map(|claim| &claim.evidence);
                of_others += usize::from(!said.all(own));
            }
            before = after;
        }
    }
    assert!(of_others > 3, "hardly any of companions: {of_others}");
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
        let (count, mismatches) = cardex_tests::vectors::fold::check_fold(file).unwrap();
        assert!(count > 10 && mismatches.is_empty(), "{mismatches:#?}");
    }
}
