//! Version 1 of what people say of statements that notes seem to make, both ways.

use cardex_domain::event as domain;
use cardex_domain::event::{JudgedNote, ReadStatement};
use cardex_domain::ids::{AppId, AttributeId, EventKey};
use cardex_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::from_domain::maybe as maybe_text;
use super::into_domain::{maybe, said};
use super::{Data, Polarity, Scope};
use crate::event::Context;
use crate::limits::{STAFF_MAX_CHARS, VALUE_MAX_CHARS};
use crate::reject::Reject;
use crate::subject::EventSubject;
use crate::text::{AsText, EventId, Text};

/// Says whether a note of the department's own means what it seems to say. The latest of one statement holds.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnNoteJudgement<'a> {
    /// The id of the observation, published by the same department at the same property.
    pub event: AsText<EventId>,
    /// The app through which it was published; this one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AsText<AppId>>,
    /// About what the note seems to say something.
    pub attribute: AsText<AttributeId>,
    /// Which value, as it was proposed.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub value: Text<'a, VALUE_MAX_CHARS>,
    /// Whether the guest likes it.
    #[serde(default)]
    pub polarity: Polarity,
    /// Of whom the note seems to say it.
    #[serde(default)]
    pub scope: Scope,
    /// What it counts as from now on.
    pub counts_as: CountsAs,
    /// When that was said.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text<'a, STAFF_MAX_CHARS>>,
}

/// Says whether anybody's note means what it seems to say. The latest of one statement holds.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NoteJudgement<'a> {
    /// The key of the observation.
    pub event: AsText<EventKey>,
    /// About what the note seems to say something.
    pub attribute: AsText<AttributeId>,
    /// Which value, as it was proposed.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub value: Text<'a, VALUE_MAX_CHARS>,
    /// Whether the guest likes it.
    #[serde(default)]
    pub polarity: Polarity,
    /// Of whom the note seems to say it.
    #[serde(default)]
    pub scope: Scope,
    /// What it counts as from now on.
    pub counts_as: CountsAs,
    /// When that was said.
    pub occurred_at: AsText<Moment>,
    /// By whom.
    #[serde(borrow)]
    #[schemars(length(min = 1))]
    pub by: Text<'a, STAFF_MAX_CHARS>,
}

/// What a statement counts as that was read from a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountsAs {
    /// The guest said so.
    Stated,
    /// Somebody saw it.
    Observed,
    /// It is not what was meant.
    Nothing,
}

impl From<CountsAs> for domain::CountsAs {
    fn from(word: CountsAs) -> Self {
        match word {
            CountsAs::Stated => Self::Stated,
            CountsAs::Observed => Self::Observed,
            CountsAs::Nothing => Self::Nothing,
        }
    }
}

impl From<domain::CountsAs> for CountsAs {
    fn from(counts_as: domain::CountsAs) -> Self {
        match counts_as {
            domain::CountsAs::Stated => Self::Stated,
            domain::CountsAs::Observed => Self::Observed,
            domain::CountsAs::Nothing => Self::Nothing,
        }
    }
}

impl OwnNoteJudgement<'_> {
    pub(super) fn into_domain(
        self,
        context: &Context<'_>,
    ) -> Result<domain::NoteJudgement, Reject> {
        let app = self.app.map(|app| app.0);
        let key = key(context.subject, app.as_ref(), self.event.as_str());
        Ok(domain::NoteJudgement {
            of: JudgedNote::Own {
                event: self.event.0.into_inner(),
                app,
                key,
            },
            statement: ReadStatement {
                attribute: self.attribute.0,
                value: said(self.value, "data.value")?,
                polarity: self.polarity.into(),
                scope: self.scope.into(),
            },
            counts_as: self.counts_as.into(),
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: maybe(self.by),
        })
    }
}

/// The key of an observation of the department that publishes on `subject`, through this app or its own.
fn key(subject: &str, app: Option<&AppId>, event: &str) -> EventKey {
    match (subject.parse(), app) {
        (
            Ok(EventSubject::Observation {
                property,
                department,
                ..
            }),
            Some(app),
        ) => {
            let other = EventSubject::Observation {
                property,
                department,
                app: app.clone(),
            };
            EventKey::of(&other.to_string(), event)
        }
        _ => EventKey::of(subject, event),
    }
}

impl NoteJudgement<'_> {
    pub(super) fn into_domain(
        self,
        context: &Context<'_>,
    ) -> Result<domain::NoteJudgement, Reject> {
        Ok(domain::NoteJudgement {
            of: JudgedNote::Any(self.event.0),
            statement: ReadStatement {
                attribute: self.attribute.0,
                value: said(self.value, "data.value")?,
                polarity: self.polarity.into(),
                scope: self.scope.into(),
            },
            counts_as: self.counts_as.into(),
            occurred_at: context.moment(self.occurred_at.0, "data.occurred_at")?,
            by: Some(said(self.by, "data.by")?),
        })
    }
}

/// The data that says `judgement`, or `None` when it is of an event whose id is none, or guest operations do not say by
/// whom.
pub(super) fn data(judgement: &domain::NoteJudgement) -> Option<Data<'_>> {
    let ReadStatement {
        attribute,
        value,
        polarity,
        scope,
    } = &judgement.statement;
    let (attribute, value) = (AsText(attribute.clone()), Text::new(value));
    let (polarity, scope) = ((*polarity).into(), (*scope).into());
    let counts_as = judgement.counts_as.into();
    let occurred_at = AsText(judgement.occurred_at);
    Some(match &judgement.of {
        JudgedNote::Own { event, app, .. } => Data::ObservationNoteJudged(OwnNoteJudgement {
            event: AsText(EventId::parse(event)?),
            app: app.clone().map(AsText),
            attribute,
            value,
            polarity,
            scope,
            counts_as,
            occurred_at,
            by: maybe_text(judgement.by.as_deref()),
        }),
        JudgedNote::Any(event) => Data::GuestNoteJudged(NoteJudgement {
            event: AsText(*event),
            attribute,
            value,
            polarity,
            scope,
            counts_as,
            occurred_at,
            by: Text::new(judgement.by.as_deref()?),
        }),
    })
}
