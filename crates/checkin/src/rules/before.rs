//! What serves where the settings that were activated last can't: worked out from the activations on the bus, whoever asks and
//! whenever, so that all listeners serve by the same rules, and one that starts anew by those that served before.
//!
//! Each activation is taken as it would have been when it came: the playbook in force against the vocabulary in force where it
//! has no faults, else the one that served against the new vocabulary, else what served stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardex_bus::Stored;
use cardex_bus::streams::EVENTS;
use cardex_domain::event::{Body, ConfigActivation, Setting};
use cardex_domain::ids::EventKey;
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::{Reject, decode};

use super::{Asked, RuleBook, Rules, RulesError, read_aside};

/// Where settings are activated.
const ACTIVATIONS: &str = "cardex.config.*";

impl RuleBook {
    /// The rules that served before these settings, which have faults, were in force, by their vocabulary where they have none.
    pub(super) async fn before(&self, asked: &Asked) -> Result<Arc<Rules>, RulesError> {
        let mut states = self.states().await?;
        // What came after them is not in force yet.
        let last = states.iter().rposition(|state| state == asked);
        states.truncate(last.map_or(states.len(), |last| last + 1));
        let (began, mut rules) = self.newest_faultless(&states).await?;
        for state in &states[began..] {
            if rules.vocabulary.hash() == state.vocabulary {
                continue;
            }
            let vocabulary = Arc::new(self.vocabulary(&state.vocabulary).await?);
            let read = read_aside(Arc::clone(&rules.sources), vocabulary).await;
            rules = read.map_or(rules, Arc::new);
        }
        Ok(rules)
    }

    /// The newest of these that can be read, and the place behind it. The oldest is what serves while nothing is activated.
    async fn newest_faultless(&self, states: &[Asked]) -> Result<(usize, Arc<Rules>), RulesError> {
        for (at, state) in states.iter().enumerate().skip(1).rev() {
            let vocabulary = Arc::new(self.vocabulary(&state.vocabulary).await?);
            match self.read(state.playbook.as_deref(), vocabulary).await {
                Ok(rules) => return Ok((at + 1, Arc::new(rules))),
                Err(error @ RulesError::Objects(_)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok((1, Arc::clone(&self.own)))
    }

    /// The settings that were in force, one after the other.
    async fn states(&self) -> Result<Vec<Asked>, RulesError> {
        let mut state = Asked {
            vocabulary: Vocabulary::embedded().hash().to_owned(),
            playbook: None,
        };
        let mut states = vec![state.clone()];
        // An event counts once, and one whose vocabulary can't be used activates nothing.
        let mut heard = BTreeSet::new();
        for stored in self.bus.all_stored(EVENTS, ACTIVATIONS).await? {
            let Ok(Some((event, activation))) = activation_of(&stored) else {
                continue;
            };
            if !heard.insert(event) {
                continue;
            }
            let hash = activation.hash.to_string();
            match activation.setting {
                Setting::Playbook => state.playbook = Some(hash),
                Setting::Vocabulary => match self.vocabulary(&hash).await {
                    Ok(_) => state.vocabulary = hash,
                    Err(RulesError::Vocabulary { .. }) => continue,
                    Err(error) => return Err(error),
                },
                Setting::DenyList | Setting::IdentityWeights => continue,
            }
            states.push(state.clone());
        }
        Ok(states)
    }
}

/// What a message activates, and the key of its event; none where it is another event.
///
/// # Errors
/// When it is no event that this version reads.
pub fn activation_of(stored: &Stored) -> Result<Option<(EventKey, ConfigActivation)>, Reject> {
    let received = Moment {
        utc_micros: stored.server_time_us,
        offset_minutes: 0,
    };
    let kind = stored.headers.get("Content-Type");
    let event = decode(&stored.subject, kind, &stored.payload, received)?;
    Ok(match event.body {
        Body::ConfigActivated(activation) => Some((event.key, activation)),
        _ => None,
    })
}
