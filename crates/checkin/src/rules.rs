//! The playbook in force, read against the vocabulary in force: both as the aggregator answers, so that all listeners change
//! over with the same event.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardex_bus::Bus;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};
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

/// Keeps the rules in step with the settings in force.
pub(crate) struct RuleBook {
    bus: Bus,
    /// What serves while no playbook is activated.
    own: Arc<Sources>,
    held: RwLock<Held>,
    refused: Gauge,
}

/// What serves now.
struct Held {
    rules: Arc<Rules>,
    sources: Arc<Sources>,
    /// Hash of the activated playbook that was read last, be it that it was refused.
    named: Option<String>,
}

impl RuleBook {
    /// Reads the playbook of the directory, or the one Cardex brings along, against the embedded vocabulary. `refused`
    /// shows whether an activated one could not take its place.
    pub(crate) fn open(
        bus: Bus,
        directory: Option<&Path>,
        refused: Gauge,
    ) -> Result<Self, RulesError> {
        let own = match directory {
            None => Sources::embedded(),
            Some(directory) => read_playbook(directory)?,
        };
        let own = Arc::new(own);
        let rules = read(&own, Arc::new(Vocabulary::embedded().clone()))?;
        let held = Held {
            rules: Arc::new(rules),
            sources: Arc::clone(&own),
            named: None,
        };
        Ok(Self {
            bus,
            own,
            held: RwLock::new(held),
            refused,
        })
    }

    /// The rules of the playbook of this hash, or of the own one while none is activated, against the vocabulary of this
    /// hash. Where the playbook has faults, the one before it goes on serving.
    pub(crate) async fn in_force(
        &self,
        vocabulary: &str,
        playbook: Option<&str>,
    ) -> Result<Arc<Rules>, RulesError> {
        let serves = |held: &Held| {
            held.rules.vocabulary.hash() == vocabulary && held.named.as_deref() == playbook
        };
        let held = self.held.read().await;
        if serves(&held) {
            return Ok(Arc::clone(&held.rules));
        }
        drop(held);
        let mut held = self.held.write().await;
        if serves(&held) {
            return Ok(Arc::clone(&held.rules));
        }
        let against = match held.rules.vocabulary.hash() == vocabulary {
            true => Arc::clone(&held.rules.vocabulary),
            false => Arc::new(self.vocabulary(vocabulary).await?),
        };
        if held.named.as_deref() != playbook {
            let taken = self.take_over(&mut held, playbook, &against).await?;
            held.named = playbook.map(str::to_owned);
            self.refused.set(i64::from(!taken));
        }
        if held.rules.vocabulary.hash() != vocabulary {
            let rules = read_aside(Arc::clone(&held.sources), against).await?;
            held.rules = Arc::new(rules);
            tracing::info!(
                vocabulary,
                "the playbook is read against another vocabulary"
            );
        }
        Ok(Arc::clone(&held.rules))
    }

    /// Puts another playbook in the place of the one that serves; whether it could.
    async fn take_over(
        &self,
        held: &mut Held,
        playbook: Option<&str>,
        vocabulary: &Arc<Vocabulary>,
    ) -> Result<bool, RulesError> {
        let taken = match playbook {
            None => Ok(Arc::clone(&self.own)),
            Some(hash) => self.bundle(hash).await?.map(Arc::new),
        };
        let taken = match taken {
            Ok(sources) => read_aside(Arc::clone(&sources), Arc::clone(vocabulary))
                .await
                .map(|rules| (sources, rules)),
            Err(fault) => Err(fault),
        };
        match taken {
            Ok((sources, rules)) => {
                (held.sources, held.rules) = (sources, Arc::new(rules));
                tracing::info!(playbook, "another playbook serves");
                Ok(true)
            }
            Err(error) => {
                tracing::error!(
                    playbook,
                    error = &error as &dyn std::error::Error,
                    "the activated playbook can't be used; the one before it goes on serving"
                );
                Ok(false)
            }
        }
    }

    /// The activated playbook of this hash, or why it is none.
    async fn bundle(&self, hash: &str) -> Result<Result<Sources, RulesError>, RulesError> {
        if Sources::embedded().hash() == hash {
            return Ok(Ok(Sources::embedded()));
        }
        let missing = || RulesError::Missing {
            hash: hash.to_owned(),
        };
        let body = self.bus.get_settings(hash).await.ok().flatten();
        let body = body.ok_or_else(missing)?;
        Ok(
            read_bundle(&body).and_then(|sources| match sources.hash() == hash {
                true => Ok(sources),
                false => Err(RulesError::Bundle),
            }),
        )
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
    let reading = tokio::task::spawn_blocking(move || read(&sources, vocabulary));
    reading.await.expect("reading a playbook does not panic")
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
