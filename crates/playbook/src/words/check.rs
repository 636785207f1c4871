//! Reads a file of words against the rules that speak them: every message is a rule's, says nothing that its departments
//! may not know, and asks for nothing that its rule does not bind.

use std::collections::BTreeSet;

use cardex_domain::ids::{AttributeId, DepartmentId, RuleId};
use cardex_domain::vocabulary::{Value, View, Vocabulary, mentions, normalised};
use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use unic_langid::LanguageIdentifier;

use super::message::{Messages, Phrase, Piece, counted, variable};
use super::{Labels, Words, with_article};
use crate::fault::{Fault, meant};
use crate::rule::{About, Rule};

/// What rules always bind.
const ALWAYS: [&str; 3] = ["guest", "guest_title", "room"];
const FUNCTIONS: [&str; 2] = ["A", "NUMBER"];

/// A file of words.
#[derive(Clone, Copy)]
pub(crate) struct WordFile<'s> {
    pub(crate) language: &'s str,
    pub(crate) path: &'s str,
    pub(crate) text: &'s str,
}

/// The rules that a file has words for.
#[derive(Clone, Copy)]
pub(crate) struct Speakers<'r> {
    /// Those without faults.
    pub(crate) rules: &'r [Rule],
    /// The ids of all.
    pub(crate) ids: &'r BTreeSet<RuleId>,
    pub(crate) vocabulary: &'r Vocabulary,
}

/// What was found in a file.
pub(crate) struct Found {
    /// Its words, when it has no fault.
    pub(crate) words: Option<Words>,
    pub(crate) faults: Vec<Fault>,
    /// The rules that it has no message for.
    pub(crate) speechless: Vec<RuleId>,
    /// Whose values each rule shows.
    pub(crate) shows: Vec<(RuleId, AttributeId)>,
}

/// Reads a file; `labels` are what values are called in its language.
pub(crate) fn read(file: WordFile<'_>, speakers: Speakers<'_>, labels: Labels) -> Found {
    let (messages, wrong) = Messages::of(file.text);
    let mut check = Check {
        file,
        speakers,
        messages,
        faults: Vec::new(),
        shows: Vec::new(),
    };
    for (at, message) in wrong {
        check.fault(at, None, message);
    }
    let language: Option<LanguageIdentifier> = file.language.parse().ok();
    if language.is_none() {
        let name = file.language;
        let message = format!("`{name}` is no language: name the file after one, as in `zh-Hant`");
        check.fault(0, None, message);
    }
    for phrase in Phrase::ALL {
        check.phrase(phrase);
    }
    for id in check.messages.ids().collect::<Vec<_>>() {
        check.message(id);
    }
    let said: BTreeSet<&str> = check.messages.ids().collect();
    let speechless = speakers
        .ids
        .iter()
        .filter(|rule| !said.contains(rule.as_str()));
    let speechless = speechless.cloned().collect();
    let Check { faults, shows, .. } = check;
    let words = language.filter(|_| faults.is_empty());
    Found {
        words: words.map(|language| Words {
            language: file.language.into(),
            bundle: bundle(language, file.text),
            labels,
        }),
        faults,
        speechless,
        shows,
    }
}

/// The messages of a text that has no faults.
fn bundle(language: LanguageIdentifier, text: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned());
    bundle.add_resource_overriding(resource.unwrap_or_else(|(resource, _)| resource));
    bundle.add_builtins().expect("nothing has their names yet");
    bundle
        .add_function("A", |values, _| {
            values.first().map_or("".into(), with_article)
        })
        .expect("nothing has its name yet");
    bundle
}

struct Check<'s, 'r> {
    file: WordFile<'s>,
    speakers: Speakers<'r>,
    messages: Messages<'s>,
    faults: Vec<Fault>,
    shows: Vec<(RuleId, AttributeId)>,
}

