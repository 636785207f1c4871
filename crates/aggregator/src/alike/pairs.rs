//! Records, and the pairs among them that may be the same person, as records come and go.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex_domain::ids::{NodeId, content_hash};
use cardex_matching::{Field, Matcher, REVIEW, Record, Scored, Weights, blocking_keys};

/// Records up to which all of a block are compared. What more records share says too little to look for by itself.
const BLOCK_RECORDS_MAX: usize = 100;
/// Records for which the chances are worked out at the least.
const POPULATION_MIN: u64 = 1024;

/// A record by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Face([u8; 16]);

/// What records have in common that are compared.
type BlockKey = [u8; 16];

/// The records of all nodes, and the pairs of them from [`REVIEW`] on.
pub(crate) struct Pairs {
    weights: Arc<Weights>,
    matcher: Matcher,
    /// The number of records, rounded up to a power of two, that the matcher reckons with.
    population: u64,
    faces: BTreeMap<Face, Borne>,
    face_of: BTreeMap<NodeId, Face>,
    blocks: BTreeSet<(BlockKey, Face)>,
    /// Both ways round.
    likely: BTreeMap<(Face, Face), u32>,
    /// The same once, the likeliest first.
    ranked: BTreeSet<(Reverse<u32>, Face, Face)>,
}

