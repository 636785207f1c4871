//! The file that says who may come: clients with the hashes of their tokens, and webhooks with the files of their secrets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::http::Uri;
use cardex_bus::permissions::Capability;
use cardex_domain::ids::{AppId, DepartmentId, PropertyId};
use cardex_wire::subject::Token as Name;
use serde::{Deserialize, Deserializer, de};
use subtle::{Choice, ConditionallySelectable as _};

use crate::token::TokenHash;
use crate::webhook::{Webhook, WebhookError};

/// A larger file is some other file.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// Everybody whom the gateway serves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vendors {
    /// Those that come by HTTP.
    #[serde(rename = "client")]
    pub clients: Vec<Client>,
    /// Where boards are sent to.
    #[serde(rename = "webhook")]
    pub webhooks: Vec<Webhook>,
}

/// One department's software, by one token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// What it is called in logs and metrics.
    #[serde(deserialize_with = "parsed")]
    pub name: Name,
    /// Its hotel.
    #[serde(deserialize_with = "parsed")]
    pub property: PropertyId,
    /// As which department it reads and speaks.
    #[serde(deserialize_with = "parsed")]
    pub department: DepartmentId,
    /// As which app it speaks.
    #[serde(deserialize_with = "parsed")]
    pub app: AppId,
    /// The hash of its token.
    #[serde(deserialize_with = "hash")]
    pub token_sha256: TokenHash,
}

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum VendorsError {
    /// It can't be read.
    #[error("the file of vendors {} can't be read; create it, or name another as gateway.vendors_file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// It is larger than any such file.
    #[error("the file of vendors {} is larger than {FILE_MAX_BYTES} bytes; name the file of [[client]] and [[webhook]]", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It does not say what it has to.
    #[error("the file of vendors {} has a fault", path.display())]
    Faulty {
        /// The file.
        path: PathBuf,
        /// Where and which.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Two entries of one kind share their name.
    #[error("two {kind}s in the file of vendors are called {name}; give each a name of its own")]
    SameName {
        /// Client or webhook.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Two clients have one token.
    #[error(
        "the clients {one} and {other} have the same token; make one for each with `cardex gateway token`"
    )]
    SameToken {
        /// A client.
        one: String,
        /// Another.
        other: String,
    },
}

impl Vendors {
    /// Reads the file.
    ///
    /// # Errors
    /// With the place and the fault.
    pub fn read(path: &Path) -> Result<Self, VendorsError> {
        let unreadable = |source| VendorsError::Read {
            path: path.to_owned(),
            source,
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > FILE_MAX_BYTES {
            let path = path.to_owned();
            return Err(VendorsError::TooLarge { path });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let read: Self = toml::from_str(&text).map_err(|source| VendorsError::Faulty {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        read.tell_apart()?;
        Ok(read)
    }

    /// Looks at what webhooks need: their URLs, and the files of their secrets and certificates.
    ///
    /// # Errors
    /// With the webhook and what can't be used.
    pub fn check(&self) -> Result<(), WebhookError> {
        self.webhooks.iter().try_for_each(Webhook::check)
    }

    /// What the gateway's user on the bus has to be allowed to serve this property's entries.
    #[must_use]
    pub fn capabilities(&self, property: &PropertyId) -> Vec<Capability> {
        let clients = self.clients.iter();
        let clients = clients.filter(|client| client.property == *property);
        let serve = clients.map(|client| Capability::Gateway {
            department: token(client.department.as_str()),
            app: token(client.app.as_str()),
        });
        let webhooks = self.webhooks.iter();
        let webhooks = webhooks.filter(|webhook| webhook.property == *property);
        let send = webhooks.map(|webhook| Capability::Webhook {
            department: token(webhook.department.as_str()),
            name: webhook.name.clone(),
        });
        serve.chain(send).collect()
    }

    fn tell_apart(&self) -> Result<(), VendorsError> {
        unlike("client", self.clients.iter().map(|client| &client.name))?;
        for (at, client) in self.clients.iter().enumerate() {
            let same = |other: &&Client| other.token_sha256 == client.token_sha256;
            if let Some(other) = self.clients[..at].iter().find(same) {
                return Err(VendorsError::SameToken {
                    one: other.name.to_string(),
                    other: client.name.to_string(),
                });
            }
        }
        unlike("webhook", self.webhooks.iter().map(|webhook| &webhook.name))
    }

    /// Whose token it is. All clients are looked at, so that the time it takes says nothing.
    pub(crate) fn client_of(&self, token: &str) -> Option<&Client> {
        let given = TokenHash::of(token);
        let mut found = u64::MAX;
        for (at, client) in (0_u64..).zip(&self.clients) {
            let same: Choice = client.token_sha256.same(&given);
            found.conditional_assign(&at, same);
        }
        let at = usize::try_from(found).ok()?;
        self.clients.get(at)
    }
}

/// An id as a word of a subject.
pub(crate) fn token(id: &str) -> Name {
    Name::new(id).expect("properties, departments and apps are words of subjects")
}

fn unlike<'a>(
    kind: &'static str,
    names: impl Iterator<Item = &'a Name>,
) -> Result<(), VendorsError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = name.to_string();
            return Err(VendorsError::SameName { kind, name });
        }
    }
    Ok(())
}

/// An id that stands as text.
pub(crate) trait Named: Sized {
    fn named(text: &str) -> Option<Self>;
}

macro_rules! named {
    ($($id:ty),+) => { $(impl Named for $id {
        fn named(text: &str) -> Option<Self> {
            Self::new(text).ok()
        }
    })+ };
}

named!(Name, PropertyId, DepartmentId, AppId);

pub(crate) fn parsed<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    T::named(&text).ok_or_else(|| de::Error::custom("must be 1 to 64 of a-z, 0-9, _ and -"))
}

pub(crate) fn uri<'de, D: Deserializer<'de>>(from: D) -> Result<Uri, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| de::Error::custom("must be a URL, such as https://vendor.example/boards"))
}

fn hash<'de, D: Deserializer<'de>>(from: D) -> Result<TokenHash, D::Error> {
    let text = String::deserialize(from)?;
    TokenHash::parse(&text).ok_or_else(|| {
        de::Error::custom("must be the 64 hexadecimal digits that `cardex gateway token` prints")
    })
}

#[cfg(test)]
mod tests;
