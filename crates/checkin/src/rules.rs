//! The playbook in force, read against the vocabulary in force: both as the aggregator answers, so that all listeners change
//! over with the same event. Where the one has faults by the other, what served before goes on serving: that follows from
//! the activations alone ([`before`]), so that it is the same for who starts only now.

mod before;

pub use before::activation_of;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardex_bus::objects::ObjectError;
use cardex_bus::{Bus, ReadError};
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};
use cardex_runtime::health::ConditionHandle;
use cardex_runtime::metrics::Gauge;
use cardex_wire::PlaybookBundle;
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
    /// The playbook in force is not to be had.
    #[error("the playbook with hash {hash} is not in the object store; activate it again")]
    Missing {
        /// Its hash.
        hash: String,
    },
    /// What is kept as a playbook is none.
    #[error("what is kept as a playbook is none that this version reads; activate it again")]
    Bundle,
    /// The object store can't be read now.
    #[error("the texts of settings can't be read; check the server")]
    Objects(#[from] ObjectError),
    /// Which settings were activated before is not to be had.
    #[error(
        "the activations can't be read; check the server and that this user may read the events"
    )]
    Activations(#[from] ReadError),
    /// The vocabulary in force is not to be had.
    #[error("the vocabulary with hash {hash} is not in the object store; activate it again")]
    Vocabulary {
        /// Its hash.
        hash: String,
    },
}

impl RulesError {
    /// Whether settings in force may be read when that is tried again.
    fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::Read { .. } | Self::Playbook { .. } | Self::Bundle
        )
    }
}

/// A playbook with the files it was read from and the vocabulary that it was read against.
pub(crate) struct Rules {
    pub(crate) playbook: Playbook,
    pub(crate) vocabulary: Arc<Vocabulary>,
    sources: Arc<Sources>,
}

/// Keeps the rules in step with the settings in force.
pub(crate) struct RuleBook {
    bus: Bus,
    /// What serves while nothing is activated.
    own: Arc<Rules>,
    held: RwLock<Held>,
    refused: Gauge,
    condition: ConditionHandle,
}

/// What serves now.
struct Held {
    rules: Arc<Rules>,
    /// What was asked for, be it that something else serves.
    asked: Asked,
}

/// Hashes of settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    vocabulary: String,
    /// None while none is activated.
    playbook: Option<String>,
}

impl RuleBook {
    /// Reads the playbook of the directory, or the one Cardex brings along, against the embedded vocabulary. `refused` and
    /// `condition` show whether what was activated last could not take its place.
    pub(crate) fn open(
        bus: Bus,
        directory: Option<&Path>,
        refused: Gauge,
        condition: ConditionHandle,
    ) -> Result<Self, RulesError> {
        let sources = match directory {
            None => Sources::embedded(),
            Some(directory) => read_playbook(directory)?,
        };
        let vocabulary = Arc::new(Vocabulary::embedded().clone());
        let asked = Asked {
            vocabulary: vocabulary.hash().to_owned(),
            playbook: None,
        };
        let own = Arc::new(read(Arc::new(sources), vocabulary)?);
        condition.ready();
        Ok(Self {
            bus,
            held: RwLock::new(Held {
                rules: Arc::clone(&own),
                asked,
            }),
            own,
            refused,
            condition,
        })
    }

