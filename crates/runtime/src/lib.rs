//! What every Cardex service shares when it runs: settings, telemetry, orderly shutdown, health and metrics.
//!
//! Nothing here knows of guests, buses or stores, so that any service can be composed from it:
//! [`settings::Loader`] reads the layers, [`telemetry::init`] opens the log, [`shutdown::Shutdown`] carries the
//! order to stop and waits for tasks, and [`health::HealthServer`] answers `/livez`, `/readyz` and `/metrics`.
//!
//! A process is put together in this order:
//!
//! ```no_run
//! use cardex_runtime::{health, settings, shutdown, telemetry};
//!
//! #[derive(serde::Deserialize)]
//! struct Settings {
//!     log: telemetry::TelemetrySettings,
//!     health: health::HealthSettings,
//!     shutdown: shutdown::ShutdownSettings,
//! }
//!
//! # async fn run(health: health::Health, stop: cardex_runtime::CancellationToken) -> std::io::Result<()> { Ok(()) }
//! # async fn process(config: Option<std::path::PathBuf>) -> Result<(), Box<dyn std::error::Error>> {
//! let settings: Settings = settings::Loader::new("log.format = 'json'\nhealth = {}\nshutdown = {}")
//!     .file(config)
//!     .process_env()
//!     .reserved_env(["CARDEX_NATS_SERVER"])
//!     .load()?
//!     .settings;
//! telemetry::init(&settings.log)?;
//! let shutdown = shutdown::Shutdown::new();
//! shutdown.listen_for_signals()?;
//!
//! let health = health::Health::default();
//! let endpoint = health::HealthServer::bind(&settings.health, health.clone()).await?;
//! tracing::info!(address = %endpoint.local_addr(), "health endpoint");
//! shutdown.spawn("health", endpoint.serve(shutdown.token()));
//! let service = shutdown.spawn("aggregator", run(health, shutdown.token()));
//!
//! shutdown.run_until_stopped(settings.shutdown.drain_bound()).await?;
//! service.await??;
//! # Ok(())
//! # }
//! ```

pub mod clock;
pub mod health;
pub mod metrics;
pub mod settings;
pub mod shutdown;
pub mod telemetry;

/// The token and tracker that [`shutdown::Shutdown`] hands out, so that services need not name `tokio-util`.
pub use tokio_util::{sync::CancellationToken, task::TaskTracker};
