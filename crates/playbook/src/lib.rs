//! The playbook: what a hotel does about what it knows of a guest, as a file that people edit, and its evaluation into
//! the boards that departments read.
//!
//! **Invariant:** nothing here performs IO, reads a clock, draws randomness or awaits, and only `condition` knows CEL.
//! The same file, profile and stay give the same boards, in whatever order the file lists its rules.

mod compose;
mod condition;
mod fault;
mod load;
pub mod rank;
mod rule;
mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use cardex_domain::ids::{DepartmentId, RuleId};
use cardex_domain::vocabulary::Vocabulary;
use sha2::{Digest, Sha256};

pub use compose::Situation;
pub use fault::Fault;
pub use rule::{About, Rule, Trigger};

/// Every rule of a hotel.
#[derive(Debug)]
pub struct Playbook {
    hash: Box<str>,
    rules: BTreeMap<RuleId, Rule>,
    departments: BTreeSet<DepartmentId>,
}

/// What a playbook holds, for the person who checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many rules there are.
    pub rules: usize,
    /// How many of them serve each department.
    pub departments: BTreeMap<DepartmentId, usize>,
}

static EMBEDDED: LazyLock<Playbook> = LazyLock::new(|| {
    Playbook::parse(Playbook::EMBEDDED_TEXT, Vocabulary::embedded())
        .expect("a test holds the embedded file faultless")
});

impl Playbook {
    /// The playbook that Cardex brings along, as text.
    pub const EMBEDDED_TEXT: &'static str = include_str!("../playbook.toml");

    /// The playbook that Cardex brings along, read against the vocabulary that it brings along.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a playbook file (TOML, format 1; the embedded one is the example) against the vocabulary in force.
    ///
    /// # Errors
    /// With every fault of the file, in its order, so that one reading is enough to put it right. Where the file is not
    /// TOML, those faults alone.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, Vec<Fault>> {
        let rules = load::rules(text, vocabulary)?;
        let departments = rules
            .values()
            .flat_map(|rule| rule.departments.iter().cloned())
            .collect();
        Ok(Self {
            hash: data_encoding::HEXLOWER.encode(&Sha256::digest(text)).into(),
            rules,
            departments,
        })
    }

    /// SHA-256 of the text, in hex: what boards name the playbook by.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// All rules, in id order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.values()
    }

    /// Every department that some rule serves: those that get boards.
    #[must_use]
    pub fn departments(&self) -> &BTreeSet<DepartmentId> {
        &self.departments
    }

    /// What the playbook holds.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut departments = BTreeMap::new();
        for department in self.rules().flat_map(|rule| &rule.departments) {
            *departments.entry(department.clone()).or_insert(0) += 1;
        }
        Summary {
            rules: self.rules.len(),
            departments,
        }
    }
}

impl fmt::Display for Summary {
    /// One line, such as `52 rules: dining 14, floor 20, front_desk 22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.rules == 1 { "" } else { "s" };
        write!(f, "{} rule{plural}", self.rules)?;
        let mut mark = ": ";
        for (department, rules) in &self.departments {
            write!(f, "{mark}{department} {rules}")?;
            mark = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
