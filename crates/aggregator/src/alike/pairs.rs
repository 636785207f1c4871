//! Records, and the pairs among them that may be the same person, as records come and go.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cardex_domain::ids::{NodeId, ProfileId, content_hash};
use cardex_matching::{Field, Matcher, REVIEW, Record, Scored, Weights, blocking_keys};

use super::seats::{BlockKey, Seats};

/// Records up to which all of a block are compared. What more records share says too little to look for by itself.
const BLOCK_RECORDS_MAX: usize = 100;
/// Records for which the chances are worked out at the least.
const POPULATION_MIN: u64 = 1024;

/// The node before all others.
const LEAST: NodeId = NodeId::Profile(ProfileId([0; 16]));
/// Why what has a number is there.
const NUMBERED: &str = "a number is given away while its record is there";

/// A record by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Face([u8; 16]);

/// A record by its place here, which another may have once nobody says it any more.
pub(super) type Number = u32;

/// The records of all nodes, and the pairs of them from [`REVIEW`] on. Before [`Pairs::settle`] was called for the first
/// time there are no pairs.
///
/// What is kept of each guest decides how much memory many take: records stand here once, and everything else names them
/// by their numbers.
pub(crate) struct Pairs {
    weights: Arc<Weights>,
    matcher: Matcher,
    /// The number of records, rounded up to a power of two, that the matcher reckons with; `None` while no pairs are looked
    /// for, since all records are yet to come.
    population: Option<u64>,
    records: Vec<Option<Borne>>,
    /// Places among the records that are free.
    free: Vec<Number>,
    by_face: HashMap<Face, Number>,
    by_node: HashMap<NodeId, Number>,
    /// The nodes of each record that several say.
    several: BTreeSet<(Number, NodeId)>,
    seats: Seats,
    /// Both ways round.
    likely: BTreeMap<(Number, Number), u32>,
    /// The same once, the likeliest first, and of equals in the order of what they say: that is the same wherever the
    /// records are.
    ranked: BTreeSet<(Reverse<u32>, Face, Face)>,
}

/// A record and the node that says it.
struct Borne {
    record: Record,
    face: Face,
    /// `None` where several do.
    node: Option<NodeId>,
}

impl Default for Pairs {
    fn default() -> Self {
        Self::new(Arc::new(Weights::embedded().clone()))
    }
}

impl Pairs {
    /// No records yet.
    pub(crate) fn new(weights: Arc<Weights>) -> Self {
        Self {
            matcher: Matcher::new(&weights, POPULATION_MIN),
            weights,
            population: None,
            records: Vec::new(),
            free: Vec::new(),
            by_face: HashMap::new(),
            by_node: HashMap::new(),
            several: BTreeSet::new(),
            seats: Seats::default(),
            likely: BTreeMap::new(),
            ranked: BTreeSet::new(),
        }
    }

    /// Says what a node says now.
    pub(crate) fn put(&mut self, node: NodeId, record: Record) {
        let now = face(&record);
        let before = self.by_node.get(&node).copied();
        if before.map(|before| self.borne(before).face) == now {
            return;
        }
        if let Some(before) = before {
            self.by_node.remove(&node);
            self.forget(node, before);
        }
        let Some(face) = now else { return };
        if let Some(number) = self.by_face.get(&face).copied() {
            self.by_node.insert(node, number);
            self.several.insert((number, node));
            if let Some(first) = self.borne_mut(number).node.take() {
                self.several.insert((number, first));
                self.weigh(number, number);
            }
            return;
        }
        let number = self.add(Borne {
            record,
            face,
            node: Some(node),
        });
        self.by_node.insert(node, number);
        for key in self.keys(number) {
            self.seats.take(key, number);
            if self.population.is_none() {
                continue;
            }
            let block = self.block(key);
            match block.len() {
                full if full <= BLOCK_RECORDS_MAX => {
                    for other in block {
                        self.weigh(number, other);
                    }
                }
                one_more if one_more == BLOCK_RECORDS_MAX + 1 => self.close(&block),
                _ => {}
            }
        }
    }

