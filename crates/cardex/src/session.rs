//! What every command has at hand: its settings, and the way to the bus.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use cardex_bus::{Bus, Refusal};
use tokio::sync::watch;

use crate::running;
use crate::settings::{Purpose, Settings, SettingsArgs};

/// A command's settings, and its connection once there is one.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) settings: Settings,
    bus: watch::Sender<Option<Bus>>,
    /// Whether what the server refuses is no longer of interest: the command has done what it was asked.
    done: AtomicBool,
}

impl Session {
    /// Reads the settings of a command that answers and ends, and opens its log.
    pub(crate) fn open(args: &SettingsArgs) -> anyhow::Result<Self> {
        let settings = Settings::load(args, Purpose::Command)?;
        cardex_runtime::telemetry::init(&settings.log)?;
        Ok(Self {
            settings,
            bus: watch::Sender::new(None),
            done: AtomicBool::new(false),
        })
    }

    /// Does the work of a command, and ends it as soon as the server refuses its user a subject: the answer that the
    /// work waits for would never come.
    pub(crate) async fn within_permissions<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        tokio::select! {
            biased;
            worked = work => worked,
            refusal = self.refused() => {
                let user = self.settings.nats.user.as_deref().unwrap_or("nobody named");
                Err(anyhow::Error::from(refusal).context(format!(
                    "not permitted to {user}; give it the capability with `cardex bus config`, or name another \
                     user with --set nats.user=USER"
                )))
            }
        }
    }

    /// What was asked is done: what is still tried may fail without a word.
    pub(crate) fn done(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    async fn refused(&self) -> Refusal {
        let mut connected = self.bus.subscribe();
        let bus = connected.wait_for(Option::is_some).await;
        let bus = bus.ok().and_then(|bus| bus.clone());
        if let Some(bus) = bus {
            let refusal = bus.refused().await;
            if !self.done.load(Ordering::Relaxed) {
                return refusal;
            }
        }
        std::future::pending().await
    }

    /// Connects to the bus: the one set, else that of the running `cardex up` of the same data directory.
    pub(crate) async fn connect(&self) -> anyhow::Result<Bus> {
        let connected = self.connect_beside().await?;
        self.bus.send_replace(Some(connected.clone()));
        Ok(connected)
    }

    /// A connection of its own for a question that is no part of what the command was asked: what is refused on it does
    /// not end the command.
    pub(crate) async fn connect_beside(&self) -> anyhow::Result<Bus> {
        let (bus, from) = running::bus_of(&self.settings)?;
        Bus::connect(&bus).await.map_err(|error| {
            let urls = bus.urls.join(", ");
            running::explained(
                error,
                format!(
                    "cannot reach the bus at {urls} ({from}); start everything here with `cardex up`, \
                     or name the bus with --nats URL"
                ),
            )
        })
    }
}
