//! Stores that divide rows among them: each answers with what the others lend as one that has them all.

use std::num::NonZeroU16;

use cardex_domain::event::*;
use cardex_domain::fact::*;
use cardex_domain::ids::*;
use cardex_domain::ledger::Ledger;
use cardex_domain::records::Records;
use cardex_domain::shard::{Shards, Share};
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use super::model::{agree, batches, entries, told};
use crate::{
    Asked, Entry, EntryKind, Lent, OpenOptions, Reader, Repaired, SnapshotError, Store, StoreError,
};

/// As often a question is answered anew at the most, until it lacks nothing.
const TRIES_MAX: usize = 8;

fn share(shard: u16, shards: u16) -> Share {
    let shards = Shards::new(NonZeroU16::new(shards).unwrap()).unwrap();
    Share::new(shards, shard).unwrap()
}

fn keeping(share: Share) -> OpenOptions {
    OpenOptions {
        share: Some(share),
        ..options()
    }
}

/// Stores of all shards, from the first on.
struct Divided {
    directories: Vec<Temporary>,
    stores: Vec<Store>,
}

impl Divided {
    fn among(shards: u16) -> Self {
        let directories: Vec<_> = (0..shards).map(|_| Temporary::new()).collect();
        let open = |(shard, directory): (u16, &Temporary)| {
            let options = keeping(share(shard, shards));
            Store::open(&directory.path(), &options).unwrap().store
        };
        let stores = (0..).zip(&directories).map(open).collect();
        Self {
            directories,
            stores,
        }
    }

    fn apply(&self, batch: &[Entry]) {
        for store in &self.stores {
            apply(store, batch);
        }
    }

    /// Lends what the reader lacks; whether that was anything.
    fn lend(&self, reader: Reader<'_>) -> Option<Vec<(Vec<u8>, crate::Wants)>> {
        let missing = reader.missing();
        drop(reader);
        let lend = |(shard, ask): (u16, crate::Wants)| {
            let asked = Asked::decode(&ask.encoded(0, 0)).unwrap();
            (
                asked.lent(&self.stores[usize::from(shard)].read()).unwrap(),
                ask,
            )
        };
        (!missing.is_empty()).then(|| missing.into_iter().map(lend).collect())
    }

