//! The files of a playbook, as people edit them and as they travel: a directory there, one document here.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The rules of the chain.
pub(crate) const RULES: &str = "playbook.toml";
/// What brands do otherwise, a file for each.
const BRANDS: &str = "brands/";
/// What properties do otherwise, a file for each.
const PROPERTIES: &str = "properties/";
/// Cases that show what rules do.
const TESTS: &str = "tests/";
/// What rules say, a file for each language.
const WORDS: &str = "words/";
/// What values are called in a language that the vocabulary does not speak.
const LABELS: &str = "labels/";
/// The folders with files, and how those end.
const FOLDERS: [(&str, &str); 5] = [
    (TESTS, ".toml"),
    (BRANDS, ".toml"),
    (PROPERTIES, ".toml"),
    (WORDS, ".ftl"),
    (LABELS, ".toml"),
];
/// The files that Cardex brings along.
const EMBEDDED: [(&str, &str); 6] = [
    (RULES, include_str!("../default/playbook.toml")),
    (
        "tests/rules.toml",
        include_str!("../default/tests/rules.toml"),
    ),
    ("words/en.ftl", include_str!("../default/words/en.ftl")),
    (
        "words/zh-Hans.ftl",
        include_str!("../default/words/zh-Hans.ftl"),
    ),
    (
        "words/zh-Hant.ftl",
        include_str!("../default/words/zh-Hant.ftl"),
    ),
    (
        "labels/zh-Hant.toml",
        include_str!("../default/labels/zh-Hant.toml"),
    ),
];
/// The layout of a bundle.
const FORMAT: u64 = 1;

/// The files of a playbook by their paths inside its directory, such as `words/en.ftl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(BTreeMap<Box<str>, Box<str>>);

impl Sources {
    /// The playbook that Cardex brings along.
    #[must_use]
    pub fn embedded() -> Self {
        Self::new(EMBEDDED)
    }

    /// The files with these paths, each of which [is part](Self::is_part) of a playbook.
    #[must_use]
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter();
        Self(
            files
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        )
    }

    /// Whether a file of that path, `/` between its parts, belongs to a playbook. Others may lie beside them.
    #[must_use]
    pub fn is_part(path: &str) -> bool {
        path == RULES
            || FOLDERS
                .iter()
                .any(|(folder, ending)| name(path, folder, ending).is_some())
    }

    /// Every file with its path, in the order of paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (&**path, &**text))
    }

    /// The text of a file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(|text| &**text)
    }

    /// The files of words: language, path and text.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folder(WORDS, ".ftl")
    }

    /// The files of labels, likewise.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folder(LABELS, ".toml")
    }

    /// The files of brands: name, path and text.
    pub(crate) fn brands(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folder(BRANDS, ".toml")
    }

    /// The files of properties, likewise.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folder(PROPERTIES, ".toml")
    }

    /// The files of cases, likewise.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folder(TESTS, ".toml")
    }

    /// The files in a folder: what each is named after, its path and text.
    fn folder(&self, folder: &str, ending: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        let files = self.files();
        files.filter_map(move |(path, text)| Some((name(path, folder, ending)?, path, text)))
    }

    /// All files as one JSON document, which is the same whenever the files are: what is kept of an active playbook.
    #[must_use]
    pub fn bundle(&self) -> String {
        let files = self.files();
        let files = files.map(|(path, text)| format!("{}:{}", quoted(path), quoted(text)));
        let files: Vec<String> = files.collect();
        format!("{{\"format\":{FORMAT},\"files\":{{{}}}}}", files.join(","))
    }

    /// SHA-256 of the bundle, in hex: what boards name the playbook by.
    #[must_use]
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.bundle()))
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What a file in `folder` is named after.
fn name<'p>(path: &'p str, folder: &str, ending: &str) -> Option<&'p str> {
    let name = path.strip_prefix(folder)?.strip_suffix(ending)?;
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (name.bytes().all(is_word) && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
