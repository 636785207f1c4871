//! The playbook in force, read against the vocabulary that the aggregator answers with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardex_bus::Bus;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};
use tokio::sync::RwLock;

/// Why there are no rules to work with.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The playbook's directory can't be read.
    #[error("cannot read the playbook {path}: it is to be a directory of texts that can be read")]
    Read {
        /// The directory, or the file in it.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
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
    sources: Sources,
    current: RwLock<Arc<Rules>>,
}

impl RuleBook {
    /// Reads the playbook of the directory, or the one Cardex brings along, against the embedded vocabulary.
    pub(crate) fn open(bus: Bus, directory: Option<&PathBuf>) -> Result<Self, RulesError> {
        let sources = match directory {
            None => Sources::embedded(),
            Some(directory) => read_playbook(directory)?,
        };
        let rules = read(&sources, Arc::new(Vocabulary::embedded().clone()))?;
        Ok(Self {
            bus,
            sources,
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
            *held = Arc::new(read(&self.sources, Arc::new(vocabulary))?);
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

/// The files of the playbook in a directory.
///
/// # Errors
/// When it is no directory, or something in it can't be read.
pub fn read_playbook(directory: &Path) -> Result<Sources, RulesError> {
    let unreadable = |path: &Path, source| RulesError::Read {
        path: path.to_owned(),
        source,
    };
    let list = |path: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = list(directory).map_err(|error| unreadable(directory, error))?;
    for folder in paths.clone().iter().filter(|path| path.is_dir()) {
        paths.extend(list(folder).map_err(|error| unreadable(folder, error))?);
    }
    let mut files = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let within = path.strip_prefix(directory).unwrap_or(path);
        let parts: Vec<_> = within.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts.join("/");
        if Sources::is_part(&name) {
            let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
            files.push((name, text));
        }
    }
    Ok(Sources::new(
        files.iter().map(|(path, text)| (&**path, &**text)),
    ))
}

fn read(sources: &Sources, vocabulary: Arc<Vocabulary>) -> Result<Rules, RulesError> {
    let playbook =
        Playbook::parse(sources, &vocabulary).map_err(|faults| RulesError::Playbook {
            count: faults.len(),
            first: faults.first().map_or_else(String::new, ToString::to_string),
        })?;
    Ok(Rules {
        playbook,
        vocabulary,
    })
}