    /// What is answered by the store of a shard once it lacks nothing.
    fn answer<T>(&self, shard: usize, answer: impl Fn(&Reader<'_>) -> T) -> T {
        let mut lent = Lent::default();
        for _ in 0..TRIES_MAX {
            let reader = self.stores[shard].read_with(&mut lent);
            let answered = answer(&reader);
            let Some(parts) = self.lend(reader) else {
                return answered;
            };
            for (part, mut ask) in parts {
                lent.take(&mut ask, &part).unwrap();
            }
        }
        panic!("it lacks something still");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_answers_as_the_ledger_does(
        told in vec(told(), 1..60),
        again in vec(any::<prop::sample::Index>(), 0..10),
        sizes in vec(1_usize..20, 1..5),
        shards in 1_u16..5,
    ) {
        let divided = Divided::among(shards);
        let mut ledger = Ledger::default();
        for batch in batches(entries(&told, &again), &sizes) {
            divided.apply(&batch);
            for entry in &batch {
                if let EntryKind::Event { key, fact, .. } = &entry.kind {
                    ledger.record(*key, fact.clone());
                }
            }
        }
        for shard in 0..usize::from(shards) {
            divided.answer(shard, |reader| agree(&ledger, reader, told.len()));
            divided.stores[shard].verify().unwrap();
        }
    }
}

/// Observations of some guests, each with a note of some length.
fn notes(guests: u64, each: u64) -> Vec<Entry> {
    (0..guests * each)
        .map(|n| {
            let guest = format!("r{}", n % guests);
            let Fact::Noted(mut fact) = noted(&n.to_string(), vec![under(&guest)], n as i64) else {
                unreachable!("a note is a note")
            };
            fact.note = Some("long ".repeat(400).into());
            entry(n + 1, &n.to_string(), Fact::Noted(fact))
        })
        .collect()
}

fn under(reservation: &str) -> Reference {
    Reference::Node(NodeId::Stay(stay_id(reservation)))
}

#[test]
fn what_is_more_than_a_message_holds_is_lent_in_parts() {
    let divided = Divided::among(2);
    let entries = notes(4, 500);
    for some in entries.chunks(100) {
        divided.apply(some);
    }
    let mut parts = 0;
    for guest in 0..4 {
        let of = under(&format!("r{guest}"));
        let away = usize::from(!share(0, 2).owns(&of));
        let mut lent = Lent::default();
        let reader = divided.stores[1 - away].read_with(&mut lent);
        assert!(reader.noted_under(&of, None).unwrap().is_empty());
        let (_, mut ask) = reader.missing().pop_first().unwrap();
        drop(reader);
        while !ask.is_empty() {
            let asked = Asked::decode(&ask.encoded(0, 0)).unwrap();
            let part = asked.lent(&divided.stores[away].read()).unwrap();
            assert!(part.len() < 1_000_000, "{} bytes", part.len());
            assert_eq!(lent.take(&mut ask, &part).unwrap(), 2_000);
            parts += 1;
        }
        let reader = divided.stores[1 - away].read_with(&mut lent);
        assert_eq!(reader.noted_under(&of, None).unwrap().len(), 500);
        assert!(reader.is_whole());
    }
    assert!(parts > 4, "{parts} parts of four guests' observations");
}

#[test]
fn what_was_lent_is_dropped_once_something_came_since() {
    let divided = Divided::among(2);
    divided.apply(&notes(8, 1));
    let of = (0..8).map(|n| under(&format!("r{n}")));
    let of: Vec<_> = of.filter(|of| share(1, 2).owns(of)).collect();
    let [changes, stays, ..] = &of[..] else {
        panic!("the second keeps nothing")
    };
    let mut lent = Lent::default();
    let read = |lent: &mut Lent, of: &Reference| {
        let reader = divided.stores[0].read_with(lent);
        let found = reader.noted_under(of, None).unwrap().len();
        (found, reader.missing().pop_first())
    };
    for of in [changes, stays] {
        let (found, missing) = read(&mut lent, of);
        let (shard, mut ask) = missing.unwrap();
        assert_eq!((found, shard), (0, 1));
        let asked = Asked::decode(&ask.encoded(8, 0)).unwrap();
        assert_eq!(asked.at_least, 8);
        let part = asked.lent(&divided.stores[1].read()).unwrap();
        assert_eq!(lent.take(&mut ask, &part).unwrap(), 8);
    }
    divided.apply(&[entry(9, "new", noted("new", vec![changes.clone()], 1))]);
    assert!(
        read(&mut lent, changes).1.is_some(),
        "it is not all there is"
    );
    let (found, missing) = read(&mut lent, stays);
    assert!(found == 1 && missing.is_none(), "nothing came there");
}

#[test]
fn what_became_of_items_stands_with_their_stay() {
    let divided = Divided::among(3);
    let whole = Temporary::new();
    let whole = whole.open();
    let mut sequence = 0;
    let mut all = Vec::new();
    for guest in 0..12 {
        let stay = stay_id(&format!("r{guest}"));
        for is_outcome in [false, true] {
            sequence += 1;
            let id = sequence.to_string();
            let of = format!("r{guest}");
            let fact = match is_outcome {
                true => outcome_of(&id, &of, "fruit", OutcomeKind::Wrong),
                false => issued(&of, "fruit"),
            };
            all.push((stay, entry(sequence, &id, fact)));
        }
    }
    let entries: Vec<_> = all.iter().map(|(_, entry)| entry.clone()).collect();
    divided.apply(&entries);
    apply(&whole, &entries);
    let told = |reader: &Reader<'_>| {
        let mut told = Vec::new();
        for (stay, of) in &all {
            let EntryKind::Event { key, .. } = &of.kind else {
                unreachable!("all are events")
            };
            told.push(format!(
                "{:?} {:?} {:?} {:?}",
                reader.cards_of(*stay).unwrap(),
                reader.outcomes_of(*stay).unwrap(),
                reader.outcome(*key).unwrap(),
                reader.fact_of(*key).unwrap(),
            ));
        }
        let wrong = reader.wrong(&property(), None, 100).unwrap();
        (told, format!("{wrong:?}"), reader.lessons().clone())
    };
    let expected = told(&whole.read());
    for shard in 0..3 {
        assert!(expected == divided.answer(shard, told), "shard {shard}");
        let rows = divided.stores[shard].verify().unwrap().rows;
        assert!(rows < whole.verify().unwrap().rows, "it keeps all");
    }
}

#[test]
fn words_that_wait_are_listed_from_all_shards() {
    let divided = Divided::among(3);
    let whole = Temporary::new();
    let whole = whole.open();
    let word_of = |said: &Statement| Some(said.value.to_string());
    for entry in notes(9, 4) {
        let at = position(entry.sequence);
        for store in divided.stores.iter().chain([&whole]) {
            let batch = std::slice::from_ref(&entry);
            store.write_marking(batch, &at, &word_of).unwrap();
        }
    }
    let waiting = |reader: &Reader<'_>| {
        let (mut waiting, mut last) = (Vec::new(), None);
        while let Some((attribute, word)) = {
            let after = last
                .as_ref()
                .map(|(a, w): &(AttributeId, String)| (a, w.as_str()));
            reader.next_uncurated(after).unwrap()
        } {
            let marked = reader.uncurated(&attribute, &word, 30).unwrap();
            waiting.push((word.clone(), format!("{marked:?}")));
            last = Some((attribute, word));
        }
        waiting
    };
    let expected = waiting(&whole.read());
    assert!(!expected.is_empty());
    for shard in 0..3 {
        assert_eq!(divided.answer(shard, waiting), expected, "shard {shard}");
        let here = waiting(&divided.stores[shard].read());
        assert_ne!(here, expected, "all of it is at shard {shard}");
    }
}

