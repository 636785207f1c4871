//! The look-ups beside those of the domain.

use std::collections::BTreeSet;

use cardex_domain::event::*;
use cardex_domain::fact::*;
use cardex_domain::ids::*;
use cardex_domain::records::Records;
use cardex_domain::time::Day;

use super::build::*;
use crate::{Entry, EntryKind, Gap, Reader};

fn about_room(number: u32) -> Vec<Reference> {
    vec![Reference::Room(property(), room(number))]
}

fn about_stay(reservation: &str) -> Vec<Reference> {
    vec![Reference::Node(NodeId::Stay(stay_id(reservation)))]
}

#[test]
fn arrivals_follow_the_booking_as_it_stands() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let reserved = |day| StayChange::Reserved(details(day, None));
    apply(
        &store,
        &[
            entry(1, "1", stay("1", "a", 0, reserved(3))),
            entry(2, "2", stay("2", "b", 0, reserved(4))),
            entry(
                3,
                "3",
                stay("3", "b", 1, StayChange::Amended(details(9, None))),
            ),
            // Nobody booked it: it counts from the day of the check-in.
            entry(4, "4", stay("4", "walk-in", 100, checked_in(7))),
        ],
    );
    let reader = store.read();
    let between = |from: i32, to: i32| -> Vec<String> {
        let days = (Day(20_000 + from), Day(20_000 + to));
        let stays = reader.stays_between(&property(), days.0, days.1).unwrap();
        stays.iter().map(|s| s.reservation.to_string()).collect()
    };
    assert_eq!(between(3, 4), ["a", "walk-in"]);
    assert_eq!(between(9, 9), ["b"]);
    assert_eq!(between(0, 2), Vec::<String>::new());
    assert_eq!(between(9, 3), Vec::<String>::new());
    let other = PropertyId::new("macau2").unwrap();
    let all = (Day(i32::MIN), Day(i32::MAX));
    assert!(
        reader
            .stays_between(&other, all.0, all.1)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        reader
            .stays_between(&property(), all.0, all.1)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn names_are_found_by_the_beginnings_of_their_words() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let booking = |guest| StayChange::Reserved(details(1, Some(guest)));
    let zhuang = person("Zhuang", "Wei Ming", "E1");
    let han = person("庄", "伟明", "E2");
    apply(
        &store,
        &[
            entry(1, "1", stay("1", "a", 0, booking(zhuang))),
            entry(2, "2", stay("2", "b", 0, booking(han))),
        ],
    );
    let reader = store.read();
    let find = |words: &[&str]| {
        let words: BTreeSet<String> = words.iter().map(|w| (*w).to_owned()).collect();
        reader.nodes_named(&words).unwrap().nodes
    };
    let a = NodeId::Stay(stay_id("a"));
    assert_eq!(find(&["zhu"]), [a]);
    assert_eq!(find(&["ming", "zhuang"]), [a]);
    assert_eq!(find(&["zhuang", "li"]), []);
    assert_eq!(find(&["庄"]), [NodeId::Stay(stay_id("b"))]);
    assert_eq!(find(&[]), []);
}

#[test]
fn only_what_may_have_nobody_is_watched() {
    let temporary = Temporary::new();
    let store = temporary.open();
    apply(
        &store,
        &[
            entry(1, "1", noted("1", about_stay("a"), 1)),
            entry(2, "2", stay("2", "a", 0, checked_in(7))),
            entry(3, "3", noted("3", about_stay("a"), 1)),
            entry(4, "4", noted("4", about_room(7), 1)),
        ],
    );
    apply(&store, &[entry(5, "5", noted("5", about_stay("a"), 1))]);
    let reader = store.read();
    let watched = |since, limit| -> Vec<u64> {
        let rows = reader.watched(&property(), since, limit).unwrap();
        rows.iter().map(|w| w.sequence).collect()
    };
    assert_eq!(watched(0, 9), [1, 4]);
    assert_eq!(watched(2_000, 9), [4]);
    assert_eq!(watched(0, 1), [1]);
}

#[test]
fn what_is_watched_is_found_from_any_sequence_on() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let entries: Vec<Entry> = (1..=40)
        .map(|number| {
            let id = number.to_string();
            // Another server takes over, whose clock is half an hour behind.
            let slow = if number % 16 > 8 { HOUR_MICROS / 2 } else { 0 };
            Entry {
                server_time_micros: 1_700_000_000_000_000 + number as i64 * 60_000_000 - slow,
                ..entry(number, &id, noted(&id, about_room(7), 1))
            }
        })
        .collect();
    apply(&store, &entries);
    let reader = store.read();
    let later = |since, limit| -> BTreeSet<u64> {
        let rows = reader.watched_after(&property(), since, limit).unwrap();
        rows.iter().map(|w| w.sequence).collect()
    };
    for since in 0..=41 {
        assert_eq!(
            later(since, 99),
            (since + 1..=40).collect(),
            "since {since}"
        );
    }
    assert_eq!(later(16, 3).len(), 3);
    let elsewhere = PropertyId::new("macau2").unwrap();
    assert!(reader.watched_after(&elsewhere, 0, 9).unwrap().is_empty());
}

