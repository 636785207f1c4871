//! The vocabulary: which attributes of a guest Cardex knows, how evidence about each adds up, what each department may
//! see of it, and the words by which people name its values. It is data, so a hotel can bring its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use curated::Ignored;

use crate::event::{Reach, Statement};
use crate::ids::{AttributeId, DepartmentId};

mod curated;
mod load;
mod reader;
#[cfg(test)]
mod tests;

static EMBEDDED: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::parse(Vocabulary::EMBEDDED_TEXT).expect("a test holds the embedded file faultless")
});

/// Every attribute that evidence can be about.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    text: Arc<str>,
    hash: Box<str>,
    attributes: BTreeMap<AttributeId, Attribute>,
    /// Which attribute each other name means.
    aliases: BTreeMap<AttributeId, AttributeId>,
    ignored: Ignored,
}

/// Something about a guest that can be known, such as which way the room should face.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// What it is called everywhere but on a screen.
    pub id: AttributeId,
    /// What it belongs to, for people who browse: `room`, `dining`, …
    pub group: Box<str>,
    /// How evidence about it adds up.
    pub kind: Kind,
    /// Days after which evidence weighs half; 0 when it never fades.
    pub half_life_days: u32,
    /// How likely any one value is before anything is known, in parts per million. 0 when [`Kind::Single`], whose values
    /// carry their own.
    pub base_ppm: u32,
    /// How delicate it is.
    pub sensitivity: Sensitivity,
    /// Where what is known of it holds, unless the observation says otherwise.
    pub bound: Reach,
    /// What people call it.
    pub label: Label,
    /// What to do about it, for those who may not see the value.
    pub handling: Option<Label>,
    /// Whether values outside the list are accepted as they are written. Always so when [`Kind::SingleOpen`].
    pub open: bool,
    /// Whether such values are kept as they are written, for people to read; else they are kept [`normalised`].
    pub verbatim: bool,
    /// The values it can have, in the order of the file.
    pub values: Vec<Value>,
    /// What the departments not named in `views` see.
    pub default_view: View,
    /// What the departments named see, from the attribute itself or from its sensitivity.
    pub views: BTreeMap<DepartmentId, View>,
    /// Where the value that a normalised word means stands in `values`.
    words: BTreeMap<Box<str>, usize>,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What evidence keeps.
    pub id: Box<str>,
    /// How likely it is before anything is known, in parts per million, when the attribute is [`Kind::Single`]; else 0.
    pub base_ppm: u32,
    /// What people call it.
    pub label: Label,
    /// What else people call it, in any language.
    pub synonyms: Vec<Box<str>>,
}

/// How evidence about an attribute adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Any number of values can hold at once.
    Multi,
    /// One of the listed values holds.
    Single,
    /// One value holds, and which there are is not known beforehand.
    SingleOpen,
    /// Acts on one observation within that stay; an ordinary preference at the next.
    Need,
    /// Concerns the guest's safety: never fades, never waits for a threshold.
    Safety,
}

impl Kind {
    /// Whether one value holds at a time.
    #[must_use]
    pub fn is_single(self) -> bool {
        matches!(self, Self::Single | Self::SingleOpen)
    }
}

/// How delicate an attribute is; what departments see follows from it unless the attribute says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// Anybody at work may know.
    Ordinary,
    /// About the person's life.
    Personal,
    /// About the person's health.
    Health,
    /// About the person's protection.
    Security,
}

/// How much of an attribute a department sees. The more it sees, the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Nothing.
    Hidden,
    /// What to do, not why.
    Handling,
    /// The value itself.
    Value,
}

/// A text in the languages that staff read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// English.
    pub en: Box<str>,
    /// Simplified Chinese.
    pub zh: Box<str>,
}

/// What a word means as a value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canonical<'v> {
    /// The id of a listed value.
    Known(&'v str),
    /// A value outside the list of an open attribute, normalised.
    Open(String),
    /// The attribute has no such value and takes no others.
    UnknownValue,
    /// There is no such attribute.
    UnknownAttribute,
}

