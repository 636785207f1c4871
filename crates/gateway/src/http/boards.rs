//! `GET /v1/boards`: the boards of the department that are open now, as they stand on the bus.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use cardex_bus::streams::PROMPTS;
use cardex_wire::words::BoardState;
use cardex_wire::{BoardMessage, PromptSubject};
use serde::Deserialize;

use super::{Caller, Problem, Shared};

/// Which boards are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    stay: Option<String>,
}

pub(super) async fn current(
    State(shared): State<Arc<Shared>>,
    Extension(client): Caller,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Filter { stay }) = filter.map_err(|_| Problem::query())?;
    let (property, department) = (client.property.clone(), client.department.clone());
    let subject = match stay {
        None => PromptSubject::of_department(&property, &department),
        Some(stay) => {
            let stay = stay.parse().map_err(|_| Problem::query())?;
            let of_stay = PromptSubject {
                property,
                department,
                stay,
            };
            of_stay.to_string()
        }
    };
    let stored = shared.bus.last_per_subject(PROMPTS, &subject).await;
    let stored = stored.map_err(|error| {
        tracing::warn!(client = %client.name, error = &error as &dyn std::error::Error, "boards can't be read");
        Problem::bus()
    })?;
    let mut array = Vec::from(b"[");
    for message in &stored {
        if !is_open(&message.subject, &message.payload, message.stream_sequence) {
            continue;
        }
        if array.len() > 1 {
            array.push(b',');
        }
        array.extend_from_slice(&message.payload);
    }
    array.push(b']');
    Ok(([(header::CONTENT_TYPE, "application/json")], array).into_response())
}

/// Whether it is a board that can be read, of a stay that is not over.
fn is_open(subject: &str, payload: &[u8], sequence: u64) -> bool {
    match BoardMessage::decode(subject, payload) {
        Ok(board) => board.data.state == BoardState::Open,
        Err(reject) => {
            tracing::warn!(sequence, code = %reject.code, "a board on the bus can't be read");
            false
        }
    }
}
