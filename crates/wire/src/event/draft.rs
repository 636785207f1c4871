//! Events as publishers write them: a draft becomes a subject, a message id and bytes. What is written is read back
//! before it is handed out, so that none of our own publishers sends what nobody will take.

use cardex_domain::event::{Body, Event, JudgedNote, LinkKind, NoteJudgement, Publisher, UndoKind};
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_domain::time::Moment;
use serde::Serialize;

use super::{DATA_CONTENT_TYPE, EventType, SPEC_VERSION, WRITTEN_VERSION, decode, v1};
use crate::reject::{Reject, RejectCode};
use crate::subject::{EventSubject, Token};
use crate::text::{AsText, EventId};

/// An event to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// As whom.
    pub publisher: Publisher,
    /// Its id: the same whenever it is published again.
    pub id: EventId,
    /// The program that publishes, such as `/cardex/cli`.
    pub source: String,
    /// When it is published.
    pub time: Moment,
    /// The department on whose behalf a gateway speaks.
    pub on_behalf_of: Option<DepartmentId>,
    /// What happened.
    pub body: Body,
}

/// An event ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub subject: String,
    /// The `Nats-Msg-Id`: subject and id, so that one publisher's id can't swallow another's message.
    pub msg_id: String,
    /// The payload; its content type is [`crate::CONTENT_TYPE`].
    pub payload: Vec<u8>,
}

/// The envelope as it is written.
#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: String,
    time: AsText<Moment>,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    onbehalfof: Option<&'a str>,
    data: v1::Data<'a>,
}

fn guest(property: PropertyId, operation: &str) -> Option<EventSubject> {
    Some(EventSubject::Guest {
        property,
        operation: Token::new(operation).ok()?,
    })
}

impl EventDraft {
    /// The draft that reads back as `event`; `None` when its id is neither ULID nor UUID.
    #[must_use]
    pub fn of(event: &Event, source: &str) -> Option<Self> {
        Some(Self {
            publisher: event.publisher.clone(),
            id: EventId::parse(&event.id)?,
            source: source.to_owned(),
            time: event.time,
            on_behalf_of: event.on_behalf_of.clone(),
            body: event.body.clone(),
        })
    }

    /// The subject that the body belongs on, published by this publisher; `None` when the publisher lacks a part.
    #[must_use]
    pub fn subject(&self) -> Option<EventSubject> {
        let Publisher {
            property,
            department,
            app,
        } = self.publisher.clone();
        Some(match &self.body {
            Body::NoteJudged(NoteJudgement {
                of: JudgedNote::Any(_),
                ..
            }) => guest(property?, "note_judged")?,
            Body::Observed(_) | Body::Retracted(_) | Body::NoteJudged(_) => {
                EventSubject::Observation {
                    property: property?,
                    department: department?,
                    app: app?,
                }
            }
            Body::Outcome(_) => EventSubject::Outcome {
                property: property?,
                department: department?,
                app: app?,
            },
            Body::Stay(stay) => {
                let event = EventType::of_stay(&stay.change).event();
                EventSubject::Stay {
                    property: property?,
                    event: Token::new(event).ok()?,
                }
            }
            Body::GuestCorrected(_) => guest(property?, "corrected")?,
            Body::PreferenceCorrected(_) => guest(property?, "preference_corrected")?,
            Body::Linked(link) => match link.kind {
                LinkKind::Same => guest(property?, "linked")?,
                LinkKind::Never => guest(property?, "never_linked")?,
            },
            Body::Undone(undo) => match undo.kind {
                UndoKind::Links => guest(property?, "unlinked")?,
                UndoKind::Corrections => guest(property?, "correction_retracted")?,
            },
            Body::Card(card) => {
                let event = EventType::of_card(card.change).event();
                EventSubject::Card {
                    property: property?,
                    event: Token::new(event).ok()?,
                }
            }
            Body::Hour(_) => EventSubject::Card {
                property: property?,
                event: Token::new(EventType::CardHour.event()).ok()?,
            },
            Body::ConfigActivated(a) => EventSubject::Config {
                kind: Token::new(a.setting.as_str()).ok()?,
            },
        })
    }

    /// The message to publish at the draft's own time.
    ///
    /// # Errors
    /// When no reader would take it, with the code the reader would give.
    pub fn encode(&self) -> Result<Message, Reject> {
        self.encode_at(self.time)
    }

    /// The message to publish at another time than the draft's own, as what is told of the past is: readers judge by
    /// when the server takes it what may have happened by then.
    ///
    /// # Errors
    /// When no reader would take it, with the code the reader would give.
    pub fn encode_at(&self, taken: Moment) -> Result<Message, Reject> {
        let subject = self
            .subject()
            .map(|subject| subject.to_string())
            .ok_or_else(|| {
                let rule = "the publisher lacks its property, department or app";
                Reject::at(RejectCode::UnknownSubject, "subject", rule)
            })?;
        let data = v1::Data::of(&self.body).ok_or_else(|| {
            Reject::at(
                RejectCode::InvalidId,
                "data.event",
                "must be a ULID or a UUID",
            )
        })?;
        let envelope = Envelope {
            specversion: SPEC_VERSION,
            id: self.id.as_str(),
            source: &self.source,
            r#type: data.kind().versioned(WRITTEN_VERSION),
            time: AsText(self.time),
            datacontenttype: DATA_CONTENT_TYPE,
            onbehalfof: self.on_behalf_of.as_ref().map(DepartmentId::as_str),
            data,
        };
        let payload = serde_json::to_vec(&envelope)
            .expect("texts and integers under fixed names can always be written");
        decode(&subject, None, &payload, taken)?;
        let msg_id = format!("{subject}:{}", self.id);
        Ok(Message {
            subject,
            msg_id,
            payload,
        })
    }
}
