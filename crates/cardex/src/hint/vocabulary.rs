//! A word to whoever published statements: what the vocabulary in force does not understand, and what of them is shown to
//! hardly anybody because the guest asked for that.

use std::borrow::Cow;

use cardex_domain::discretion::NO_PERSONAL_NOTES;
use cardex_domain::event::{Observation, Statement};
use cardex_domain::vocabulary::{Attribute, Vocabulary};
use cardex_wire::query::{Get, GetRequest, InForce, VocabularyRequest};

use super::{Hint, WAIT_MS};
use crate::active::{of_another, vocabulary_of};
use crate::args::statements::misgiving;
use crate::screen::note;

impl Hint<'_> {
    /// Says so of what the vocabulary does not understand.
    pub(crate) async fn of_statements(&self, statements: &[Statement]) -> Cow<'static, Vocabulary> {
        let request = VocabularyRequest {
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
            ..of_another()
        };
        let vocabulary = vocabulary_of(self.ask::<InForce>(&request).await);
        for statement in statements {
            if let Some(misgiving) = misgiving(&vocabulary, statement) {
                note(format!("warning: {misgiving}"));
            }
        }
        vocabulary
    }

    /// Says so when the guest wants nothing personal noted, and so what is personal of it is hardly shown.
    pub(crate) async fn of_personal(&self, observation: &Observation, vocabulary: &Vocabulary) {
        let is_personal = |said: &&Statement| {
            let attribute = vocabulary.attribute(vocabulary.meant(&said.attribute));
            attribute.is_none_or(Attribute::is_personal)
        };
        let statements = observation.statements.iter().filter(is_personal);
        let mut personal: Vec<String> = statements.map(|said| said.attribute.to_string()).collect();
        personal.extend(observation.note.as_ref().map(|_| "the note".to_owned()));
        if personal.is_empty() {
            return;
        }
        let request = GetRequest {
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
            ..GetRequest::of(observation.about.clone())
        };
        let withheld = self.ask::<Get>(&request).await.map(|r| r.profile.withheld);
        if withheld == Some(true) {
            let (personal, property) = (personal.join(", "), self.property);
            let department = &self.department;
            note(format!(
                "warning: this guest wants nothing personal noted ({NO_PERSONAL_NOTES}): {personal} is shown to guest \
                 relations alone and prompts nobody; to take it back: `cardex observe retract --property {property} \
                 --department {department} {}`",
                self.published.id()
            ));
        }
    }
}
