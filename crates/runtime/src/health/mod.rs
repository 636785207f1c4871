//! The endpoint that operations look at: `/livez` (restart me), `/readyz` (send me work) and `/metrics`.

mod liveness;
mod readiness;
#[cfg(test)]
mod tests;

pub use liveness::{Heartbeat, Liveness};
pub use readiness::{ConditionHandle, ConditionReport, ConditionState, Readiness};

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics::{self, Metrics};

/// How long requests under way may take once the server is told to stop.
const STOP_GRACE_MS: u64 = 500;

/// Settings of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HealthSettings {
    /// Where to listen; port 0 lets the system choose one.
    pub listen: SocketAddr,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }
}

/// Why the endpoint is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// The address can't be listened on.
    #[error(
        "health endpoint can't listen on {listen}: free the address or set another as `listen`"
    )]
    Bind {
        /// The address from the settings.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The endpoint stopped serving.
    #[error("health endpoint stopped serving")]
    Serve {
        /// What the operating system said.
        source: io::Error,
    },
}

/// What the endpoint reports. Clones report the same; services register what is theirs.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Whether work may be sent.
    pub readiness: Readiness,
    /// Whether the process still moves.
    pub liveness: Liveness,
    /// The numbers.
    pub metrics: Metrics,
}

/// The endpoint, bound and not yet serving.
#[derive(Debug)]
pub struct HealthServer {
    listener: TcpListener,
    address: SocketAddr,
    health: Health,
}

impl HealthServer {
    /// Takes the address.
    ///
    /// # Errors
    /// [`HealthError::Bind`] when it is not to be had.
    pub async fn bind(settings: &HealthSettings, health: Health) -> Result<Self, HealthError> {
        let failed = |source| HealthError::Bind {
            listen: settings.listen,
            source,
        };
        let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            health,
        })
    }

    /// The address that was taken, with the port the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is cancelled, and then for at most half a second more the requests under way.
    ///
    /// # Errors
    /// [`HealthError::Serve`] when the system takes the listener away.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), HealthError> {
        let overdue = {
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                tokio::time::sleep(Duration::from_millis(STOP_GRACE_MS)).await;
            }
        };
        let server = axum::serve(self.listener, routes(self.health))
            .with_graceful_shutdown(stop.cancelled_owned());
        tokio::select! {
            served = server.into_future() => served.map_err(|source| HealthError::Serve { source }),
            () = overdue => Ok(()),
        }
    }
}

fn routes(health: Health) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(health)
}

async fn livez(State(health): State<Health>) -> Response {
    let stale = health.liveness.stale();
    if stale.is_empty() {
        return "ok".into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("no heartbeat from: {}", stale.join(", ")),
    )
        .into_response()
}

async fn readyz(State(health): State<Health>) -> Response {
    let conditions = health.readiness.report();
    let status = match readiness::is_ready(&conditions) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    match serde_json::to_vec(&conditions) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn metrics_text(State(health): State<Health>) -> Response {
    match health.metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
