//! Every subject of the bus is built and read here, so that no other crate formats one by hand.

use std::fmt;
use std::str::FromStr;

/// The longest token of a subject, in characters.
pub const TOKEN_MAX_CHARS: usize = 64;

/// The property written in a dead letter's subject when the event named none that can be read.
pub const NO_PROPERTY: &str = "_";

/// Words of the subject layout itself. A property called one of these would make two subjects collide.
pub const RESERVED_PROPERTIES: [&str; 9] = [
    "observation",
    "outcome",
    "stay",
    "guest",
    "card",
    "prompt",
    "deadletter",
    "config",
    "profile",
];

/// Why a text is no subject, or no part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// A token has a character that is not allowed, is empty or is too long.
    #[error("a subject's token is 1 to {TOKEN_MAX_CHARS} characters of a-z, 0-9, _ and -")]
    Token,
    /// The property's name is a word of the subject layout.
    #[error("a property cannot be called that: the word has a meaning in subjects; rename it")]
    Reserved,
    /// The subject is not one of this layout.
    #[error("not a subject of this system")]
    Unknown,
}

/// One validated token of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// Checks and keeps a token.
    ///
    /// # Errors
    /// When the text has a character that is not allowed, is empty or is too long.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if text.is_empty() || text.len() > TOKEN_MAX_CHARS || !text.bytes().all(allowed) {
            return Err(SubjectError::Token);
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks and keeps a token that names a property.
    ///
    /// # Errors
    /// As [`Token::new`], and when the word has a meaning in subjects.
    pub fn property(text: &str) -> Result<Self, SubjectError> {
        if RESERVED_PROPERTIES.contains(&text) {
            return Err(SubjectError::Reserved);
        }
        Self::new(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Token {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A subject of the stream of events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// What staff noticed: `cardex.<property>.observation.<department>.<app>`.
    Observation {
        /// Where it was noticed.
        property: Token,
        /// Whose staff noticed it.
        department: Token,
        /// The software they wrote it in.
        app: Token,
    },
    /// What became of an item: `cardex.<property>.outcome.<department>.<app>`.
    Outcome {
        /// Where the item was shown.
        property: Token,
        /// Whose item it was.
        department: Token,
        /// The software that reports it.
        app: Token,
    },
    /// The life of a stay: `cardex.<property>.stay.<event>`.
    Stay {
        /// The property stayed at.
        property: Token,
        /// Reserved, amended, checked in, …
        event: Token,
    },
    /// A correction of what is known of a guest: `cardex.<property>.guest.<operation>`.
    Guest {
        /// Where the correction was made.
        property: Token,
        /// Which correction.
        operation: Token,
    },
    /// The life of a prompt card: `cardex.<property>.card.<event>`.
    Card {
        /// Where the card is shown.
        property: Token,
        /// Issued, withdrawn, escalated, expired.
        event: Token,
    },
    /// A setting that changes results: `cardex.config.<kind>`.
    Config {
        /// Which setting.
        kind: Token,
    },
}

impl EventSubject {
    /// `cardex.<property>.observation.<department>.<app>`
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn observation(property: &str, department: &str, app: &str) -> Result<Self, SubjectError> {
        Ok(Self::Observation {
            property: Token::property(property)?,
            department: Token::new(department)?,
            app: Token::new(app)?,
        })
    }

    /// `cardex.<property>.outcome.<department>.<app>`
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn outcome(property: &str, department: &str, app: &str) -> Result<Self, SubjectError> {
        Ok(Self::Outcome {
            property: Token::property(property)?,
            department: Token::new(department)?,
            app: Token::new(app)?,
        })
    }

    /// `cardex.<property>.stay.<event>`
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn stay(property: &str, event: &str) -> Result<Self, SubjectError> {
        Ok(Self::Stay {
            property: Token::property(property)?,
            event: Token::new(event)?,
        })
    }

    /// `cardex.<property>.guest.<operation>`
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn guest(property: &str, operation: &str) -> Result<Self, SubjectError> {
        Ok(Self::Guest {
            property: Token::property(property)?,
            operation: Token::new(operation)?,
        })
    }

    /// `cardex.<property>.card.<event>`
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn card(property: &str, event: &str) -> Result<Self, SubjectError> {
        Ok(Self::Card {
            property: Token::property(property)?,
            event: Token::new(event)?,
        })
    }

    /// `cardex.config.<kind>`
    ///
    /// # Errors
    /// When the kind is not a token.
    pub fn config(kind: &str) -> Result<Self, SubjectError> {
        Ok(Self::Config {
            kind: Token::new(kind)?,
        })
    }

    /// The property it belongs to; a setting belongs to none.
    #[must_use]
    pub const fn property(&self) -> Option<&Token> {
        match self {
            Self::Observation { property, .. }
            | Self::Outcome { property, .. }
            | Self::Stay { property, .. }
            | Self::Guest { property, .. }
            | Self::Card { property, .. } => Some(property),
            Self::Config { .. } => None,
        }
    }
}

impl fmt::Display for EventSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Observation {
                property,
                department,
                app,
            } => {
                write!(f, "cardex.{property}.observation.{department}.{app}")
            }
            Self::Outcome {
                property,
                department,
                app,
            } => {
                write!(f, "cardex.{property}.outcome.{department}.{app}")
            }
            Self::Stay { property, event } => write!(f, "cardex.{property}.stay.{event}"),
            Self::Guest {
                property,
                operation,
            } => write!(f, "cardex.{property}.guest.{operation}"),
            Self::Card { property, event } => write!(f, "cardex.{property}.card.{event}"),
            Self::Config { kind } => write!(f, "cardex.config.{kind}"),
        }
    }
}

