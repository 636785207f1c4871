use std::num::NonZeroU16;

use proptest::prelude::*;

use super::*;
use crate::ids::{IdentifierKey, ProfileId, PropertyId, Room, StayId};

fn shards(count: u16) -> Shards {
    Shards::new(NonZeroU16::new(count).unwrap()).unwrap()
}

fn stay(number: u64) -> Reference {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    Reference::Node(NodeId::Stay(StayId(id)))
}

fn room(property: &str, room: &str) -> Reference {
    Reference::Room(PropertyId::new(property).unwrap(), Room::new(room).unwrap())
}

fn any_reference() -> impl Strategy<Value = Reference> {
    let id = any::<[u8; 16]>();
    prop_oneof![
        id.prop_map(|id| Reference::Node(NodeId::Stay(StayId(id)))),
        id.prop_map(|id| Reference::Node(NodeId::Profile(ProfileId(id)))),
        id.prop_map(|id| Reference::Identifier(IdentifierKey(id))),
        ("[a-z]{1,12}", "[0-9]{1,5}").prop_map(|(at, number)| room(&at, &number)),
    ]
}

/// Stores lie by these: another result is another layout, and no store of the one before can be read by it.
#[test]
fn where_a_reference_lies_is_the_same_for_ever() {
    let check = |reference: Reference, lies: u64, of: [(u16, u16); 4]| {
        assert_eq!(place(&reference), lies, "{reference:?}");
        for (count, shard) in of {
            assert_eq!(
                shards(count).of(&reference),
                shard,
                "{reference:?} of {count}"
            );
        }
    };
    let id = [7; 16];
    check(
        Reference::Node(NodeId::Profile(ProfileId(id))),
        0xdc9a_481c_f324_c92f,
        [(2, 1), (3, 1), (16, 5), (256, 122)],
    );
    check(
        Reference::Node(NodeId::Stay(StayId(id))),
        0xae62_4882_b146_26c4,
        [(2, 0), (3, 0), (16, 0), (256, 201)],
    );
    check(
        Reference::Identifier(IdentifierKey(id)),
        0x076c_2081_c28f_e13b,
        [(2, 1), (3, 2), (16, 8), (256, 73)],
    );
    check(
        room("grand", "1012"),
        0xc05a_6a00_0a28_0bc2,
        [(2, 0), (3, 2), (16, 15), (256, 64)],
    );
}

#[test]
fn there_is_a_most_of_shards() {
    let most = NonZeroU16::new(SHARDS_MAX).unwrap();
    assert_eq!(Shards::new(most).map(Shards::count), Some(SHARDS_MAX));
    assert_eq!(Shards::new(most.checked_add(1).unwrap()), None);
}

/// The ids of one after the other differ in a few bits alone, as those of a poor generator would: the worst case.
#[test]
fn references_are_spread_evenly() {
    const REFERENCES: u64 = 64_000;
    for count in [2, 3, 7, 16, 64] {
        let mut kept = vec![0_u64; usize::from(count)];
        for number in 0..REFERENCES {
            kept[usize::from(shards(count).of(&stay(number)))] += 1;
        }
        // Pearson's statistic has the mean `count - 1` and twice that as variance; ten deviations off is no chance.
        let mean = REFERENCES / u64::from(count);
        let squares: u64 = kept.iter().map(|k| k.abs_diff(mean).pow(2)).sum();
        let free = u64::from(count) - 1;
        let bound = free + 10 * (2 * free).isqrt() + 10;
        assert!(squares / mean < bound, "{count} shards keep {kept:?}");
    }
}

proptest! {
    #[test]
    fn every_reference_has_a_shard(reference in any_reference(), count in 1..=SHARDS_MAX) {
        prop_assert!(shards(count).of(&reference) < count);
    }

    #[test]
    fn one_shard_keeps_all(reference in any_reference()) {
        prop_assert_eq!(shards(1).of(&reference), 0);
    }

    /// A shard more takes from the others, and nothing goes between those that were there.
    #[test]
    fn what_moves_moves_to_the_new_shard(reference in any_reference(), count in 1..SHARDS_MAX) {
        let (before, after) = (shards(count).of(&reference), shards(count + 1).of(&reference));
        prop_assert!(after == before || after == count);
    }
}

#[test]
fn a_share_is_one_of_so_many_and_says_which() {
    assert_eq!(Share::new(shards(4), 4), None);
    let second = Share::new(shards(4), 1).unwrap();
    assert_eq!(second.to_string(), "2-of-4");
    assert_eq!(second.others().collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!((second.shard(), second.shards()), (1, shards(4)));
}

proptest! {
    #[test]
    fn each_reference_is_owned_once_and_what_names_several_is_kept_with_each(
        named in proptest::collection::vec(any_reference(), 0..4),
        count in 1_u16..20,
    ) {
        let all: Vec<_> = (0..count).filter_map(|shard| Share::new(shards(count), shard)).collect();
        for reference in &named {
            prop_assert_eq!(all.iter().filter(|share| share.owns(reference)).count(), 1);
        }
        for share in &all {
            let owns = named.iter().any(|reference| share.owns(reference));
            prop_assert_eq!(share.keeps(&named), owns || named.is_empty() && share.shard() == 0);
        }
    }
}
