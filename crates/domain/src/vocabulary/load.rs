//! Reads a vocabulary file. Every fault is collected with its place, because whoever edits the file wants to know all of
//! them at once.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::curated::Ignored;
use super::reader::{Node, Reader, Section};
use super::{Attribute, Fault, Kind, Label, Sensitivity, Value, View, mentions, normalised};
use crate::event::Reach;
use crate::ids::{AttributeId, DepartmentId};

const ONE_PPM: u32 = 1_000_000;
const MAX_HALF_LIFE_DAYS: u32 = 36_500;
/// More than an even chance for any one of many values would make a preference out of no evidence at all.
const MAX_BASE_PPM: u32 = 500_000;

const ATTRIBUTE_KEYS: [&str; 14] = [
    "id",
    "group",
    "kind",
    "half_life_days",
    "base_ppm",
    "sensitivity",
    "bound",
    "view",
    "label",
    "handling",
    "open",
    "verbatim",
    "aliases",
    "value",
];

/// Where an attribute can be bound, as written in the file.
const BOUNDS: &[(&str, Reach)] = &[("property", Reach::Property), ("chain", Reach::Chain)];

const SENSITIVITIES: [Sensitivity; 4] = [
    Sensitivity::Ordinary,
    Sensitivity::Personal,
    Sensitivity::Health,
    Sensitivity::Security,
];

/// What a file says.
#[derive(Default)]
pub(super) struct Told {
    pub(super) attributes: BTreeMap<AttributeId, Attribute>,
    pub(super) aliases: BTreeMap<AttributeId, AttributeId>,
    pub(super) ignored: Ignored,
}

/// What the file says.
///
/// # Errors
/// With every fault, in the order of the file.
pub(super) fn told(text: &str) -> Result<Told, Vec<Fault>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, format!("this is not TOML: {}", error.message()));
    }
    let told = if reader.faults.is_empty() {
        reader.document(document.get_ref())
    } else {
        Told::default()
    };
    if reader.faults.is_empty() {
        return Ok(told);
    }
    reader.faults.sort();
    Err(reader.faults)
}

/// What departments see of a sensitivity.
#[derive(Clone)]
struct Views {
    default: View,
    departments: BTreeMap<DepartmentId, View>,
}