fn taken_back(id: &str, target: &str) -> Fact {
    Fact::Retracted(RetractedFact {
        key: event(id),
        target: event(target),
        statement: None,
    })
}

fn same(id: &str, a: &str, b: &str) -> Fact {
    let node = |reservation| NodeId::Stay(stay_id(reservation));
    linked(id, LinkKind::Same, node(a), node(b))
}

fn moved(to: &str) -> Judgement<Vec<Reference>> {
    Judgement::SomeoneElse {
        evidence: evidence(),
        to: Owner::Guest(about_stay(to)),
    }
}

#[test]
fn what_may_have_nothing_behind_it_is_watched() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let left = || StayChange::CheckedOut;
    let never = || Judgement::NeverWas(claim());
    apply(
        &store,
        &[
            entry(1, "1", stay("1", "a", 0, left())),
            entry(2, "2", stay("2", "b", 0, checked_in(7))),
            entry(3, "3", stay("3", "b", 1, left())),
            entry(4, "4", noted("4", about_stay("b"), 1)),
            entry(5, "5", taken_back("5", "4")),
            entry(6, "6", taken_back("6", "nowhere")),
            entry(7, "7", corrected("7", about_stay("b"), never())),
            entry(8, "8", corrected("8", about_stay("unknown"), never())),
            entry(9, "9", undone("9", UndoKind::Corrections, &["7"])),
            entry(
                10,
                "10",
                undone("10", UndoKind::Corrections, &["7", "nowhere"]),
            ),
            entry(11, "11", same("11", "b", "a")),
            entry(12, "12", same("12", "b", "c")),
            entry(13, "13", corrected("13", about_stay("b"), moved("c"))),
            entry(14, "14", corrected("14", about_stay("b"), moved("a"))),
        ],
    );
    let reader = store.read();
    let rows = reader.watched(&property(), 0, 9).unwrap();
    let watched: Vec<u64> = rows.iter().map(|row| row.sequence).collect();
    // What is undone may be of another kind, so that is looked at each time.
    assert_eq!(watched, [1, 6, 8, 9, 10, 12, 13]);
}

fn card(revision: u64, item: &ItemId) -> Fact {
    Fact::Card(CardEvent {
        stay: stay_id("a"),
        department: DepartmentId::new("dining").unwrap(),
        revision,
        change: CardChange::Issued,
        items: vec![CardItem {
            item: item.clone(),
            rule: RuleId::new("sauce").unwrap(),
            claims: vec![CardClaim {
                attribute: AttributeId::new("dining.cuisine").unwrap(),
                value: "sichuan".into(),
                says: Says::Unwanted,
            }],
            is_for_this_stay: true,
        }],
        occurred_at: at_hours(5),
    })
}

fn outcome(id: &str, item: &ItemId) -> Fact {
    Fact::Outcome(OutcomeFact {
        key: event(id),
        property: property(),
        department: DepartmentId::new("dining").unwrap(),
        outcome: Outcome {
            stay: stay_id("a"),
            item: item.clone(),
            outcome: OutcomeKind::Done,
            occurred_at: at_hours(6),
            by: None,
            note: None,
        },
    })
}

fn item(rule: &str) -> ItemId {
    let department = DepartmentId::new("dining").unwrap();
    ItemId::of(stay_id("a"), &department, &RuleId::new(rule).unwrap(), &[])
}

#[test]
fn boards_and_outcomes_are_found_by_stay_and_item() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let (sauce, dish) = (item("sauce"), item("dish"));
    apply(
        &store,
        &[
            entry(1, "1", card(300, &sauce)),
            entry(2, "2", card(20, &dish)),
            entry(3, "3", outcome("3", &sauce)),
            entry(4, "4", outcome("4", &dish)),
        ],
    );
    let reader = store.read();
    let cards = reader.cards_of(stay_id("a")).unwrap();
    let mut revisions: Vec<u64> = cards.iter().map(|(_, card)| card.revision).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [20, 300]);
    for (key, read) in cards {
        let told = [
            (event("1"), card(300, &sauce)),
            (event("2"), card(20, &dish)),
        ];
        assert!(told.contains(&(key, Fact::Card(read))));
    }
    assert_eq!(reader.outcomes_of(stay_id("a")).unwrap().len(), 2);
    let of_sauce = reader.outcome(event("3")).unwrap().unwrap();
    assert_eq!(of_sauce.outcome.item, sauce);
    assert_eq!(reader.outcome(event("1")).unwrap(), None);
}

