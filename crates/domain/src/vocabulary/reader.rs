//! Reads the shapes of a TOML file — tables, texts, numbers — and notes where one is not what was expected, without
//! stopping.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, normalised};
use crate::ids::AttributeId;

/// Anything in the file, with its place.
pub(super) type Node<'a, 'i> = &'a Spanned<DeValue<'i>>;

/// A table of the file whose keys were checked.
#[derive(Clone, Copy)]
pub(super) struct Section<'a, 'i> {
    /// Its entries.
    pub(super) table: &'a DeTable<'i>,
    /// Where it stands, for what is missing in it.
    pub(super) at: usize,
}

/// Collects the faults of one file.
pub(super) struct Reader<'t> {
    text: &'t str,
    /// What was found so far.
    pub(super) faults: Vec<Fault>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            faults: Vec::new(),
        }
    }

    pub(super) fn section<'a, 'i>(
        &mut self,
        node: Node<'a, 'i>,
        keys: &[&str],
    ) -> Option<Section<'a, 'i>> {
        let section = self.table(node)?;
        self.known_keys(section, keys);
        Some(section)
    }

    pub(super) fn known_keys(&mut self, section: Section<'_, '_>, keys: &[&str]) {
        for (key, _) in section.table {
            if !keys.contains(&key.get_ref().as_ref()) {
                let known = keys.join(", ");
                let message = format!("`{}` is not known here: use {known}", key.get_ref());
                self.fault(key.span().start, message);
            }
        }
    }

    pub(super) fn required<'a, 'i>(
        &mut self,
        section: Section<'a, 'i>,
        key: &str,
    ) -> Option<Node<'a, 'i>> {
        let node = section.table.get(key);
        if node.is_none() {
            self.fault(section.at, format!("`{key}` is missing: add it"));
        }
        node
    }

    pub(super) fn table<'a, 'i>(&mut self, node: Node<'a, 'i>) -> Option<Section<'a, 'i>> {
        let at = node.span().start;
        let table = node.get_ref().as_table();
        if table.is_none() {
            self.fault(at, "expected a table");
        }
        table.map(|table| Section { table, at })
    }

    pub(super) fn array<'a, 'i>(
        &mut self,
        node: Node<'a, 'i>,
    ) -> Option<&'a [Spanned<DeValue<'i>>]> {
        let array = node.get_ref().as_array();
        if array.is_none() {
            self.fault(node.span().start, "expected an array");
        }
        array.map(|array| &array[..])
    }

    pub(super) fn string<'a>(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let text = node.get_ref().as_str();
        if text.is_none() {
            self.fault(node.span().start, "expected a text in quotes");
        }
        text
    }

    /// A text that says something.
    pub(super) fn words_of<'a>(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let text = self.string(node)?;
        if normalised(text).is_empty() {
            self.fault(
                node.span().start,
                "the text is empty: write it or remove the entry",
            );
            return None;
        }
        Some(text)
    }

    pub(super) fn token<'a>(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let text = self.string(node)?;
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if text.is_empty() || !text.bytes().all(fits) {
            self.fault(node.span().start, "expected one or more of a-z, 0-9 and _");
            return None;
        }
        Some(text)
    }

    pub(super) fn id_of(&mut self, node: Node<'_, '_>) -> Option<AttributeId> {
        match AttributeId::new(self.string(node)?) {
            Ok(id) => Some(id),
            Err(error) => {
                self.fault(node.span().start, error.to_string());
                None
            }
        }
    }

    pub(super) fn number(&mut self, node: Node<'_, '_>, least: u32, most: u32) -> Option<u32> {
        let number = node
            .get_ref()
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let message = format!("expected a whole number from {least} to {most}");
            self.fault(node.span().start, message);
        }
        number
    }

    pub(super) fn word<T: Copy>(&mut self, node: Node<'_, '_>, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(node)?;
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{text}` is not known here: use {}", known.join(", "));
            self.fault(node.span().start, message);
        }
        found
    }

    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.faults.push(Fault::at(self.text, at, message));
    }
}
