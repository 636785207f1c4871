//! Which guests may be one person although nothing joins them: pairs of records, kept up to date as events come, so that
//! no question looks through all pairs.
//!
//! What is here is worked out from the store and held in memory alone: at a start, and when other weights or another deny
//! list become active, from every node; after that from the nodes that events touch. Records that say the same are
//! one, however many bookings say it.
//!
//! **Invariant:** the pairs are a function of the records and the settings, in whatever order events came. Who is one
//! person with whom already, and who never is, is looked up when somebody asks: a link takes a pair out, undoing it
//! puts it back, and neither touches anything here.

mod pairs;
mod record;
mod seats;

use std::collections::BTreeSet;

use cardex_domain::fact::Fact;
use cardex_domain::identity::{is_contested, links, node_facts};
use cardex_domain::ids::{IdentifierKey, NodeId};
use cardex_store::{Entry, EntryKind, Reader, Store, StoreError};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use std::time::Duration;

use crate::settings::Active;

pub(crate) use pairs::{Face, Pairs, ppm};
pub(crate) use record::record_of;

/// Nodes read under one look at the store while all are read: writers wait meanwhile.
const READ_AT_ONCE_NODES: usize = 256;
/// How long a question waits while all pairs are worked out.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pairs, and the nodes whose records are to be looked at again.
#[derive(Default)]
pub(crate) struct Alike {
    touched: Mutex<BTreeSet<NodeId>>,
    known: Mutex<Known>,
}

/// What has been worked out.
#[derive(Default)]
pub(crate) struct Known {
    /// Under which settings, once every node is in.
    under: Option<Active>,
    /// The records and those of them that may be the same person.
    pub(crate) pairs: Pairs,
    /// Identifiers that link and stood under names or birth dates that conflict. They may do so no more.
    pub(crate) contested: BTreeSet<IdentifierKey>,
}

impl Alike {
    /// Notes what was recorded; called when readers see it.
    pub(crate) fn recorded(&self, entries: &[Entry]) {
        let touched = entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Event {
                fact: Fact::Stay(stay),
                ..
            } => Some(NodeId::Stay(stay.stay)),
            EntryKind::Event {
                fact: Fact::Guest(guest),
                ..
            } => Some(NodeId::Profile(guest.profile)),
            _ => None,
        });
        self.touched.lock().extend(touched);
    }

    /// The pairs as of everything recorded; `None` while all of them are being worked out.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(crate) fn now(
        &self,
        store: &Store,
        active: &Active,
    ) -> Result<Option<MutexGuard<'_, Known>>, StoreError> {
        let Some(mut known) = self.known.try_lock_for(PATIENCE) else {
            return Ok(None);
        };
        known.bring_up_to_date(store, active, &self.touched)?;
        Ok(Some(known))
    }

    /// Works off what was recorded, however long it takes.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(crate) fn keep_up(&self, store: &Store, active: &Active) -> Result<(), StoreError> {
        let mut known = self.known.lock();
        known.bring_up_to_date(store, active, &self.touched)
    }
}

impl Known {
    fn bring_up_to_date(
        &mut self,
        store: &Store,
        active: &Active,
        touched: &Mutex<BTreeSet<NodeId>>,
    ) -> Result<(), StoreError> {
        let pairs_as_then = |under: &Active| {
            Arc::ptr_eq(&under.weights, &active.weights) && Arc::ptr_eq(&under.deny, &active.deny)
        };
        if !self.under.as_ref().is_some_and(pairs_as_then) {
            *self = Self::default();
            self.pairs = Pairs::new(Arc::clone(&active.weights));
            self.read_all(store, active)?;
            self.under = Some(active.clone());
        }
        let again: Vec<NodeId> = std::mem::take(&mut *touched.lock()).into_iter().collect();
        for nodes in again.chunks(READ_AT_ONCE_NODES) {
            // What was read in part is read anew next time.
            let read = self.read_again(&store.read(), active, nodes, &mut BTreeSet::new());
            read.inspect_err(|_| self.under = None)?;
        }
        self.pairs.settle();
        Ok(())
    }

    fn read_all(&mut self, store: &Store, active: &Active) -> Result<(), StoreError> {
        let (mut last, mut looked_at) = (None, BTreeSet::new());
        loop {
            let reader = store.read();
            let nodes = reader.nodes(last, READ_AT_ONCE_NODES)?;
            let Some(end) = nodes.last() else {
                return Ok(());
            };
            last = Some(*end);
            self.read_again(&reader, active, &nodes, &mut looked_at)?;
        }
    }

    fn read_again(
        &mut self,
        reader: &Reader<'_>,
        active: &Active,
        nodes: &[NodeId],
        looked_at: &mut BTreeSet<IdentifierKey>,
    ) -> Result<(), StoreError> {
        for node in nodes {
            let facts = node_facts(reader, *node)?;
            self.pairs.put(*node, record_of(&facts, &active.deny));
            for (key, identifier) in &facts.identifiers {
                let is_new = links(&active.deny, identifier) && looked_at.insert(*key);
                if is_new && is_contested(reader, &active.deny, *key, identifier.kind)? {
                    self.contested.insert(*key);
                }
            }
        }
        Ok(())
    }
}
