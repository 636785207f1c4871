//! Every word by which a note is understood, as one automaton: those of the vocabulary and the cues. A second one finds
//! what a clause is about, which decides between the meanings of a word.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::AhoCorasick;
use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::{Attribute, Kind, Sensitivity, Value, Vocabulary, mentions};

use crate::cue::{self, Cue};
use crate::folded::folded;

/// The value that stands for having no wish.
const ANY: &str = "any";

/// A single Han character is a word of its own only beside one of these, a cue, another word, or no Han character.
const MAY_STAND_BEFORE: &str = "吃喝要怕爱加放少多点太很偏带有叫和跟与及或对的个碗份条杯是";
const MAY_STAND_AFTER: &str = "的了吧呢和跟与及或都过也太很味一";

/// What stands before a word in one that denies it.
const DENIALS: [&str; 10] = [
    "no ", "non ", "not ", "without ", "不", "无", "不要", "不吃", "不喝", "免",
];

/// Words with fewer letters are not taken for plurals.
const PLURAL_LETTERS_MIN: usize = 5;

/// The words of a vocabulary, with the cues.
#[derive(Debug)]
pub(crate) struct Lexicon {
    words: WordList,
    /// For each word of `words`.
    entries: Vec<Entry>,
    context: AhoCorasick,
    /// For each pattern of `context`, the attributes that it speaks of, by their place in `attributes`.
    spoken_of: Vec<Vec<usize>>,
    attributes: Vec<AttributeId>,
}

/// What a word can be.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) meanings: Vec<Meaning>,
    pub(crate) cues: Vec<Cue>,
    /// Whether it means something only beside the context of its attribute.
    pub(crate) weak: bool,
    /// Whether it is a figure, which means something only alone and in one clause with the context of its attribute.
    pub(crate) is_number: bool,
    /// Whether it says itself that there is an allergy.
    pub(crate) names_allergy: bool,
    /// What it means where it is denied, in an attribute of its own: "beef" denied is a diet without it.
    pub(crate) refusal: Option<Meaning>,
}

/// A value that a word can mean.
#[derive(Debug, Clone)]
pub(crate) struct Meaning {
    /// The place of the attribute in the lexicon.
    pub(crate) attribute: usize,
    pub(crate) value: Box<str>,
    /// Whether the word is what the value is called, rather than a synonym.
    pub(crate) is_label: bool,
    /// Whether the value is something that a guest is allergic to.
    pub(crate) is_allergen: bool,
    /// Whether the value is something that a guest keeps away from.
    pub(crate) is_shunned: bool,
    /// Whether the value says what is, and not what is wanted.
    pub(crate) is_fact: bool,
    /// Whether the value tells of the guest's health.
    pub(crate) is_health: bool,
    /// What is meant where the value is denied: the value for not having it, where the attribute takes one value and has
    /// such a one.
    pub(crate) opposite: Option<Box<str>>,
}

/// A word found in a folded text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'l> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) entry: &'l Entry,
}

impl Found<'_> {
    pub(crate) fn is(&self, cue: Cue) -> bool {
        self.entry.cues.contains(&cue)
    }
}

