//! The playbook in force, read against the vocabulary that the aggregator answers with.

use std::path::PathBuf;
use std::sync::Arc;

use cardex_bus::Bus;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::Playbook;
use tokio::sync::RwLock;

/// Why there are no rules to work with.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The playbook's file can't be read.
    #[error("cannot read the playbook {path}; check the path and its permissions")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The playbook has faults.
    #[error(
        "the playbook has {count} faults, the first: {first}; see all of them with `cardex playbook check`"
    )]
    Playbook {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// The vocabulary in force is not to be had.
    #[error("the vocabulary with hash {hash} is not in the object store; activate it again")]
    Vocabulary {
        /// Its hash.
        hash: String,
    },
}

/// A playbook with the vocabulary that it was read against.
pub(crate) struct Rules {
    pub(crate) playbook: Playbook,
    pub(crate) vocabulary: Arc<Vocabulary>,
}

/// Keeps the rules in step with the vocabulary.
pub(crate) struct RuleBook {
    bus: Bus,
    text: String,
    current: RwLock<Arc<Rules>>,
}

impl RuleBook {
    /// Reads the playbook of the file, or the one Cardex brings along, against the embedded vocabulary.
    pub(crate) fn open(bus: Bus, file: Option<&PathBuf>) -> Result<Self, RulesError> {
        let text = match file {
            None => Playbook::EMBEDDED_TEXT.to_owned(),
            Some(path) => std::fs::read_to_string(path).map_err(|source| RulesError::File {
                path: path.clone(),
                source,
            })?,
        };
        let rules = read(&text, Arc::new(Vocabulary::embedded().clone()))?;
        Ok(Self {
            bus,
            text,
            current: RwLock::new(Arc::new(rules)),
        })
    }

    /// The rules against the vocabulary of this hash.
    pub(crate) async fn for_vocabulary(&self, hash: &str) -> Result<Arc<Rules>, RulesError> {
        let current = Arc::clone(&*self.current.read().await);
        if current.vocabulary.hash() == hash {
            return Ok(current);
        }
        let mut held = self.current.write().await;
        if held.vocabulary.hash() != hash {
            let vocabulary = self.vocabulary(hash).await?;
            *held = Arc::new(read(&self.text, Arc::new(vocabulary))?);
            tracing::info!(
                vocabulary = hash,
                "the playbook is read against another vocabulary"
            );
        }
        Ok(Arc::clone(&held))
    }

    /// The rules used last.
    pub(crate) async fn current(&self) -> Arc<Rules> {
        Arc::clone(&*self.current.read().await)
    }

    async fn vocabulary(&self, hash: &str) -> Result<Vocabulary, RulesError> {
        if Vocabulary::embedded().hash() == hash {
            return Ok(Vocabulary::embedded().clone());
        }
        let missing = || RulesError::Vocabulary {
            hash: hash.to_owned(),
        };
        let body = self
            .bus
            .get_settings(hash)
            .await
            .ok()
            .flatten()
            .ok_or_else(missing)?;
        let text = std::str::from_utf8(&body).map_err(|_| missing())?;
        Vocabulary::parse(text).map_err(|_| missing())
    }
}

fn read(text: &str, vocabulary: Arc<Vocabulary>) -> Result<Rules, RulesError> {
    let playbook = Playbook::parse(text, &vocabulary).map_err(|faults| RulesError::Playbook {
        count: faults.len(),
        first: faults.first().map_or_else(String::new, ToString::to_string),
    })?;
    Ok(Rules {
        playbook,
        vocabulary,
    })
}
