//! What every command has at hand: its settings, and the way to the bus.

use anyhow::Context as _;
use cardex_bus::{Bus, BusSettings};

use crate::running::Running;
use crate::settings::{Purpose, Settings, SettingsArgs};

/// Where the bus usually is, when nobody says otherwise.
const USUAL_URL: &str = "nats://127.0.0.1:4222";

/// A command's settings.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) settings: Settings,
}

impl Session {
    /// Reads the settings of a command that answers and ends, and opens its log.
    pub(crate) fn open(args: &SettingsArgs) -> anyhow::Result<Self> {
        let settings = Settings::load(args, Purpose::Command)?;
        cardex_runtime::telemetry::init(&settings.log)?;
        Ok(Self { settings })
    }

    /// Connects to the bus: the one set, else that of a running `cardex up` of the same data directory, else the
    /// usual one.
    pub(crate) async fn connect(&self) -> anyhow::Result<Bus> {
        let (bus, from) = self.bus_settings();
        Bus::connect(&bus).await.with_context(|| {
            let urls = bus.urls.join(", ");
            format!(
                "cannot reach the bus at {urls} ({from}); start everything here with `cardex up`, \
                 or name the bus with --nats URL"
            )
        })
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
