//! Layered settings: defaults < file < environment < flags, where every key must be known and every error says
//! which layer it came from.
//!
//! The settings type is the caller's. Its structs need no `deny_unknown_fields`: unknown keys are refused for
//! every derived struct. Only where serde buffers (`flatten`, `untagged`, internally tagged enums) must the type
//! itself carry that attribute, and its fields be of the file's own types.
//!
//! Values from the environment and from flags are text and are read as what the field wants: a number, a truth
//! value, a comma-separated list, or (empty) an absent `Option`. Values from files are strictly typed.
//! Durations are integers with their unit in the key (`drain_ms`).

mod secret;
#[cfg(test)]
mod tests;
mod tree;

pub use secret::{Secret, SecretError, SecretFile};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{FileFormat, Format, Map, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

/// The environment variable that names the settings file when no flag does.
pub const FILE_VARIABLE: &str = "CARDEX_SETTINGS";

/// Every environment variable that is a setting starts with this.
pub const ENV_PREFIX: &str = "CARDEX_";

/// Separates the levels of a key in an environment variable: `CARDEX_NATS__URL` is `nats.url`.
pub const ENV_SEPARATOR: &str = "__";

/// Why settings could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The settings file that was named can't be read.
    #[error(
        "settings file {} can't be read: name an existing, readable file with --config or {FILE_VARIABLE}, \
         or leave both out to run on the defaults", path.display()
    )]
    FileRead {
        /// The file as it was named.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text of a layer is not TOML.
    #[error("{origin} is not valid TOML: correct it at the place named")]
    Syntax {
        /// Which layer, for a file with its path.
        origin: String,
        /// The parser's message, with line and column.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An environment variable holds something that is not Unicode text.
    #[error("environment variable {variable} is not valid UTF-8: set it to plain text or unset it")]
    NotText {
        /// The variable's name.
        variable: String,
    },
    /// A flag is not `key=value`.
    #[error(
        "override `{given}` is not of the form key=value: write it like nats.url=nats://127.0.0.1:4222"
    )]
    Override {
        /// What stood before the `=`, or all of it where there is none.
        given: String,
    },
    /// No setting of that name exists.
    #[error("unknown setting `{key}` from {origin}: remove it or use one of: {known}")]
    Unknown {
        /// The full key.
        key: String,
        /// The layer it came from.
        origin: String,
        /// The keys that exist at that place.
        known: String,
    },
    /// A setting without a default was not given.
    #[error(
        "setting `{key}` is missing: give it in the settings file, as {variable}, or as a flag"
    )]
    Missing {
        /// The full key.
        key: String,
        /// The environment variable that would set it.
        variable: String,
    },
    /// A value does not fit its setting. The value itself is not repeated where it is text.
    #[error("setting `{key}` from {origin} is not usable: {reason}")]
    Invalid {
        /// The full key.
        key: String,
        /// The layer it came from.
        origin: String,
        /// What was expected.
        reason: String,
    },
}

/// Settings, and the file they were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded<T> {
    /// The merged settings.
    pub settings: T,
    /// The settings file, where one was named.
    pub file: Option<PathBuf>,
}

/// Collects the layers, then [`load`](Loader::load)s them.
#[derive(Clone, Default)]
pub struct Loader {
    defaults: String,
    file: Option<PathBuf>,
    env: BTreeMap<OsString, OsString>,
    reserved: Vec<String>,
    overrides: Vec<String>,
}

impl Loader {
    /// Starts from the defaults, given as TOML text (may be empty where the type has its own).
    #[must_use]
    pub fn new(defaults: impl Into<String>) -> Self {
        Self {
            defaults: defaults.into(),
            ..Self::default()
        }
    }

    /// Names the settings file (`--config PATH`); it goes before [`FILE_VARIABLE`]. `None` changes nothing.
    #[must_use]
    pub fn file(mut self, path: Option<impl Into<PathBuf>>) -> Self {
        self.file = path.map(Into::into).or(self.file);
        self
    }

    /// Takes the environment from this process.
    #[must_use]
    pub fn process_env(self) -> Self {
        self.env(std::env::vars_os())
    }

    /// Takes the environment from `variables`; those without [`ENV_PREFIX`] do not matter.
    #[must_use]
    pub fn env<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        self.env.extend(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        self
    }

    /// Names variables that carry the prefix and are no settings, like `CARDEX_NATS_SERVER`.
    /// [`FILE_VARIABLE`] is always one of them.
    #[must_use]
    pub fn reserved_env<S: Into<String>>(mut self, variables: impl IntoIterator<Item = S>) -> Self {
        self.reserved.extend(variables.into_iter().map(Into::into));
        self
    }

