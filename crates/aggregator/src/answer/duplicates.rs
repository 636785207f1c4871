//! Guests that may be one person, for those who keep guests' cards in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex_domain::event::{IdentifierKind, LinkKind, UndoKind};
use cardex_domain::identity::{Person, carriers, is_undone, person_of};
use cardex_domain::ids::{EventKey, IdentifierKey, NodeId};
use cardex_domain::profile::GuestCard;
use cardex_domain::records::Records;
use cardex_matching::{Record, Scored};
use cardex_store::StoreError;
use cardex_wire::guest::GuestView;
use cardex_wire::query::{
    Duplicates, DuplicatesReply, DuplicatesRequest, ErrorCode, FieldEvidence, LinkableView,
    PairView, QueryError, Queue,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, unreadable};
use crate::alike::{Face, Known, ppm};
use crate::settings::Active;

/// Pairs in one answer when the question does not say.
const PAIRS_DEFAULT: u32 = 20;
/// The most pairs in one answer.
const PAIRS_MAX: u32 = 100;
/// Of those who say all the same, or carry one identifier, only so many are paired; when they are joined, the next are.
const PERSONS_MAX: usize = 10;
/// The likelihood from which on a pair is suggested, in parts per million.
const SUGGESTED_PPM: u32 = 990_000;
/// The likelihood from which on a pair is worth a look.
const REVIEW_PPM: u32 = 500_000;

impl Answer for Duplicates {
    type Says = DuplicatesReply;

    fn weighs_pairs(asked: &DuplicatesRequest, active: &Active) -> bool {
        !asked.automatic || active.weights.links_by_itself()
    }

    fn answer(desk: &Desk<'_>, asked: DuplicatesRequest) -> Result<DuplicatesReply, QueryError> {
        desk.must_keep_in_order("this department may not look for guests that may be one person")?;
        let mut reply = DuplicatesReply {
            sequence: desk.sequence,
            behind: desk.behind,
            weights: desk.active.weights.hash().to_owned(),
            automatic: desk.active.weights.links_by_itself(),
            pairs: Vec::new(),
            next: None,
        };
        if !Self::weighs_pairs(&asked, &desk.active) {
            return Ok(reply);
        }
        let about = asked.about.map(|about| desk.find(&about, None));
        let mut search = Search {
            desk,
            only: about.transpose()?.map(|(node, _)| node),
            persons: BTreeMap::new(),
            seen: BTreeSet::new(),
            automatic: asked.automatic,
            skip: asked.skip.unwrap_or_default() as usize,
            limit: asked.limit.unwrap_or(PAIRS_DEFAULT).clamp(1, PAIRS_MAX) as usize,
            found: Vec::new(),
            more: false,
        };
        let Some(known) = &desk.known else {
            let detail = "the pairs are being worked out; ask again";
            return Err(QueryError::new(ErrorCode::Unavailable, detail));
        };
        search.run(known, asked.queue)?;
        reply.next = search.more.then(|| {
            let shown = u32::try_from(search.found.len()).unwrap_or(u32::MAX);
            asked.skip.unwrap_or_default().saturating_add(shown)
        });
        reply.pairs = search.found;
        Ok(reply)
    }
}

/// A search for pairs of persons among pairs of records.
struct Search<'d, 's> {
    desk: &'d Desk<'s>,
    /// Only pairs with the person of this node.
    only: Option<NodeId>,
    /// The persons met so far, by each of their nodes.
    persons: BTreeMap<NodeId, Arc<Person>>,
    /// The pairs of persons met so far.
    seen: BTreeSet<(NodeId, NodeId)>,
    /// Only pairs that may be linked without a person's look.
    automatic: bool,
    skip: usize,
    limit: usize,
    found: Vec<PairView>,
    more: bool,
}

/// What speaks for a pair most.
struct Best<'k> {
    a: &'k Record,
    b: &'k Record,
    scored: Scored,
    /// Whether any of their records conflict in given name or birth date.
    conflicting: bool,
}

impl Search<'_, '_> {
    fn run(&mut self, known: &Known, queue: Queue) -> Result<(), QueryError> {
        let only = self.only.map(|node| self.person(node)).transpose()?;
        let (from, below) = match queue {
            Queue::Suggested => (SUGGESTED_PPM, u32::MAX),
            Queue::Review => {
                for key in &known.contested {
                    self.contested(known, *key, only.as_deref())?;
                }
                (REVIEW_PPM, SUGGESTED_PPM)
            }
        };
        let pairs: Box<dyn Iterator<Item = (Face, Face)>> = match &only {
            None => Box::new(known.pairs.ranked(from, below)),
            Some(only) => Box::new(known.pairs.ranked_of(only.nodes.keys(), from, below)),
        };
        for (one, other) in pairs {
            let ones = self.persons_of(known.pairs.nodes(one), only.as_deref())?;
            let others = self.persons_of(known.pairs.nodes(other), only.as_deref())?;
            for a in &ones {
                for b in &others {
                    self.pair(known, queue, (a, b), only.as_deref())?;
                }
            }
            if self.more {
                break;
            }
        }
        Ok(())
    }

