//! `GET /v1/boards/events`: the boards of the department as server-sent events (the HTML standard, section 9.2). First the
//! current ones, or, after `Last-Event-ID`, every revision since; then each as it comes. An event's id is its sequence in
//! the stream of boards.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cardex_bus::streams::{PROMPTS, stream_ends};
use cardex_bus::{Incoming, ReadError, Watch};
use cardex_runtime::CancellationToken;
use cardex_runtime::metrics::{Counter, Gauge};
use cardex_wire::words::BoardState;
use cardex_wire::{BoardMessage, PromptSubject};
use futures::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::{Caller, Problem, Shared};

const LAST_EVENT_ID: &str = "last-event-id";
/// Said first: how long to wait before coming again, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";
const HEARTBEAT: &str = ":\n\n";
/// Said once, when everything that was there at the beginning has been sent.
const CAUGHT_UP: &str = ": caught up\n\n";

pub(super) async fn stream(
    State(shared): State<Arc<Shared>>,
    Extension(client): Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = last_event_id(&headers)?;
    let slot = shared.streams.get(&client.name).cloned();
    let slot = slot.and_then(|slots| slots.try_acquire_owned().ok());
    let slot = slot.ok_or_else(Problem::too_many_streams)?;
    let ends = stream_ends(&shared.bus, PROMPTS).await.map_err(|error| {
        tracing::warn!(client = %client.name, error = &error as &dyn std::error::Error, "boards can't be read");
        Problem::bus()
    })?;
    let filter = PromptSubject::of_department(&client.property, &client.department);
    // What lies behind the stream's end was of another stream, so it says nothing of what is known.
    let known = last.filter(|&last| last <= ends.last);
    let watch = match known {
        Some(last) => shared.bus.watch_after(PROMPTS, &filter, last),
        None => shared.bus.watch_last(PROMPTS, &filter),
    };
    let first = tokio::time::Instant::now() + shared.heartbeat;
    let mut heartbeat = interval_at(first, shared.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let open = shared.meters.streams.with([client.name.as_str()]);
    open.inc();
    let feed = Feed {
        watch: watch.without_looking_back(),
        passes_closed_to: if known.is_some() { 0 } else { ends.last },
        begun: false,
        caught_up: false,
        heartbeat,
        stop: shared.stop.clone(),
        sent: shared.meters.sent.with([client.name.as_str()]),
        open,
        _slot: slot,
    };
    let frames = stream::unfold(feed, |mut feed| async move {
        let frame = feed.next().await?;
        Some((Ok::<_, Infallible>(frame), feed))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // Proxies that gather answers would hold events back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(frames)).into_response())
}

/// One stream of events, made as it is taken.
struct Feed {
    watch: Watch,
    /// Boards of stays that were over by then are nobody's any more.
    passes_closed_to: u64,
    begun: bool,
    /// Whether everything that was there at the beginning has been sent.
    caught_up: bool,
    heartbeat: Interval,
    stop: CancellationToken,
    sent: Counter,
    open: Gauge,
    _slot: OwnedSemaphorePermit,
}

impl Feed {
    /// The next piece of the answer's body; none when it is over, after which the client comes again.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(RETRY.as_bytes()));
        }
        loop {
            let step = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                step = step(&mut self.watch, self.caught_up) => step,
                _ = self.heartbeat.tick() => return Some(Bytes::from_static(HEARTBEAT.as_bytes())),
            };
            match step {
                Ok(Some(board)) => {
                    if let Some(frame) = self.frame(&board) {
                        self.heartbeat.reset();
                        self.sent.inc();
                        return Some(frame);
                    }
                }
                Ok(None) => {
                    self.caught_up = true;
                    return Some(Bytes::from_static(CAUGHT_UP.as_bytes()));
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a stream of events ends"
                    );
                    return None;
                }
            }
        }
    }

    /// The event of a board; none of one that nobody has to know of.
    fn frame(&self, board: &Incoming) -> Option<Bytes> {
        let sequence = board.stream_sequence;
        let read = match BoardMessage::decode(&board.subject, &board.payload) {
            Ok(read) => read,
            Err(reject) => {
                tracing::warn!(sequence, code = %reject.code, "a board on the bus can't be read");
                return None;
            }
        };
        if sequence <= self.passes_closed_to && read.data.state == BoardState::Closed {
            return None;
        }
        // An event's data ends with its line, so a board that somebody has broken into lines is written anew.
        let on_one_line = !board
            .payload
            .iter()
            .any(|byte| matches!(byte, b'\r' | b'\n'));
        let data = match on_one_line {
            true => board.payload.clone(),
            false => read.encode().payload.into(),
        };
        let head = format!("id: {sequence}\nevent: board\ndata: ");
        Some([head.as_bytes(), &data, b"\n\n"].concat().into())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// The next board, or none once the stream holds no more for now and nobody has said so yet. Cancel safe.
async fn step(watch: &mut Watch, caught_up: bool) -> Result<Option<Incoming>, ReadError> {
    if !caught_up && !watch.has_more_now().await? {
        return Ok(None);
    }
    watch.next().await.map(Some)
}

/// The event that was seen last; none where none was.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Problem::last_event_id())?;
    match text.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Problem::last_event_id()),
    }
}