#[test]
fn a_share_stays_what_it_is_wherever_its_store_goes() {
    let divided = Divided::among(2);
    divided.apply(&notes(6, 2));
    let mut snapshot = Vec::new();
    divided.stores[0]
        .snapshot("KEY", &mut snapshot, &mut |_| true)
        .unwrap();
    let Divided {
        directories,
        stores,
    } = divided;
    let rows: Vec<_> = stores.iter().map(|store| store.verify().unwrap()).collect();
    drop(stores);
    let path = directories[0].path();
    for wrong in [None, Some(share(1, 2)), Some(share(0, 3))] {
        let options = OpenOptions {
            share: wrong,
            ..options()
        };
        let refused = Store::open(&path, &options).unwrap_err();
        assert!(
            matches!(refused, StoreError::OtherShare { .. }),
            "{refused}"
        );
        let to = Temporary::new();
        let refused = Store::restore(&to.path(), &snapshot[..], "KEY", &options, &mut |_| true);
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, SnapshotError::Store(StoreError::OtherShare { .. })),
            "{refused}"
        );
        assert!(!Store::is_there(&to.path()));
    }
    let repaired = Store::repair(&path, &options()).unwrap();
    assert_eq!(repaired, Repaired::default());
    Store::compact(&path, &options()).unwrap();
    let kept = keeping(share(0, 2));
    let again = Store::open(&path, &kept).unwrap().store;
    assert_eq!(again.verify().unwrap().state, rows[0].state);
    let to = Temporary::new();
    Store::restore(&to.path(), &snapshot[..], "KEY", &kept, &mut |_| true).unwrap();
    let restored = Store::open_as_it_is(&to.path(), &options()).unwrap();
    assert_eq!(restored.share(), Some(share(0, 2)));
    assert_eq!(restored.verify().unwrap().state, rows[0].state);
    assert_ne!(rows[0].state, rows[1].state);
}

#[test]
fn what_no_shard_asks_for_or_lends_is_refused() {
    let divided = Divided::among(2);
    divided.apply(&notes(8, 1));
    let of = (0..8).map(|n| under(&format!("r{n}")));
    let of = of.into_iter().find(|of| share(1, 2).owns(of)).unwrap();
    let mut lent = Lent::default();
    let reader = divided.stores[0].read_with(&mut lent);
    reader.noted_under(&of, None).unwrap();
    let (_, mut ask) = reader.missing().pop_first().unwrap();
    drop(reader);
    let asked = ask.encoded(0, 0);
    let part = Asked::decode(&asked).unwrap();
    let part = part.lent(&divided.stores[1].read()).unwrap();
    for at in 0..asked.len() {
        assert!(Asked::decode(&asked[..at]).is_err(), "cut at {at}");
    }
    for at in 0..part.len() {
        let mut other = Lent::default();
        assert!(
            other.take(&mut ask.clone(), &part[..at]).is_err(),
            "cut at {at}"
        );
        let mut flipped = part.clone();
        flipped[at] ^= 0x10;
        // What can't be told from what was meant does no harm: rows are what they were, or refused.
        let _ = other.take(&mut ask.clone(), &flipped);
    }
    lent.take(&mut ask, &part).unwrap();
    assert!(ask.is_empty());
}