    /// Pairs those who carry the identifier, where it still stands under names that conflict.
    fn contested(
        &mut self,
        known: &Known,
        key: IdentifierKey,
        only: Option<&Person>,
    ) -> Result<(), QueryError> {
        let carriers = carriers(&self.desk.reader, key).map_err(unreadable)?;
        let nodes = carriers.into_iter().map(|(node, _)| node);
        let persons = self.persons_of(nodes, only)?;
        let still = |person: &Arc<Person>| person.identity.conflicts.contains_key(&key);
        if persons.iter().any(still) {
            for (at, a) in persons.iter().enumerate() {
                for b in &persons[at + 1..] {
                    self.pair(known, Queue::Review, (a, b), only)?;
                }
            }
        }
        Ok(())
    }

    /// The first few persons that these nodes are part of, and the one that is asked for in any case.
    fn persons_of(
        &mut self,
        nodes: impl Iterator<Item = NodeId>,
        only: Option<&Person>,
    ) -> Result<Vec<Arc<Person>>, QueryError> {
        let mut persons: Vec<Arc<Person>> = Vec::new();
        let mut met = BTreeSet::new();
        for node in nodes {
            let wanted = only.is_some_and(|only| only.nodes.contains_key(&node));
            if met.contains(&node) || persons.len() >= PERSONS_MAX && !wanted {
                continue;
            }
            let person = self.person(node)?;
            met.extend(person.nodes.keys().copied());
            persons.push(person);
        }
        Ok(persons)
    }

    fn person(&mut self, node: NodeId) -> Result<Arc<Person>, QueryError> {
        if let Some(person) = self.persons.get(&node) {
            return Ok(Arc::clone(person));
        }
        let person = person_of(&self.desk.reader, &self.desk.active.deny, node);
        let person = Arc::new(person.map_err(unreadable)?);
        let nodes = person.nodes.keys();
        self.persons
            .extend(nodes.map(|node| (*node, Arc::clone(&person))));
        Ok(person)
    }

    /// Takes the pair up, unless it was met, is one person, never is, or stands in the other queue.
    fn pair(
        &mut self,
        known: &Known,
        queue: Queue,
        (a, b): (&Person, &Person),
        only: Option<&Person>,
    ) -> Result<(), QueryError> {
        let (Some(first), Some(second)) = (a.id(), b.id()) else {
            return Ok(());
        };
        let (a, b) = if first <= second { (a, b) } else { (b, a) };
        let asked = only.is_none_or(|only| only.id() == a.id() || only.id() == b.id());
        let fresh =
            first != second && asked && self.seen.insert((first.min(second), first.max(second)));
        if !fresh || kept_apart(a, b) {
            return Ok(());
        }
        let Some(best) = best(known, a, b) else {
            return Ok(());
        };
        let contested = contested(known, a, b);
        let suggested = ppm(best.scored.posterior) >= SUGGESTED_PPM;
        let stands_in = match suggested && contested.is_empty() {
            true => Queue::Suggested,
            false => Queue::Review,
        };
        if stands_in != queue {
            return Ok(());
        }
        let unlinked = unlinked(self.desk, a, b).map_err(unreadable)?;
        let linkable = suggested && contested.is_empty() && unlinked.is_empty();
        let linkable = match linkable && !best.conflicting && !self.is_between(known, a, b)? {
            true => ends(known, a, b, &best),
            false => None,
        };
        if self.automatic && linkable.is_none() {
            return Ok(());
        }
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.found.len() == self.limit {
            self.more = true;
        } else {
            let view = self.view((a, b), &best)?;
            self.found.push(PairView {
                linkable,
                contested: contested.into_iter().map(Into::into).collect(),
                unlinked,
                ..view
            });
        }
        Ok(())
    }