impl Reader<'_> {
    fn document(&mut self, table: &DeTable<'_>) -> Told {
        let document = Section { table, at: 0 };
        self.known_keys(document, &["format", "views", "attribute", "ignored"]);
        if let Some(format) = self.required(document, "format")
            && self
                .number(format, 1, u32::MAX)
                .is_some_and(|format| format != 1)
        {
            self.fault(
                format.span().start,
                "this program reads format 1: convert the file or upgrade",
            );
        }
        let views = self
            .required(document, "views")
            .and_then(|node| self.views(node));
        let mut told = Told {
            ignored: self.ignored(document),
            ..Told::default()
        };
        let Some(nodes) = self
            .required(document, "attribute")
            .and_then(|node| self.array(node))
        else {
            return told;
        };
        for node in nodes {
            let Some(attribute) = self.attribute(node, views.as_ref()) else {
                continue;
            };
            let id = attribute.id.clone();
            if told.attributes.insert(id.clone(), attribute).is_some() {
                self.fault(
                    node.span().start,
                    format!("`{id}` was defined before: remove one of them"),
                );
            }
        }
        told.aliases = self.aliases(nodes, &told.attributes);
        told
    }

    fn views(&mut self, node: Node<'_, '_>) -> Option<BTreeMap<Sensitivity, Views>> {
        let section = self.section(node, &SENSITIVITIES.map(Sensitivity::as_str))?;
        let mut views = BTreeMap::new();
        for sensitivity in SENSITIVITIES {
            let Some(node) = self.required(section, sensitivity.as_str()) else {
                continue;
            };
            let Some(table) = self.table(node) else {
                continue;
            };
            let default = self
                .required(table, "default")
                .and_then(|node| self.word(node, View::WORDS));
            let departments = self.departments(table);
            if let Some(default) = default {
                views.insert(
                    sensitivity,
                    Views {
                        default,
                        departments,
                    },
                );
            }
        }
        (views.len() == SENSITIVITIES.len()).then_some(views)
    }

    /// The departments of a table of views; its `default`, where it may have one, is left to the caller.
    fn departments(&mut self, section: Section<'_, '_>) -> BTreeMap<DepartmentId, View> {
        let mut departments = BTreeMap::new();
        for (key, node) in section
            .table
            .iter()
            .filter(|(key, _)| *key.get_ref() != "default")
        {
            let view = self.word(node, View::WORDS);
            match DepartmentId::new(key.get_ref()) {
                Ok(id) if id.as_str() == DepartmentId::ENGINE => {
                    self.fault(
                        key.span().start,
                        "`engine` always sees the value: remove this entry",
                    );
                }
                Ok(department) => departments.extend(view.map(|view| (department, view))),
                Err(error) => self.fault(key.span().start, error.to_string()),
            }
        }
        departments
    }

    fn attribute(
        &mut self,
        node: Node<'_, '_>,
        views: Option<&BTreeMap<Sensitivity, Views>>,
    ) -> Option<Attribute> {
        let section = self.section(node, &ATTRIBUTE_KEYS)?;
        let id = self.attribute_id(section);
        let group = self
            .required(section, "group")
            .and_then(|node| self.token(node));
        let kind = self
            .required(section, "kind")
            .and_then(|node| self.word(node, Kind::WORDS));
        let sensitivity = self
            .required(section, "sensitivity")
            .and_then(|node| self.word(node, Sensitivity::WORDS));
        let bound = match section.table.get("bound") {
            Some(node) => self.word(node, BOUNDS),
            None => Some(Reach::Chain),
        };
        let label = self
            .required(section, "label")
            .and_then(|node| self.label(node));
        let handling = section
            .table
            .get("handling")
            .and_then(|node| self.label(node));
        let half_life_days = self.half_life(section, kind);
        let (Some(kind), Some(sensitivity)) = (kind, sensitivity) else {
            return None;
        };
        let open = self.open(section, kind);
        let verbatim = self.verbatim(section, open);
        let base_ppm = self.base(section, kind);
        let values = self.values(section, kind, open);
        let words = self.words(&values);
        let views = views.and_then(|views| views.get(&sensitivity).cloned());
        let views = self.attribute_views(section, views);
        let attribute = Attribute {
            id: id?,
            group: group?.into(),
            kind,
            half_life_days: half_life_days?,
            base_ppm: base_ppm?,
            sensitivity,
            bound: bound?,
            label: label?,
            handling,
            open,
            verbatim,
            values: values.into_iter().map(|(value, _)| value).collect(),
            default_view: views.as_ref()?.default,
            views: views?.departments,
            words,
        };
        match section.table.get("handling") {
            Some(node) => self.handling_keeps_silent(node, &attribute),
            None => self.handling_is_reachable(section, &attribute),
        }
        Some(attribute)
    }

    fn attribute_id(&mut self, section: Section<'_, '_>) -> Option<AttributeId> {
        let node = self.required(section, "id")?;
        self.id_of(node)
    }

    fn half_life(&mut self, section: Section<'_, '_>, kind: Option<Kind>) -> Option<u32> {
        let node = self.required(section, "half_life_days")?;
        let days = self.number(node, 0, MAX_HALF_LIFE_DAYS)?;
        if kind == Some(Kind::Safety) && days != 0 {
            self.fault(
                node.span().start,
                "what concerns safety never fades: write 0",
            );
        }
        Some(days)
    }

    fn open(&mut self, section: Section<'_, '_>, kind: Kind) -> bool {
        let Some(node) = section.table.get("open") else {
            return kind == Kind::SingleOpen;
        };
        let at = node.span().start;
        match (node.get_ref().as_bool(), kind) {
            (None, _) => self.fault(at, "expected true or false"),
            (Some(_), Kind::Single | Kind::SingleOpen) => {
                self.fault(
                    at,
                    format!("`{kind}` already says whether other values are taken: remove `open`"),
                );
            }
            (Some(open), _) => return open,
        }
        kind == Kind::SingleOpen
    }

    fn verbatim(&mut self, section: Section<'_, '_>, open: bool) -> bool {
        let Some(node) = section.table.get("verbatim") else {
            return false;
        };
        let at = node.span().start;
        match node.get_ref().as_bool() {
            Some(verbatim) if open || !verbatim => return verbatim,
            Some(_) => self.fault(
                at,
                "only values outside a list are kept as written: add `open` or remove this entry",
            ),
            None => self.fault(at, "expected true or false"),
        }
        false
    }

    fn base(&mut self, section: Section<'_, '_>, kind: Kind) -> Option<u32> {
        if kind != Kind::Single {
            let node = self.required(section, "base_ppm")?;
            return self.number(node, 1, MAX_BASE_PPM);
        }
        if let Some(node) = section.table.get("base_ppm") {
            self.fault(
                node.span().start,
                "the values of a `single` carry the base: move it there",
            );
        }
        Some(0)
    }

    /// The values, each with its place.
    fn values(&mut self, section: Section<'_, '_>, kind: Kind, open: bool) -> Vec<(Value, usize)> {
        let nodes = match section.table.get("value") {
            Some(node) => self.array(node).unwrap_or_default(),
            None => &[][..],
        };
        let values: Vec<_> = nodes
            .iter()
            .filter_map(|node| Some((self.value(node, kind)?, node.span().start)))
            .collect();
        if values.len() < nodes.len() {
            return values;
        }
        if kind == Kind::Single {
            let sum: u64 = values
                .iter()
                .map(|(value, _)| u64::from(value.base_ppm))
                .sum();
            if values.len() < 2 || sum != u64::from(ONE_PPM) {
                let message = "the values must be at least two and their `base_ppm` sum to 1000000";
                self.fault(section.at, format!("{message}, not {sum}: put them right"));
            }
        } else if values.is_empty() && !open {
            self.fault(
                section.at,
                "there is no value: list some, or write `open = true`",
            );
        }
        values
    }

    fn value(&mut self, node: Node<'_, '_>, kind: Kind) -> Option<Value> {
        let section = self.section(node, &["id", "base_ppm", "label", "synonyms"])?;
        let id = self
            .required(section, "id")
            .and_then(|node| self.token(node));
        let label = self
            .required(section, "label")
            .and_then(|node| self.label(node));
        let base_ppm = match (kind, section.table.get("base_ppm")) {
            (Kind::Single, _) => self
                .required(section, "base_ppm")
                .and_then(|node| self.number(node, 1, ONE_PPM - 1)),
            (_, None) => Some(0),
            (_, Some(node)) => {
                self.fault(
                    node.span().start,
                    "only values of a `single` have a base: remove it",
                );
                None
            }
        };
        let mut synonyms = Vec::new();
        let nodes = section
            .table
            .get("synonyms")
            .and_then(|node| self.array(node));
        for node in nodes.unwrap_or_default() {
            synonyms.extend(self.words_of(node).map(Box::from));
        }
        Some(Value {
            id: id?.into(),
            base_ppm: base_ppm?,
            label: label?,
            synonyms,
        })
    }

    /// Which value each word means.
    fn words(&mut self, values: &[(Value, usize)]) -> BTreeMap<Box<str>, usize> {
        let mut words: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for (index, (value, at)) in values.iter().enumerate() {
            for word in value.words() {
                let first = *words.entry(word.clone().into()).or_insert(index);
                if first != index {
                    let other = &values[first].0.id;
                    self.fault(
                        *at,
                        format!(
                            "`{word}` already means `{other}`: keep the word with one value only"
                        ),
                    );
                }
            }
        }
        words
    }

    /// The views of the attribute: its sensitivity's, with its own on top.
    fn attribute_views(&mut self, section: Section<'_, '_>, views: Option<Views>) -> Option<Views> {
        let own = match section.table.get("view").map(|node| self.table(node)) {
            Some(table) => {
                let table = table?;
                if let Some((key, _)) = table.table.get_key_value("default") {
                    let message =
                        "an attribute names departments: the default is its sensitivity's";
                    self.fault(key.span().start, format!("{message}; remove this entry"));
                }
                self.departments(table)
            }
            None => BTreeMap::new(),
        };
        let mut views = views?;
        views.departments.extend(own);
        Some(views)
    }

    fn handling_is_reachable(&mut self, section: Section<'_, '_>, attribute: &Attribute) {
        let mut views = attribute.views.values().chain([&attribute.default_view]);
        if views.any(|view| *view == View::Handling) {
            let message = "some department sees only how to handle this: add `handling`";
            self.fault(section.at, message);
        }
    }

    fn handling_keeps_silent(&mut self, node: Node<'_, '_>, attribute: &Attribute) {
        let Some(handling) = &attribute.handling else {
            return;
        };
        let texts = [normalised(&handling.en), normalised(&handling.zh)];
        for value in &attribute.values {
            if value
                .words()
                .any(|word| texts.iter().any(|text| mentions(text, &word)))
            {
                let message = format!(
                    "the text gives away `{}`: say what to do, not why",
                    value.id
                );
                self.fault(node.span().start, message);
            }
        }
    }

    fn label(&mut self, node: Node<'_, '_>) -> Option<Label> {
        let section = self.section(node, &["en", "zh"])?;
        let en = self
            .required(section, "en")
            .and_then(|node| self.words_of(node))
            .map(Box::from);
        let zh = self
            .required(section, "zh")
            .and_then(|node| self.words_of(node))
            .map(Box::from);
        Some(Label { en: en?, zh: zh? })
    }
}
