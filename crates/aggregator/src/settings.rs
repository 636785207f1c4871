//! The settings that change results, as they are active now: activated by an event, their text kept in the object store.

use std::sync::Arc;

use cardex_bus::Bus;
use cardex_domain::event::{ConfigActivation, Setting};
use cardex_domain::identity::DenyList;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_matching::Weights;
use data_encoding::HEXLOWER;
use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::readings::Readings;

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    /// The vocabulary.
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Reads notes by its words; made anew with it.
    pub(crate) notes: Arc<Readings>,
    /// Identifiers that never link.
    pub(crate) deny: Arc<DenyList>,
    /// What records are weighed by that may be the same person.
    pub(crate) weights: Arc<Weights>,
    /// Hash of the playbook, which is the listener's to read; none when none was activated.
    pub(crate) playbook: Option<Arc<str>>,
}

impl Active {
    /// What Cardex brings along.
    pub(crate) fn embedded() -> Self {
        let deny = DenyList::parse(DenyList::EMBEDDED_TEXT)
            .expect("a test holds the embedded list faultless");
        Self {
            vocabulary: Arc::new(Vocabulary::embedded().clone()),
            notes: Arc::new(Readings::new(Vocabulary::embedded())),
            deny: Arc::new(deny),
            weights: Arc::new(Weights::embedded().clone()),
            playbook: None,
        }
    }

    /// What facts are read by.
    pub(crate) fn settings(&self) -> Settings<'_> {
        Settings::new(&self.deny, &self.vocabulary).reading(&*self.notes)
    }

    /// Whether profiles fold alike under both: the very same settings, not merely equal ones.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.vocabulary, &other.vocabulary) && Arc::ptr_eq(&self.deny, &other.deny)
    }
}

/// Why an activation cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingError {
    /// The text is not in the object store, or the store can't be read now.
    #[error(
        "the text of the activated {setting} with hash {hash} is not to be had yet; put it into the object store"
    )]
    Missing { setting: &'static str, hash: String },
    /// The text can't be used. It never can: its hash names it.
    #[error("the activated {setting} with hash {hash} is not usable: {fault}")]
    Unusable {
        setting: &'static str,
        hash: String,
        fault: String,
    },
}

/// Holds what is active and takes over what an event activates.
#[derive(Debug)]
pub(crate) struct SettingsBook {
    bus: Bus,
    active: RwLock<Active>,
    activated: Notify,
}

/// An activation whose text has been read and found usable.
pub(crate) enum Ready {
    Vocabulary(Arc<Vocabulary>, Arc<Readings>),
    DenyList(Arc<DenyList>),
    Weights(Arc<Weights>),
    Playbook(Arc<str>),
}

impl SettingsBook {
    /// Begins with what Cardex brings along.
    pub(crate) fn new(bus: Bus) -> Self {
        Self {
            bus,
            active: RwLock::new(Active::embedded()),
            activated: Notify::new(),
        }
    }

    pub(crate) fn active(&self) -> Active {
        self.active.read().clone()
    }

    /// Waits until something was activated, since the last wait or the start. For one waiter.
    pub(crate) async fn activated(&self) {
        self.activated.notified().await;
    }

    /// Fetches and reads what `activation` names.
    pub(crate) async fn prepare(
        &self,
        activation: &ConfigActivation,
    ) -> Result<Ready, SettingError> {
        let setting = activation.setting.as_str();
        let hash = activation.hash.to_string();
        let unusable = |fault: Option<String>| SettingError::Unusable {
            setting,
            hash: hash.clone(),
            fault: fault.unwrap_or_default(),
        };
        match activation.setting {
            Setting::Vocabulary => {
                let text = self.text(activation, Vocabulary::EMBEDDED_TEXT).await?;
                let vocabulary = Vocabulary::parse(&text)
                    .map_err(|faults| unusable(faults.first().map(ToString::to_string)))?;
                let notes = Arc::new(Readings::new(&vocabulary));
                Ok(Ready::Vocabulary(Arc::new(vocabulary), notes))
            }
            Setting::DenyList => {
                let text = self.text(activation, DenyList::EMBEDDED_TEXT).await?;
                let deny = DenyList::parse(&text).map_err(|f| unusable(Some(f.to_string())))?;
                Ok(Ready::DenyList(Arc::new(deny)))
            }
            Setting::IdentityWeights => {
                let text = self.text(activation, Weights::EMBEDDED_TEXT).await?;
                let weights = Weights::parse(&text)
                    .map_err(|faults| unusable(faults.first().map(ToString::to_string)))?;
                Ok(Ready::Weights(Arc::new(weights)))
            }
            Setting::Playbook => Ok(Ready::Playbook(hash.into())),
        }
    }

    /// Takes over what was prepared.
    pub(crate) fn activate(&self, ready: Ready) {
        let mut active = self.active.write();
        match ready {
            Ready::Vocabulary(vocabulary, notes) => {
                active.vocabulary = vocabulary;
                active.notes = notes;
            }
            Ready::DenyList(deny) => active.deny = deny,
            Ready::Weights(weights) => active.weights = weights,
            Ready::Playbook(hash) => active.playbook = Some(hash),
        }
        self.activated.notify_one();
    }

    async fn text(
        &self,
        activation: &ConfigActivation,
        embedded: &str,
    ) -> Result<String, SettingError> {
        if hash_of(embedded.as_bytes()) == *activation.hash {
            return Ok(embedded.to_owned());
        }
        let setting = activation.setting.as_str();
        let hash = activation.hash.to_string();
        let body = match self.bus.get_settings(&hash).await {
            Ok(Some(body)) => body,
            Ok(None) => return Err(SettingError::Missing { setting, hash }),
            Err(error) => {
                tracing::warn!(setting, hash, %error, "the object store cannot be read");
                return Err(SettingError::Missing { setting, hash });
            }
        };
        let faulty = |fault: &str| SettingError::Unusable {
            setting,
            hash: hash.clone(),
            fault: fault.to_owned(),
        };
        if hash_of(&body) != hash {
            return Err(faulty("its text has another hash"));
        }
        String::from_utf8(body.to_vec()).map_err(|_| faulty("its text is not UTF-8"))
    }
}

fn hash_of(text: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}
