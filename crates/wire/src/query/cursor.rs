//! Where an answer of several pages goes on. A cursor says of which question it is and what was known when that was
//! answered, so that the pages of one answer never mix what was known at different times.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A place in an answer of several pages. Of no meaning but to the service that gave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Of which question it is.
    pub question: u64,
    /// What was known when it was answered.
    pub state: u64,
    /// The piece with which the next page begins.
    pub from: u32,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be what an answer gave as `next`")]
pub struct NoCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            question,
            state,
            from,
        } = self;
        write!(f, "{question:016x}-{state:016x}-{from}")
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(NoCursor);
        let hash = |text: &str| match text.len() {
            16 => u64::from_str_radix(text, 16).map_err(|_| NoCursor),
            _ => Err(NoCursor),
        };
        let cursor = Self {
            question: hash(next()?)?,
            state: hash(next()?)?,
            from: next()?.parse().map_err(|_| NoCursor)?,
        };
        // One text for each cursor: no signs, no capitals, nothing behind.
        (cursor.to_string() == text)
            .then_some(cursor)
            .ok_or(NoCursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Cursor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}-[0-9a-f]{16}-[0-9]{1,10}$" })
    }
}
