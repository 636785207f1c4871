//! The TOML of a playbook's files, read key by key, with the place of everything in it.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::time::Day;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Wrong, meant};
use crate::hours::{Clock, Span};

/// A file with the place of its first byte among all files.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    path: &'a str,
    text: &'a str,
    first: usize,
}

/// A value in a file.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    value: &'a Spanned<DeValue<'a>>,
    file: File<'a>,
}

/// A table: its keys with their places and values. Those of one that changes another may stand in several files.
#[derive(Clone)]
pub(super) struct Section<'a> {
    pub(super) keys: BTreeMap<&'a str, (usize, Node<'a>)>,
    pub(super) at: usize,
}

/// A text of a file.
pub(super) struct Quoted<'a> {
    pub(super) text: &'a str,
    /// The place of its first quote.
    pub(super) at: usize,
    /// As it is written, quotes included.
    written: &'a str,
}

/// Reads files. A place is a byte offset in all of them, one behind the other.
pub(super) struct Reader<'t> {
    files: Vec<File<'t>>,
    /// The id of the rule being read.
    pub(super) rule: Option<Box<str>>,
    faults: Vec<Fault>,
}

impl<'a> Node<'a> {
    /// The place of its first byte.
    pub(super) fn at(&self) -> usize {
        self.file.first + self.value.span().start
    }

    /// The text that it is.
    pub(super) fn as_str(&self) -> Option<&'a str> {
        self.value.get_ref().as_str()
    }
}

impl<'a> Section<'a> {
    fn of(table: &'a DeTable<'a>, at: usize, file: File<'a>) -> Self {
        let keys = table.iter().map(|(key, value)| {
            let at = file.first + key.span().start;
            (key.get_ref().as_ref(), (at, Node { value, file }))
        });
        Self {
            keys: keys.collect(),
            at,
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.keys.get(key).map(|(_, node)| *node)
    }
}

impl Quoted<'_> {
    /// The place at which a byte of the text is written.
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

/// The TOML of a text; what is not TOML is a fault.
pub(super) fn document<'t>(
    reader: &mut Reader<'t>,
    path: &'t str,
    text: &'t str,
) -> (File<'t>, DeTable<'t>) {
    let last = reader.files.last();
    let first = last.map_or(0, |last| last.first + last.text.len() + 1);
    let file = File { path, text, first };
    reader.files.push(file);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(first + at, format!("this is not TOML: {}", error.message()));
    }
    (file, document.into_inner())
}

impl<'t> Reader<'t> {
    pub(super) fn new() -> Self {
        Self {
            files: Vec::new(),
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

    /// All of a file.
    pub(super) fn whole<'a>(&self, (file, table): &'a (File<'t>, DeTable<'t>)) -> Section<'a> {
        Section::of(table, file.first, *file)
    }

    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>) {
        let fault = self.at(at, message);
        self.faults.push(fault);
    }

    pub(super) fn faults_in(&mut self, source: &Quoted<'_>, wrong: Vec<Wrong>) {
        for (offset, message) in wrong {
            self.fault(source.place(offset), message);
        }
    }

    /// How people find a place.
    pub(super) fn whereabouts(&self, at: usize) -> String {
        let Fault { file, line, .. } = self.at(at, "");
        format!("line {line} of {file}")
    }

    /// A fault at a place.
    pub(super) fn at(&self, at: usize, message: impl Into<String>) -> Fault {
        let behind = self.files.partition_point(|file| file.first <= at);
        let file = self.files[..behind].last().expect("places come from files");
        let rule = self.rule.as_deref();
        Fault::at((file.path, file.text), at - file.first, rule, message)
    }

    pub(super) fn known_keys(&mut self, section: &Section<'_>, keys: &[&str]) {
        for (word, (at, _)) in &section.keys {
            if !keys.contains(word) {
                let instead = match meant(word, keys.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", keys.join(", ")),
                };
                self.fault(*at, format!("`{word}` is not known here: {instead}"));
            }
        }
    }

    pub(super) fn required<'a>(&mut self, section: &Section<'a>, key: &str) -> Option<Node<'a>> {
        let node = section.get(key);
        if node.is_none() {
            self.fault(section.at, format!("`{key}` is missing: add it"));
        }
        node
    }

    /// The table that a node is; `written` is how one is begun.
    pub(super) fn table<'a>(&mut self, node: Node<'a>, written: &str) -> Option<Section<'a>> {
        let table = node.value.get_ref().as_table();
        if table.is_none() {
            self.fault(node.at(), format!("expected a table: write `{written}`"));
        }
        table.map(|table| Section::of(table, node.at(), node.file))
    }

    pub(super) fn array<'a>(&mut self, node: Node<'a>) -> Option<Vec<Node<'a>>> {
        let Some(array) = node.value.get_ref().as_array() else {
            self.fault(node.at(), "expected an array: put it in `[` and `]`");
            return None;
        };
        let file = node.file;
        Some(array.iter().map(|value| Node { value, file }).collect())
    }

    pub(super) fn string<'a>(&mut self, node: Node<'a>) -> Option<Quoted<'a>> {
        let Some(text) = node.as_str() else {
            self.fault(node.at(), "expected a text: put it in quotes");
            return None;
        };
        Some(Quoted {
            text,
            at: node.at(),
            written: &node.file.text[node.value.span()],
        })
    }

    /// A calendar day, in quotes or not.
    pub(super) fn day(&mut self, node: Node<'_>) -> Option<Day> {
        let written = match node.value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        let day = written.parse().ok();
        if day.is_none() {
            self.fault(node.at(), "expected a day, such as 2026-12-24");
        }
        day
    }

    /// A time of day.
    pub(super) fn clock(&mut self, node: Node<'_>) -> Option<Clock> {
        let written = self.string(node)?;
        let clock = Clock::read(written.text);
        if clock.is_none() {
            self.fault(written.at, "expected a time of day, such as `15:00`");
        }
        clock
    }

    /// From one time of day until another.
    pub(super) fn span(&mut self, node: Node<'_>) -> Option<Span> {
        let written = self.string(node)?;
        let span = Span::read(written.text);
        if span.is_none() {
            let message =
                "expected two times of one day, the first before the second, as in `18:00..22:00`";
            self.fault(written.at, message);
        }
        span
    }

    /// The different texts of an array that must have one.
    pub(super) fn required_words<'a>(
        &mut self,
        section: &Section<'a>,
        key: &str,
    ) -> Vec<Quoted<'a>> {
        match self.required(section, key) {
            Some(node) => self.words(node, key),
            None => Vec::new(),
        }
    }

    /// The different texts of an array with at least one.
    pub(super) fn words<'a>(&mut self, node: Node<'a>, key: &str) -> Vec<Quoted<'a>> {
        let Some(nodes) = self.array(node) else {
            return Vec::new();
        };
        if nodes.is_empty() {
            self.fault(node.at(), format!("`{key}` is empty: name at least one"));
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

    pub(super) fn number(&mut self, node: Node<'_>, least: u32, most: u32) -> Option<u32> {
        let value = node.value.get_ref();
        let number = value
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let message = format!("expected a whole number from {least} to {most}");
            self.fault(node.at(), message);
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
