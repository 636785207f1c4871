//! Why a message is not taken: a closed list of codes that stay what they are, and a detail without guest data.

use std::borrow::Cow;
use std::fmt;

/// A closed list of codes, each with its text, which never changes once published.
macro_rules! codes {
    ($(#[$list:meta])* $code:ident: $($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        $(#[$list])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $code {
            $($(#[$doc])* $name,)*
        }

        impl $code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as dead letters and replies write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The code that is written so.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }

        impl std::fmt::Display for $code {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use codes;

codes! {
    /// Why a message is not taken. The text of a code never changes once published.
    RejectCode:
    /// The message is longer than allowed.
    TooLarge = "too_large",
    /// It is not a CloudEvent at all: empty, a stray acknowledgement, somebody else's JSON.
    NotAnEvent = "not_an_event",
    /// The header or `datacontenttype` names another content type.
    ContentType = "content_type",
    /// The bytes are not UTF-8.
    InvalidUtf8 = "invalid_utf8",
    /// The text is not JSON.
    MalformedJson = "malformed_json",
    /// Objects and arrays are nested too deep.
    TooDeep = "too_deep",
    /// An object has too many members.
    TooManyMembers = "too_many_members",
    /// A name stands twice in one object.
    DuplicateKey = "duplicate_key",
    /// `specversion` is not 1.0.
    SpecVersion = "spec_version",
    /// The type is none of ours.
    UnknownType = "unknown_type",
    /// The type is ours, in a version that this program does not know.
    UnknownVersion = "unknown_version",
    /// The subject is not of the layout.
    UnknownSubject = "unknown_subject",
    /// Subject and content disagree.
    SubjectMismatch = "subject_mismatch",
    /// A member that must be there is not.
    MissingField = "missing_field",
    /// A member has another JSON type than it must have, or is a number out of range.
    WrongType = "wrong_type",
    /// A text is none of the words, or not of the form, that its place allows.
    InvalidValue = "invalid_value",
    /// An id is neither ULID nor UUID, or none that this system gave out.
    InvalidId = "invalid_id",
    /// An attribute is not lower-case words joined by dots.
    InvalidAttribute = "invalid_attribute",
    /// A moment is not RFC 3339, or a day not in the calendar.
    InvalidTime = "invalid_time",
    /// A moment lacks its offset from UTC.
    MissingOffset = "missing_offset",
    /// A moment lies too far in the future.
    FutureDate = "future_date",
    /// A date nobody can have meant.
    AbsurdDate = "absurd_date",
    /// A departure lies before its arrival.
    DatesReversed = "dates_reversed",
    /// A text that must say something is blank.
    EmptyText = "empty_text",
    /// A text is longer than its place allows.
    TextTooLong = "text_too_long",
    /// A text has a control character.
    ControlCharacter = "control_character",
    /// A text has a character that turns the direction of writing.
    BidiCharacter = "bidi_character",
    /// `about` names its guest in no way, or in several.
    InvalidReference = "invalid_reference",
    /// An observation has too many statements.
    TooManyStatements = "too_many_statements",
    /// Some other list is too long.
    TooManyEntries = "too_many_entries",
    /// A list that must have an entry has none.
    EmptyList = "empty_list",
    /// An observation without a statement and without a note.
    EmptyObservation = "empty_observation",
}

/// A message that is not taken. Holds the place and the rule, never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Reject {
    /// Why.
    pub code: RejectCode,
    /// Where, and which rule is broken.
    pub detail: String,
}

impl Reject {
    /// A rule broken at `path`, the names of members joined by dots.
    #[must_use]
    pub fn at(code: RejectCode, path: &str, rule: &str) -> Self {
        Self {
            code,
            detail: format!("{path}: {rule}"),
        }
    }

    /// A rule that the message breaks as a whole.
    #[must_use]
    pub fn whole(code: RejectCode, rule: &str) -> Self {
        Self {
            code,
            detail: rule.to_owned(),
        }
    }

    /// What serde found wrong while it read `text`, which stands at `root` of the message. Its own words may quote the
    /// message, so only their kind and our names are taken over.
    pub(crate) fn of_json(error: &serde_json::Error, text: &str, root: &str) -> Self {
        let path = crate::scan::path_at(text, offset_of(error, text), root);
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(m, _)| m);
        if let Some(fault) = Fault::parse(message) {
            return Self::at(fault.code, &path, &fault.rule);
        }
        if let Some(field) = message.strip_prefix("missing field ") {
            return Self::at(
                RejectCode::MissingField,
                &path,
                &format!("{field} must be there"),
            );
        }
        let code = match message {
            m if m.starts_with("unknown variant ") => RejectCode::InvalidValue,
            m if m.starts_with("invalid ") => RejectCode::WrongType,
            _ if error.is_data() => RejectCode::WrongType,
            _ => return Self::at(RejectCode::MalformedJson, &path, "not JSON"),
        };
        Self::at(code, &path, &format!("must be {}", expected(message)))
    }
}

/// What serde's message says must stand there, in the words of JSON.
fn expected(message: &str) -> &str {
    match message
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected)
    {
        None => "of another form",
        Some(expected) if expected.starts_with("struct ") => "an object",
        Some("u8" | "u16" | "u32" | "u64" | "i64") => "a whole number in range",
        Some(expected) => expected,
    }
}

/// Where in `text` the error lies: serde counts lines, and bytes in a line.
fn offset_of(error: &serde_json::Error, text: &str) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(lines_before)
        .map(str::len)
        .sum();
    (start + error.column()).min(text.len())
}

/// A rule that one text breaks, before it is known where the text stands. Travels through serde's errors, which can
/// only carry a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: RejectCode,
    pub(crate) rule: Cow<'static, str>,
}

/// Stands around the code in a message of serde's, which never begins so itself.
const MARK: char = '\u{1}';

impl Fault {
    pub(crate) fn new(code: RejectCode, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            rule: rule.into(),
        }
    }

    fn parse(message: &str) -> Option<Self> {
        let (code, rule) = message.strip_prefix(MARK)?.split_once(MARK)?;
        Some(Self {
            code: RejectCode::parse(code)?,
            rule: rule.to_owned().into(),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}{MARK}{}", self.code, self.rule)
    }
}
