//! The playbook: what a hotel does about what it knows of a guest, as files that people edit, and its evaluation into
//! the boards that departments read, in the languages that they read.
//!
//! **Invariant:** nothing here performs IO, reads a clock, draws randomness or awaits; only `condition` knows CEL, and
//! only `words` knows Fluent. The same files, profile and stay give the same boards, in whatever order rules are listed.

mod calendar;
mod cases;
mod compose;
mod condition;
mod escalation;
mod fault;
mod hours;
pub mod language;
mod load;
mod occasion;
pub mod rank;
mod route;
mod rule;
mod sources;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use cardex_domain::ids::{DepartmentId, PropertyId, RuleId};
use cardex_domain::vocabulary::Vocabulary;
use route::Routes;
use words::{WordFile, Words};

pub use calendar::{Calendar, Season, Weekday};
pub use cases::{Case, Coverage, Difference, Survivor};
pub use compose::{Languages, Situation};
pub use escalation::Escalation;
pub use fault::Fault;
pub use hours::{Clock, Hours, Span, Turns};
pub use route::Route;
pub use rule::{About, Rule, Times, Trigger};
pub use sources::Sources;

/// Every rule of a chain and of its properties, with what they say.
#[derive(Debug)]
pub struct Playbook {
    hash: Box<str>,
    chain: Book,
    /// Of each property that does something otherwise.
    properties: BTreeMap<PropertyId, Book>,
    departments: BTreeSet<DepartmentId>,
    words: Arc<Vec<Words>>,
    /// What is no fault of the rules and might be better.
    advice: Vec<Fault>,
}

/// The rules that hold somewhere.
#[derive(Debug)]
pub struct Book {
    rules: BTreeMap<RuleId, Arc<Rule>>,
    arrangements: Arrangements,
    turns: Turns,
}

/// What is arranged somewhere beside its rules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrangements {
    pub(crate) escalation: Escalation,
    pub(crate) hours: Hours,
    /// Whose lines wait while the guest does not want to be disturbed.
    pub(crate) waits: BTreeSet<DepartmentId>,
    pub(crate) routes: Routes,
}

impl Book {
    fn of(rules: BTreeMap<RuleId, Arc<Rule>>, arrangements: Arrangements) -> Self {
        let mut turns = Turns::default();
        rules
            .values()
            .for_each(|rule| rule.turns(&arrangements.hours, &mut turns));
        arrangements.routes.turns(&mut turns);
        Self {
            rules,
            arrangements,
            turns,
        }
    }

    /// All rules, in id order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.values().map(|rule| &**rule)
    }

    /// Who is told next where a department acknowledges nothing.
    #[must_use]
    pub fn escalation(&self) -> &Escalation {
        &self.arrangements.escalation
    }

    /// The times of its day.
    #[must_use]
    pub fn hours(&self) -> &Hours {
        &self.arrangements.hours
    }

    /// When some rule begins or ends to speak by the hotel's clock.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Whether the department's lines wait while the guest does not want to be disturbed.
    #[must_use]
    pub fn waits(&self, department: &DepartmentId) -> bool {
        self.arrangements.waits.contains(department)
    }

    /// Which sections of departments read which of their boards.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.arrangements.routes.iter()
    }

    /// Every department that some rule serves, or may come to.
    #[must_use]
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        let served = self
            .rules()
            .flat_map(|rule| rule.departments.iter().chain(&rule.beyond));
        served.cloned().collect()
    }
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
        let rules: Vec<Arc<Rule>> = loaded.rules.into_iter().map(Arc::new).collect();
        let book = |held: load::Held| {
            let holding = held.rules.into_iter();
            let holding = holding.map(|(id, number)| (id, Arc::clone(&rules[number])));
            Book::of(holding.collect(), held.arrangements)
        };
        let chain = book(loaded.chain);
        let properties = loaded.properties.into_iter();
        let properties: BTreeMap<_, _> = properties.map(|(id, held)| (id, book(held))).collect();
        let departments = [&chain].into_iter().chain(properties.values());
        Ok(Self {
            hash: sources.hash().into(),
            departments: departments.flat_map(Book::departments).collect(),
            chain,
            properties,
            words: Arc::new(loaded.words),
            advice: loaded.advice,
        })
    }

    /// What might be said better in the `sources` of this playbook: advice, in the order of the files.
    #[must_use]
    pub fn lint(&self, sources: &Sources, vocabulary: &Vocabulary) -> Vec<Fault> {
        let rules = self.every_rule();
        let files = sources.words().zip(&*self.words);
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
        doubts.extend(self.advice.iter().cloned());
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

    /// The rules of the chain, in id order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.chain.rules()
    }

    /// The rules that hold at a property: those of the chain unless it has a file.
    #[must_use]
    pub fn for_property(&self, property: &PropertyId) -> &Book {
        self.properties.get(property).unwrap_or(&self.chain)
    }

    /// Every rule, once for each way in which it is changed somewhere, in id order.
    fn every_rule(&self) -> Vec<&Rule> {
        let books = [&self.chain].into_iter().chain(self.properties.values());
        let mut all: Vec<&Rule> = books.flat_map(Book::rules).collect();
        all.sort_by_key(|rule| (&rule.id, std::ptr::from_ref(*rule)));
        all.dedup_by(|a, b| std::ptr::eq(*a, *b));
        all
    }

    /// The playbook with `other` wherever `rule`, the very same, holds.
    fn with(&self, rule: &Rule, other: Rule) -> Self {
        let other = Arc::new(other);
        let changed = |book: &Book| {
            let rules = book.rules.iter().map(|(id, held)| {
                let is_it = std::ptr::eq(&**held, rule);
                (id.clone(), Arc::clone(if is_it { &other } else { held }))
            });
            Book::of(rules.collect(), book.arrangements.clone())
        };
        let properties = self.properties.iter();
        Self {
            hash: self.hash.clone(),
            chain: changed(&self.chain),
            properties: properties
                .map(|(id, book)| (id.clone(), changed(book)))
                .collect(),
            departments: self.departments.clone(),
            words: Arc::clone(&self.words),
            advice: Vec::new(),
        }
    }

    /// Every department that some rule serves, or may come to, somewhere: those that get boards.
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
            rules: self.rules().len(),
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