    /// Looks for the pairs of all records, when that was not done or there are twice or half as many as were reckoned with.
    pub(crate) fn settle(&mut self) {
        let records = u64::try_from(self.by_face.len()).unwrap_or(u64::MAX);
        let population = records.next_power_of_two().max(POPULATION_MIN);
        if self.population == Some(population) {
            return;
        }
        self.population = Some(population);
        self.matcher = Matcher::new(&self.weights, population);
        self.likely.clear();
        self.ranked.clear();
        let several: BTreeSet<Number> = self.several.iter().map(|(number, _)| *number).collect();
        for number in several {
            self.weigh(number, number);
        }
        let mut seats = std::mem::take(&mut self.seats);
        for block in seats.blocks() {
            let block: Vec<Number> = block.take(BLOCK_RECORDS_MAX + 1).collect();
            if block.len() <= BLOCK_RECORDS_MAX {
                self.weigh_all(&block);
            }
        }
        self.seats = seats;
    }

    /// The pairs between these likelihoods, in parts per million, the likeliest first. A record is a pair with itself
    /// where two guests who say all the same would be one.
    pub(crate) fn ranked(&self, from: u32, below: u32) -> impl Iterator<Item = (Face, Face)> {
        let pairs = self.ranked.iter();
        let pairs = pairs.skip_while(move |(Reverse(ppm), ..)| *ppm >= below);
        let pairs = pairs.take_while(move |(Reverse(ppm), ..)| *ppm >= from);
        pairs.map(|(_, a, b)| (*a, *b))
    }

    /// The same of the records that these nodes say.
    pub(crate) fn ranked_of<'n>(
        &self,
        nodes: impl Iterator<Item = &'n NodeId>,
        from: u32,
        below: u32,
    ) -> impl Iterator<Item = (Face, Face)> {
        let said: BTreeSet<Number> = nodes.filter_map(|n| self.by_node.get(n).copied()).collect();
        let mut ranked = BTreeSet::new();
        for number in said {
            let pairs = self.pairs_of(number);
            let pairs = pairs.filter(|(_, ppm)| (from..below).contains(ppm));
            let face = |number| self.borne(number).face;
            ranked.extend(pairs.map(|(other, ppm)| (Reverse(ppm), face(number), face(other))));
        }
        ranked.into_iter().map(|(_, one, other)| (one, other))
    }

    /// The nodes that say this.
    pub(crate) fn nodes(&self, face: Face) -> impl Iterator<Item = NodeId> {
        let number = self.by_face.get(&face).copied();
        number
            .into_iter()
            .flat_map(|number| match self.borne(number).node {
                Some(node) => Nodes::One(Some(node).into_iter()),
                None => Nodes::Several(self.several_of(number)),
            })
    }

    /// What a node says.
    pub(crate) fn record(&self, node: NodeId) -> Option<&Record> {
        let number = self.by_node.get(&node)?;
        Some(&self.borne(*number).record)
    }

    /// Weighs two records.
    pub(crate) fn compare(&self, a: &Record, b: &Record) -> Scored {
        self.matcher.compare(a, b)
    }

    fn add(&mut self, borne: Borne) -> Number {
        let number = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            Number::try_from(self.records.len() - 1).expect("there are fewer than 2^32 records")
        });
        self.by_face.insert(borne.face, number);
        self.records[number as usize] = Some(borne);
        number
    }

    fn borne(&self, number: Number) -> &Borne {
        let borne = self.records[number as usize].as_ref();
        borne.expect(NUMBERED)
    }

    fn borne_mut(&mut self, number: Number) -> &mut Borne {
        let borne = self.records[number as usize].as_mut();
        borne.expect(NUMBERED)
    }

    /// The nodes of a record that several say.
    fn several_of(&self, number: Number) -> impl Iterator<Item = NodeId> {
        let several = self.several.range((number, LEAST)..);
        let several = several.take_while(move |(of, _)| *of == number);
        several.map(|(_, node)| *node)
    }

    /// What a record may be the same person as, and how likely.
    fn pairs_of(&self, number: Number) -> impl Iterator<Item = (Number, u32)> {
        let pairs = self.likely.range((number, 0)..=(number, Number::MAX));
        pairs.map(|((_, other), ppm)| (*other, *ppm))
    }

    fn forget(&mut self, node: NodeId, before: Number) {
        if self.borne(before).node.is_none() {
            self.several.remove(&(before, node));
            let mut left = self.several_of(before);
            if let (Some(last), None) = (left.next(), left.next()) {
                drop(left);
                self.several.remove(&(before, last));
                self.borne_mut(before).node = Some(last);
                self.drop_pair(before, before);
            }
            return;
        }
        let others: Vec<Number> = self.pairs_of(before).map(|(other, _)| other).collect();
        for other in others {
            self.drop_pair(before, other);
        }
        let keys = self.keys(before);
        for key in &keys {
            self.seats.leave(*key, before);
        }
        let face = self.borne(before).face;
        self.by_face.remove(&face);
        self.records[before as usize] = None;
        self.free.push(before);
        if self.population.is_none() {
            return;
        }
        for key in keys {
            let block = self.block(key);
            if block.len() == BLOCK_RECORDS_MAX {
                self.weigh_all(&block);
            }
        }
    }

    /// A block has become too large to look for pairs in: those go that are found in no other.
    fn close(&mut self, block: &[Number]) {
        for (one, other) in couples(block) {
            if self.likely.contains_key(&(one, other)) && !self.meet(one, other) {
                self.drop_pair(one, other);
            }
        }
    }

    fn meet(&self, a: Number, b: Number) -> bool {
        let (a, b) = (self.keys(a), self.keys(b));
        a.intersection(&b)
            .any(|key| self.block(*key).len() <= BLOCK_RECORDS_MAX)
    }

    fn keys(&self, number: Number) -> BTreeSet<BlockKey> {
        let keys = blocking_keys(&self.borne(number).record).into_iter();
        keys.map(|key| {
            let [a, b, c, d, e, f, g, h, ..] = content_hash(key.as_bytes());
            [a, b, c, d, e, f, g, h]
        })
        .collect()
    }

    /// The records of a block, as far as its size matters.
    fn block(&self, key: BlockKey) -> Vec<Number> {
        let block = self.seats.block(key);
        block.take(BLOCK_RECORDS_MAX + 2).collect()
    }

    fn weigh_all(&mut self, block: &[Number]) {
        for (one, other) in couples(block) {
            self.weigh(one, other);
        }
    }

    /// Weighs two records; one with itself only where several nodes say it, for the others could be nobody else.
    fn weigh(&mut self, a: Number, b: Number) {
        if self.population.is_none() || self.likely.contains_key(&(a, b)) {
            return;
        }
        let (one, other) = (self.borne(a), self.borne(b));
        if a == b && one.node.is_some() {
            return;
        }
        let posterior = self.matcher.posterior(&one.record, &other.record);
        if posterior >= REVIEW {
            let ppm = ppm(posterior);
            let ranked = rank(ppm, one, other);
            self.likely.extend([((a, b), ppm), ((b, a), ppm)]);
            self.ranked.insert(ranked);
        }
    }

    fn drop_pair(&mut self, a: Number, b: Number) {
        if let Some(ppm) = self.likely.remove(&(a, b)) {
            self.likely.remove(&(b, a));
            let ranked = rank(ppm, self.borne(a), self.borne(b));
            self.ranked.remove(&ranked);
        }
    }
}

