//! The names things go by: tokens that are safe in a subject, and opaque ids derived under the installation's key.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// Lower-case base 32 without the letters that read like digits (i, l, o, u): 16 bytes become 26 characters.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    spec.encoding()
        .expect("the alphabet has 32 distinct symbols")
});

/// The longest token a subject may carry, in characters.
pub const TOKEN_MAX_CHARS: usize = 64;

/// Why a text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A subject token is ASCII `[a-z0-9_-]`, 1 to 64 characters.
    #[error("{what} must be 1 to 64 characters of a-z, 0-9, _ and -")]
    Token {
        /// Which kind of id was being read.
        what: &'static str,
    },
    /// The name is one that the subject layout uses itself.
    #[error("a property cannot be called that: the word has a meaning in subjects")]
    Reserved,
    /// A derived id is one letter and 26 characters of base 32.
    #[error("{what} is not one this system gave out: expected a letter and 26 characters")]
    Derived {
        /// Which kind of id was being read.
        what: &'static str,
    },
    /// An attribute is dotted lower-case words.
    #[error("an attribute is lower-case words joined by dots, at most 64 characters")]
    Attribute,
    /// Some other text is empty, too long or has characters it must not have.
    #[error("{what} is empty, too long or has characters it must not have")]
    Text {
        /// Which kind of text was being read.
        what: &'static str,
    },
}

/// Whether `text` can stand as one token of a subject.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= TOKEN_MAX_CHARS
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

macro_rules! token_id {
    ($(#[$doc:meta])* $name:ident, $what:literal $(, reserved: $reserved:expr)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads the id from its text.
            ///
            /// # Errors
            /// When the text is not a subject token, or is reserved.
            pub fn new(text: &str) -> Result<Self, IdError> {
                if !is_token(text) {
                    return Err(IdError::Token { what: $what });
                }
                $(if $reserved.contains(&text) { return Err(IdError::Reserved); })?
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    };
}

/// Words that stand in a fixed place of some subject and so cannot name a property.
pub const RESERVED_PROPERTIES: [&str; 9] = [
    "card",
    "config",
    "deadletter",
    "guest",
    "observation",
    "outcome",
    "profile",
    "prompt",
    "stay",
];

token_id!(
    /// A hotel of the group.
    PropertyId, "a property", reserved: RESERVED_PROPERTIES
);
token_id!(
    /// A department of a hotel: `front_desk`, `floor`, `dining`, or any other the hotel configures.
    DepartmentId, "a department"
);
token_id!(
    /// A program that publishes for a department.
    AppId, "an app"
);
token_id!(
    /// A part of a department, or a shift of it: the floor's tenth, tonight's host.
    SectionId, "a section"
);
token_id!(
    /// A rule of the playbook.
    RuleId, "a rule"
);

impl DepartmentId {
    /// The department that stands for Cardex's own services: it sees every value. No user but a service may ask as it.
    pub const ENGINE: &'static str = "engine";

    /// The department that looks after what is known of guests, and after what they asked for.
    pub const GUEST_RELATIONS: &'static str = "guest_relations";

    /// The engine's own department; see [`Self::ENGINE`].
    #[must_use]
    pub fn engine() -> Self {
        Self(Self::ENGINE.into())
    }
}

/// An attribute of the vocabulary, such as `room.facing`. Known or not, it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(Arc<str>);

impl Borrow<str> for AttributeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AttributeId {
    /// Reads an attribute: dotted words of `[a-z0-9_]`, at most 64 characters.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let word = |w: &str| {
            !w.is_empty()
                && w.bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        if text.len() <= TOKEN_MAX_CHARS && text.split('.').all(word) {
            Ok(Self(text.into()))
        } else {
            Err(IdError::Attribute)
        }
    }

    /// The attribute as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttributeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A room as the hotel writes it, such as `1012` or `PH-A`: 1 to 16 characters, no blanks, upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room(Arc<str>);

impl Room {
    /// Reads a room; letters become upper case, so that `ph-a` and `PH-A` are one room.
    ///
    /// # Errors
    /// When it is empty, longer than 16 characters, or holds a blank or control character.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let text = text.trim().to_uppercase();
        let chars = text.chars().count();
        if (1..=16).contains(&chars) && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Ok(Self(text.into()))
        } else {
            Err(IdError::Text { what: "a room" })
        }
    }

    /// The room as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $letter, BASE32.encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = text.strip_prefix($letter).and_then(|t| BASE32.decode(t.as_bytes()).ok());
                bytes
                    .and_then(|b| <[u8; 16]>::try_from(b).ok())
                    .map(Self)
                    .ok_or(IdError::Derived { what: $what })
            }
        }
    };
}

