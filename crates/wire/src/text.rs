//! The forms that texts and ids take on the wire: each holds what it reads to its rule at once, and tells the same
//! rule to the JSON Schema.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use cardex_domain::evidence::{EvidenceId, EvidenceRef};
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, IdentifierKey, ItemId, NodeId, PropertyId, Room,
    RuleId, SectionId, StayId,
};
use cardex_domain::time::{Day, Moment};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::reject::{Fault, RejectCode};

/// Free text of at most `MAX` characters in Unicode NFC, without control and direction-turning characters; line
/// breaks only where `LINES`. May be blank: whether that means "nothing" or is wrong is for the place to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a, const MAX: usize, const LINES: bool = false>(Cow<'a, str>);

/// A note: longer, with line breaks.
pub type NoteText<'a> = Text<'a, { crate::limits::NOTE_MAX_CHARS }, true>;

impl<'a, const MAX: usize, const LINES: bool> Text<'a, MAX, LINES> {
    /// A text known to be within its rules, or to be held to them when it is read back.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, or `None` when it says nothing.
    #[must_use]
    pub fn said(self) -> Option<Box<str>> {
        if self.0.trim().is_empty() {
            None
        } else {
            Some(self.0.into())
        }
    }

    fn read(text: Cow<'a, str>) -> Result<Self, Fault> {
        let plain = |b: u8| matches!(b, 0x20..=0x7e) || (LINES && b == b'\n');
        if text.len() <= MAX && text.bytes().all(plain) {
            return Ok(Self(text));
        }
        let text = normalise::<LINES>(text)?;
        if text.len() > MAX && text.chars().count() > MAX {
            let rule = format!("at most {MAX} characters");
            return Err(Fault::new(RejectCode::TextTooLong, rule));
        }
        Ok(Self(text))
    }
}

/// The text in NFC, if all its characters are allowed.
fn normalise<const LINES: bool>(text: Cow<'_, str>) -> Result<Cow<'_, str>, Fault> {
    for c in text.chars() {
        match c {
            '\n' if LINES => {}
            '\u{2028}' | '\u{2029}' => return Err(control_fault()),
            c if c.is_control() => return Err(control_fault()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let rule = "without characters that turn the direction of writing";
                return Err(Fault::new(RejectCode::BidiCharacter, rule));
            }
            _ => {}
        }
    }
    Ok(match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => Cow::Owned(text.nfc().collect()),
    })
}

fn control_fault() -> Fault {
    Fault::new(RejectCode::ControlCharacter, "without control characters")
}

struct TextVisitor<const MAX: usize, const LINES: bool>;

impl<'de, const MAX: usize, const LINES: bool> Visitor<'de> for TextVisitor<MAX, LINES> {
    type Value = Text<'de, MAX, LINES>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Text::read(Cow::Borrowed(text)).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Text::read(Cow::Owned(text.to_owned())).map_err(E::custom)
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Text::read(Cow::Owned(text)).map_err(E::custom)
    }
}

impl<'de: 'a, 'a, const MAX: usize, const LINES: bool> Deserialize<'de> for Text<'a, MAX, LINES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor::<MAX, LINES>)
    }
}

impl<const MAX: usize, const LINES: bool> Serialize for Text<'_, MAX, LINES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<const MAX: usize, const LINES: bool> JsonSchema for Text<'_, MAX, LINES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}{}", if LINES { "Lines" } else { "" }).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": MAX })
    }
}

/// Something of the domain that is written as one text.
pub trait Scalar: Sized {
    /// Regular expression (ECMA 262) of the text, for the JSON Schema.
    const PATTERN: &'static str;

    /// What it is, for the JSON Schema.
    const DESCRIPTION: &'static str;

    /// The format of the JSON Schema, where it is one of its own.
    const FORMAT: Option<&'static str> = None;

    /// Reads it.
    ///
    /// # Errors
    /// When the text is not one.
    fn read(text: &str) -> Result<Self, Broken>;

