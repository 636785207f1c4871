//! The pairs are a function of the records that nodes say, however they came to say them.

use cardex_domain::identity::DenyList;
use cardex_domain::ids::StayId;
use cardex_matching::Part;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;

fn node(n: u16) -> NodeId {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    NodeId::Stay(StayId(id))
}

fn record(family: &str, given: &str, phone: &str) -> Record {
    let said = [
        (Part::Family, family),
        (Part::Given, given),
        (Part::Phone, phone),
    ];
    Record::of(&said, &DenyList::default())
}

fn nobody() -> Record {
    Record::of(&[], &DenyList::default())
}

/// Pairs as they are looked for from the first record on.
fn looking() -> Pairs {
    let mut pairs = Pairs::default();
    pairs.settle();
    pairs
}

/// Every pair with its likelihood, by what the two say.
fn said(pairs: &Pairs) -> BTreeSet<(Face, Face, u32)> {
    let face = |number| pairs.borne(number).face;
    let likely = pairs.likely.iter();
    likely
        .map(|((a, b), ppm)| (face(*a), face(*b), *ppm))
        .collect()
}

/// The same, worked out from what nodes say at last by looking at every two.
fn by_definition(last: &BTreeMap<NodeId, Record>) -> BTreeSet<(Face, Face, u32)> {
    let mut records: BTreeMap<Face, (&Record, usize)> = BTreeMap::new();
    for record in last.values() {
        if let Some(face) = face(record) {
            records.entry(face).or_insert((record, 0)).1 += 1;
        }
    }
    let mut blocks: BTreeMap<String, BTreeSet<Face>> = BTreeMap::new();
    for (face, (record, _)) in &records {
        for key in blocking_keys(record) {
            blocks.entry(key).or_default().insert(*face);
        }
    }
    let population = u64::try_from(records.len()).unwrap().next_power_of_two();
    let matcher = Matcher::new(Weights::embedded(), population.max(POPULATION_MIN));
    let mut pairs = BTreeSet::new();
    for block in blocks.values().filter(|b| b.len() <= BLOCK_RECORDS_MAX) {
        for (a, b) in block.iter().flat_map(|a| block.iter().map(move |b| (a, b))) {
            let ((one, nodes), (other, _)) = (records[a], records[b]);
            let posterior = matcher.posterior(one, other);
            if posterior >= REVIEW && (a != b || nodes > 1) {
                pairs.insert((*a, *b, ppm(posterior)));
            }
        }
    }
    pairs
}

fn of(records: impl Iterator<Item = (u16, Record)>) -> Pairs {
    let mut pairs = looking();
    for (n, record) in records {
        pairs.put(node(n), record);
    }
    pairs.settle();
    pairs
}

#[test]
fn a_pair_is_there_while_both_records_are() {
    let mut pairs = looking();
    pairs.put(node(1), record("Okonkwo", "Chiamaka", "+85366001122"));
    pairs.put(node(2), record("Okonkwo", "Chiamka", "+85366001122"));
    let two = |(a, b): &(Face, Face)| a != b;
    let both = pairs.ranked(0, u32::MAX).filter(two).count();
    assert_eq!(both, 1);
    pairs.put(node(2), record("Smith", "Ann", "+447700900123"));
    assert_eq!(pairs.ranked(0, u32::MAX).filter(two).count(), 0);
    pairs.put(node(2), nobody());
    pairs.put(node(1), nobody());
    assert_eq!(pairs.ranked(0, u32::MAX).count(), 0);
    assert!(pairs.seats.len() == 0 && pairs.likely.is_empty() && pairs.by_face.is_empty());
}

/// People of one name, more than a block holds, some of whom share a telephone with another.
fn crowd() -> Vec<(u16, Record)> {
    let people = u16::try_from(BLOCK_RECORDS_MAX).unwrap() + 20;
    let one = |n: u16| {
        let phone = format!("+8536600{:04}", n / 2);
        (n, record("Chan", "Wai", &format!("{phone}{}", n % 2)))
    };
    let same = |n: u16| {
        let given = if n.is_multiple_of(2) { "Wai" } else { "Wei" };
        (n, record("Chan", given, &format!("+8536600{:04}", n / 2)))
    };
    (0..people).map(one).chain((0..people).map(same)).collect()
}

