//! What a service says when it is ready: where it is, and what to try.

use cardex_bus::Bus;
use cardex_bus::streams::StreamsReport;
use cardex_domain::shard::Share;
use serde_json::json;

use super::Services;
use crate::running::Running;
use crate::screen::Screen;
use crate::settings::Settings;

/// What there is to say.
pub(super) struct Banner<'a> {
    pub(super) settings: &'a Settings,
    pub(super) services: Services,
    pub(super) running: &'a Running,
    pub(super) streams: &'a StreamsReport,
    /// Where the bus comes from.
    pub(super) origin: &'a str,
    pub(super) bus: &'a Bus,
}

impl Banner<'_> {
    /// Says it.
    pub(super) fn show(&self, screen: &mut Screen) -> anyhow::Result<()> {
        if screen.json() {
            return screen.object(&json!({
                "pid": self.running.pid,
                "urls": self.running.urls,
                "monitoring_url": self.running.monitoring_url,
                "health": self.running.health,
                "gateway": self.running.gateway,
                "data": self.settings.data.display().to_string(),
                "shard": self.shard().map(|share| share.to_string()),
                "server_version": self.bus.server_version(),
                "streams_created": self.streams.created,
            }));
        }
        let style = screen.style();
        let what = match self.services {
            Services::Up => "Cardex is up.",
            Services::Aggregator => "The aggregator is up.",
            Services::Checkin => "The check-in listener is up.",
            Services::Gateway => "The gateway is up.",
        };
        screen.line(style.bold(what))?;
        let version = self.bus.server_version();
        let (url, origin) = (self.running.urls.join(", "), self.origin);
        screen.line(format!(
            "  bus      {url} (nats-server {version}, {origin})"
        ))?;
        screen.line(format!(
            "  health   http://{}/readyz, /livez, /metrics",
            self.running.health
        ))?;
        if let Some(gateway) = &self.running.gateway {
            screen.line(format!(
                "  gateway  http://{gateway}/v1/boards, /v1/boards/events, /v1/outcomes"
            ))?;
        }
        screen.line(format!("  data     {}", self.settings.data.display()))?;
        if let Some(share) = self.shard() {
            screen.line(format!("  shard    {share}"))?;
        }
        if self.services == Services::Up {
            screen.line("\nIn another terminal:")?;
            for (command, what) in [
                (
                    "prompts watch --property macau --department front_desk",
                    "what reception is told",
                ),
                (
                    "stay check-in --property macau --reservation R1 --room 1012 --title Mr --family Ng",
                    "a guest arrives",
                ),
                (
                    "observe --property macau --department dining --room 1012 dining.cuisine=sichuan",
                    "somebody notices something",
                ),
            ] {
                screen.line(format!(
                    "  cardex {command}{}  {}",
                    self.data_flag(),
                    style.dim(format!("# {what}"))
                ))?;
            }
        }
        screen.line("\nCtrl-C stops it; what is acknowledged is kept.")
    }

    /// Which shard the aggregator of this process keeps, where its store is divided.
    fn shard(&self) -> Option<Share> {
        match self.services {
            Services::Up | Services::Aggregator => self.settings.aggregator.share().ok()?,
            Services::Checkin | Services::Gateway => None,
        }
    }

    /// Other commands find the bus through the data directory, when it is not the usual one only if they are told.
    fn data_flag(&self) -> String {
        let data = self.settings.data.display().to_string();
        match data.as_str() {
            "./cardex-data" => String::new(),
            other => format!(" --data {other}"),
        }
    }
}
