//! Subjects of the bus, read and written in one place. Who speaks is in the subject, never in what is said.

use std::fmt;
use std::str::FromStr;

use cardex_domain::event::Publisher;
use cardex_domain::ids::{AppId, DepartmentId, IdError, PropertyId, StayId, is_token};

/// The first token of every subject.
pub const ROOT: &str = "cardex";

/// The property that a dead letter's subject names when the message's own named none.
pub const NO_PROPERTY: &str = "_";

/// Why a text is not a subject of the layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Its tokens stand in no order that the layout knows.
    #[error("not a subject of the layout")]
    Layout,
    /// A token is not what must stand in its place.
    #[error("a token of the subject is not what must stand there")]
    Token(#[source] IdError),
}

impl From<IdError> for SubjectError {
    fn from(error: IdError) -> Self {
        Self::Token(error)
    }
}

/// One validated token that is not an id: an event's name, an operation, a setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(Box<str>);

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// When the text is not 1 to 64 characters of `[a-z0-9_-]`.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        if is_token(text) {
            Ok(Self(text.into()))
        } else {
            Err(SubjectError::Token(IdError::Token { what: "a token" }))
        }
    }

    /// The token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where events are published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventSubject {
    /// `cardex.<property>.observation.<department>.<app>`
    Observation {
        /// The hotel.
        property: PropertyId,
        /// Who noticed.
        department: DepartmentId,
        /// Through which program.
        app: AppId,
    },
    /// `cardex.<property>.outcome.<department>.<app>`
    Outcome {
        /// The hotel.
        property: PropertyId,
        /// Whose board the item is on.
        department: DepartmentId,
        /// Through which program.
        app: AppId,
    },
    /// `cardex.<property>.stay.<event>`
    Stay {
        /// The hotel.
        property: PropertyId,
        /// What happened: `reserved`, `checked_in`, …
        event: Token,
    },
    /// `cardex.<property>.guest.<operation>`
    Guest {
        /// The hotel.
        property: PropertyId,
        /// What was done: `corrected`.
        operation: Token,
    },
    /// `cardex.<property>.card.<event>`
    Card {
        /// The hotel.
        property: PropertyId,
        /// What happened: `issued`, `withdrawn`, …
        event: Token,
    },
    /// `cardex.config.<kind>`
    Config {
        /// Which setting.
        kind: Token,
    },
}

impl EventSubject {
    /// The hotel; `None` for settings, which are the group's.
    #[must_use]
    pub fn property(&self) -> Option<&PropertyId> {
        match self {
            Self::Observation { property, .. }
            | Self::Outcome { property, .. }
            | Self::Stay { property, .. }
            | Self::Guest { property, .. }
            | Self::Card { property, .. } => Some(property),
            Self::Config { .. } => None,
        }
    }

    /// Who publishes here.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        let (department, app) = match self {
            Self::Observation {
                department, app, ..
            }
            | Self::Outcome {
                department, app, ..
            } => (Some(department.clone()), Some(app.clone())),
            _ => (None, None),
        };
        Publisher {
            property: self.property().cloned(),
            department,
            app,
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
                write!(f, "{ROOT}.{property}.observation.{department}.{app}")
            }
            Self::Outcome {
                property,
                department,
                app,
            } => {
                write!(f, "{ROOT}.{property}.outcome.{department}.{app}")
            }
            Self::Stay { property, event } => write!(f, "{ROOT}.{property}.stay.{event}"),
            Self::Guest {
                property,
                operation,
            } => write!(f, "{ROOT}.{property}.guest.{operation}"),
            Self::Card { property, event } => write!(f, "{ROOT}.{property}.card.{event}"),
            Self::Config { kind } => write!(f, "{ROOT}.config.{kind}"),
        }
    }
}

impl FromStr for EventSubject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let (tokens, count) = split(text)?;
        let [first, second, third, fourth, _] = tokens;
        match (count, second) {
            (2, _) if first == "config" => Ok(Self::Config {
                kind: Token::new(second)?,
            }),
            (4, "observation") => Ok(Self::Observation {
                property: PropertyId::new(first)?,
                department: DepartmentId::new(third)?,
                app: AppId::new(fourth)?,
            }),
            (4, "outcome") => Ok(Self::Outcome {
                property: PropertyId::new(first)?,
                department: DepartmentId::new(third)?,
                app: AppId::new(fourth)?,
            }),
            (3, "stay") => Ok(Self::Stay {
                property: PropertyId::new(first)?,
                event: Token::new(third)?,
            }),
            (3, "guest") => Ok(Self::Guest {
                property: PropertyId::new(first)?,
                operation: Token::new(third)?,
            }),
            (3, "card") => Ok(Self::Card {
                property: PropertyId::new(first)?,
                event: Token::new(third)?,
            }),
            _ => Err(SubjectError::Layout),
        }
    }
}

