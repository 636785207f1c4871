//! Reads the files of a playbook. Every fault is collected with its place, because whoever edits the file wants to know all of
//! them at once.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::{AttributeId, DepartmentId, RuleId, is_token};
use cardex_domain::profile::Verdict;
use cardex_domain::vocabulary::{Attribute, Vocabulary};
use toml::de::DeTable;

use crate::condition::Condition;
use crate::fault::{Fault, meant, not_a_value};
use crate::rule::{About, Rule, Trigger};
use crate::sources::{self, Sources};
use crate::words::{self, Speakers, WordFile, Words};

mod labels;
mod meaning;
mod reader;

use reader::{Node, Quoted, Reader, Section};

const RULE_KEYS: [&str; 12] = [
    "id",
    "departments",
    "trigger",
    "about",
    "verdict",
    "when",
    "benefit",
    "cost",
    "urgency",
    "category",
    "tier",
    "freshness_hours",
];
const TRIGGERS: [(&str, Trigger); 3] = [
    ("reservation", Trigger::Reservation),
    ("check_in", Trigger::CheckIn),
    ("in_house", Trigger::InHouse),
];
const VERDICTS: [Verdict; 7] = [
    Verdict::Prefers,
    Verdict::Ask,
    Verdict::Hint,
    Verdict::Avoids,
    Verdict::AvoidHint,
    Verdict::Safety,
    Verdict::Need,
];
const MAX_HOURS: u32 = 720;
/// The urgency of a rule that does not say it: as urgent as can be.
const URGENT_PERCENT: u32 = 100;

/// Everything that a playbook's files say.
pub(crate) struct Loaded {
    pub(crate) rules: BTreeMap<RuleId, Rule>,
    /// In the order of their languages.
    pub(crate) words: Vec<Words>,
}

/// Reads the files of a playbook.
///
/// # Errors
/// With every fault, in the order of the files and in each of them. Where the rules are not TOML, those faults alone.
pub(crate) fn load(sources: &Sources, vocabulary: &Vocabulary) -> Result<Loaded, Vec<Fault>> {
    let Some(text) = sources.file(sources::RULES) else {
        let message = "the playbook has no rules: add this file";
        return Err(vec![Fault::at((sources::RULES, ""), 0, None, message)]);
    };
    let mut loader = Loader {
        reader: Reader::new(sources::RULES, text),
        vocabulary,
        places: BTreeMap::new(),
    };
    let document = loader.reader.document();
    if !loader.reader.is_faultless() {
        return Err(in_order(loader.reader.into_faults()));
    }
    let mut rules = loader.document(&document);
    let (words, mut faults) = loader.words(sources, &mut rules);
    faults.extend(loader.reader.into_faults());
    match faults.is_empty() {
        true => Ok(Loaded { rules, words }),
        false => Err(in_order(faults)),
    }
}

fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    faults
}

/// A part of a rule with its byte offset.
type Placed<T> = Vec<(usize, T)>;

/// An entry of `about` whose attribute the vocabulary knows.
struct Topic<'v> {
    at: usize,
    attribute: &'v Attribute,
    value: Option<Box<str>>,
}

/// What of a rule must fit together.
struct Parts<'p, 'v> {
    departments: &'p Placed<DepartmentId>,
    topics: &'p [Topic<'v>],
    verdicts: &'p Placed<Verdict>,
    tier: Option<u32>,
}

struct Loader<'t, 'v> {
    reader: Reader<'t>,
    vocabulary: &'v Vocabulary,
    /// Where each rule so far has its id.
    places: BTreeMap<RuleId, usize>,
}

