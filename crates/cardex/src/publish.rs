//! Publishing single events from the command line, each acknowledged before it is said to be done.

use anyhow::Context as _;
use cardex_bus::{Bus, Headers};
use cardex_domain::event::{Body, ConfigActivation, Publisher, Setting};
use cardex_domain::fact::Fact;
use cardex_domain::ids::{EventKey, PropertyId};
use cardex_wire::text::EventId;
use cardex_wire::{CONTENT_TYPE, EventDraft, Message};
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::exit::Usage;
use crate::screen::Screen;

/// What events of the command line give as their source.
pub(crate) const SOURCE: &str = "/cardex/cli";

/// What became of an event.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    /// Its id.
    id: String,
    /// The key under which it is remembered: what undoing it names.
    key: String,
    /// Where it was published.
    subject: String,
    /// Its place in the stream of events.
    sequence: u64,
    /// Whether the server had it already.
    duplicate: bool,
    /// When it happened, where the event says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

/// A publisher that speaks for the property alone.
pub(crate) fn as_property(property: &PropertyId) -> Publisher {
    Publisher {
        property: Some(property.clone()),
        department: None,
        app: None,
    }
}

/// A fresh id.
pub(crate) fn fresh_id() -> EventId {
    EventId::parse(&ulid::Ulid::new().to_string()).expect("a ULID is an event's id")
}

/// The id of an event, as a flag's value.
pub(crate) fn parse_id(text: &str) -> Result<EventId, String> {
    EventId::parse(text).ok_or_else(|| "an event's id is a ULID or a UUID".to_owned())
}

/// The headers of every event.
pub(crate) fn event_headers() -> Headers {
    Headers::new()
        .with("Content-Type", CONTENT_TYPE)
        .expect("the content type is plain ASCII")
}

/// Puts the text of a setting into force for the whole group. The text goes into the object store first, so that whoever
/// hears of it finds it.
pub(crate) async fn activate(
    bus: &Bus,
    setting: Setting,
    text: &str,
    by: Option<&str>,
) -> anyhow::Result<Published> {
    let hash = HEXLOWER.encode(&Sha256::digest(text));
    bus.put_settings(&hash, text.as_bytes()).await?;
    let nobody = Publisher {
        property: None,
        department: None,
        app: None,
    };
    let body = Body::ConfigActivated(ConfigActivation {
        setting,
        hash: hash.into(),
        by: by.map(Into::into),
    });
    publish(bus, nobody, None, body).await
}

/// Publishes one event and waits until it is stored.
pub(crate) async fn publish(
    bus: &Bus,
    publisher: Publisher,
    id: Option<EventId>,
    body: Body,
) -> anyhow::Result<Published> {
    let at = body.occurred_at().map(|at| at.to_string());
    let draft = EventDraft {
        publisher,
        id: id.unwrap_or_else(fresh_id),
        source: SOURCE.to_owned(),
        time: clock::now(),
        on_behalf_of: None,
        body,
    };
    let message = draft
        .encode()
        .map_err(|reject| Usage(format!("the event would not be taken: {reject}")))?;
    used(&message)?;
    let id = draft.id.to_string();
    let payload = message.payload.into();
    let ack = bus
        .publish(&message.subject, &id, payload, &event_headers())
        .await
        .with_context(|| format!("event {id} is not known to be stored"))?;
    Ok(Published {
        key: EventKey::of(&message.subject, &id).to_string(),
        id,
        subject: message.subject,
        sequence: ack.stream_sequence,
        duplicate: ack.duplicate,
        at,
    })
}

/// Refuses what every reader could read and none could use, such as an outcome of another department's item.
fn used(message: &Message) -> anyhow::Result<()> {
    let (subject, payload) = (&message.subject, &message.payload);
    let event = cardex_wire::decode(subject, None, payload, clock::now());
    let event = event.context("what was written can be read")?;
    let refused = |why| Usage(format!("the event would not be taken: {why}"));
    Fact::check(&event).map_err(|why| refused(why).into())
}

impl Published {
    /// The key under which it is remembered.
    pub(crate) fn key(&self) -> EventKey {
        EventKey::of(&self.subject, &self.id)
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Its place in the stream of events.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Says that it is done.
    pub(crate) fn show(&self, screen: &mut Screen) -> anyhow::Result<()> {
        if screen.json() {
            return screen.object(self);
        }
        let again = if self.duplicate {
            " (was there already)"
        } else {
            ""
        };
        let style = screen.style();
        screen.line(format!("{} {}{again}", style.dim("event   "), self.id))?;
        if let Some(at) = &self.at {
            screen.line(format!("{} {at}", style.dim("at      ")))?;
        }
        screen.line(format!("{} {}", style.dim("key     "), self.key))?;
        screen.line(format!("{} {}", style.dim("sequence"), self.sequence))
    }
}
