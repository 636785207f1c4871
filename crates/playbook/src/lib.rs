//! The playbook: what a hotel does about what it knows of a guest, as files that people edit, and its evaluation into
//! the boards that departments read, in the languages that they read.
//!
//! **Invariant:** nothing here performs IO, reads a clock, draws randomness or awaits; only `condition` knows CEL, and
//! only `words` knows Fluent. The same files, profile and stay give the same boards, in whatever order rules are listed.

mod compose;
mod condition;
mod fault;
pub mod language;
mod load;
pub mod rank;
mod rule;
mod sources;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use cardex_domain::ids::{DepartmentId, RuleId};
use cardex_domain::vocabulary::Vocabulary;
use words::{WordFile, Words};

pub use compose::{Languages, Situation};
pub use fault::Fault;
pub use rule::{About, Rule, Trigger};
pub use sources::Sources;

/// Every rule of a hotel.
#[derive(Debug)]
pub struct Playbook {
    hash: Box<str>,
    rules: BTreeMap<RuleId, Rule>,
    departments: BTreeSet<DepartmentId>,
    words: Vec<Words>,
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
    Playbook::parse(&Sources::embedded(), Vocabulary::embedded())
        .expect("a test holds the embedded files faultless")
});

impl Playbook {
    /// The playbook that Cardex brings along, read against the vocabulary that it brings along.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads the files of a playbook (format 1; those that Cardex brings along are the example) against the vocabulary in
    /// force.
    ///
    /// # Errors
    /// With every fault of every file, in their order, so that one reading is enough to put them right. Where the rules
    /// are not TOML, those faults alone.
    pub fn parse(sources: &Sources, vocabulary: &Vocabulary) -> Result<Self, Vec<Fault>> {
        let loaded = load::load(sources, vocabulary)?;
        let departments = loaded
            .rules
            .values()
            .flat_map(|rule| rule.departments.iter().cloned())
            .collect();
        Ok(Self {
            hash: sources.hash().into(),
            rules: loaded.rules,
            departments,
            words: loaded.words,
        })
    }

    /// What might be said better in the `sources` of this playbook: advice, in the order of the files.
    #[must_use]
    pub fn lint(&self, sources: &Sources, vocabulary: &Vocabulary) -> Vec<Fault> {
        let rules: Vec<&Rule> = self.rules().collect();
        let files = sources.words().zip(&self.words);
        let mut doubts: Vec<Fault> = files
            .flat_map(|((language, path, text), words)| {
                let file = WordFile {
                    language,
                    path,
                    text,
                };
                let labels = sources.labels().find(|(of, ..)| *of == language);
                let labels = labels.map(|(_, path, text)| {
                    words::labels_of_nothing((path, text), words, vocabulary)
                });
                let doubts = words::lint(file, words, &rules, vocabulary);
                doubts.into_iter().chain(labels.unwrap_or_default())
            })
            .collect();
        doubts.sort();
        doubts
    }

    /// SHA-256 of the bundle of its files, in hex: what boards name the playbook by.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The languages it speaks, by their tags.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(Words::language)
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