impl FromStr for EventSubject {
    type Err = SubjectError;

    fn from_str(subject: &str) -> Result<Self, SubjectError> {
        match tokens(subject)?.as_slice() {
            ["config", kind] => Self::config(kind),
            [property, "observation", department, app] => {
                Self::observation(property, department, app)
            }
            [property, "outcome", department, app] => Self::outcome(property, department, app),
            [property, "stay", event] => Self::stay(property, event),
            [property, "guest", operation] => Self::guest(property, operation),
            [property, "card", event] => Self::card(property, event),
            _ => Err(SubjectError::Unknown),
        }
    }
}

/// Where a stay's current board for one department is shown: `cardex.<property>.prompt.<department>.<stay>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PromptSubject {
    /// The property stayed at.
    pub property: Token,
    /// Whose board it is.
    pub department: Token,
    /// The stay's id.
    pub stay: Token,
}

impl PromptSubject {
    /// Checks the parts.
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn new(property: &str, department: &str, stay: &str) -> Result<Self, SubjectError> {
        Ok(Self {
            property: Token::property(property)?,
            department: Token::new(department)?,
            stay: Token::new(stay)?,
        })
    }

    /// The filter that matches every board of one department at one property.
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn filter(property: &str, department: &str) -> Result<String, SubjectError> {
        let (property, department) = (Token::property(property)?, Token::new(department)?);
        Ok(format!("cardex.{property}.prompt.{department}.*"))
    }
}

impl fmt::Display for PromptSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            department,
            stay,
        } = self;
        write!(f, "cardex.{property}.prompt.{department}.{stay}")
    }
}

impl FromStr for PromptSubject {
    type Err = SubjectError;

    fn from_str(subject: &str) -> Result<Self, SubjectError> {
        match tokens(subject)?.as_slice() {
            [property, "prompt", department, stay] => Self::new(property, department, stay),
            _ => Err(SubjectError::Unknown),
        }
    }
}

/// Where the event of one sequence is kept when it could not be used: `cardex.<property>.deadletter.<sequence>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeadletterSubject {
    /// The event's property, [`NO_PROPERTY`] when it named none.
    pub property: Token,
    /// The event's sequence in the stream of events.
    pub sequence: u64,
}

impl DeadletterSubject {
    /// The dead letter of the event stored under this subject and sequence.
    #[must_use]
    pub fn of(event_subject: &str, sequence: u64) -> Self {
        let named = event_subject.parse::<EventSubject>().ok();
        let property = named.as_ref().and_then(EventSubject::property).cloned();
        Self {
            property: property.unwrap_or_else(|| Token(NO_PROPERTY.to_owned())),
            sequence,
        }
    }
}

impl fmt::Display for DeadletterSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cardex.{}.deadletter.{}", self.property, self.sequence)
    }
}

impl FromStr for DeadletterSubject {
    type Err = SubjectError;

    fn from_str(subject: &str) -> Result<Self, SubjectError> {
        match tokens(subject)?.as_slice() {
            [property, "deadletter", sequence] => Ok(Self {
                property: Token::property(property)?,
                sequence: sequence.parse().map_err(|_| SubjectError::Unknown)?,
            }),
            _ => Err(SubjectError::Unknown),
        }
    }
}

/// Where it is noted down that a message was erased: `cardex.erased.<stream>-<sequence>`. The stream of events
/// shows a gap there, and this tells why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedSubject<'a> {
    /// The stream's name.
    pub stream: &'a str,
    /// The message's sequence.
    pub sequence: u64,
}

impl fmt::Display for ErasedSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cardex.erased.{}-{}", self.stream, self.sequence)
    }
}

/// Where a department asks the aggregator: `cardex.profile.<property>.<department>.<operation>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuerySubject {
    /// The property that asks.
    pub property: Token,
    /// The department that asks, which decides what it may see.
    pub department: Token,
    /// What is asked.
    pub operation: Token,
}

impl QuerySubject {
    /// Checks the parts.
    ///
    /// # Errors
    /// When a part is not a token, or the property's name is reserved.
    pub fn new(property: &str, department: &str, operation: &str) -> Result<Self, SubjectError> {
        Ok(Self {
            property: Token::property(property)?,
            department: Token::new(department)?,
            operation: Token::new(operation)?,
        })
    }

    /// The pattern an endpoint of this operation listens on: any property, any department.
    ///
    /// # Errors
    /// When the operation is not a token.
    pub fn pattern(operation: &str) -> Result<String, SubjectError> {
        Ok(format!("cardex.profile.*.*.{}", Token::new(operation)?))
    }
}

impl fmt::Display for QuerySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            department,
            operation,
        } = self;
        write!(f, "cardex.profile.{property}.{department}.{operation}")
    }
}

impl FromStr for QuerySubject {
    type Err = SubjectError;

    fn from_str(subject: &str) -> Result<Self, SubjectError> {
        match tokens(subject)?.as_slice() {
            ["profile", property, department, operation] => {
                Self::new(property, department, operation)
            }
            _ => Err(SubjectError::Unknown),
        }
    }
}

/// The tokens after `cardex.`.
fn tokens(subject: &str) -> Result<Vec<&str>, SubjectError> {
    let rest = subject
        .strip_prefix("cardex.")
        .ok_or(SubjectError::Unknown)?;
    Ok(rest.split('.').collect())
}

#[cfg(test)]
mod tests;
