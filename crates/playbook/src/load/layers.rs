//! How rules are inherited: a property changes what its brand says, a brand what the chain says. Each adds rules of its own,
//! changes keys of those above, or switches them off.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::RuleId;

use super::Loader;
use super::escalation::ESCALATION;
use super::hours::TIMES;
use super::reader::{Node, Quoted, Section};
use super::routes::ROUTE;
use super::waiting::DO_NOT_DISTURB;

/// Keys of every file.
const KEYS: [&str; 6] = ["format", "rule", ESCALATION, TIMES, DO_NOT_DISTURB, ROUTE];
/// Those that only a file has that stands below others.
const LOWER_KEYS: [&str; 2] = ["override", "off"];
/// In a property's file, the brand it belongs to.
const BRAND: &str = "brand";

/// A rule as it is written, changes included.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    /// Which of all drafts it is: one that is inherited as it stands is the same.
    pub(super) number: usize,
    pub(super) section: Section<'a>,
}

/// The rules that hold somewhere.
pub(super) type Drafts<'a> = BTreeMap<RuleId, Draft<'a>>;

impl<'v> Loader<'_, 'v> {
    /// The rules of the chain.
    pub(super) fn chain<'a>(&mut self, document: &Section<'a>) -> Drafts<'a> {
        self.reader.known_keys(document, &KEYS);
        self.format(document);
        let mut drafts = Drafts::new();
        if self.reader.required(document, "rule").is_some() {
            self.add(document, &BTreeSet::new(), &mut drafts);
        }
        self.chain = drafts.keys().cloned().collect();
        drafts
    }

    /// The rules that hold where the file says what differs from `above`.
    pub(super) fn lower<'a>(
        &mut self,
        document: &Section<'a>,
        above: &Drafts<'a>,
        is_property: bool,
    ) -> Drafts<'a> {
        let keys = KEYS.into_iter().chain(LOWER_KEYS);
        let keys = keys.chain(is_property.then_some(BRAND));
        self.reader.known_keys(document, &keys.collect::<Vec<_>>());
        self.format(document);
        let mut drafts = above.clone();
        let changed = self.change(document, &mut drafts);
        self.switch_off(document, &changed, &mut drafts);
        // What is switched off above is not free for something else.
        let taken = above.keys().chain(&self.chain).cloned().collect();
        self.add(document, &taken, &mut drafts);
        drafts
    }

    /// The brand that a property's file names.
    pub(super) fn brand<'a>(&mut self, document: &Section<'a>) -> Option<Quoted<'a>> {
        let node = document.get(BRAND)?;
        self.reader.string(node)
    }

    fn format(&mut self, document: &Section<'_>) {
        let Some(format) = document.get("format") else {
            let message = "`format` is missing: add `format = 1`";
            return self.reader.fault(document.at, message);
        };
        let number = self.reader.number(format, 1, u32::MAX);
        if number.is_some_and(|number| number != 1) {
            let message = "this program reads format 1: convert the file or upgrade";
            self.reader.fault(format.at(), message);
        }
    }

    /// Adds the rules of a file, whose ids are none of those `taken` above.
    fn add<'a>(
        &mut self,
        document: &Section<'a>,
        taken: &BTreeSet<RuleId>,
        drafts: &mut Drafts<'a>,
    ) {
        for section in self.tables(document, "rule") {
            let Some((id, at)) = self.id(&section) else {
                continue;
            };
            if taken.contains(&id) || drafts.contains_key(&id) {
                let where_it_is = self.reader.whereabouts(self.places[&id]);
                let way_out = match taken.contains(&id) {
                    true => "change that one by `[[override]]`, or choose another id",
                    false => "choose another",
                };
                let message = format!("this id is taken by the rule in {where_it_is}: {way_out}");
                self.reader.fault(at, message);
            } else {
                self.places.insert(id.clone(), at);
                let draft = self.draft(section);
                drafts.insert(id, draft);
            }
        }
        self.reader.rule = None;
    }

    /// Gives the rules that were changed.
    fn change<'a>(&mut self, document: &Section<'a>, drafts: &mut Drafts<'a>) -> BTreeSet<RuleId> {
        let mut changed = BTreeSet::new();
        for section in self.tables(document, "override") {
            let Some((id, at)) = self.id(&section) else {
                continue;
            };
            let Some(draft) = drafts.get(&id) else {
                self.not_above(&id, at, drafts);
                continue;
            };
            if !changed.insert(id.clone()) {
                self.reader
                    .fault(at, "this rule is changed here twice: join the two");
            }
            let mut merged = draft.section.clone();
            let keys = section.keys.into_iter().filter(|(key, _)| *key != "id");
            merged.keys.extend(keys);
            let draft = self.draft(merged);
            drafts.insert(id, draft);
        }
        self.reader.rule = None;
        changed
    }

    fn switch_off(
        &mut self,
        document: &Section<'_>,
        changed: &BTreeSet<RuleId>,
        drafts: &mut Drafts<'_>,
    ) {
        let Some(node) = document.get("off") else {
            return;
        };
        // Whoever switches everything on again may leave the list.
        if self
            .reader
            .array(node)
            .is_some_and(|listed| listed.is_empty())
        {
            return;
        }
        for word in self.reader.words(node, "off") {
            let Ok(id) = RuleId::new(word.text) else {
                self.reader
                    .fault(word.at, format!("`{}` is no id of a rule", word.text));
                continue;
            };
            if changed.contains(&id) {
                let message = format!("`{id}` is changed here, too: remove one of the two");
                self.reader.fault(word.at, message);
            } else if drafts.remove(&id).is_none() {
                self.not_above(&id, word.at, drafts);
            }
        }
    }

    fn not_above(&mut self, id: &RuleId, at: usize, drafts: &Drafts<'_>) {
        let instead = match self.places.contains_key(id) {
            true => "it is switched off above: remove this".to_owned(),
            false => match crate::fault::meant(id.as_str(), drafts.keys().map(RuleId::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add it as a `[[rule]]`".to_owned(),
            },
        };
        self.reader
            .fault(at, format!("there is no rule `{id}` above: {instead}"));
    }

    pub(super) fn tables<'a>(&mut self, document: &Section<'a>, key: &str) -> Vec<Section<'a>> {
        let nodes = document.get(key).and_then(|node| self.reader.array(node));
        let nodes: Vec<Node<'a>> = nodes.unwrap_or_default();
        let written = format!("[[{key}]]");
        let tables = nodes.into_iter();
        tables
            .filter_map(|node| self.reader.table(node, &written))
            .collect()
    }

    fn draft<'a>(&mut self, section: Section<'a>) -> Draft<'a> {
        self.drafts += 1;
        Draft {
            number: self.drafts,
            section,
        }
    }

    /// The id of a rule and its place.
    fn id(&mut self, section: &Section<'_>) -> Option<(RuleId, usize)> {
        self.reader.rule = section.get("id").and_then(|id| id.as_str()).map(Box::from);
        let node = self.reader.required(section, "id")?;
        let id = self.reader.string(node)?;
        let rule = RuleId::new(id.text);
        match rule {
            Ok(rule) if id.text.starts_with(|c: char| c.is_ascii_lowercase()) => {
                Some((rule, id.at))
            }
            Ok(_) => {
                let message = "the id of a rule begins with a letter, to name what it says";
                self.reader.fault(id.at, message);
                None
            }
            Err(error) => {
                self.reader.fault(id.at, error.to_string());
                None
            }
        }
    }
}