    /// Adds `key=value` flags, a later one going before an earlier: `nats.url=nats://hotel:4222`.
    #[must_use]
    pub fn overrides<S: Into<String>>(mut self, flags: impl IntoIterator<Item = S>) -> Self {
        self.overrides.extend(flags.into_iter().map(Into::into));
        self
    }

    /// Reads and merges the layers.
    ///
    /// # Errors
    /// A [`SettingsError`] naming the file, variable or flag at fault and the way out.
    pub fn load<T: DeserializeOwned>(self) -> Result<Loaded<T>, SettingsError> {
        let file = self.settings_file();
        let mut layers = vec![Layer::toml("the built-in defaults", &self.defaults)?];
        if let Some(path) = &file {
            layers.push(Layer::file(path)?);
        }
        layers.push(self.env_layer()?);
        layers.push(self.override_layer()?);
        let merged = layers
            .collect()
            .expect("layers are already parsed, merging them can't fail");
        let settings = tree::read(merged)?;
        Ok(Loaded { settings, file })
    }

    fn settings_file(&self) -> Option<PathBuf> {
        let from_env = || {
            self.env
                .get(FILE_VARIABLE.as_ref() as &std::ffi::OsStr)
                .filter(|path| !path.is_empty())
        };
        self.file.clone().or_else(|| from_env().map(PathBuf::from))
    }

    fn env_layer(&self) -> Result<Layer, SettingsError> {
        let mut layer = Layer::default();
        for (name, value) in &self.env {
            let lossy = name.to_string_lossy();
            let Some(key) = lossy.strip_prefix(ENV_PREFIX) else {
                continue;
            };
            if lossy == FILE_VARIABLE || self.reserved.iter().any(|reserved| *reserved == lossy) {
                continue;
            }
            let not_text = || SettingsError::NotText {
                variable: lossy.to_string(),
            };
            let value = name.to_str().and(value.to_str()).ok_or_else(not_text)?;
            let key = key.to_lowercase();
            layer.set(key.split(ENV_SEPARATOR), &tree::env_origin(&lossy), value);
        }
        Ok(layer)
    }

    fn override_layer(&self) -> Result<Layer, SettingsError> {
        let mut layer = Layer::default();
        for flag in &self.overrides {
            let (key, value) = match flag.split_once('=') {
                Some((key, value)) if !key.trim().is_empty() => (key.trim(), value),
                other => {
                    let given = other.map_or(flag.as_str(), |(key, _)| key);
                    return Err(SettingsError::Override {
                        given: given.to_owned(),
                    });
                }
            };
            layer.set(key.split('.'), &tree::flag_origin(key), value);
        }
        Ok(layer)
    }
}

impl std::fmt::Debug for Loader {
    /// Names the layers and none of their values: an environment may hold anything.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// The environment variable that sets `key`.
#[must_use]
pub fn env_variable(key: &str) -> String {
    format!(
        "{ENV_PREFIX}{}",
        key.replace('.', ENV_SEPARATOR).to_uppercase()
    )
}

/// One parsed layer; each value in it knows its origin.
#[derive(Debug, Clone, Default)]
struct Layer(Map<String, Value>);

impl Layer {
    fn toml(origin: &str, text: &str) -> Result<Self, SettingsError> {
        let origin = origin.to_owned();
        match FileFormat::Toml.parse(Some(&origin), text) {
            Ok(values) => Ok(Self(values)),
            Err(source) => Err(SettingsError::Syntax { origin, source }),
        }
    }

    fn file(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::FileRead {
            path: path.to_owned(),
            source,
        })?;
        Self::toml(&format!("settings file {}", path.display()), &text)
    }

    /// Sets a text value at a path; a deeper path replaces a plain value in its way.
    fn set<'k>(&mut self, path: impl Iterator<Item = &'k str>, origin: &str, value: &str) {
        let origin = origin.to_owned();
        let mut path = path.peekable();
        let mut table = &mut self.0;
        while let Some(segment) = path.next() {
            if path.peek().is_none() {
                table.insert(segment.to_owned(), Value::new(Some(&origin), value));
                return;
            }
            let empty = || Value::new(Some(&origin), ValueKind::Table(Map::new()));
            let child = table.entry(segment.to_owned()).or_insert_with(empty);
            if !matches!(child.kind, ValueKind::Table(_)) {
                *child = empty();
            }
            let ValueKind::Table(next) = &mut child.kind else {
                return;
            };
            table = next;
        }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}