/// The nodes that say a record.
enum Nodes<S> {
    One(std::option::IntoIter<NodeId>),
    Several(S),
}

impl<S: Iterator<Item = NodeId>> Iterator for Nodes<S> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        match self {
            Self::One(nodes) => nodes.next(),
            Self::Several(nodes) => nodes.next(),
        }
    }
}

/// Every two of a block.
fn couples(block: &[Number]) -> impl Iterator<Item = (Number, Number)> {
    let each = block.iter().enumerate();
    each.flat_map(|(at, one)| block[at + 1..].iter().map(|other| (*one, *other)))
}

/// Where a pair stands among all.
fn rank(ppm: u32, one: &Borne, other: &Borne) -> (Reverse<u32>, Face, Face) {
    let (one, other) = (one.face, other.face);
    (Reverse(ppm), one.min(other), one.max(other))
}

/// The record by its content; `None` when it says nothing.
fn face(record: &Record) -> Option<Face> {
    let mut text = String::new();
    for field in Field::ALL {
        text.push_str(record.value(*field));
        text.push('\0');
    }
    (!record.says_nothing()).then(|| Face(content_hash(text.as_bytes())))
}

/// A probability in parts per million, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability is between 0 and 1"
)]
pub(crate) fn ppm(probability: f64) -> u32 {
    (probability.clamp(0.0, 1.0) * 1_000_000.0) as u32
}

#[cfg(test)]
mod tests;
