//! Whether words are good to read: nothing that staff never say, nothing on what a guest is worth, and no more than a phone
//! shows. What it finds is advice: a playbook works all the same.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cardex_domain::ids::{AttributeId, DepartmentId, Room};
use cardex_domain::vocabulary::{Vocabulary, mentions, normalised};
use toml::Table;
use unicode_width::UnicodeWidthStr;

use super::check::{spoken, variables};
use super::message::{Messages, Phrase, variable};
use super::{Called, Subject, WordFile, Words, title};
use crate::fault::Fault;
use crate::language::negotiate;
use crate::rule::Rule;

/// What a phone shows of a line: so many columns of Latin letters, half as many Chinese characters.
const COLUMNS_MAX: usize = 120;
/// How wide a name is taken to be: `Ms Featherstonehaugh`, 陈先生 and their like.
const NAME: &str = "Ms Featherstonehaugh";
/// What a value is taken to be that the vocabulary does not list.
const UNLISTED: &str = "something that the guest said";

static PHRASES: LazyLock<Table> = LazyLock::new(|| {
    let text = include_str!("phrases.toml");
    text.parse().expect("a test holds the file readable")
});

/// Every doubt about a file of words, in its order.
pub(crate) fn lint(
    file: WordFile<'_>,
    words: &Words,
    rules: &[&Rule],
    vocabulary: &Vocabulary,
) -> Vec<Fault> {
    let (messages, _) = Messages::of(file.text);
    let doubt = |id: &str, message: String| {
        let at = messages.ids().find(|known| *known == id);
        let at = at.map_or(0, |id| messages.place(id));
        Fault::at((file.path, file.text), at, Some(id), message)
    };
    let mut doubts = Vec::new();
    let phrases = Phrase::ALL.map(Phrase::id);
    let rule_ids = rules.iter().map(|rule| rule.id.as_str());
    for id in rule_ids.chain(phrases) {
        let said = spoken(&messages.pieces(id));
        for (never, why) in [
            ("never", "staff never say"),
            ("worth", "speaks of what a guest is worth:"),
        ] {
            for phrase in avoided(file.language, never) {
                if said.iter().any(|text| mentions(text, &normalised(phrase))) {
                    doubts.push(doubt(id, format!("{why} `{phrase}`: say what to do")));
                }
            }
        }
    }
    let is_chinese = ["zh", "yue"].iter().any(|of| file.language.starts_with(of));
    for rule in rules.iter().filter(|_| is_chinese) {
        let id = rule.id.as_str();
        let said = spoken(&messages.pieces(id)).concat();
        let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}');
        if said.chars().any(char::is_alphabetic) && !said.chars().any(is_han) {
            let message = "the text has no Chinese character: translate it".to_owned();
            doubts.push(doubt(id, message));
        }
    }
    for rule in rules {
        let id = rule.id.as_str();
        let (widest, passed_on_from) = widest(words, rule, vocabulary);
        if widest > COLUMNS_MAX {
            let from = passed_on_from.map_or_else(String::new, |from| {
                format!(" where it is passed on from {from}")
            });
            let message = format!(
                "the text can be {widest} columns wide{from}, and a phone shows {COLUMNS_MAX} (a Chinese character is two): shorten it"
            );
            doubts.push(doubt(id, message));
        }
        let pieces = messages.pieces(id);
        let shown: BTreeSet<&str> = variables(&pieces).collect();
        for attribute in &rule.shows {
            let name = variable(attribute);
            if !shown.contains(&*name) {
                let message = format!("another language shows `${name}` here: show it, too");
                doubts.push(doubt(id, message));
            }
        }
    }
    doubts.sort();
    doubts
}

/// The phrases of a kind to avoid in a language.
fn avoided(language: &str, kind: &str) -> impl Iterator<Item = &'static str> {
    let best = negotiate(language, PHRASES.keys().map(String::as_str));
    let lists = best.and_then(|best| PHRASES.get(best)?.as_table());
    let list = lists.and_then(|lists| lists.get(kind)?.as_array());
    list.into_iter().flatten().filter_map(toml::Value::as_str)
}

/// How many columns the rule's text takes with the longest label of each value, and from whom it is passed on where it is
/// widest: the next in line reads more than the text.
fn widest<'r>(
    words: &Words,
    rule: &'r Rule,
    vocabulary: &Vocabulary,
) -> (usize, Option<&'r DepartmentId>) {
    let longest = |attribute: &AttributeId, only: Option<&str>| {
        let listed = vocabulary.attribute(attribute);
        let values = listed.into_iter().flat_map(|attribute| &attribute.values);
        let values = values
            .map(|value| &*value.id)
            .filter(|id| only.is_none_or(|only| only == *id));
        let longest = values.max_by_key(|value| words.label(vocabulary, attribute, value).width());
        longest.unwrap_or(UNLISTED).to_owned()
    };
    let values: Vec<String> = rule
        .about
        .iter()
        .map(|about| longest(&about.attribute, about.value.as_deref()))
        .collect();
    let bound = rule.about.iter().zip(&values);
    let values: Vec<_> = bound
        .map(|(about, value)| (&about.attribute, vec![&**value]))
        .collect();
    let room = words.room(Room::new("1012").ok().as_ref());
    let guest = Called {
        text: NAME.to_owned(),
        title: title::OTHER,
    };
    let wide = |escalated_from| {
        let subject = Subject {
            guest: &guest,
            room: &room,
            values: &values,
            this_stay: false,
            escalated_from,
        };
        words.say(&rule.id, &subject, vocabulary).width()
    };
    let passed_on = rule.passed_on_from.iter().map(Some);
    let each = passed_on.map(|from| (wide(from), from));
    each.max().unwrap_or_else(|| (wide(None), None))
}

/// Labels, in the file of that path and text, of what the vocabulary does not have.
pub(crate) fn labels_of_nothing(
    (path, text): (&str, &str),
    words: &Words,
    vocabulary: &Vocabulary,
) -> Vec<Fault> {
    let labels = words.labels.iter().flat_map(|(attribute, labels)| {
        let values = labels.keys();
        values.map(move |value| (attribute, &**value))
    });
    let nothing = labels.filter(|(attribute, value)| {
        let known = vocabulary.attribute(attribute);
        known.is_none_or(|known| known.value(value).is_none())
    });
    let doubt = |(attribute, value): (&AttributeId, &str)| {
        let section = text.find(&format!("\"{attribute}\"")).unwrap_or(0);
        let at = text[section..].find(&format!("\n{value} "));
        let at = at.map_or(section, |at| section + at + 1);
        let message = format!("the vocabulary has no `{value}` of `{attribute}`: remove its label");
        Fault::at((path, text), at, None, message)
    };
    nothing.map(doubt).collect()
}
