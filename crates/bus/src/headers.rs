//! Message headers: a short list, looked up without case as CloudEvents bindings differ in it.

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue};

/// The headers of one message, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// A header that cannot be put on a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("header names are visible ASCII without a colon, and values hold no line breaks")]
pub struct HeaderError;

impl Headers {
    /// No headers.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a header and hands the list back, to build one in a chain.
    ///
    /// # Errors
    /// When the name or the value would break the message's framing.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, HeaderError> {
        self.insert(name, value)?;
        Ok(self)
    }

    /// Adds a header. One of the same name stays and is found first.
    ///
    /// # Errors
    /// When the name or the value would break the message's framing.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !named || value.contains(['\r', '\n']) {
            return Err(HeaderError);
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// The first value under this name, whatever the case of its letters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn from_map(map: Option<&HeaderMap>) -> Self {
        let values = map
            .into_iter()
            .flat_map(HeaderMap::iter)
            .flat_map(|(name, values)| {
                values
                    .iter()
                    .map(move |value| (name.to_string(), value.as_str().to_owned()))
            });
        Self(values.collect())
    }

    pub(crate) fn to_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in self.iter() {
            // Both were checked by `insert`.
            if let Ok(name) = name.parse::<HeaderName>() {
                map.append(name, HeaderValue::from(value));
            }
        }
        map
    }
}

#[cfg(test)]
mod tests;
