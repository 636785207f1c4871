//! What is answered where something is wrong: problem details for HTTP APIs (RFC 9457), with the way out in `detail`.

use std::borrow::Cow;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cardex_wire::Reject;
use serde::Serialize;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Something wrong, as the answer says it. Nothing of what was sent is in it.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// One word that programs tell problems apart by; it never changes.
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    header: Option<(HeaderName, &'static str)>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
}

impl Problem {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            header: None,
        }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(crate) fn no_token() -> Self {
        let detail = "send the header `Authorization: Bearer <token>` with the department's token";
        let title = "No token was given";
        Self::new(StatusCode::UNAUTHORIZED, "no_token", title, detail)
            .with(header::WWW_AUTHENTICATE, "Bearer")
    }

    pub(crate) fn unknown_token() -> Self {
        let detail = "no client has this token: check that it is whole, or ask the hotel for another \
                      (`cardex gateway token`); one added since the gateway started counts from its next start";
        let title = "The token is not known";
        Self::new(StatusCode::UNAUTHORIZED, "unknown_token", title, detail)
            .with(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
    }

    pub(crate) fn path() -> Self {
        let detail = "there are GET /v1/boards, GET /v1/boards/events and POST /v1/outcomes";
        let title = "There is no such path";
        Self::new(StatusCode::NOT_FOUND, "unknown_path", title, detail)
    }

    pub(crate) fn method() -> Self {
        let detail = "boards are read by GET, outcomes are sent by POST; the header Allow says which is for this path";
        let title = "The path is not for this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", title, detail)
    }

    pub(crate) fn too_slow() -> Self {
        let detail = "it took too long; send the very same again, which counts once";
        Self::unavailable("too_slow", detail)
    }

    /// The bus does not do its part now.
    pub(crate) fn bus() -> Self {
        let detail =
            "the bus does not answer now; send the very same again in a moment, which counts once";
        Self::unavailable("bus", detail)
    }

    fn unavailable(code: &'static str, detail: &'static str) -> Self {
        let title = "Not to be had now";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, title, detail)
            .with(header::RETRY_AFTER, "2")
    }

    pub(crate) fn too_many_streams() -> Self {
        let detail = "this client has as many streams of events open as it may; close one, or use one for all screens";
        let title = "Too many streams are open";
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_streams",
            title,
            detail,
        )
        .with(header::RETRY_AFTER, "30")
    }

    pub(crate) fn query() -> Self {
        let detail = "the only parameter is `stay`, with a stay's id as boards give it";
        let title = "The query can't be read";
        Self::new(StatusCode::BAD_REQUEST, "query", title, detail)
    }

    pub(crate) fn last_event_id() -> Self {
        let detail = "Last-Event-ID must be the `id` of an event of this stream; leave it out to begin with the current \
                      boards";
        let title = "The last event can't be read";
        Self::new(StatusCode::BAD_REQUEST, "last_event_id", title, detail)
    }

    pub(crate) fn idempotency_key() -> Self {
        let detail = "Idempotency-Key must be 1 to 255 visible characters; leave it out and the body alone tells a \
                      repetition";
        let title = "The key can't be used";
        Self::new(StatusCode::BAD_REQUEST, "idempotency_key", title, detail)
    }

    pub(crate) fn media_type() -> Self {
        let detail = "send JSON, with the header `Content-Type: application/json`";
        let title = "The body is not said to be JSON";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            title,
            detail,
        )
    }

    pub(crate) fn too_large(bytes: usize) -> Self {
        let detail = format!("a body has at most {bytes} bytes; make the note shorter");
        let title = "The body is too large";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", title, detail)
    }

    pub(crate) fn body() -> Self {
        let detail = "the body did not come whole, or not in time; send the very same again";
        let title = "The body is not whole";
        Self::new(StatusCode::BAD_REQUEST, "body", title, detail)
    }

    /// What was said is held to a rule that it breaks; `detail` names place and rule.
    pub(crate) fn refused(reject: &Reject) -> Self {
        let title = "The outcome can't be taken";
        let detail = reject.detail.clone();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            reject.code.as_str(),
            title,
            detail,
        )
    }

    /// It can be read, and nobody could use it.
    pub(crate) fn of_no_use(detail: String) -> Self {
        let title = "The outcome can't be used";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "foreign_item",
            title,
            detail,
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: format!("urn:cardex:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
        };
        let body = serde_json::to_vec(&body).expect("texts and numbers can always be written");
        let mut answer =
            (self.status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
        if let Some((name, value)) = self.header {
            answer
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        answer
    }
}
