//! Names that rows have in common, kept once for all that are read at one time: thousands of observations of one guest
//! come from a few departments and are about a few attributes.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use cardex_domain::ids::{AppId, AttributeId, DepartmentId, PropertyId};

/// Names read before any is kept: where no more is read, keeping them would cost more than it saves.
const FEW: usize = 32;

/// The names that were read so far.
#[derive(Default)]
pub(crate) struct Names {
    pub(super) properties: Known<PropertyId>,
    pub(super) departments: Known<DepartmentId>,
    pub(super) apps: Known<AppId>,
    pub(super) attributes: Known<AttributeId>,
    pub(super) values: Known<Arc<str>>,
}

/// Names of one kind.
pub(super) struct Known<T> {
    names: HashSet<T>,
    read: usize,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            names: HashSet::new(),
            read: 0,
        }
    }
}

impl<T: Clone + Eq + Hash + Borrow<str>> Known<T> {
    /// The name of this text, as `new` reads it.
    pub(super) fn named<E>(
        &mut self,
        text: &str,
        new: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.read < FEW {
            self.read += 1;
            return new(text);
        }
        if let Some(known) = self.names.get(text) {
            return Ok(known.clone());
        }
        let name = new(text)?;
        self.names.insert(name.clone());
        Ok(name)
    }
}
