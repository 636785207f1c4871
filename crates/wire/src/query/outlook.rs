//! What would change a verdict, and why evidence weighs less, as it is answered.

use cardex_domain::fold;
use cardex_domain::outlook::{Fade, Outlook, Turn};
use cardex_domain::time::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::v1::{How, Polarity};
use crate::text::AsText;
use crate::words::Verdict;

/// What would give a claim another verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlookView {
    /// The least evidence that would, for it and against it; up to three pieces are tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<TurnView>,
    /// Time alone, if it would within two years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fades: Option<FadeView>,
}

/// Evidence that would change a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnView {
    /// How many pieces, each on another stay.
    pub pieces: u8,
    /// How each would be known.
    pub how: How,
    /// For or against.
    pub polarity: Polarity,
    /// What it would mean to staff then, where it would mean anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A verdict that changes as its evidence grows old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FadeView {
    /// The first day on which it is another.
    pub day: AsText<Day>,
    /// What it means to staff then, where it means anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Why evidence weighs less than its source and age would have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lessening {
    /// Another value was stated later.
    NewerStated,
    /// It is known from a trip for another purpose.
    OtherTrip,
}

impl OutlookView {
    /// Whether nothing that was tried changes the verdict.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.fades.is_none()
    }
}

impl From<&Outlook> for OutlookView {
    fn from(outlook: &Outlook) -> Self {
        let turn = |turn: &Turn| TurnView {
            pieces: turn.pieces,
            how: turn.source.into(),
            polarity: turn.polarity.into(),
            verdict: turn.verdict.map(Into::into),
        };
        let fade = |Fade { day, verdict }: Fade| FadeView {
            day: AsText(day),
            verdict: verdict.map(Into::into),
        };
        Self {
            turns: outlook.turns.iter().map(turn).collect(),
            fades: outlook.fades.map(fade),
        }
    }
}

impl From<fold::Lessening> for Lessening {
    fn from(lessening: fold::Lessening) -> Self {
        match lessening {
            fold::Lessening::NewerStated => Self::NewerStated,
            fold::Lessening::OtherTrip => Self::OtherTrip,
        }
    }
}
