//! Which shard keeps what was noticed under a reference, where a group's evidence is divided among several stores.
//! `deploy/scale.md` says what dividing is worth, by this router.
//!
//! Rendezvous hashing (Thaler, Ravishankar: "Using name-based mappings to increase hit rates", 1998): each shard draws a
//! number from the reference, and the highest keeps it. So it needs no table, and one shard more takes its share from
//! all the others and moves nothing between them.

use std::fmt;
use std::num::NonZeroU16;

use crate::fact::Reference;
use crate::ids::{NodeId, content_hash};

/// The most shards that evidence is divided among.
pub const SHARDS_MAX: u16 = 256;

/// How many shards evidence is divided among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shards(NonZeroU16);

impl Shards {
    /// So many shards; none when they are more than [`SHARDS_MAX`].
    #[must_use]
    pub fn new(shards: NonZeroU16) -> Option<Self> {
        (shards.get() <= SHARDS_MAX).then_some(Self(shards))
    }

    /// How many they are.
    #[must_use]
    pub fn count(self) -> u16 {
        self.0.get()
    }

    /// The shard that keeps what stands under `reference`, from 0 on. The same in every version: stores lie by it.
    #[must_use]
    pub fn of(self, reference: &Reference) -> u16 {
        self.at(place(reference))
    }

    /// The same of a place, so that it need be worked out only once where several numbers of shards are compared.
    #[must_use]
    pub fn at(self, place: u64) -> u16 {
        // Of two that draw the same the first keeps it.
        let drawn = |shard: &u16| (mixed(place ^ mixed(u64::from(*shard) + 1)), !*shard);
        (0..self.count())
            .max_by_key(drawn)
            .expect("there is at least one shard")
    }
}

/// The part that one store keeps of what is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    shards: Shards,
    shard: u16,
}

impl Share {
    /// The share of the shard of this number among so many; none when there are not so many.
    #[must_use]
    pub fn new(shards: Shards, shard: u16) -> Option<Self> {
        (shard < shards.count()).then_some(Self { shards, shard })
    }

    /// Among how many it is divided.
    #[must_use]
    pub fn shards(self) -> Shards {
        self.shards
    }

    /// Which shard it is, from 0 on.
    #[must_use]
    pub fn shard(self) -> u16 {
        self.shard
    }

    /// Whether what stands under `reference` is looked up here and nowhere else.
    #[must_use]
    pub fn owns(self, reference: &Reference) -> bool {
        self.shards.of(reference) == self.shard
    }

    /// Whether an observation that names these is kept here: each shard that one of them belongs to keeps all of it, and
    /// the first one what names nobody.
    #[must_use]
    pub fn keeps(self, references: &[Reference]) -> bool {
        match references {
            [] => self.shard == 0,
            named => named.iter().any(|reference| self.owns(reference)),
        }
    }

    /// Whether it is told of here, and nowhere else, what names these.
    #[must_use]
    pub fn tells_of(self, references: &[Reference]) -> bool {
        let first = references.first();
        first.map_or(self.shard == 0, |first| self.owns(first))
    }

    /// The other shards.
    pub fn others(self) -> impl Iterator<Item = u16> {
        (0..self.shards.count()).filter(move |shard| *shard != self.shard)
    }
}

/// As people count them, from 1 on: `2-of-4`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-of-{}", self.shard + 1, self.shards.count())
    }
}

/// Where a reference lies among all that can be: the first eight bytes of the SHA-256 of what it is.
#[must_use]
pub fn place(reference: &Reference) -> u64 {
    let mut text = Vec::with_capacity(64);
    let mut of_id = |kind: u8, id: &[u8; 16]| {
        text.push(kind);
        text.extend_from_slice(id);
    };
    match reference {
        Reference::Node(NodeId::Profile(profile)) => of_id(1, &profile.0),
        Reference::Node(NodeId::Stay(stay)) => of_id(2, &stay.0),
        Reference::Identifier(identifier) => of_id(3, &identifier.0),
        Reference::Room(property, room) => {
            text.push(4);
            text.extend_from_slice(property.as_str().as_bytes());
            text.push(0);
            text.extend_from_slice(room.as_str().as_bytes());
        }
    }
    let hash = content_hash(&text);
    let (front, _) = hash.split_first_chunk().expect("a hash has 16 bytes");
    u64::from_be_bytes(*front)
}

/// Each bit of the result depends on all of `x`: the finisher of `SplitMix64` (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", 2014).
const fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests;
