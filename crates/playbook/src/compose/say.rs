//! What a department is told, in each language that the playbook speaks.

use std::collections::BTreeMap;

use cardex_domain::board::Texts;
use cardex_domain::ids::DepartmentId;
use cardex_domain::stay::address;

use super::{Situation, Speaking};
use crate::Playbook;
use crate::language::negotiate;
use crate::words::{Called, Subject, Words};

/// Which language each department reads, as BCP 47 tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages {
    /// What is read where nothing else is said, and by whom the playbook does not speak to in another.
    pub usual: Box<str>,
    /// What departments read instead.
    pub departments: BTreeMap<DepartmentId, Box<str>>,
}

impl Default for Languages {
    /// Everybody reads English.
    fn default() -> Self {
        Self {
            usual: "en".into(),
            departments: BTreeMap::new(),
        }
    }
}

/// One language, with how it calls guest and room.
struct Voice<'a> {
    words: &'a Words,
    guest: Called,
    room: String,
}

/// Every language in which a department is told, and which of them is its own.
pub(super) struct Voices<'a> {
    voices: Vec<Voice<'a>>,
    own: &'a str,
}

impl<'a> Voices<'a> {
    pub(super) fn of(
        playbook: &'a Playbook,
        department: &DepartmentId,
        situation: &Situation<'_>,
    ) -> Self {
        let discretion = situation.profile.discretion();
        // As the person was named last, wherever that was, or as the guest wants to be called.
        let names = match discretion.hides_name_from(department) {
            true => [&discretion.alias, &None],
            false => [&situation.profile.guest.name, &situation.stay.guest.name],
        };
        let name = names
            .into_iter()
            .flatten()
            .find(|name| address(name).is_some());
        let voices = playbook.words.iter().map(|words| Voice {
            words,
            guest: words.guest(name),
            room: words.room(situation.stay.room.as_ref()),
        });
        let Languages { usual, departments } = situation.languages;
        let wanted = departments.get(department).unwrap_or(usual);
        let read = |tag: &str| negotiate(tag, playbook.languages());
        let own = read(wanted).or_else(|| read(usual));
        Self {
            voices: voices.collect(),
            own: own
                .or_else(|| playbook.languages().next())
                .unwrap_or_default(),
        }
    }

    /// How the guest is called in each language.
    pub(super) fn guests(&self) -> Texts {
        self.each(|voice| voice.guest.text.clone())
    }

    /// What an item says in each language.
    pub(super) fn texts(
        &self,
        speaking: &Speaking<'_>,
        escalated_from: Option<&DepartmentId>,
        situation: &Situation<'_>,
    ) -> Texts {
        let values: Vec<_> = speaking
            .binding
            .iter()
            .map(|bound| {
                let values = bound.claims.iter().map(|of| &*of.claim.value);
                (bound.attribute, values.collect())
            })
            .collect();
        self.each(|voice| {
            let subject = Subject {
                guest: &voice.guest,
                room: &voice.room,
                values: &values,
                this_stay: speaking.is_for_this_stay(),
                escalated_from,
            };
            voice
                .words
                .say(&speaking.rule.id, &subject, situation.vocabulary)
        })
    }

    /// Which of the texts the department reads.
    pub(super) fn own(&self, texts: &Texts) -> Box<str> {
        texts.get(self.own).cloned().unwrap_or_default()
    }

    fn each(&self, say: impl Fn(&Voice<'a>) -> String) -> Texts {
        let voices = self.voices.iter();
        voices
            .map(|voice| (voice.words.language().into(), say(voice).into()))
            .collect()
    }
}