#[test]
fn the_newest_activation_of_each_setting_holds() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let activation = |setting, hash: &str| {
        Fact::Setting(ConfigActivation {
            setting,
            hash: hash.into(),
            by: None,
        })
    };
    apply(
        &store,
        &[
            entry(1, "1", activation(Setting::Vocabulary, "v1")),
            entry(300, "2", activation(Setting::Vocabulary, "v2")),
            entry(301, "3", activation(Setting::DenyList, "d1")),
        ],
    );
    let settings = store.read().settings().unwrap();
    let hashes: Vec<_> = settings
        .values()
        .map(|a| (a.sequence, &*a.activation.hash))
        .collect();
    assert_eq!(hashes, [(300, "v2"), (301, "d1")]);
}

#[test]
fn gaps_are_kept() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let gap = Entry {
        sequence: 12,
        server_time_micros: 9,
        kind: EntryKind::Gap {
            first: 4,
            last: 11,
            explained: false,
        },
    };
    apply(&store, std::slice::from_ref(&gap));
    apply(&store, &[gap]);
    let reader = store.read();
    let expected = Gap {
        first: 4,
        last: 11,
        explained: false,
        server_time_micros: 9,
    };
    assert_eq!(reader.gaps().unwrap(), [expected]);
    assert_eq!(reader.counts().gaps, 1);
}

#[test]
fn every_message_that_touches_a_person_is_listed() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let guest = person("Zhuang", "Wei Ming", "E1");
    let passport = key().identifier("document", "E1");
    let retraction = Fact::Retracted(RetractedFact {
        key: event("7"),
        target: event("4"),
        statement: None,
    });
    let check_in = StayChange::CheckedIn {
        room: room(7),
        details: details(0, Some(guest)),
    };
    let in_room = noted("4", about_room(7), 2);
    apply(
        &store,
        &[
            entry(1, "1", stay("1", "a", 1, check_in)),
            entry(2, "2", noted("2", about_stay("a"), 2)),
            entry(3, "3", noted("3", vec![Reference::Identifier(passport)], 2)),
            entry(4, "4", in_room.clone()),
            entry(5, "5", noted("5", about_room(7), 0)),
            entry(6, "6", noted("6", about_stay("other"), 2)),
            entry(7, "7", retraction),
            entry(8, "8", card(8, &item("sauce"))),
            entry(9, "9", outcome("9", &item("sauce"))),
            entry(10, "4", in_room),
            entry(11, "11", note_judged("11", "2", CountsAs::Stated, 3)),
            entry(12, "12", note_judged("12", "6", CountsAs::Stated, 3)),
        ],
    );
    let nodes = BTreeSet::from([NodeId::Stay(stay_id("a"))]);
    let messages = store.read().messages_of(&nodes).unwrap();
    assert_eq!(messages, BTreeSet::from([1, 2, 3, 4, 7, 8, 9, 10, 11]));
}

/// The sequences of the notes of the property, newest first, in pages of two.
fn listed(reader: &Reader<'_>) -> Vec<u64> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = reader.written(&property(), before, 2).unwrap();
        let Some(last) = page.last() else { return all };
        before = Some(last.sequence);
        all.extend(page.iter().map(|written| written.sequence));
    }
}

#[test]
fn notes_are_listed_the_newest_first_and_only_their_propertys() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let written = |id: &str, property: PropertyId| {
        let Fact::Noted(fact) = noted(id, about_room(7), 2) else {
            panic!("a note is a note");
        };
        Fact::Noted(Noted {
            note: Some("loves lilies".into()),
            property,
            ..fact
        })
    };
    let elsewhere = PropertyId::new("macau2").unwrap();
    let entries = [
        entry(1, "1", written("1", property())),
        entry(2, "2", noted("2", about_room(7), 2)),
        entry(3, "3", written("3", property())),
        entry(4, "4", written("4", elsewhere)),
        entry(300, "5", written("5", property())),
    ];
    apply(&store, &entries);
    assert_eq!(listed(&store.read()), [300, 3, 1]);
    let page = store.read().written(&property(), None, 1).unwrap();
    assert_eq!(page[0].event, event("5"));
    assert_eq!(page[0].department.as_str(), "dining");
}

#[test]
fn what_is_taken_back_is_found_also_after_opening_anew() {
    let temporary = Temporary::new();
    let store = temporary.open();
    let about = vec![Reference::Node(NodeId::Stay(stay_id("r")))];
    apply(&store, &[entry(1, "a", noted("a", about.clone(), 1))]);
    assert_eq!(store.read().retracted(event("a")).unwrap(), []);
    let taken_back = Fact::Retracted(RetractedFact {
        key: event("b"),
        target: event("a"),
        statement: None,
    });
    apply(&store, &[entry(2, "b", taken_back)]);
    assert_eq!(store.read().retracted(event("a")).unwrap(), [None]);
    store.close().unwrap();
    let store = temporary.open();
    assert_eq!(store.read().retracted(event("a")).unwrap(), [None]);
    assert_eq!(store.read().retracted(event("c")).unwrap(), []);
}