/// Something wrong in a vocabulary file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Vocabulary {
    /// The vocabulary that Cardex brings along, as text.
    pub const EMBEDDED_TEXT: &'static str = include_str!("vocabulary.toml");

    /// The vocabulary that Cardex brings along.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a vocabulary file (TOML, format 1; the embedded one is the example).
    ///
    /// # Errors
    /// With every fault of the file, in its order, so that one reading is enough to put it right.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let told = load::told(text)?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text)).into();
        Ok(Self {
            text: text.into(),
            hash,
            attributes: told.attributes,
            aliases: told.aliases,
            ignored: told.ignored,
        })
    }

    /// The text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text, in hex: what answers and boards name the vocabulary by.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The attribute of that id.
    #[must_use]
    pub fn attribute(&self, id: &AttributeId) -> Option<&Attribute> {
        self.attributes.get(id)
    }

    /// The attribute that people mean by this id: the one that has it as another name, or the id itself.
    #[must_use]
    pub fn meant<'a>(&'a self, id: &'a AttributeId) -> &'a AttributeId {
        self.aliases.get(id).unwrap_or(id)
    }

    /// The word under which a statement waits for somebody to say what it means: its value [`normalised`]. `None` when
    /// it is understood.
    #[must_use]
    pub fn uncurated(&self, statement: &Statement) -> Option<String> {
        match self.canonical(&statement.attribute, &statement.value) {
            Canonical::Known(_) | Canonical::Open(_) => None,
            Canonical::UnknownValue | Canonical::UnknownAttribute => {
                Some(normalised(&statement.value))
            }
        }
    }

    /// Whether people said that nothing need be done about this word, [`normalised`], as a value of the attribute.
    #[must_use]
    pub fn ignores(&self, attribute: &AttributeId, word: &str) -> bool {
        self.ignored.contains(attribute, word)
    }

    /// All attributes, in id order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.values()
    }

    /// What `word` means as a value of the attribute [meant](Self::meant): ids, labels and synonyms are compared
    /// [`normalised`].
    #[must_use]
    pub fn canonical(&self, attribute: &AttributeId, word: &str) -> Canonical<'_> {
        match self.attributes.get(self.meant(attribute)) {
            Some(attribute) => attribute.canonical(word),
            None => Canonical::UnknownAttribute,
        }
    }

    /// Whether `department` sees everything that is known of a guest's health.
    #[must_use]
    pub fn shows_health(&self, department: &DepartmentId) -> bool {
        let mut health = self
            .attributes()
            .filter(|a| a.sensitivity == Sensitivity::Health);
        health.all(|a| self.view(&a.id, department) == View::Value)
    }

    /// Whether a text in free words names something of the guest's health or protection that `department` may not see.
    #[must_use]
    pub fn betrays(&self, text: &str, department: &DepartmentId) -> bool {
        let text = normalised(text);
        let hidden = |a: &&Attribute| {
            matches!(a.sensitivity, Sensitivity::Health | Sensitivity::Security)
                && self.view(&a.id, department) != View::Value
        };
        self.attributes()
            .filter(hidden)
            .flat_map(|attribute| attribute.words.keys())
            .any(|word| mentions(&text, word))
    }

    /// What `department` sees of the attribute [meant](Self::meant). What the vocabulary does not know is seen only by
    /// those who curate it.
    #[must_use]
    pub fn view(&self, attribute: &AttributeId, department: &DepartmentId) -> View {
        let attribute = self.attributes.get(self.meant(attribute));
        match (attribute, department.as_str()) {
            (_, DepartmentId::ENGINE) | (None, DepartmentId::GUEST_RELATIONS) => View::Value,
            (Some(attribute), _) => attribute
                .views
                .get(department)
                .copied()
                .unwrap_or(attribute.default_view),
            (None, _) => View::Hidden,
        }
    }
}

/// A plain yes, [`normalised`]. Not synonyms: a note that has one of these words says nothing of the guest's privacy.
const YES: [&str; 4] = ["yes", "y", "true", "是"];

impl Attribute {
    /// The listed value of that id.
    #[must_use]
    pub fn value(&self, id: &str) -> Option<&Value> {
        self.values.iter().find(|value| &*value.id == id)
    }

    fn canonical(&self, as_written: &str) -> Canonical<'_> {
        let word = normalised(as_written);
        match self.words.get(word.as_str()) {
            Some(&index) => Canonical::Known(&self.values[index].id),
            None if self.is_asked_for() && YES.contains(&word.as_str()) => {
                let first = self.values.first();
                first.map_or(Canonical::UnknownValue, |first| Canonical::Known(&first.id))
            }
            None if self.verbatim && !word.is_empty() => Canonical::Open(as_written.trim().into()),
            None if self.open && !word.is_empty() => Canonical::Open(word),
            None => Canonical::UnknownValue,
        }
    }
}

impl Value {
    /// Every word that means it, [`normalised`]: id, labels and synonyms.
    pub fn words(&self) -> impl Iterator<Item = String> {
        let labels = [&self.id, &self.label.en, &self.label.zh];
        labels
            .into_iter()
            .chain(&self.synonyms)
            .map(|word| normalised(word))
    }
}

impl Label {
    /// The text in the language of a BCP 47 tag: Chinese for `zh` and its kin, else English.
    #[must_use]
    pub fn in_language(&self, tag: &str) -> &str {
        match tag.split(['-', '_']).next() {
            Some(language) if language.eq_ignore_ascii_case("zh") => &self.zh,
            _ => &self.en,
        }
    }
}

impl Fault {
    /// A fault at a byte offset of `text`.
    #[must_use]
    pub fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}

/// The form in which words are compared: compatibility characters folded (NFKC), lower case, blanks trimmed and single.
#[must_use]
pub fn normalised(word: &str) -> String {
    let folded = match word.is_ascii() {
        true => word.to_ascii_lowercase(),
        false => word.nfkc().flat_map(char::to_lowercase).nfkc().collect(),
    };
    match folded.contains(char::is_whitespace) {
        true => folded.split_whitespace().collect::<Vec<_>>().join(" "),
        false => folded,
    }
}

/// Whether `text` has `word` in it, both [`normalised`]: as a whole word where the script has words.
#[must_use]
pub fn mentions(text: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        let inside_left = joins(before) && joins(found.chars().next());
        let inside_right = joins(after) && joins(found.chars().next_back());
        !inside_left && !inside_right
    })
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every one of them, as written in the file.
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word for it in vocabulary files and on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(Kind {
    Multi = "multi",
    Single = "single",
    SingleOpen = "single_open",
    Need = "need",
    Safety = "safety",
});
words!(Sensitivity {
    Ordinary = "ordinary",
    Personal = "personal",
    Health = "health",
    Security = "security",
});
words!(View { Hidden = "hidden", Handling = "handling", Value = "value" });
