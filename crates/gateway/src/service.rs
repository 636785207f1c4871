//! The service: its start, and running it until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cardex_bus::Bus;
use cardex_bus::streams::{PROMPTS, StreamsError, stream_ends};
use cardex_runtime::health::{ConditionHandle, Health, Heartbeat};
use cardex_runtime::{CancellationToken, TaskTracker};
use tokio::net::TcpListener;

use crate::connections::{self, Bounds};
use crate::http::{Shared, router};
use crate::meters::Meters;
use crate::settings::{GatewaySettings, SettingsError};
use crate::webhook::{Sender, WebhookError};

/// The loop that takes connections must show that it is alive at least this often.
const HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(30);

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting, or the file of vendors.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The stream of boards is not to be had.
    #[error(
        "the gateway can't read the boards; start the other services first, and check that its user may"
    )]
    Boards(#[from] StreamsError),
    /// A webhook can't be served.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The address is not to be had.
    #[error(
        "the gateway can't listen on {listen}: free the address or set another as gateway.listen"
    )]
    Listen {
        /// The address of the settings.
        listen: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// A gateway that is ready to run.
pub struct Gateway {
    listener: TcpListener,
    address: SocketAddr,
    settings: GatewaySettings,
    shared: Shared,
    webhooks: Vec<Sender>,
    heartbeat: Heartbeat,
    condition: ConditionHandle,
}

impl Gateway {
    /// Reads the file of vendors and takes the address. The streams must be there.
    ///
    /// # Errors
    /// When a setting, the bus or the address is not to be used.
    pub async fn start(
        bus: Bus,
        settings: GatewaySettings,
        health: &Health,
        stop: CancellationToken,
    ) -> Result<Self, GatewayError> {
        let condition = health.readiness.condition("gateway");
        let vendors = settings.check()?;
        stream_ends(&bus, PROMPTS).await?;
        let failed = |source| GatewayError::Listen {
            listen: settings.listen,
            source,
        };
        let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let meters = Meters::new(&health.metrics);
        let mut webhooks = Vec::new();
        for webhook in &vendors.webhooks {
            let give_up = settings.webhook_give_up();
            webhooks.push(Sender::start(&bus, webhook, give_up, health, &meters).await?);
        }
        let heartbeat = health.liveness.heartbeat("gateway", HEARTBEAT_MAX_AGE);
        condition.ready();
        Ok(Self {
            listener,
            address,
            shared: Shared::new(bus, vendors, &settings, meters, stop),
            settings,
            webhooks,
            heartbeat,
            condition,
        })
    }

    /// Where it listens, with the port that the system chose.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Runs until told to stop; finishes what is under way first.
    pub async fn run(self) {
        let bounds = Bounds {
            max_connections: self.settings.max_connections,
            stalled: self.settings.stalled(),
        };
        let (stop, meters) = (self.shared.stop.clone(), self.shared.meters.clone());
        let (bus, refused) = (self.shared.bus.clone(), self.condition.clone());
        let looking = tokio::spawn(async move {
            let refusal = bus.refused().await;
            tracing::error!(%refusal, "the gateway's user on the bus is not allowed what its vendors need");
            refused.warn(format!(
                "{refusal}: give it what `cardex bus config --vendors` says"
            ));
        });
        let senders = TaskTracker::new();
        for webhook in self.webhooks {
            senders.spawn(webhook.run(stop.clone()));
        }
        senders.close();
        let router = router(Arc::new(self.shared));
        connections::serve(self.listener, router, bounds, meters, self.heartbeat, stop).await;
        senders.wait().await;
        looking.abort();
        self.condition.not_ready("stopping");
    }
}
