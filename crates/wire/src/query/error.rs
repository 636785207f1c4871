//! Why a question is not answered: a closed list, as a number and a word in the service error headers.

use std::fmt;

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The question is not one.
    BadRequest,
    /// The department may not ask this.
    Forbidden,
    /// There is nothing of that name.
    NotFound,
    /// The sequence asked for was not reached in time. To be asked again.
    Behind,
    /// What was asked about has changed since the page before. To be asked anew, from the first page on.
    Changed,
    /// The answer would be larger than a message may be.
    TooLarge,
    /// Something went wrong that is not the asker's doing.
    Internal,
    /// Not ready to answer. To be asked again.
    Unavailable,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 8] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::NotFound,
        Self::Behind,
        Self::Changed,
        Self::TooLarge,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The number, as in HTTP.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Behind => 409,
            Self::Changed => 412,
            Self::TooLarge => 413,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Behind => "behind",
            Self::Changed => "changed",
            Self::TooLarge => "too_large",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The code of that number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// Whether the same question may be answered later.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Behind | Self::Unavailable)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A question that is not answered. Its text is the service error header's; its number the code's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct QueryError {
    /// Why.
    pub code: ErrorCode,
    /// More exactly, without guest data.
    pub detail: String,
}

impl QueryError {
    /// An error with its detail.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The error that the headers of a reply give: a number that is not ours counts as `internal`.
    #[must_use]
    pub fn from_header(number: u16, text: &str) -> Self {
        let code = ErrorCode::from_number(number).unwrap_or(ErrorCode::Internal);
        let detail = text
            .strip_prefix(code.as_str())
            .and_then(|rest| rest.strip_prefix(": "));
        Self::new(code, detail.unwrap_or(text))
    }
}