impl Lexicon {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        let attributes: Vec<_> = vocabulary.attributes().collect();
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (place, attribute) in attributes.iter().enumerate() {
            for value in &attribute.values {
                add_value(&mut entries, place, attribute, value);
            }
        }
        for (word, cue) in cue::cues() {
            entries.entry(folded(word)).or_default().cues.push(cue);
        }
        let allergies: Vec<String> = cue::cues()
            .filter(|(_, cue)| *cue == Cue::Allergy)
            .map(|(word, _)| folded(word))
            .collect();
        for (word, entry) in &mut entries {
            let is_named = allergies.iter().any(|allergy| mentions(word, allergy));
            entry.names_allergy = is_named && !entry.meanings.is_empty();
        }
        for word in cue::weak_words().into_iter().map(folded) {
            if let Some(entry) = entries.get_mut(&word) {
                entry.weak = true;
            }
        }
        for (word, meaning) in refusals(&entries) {
            if let Some(entry) = entries.get_mut(&word) {
                entry.refusal = Some(meaning);
            }
        }
        let mut context: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (id, words) in cue::contexts() {
            let place = attributes
                .iter()
                .position(|attribute| attribute.id.as_str() == id);
            for (place, word) in words.into_iter().filter_map(|word| Some((place?, word))) {
                context.entry(folded(word)).or_default().push(place);
            }
        }
        for (place, attribute) in attributes.iter().enumerate() {
            for label in [&attribute.label.en, &attribute.label.zh] {
                let places = context.entry(folded(label)).or_default();
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        Self {
            words: WordList::new(entries.keys()),
            context: automaton(context.keys()),
            entries: entries.into_values().collect(),
            spoken_of: context.into_values().collect(),
            attributes: attributes
                .into_iter()
                .map(|attribute| attribute.id.clone())
                .collect(),
        }
    }

    pub(crate) fn attribute(&self, place: usize) -> &AttributeId {
        &self.attributes[place]
    }

    /// The whole words of a folded text, the leftmost and longest first, none over another.
    pub(crate) fn words<'l>(&'l self, text: &str) -> Vec<Found<'l>> {
        let found = self.words.find(text).map(|(range, place)| Found {
            start: range.start,
            end: range.end,
            entry: &self.entries[place],
        });
        without_parts_of_words(text, found.collect())
    }

    /// Which attributes a folded text speaks of, with where: for each the starts of its context words.
    pub(crate) fn context(&self, text: &str) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut places: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for hit in self.context.find_overlapping_iter(text) {
            if whole_word(text, hit.start(), hit.end()).is_none() {
                continue;
            }
            for place in &self.spoken_of[hit.pattern().as_usize()] {
                places.entry(*place).or_default().insert(hit.start());
            }
        }
        places
    }
}

/// A list of folded words that can be looked for in folded text.
#[derive(Debug)]
pub(crate) struct WordList {
    automaton: AhoCorasick,
}

impl WordList {
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w String>) -> Self {
        Self {
            automaton: automaton(words),
        }
    }

    /// The whole words of the list in a text with their places in the list: the leftmost and longest first, none over
    /// another.
    pub(crate) fn find(&self, text: &str) -> impl Iterator<Item = (Range<usize>, usize)> {
        let whole = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|hit| {
                let end = whole_word(text, hit.start(), hit.end())?;
                Some((hit.start(), Reverse(end), Reverse(hit.end()), hit.pattern()))
            });
        let mut whole: Vec<_> = whole.collect();
        // A listed plural goes before the plural of what is listed.
        whole.sort_unstable();
        let mut free_from = 0;
        whole
            .into_iter()
            .filter_map(move |(start, Reverse(end), _, pattern)| {
                let is_free = start >= free_from;
                if is_free {
                    free_from = end;
                }
                is_free.then_some((start..end, pattern.as_usize()))
            })
    }
}

fn automaton<'w>(words: impl IntoIterator<Item = &'w String>) -> AhoCorasick {
    AhoCorasick::new(words).expect("word lists are far below the automaton's bounds")
}

fn add_value(
    entries: &mut BTreeMap<String, Entry>,
    place: usize,
    attribute: &Attribute,
    value: &Value,
) {
    let is_health = attribute.sensitivity == Sensitivity::Health;
    let is_allergen = attribute.kind == Kind::Safety && is_health;
    let is_shunned = cue::shunned().contains(&attribute.id.as_str());
    let is_fact = is_health || cue::facts().contains(&attribute.id.as_str());
    let labels = [&value.id, &value.label.en, &value.label.zh].map(|word| folded(word));
    let synonyms = value.synonyms.iter().map(|word| folded(word));
    let opposite = opposite(attribute, value);
    let words: BTreeSet<String> = labels
        .iter()
        .cloned()
        .chain(synonyms)
        .flat_map(forms)
        .collect();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        let is_label = labels.contains(&word);
        let is_number = is_number(&word);
        let entry = entries.entry(word).or_default();
        entry.is_number = is_number;
        entry.weak |= is_number || &*value.id == ANY;
        entry.meanings.push(Meaning {
            attribute: place,
            value: value.id.clone(),
            is_label,
            is_allergen,
            is_shunned,
            is_fact,
            is_health,
            opposite: opposite.clone(),
        });
    }
}

