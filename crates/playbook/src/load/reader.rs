//! The TOML of a playbook file, read key by key, with the place of everything in it.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Wrong, meant};

pub(super) type Node<'a, 'i> = &'a Spanned<DeValue<'i>>;

/// A table of the file.
#[derive(Clone, Copy)]
pub(super) struct Section<'a, 'i> {
    pub(super) table: &'a DeTable<'i>,
    pub(super) at: usize,
}

/// A text of the file.
pub(super) struct Quoted<'a> {
    pub(super) text: &'a str,
    /// Byte offset of its first quote.
    pub(super) at: usize,
    /// As it is written, quotes included.
    written: &'a str,
}

pub(super) struct Reader<'t> {
    path: &'t str,
    text: &'t str,
    /// The id of the rule being read.
    pub(super) rule: Option<Box<str>>,
    faults: Vec<Fault>,
}

impl Quoted<'_> {
    /// Where in the file a byte of the text is written.
    pub(super) fn place(&self, offset: usize) -> usize {
        let marks = if self.written.starts_with("\"\"\"") || self.written.starts_with("'''") {
            3
        } else {
            1
        };
        let escapes = self.written.starts_with('"');
        let mut written = self.written[marks..].char_indices().peekable();
        if marks == 3 {
            // The line break after the opening quotes is not part of the text.
            while written.next_if(|(_, c)| *c == '\r').is_some() {}
            written.next_if(|(_, c)| *c == '\n');
        }
        for (_, wanted) in self.text.char_indices().take_while(|(at, _)| *at < offset) {
            while let Some((_, c)) = written.next() {
                if escapes && c == '\\' {
                    let digits = match written.next() {
                        Some((_, 'x')) => 2,
                        Some((_, 'u')) => 4,
                        Some((_, 'U')) => 8,
                        // A break escaped in the source is not part of the text, nor the blanks that follow.
                        Some((_, c)) if c.is_whitespace() => {
                            while written.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                            continue;
                        }
                        _ => 0,
                    };
                    written.by_ref().take(digits).for_each(drop);
                    break;
                }
                if c == wanted {
                    break;
                }
            }
        }
        let rest = written
            .peek()
            .map_or(self.written.len() - marks, |(at, _)| *at);
        self.at + marks + rest
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(path: &'t str, text: &'t str) -> Self {
        Self {
            path,
            text,
            rule: None,
            faults: Vec::new(),
        }
    }

    pub(super) fn is_faultless(&self) -> bool {
        self.faults.is_empty()
    }

    /// Every fault so far.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The TOML of the text; what is not TOML is a fault.
    pub(super) fn document(&mut self) -> DeTable<'t> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(at, format!("this is not TOML: {}", error.message()));
        }
        document.into_inner()
    }

    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>) {
        let fault = Fault::at((self.path, self.text), at, self.rule.as_deref(), message);
        self.faults.push(fault);
    }

    pub(super) fn faults_in(&mut self, source: &Quoted<'_>, wrong: Vec<Wrong>) {
        for (offset, message) in wrong {
            self.fault(source.place(offset), message);
        }
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        Fault::at((self.path, self.text), at, None, "").line
    }

    pub(super) fn known_keys(&mut self, section: Section<'_, '_>, keys: &[&str]) {
        for (key, _) in section.table {
            let word = key.get_ref().as_ref();
            if !keys.contains(&word) {
                let instead = match meant(word, keys.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", keys.join(", ")),
                };
                self.fault(
                    key.span().start,
                    format!("`{word}` is not known here: {instead}"),
                );
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

    /// The table that a node is; `written` is how one is begun.
    pub(super) fn table<'a, 'i>(
        &mut self,
        node: Node<'a, 'i>,
        written: &str,
    ) -> Option<Section<'a, 'i>> {
        let at = node.span().start;
        let table = node.get_ref().as_table();
        if table.is_none() {
            self.fault(at, format!("expected a table: write `{written}`"));
        }
        table.map(|table| Section { table, at })
    }

    pub(super) fn array<'a, 'i>(
        &mut self,
        node: Node<'a, 'i>,
    ) -> Option<&'a [Spanned<DeValue<'i>>]> {
        let array = node.get_ref().as_array();
        if array.is_none() {
            self.fault(
                node.span().start,
                "expected an array: put it in `[` and `]`",
            );
        }
        array.map(|array| &array[..])
    }

    pub(super) fn string<'a>(&mut self, node: Node<'a, '_>) -> Option<Quoted<'a>>
    where
        't: 'a,
    {
        let span = node.span();
        let Some(text) = node.get_ref().as_str() else {
            self.fault(span.start, "expected a text: put it in quotes");
            return None;
        };
        Some(Quoted {
            text,
            at: span.start,
            written: &self.text[span],
        })
    }

    /// The different texts of an array that must have one.
    pub(super) fn required_words<'a>(
        &mut self,
        section: Section<'a, '_>,
        key: &str,
    ) -> Vec<Quoted<'a>>
    where
        't: 'a,
    {
        let Some(node) = self.required(section, key) else {
            return Vec::new();
        };
        let Some(nodes) = self.array(node) else {
            return Vec::new();
        };
        if nodes.is_empty() {
            self.fault(
                node.span().start,
                format!("`{key}` is empty: name at least one"),
            );
        }
        let mut seen = BTreeSet::new();
        let mut words = Vec::new();
        for word in nodes {
            let Some(word) = self.string(word) else {
                continue;
            };
            if seen.insert(word.text) {
                words.push(word);
            } else {
                self.fault(
                    word.at,
                    format!("`{}` stands here twice: remove one", word.text),
                );
            }
        }
        words
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

    pub(super) fn one_of<T: Copy>(&mut self, word: &Quoted<'_>, known: &[(&str, T)]) -> Option<T> {
        let found = known
            .iter()
            .find(|(name, _)| *name == word.text)
            .map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "`{}` is not known here: there are {}",
                word.text,
                names.join(", ")
            );
            self.fault(word.at, message);
        }
        found
    }
}