    /// Whether one of the two is as much like somebody whom people keep apart from the other: which of those it is, is for
    /// people to say.
    fn is_between(&mut self, known: &Known, a: &Person, b: &Person) -> Result<bool, QueryError> {
        for (one, other) in [(a, b), (b, a)] {
            for node in parted(self.desk, one).map_err(unreadable)? {
                let third = self.person(node)?;
                let another = third.id() != one.id() && third.id() != other.id();
                let like = |best: Best<'_>| ppm(best.scored.posterior) >= SUGGESTED_PPM;
                if another && best(known, &third, other).is_some_and(like) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn view(&self, (a, b): (&Person, &Person), best: &Best<'_>) -> Result<PairView, QueryError> {
        let scored = &best.scored;
        let evidence = scored.evidence.iter().map(|said| FieldEvidence {
            field: said.field.as_str().to_owned(),
            level: said.level.as_str().to_owned(),
            millibits: thousandths(said.bits),
            a: best.a.value(said.field).to_owned(),
            b: best.b.value(said.field).to_owned(),
        });
        Ok(PairView {
            a: self.guest(a)?,
            b: self.guest(b)?,
            posterior_ppm: ppm(scored.posterior),
            linkable: None,
            held: scored.held.map(|held| held.as_str().to_owned()),
            prior_millibits: thousandths(scored.prior_bits),
            evidence: evidence.collect(),
            contested: Vec::new(),
            unlinked: Vec::new(),
        })
    }

    fn guest(&self, person: &Person) -> Result<GuestView, QueryError> {
        let members: Vec<NodeId> = person.nodes.keys().copied().collect();
        let discretion = self.desk.discretion_of(person)?;
        let (department, card) = (
            &self.desk.subject.department,
            GuestCard::of(person, &self.desk.active.deny),
        );
        let shown_by = (&discretion, &*self.desk.active.vocabulary);
        Ok(GuestView::seen_by(department, &members, &card, shown_by))
    }
}

/// Whether somebody said that the two never are one person.
fn kept_apart(a: &Person, b: &Person) -> bool {
    let mut apart = a.identity.apart.iter();
    apart.any(|link| b.nodes.contains_key(&link.a) || b.nodes.contains_key(&link.b))
}

/// The records of the two that agree most, the first by their nodes where several do.
fn best<'k>(known: &'k Known, a: &Person, b: &Person) -> Option<Best<'k>> {
    // More than can be compared may conflict.
    let (records_a, records_b) = (distinct(known, a), distinct(known, b));
    let mut conflicting = records_a.len().max(records_b.len()) > PERSONS_MAX;
    let mut best: Option<Best<'k>> = None;
    for a in records_a.into_iter().take(PERSONS_MAX) {
        for b in records_b.iter().take(PERSONS_MAX) {
            let scored = known.pairs.compare(a, b);
            conflicting |= scored.conflicts();
            if best
                .as_ref()
                .is_none_or(|best| weight(&scored) > weight(&best.scored))
            {
                best = Some(Best {
                    a,
                    b,
                    scored,
                    conflicting: false,
                });
            }
        }
    }
    best.map(|best| Best {
        conflicting,
        ..best
    })
}

/// How far two records agree. Those of which nothing could be compared come last: they show nothing.
fn weight(scored: &Scored) -> (bool, f64) {
    (!scored.evidence.is_empty(), scored.posterior)
}

/// The first distinct records of the person, one more than are compared.
fn distinct<'k>(known: &'k Known, person: &Person) -> Vec<&'k Record> {
    let mut said: Vec<&Record> = Vec::new();
    for record in person.nodes.keys().filter_map(|n| known.pairs.record(*n)) {
        if said.len() <= PERSONS_MAX && !said.contains(&record) {
            said.push(record);
        }
    }
    said
}

/// The first member of each whose record is one of those that agree most.
fn ends(known: &Known, a: &Person, b: &Person, best: &Best<'_>) -> Option<LinkableView> {
    let saying = |person: &Person, record: &Record| {
        let mut nodes = person.nodes.keys();
        nodes
            .find(|node| known.pairs.record(**node) == Some(record))
            .copied()
    };
    let (a, b) = (saying(a, best.a)?, saying(b, best.b)?);
    Some(LinkableView {
        a: AsText(a),
        b: AsText(b),
    })
}

/// The kinds of identifier that both carry and that are contested.
fn contested(known: &Known, a: &Person, b: &Person) -> BTreeSet<IdentifierKind> {
    let conflicts = a.identity.conflicts.iter();
    let both = conflicts.filter(|(key, nodes)| {
        known.contested.contains(key) && nodes.iter().any(|node| b.nodes.contains_key(node))
    });
    let kind = |key: &IdentifierKey| {
        let mut carried = a.nodes.values().flat_map(|facts| &facts.identifiers);
        let carried = carried.find(|(carried, _)| carried == key);
        carried.map(|(_, identifier)| identifier.kind)
    };
    both.filter_map(|(key, _)| kind(key)).collect()
}

/// The links between the two that were taken back.
fn unlinked(desk: &Desk<'_>, a: &Person, b: &Person) -> Result<Vec<AsText<EventKey>>, StoreError> {
    let mut undone = BTreeSet::new();
    for node in a.nodes.keys() {
        for link in desk.reader.links_of(*node)? {
            let between = link.kind == LinkKind::Same && b.nodes.contains_key(&link.other(*node));
            if between && is_undone(&desk.reader, link.key, UndoKind::Links)? {
                undone.insert(link.key);
            }
        }
    }
    Ok(undone.into_iter().map(AsText).collect())
}

/// Who is kept apart from the person, or was linked to it until that was taken back.
fn parted(desk: &Desk<'_>, person: &Person) -> Result<BTreeSet<NodeId>, StoreError> {
    let mut parted = BTreeSet::new();
    for node in person.nodes.keys() {
        for link in desk.reader.links_of(*node)? {
            let undone = is_undone(&desk.reader, link.key, UndoKind::Links)?;
            if undone == (link.kind == LinkKind::Same) {
                parted.insert(link.other(*node));
            }
        }
    }
    Ok(parted)
}

/// Bits in thousandths.
#[expect(
    clippy::cast_possible_truncation,
    reason = "evidence is a few dozen bits, and a cast ends at the bounds"
)]
fn thousandths(bits: f64) -> i32 {
    (bits * 1_000.0).round() as i32
}
