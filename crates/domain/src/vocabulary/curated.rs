//! What curation leaves in a vocabulary file beside attributes and values: other names of attributes, and words that
//! are looked at no more.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::DeValue;

use super::reader::{Reader, Section};
use super::{Attribute, normalised};
use crate::ids::AttributeId;

/// Attributes, or values of attributes ([`normalised`]), of which people said that the vocabulary needs no word for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ignored(BTreeSet<(AttributeId, Option<Box<str>>)>);

impl Ignored {
    /// Whether the attribute is ignored, or this word as a value of it.
    pub(super) fn contains(&self, attribute: &AttributeId, word: &str) -> bool {
        let whole = (attribute.clone(), None);
        self.0.contains(&whole) || self.0.contains(&(attribute.clone(), Some(word.into())))
    }
}

impl Reader<'_> {
    /// The table of what is ignored.
    pub(super) fn ignored(&mut self, document: Section<'_, '_>) -> Ignored {
        let nodes = document.table.get("ignored");
        let nodes = nodes.and_then(|node| self.array(node)).unwrap_or_default();
        let mut ignored = Ignored::default();
        for node in nodes {
            let Some(section) = self.section(node, &["attribute", "value"]) else {
                continue;
            };
            let attribute = self.required(section, "attribute");
            let attribute = attribute.and_then(|node| self.id_of(node));
            let value = match section.table.get("value") {
                Some(node) => self
                    .words_of(node)
                    .map(|word| Some(normalised(word).into())),
                None => Some(None),
            };
            ignored.0.extend(attribute.zip(value));
        }
        ignored
    }

    /// Which attribute each other name means.
    pub(super) fn aliases(
        &mut self,
        nodes: &[Spanned<DeValue<'_>>],
        attributes: &BTreeMap<AttributeId, Attribute>,
    ) -> BTreeMap<AttributeId, AttributeId> {
        let mut aliases: BTreeMap<AttributeId, AttributeId> = BTreeMap::new();
        for table in nodes.iter().filter_map(|node| node.get_ref().as_table()) {
            let id = table.get("id").and_then(|id| id.get_ref().as_str());
            let Some(id) = id.and_then(|id| AttributeId::new(id).ok()) else {
                continue;
            };
            let names = table.get("aliases").and_then(|node| self.array(node));
            for node in names.unwrap_or_default() {
                let Some(alias) = self.id_of(node) else {
                    continue;
                };
                let taken = attributes.contains_key(&alias).then_some(&alias);
                if let Some(other) = taken.or(aliases.get(&alias)) {
                    let message = format!("`{alias}` already means `{other}`: remove one of them");
                    self.fault(node.span().start, message);
                } else {
                    aliases.insert(alias, id.clone());
                }
            }
        }
        aliases
    }
}
