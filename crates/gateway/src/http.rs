//! The paths that vendors use. Each is for one department, which its token says; what another department is told can't be
//! asked for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use cardex_bus::Bus;
use cardex_runtime::CancellationToken;
use cardex_wire::subject::Token as Name;
use tokio::sync::Semaphore;

use crate::meters::Meters;
use crate::settings::GatewaySettings;
use crate::vendors::{Client, Vendors};

mod boards;
mod events;
mod outcomes;
mod problem;

use problem::Problem;

const BOARDS: &str = "/v1/boards";
const EVENTS: &str = "/v1/boards/events";
const OUTCOMES: &str = "/v1/outcomes";

/// Every path, with the method it is for.
pub const ROUTES: [(&str, &str); 3] = [("get", BOARDS), ("get", EVENTS), ("post", OUTCOMES)];

/// How long an answer may take. A stream of events has begun within it.
const ANSWER_BOUND: Duration = Duration::from_secs(30);

/// What every request is answered with.
pub(crate) struct Shared {
    pub(crate) bus: Bus,
    pub(crate) vendors: Vendors,
    pub(crate) heartbeat: Duration,
    pub(crate) meters: Meters,
    pub(crate) stop: CancellationToken,
    /// How many more streams of events each client may open.
    streams: BTreeMap<Name, Arc<Semaphore>>,
}

impl Shared {
    pub(crate) fn new(
        bus: Bus,
        vendors: Vendors,
        settings: &GatewaySettings,
        meters: Meters,
        stop: CancellationToken,
    ) -> Self {
        let slots = || Arc::new(Semaphore::new(settings.max_streams_per_client));
        let streams = vendors
            .clients
            .iter()
            .map(|client| (client.name.clone(), slots()))
            .collect();
        Self {
            bus,
            vendors,
            heartbeat: settings.heartbeat(),
            meters,
            stop,
            streams,
        }
    }
}

/// All paths.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(BOARDS, get(boards::current))
        .route(EVENTS, get(events::stream))
        .route(OUTCOMES, post(outcomes::publish))
        .route_layer(from_fn_with_state(Arc::clone(&shared), authorized))
        .method_not_allowed_fallback(async || Problem::method())
        .fallback(async || Problem::path())
        .layer(from_fn_with_state(Arc::clone(&shared), counted))
        .with_state(shared)
}

/// Lets through who has a token, as the client whose it is.
async fn authorized(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let given = request.headers().get(header::AUTHORIZATION);
    let token = given.and_then(bearer).ok_or_else(Problem::no_token)?;
    let client = shared.vendors.client_of(token);
    let client = client.ok_or_else(Problem::unknown_token)?;
    request.extensions_mut().insert(client.clone());
    Ok(next.run(request).await)
}

/// The token of `Bearer <token>` (RFC 6750, section 2.1; the scheme's case does not matter).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}

/// Answers in time, and counts it.
async fn counted(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let asked = request.uri().path();
    let known = ROUTES.iter().find(|(_, path)| *path == asked);
    let path = known.map_or("other", |(_, path)| path);
    let answered = tokio::time::timeout(ANSWER_BOUND, next.run(request)).await;
    let mut answer = answered.unwrap_or_else(|_| Problem::too_slow().into_response());
    let headers = answer.headers_mut();
    // What is told of guests is for whoever asked, and for no store on the way.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let status = answer.status();
    shared.meters.requests.with([path, status.as_str()]).inc();
    answer
}

/// The client that speaks.
type Caller = Extension<Client>;