/// A word, without its article, and in the singular where it is a plural.
fn forms(word: String) -> Vec<String> {
    let bare = ["a ", "an ", "the "]
        .iter()
        .find_map(|article| word.strip_prefix(article))
        .map(str::to_owned);
    let is_one_word =
        word.len() >= PLURAL_LETTERS_MIN && word.chars().all(|c| c.is_ascii_alphabetic());
    let singular = word
        .strip_suffix('s')
        .filter(|one| is_one_word && !one.ends_with('s'))
        .map(str::to_owned);
    [Some(word), bare, singular].into_iter().flatten().collect()
}

/// Whether a word is a figure or says which of a row: `8`, `八`, `10th`.
fn is_number(word: &str) -> bool {
    if word.chars().all(|c| "一二三四五六七八九十".contains(c)) {
        return true;
    }
    let figures = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ordinal = &word[figures.len()..];
    !figures.is_empty()
        && figures.chars().all(|c| c.is_ascii_digit())
        && matches!(ordinal, "" | "st" | "nd" | "rd" | "th")
}

/// For each word that is denied by another word of one meaning, in another attribute, that meaning.
fn refusals(entries: &BTreeMap<String, Entry>) -> Vec<(String, Meaning)> {
    let refused = |word: &str, entry: &Entry| {
        let denied = DENIALS
            .iter()
            .filter_map(|no| entries.get(&format!("{no}{word}")));
        let mut meanings = denied.flat_map(|entry| &entry.meanings).filter(|meaning| {
            !meaning.is_allergen
                && entry
                    .meanings
                    .iter()
                    .all(|own| own.attribute != meaning.attribute)
        });
        let meaning = meanings.next()?;
        let is_one = meanings
            .all(|other| other.attribute == meaning.attribute && other.value == meaning.value);
        is_one.then(|| (word.to_owned(), meaning.clone()))
    };
    let worded = entries
        .iter()
        .filter(|(_, entry)| !entry.meanings.is_empty());
    worded
        .filter_map(|(word, entry)| refused(word, entry))
        .collect()
}

/// The value whose words are those of `value` with a denial before them.
fn opposite(attribute: &Attribute, value: &Value) -> Option<Box<str>> {
    if attribute.kind != Kind::Single {
        return None;
    }
    let denied: BTreeSet<String> = value
        .words()
        .flat_map(|word| DENIALS.map(|no| format!("{no}{word}")))
        .map(|word| folded(&word))
        .collect();
    let mut others = attribute.values.iter().filter(|other| other.id != value.id);
    let is_opposite = |other: &&Value| other.words().any(|word| denied.contains(&folded(&word)));
    others.find(is_opposite).map(|other| other.id.clone())
}

/// Where a hit ends as a whole word, a plural included; `None` where it is part of a longer one.
fn whole_word(text: &str, start: usize, end: usize) -> Option<usize> {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let found = &text[start..end];
    if joins(text[..start].chars().next_back()) && joins(found.chars().next()) {
        return None;
    }
    let rest = &text[end..];
    if !joins(found.chars().next_back()) || !joins(rest.chars().next()) {
        return Some(end);
    }
    let is_plural = found.ends_with(|c: char| c.is_ascii_alphabetic())
        && rest.starts_with('s')
        && !joins(rest[1..].chars().next());
    is_plural.then_some(end + 1)
}

/// Drops single Han characters that are part of a word which nobody listed.
fn without_parts_of_words<'l>(text: &str, found: Vec<Found<'l>>) -> Vec<Found<'l>> {
    let is_single = |word: &Found<'_>| {
        !word.entry.meanings.is_empty() && is_single_han(&text[word.start..word.end])
    };
    let ends: BTreeSet<usize> = found.iter().map(|word| word.end).collect();
    let starts: BTreeSet<usize> = found.iter().map(|word| word.start).collect();
    let stands = |word: &Found<'_>| {
        let before = text[..word.start].chars().next_back();
        let after = text[word.end..].chars().next();
        let free =
            |c: Option<char>, allowed: &str| c.is_none_or(|c| !is_han(c) || allowed.contains(c));
        (free(before, MAY_STAND_BEFORE) || ends.contains(&word.start))
            && (free(after, MAY_STAND_AFTER) || starts.contains(&word.end))
    };
    found
        .iter()
        .filter(|word| !is_single(word) || stands(word))
        .copied()
        .collect()
}

fn is_single_han(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(is_han) && chars.next().is_none()
}

/// Whether a character belongs to a script written without blanks between words.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
