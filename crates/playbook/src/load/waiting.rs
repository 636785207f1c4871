//! Reads whose lines wait while the guest does not want to be disturbed.

use std::collections::BTreeSet;

use cardex_domain::ids::DepartmentId;

use super::Loader;
use super::reader::Section;
use crate::fault::meant;
use crate::rule::Rule;

/// The table of a file.
pub(super) const DO_NOT_DISTURB: &str = "do_not_disturb";
const WAITS: &str = "waits";

impl Loader<'_, '_> {
    /// Whose lines wait where the file says it, else those of whom it is said `above`.
    pub(super) fn waiting(
        &mut self,
        document: &Section<'_>,
        above: &BTreeSet<DepartmentId>,
    ) -> BTreeSet<DepartmentId> {
        let table = document.get(DO_NOT_DISTURB);
        let written = format!("[{DO_NOT_DISTURB}]");
        let Some(table) = table.and_then(|node| self.reader.table(node, &written)) else {
            return above.clone();
        };
        self.reader.known_keys(&table, &[WAITS]);
        let Some(node) = self.reader.required(&table, WAITS) else {
            return above.clone();
        };
        let mut waiting = BTreeSet::new();
        for node in self.reader.array(node).unwrap_or_default() {
            let Some(word) = self.reader.string(node) else {
                continue;
            };
            match DepartmentId::new(word.text) {
                Ok(department) => {
                    self.named.push((word.at, department.clone()));
                    waiting.insert(department);
                }
                Err(error) => self.reader.fault(word.at, error.to_string()),
            }
        }
        waiting
    }

    /// Every department that is named beside the rules is served by some of them. Where rules could not be read, nobody
    /// knows.
    pub(super) fn named_are_served(&mut self, rules: &[Rule]) {
        if !self.reader.is_faultless() {
            return;
        }
        let served = rules.iter();
        let served = served.flat_map(|rule| rule.departments.iter().chain(&rule.beyond));
        let served: BTreeSet<&DepartmentId> = served.collect();
        for (at, department) in std::mem::take(&mut self.named) {
            if served.contains(&department) {
                continue;
            }
            let known = served.iter().map(|served| served.as_str());
            let instead = match meant(department.as_str(), known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("no rule serves `{department}`: {instead}");
            self.reader.fault(at, message);
        }
    }
}
