//! The pairs are a function of the records that nodes say, however they came to say them.

use cardex_domain::identity::DenyList;
use cardex_domain::ids::StayId;
use cardex_matching::Part;

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

/// Every pair with its likelihood, by what the two say.
fn said(pairs: &Pairs) -> BTreeSet<(Face, Face, u32)> {
    let likely = pairs.likely.iter();
    likely.map(|((a, b), ppm)| (*a, *b, *ppm)).collect()
}

fn of(records: impl Iterator<Item = (u16, Record)>) -> Pairs {
    let mut pairs = Pairs::default();
    for (n, record) in records {
        pairs.put(node(n), record);
    }
    pairs.settle();
    pairs
}

#[test]
fn a_pair_is_there_while_both_records_are() {
    let mut pairs = Pairs::default();
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
    assert!(pairs.blocks.is_empty() && pairs.likely.is_empty() && pairs.faces.is_empty());
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
