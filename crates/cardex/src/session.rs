//! What every command has at hand: its settings, and the way to the bus.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use cardex_bus::{Bus, BusSettings, Refusal};
use tokio::sync::watch;

use crate::running::Running;
use crate::settings::{Purpose, Settings, SettingsArgs};

/// Where the bus usually is, when nobody says otherwise.
const USUAL_URL: &str = "nats://127.0.0.1:4222";

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
    pub(crate) async fn within_permissions(
        &self,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
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

    /// Connects to the bus: the one set, else that of a running `cardex up` of the same data directory, else the
    /// usual one.
    pub(crate) async fn connect(&self) -> anyhow::Result<Bus> {
        let (bus, from) = self.bus_settings();
        let connected = Bus::connect(&bus).await.with_context(|| {
            let urls = bus.urls.join(", ");
            format!(
                "cannot reach the bus at {urls} ({from}); start everything here with `cardex up`, \
                 or name the bus with --nats URL"
            )
        })?;
        self.bus.send_replace(Some(connected.clone()));
        Ok(connected)
    }

    fn bus_settings(&self) -> (BusSettings, String) {
        let mut bus = self.settings.nats.clone();
        if !bus.urls.is_empty() {
            return (bus, "as set".to_owned());
        }
        let data = &self.settings.data;
        let Some(running) = Running::find(data) else {
            bus.urls = vec![USUAL_URL.to_owned()];
            let from = format!(
                "the usual one: none is set, and none runs with {}",
                data.display()
            );
            return (bus, from);
        };
        bus.urls = running.urls;
        bus.server_monitoring_url = bus.server_monitoring_url.or(running.monitoring_url);
        (
            bus,
            format!("the one of process {} with {}", running.pid, data.display()),
        )
    }
}
