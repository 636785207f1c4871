//! `POST /v1/outcomes`: what became of an item, published as the token's department and app. The body is the `data` of an
//! event `cardex.outcome.recorded.v1`; the event's id follows from it and from the `Idempotency-Key`, if there is one, so
//! that the very same sent again is the very same event, today or in a year.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cardex_bus::{Headers, PublishError};
use cardex_domain::event::Publisher;
use cardex_domain::fact::Fact;
use cardex_domain::ids::EventKey;
use cardex_domain::time::Moment;
use cardex_runtime::clock::now_micros;
use cardex_wire::limits::EVENT_MAX_BYTES;
use cardex_wire::text::EventId;
use cardex_wire::{
    CONTENT_TYPE, EventDraft, EventSubject, EventType, Message, decode, decode_data,
};
use serde::Serialize;

use super::{Caller, Problem, Shared};
use crate::vendors::Client;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;

/// The answer to an outcome that is stored for good.
#[derive(Serialize)]
struct Stored {
    /// The event's id.
    id: String,
    /// Its sequence in the stream of events.
    sequence: u64,
    /// Whether it was stored before. Sent again after the server's memory of repetitions, it is not told as one, and
    /// counts once all the same.
    duplicate: bool,
}

pub(super) async fn publish(
    State(shared): State<Arc<Shared>>,
    Extension(client): Caller,
    headers: HeaderMap,
    body: HttpBody,
) -> Result<Response, Problem> {
    is_json(&headers)?;
    let key = idempotency_key(&headers)?;
    let body = read(&headers, body).await?;
    let (id, message) = event(&client, key, &body)?;
    let (payload, headers) = (message.payload.into(), event_headers());
    let published = shared
        .bus
        .publish(&message.subject, id.as_str(), payload, &headers);
    let ack = published.await.map_err(|error| {
        let refused = matches!(error, PublishError::Refused { .. });
        tracing::warn!(client = %client.name, event = %id, refused, error = &error as &dyn std::error::Error, "an outcome is not known to be stored");
        Problem::bus()
    })?;
    shared.meters.outcomes.with([client.name.as_str()]).inc();
    let stored = Stored {
        id: id.to_string(),
        sequence: ack.stream_sequence,
        duplicate: ack.duplicate,
    };
    let answer = serde_json::to_vec(&stored).expect("texts and numbers can always be written");
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE);
    let text = given.and_then(|value| value.to_str().ok());
    let media_type = text.and_then(|text| text.split(';').next());
    let is_json = |media_type: &str| media_type.trim().eq_ignore_ascii_case("application/json");
    match media_type.is_some_and(is_json) {
        true => Ok(()),
        false => Err(Problem::media_type()),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok("");
    };
    let key = value.to_str().unwrap_or_default();
    let sound = key
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    match sound && (1..=IDEMPOTENCY_KEY_MAX_CHARS).contains(&key.len()) {
        true => Ok(key),
        false => Err(Problem::idempotency_key()),
    }
}

async fn read(headers: &HeaderMap, body: HttpBody) -> Result<Bytes, Problem> {
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|bytes| bytes > EVENT_MAX_BYTES) {
        return Err(Problem::too_large(EVENT_MAX_BYTES));
    }
    to_bytes(body, EVENT_MAX_BYTES).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        match source.is_some_and(|source| source.is::<axum::extract::rejection::LengthLimitError>())
        {
            true => Problem::too_large(EVENT_MAX_BYTES),
            false => Problem::body(),
        }
    })
}

/// The event that the body is, as this client says it, with its id.
fn event(client: &Client, key: &str, body: &[u8]) -> Result<(EventId, Message), Problem> {
    let now = Moment {
        utc_micros: now_micros(),
        offset_minutes: 0,
    };
    let subject = EventSubject::Outcome {
        property: client.property.clone(),
        department: client.department.clone(),
        app: client.app.clone(),
    };
    let refused = |reject| Problem::refused(&reject);
    let outcome = decode_data(EventType::OutcomeRecorded, &subject, body, now).map_err(refused)?;
    let time = outcome.occurred_at().unwrap_or(now);
    let id = id_of(&subject, key, body);
    let draft = EventDraft {
        publisher: Publisher {
            property: Some(client.property.clone()),
            department: Some(client.department.clone()),
            app: Some(client.app.clone()),
        },
        id: id.clone(),
        source: format!("/cardex/gateway/{}", client.name),
        // Of the same event every byte has to be the same, also the time of its envelope.
        time,
        on_behalf_of: None,
        body: outcome,
    };
    let message = draft.encode_at(now).map_err(refused)?;
    let event = decode(&message.subject, None, &message.payload, now).map_err(refused)?;
    Fact::check(&event).map_err(|why| Problem::of_no_use(why.to_string()))?;
    Ok((id, message))
}

/// The same for the same words and key of one department and app, and for no others. What is sent under a key that was
/// used before, and says something else, is another event: nothing is taken for a repetition that is none.
fn id_of(subject: &EventSubject, key: &str, body: &[u8]) -> EventId {
    let said = [key.as_bytes(), b"\n", body].concat();
    let said = cardex_domain::ids::content_hash(&said);
    let said = data_encoding::HEXLOWER.encode(&said);
    EventId::derived(EventKey::of(&subject.to_string(), &said).0)
}

/// The headers of every event.
fn event_headers() -> Headers {
    Headers::new()
        .with("Content-Type", CONTENT_TYPE)
        .expect("the content type is plain ASCII")
}