impl<'s> Check<'s, '_> {
    fn phrase(&mut self, phrase: Phrase) {
        let id = phrase.id();
        let pieces = self.messages.pieces(id);
        let reaches = || {
            self.speakers
                .rules
                .iter()
                .any(|rule| !rule.beyond.is_empty())
        };
        if pieces.is_empty() && (phrase != Phrase::Escalated || reaches()) {
            self.fault(0, None, format!("`{id}` is missing: add it"));
        }
        self.references(None, &pieces);
        for name in variables(&pieces) {
            if !phrase.variables().contains(&name) {
                self.unbound(None, name, phrase.variables().iter().copied());
            }
        }
    }

    fn message(&mut self, id: &'s str) {
        if Phrase::ALL.iter().any(|phrase| phrase.id() == id) {
            return;
        }
        let rule = RuleId::new(id).ok();
        let Some(rule) = rule.filter(|rule| self.speakers.ids.contains(rule)) else {
            let known = self.speakers.ids.iter().map(RuleId::as_str);
            let known = known.chain(Phrase::ALL.iter().map(|phrase| phrase.id()));
            let instead = match meant(id, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it, or add the rule".to_owned(),
            };
            let at = self.messages.place(id);
            return self.fault(at, None, format!("there is no rule `{id}`: {instead}"));
        };
        let pieces = self.messages.pieces(id);
        self.references(Some(id), &pieces);
        let blank =
            |piece: &Piece<'_>| matches!(piece, Piece::Words(text) if text.trim().is_empty());
        if !pieces.is_empty() && pieces.iter().all(blank) {
            let at = self.messages.place(id);
            self.fault(at, Some(id), "the text is empty: say what to do");
        }
        for rule in self.speakers.rules.iter().filter(|of| of.id == rule) {
            self.values(rule, &pieces);
            self.keeps_silent(rule, id, &pieces);
        }
    }

    /// What a message is made of must be there.
    fn references(&mut self, rule: Option<&str>, pieces: &[Piece<'s>]) {
        for piece in pieces {
            match piece {
                Piece::Function(name) if !FUNCTIONS.contains(name) => {
                    let known = FUNCTIONS.join(" and ");
                    let message = format!("there is no function `{name}`: there are {known}");
                    self.fault(self.messages.place(name), rule, message);
                }
                Piece::Missing(name) => {
                    let message =
                        format!("`{name}` is not here, or is made of itself: put it right");
                    self.fault(self.messages.place(name), rule, message);
                }
                _ => {}
            }
        }
    }

    /// The values that a rule's message asks for are its own, and its departments may see them.
    fn values(&mut self, rule: &Rule, pieces: &[Piece<'s>]) {
        let id = rule.id.as_str();
        for name in variables(pieces) {
            if ALWAYS.contains(&name) {
                continue;
            }
            let bound = rule.about.iter().map(|about| &about.attribute);
            let named = |attribute: &&AttributeId| {
                let value = variable(attribute);
                name == value || name == counted(&value)
            };
            let Some(attribute) = bound.clone().find(named) else {
                let values: Vec<String> = bound.map(variable).collect();
                let counts: Vec<String> = values.iter().map(|value| counted(value)).collect();
                let known = values.iter().chain(&counts).map(String::as_str);
                self.unbound(Some(id), name, ALWAYS.into_iter().chain(known));
                continue;
            };
            if let Some(department) = without_value(self.speakers.vocabulary, rule, attribute) {
                let message = format!(
                    "{department} may not see the value of `{attribute}`: say what to do, not why"
                );
                self.fault(self.messages.place(name), Some(id), message);
            } else if name == variable(attribute) {
                self.shows.push((rule.id.clone(), attribute.clone()));
            }
        }
    }

    /// A message does not name a value that some department of its rule may not see.
    fn keeps_silent(&mut self, rule: &Rule, id: &'s str, pieces: &[Piece<'s>]) {
        for about in &rule.about {
            let attribute = &about.attribute;
            let Some(department) = without_value(self.speakers.vocabulary, rule, attribute) else {
                continue;
            };
            if let Some(word) = given_away(self.speakers.vocabulary, about, pieces) {
                let message = format!(
                    "the text says `{word}`, and {department} may not see the value of `{attribute}`: say what to do, not why"
                );
                let at = self.messages.place(id);
                self.fault(at, Some(id), message);
            }
        }
    }

    fn unbound<'k>(
        &mut self,
        rule: Option<&str>,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) {
        let known: Vec<String> = known.map(|name| format!("${name}")).collect();
        let message = match known.is_empty() {
            true => format!("`${name}` is not known here: remove it"),
            false => format!(
                "`${name}` is not known here: there are {}",
                known.join(", ")
            ),
        };
        self.fault(self.messages.place(name), rule, message);
    }

    fn fault(&mut self, at: usize, rule: Option<&str>, message: impl Into<String>) {
        let WordFile { path, text, .. } = self.file;
        self.faults.push(Fault::at((path, text), at, rule, message));
    }
}

pub(super) fn variables<'p, 's>(pieces: &'p [Piece<'s>]) -> impl Iterator<Item = &'s str> + 'p {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable(name) => Some(*name),
        _ => None,
    })
}

/// The words that stand in a message as they are, [`normalised`].
pub(super) fn spoken(pieces: &[Piece<'_>]) -> Vec<String> {
    let words = pieces.iter().filter_map(|piece| match piece {
        Piece::Words(text) => Some(normalised(&text.replace('’', "'"))),
        _ => None,
    });
    words.collect()
}

/// The first department that the rule serves, or may come to, and that may not see the attribute's value.
fn without_value<'r>(
    vocabulary: &Vocabulary,
    rule: &'r Rule,
    attribute: &AttributeId,
) -> Option<&'r DepartmentId> {
    let mut departments = rule.departments.iter().chain(&rule.beyond);
    departments.find(|department| vocabulary.view(attribute, department) < View::Value)
}

/// The word by which a message names a value of what it is about, if it does.
fn given_away(vocabulary: &Vocabulary, about: &About, pieces: &[Piece<'_>]) -> Option<String> {
    let texts = spoken(pieces);
    let values = &vocabulary.attribute(&about.attribute)?.values;
    values
        .iter()
        .filter(|value| about.value.as_deref().is_none_or(|id| id == &*value.id))
        .flat_map(Value::words)
        .find(|word| texts.iter().any(|text| mentions(text, word)))
}