impl<'v> Loader<'_, 'v> {
    fn document(&mut self, table: &DeTable<'_>) -> BTreeMap<RuleId, Rule> {
        let document = Section { table, at: 0 };
        self.reader.known_keys(document, &["format", "rule"]);
        if let Some(format) = self.reader.required(document, "format")
            && self
                .reader
                .number(format, 1, u32::MAX)
                .is_some_and(|format| format != 1)
        {
            let message = "this program reads format 1: convert the file or upgrade";
            self.reader.fault(format.span().start, message);
        }
        let nodes = self
            .reader
            .required(document, "rule")
            .and_then(|node| self.reader.array(node))
            .unwrap_or_default();
        let mut rules = BTreeMap::new();
        for node in nodes {
            if let Some(rule) = self.rule(node) {
                rules.insert(rule.id.clone(), rule);
            }
            self.reader.rule = None;
        }
        rules
    }

    fn rule(&mut self, node: Node<'_, '_>) -> Option<Rule> {
        let section = self.reader.table(node, "[[rule]]")?;
        self.reader.rule = section
            .table
            .get("id")
            .and_then(|id| id.get_ref().as_str())
            .map(Box::from);
        self.reader.known_keys(section, &RULE_KEYS);
        let id = self.id(section);
        let departments = self.departments(section);
        let triggers = self.triggers(section);
        let topics = self.topics(section);
        let verdicts = self.verdicts(section);
        let benefit = self.number(section, "benefit", 1, 10);
        let cost = self.number(section, "cost", 0, 10);
        let urgency_percent = match section.table.contains_key("urgency") {
            true => self.number(section, "urgency", 1, URGENT_PERCENT),
            false => Some(URGENT_PERCENT),
        };
        let freshness_hours = self.number(section, "freshness_hours", 1, MAX_HOURS);
        let category = self.category(section);
        let tier = self.number(section, "tier", 0, 1);
        let when = self.when(section);
        let parts = Parts {
            departments: &departments,
            topics: &topics,
            verdicts: &verdicts,
            tier,
        };
        self.check(section, &parts, when.as_ref());
        Some(Rule {
            id: id?,
            departments: departments
                .into_iter()
                .map(|(_, department)| department)
                .collect(),
            triggers,
            about: topics.into_iter().map(About::from).collect(),
            verdicts: verdicts.into_iter().map(|(_, verdict)| verdict).collect(),
            when: when.map(|(condition, _)| condition),
            benefit: benefit?,
            cost: cost?,
            urgency_percent: urgency_percent?,
            category: category?,
            tier: u8::try_from(tier?).ok()?,
            freshness_hours: freshness_hours?,
            shows: BTreeSet::new(),
        })
    }

    fn id(&mut self, section: Section<'_, '_>) -> Option<RuleId> {
        let id = self
            .reader
            .required(section, "id")
            .and_then(|node| self.reader.string(node))?;
        match RuleId::new(id.text) {
            Ok(rule) => {
                if !id.text.starts_with(|c: char| c.is_ascii_lowercase()) {
                    let message = "the id of a rule begins with a letter, to name what it says";
                    self.reader.fault(id.at, message);
                }
                if let Some(first) = self.places.insert(rule.clone(), id.at) {
                    let line = self.reader.line(first);
                    let message =
                        format!("this id is taken by the rule in line {line}: choose another");
                    self.reader.fault(id.at, message);
                }
                Some(rule)
            }
            Err(error) => {
                self.reader.fault(id.at, error.to_string());
                None
            }
        }
    }

    fn departments(&mut self, section: Section<'_, '_>) -> Placed<DepartmentId> {
        let mut departments = Placed::new();
        for word in self.reader.required_words(section, "departments") {
            match DepartmentId::new(word.text) {
                Ok(department) => departments.push((word.at, department)),
                Err(error) => self.reader.fault(word.at, error.to_string()),
            }
        }
        departments
    }

    fn triggers(&mut self, section: Section<'_, '_>) -> BTreeSet<Trigger> {
        let words = self.reader.required_words(section, "trigger");
        words
            .iter()
            .filter_map(|word| self.reader.one_of(word, &TRIGGERS))
            .collect()
    }

    fn verdicts(&mut self, section: Section<'_, '_>) -> Placed<Verdict> {
        if !section.table.contains_key("verdict") {
            return vec![(section.at, Verdict::Prefers)];
        }
        let known = VERDICTS.map(|verdict| (verdict.as_str(), verdict));
        let words = self.reader.required_words(section, "verdict");
        words
            .iter()
            .filter_map(|word| Some((word.at, self.reader.one_of(word, &known)?)))
            .collect()
    }

    fn topics(&mut self, section: Section<'_, '_>) -> Vec<Topic<'v>> {
        let words = self.reader.required_words(section, "about");
        let mut topics: Vec<Topic<'v>> = Vec::new();
        for word in &words {
            let Some(topic) = self.topic(word) else {
                continue;
            };
            if topics
                .iter()
                .any(|known| known.attribute.id == topic.attribute.id)
            {
                let message = format!(
                    "`{}` is in `about` already: give the other its own rule",
                    topic.attribute.id
                );
                self.reader.fault(topic.at, message);
            } else {
                topics.push(topic);
            }
        }
        topics
    }

    fn topic(&mut self, word: &Quoted<'_>) -> Option<Topic<'v>> {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.text, None),
        };
        let vocabulary = self.vocabulary;
        let known = AttributeId::new(name)
            .ok()
            .and_then(|id| vocabulary.attribute(&id));
        let Some(attribute) = known else {
            let instead = match meant(name, vocabulary.attributes().map(|a| a.id.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write one of its attributes".to_owned(),
            };
            let message = format!("`{name}` is not in the vocabulary: {instead}");
            self.reader.fault(word.at, message);
            return None;
        };
        if let Some(message) = value.and_then(|value| not_a_value(vocabulary, attribute, value)) {
            self.reader.fault(word.place(name.len() + 1), message);
        }
        Some(Topic {
            at: word.at,
            attribute,
            value: value.map(Box::from),
        })
    }

    fn number(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let node = self.reader.required(section, key)?;
        self.reader.number(node, least, most)
    }

    fn category(&mut self, section: Section<'_, '_>) -> Option<Box<str>> {
        let node = self.reader.required(section, "category")?;
        let word = self.reader.string(node)?;
        if is_token(word.text) {
            return Some(word.text.into());
        }
        self.reader.fault(
            word.at,
            "a category must be 1 to 64 characters of a-z, 0-9, _ and -",
        );
        None
    }

    /// The condition, and each attribute it asks about with its place.
    fn when(&mut self, section: Section<'_, '_>) -> Option<(Condition, Placed<AttributeId>)> {
        let node = section.table.get("when")?;
        let source = self.reader.string(node)?;
        match Condition::compile(source.text, self.vocabulary) {
            Ok((condition, attributes)) => {
                let placed = attributes
                    .into_iter()
                    .map(|(at, id)| (source.place(at), id))
                    .collect();
                Some((condition, placed))
            }
            Err(wrong) => {
                self.reader.faults_in(&source, wrong);
                None
            }
        }
    }

    /// The words of every language; notes in the rules whose values they show.
    fn words(
        &mut self,
        sources: &Sources,
        rules: &mut BTreeMap<RuleId, Rule>,
    ) -> (Vec<Words>, Vec<Fault>) {
        let (mut read, mut faults, mut shows) = (Vec::new(), Vec::new(), Vec::new());
        let ids = self.places.keys().cloned().collect();
        for (language, path, text) in sources.words() {
            let labels = sources.labels().find(|(of, ..)| *of == language);
            let (labels, wrong) = labels.map_or_else(Default::default, |(_, path, text)| {
                labels::labels(path, text)
            });
            faults.extend(wrong);
            let file = WordFile {
                language,
                path,
                text,
            };
            let speakers = Speakers {
                rules,
                ids: &ids,
                vocabulary: self.vocabulary,
            };
            let found = words::read(file, speakers, labels);
            for rule in found.speechless {
                let message = format!("it says nothing in {path}: add `{rule} = …` there");
                self.reader.rule = Some(rule.as_str().into());
                self.reader.fault(self.places[&rule], message);
            }
            faults.extend(found.faults);
            shows.extend(found.shows);
            read.extend(found.words);
        }
        self.reader.rule = None;
        if sources.words().next().is_none() {
            let message = "there are no words: add a file for a language, such as words/en.ftl";
            self.reader.fault(0, message);
        }
        for (rule, attribute) in shows {
            rules.entry(rule).and_modify(|rule| {
                rule.shows.insert(attribute);
            });
        }
        (read, faults)
    }
}

impl From<Topic<'_>> for About {
    fn from(topic: Topic<'_>) -> Self {
        Self {
            attribute: topic.attribute.id.clone(),
            value: topic.value,
        }
    }
}

#[cfg(test)]
mod tests;