/// Where the board of one stay for one department stands: `cardex.<property>.prompt.<department>.<stay>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptSubject {
    /// The hotel.
    pub property: PropertyId,
    /// Whose board.
    pub department: DepartmentId,
    /// The stay.
    pub stay: StayId,
}

impl PromptSubject {
    /// The pattern that matches every board of a department at a property.
    #[must_use]
    pub fn of_department(property: &PropertyId, department: &DepartmentId) -> String {
        format!("{ROOT}.{property}.prompt.{department}.*")
    }
}

impl fmt::Display for PromptSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            department,
            stay,
        } = self;
        write!(f, "{ROOT}.{property}.prompt.{department}.{stay}")
    }
}

impl FromStr for PromptSubject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match split(text)? {
            ([property, "prompt", department, stay, _], 4) => Ok(Self {
                property: PropertyId::new(property)?,
                department: DepartmentId::new(department)?,
                stay: stay.parse()?,
            }),
            _ => Err(SubjectError::Layout),
        }
    }
}

/// Where a department asks: `cardex.profile.<property>.<department>.<op>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuerySubject {
    /// The hotel that asks.
    pub property: PropertyId,
    /// The department that asks: decides what it is shown.
    pub department: DepartmentId,
    /// What is asked.
    pub op: Token,
}

impl QuerySubject {
    /// The pattern on which one operation is answered for everybody.
    #[must_use]
    pub fn of_op(op: &str) -> String {
        format!("{ROOT}.profile.*.*.{op}")
    }
}

impl fmt::Display for QuerySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            department,
            op,
        } = self;
        write!(f, "{ROOT}.profile.{property}.{department}.{op}")
    }
}

impl FromStr for QuerySubject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match split(text)? {
            (["profile", property, department, op, _], 4) => Ok(Self {
                property: PropertyId::new(property)?,
                department: DepartmentId::new(department)?,
                op: Token::new(op)?,
            }),
            _ => Err(SubjectError::Layout),
        }
    }
}

/// Where a message that can't be used is kept: `cardex.<property>.deadletter.<sequence>`. One subject a sequence, so
/// that replicas write it once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterSubject {
    /// The hotel; `None`, written as [`NO_PROPERTY`], when the message's subject named none.
    pub property: Option<PropertyId>,
    /// The message's sequence in the stream of events.
    pub sequence: u64,
}

impl DeadLetterSubject {
    /// The dead letter of the message stored at `sequence` under `subject`, whatever that subject is.
    #[must_use]
    pub fn of(subject: &str, sequence: u64) -> Self {
        let property = match split(subject) {
            Ok(([first, _, third, ..], count)) if count > 2 && !third.is_empty() => {
                PropertyId::new(first).ok()
            }
            _ => None,
        };
        Self { property, sequence }
    }
}

impl fmt::Display for DeadLetterSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let property = self
            .property
            .as_ref()
            .map_or(NO_PROPERTY, PropertyId::as_str);
        write!(f, "{ROOT}.{property}.deadletter.{}", self.sequence)
    }
}

impl FromStr for DeadLetterSubject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match split(text)? {
            ([property, "deadletter", sequence, ..], 3) => Ok(Self {
                property: match property {
                    NO_PROPERTY => None,
                    named => Some(PropertyId::new(named)?),
                },
                sequence: sequence.parse().map_err(|_| SubjectError::Layout)?,
            }),
            _ => Err(SubjectError::Layout),
        }
    }
}

/// The tokens after the root, and how many there are. No subject has more than four.
fn split(subject: &str) -> Result<([&str; 5], usize), SubjectError> {
    let rest = subject
        .strip_prefix(ROOT)
        .and_then(|rest| rest.strip_prefix('.'))
        .ok_or(SubjectError::Layout)?;
    let mut tokens = [""; 5];
    let mut count = 0;
    for token in rest.split('.') {
        *tokens.get_mut(count).ok_or(SubjectError::Layout)? = token;
        count += 1;
    }
    Ok((tokens, count))
}

#[cfg(test)]
mod tests;
