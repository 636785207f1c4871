//! Who is told next where a department does not acknowledge what it was told in time.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::DepartmentId;

/// A line of departments: each is followed by one or by none, and none ever comes again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escalation(BTreeMap<DepartmentId, DepartmentId>);

impl Escalation {
    /// Who is told when that department acknowledges nothing.
    #[must_use]
    pub fn next(&self, department: &DepartmentId) -> Option<&DepartmentId> {
        self.0.get(department)
    }

    /// Everybody who may be told, beside these, when nobody acknowledges anything.
    #[must_use]
    pub fn beyond(&self, departments: &BTreeSet<DepartmentId>) -> BTreeSet<DepartmentId> {
        let mut passed: BTreeSet<&DepartmentId> = departments.iter().collect();
        for first in departments {
            let mut last = first;
            while let Some(next) = self.next(last).filter(|next| passed.insert(next)) {
                last = next;
            }
        }
        let beyond = passed.into_iter().filter(|of| !departments.contains(*of));
        beyond.cloned().collect()
    }
}

impl FromIterator<(DepartmentId, DepartmentId)> for Escalation {
    fn from_iter<T: IntoIterator<Item = (DepartmentId, DepartmentId)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}
