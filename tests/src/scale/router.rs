//! A group's guests before the router: how evenly it spreads their evidence, how many shards one guest's evidence lies
//! on, and how much one shard more would move.

use std::num::NonZeroU16;
use std::thread;

use cardex_domain::fact::Reference;
use cardex_domain::ids::{NodeId, ProfileId, StayId};
use cardex_domain::shard::{SHARDS_MAX, Shards, place};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

/// Parts in which guests are drawn, each by a seed of its own: the result is the same on any number of cores.
const PARTS: u64 = 256;
/// Of a hundred guests so many come once more, and of those again so many: about two and a half stays a guest.
const RETURNS_PERCENT: u32 = 60;
/// Observations of a stay: from none to this many, any as likely.
const OBSERVATIONS_MAX: u64 = 16;

/// How evidence is spread over so many shards.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Spread {
    /// How many shards.
    pub shards: u16,
    /// Guests, each known by a profile and by every stay.
    pub guests: u64,
    /// References under which there may be evidence.
    pub references: u64,
    /// Pieces of evidence.
    pub pieces: u64,
    /// The fullest shard over the mean, less one, in parts per million.
    pub fullest_over_ppm: u64,
    /// The emptiest under the mean, likewise.
    pub emptiest_under_ppm: u64,
    /// On how many shards the references of one guest lie, in the mean.
    pub shards_of_a_guest: f64,
    /// On how many at most, of 99 of 100 guests.
    pub shards_of_a_guest_p99: usize,
    /// The share of evidence that one shard more would move, in parts per million.
    pub moved_ppm: u64,
}

/// What is counted of guests.
struct Counted {
    references: u64,
    moved: u64,
    kept: Vec<u64>,
    /// Guests by how many shards their references lie on.
    guests_on: Vec<u64>,
}

/// Spreads the evidence of made-up guests.
pub(super) fn spread(guests: u64, shards: Shards, seed: u64) -> Spread {
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let counted = thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|thread| {
                let parts = (thread..PARTS).step_by(threads as usize);
                scope.spawn(move || count(guests, shards, seed, parts))
            })
            .collect();
        let counted = working.into_iter().map(|of| of.join());
        counted
            .map(|of| of.expect("counting does not panic"))
            .reduce(Counted::and)
            .expect("there is at least one thread")
    });
    counted.spread(guests, shards)
}

fn count(guests: u64, shards: Shards, seed: u64, parts: impl Iterator<Item = u64>) -> Counted {
    let more = NonZeroU16::new(shards.count() + 1).and_then(Shards::new);
    let mut counted = Counted::nothing();
    for part in parts {
        let mut random = StdRng::seed_from_u64(seed ^ (part << 32));
        for _ in 0..guests / PARTS + u64::from(part < guests % PARTS) {
            let mut on = [0_u64; 4];
            let profile = Reference::Node(NodeId::Profile(ProfileId(random.random())));
            counted.add(&profile, 1, (shards, more), &mut on);
            loop {
                let stay = Reference::Node(NodeId::Stay(StayId(random.random())));
                let pieces = random.random_range(0..=OBSERVATIONS_MAX);
                counted.add(&stay, pieces, (shards, more), &mut on);
                if random.random_range(0..100) >= RETURNS_PERCENT {
                    break;
                }
            }
            let on: u32 = on.iter().map(|word| word.count_ones()).sum();
            counted.guests_on[on as usize] += 1;
        }
    }
    counted
}

impl Counted {
    fn nothing() -> Self {
        let most = usize::from(SHARDS_MAX) + 1;
        Self {
            references: 0,
            moved: 0,
            kept: vec![0; most],
            guests_on: vec![0; most],
        }
    }

    fn add(
        &mut self,
        reference: &Reference,
        pieces: u64,
        (shards, more): (Shards, Option<Shards>),
        on: &mut [u64; 4],
    ) {
        let place = place(reference);
        let shard = shards.at(place);
        self.references += 1;
        self.kept[usize::from(shard)] += pieces;
        if more.is_some_and(|more| more.at(place) != shard) {
            self.moved += pieces;
        }
        on[usize::from(shard / 64)] |= 1 << (shard % 64);
    }

    fn and(mut self, other: Self) -> Self {
        self.references += other.references;
        self.moved += other.moved;
        let sums = self.kept.iter_mut().chain(&mut self.guests_on);
        for (sum, more) in sums.zip(other.kept.iter().chain(&other.guests_on)) {
            *sum += more;
        }
        self
    }

    fn spread(mut self, guests: u64, shards: Shards) -> Spread {
        self.kept.truncate(usize::from(shards.count()));
        let pieces: u64 = self.kept.iter().sum();
        let ppm = |of: u64, whole: u64| of * 1_000_000 / whole.max(1);
        let mean = pieces / u64::from(shards.count());
        let fullest = self.kept.iter().max().copied().unwrap_or_default();
        let emptiest = self.kept.iter().min().copied().unwrap_or_default();
        let on: u64 = (0..).zip(&self.guests_on).map(|(n, of)| n * of).sum();
        let mut below = 0;
        let p99 = self.guests_on.iter().position(|of| {
            below += of;
            below * 100 >= guests * 99
        });
        Spread {
            shards: shards.count(),
            guests,
            references: self.references,
            pieces,
            fullest_over_ppm: ppm(fullest - mean, mean),
            emptiest_under_ppm: ppm(mean.saturating_sub(emptiest), mean),
            shards_of_a_guest: on as f64 / guests as f64,
            shards_of_a_guest_p99: p99.unwrap_or_default(),
            moved_ppm: ppm(self.moved, pieces),
        }
    }
}