    /// The rules of the playbook of this hash, or of the own one while none is activated, against the vocabulary of this
    /// hash. Where it has faults by that, what served before goes on serving.
    pub(crate) async fn in_force(
        &self,
        vocabulary: &str,
        playbook: Option<&str>,
    ) -> Result<Arc<Rules>, RulesError> {
        let asked = Asked {
            vocabulary: vocabulary.to_owned(),
            playbook: playbook.map(str::to_owned),
        };
        let held = self.held.read().await;
        if held.asked == asked {
            return Ok(Arc::clone(&held.rules));
        }
        drop(held);
        let mut held = self.held.write().await;
        if held.asked == asked {
            return Ok(Arc::clone(&held.rules));
        }
        let against = match held.rules.vocabulary.hash() == vocabulary {
            true => Arc::clone(&held.rules.vocabulary),
            false => Arc::new(self.vocabulary(vocabulary).await?),
        };
        held.rules = match self.read(playbook, against).await {
            Ok(rules) => {
                tracing::info!(playbook, vocabulary, "other rules serve");
                self.refused.set(0);
                self.condition.ready();
                Arc::new(rules)
            }
            Err(error) if error.may_pass() => return Err(error),
            Err(error) => {
                tracing::error!(
                    playbook,
                    vocabulary,
                    error = &error as &dyn std::error::Error,
                    "what was activated last can't be used; what served before goes on serving"
                );
                let before = self.before(&asked).await?;
                self.refused.set(1);
                self.condition.warn(format!(
                    "the playbook has faults by the vocabulary in force, so that the rules before serve on: {error}"
                ));
                before
            }
        };
        held.asked = asked;
        Ok(Arc::clone(&held.rules))
    }

    /// The rules of the playbook of this hash, or of the own one, against the vocabulary.
    async fn read(
        &self,
        playbook: Option<&str>,
        vocabulary: Arc<Vocabulary>,
    ) -> Result<Rules, RulesError> {
        let sources = match playbook {
            None => Arc::clone(&self.own.sources),
            Some(hash) => Arc::new(self.bundle(hash).await?),
        };
        read_aside(sources, vocabulary).await
    }

    /// The activated playbook of this hash.
    async fn bundle(&self, hash: &str) -> Result<Sources, RulesError> {
        if Sources::embedded().hash() == hash {
            return Ok(Sources::embedded());
        }
        let missing = || RulesError::Missing {
            hash: hash.to_owned(),
        };
        let body = self.bus.get_settings(hash).await?.ok_or_else(missing)?;
        let sources = read_bundle(&body)?;
        match sources.hash() == hash {
            true => Ok(sources),
            false => Err(RulesError::Bundle),
        }
    }

    /// The rules used last.
    pub(crate) async fn current(&self) -> Arc<Rules> {
        Arc::clone(&self.held.read().await.rules)
    }

    async fn vocabulary(&self, hash: &str) -> Result<Vocabulary, RulesError> {
        if Vocabulary::embedded().hash() == hash {
            return Ok(Vocabulary::embedded().clone());
        }
        let missing = || RulesError::Vocabulary {
            hash: hash.to_owned(),
        };
        let body = self.bus.get_settings(hash).await?.ok_or_else(missing)?;
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

/// The files of a playbook as they are kept in the object store.
///
/// # Errors
/// When it is something else.
pub fn read_bundle(body: &[u8]) -> Result<Sources, RulesError> {
    let bundle = PlaybookBundle::decode(body).ok_or(RulesError::Bundle)?;
    let files = bundle.files.iter().map(|(path, text)| (&**path, &**text));
    match bundle.files.keys().all(|path| Sources::is_part(path)) {
        true => Ok(Sources::new(files)),
        false => Err(RulesError::Bundle),
    }
}

/// Reads a playbook where it holds nobody up.
async fn read_aside(
    sources: Arc<Sources>,
    vocabulary: Arc<Vocabulary>,
) -> Result<Rules, RulesError> {
    let reading = tokio::task::spawn_blocking(move || read(sources, vocabulary));
    reading.await.expect("reading a playbook does not panic")
}

fn read(sources: Arc<Sources>, vocabulary: Arc<Vocabulary>) -> Result<Rules, RulesError> {
    let playbook =
        Playbook::parse(&sources, &vocabulary).map_err(|faults| RulesError::Playbook {
            count: faults.len(),
            first: faults.first().map_or_else(String::new, ToString::to_string),
        })?;
    Ok(Rules {
        playbook,
        vocabulary,
        sources,
    })
}
