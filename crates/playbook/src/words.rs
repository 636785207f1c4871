//! What rules say, in one language: messages in Fluent, with places for what is known only when a rule speaks.

use std::collections::BTreeMap;

use cardex_domain::event::Name;
use cardex_domain::ids::{AttributeId, DepartmentId, Room, RuleId};
use cardex_domain::stay::address;
use cardex_domain::vocabulary::Vocabulary;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

mod check;
mod lint;
mod message;
mod title;

pub(crate) use check::{Speakers, WordFile, read};
pub(crate) use lint::{labels_of_nothing, lint};
use message::Phrase;

/// Signs that end a sentence: what is said of a text as a whole goes before them.
const STOPS: [char; 4] = ['.', '。', '!', '！'];

/// What values of attributes are called.
pub(crate) type Labels = BTreeMap<AttributeId, BTreeMap<Box<str>, Box<str>>>;

/// The words of a playbook in one language, found faultless.
pub(crate) struct Words {
    language: Box<str>,
    bundle: FluentBundle<FluentResource>,
    labels: Labels,
}

/// How a guest is called, and by which title, as words select by it.
pub(crate) struct Called {
    pub(crate) text: String,
    title: &'static str,
}

/// What a rule speaks of.
pub(crate) struct Subject<'a> {
    pub(crate) guest: &'a Called,
    pub(crate) room: &'a str,
    /// Each attribute with its values.
    pub(crate) values: &'a [(&'a AttributeId, Vec<&'a str>)],
    /// Whether it was wished for this stay alone.
    pub(crate) this_stay: bool,
    /// The department that did not acknowledge it, where another is told.
    pub(crate) escalated_from: Option<&'a DepartmentId>,
}

impl Words {
    /// The language, as the playbook names it.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// How the guest is called.
    pub(crate) fn guest(&self, name: Option<&Name>) -> Called {
        let title = name.map_or(title::OTHER, title::of);
        let text = match name.and_then(|name| Some((name, address(name)?))) {
            None => self.phrase(Phrase::GuestUnknown, &[]),
            Some((name, whole)) => {
                let family = name.family.as_deref().unwrap_or_default();
                let parts = [("guest_title", title), ("family", family), ("name", &whole)];
                self.phrase(Phrase::Guest, &parts)
            }
        };
        Called { text, title }
    }

    /// What the room is called.
    pub(crate) fn room(&self, room: Option<&Room>) -> String {
        match room {
            Some(room) => self.phrase(Phrase::Room, &[("number", room.as_str())]),
            None => self.phrase(Phrase::RoomUnknown, &[]),
        }
    }

    /// What the rule says of its subject. A text starts with a capital.
    pub(crate) fn say(&self, rule: &RuleId, subject: &Subject<'_>, of: &Vocabulary) -> String {
        let mut args = FluentArgs::new();
        args.set("guest", &*subject.guest.text);
        args.set("guest_title", subject.guest.title);
        args.set("room", subject.room);
        for (attribute, values) in subject.values {
            let name = message::variable(attribute);
            args.set(message::counted(&name), values.len());
            args.set(name, self.several(attribute, values, of));
        }
        let mut text = capitalised(&self.format(rule.as_str(), &args));
        if subject.this_stay {
            let sentence = text.trim_end_matches(STOPS);
            let marked = self.phrase(Phrase::ThisStay, &[("text", sentence)]);
            text = format!("{marked}{}", &text[sentence.len()..]);
        }
        let Some(department) = subject.escalated_from else {
            return text;
        };
        let parts = [("department", department.as_str()), ("text", &*text)];
        capitalised(&self.phrase(Phrase::Escalated, &parts))
    }

    /// What a value is called.
    pub(crate) fn label<'a>(
        &'a self,
        vocabulary: &'a Vocabulary,
        attribute: &AttributeId,
        value: &'a str,
    ) -> &'a str {
        let own = self.labels.get(attribute);
        if let Some(label) = own.and_then(|labels| labels.get(value)) {
            return label;
        }
        let listed = vocabulary
            .attribute(attribute)
            .and_then(|attribute| attribute.value(value));
        listed.map_or(value, |value| value.label.in_language(&self.language))
    }

    fn several(&self, attribute: &AttributeId, values: &[&str], of: &Vocabulary) -> String {
        let labels = values.iter().map(|value| self.label(of, attribute, value));
        let joined = |before: String, next: String| {
            self.phrase(Phrase::Several, &[("before", &before), ("next", &next)])
        };
        labels.map(str::to_owned).reduce(joined).unwrap_or_default()
    }

    fn phrase(&self, phrase: Phrase, parts: &[(&'static str, &str)]) -> String {
        let parts = parts
            .iter()
            .map(|(name, text)| (*name, FluentValue::from(*text)));
        self.format(phrase.id(), &parts.collect())
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> String {
        let message = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value());
        // Whatever could go wrong was found when the words were read.
        message.map_or_else(String::new, |pattern| {
            let text = self
                .bundle
                .format_pattern(pattern, Some(args), &mut Vec::new());
            text.into_owned()
        })
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// `A(…)`: the value with the article that it takes in English.
fn with_article<'a>(value: &FluentValue<'a>) -> FluentValue<'a> {
    match value {
        FluentValue::String(word) => {
            let vowel = word.starts_with(|c: char| "aeiou".contains(c.to_ascii_lowercase()));
            format!("{} {word}", if vowel { "an" } else { "a" }).into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