    /// Writes it.
    ///
    /// # Errors
    /// As the formatter does.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A rule that a text breaks: opaque outside this crate, where it becomes a [`crate::Reject`].
#[derive(Debug)]
pub struct Broken(Fault);

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

macro_rules! scalar {
    ($type:ty, $read:expr, $code:ident, $pattern:literal, $description:literal $(, $format:literal)?) => {
        impl Scalar for $type {
            const PATTERN: &'static str = $pattern;
            const DESCRIPTION: &'static str = $description;
            $(const FORMAT: Option<&'static str> = Some($format);)?

            fn read(text: &str) -> Result<Self, Broken> {
                let read: fn(&str) -> Option<Self> = $read;
                let rule = concat!("must be ", $description);
                read(text).ok_or_else(|| Fault::new(RejectCode::$code, rule).into())
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

macro_rules! time_scalar {
    ($type:ty, $read:path, $pattern:literal, $format:literal, $description:literal) => {
        impl Scalar for $type {
            const PATTERN: &'static str = $pattern;
            const DESCRIPTION: &'static str = $description;
            const FORMAT: Option<&'static str> = Some($format);

            fn read(text: &str) -> Result<Self, Broken> {
                $read(text).map_err(Broken)
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

scalar!(
    PropertyId,
    |t| Self::new(t).ok(),
    InvalidValue,
    "^[a-z0-9_-]{1,64}$",
    "a property"
);
scalar!(
    DepartmentId,
    |t| Self::new(t).ok(),
    InvalidValue,
    "^[a-z0-9_-]{1,64}$",
    "a department"
);
scalar!(
    AppId,
    |t| Self::new(t).ok(),
    InvalidValue,
    "^[a-z0-9_-]{1,64}$",
    "an app"
);
scalar!(
    SectionId,
    |t| Self::new(t).ok(),
    InvalidValue,
    "^[a-z0-9_-]{1,64}$",
    "a section"
);
scalar!(
    RuleId,
    |t| Self::new(t).ok(),
    InvalidValue,
    "^[a-z0-9_-]{1,64}$",
    "a rule"
);
scalar!(
    AttributeId,
    |t| Self::new(t).ok(),
    InvalidAttribute,
    r"^[a-z0-9_]+(\.[a-z0-9_]+)*$",
    "an attribute: lower-case words joined by dots"
);
scalar!(
    StayId,
    |t| t.parse().ok(),
    InvalidId,
    "^s[0-9a-hjkmnp-tv-z]{26}$",
    "a stay's id"
);
scalar!(
    NodeId,
    |t| t.parse().ok(),
    InvalidId,
    "^[gs][0-9a-hjkmnp-tv-z]{26}$",
    "a guest's id"
);
scalar!(
    EventKey,
    |t| t.parse().ok(),
    InvalidId,
    "^e[0-9a-hjkmnp-tv-z]{26}$",
    "an event's key"
);
scalar!(
    IdentifierKey,
    |t| t.parse().ok(),
    InvalidId,
    "^k[0-9a-hjkmnp-tv-z]{26}$",
    "an identifier's key"
);
scalar!(
    EvidenceId,
    |t| t.parse().ok(),
    InvalidId,
    r"^e[0-9a-hjkmnp-tv-z]{26}\.[0-9]{1,3}$",
    "the id of a piece of evidence"
);
scalar!(
    EvidenceRef,
    |t| t.parse().ok(),
    InvalidId,
    r"^e[0-9a-hjkmnp-tv-z]{26}(\.[0-9]{1,3})?$",
    "the key of an event, or of one statement of it"
);
scalar!(
    ItemId,
    |t| t.parse().ok(),
    InvalidId,
    r"^[a-z0-9_-]{1,64}\.[0-9a-hjkmnp-tv-z]{26}$",
    "an item's id"
);
time_scalar!(
    Moment,
    crate::time::read_moment,
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$",
    "date-time",
    "a moment as in RFC 3339, with its offset"
);
time_scalar!(
    Day,
    crate::time::read_day,
    r"^\d{4}-\d{2}-\d{2}$",
    "date",
    "a day of the calendar"
);

impl Scalar for Room {
    const PATTERN: &'static str = r"^\S{1,16}$";
    const DESCRIPTION: &'static str = "a room: 1 to 16 characters, no blanks";

    fn read(text: &str) -> Result<Self, Broken> {
        let text = normalise::<false>(Cow::Borrowed(text))?;
        let rule = "must be a room: 1 to 16 characters, no blanks";
        Self::new(&text).map_err(|_| Fault::new(RejectCode::InvalidValue, rule).into())
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of an event: a ULID, kept in upper case, or a UUID, kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Box<str>);

impl EventId {
    /// Takes an id that a publisher gave.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let crockford =
            |b: u8| b.is_ascii_alphanumeric() && !matches!(b | 0x20, b'i' | b'l' | b'o' | b'u');
        let bytes = text.as_bytes();
        match bytes.len() {
            26 if matches!(bytes[0], b'0'..=b'7') && bytes.iter().all(|b| crockford(*b)) => {
                Some(Self(text.to_ascii_uppercase().into()))
            }
            36 if bytes.iter().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            }) =>
            {
                Some(Self(text.to_ascii_lowercase().into()))
            }
            _ => None,
        }
    }

    /// The id of an event that follows from others, so that it is the same whoever publishes it and however often: a
    /// UUID of version 8 (RFC 9562, section 5.8) over bytes that a hash gave.
    #[must_use]
    pub fn derived(mut hash: [u8; 16]) -> Self {
        hash[6] = hash[6] & 0x0f | 0x80;
        hash[8] = hash[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (at, byte) in hash.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 0x0f] {
                text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the domain keeps it.
    #[must_use]
    pub fn into_inner(self) -> Box<str> {
        self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

scalar!(
    EventId,
    Self::parse,
    InvalidId,
    "^([0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
    "a ULID or a UUID"
);

/// A [`Scalar`] as it stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsText<T>(pub T);

impl<T> From<T> for AsText<T> {
    fn from(inner: T) -> Self {
        Self(inner)
    }
}

impl<T> Deref for AsText<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = AsText<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::DESCRIPTION)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AsText<T>, E> {
        T::read(text)
            .map(AsText)
            .map_err(|broken| E::custom(broken.0))
    }
}

impl<'de, T: Scalar> Deserialize<'de> for AsText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ScalarVisitor(PhantomData))
    }
}

impl<T: Scalar> fmt::Display for AsText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

impl<T: Scalar> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<T: Scalar> JsonSchema for AsText<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::DESCRIPTION.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({
            "type": "string",
            "pattern": T::PATTERN,
            "description": T::DESCRIPTION,
        });
        if let Some(format) = T::FORMAT {
            schema.insert("format".to_owned(), format.into());
        }
        schema
    }
}

#[cfg(test)]
mod tests;
