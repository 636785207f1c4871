//! What is kept is what would be folded, whatever was recorded in between.

use cardex_domain::fact::Fact;
use cardex_store::{OpenOptions, Position};
use cardex_testkit::history::{history, key, last_day};

use super::*;

const EVENTS: usize = 120;

fn entries(seed: u64) -> Vec<Entry> {
    let events = history(seed, EVENTS).into_iter();
    let facts = events.filter_map(|event| Some((event.key, Fact::of(&event, &key()).ok()?)));
    let entry = |(sequence, (key, fact)): (u64, (EventKey, Fact))| Entry {
        sequence,
        server_time_micros: 0,
        kind: EntryKind::Event {
            subject: "cardex.harbour.stay.reserved".into(),
            key,
            content: [0; 16],
            fact,
        },
    };
    (1..).zip(facts).map(entry).collect()
}

/// Every node that the entries speak of.
fn nodes(entries: &[Entry]) -> BTreeSet<NodeId> {
    let mut nodes = BTreeSet::new();
    for entry in entries {
        match &entry.kind {
            EntryKind::Event {
                fact: Fact::Stay(stay),
                ..
            } => {
                nodes.insert(NodeId::Stay(stay.stay));
            }
            EntryKind::Event {
                fact: Fact::Guest(guest),
                ..
            } => {
                nodes.insert(NodeId::Profile(guest.profile));
            }
            _ => {}
        }
    }
    nodes
}

#[test]
fn a_kept_profile_is_the_one_that_would_be_folded() {
    for seed in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store"), &OpenOptions::default())
            .unwrap()
            .store;
        let (profiles, active) = (Profiles::new(), Active::embedded());
        let entries = entries(seed);
        let nodes = nodes(&entries);
        let mut kept = 0;
        for (number, batch) in entries.chunks(5).enumerate() {
            let sequence = batch[batch.len() - 1].sequence;
            let incarnation = "one".to_owned();
            store
                .write(
                    batch,
                    &Position {
                        incarnation,
                        sequence,
                    },
                )
                .unwrap();
            profiles.recorded(&store, batch).unwrap();
            let (at, reader) = (profiles.now(), store.read());
            // Another part of the nodes each time, so that what is kept is asked for sooner and later.
            for node in nodes.iter().skip(number % 3).step_by(3) {
                let stay = match node {
                    NodeId::Stay(stay) => Some(*stay),
                    NodeId::Profile(_) => None,
                };
                let occasion = Occasion {
                    property: PropertyId::new("garden").unwrap(),
                    stay,
                    as_of: last_day(),
                };
                let asked = (*node, occasion.clone());
                let before = profiles.profiles.0.lock().kept.peek(&asked).cloned();
                let given = profiles.of(&reader, &active, asked, at).unwrap();
                kept += usize::from(before.is_some_and(|b| Arc::ptr_eq(&b.folded, &given)));
                let folded = profile_of(&reader, &active.settings(), *node, &occasion);
                assert_eq!(
                    *given,
                    folded.unwrap(),
                    "seed {seed}, {node} after {sequence}"
                );
            }
        }
        assert!(kept > EVENTS / 4, "seed {seed}: only {kept} were kept");
    }
}

#[test]
fn who_had_a_room_is_looked_up_only_where_something_is_filed_under_it() {
    let dir = tempfile::tempdir().unwrap();
    let opened = Store::open(&dir.path().join("store"), &OpenOptions::default());
    let store = opened.unwrap().store;
    let (profiles, active) = (Profiles::new(), Active::embedded());
    // So few that nothing is filed under some of the rooms.
    let entries: Vec<Entry> = (0..4)
        .flat_map(|seed| entries(seed).into_iter().take(40))
        .collect();
    let entries: Vec<Entry> = (1..)
        .zip(entries)
        .map(|(sequence, entry)| Entry { sequence, ..entry })
        .collect();
    let position = Position {
        incarnation: "one".to_owned(),
        sequence: entries[entries.len() - 1].sequence,
    };
    store.write(&entries, &position).unwrap();
    profiles.recorded(&store, &entries).unwrap();
    let (at, reader) = (profiles.now(), store.read());
    let given = entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Event {
            fact: Fact::Stay(stay),
            ..
        } => Some((stay.property.clone(), stay.given_room()?.clone())),
        _ => None,
    });
    let given: BTreeSet<(PropertyId, Room)> = given.collect();
    let (mut had, mut looked_up) = (BTreeSet::new(), BTreeSet::new());
    for node in nodes(&entries) {
        let occasion = Occasion {
            property: PropertyId::new("garden").unwrap(),
            stay: None,
            as_of: last_day(),
        };
        let asked = (node, occasion);
        profiles.of(&reader, &active, asked.clone(), at).unwrap();
        let kept = profiles
            .profiles
            .0
            .lock()
            .kept
            .peek(&asked)
            .cloned()
            .unwrap();
        let looks = |lookup: Lookup<'_>| kept.lookups.contains(&lookup.into());
        for (property, room) in &given {
            if looks(Lookup::Room(property, room)) {
                looked_up.insert((property.clone(), room.clone()));
            }
            if looks(Lookup::Under(&Reference::Room(
                property.clone(),
                room.clone(),
            ))) {
                had.insert((property.clone(), room.clone()));
            }
        }
    }
    assert!(!looked_up.is_empty());
    for (property, room) in &looked_up {
        let room = Reference::Room(property.clone(), room.clone());
        let notes = reader.noted_under(&room, None).unwrap();
        let corrections = reader.corrections_under(&room, None).unwrap();
        assert!(!notes.is_empty() || !corrections.is_empty(), "{room:?}");
    }
    assert!(
        had.len() > looked_up.len(),
        "of {} rooms all were looked up",
        had.len()
    );
}

#[test]
fn what_is_no_longer_known_to_be_unchanged_counts_as_changed() {
    let mut changes = Changes {
        now: 0,
        last: LruCache::new(NonZeroUsize::new(2).unwrap()),
        forgotten: 0,
        awaited: HashSet::new(),
    };
    let lookup = |n| Trace::from(Lookup::Stay(StayId([n; 16])));
    let one = [lookup(1)];
    changes.note(one);
    assert!(!changes.none_since(0, &one));
    assert!(changes.none_since(1, &one));
    changes.note([lookup(2), lookup(3)]);
    assert!(changes.none_since(1, &[lookup(4)]));
    assert!(!changes.none_since(0, &[lookup(4)]));
}

#[test]
fn what_was_looked_through_is_never_looked_through_again() {
    let mut changes = Changes {
        now: 0,
        last: LruCache::new(NonZeroUsize::new(2).unwrap()),
        forgotten: 0,
        awaited: HashSet::new(),
    };
    let lookups = |of: &[u8]| {
        let mut all: Vec<Trace> = of
            .iter()
            .map(|n| Lookup::Stay(StayId([*n; 16])).into())
            .collect();
        all.sort_unstable();
        all
    };
    let kept = Kept {
        folded: Arc::new(()),
        lookups: lookups(&[4]).into(),
        active: Active::embedded(),
        holds_until: AtomicU64::new(0),
        lent_at: None,
    };
    changes.note(lookups(&[1]));
    assert!(kept.holds(&changes));
    // Whoever had not looked by now would have to take the first change for any.
    changes.note(lookups(&[2, 3]));
    assert!(changes.forgotten > 0 && kept.holds(&changes));
    changes.note(lookups(&[4]));
    assert!(!kept.holds(&changes));
    assert!(!kept.holds(&changes), "it held once it did not");
}
