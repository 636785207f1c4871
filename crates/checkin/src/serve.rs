//! The boards that are open now, for departments that ask instead of subscribing.

use std::sync::Arc;

use bytes::Bytes;
use cardex_bus::{Bus, Request, ServiceError, streams};
use cardex_wire::query::{
    BoardsReply, BoardsRequest, ErrorCode, QueryError, decode_request, encode,
};
use cardex_wire::words::BoardState;
use cardex_wire::{BoardMessage, PromptSubject, QuerySubject};

use crate::rules::RuleBook;

/// Answers `boards`: of the department that the question was asked as, and of no other.
pub(crate) async fn boards(
    bus: Bus,
    rules: Arc<RuleBook>,
    request: Request,
) -> Result<Bytes, ServiceError> {
    answer(&bus, &rules, &request)
        .await
        .map_err(|error| ServiceError {
            code: error.code.number(),
            message: error.to_string(),
        })
}

async fn answer(bus: &Bus, rules: &RuleBook, request: &Request) -> Result<Bytes, QueryError> {
    let refused = |code, detail: &str| QueryError::new(code, detail);
    let subject: QuerySubject = request
        .subject
        .parse()
        .map_err(|_| refused(ErrorCode::BadRequest, "the subject is not of the layout"))?;
    let asked: BoardsRequest = decode_request(&request.payload)?;
    let filter = match asked.stay {
        None => PromptSubject::of_department(&subject.property, &subject.department),
        Some(stay) => {
            let (property, department) = (subject.property.clone(), subject.department.clone());
            PromptSubject {
                property,
                department,
                stay: stay.0,
            }
            .to_string()
        }
    };
    let stored = bus
        .last_per_subject(streams::PROMPTS, &filter)
        .await
        .map_err(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "boards can't be read"
            );
            refused(
                ErrorCode::Unavailable,
                "the boards can't be read now; ask again",
            )
        })?;
    let mut boards = Vec::new();
    let mut sequence = 0;
    for stored in stored {
        let message = BoardMessage::decode(&stored.subject, &stored.payload)
            .map_err(|_| refused(ErrorCode::Internal, "a board on the bus can't be read"))?;
        sequence = sequence.max(message.data.revision);
        let section = asked.section.as_ref();
        let is_theirs = section.is_none_or(|section| message.data.is_for(&section.0));
        if message.data.state == BoardState::Open && is_theirs {
            boards.push(message.data);
        }
    }
    boards.sort_by_key(|board| board.stay.0);
    let vocabulary = rules.current().await.vocabulary.hash().to_owned();
    Ok(encode(&BoardsReply {
        sequence,
        vocabulary,
        boards,
    })
    .into())
}