#[test]
fn the_order_in_which_records_come_and_go_makes_no_difference() {
    let crowd = crowd();
    let last: BTreeMap<u16, Record> = crowd.iter().cloned().collect();
    let straight = of(last.clone().into_iter());
    assert!(!straight.likely.is_empty());
    // Blocks close and open on the way.
    let roundabout = of(crowd.iter().cloned());
    assert!(said(&straight) == said(&roundabout));
    let backwards = of(last.into_iter().rev());
    assert!(said(&straight) == said(&backwards));
}

#[test]
fn a_block_that_has_become_too_large_is_looked_at_again_when_it_shrinks() {
    let people = u16::try_from(BLOCK_RECORDS_MAX).unwrap();
    let likely = |n: u16| (n, record("Chan", "Wai", &format!("+85366{n:06}")));
    let full = of((0..people).map(likely));
    let mut shrunk = of((0..=people).map(likely));
    shrunk.put(node(people), nobody());
    assert!(said(&full) == said(&shrunk));
}

#[test]
fn a_record_is_a_pair_with_itself_while_several_say_it() {
    let one = || record("Okonkwo", "Chiamaka", "+85366001122");
    let mut pairs = looking();
    pairs.put(node(1), one());
    assert_eq!(pairs.ranked(0, u32::MAX).count(), 0);
    pairs.put(node(3), one());
    pairs.put(node(2), one());
    let itself: Vec<_> = pairs.ranked(0, u32::MAX).collect();
    assert_eq!(itself.len(), 1);
    let nodes: Vec<_> = pairs.nodes(itself[0].0).collect();
    assert_eq!(nodes, [node(1), node(2), node(3)]);
    pairs.put(node(3), nobody());
    assert_eq!(pairs.ranked(0, u32::MAX).count(), 1);
    pairs.put(node(1), nobody());
    assert_eq!(pairs.ranked(0, u32::MAX).count(), 0);
    let left = pairs.ranked_of([node(2)].iter(), 0, u32::MAX).count();
    assert_eq!((left, pairs.record(node(2))), (0, Some(&one())));
}

/// What somebody of a few says: names that sound alike, few birthdays, and telephones that several share.
fn anybody(random: &mut StdRng) -> Record {
    let mut one_of = |of: &[&'static str]| of[random.random_range(0..of.len())];
    let family = one_of(&["Chan", "Chen", "Cheng", "Smith", "Smyth", "Okonkwo", "曾"]);
    let given = one_of(&["Wai", "Wei", "Ann", "Anna", "Chiamaka", "Chiamka", "伟明"]);
    let born = one_of(&["", "1980-02-03", "1980-03-02", "1991-07-15"]);
    let company = one_of(&["", "", "Harbour Trading"]);
    let phone = format!("+85366{:06}", random.random_range(0..600));
    let said = [
        (Part::Family, family),
        (Part::Given, given),
        (Part::Birth, born),
        (Part::Company, company),
        (Part::Phone, &phone),
    ];
    match random.random_range(0..10) {
        0 => nobody(),
        _ => Record::of(&said, &DenyList::default()),
    }
}

#[test]
fn the_pairs_are_those_that_looking_at_every_two_finds() {
    for (seed, nodes) in [(1, 40), (2, 150), (3, 400)] {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut last, mut pairs) = (BTreeMap::new(), Pairs::default());
        // As at a start: all of them, and then what events change, a few at a time.
        for n in 0..nodes {
            last.insert(node(n), anybody(&mut random));
            pairs.put(node(n), last[&node(n)].clone());
        }
        pairs.settle();
        assert!(said(&pairs) == by_definition(&last), "seed {seed}");
        for round in 0..2 {
            for _ in 0..nodes {
                let node = node(random.random_range(0..nodes));
                last.insert(node, anybody(&mut random));
                pairs.put(node, last[&node].clone());
            }
            pairs.settle();
            assert!(said(&pairs) == by_definition(&last), "seed {seed}, {round}");
        }
        for node in last.values_mut() {
            *node = nobody();
        }
        for node in last.keys() {
            pairs.put(*node, nobody());
        }
        assert!(said(&pairs).is_empty() && pairs.seats.len() == 0);
        assert!(pairs.records.iter().all(Option::is_none));
    }
}