/// A record and the nodes that say it.
struct Borne {
    record: Record,
    nodes: BTreeSet<NodeId>,
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
            population: POPULATION_MIN,
            faces: BTreeMap::new(),
            face_of: BTreeMap::new(),
            blocks: BTreeSet::new(),
            likely: BTreeMap::new(),
            ranked: BTreeSet::new(),
        }
    }

    /// Says what a node says now.
    pub(crate) fn put(&mut self, node: NodeId, record: Record) {
        let now = face(&record);
        if self.face_of.get(&node) == now.as_ref() {
            return;
        }
        if let Some(before) = self.face_of.remove(&node) {
            self.forget(node, before);
        }
        let Some(now) = now else { return };
        self.face_of.insert(node, now);
        if let Some(borne) = self.faces.get_mut(&now) {
            borne.nodes.insert(node);
            return;
        }
        let nodes = BTreeSet::from([node]);
        self.faces.insert(now, Borne { record, nodes });
        self.weigh(now, now);
        for key in self.keys(now) {
            self.blocks.insert((key, now));
            let block = self.block(key);
            match block.len() {
                full if full <= BLOCK_RECORDS_MAX => {
                    for other in block {
                        self.weigh(now, other);
                    }
                }
                one_more if one_more == BLOCK_RECORDS_MAX + 1 => self.close(&block),
                _ => {}
            }
        }
    }

    /// Reckons with another number of records, when there are twice or half as many as were reckoned with.
    pub(crate) fn settle(&mut self) {
        let records = u64::try_from(self.faces.len()).unwrap_or(u64::MAX);
        let population = records.next_power_of_two().max(POPULATION_MIN);
        if population == self.population {
            return;
        }
        self.population = population;
        self.matcher = Matcher::new(&self.weights, population);
        self.likely.clear();
        self.ranked.clear();
        let faces: Vec<Face> = self.faces.keys().copied().collect();
        for one in faces {
            self.weigh(one, one);
            for key in self.keys(one) {
                let block = self.block(key);
                if block.len() <= BLOCK_RECORDS_MAX {
                    for other in block.into_iter().filter(|other| *other > one) {
                        self.weigh(one, other);
                    }
                }
            }
        }
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
        let faces: BTreeSet<Face> = nodes.filter_map(|n| self.face_of.get(n).copied()).collect();
        let mut ranked = BTreeSet::new();
        for face in faces {
            let pairs = self.likely.range((face, Face([0; 16]))..);
            let pairs = pairs.take_while(|((one, _), _)| *one == face);
            let pairs = pairs.filter(|(_, ppm)| (from..below).contains(*ppm));
            ranked.extend(pairs.map(|((one, other), ppm)| (Reverse(*ppm), *one, *other)));
        }
        ranked.into_iter().map(|(_, one, other)| (one, other))
    }

    /// The nodes that say this.
    pub(crate) fn nodes(&self, face: Face) -> impl Iterator<Item = NodeId> {
        let borne = self.faces.get(&face).into_iter();
        borne.flat_map(|borne| borne.nodes.iter().copied())
    }

    /// What a node says.
    pub(crate) fn record(&self, node: NodeId) -> Option<&Record> {
        let face = self.face_of.get(&node)?;
        self.faces.get(face).map(|borne| &borne.record)
    }

    /// Weighs two records.
    pub(crate) fn compare(&self, a: &Record, b: &Record) -> Scored {
        self.matcher.compare(a, b)
    }

    fn forget(&mut self, node: NodeId, before: Face) {
        let Some(borne) = self.faces.get_mut(&before) else {
            return;
        };
        borne.nodes.remove(&node);
        if !borne.nodes.is_empty() {
            return;
        }
        let keys = self.keys(before);
        self.faces.remove(&before);
        let others = self.likely.range((before, Face([0; 16]))..);
        let others = others.take_while(|((one, _), _)| *one == before);
        let others: Vec<Face> = others.map(|((_, other), _)| *other).collect();
        for other in others {
            self.drop_pair(before, other);
        }
        for key in &keys {
            self.blocks.remove(&(*key, before));
        }
        for key in keys {
            let block = self.block(key);
            if block.len() == BLOCK_RECORDS_MAX {
                for (at, one) in block.iter().enumerate() {
                    for other in &block[at + 1..] {
                        self.weigh(*one, *other);
                    }
                }
            }
        }
    }

    /// A block has become too large to look for pairs in: those go that are found in no other.
    fn close(&mut self, block: &[Face]) {
        for (at, one) in block.iter().enumerate() {
            for other in &block[at + 1..] {
                if self.likely.contains_key(&(*one, *other)) && !self.meet(*one, *other) {
                    self.drop_pair(*one, *other);
                }
            }
        }
    }

    fn meet(&self, a: Face, b: Face) -> bool {
        let (a, b) = (self.keys(a), self.keys(b));
        a.intersection(&b)
            .any(|key| self.block(*key).len() <= BLOCK_RECORDS_MAX)
    }

    fn keys(&self, face: Face) -> BTreeSet<BlockKey> {
        let borne = self.faces.get(&face).into_iter();
        let keys = borne.flat_map(|borne| blocking_keys(&borne.record));
        keys.map(|key| content_hash(key.as_bytes())).collect()
    }

    /// The records of a block, as far as its size matters.
    fn block(&self, key: BlockKey) -> Vec<Face> {
        let from = (key, Face([0; 16]));
        let all = self.blocks.range(from..).take_while(|(k, _)| *k == key);
        all.map(|(_, face)| *face)
            .take(BLOCK_RECORDS_MAX + 2)
            .collect()
    }

    fn weigh(&mut self, a: Face, b: Face) {
        let (a, b) = (a.min(b), a.max(b));
        if self.likely.contains_key(&(a, b)) {
            return;
        }
        let (Some(one), Some(other)) = (self.faces.get(&a), self.faces.get(&b)) else {
            return;
        };
        let posterior = self.matcher.posterior(&one.record, &other.record);
        if posterior >= REVIEW {
            let ppm = ppm(posterior);
            self.likely.extend([((a, b), ppm), ((b, a), ppm)]);
            self.ranked.insert((Reverse(ppm), a, b));
        }
    }

    fn drop_pair(&mut self, a: Face, b: Face) {
        let (a, b) = (a.min(b), a.max(b));
        if let Some(ppm) = self.likely.remove(&(a, b)) {
            self.likely.remove(&(b, a));
            self.ranked.remove(&(Reverse(ppm), a, b));
        }
    }
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
