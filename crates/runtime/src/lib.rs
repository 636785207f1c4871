//! What every Cardex service shares when it runs: settings, telemetry, orderly shutdown, health and metrics.
//!
//! Nothing here knows of guests, buses or stores, so that any service can be composed from it:
//! [`settings::Loader`] reads the layers, [`telemetry::init`] opens the log, [`shutdown::Shutdown`] carries the
//! order to stop and waits for tasks, and [`health::HealthServer`] answers `/livez`, `/readyz` and `/metrics`.

pub mod health;
pub mod metrics;
pub mod settings;
pub mod shutdown;
pub mod telemetry;

/// The token and tracker that [`shutdown::Shutdown`] hands out, so that services need not name `tokio-util`.
pub use tokio_util::{sync::CancellationToken, task::TaskTracker};