/// A store that lies on a disk says so by these bytes.
#[test]
fn what_a_store_keeps_is_written_in_its_format() {
    let temporary = Temporary::new();
    let path = temporary.path();
    drop(Store::open(&path, &keeping(share(2, 200))).unwrap());
    crate::guard::wait_released(&path).unwrap();
    let Ok(engine) = crate::engine::Engine::open(&path, 8 << 20) else {
        panic!("a sound store opens");
    };
    let row = engine
        .get(crate::keys::format().as_bytes())
        .unwrap()
        .unwrap();
    // Format of the row, of the store, 200 shards, the third; before the checksum.
    assert_eq!(row[..row.len() - 4], [1, 9, 200, 2]);
}

/// What claims to be longer than anything is refused before room is made for it.
#[test]
fn a_length_from_outside_is_not_believed() {
    let divided = Divided::among(2);
    divided.apply(&notes(8, 1));
    let mut lent = Lent::default();
    let reader = divided.stores[0].read_with(&mut lent);
    for n in 0..8 {
        reader.noted_under(&under(&format!("r{n}")), None).unwrap();
    }
    let (_, ask) = reader.missing().pop_first().unwrap();
    drop(reader);
    let asked = ask.encoded(0, 0);
    let part = Asked::decode(&asked).unwrap();
    let part = part.lent(&divided.stores[1].read()).unwrap();
    // A varint of eight bytes.
    let huge = [&[253], &[0xff; 7][..], &[0x3f]].concat();
    for at in 1..asked.len() {
        assert!(Asked::decode(&[&asked[..at], &huge].concat()).is_err());
    }
    for at in 1..part.len() {
        let bomb = [&part[..at], &huge].concat();
        assert!(Lent::default().take(&mut ask.clone(), &bomb).is_err());
    }
}

/// The rows of one observation in a store of the first of two shards, which is closed then: whole under a reference of the
/// second, and where it is pointed at from one of the first.
fn pointed_at(directory: &Temporary) -> (crate::keys::Key, crate::keys::Key) {
    let first = share(0, 2);
    let named = |ours: bool| {
        let all = (0..99).map(|n| under(&format!("r{n}")));
        all.into_iter().find(|of| first.owns(of) == ours).unwrap()
    };
    let (ours, theirs) = (named(true), named(false));
    let store = Store::open(&directory.path(), &keeping(first))
        .unwrap()
        .store;
    let fact = noted("1", vec![theirs.clone(), ours.clone()], 5);
    apply(&store, &[entry(1, "1", fact)]);
    assert_eq!(store.verify().unwrap().elsewhere, 0);
    store.close().unwrap();
    let at = at_hours(5).utc_micros;
    let key = |of: &Reference| crate::keys::note(Some(of), at, event("1"));
    (key(&theirs), key(&ours))
}

#[test]
fn an_observation_that_is_to_be_here_is_missed_though_another_shard_has_it() {
    let directory = Temporary::new();
    let (whole, _) = pointed_at(&directory);
    change_row(&directory.path(), whole.as_bytes(), Vec::clear);
    let store = Store::open(&directory.path(), &keeping(share(0, 2)))
        .unwrap()
        .store;
    let found = store.verify().unwrap_err().to_string();
    assert!(found.contains("points at nothing"), "{found}");
}

#[test]
fn what_follows_from_rows_of_another_shard_is_not_taken_away() {
    let divided = Divided::among(2);
    divided.apply(&notes(8, 2));
    let Divided {
        directories,
        stores,
    } = divided;
    let verified = stores[0].verify().unwrap();
    assert!(verified.elsewhere > 0);
    drop(stores);
    let path = directories[0].path();
    // Of each observation the list of notes has a row at every shard.
    for sequence in 1..=16 {
        let row = crate::keys::written(&property(), sequence);
        change_row(&path, row.as_bytes(), |value| value[1] ^= 1);
    }
    let refused = Store::repair(&path, &options()).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
}