derived_id!(
    /// One stay of one guest at one property, derived from the property and the PMS's reservation number. Written as
    /// `s` and 26 characters; it stands in the subjects of boards.
    StayId, 's', "a stay"
);
derived_id!(
    /// A guest's profile in some other system (`<pms>/<id>`), derived. Written as `g` and 26 characters.
    ProfileId, 'g', "a guest"
);
derived_id!(
    /// A normalised identifier (document, loyalty number, phone, e-mail), derived, so that an index of them can't be
    /// enumerated. Written as `k` and 26 characters.
    IdentifierKey, 'k', "an identifier key"
);
derived_id!(
    /// One published event: the hash of its publishing subject and its id. Written as `e` and 26 characters.
    EventKey, 'e', "an event"
);

impl EventKey {
    /// The key of event `id` as published on `subject`: two subjects never share a key.
    #[must_use]
    pub fn of(subject: &str, id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(subject.as_bytes());
        hash.update([0]);
        hash.update(id.as_bytes());
        Self(first_16(&hash.finalize()))
    }
}

/// One vertex of the identity graph: a stay, or a profile of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeId {
    /// A profile of another system. Sorts first, so that a person is named after a profile where there is one.
    Profile(ProfileId),
    /// A stay.
    Stay(StayId),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(id) => id.fmt(f),
            Self::Stay(id) => id.fmt(f),
        }
    }
}

impl FromStr for NodeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.as_bytes().first() {
            Some(b's') => text.parse().map(Self::Stay),
            _ => text.parse().map(Self::Profile),
        }
    }
}

/// One line of a board: `<department>.<26 characters>`, derived from stay, department, rule and claims.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(Box<str>);

impl ItemId {
    /// Derives the id of what `rule` tells `department` about the given claims in `stay`. The same four give the same
    /// id for ever, which is what "shown before" means. `claims` must be sorted.
    #[must_use]
    pub fn of(
        stay: StayId,
        department: &DepartmentId,
        rule: &RuleId,
        claims: &[(&str, &str)],
    ) -> Self {
        Self::on(stay, department, rule, claims, None)
    }

    /// The id of what comes again in the same stay: one for each occasion.
    #[must_use]
    pub fn on(
        stay: StayId,
        department: &DepartmentId,
        rule: &RuleId,
        claims: &[(&str, &str)],
        occasion: Option<&str>,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(stay.0);
        for part in [department.as_str(), rule.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for (attribute, value) in claims {
            hash.update(attribute.as_bytes());
            hash.update([0]);
            hash.update(value.as_bytes());
            hash.update([0]);
        }
        if let Some(occasion) = occasion {
            // No attribute begins so.
            hash.update([0]);
            hash.update(occasion.as_bytes());
        }
        let code = BASE32.encode(&first_16(&hash.finalize()));
        Self(format!("{department}.{code}").into())
    }

    /// The department whose board the item stands on.
    #[must_use]
    pub fn department(&self) -> &str {
        self.0
            .split_once('.')
            .map_or("", |(department, _)| department)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ItemId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once('.') {
            Some((department, code))
                if is_token(department)
                    && BASE32.decode(code.as_bytes()).is_ok_and(|b| b.len() == 16) =>
            {
                Ok(Self(text.into()))
            }
            _ => Err(IdError::Derived { what: "an item" }),
        }
    }
}

/// The secret under which ids are derived (HMAC-SHA-256, RFC 2104). One for an installation and all its replicas; with
/// another key a rebuild gives other ids.
#[derive(Clone)]
pub struct InstallationKey([u8; 32]);

impl fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationKey(…)")
    }
}

impl InstallationKey {
    /// Takes the 32 bytes of the key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The id of the stay that `property`'s PMS calls `reservation`.
    #[must_use]
    pub fn stay(&self, property: &PropertyId, reservation: &str) -> StayId {
        StayId(self.derive("stay", &[property.as_str(), reservation]))
    }

    /// The id of profile `id` in the system `pms`.
    #[must_use]
    pub fn profile(&self, pms: &str, id: &str) -> ProfileId {
        ProfileId(self.derive("profile", &[pms, id]))
    }

    /// The key of an identifier of this kind whose *normalised* text is given.
    #[must_use]
    pub fn identifier(&self, kind: &str, normalised: &str) -> IdentifierKey {
        IdentifierKey(self.derive("identifier", &[kind, normalised]))
    }

    /// A short public fingerprint by which replicas notice that they were given different keys.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        BASE32.encode(&self.derive("fingerprint", &[])[..5])
    }

    fn derive(&self, label: &str, parts: &[&str]) -> [u8; 16] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(label.as_bytes());
        for part in parts {
            mac.update(&[0]);
            mac.update(part.as_bytes());
        }
        first_16(&mac.finalize().into_bytes())
    }
}

/// A hash by which two contents under one event id are told apart.
#[must_use]
pub fn content_hash(payload: &[u8]) -> [u8; 16] {
    first_16(&Sha256::digest(payload))
}

fn first_16(bytes: &[u8]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&bytes[..16]);
    out
}

#[cfg(test)]
mod tests;
