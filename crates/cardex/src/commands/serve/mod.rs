//! `cardex up`, `cardex aggregator`, `cardex checkin` and `cardex gateway`: the services, each alone or all in one process.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use cardex_aggregator::Aggregator;
use cardex_bus::Bus;
use cardex_bus::streams::{StreamsReport, ensure_streams_of};
use cardex_checkin::Checkin;
use cardex_domain::vocabulary::Vocabulary;
use cardex_gateway::Gateway;
use cardex_runtime::health::{Health, HealthServer};
use cardex_runtime::shutdown::Shutdown;
use clap::Args;
use tokio::task::JoinHandle;

use super::playbook;
use crate::running::{self, Running};
use crate::screen::{Format, note};
use crate::settings::{Purpose, Settings, SettingsArgs};

mod banner;
mod hotels;
pub(crate) mod server;
mod watch;

use banner::Banner;
use server::Base;

const EXAMPLES: &str = "\
Examples:
  cardex up
  cardex up --data /var/lib/cardex --set log.format=json
  cardex up --config cardex.toml --check-config
  cardex aggregator --nats nats://hotel:4222 --set nats.user=aggregator \\
      --set nats.password_file=aggregator.password

Settings (sections of the file, CARDEX_SECTION__KEY in the environment, --set section.key=value):
  data          directory of everything that is kept
  [nats]        urls, user, password_file, nkey_seed_file, creds_file, tls_ca_file, …
  [server]      binary, port, monitoring_port, replicas (of the server that `up` starts)
  [aggregator]  store_dir, installation_key_file, gateways, from_snapshot, shards, …
  [checkin]     playbook, language, languages, max_in_flight
  [gateway]     vendors_file (with it `up` runs the gateway), listen, tls_ends_before, …
  [log]         format (human, json), filter
  [health]      listen
  [shutdown]    drain_ms";

/// A service, or all of them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Check settings, playbook and the files of secrets, and end
    #[arg(long)]
    check_config: bool,
    #[command(flatten)]
    format: Format,
}

/// What runs in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Services {
    /// Everything, with a server when none is given.
    Up,
    /// The aggregator alone.
    Aggregator,
    /// The check-in listener alone.
    Checkin,
    /// The gateway alone.
    Gateway,
}

/// What was started.
struct Started {
    ends: Vec<JoinHandle<anyhow::Result<()>>>,
    /// Where the gateway listens, if there is one.
    gateway: Option<SocketAddr>,
}

impl Services {
    fn aggregator(self) -> bool {
        matches!(self, Self::Up | Self::Aggregator)
    }

    fn checkin(self) -> bool {
        matches!(self, Self::Up | Self::Checkin)
    }

    fn gateway(self, settings: &Settings) -> bool {
        self == Self::Gateway || (self == Self::Up && settings.gateway.is_on())
    }

    /// Makes the streams, where they are missing.
    async fn streams(self, settings: &Settings, bus: &Bus) -> anyhow::Result<StreamsReport> {
        if self == Self::Gateway {
            // It makes none, and its user need not be able to.
            return Ok(StreamsReport::default());
        }
        if self.aggregator() {
            // Who waits for the stream of events may publish as soon as it is there.
            Aggregator::make_key(bus, &settings.aggregator).await?;
        }
        let server = &settings.server;
        Ok(ensure_streams_of(bus, server.replicas(), &server.hotels()?).await?)
    }

    /// Starts them, one after the other; each ends when told to stop, or by what broke it.
    async fn start(
        self,
        settings: &Settings,
        bus: &Bus,
        health: &Health,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Started> {
        let (mut ends, mut gateway) = (Vec::new(), None);
        if self.aggregator() {
            let started =
                Aggregator::start(bus.clone(), settings.aggregator.clone(), health).await?;
            let token = shutdown.token();
            ends.push(shutdown.spawn("aggregator", async move {
                started.run(token).await.context("the aggregator stopped")
            }));
        }
        if self.checkin() {
            let started = Checkin::start(bus.clone(), settings.checkin.clone(), health).await?;
            let token = shutdown.token();
            ends.push(shutdown.spawn("checkin", async move {
                started.run(token).await;
                Ok(())
            }));
        }
        if self.gateway(settings) {
            let (set, token) = (settings.gateway.clone(), shutdown.token());
            let started = Gateway::start(bus.clone(), set, health, token).await?;
            gateway = Some(started.local_addr());
            ends.push(shutdown.spawn("gateway", async move {
                started.run().await;
                Ok(())
            }));
        }
        Ok(Started { ends, gateway })
    }
}

impl Serve {
    pub(crate) async fn run(&self, args: &SettingsArgs, services: Services) -> anyhow::Result<()> {
        let settings = Settings::load(args, Purpose::Service)?;
        if let Some(path) = settings
            .checkin
            .playbook
            .as_ref()
            .filter(|_| services.checkin())
        {
            playbook::check(path, Vocabulary::embedded())?;
        }
        if services.checkin() {
            settings.checkin.check()?;
        }
        settings.log.check()?;
        settings.nats.check().await?;
        if services.aggregator() {
            settings.aggregator.check()?;
        }
        if services.gateway(&settings) {
            settings.gateway.check()?;
        }
        if self.check_config {
            return self.format.screen().line("the settings can be used");
        }
        cardex_runtime::telemetry::init(&settings.log)?;
        let shutdown = Shutdown::new();
        shutdown.listen_for_signals()?;
        create(&settings.data)?;
        let mut base = server::base(&settings, services).await?;
        let bus = Bus::connect(&base.bus).await;
        let bus = bus.map_err(|error| {
            let way_out = "the services need the bus; name it with --nats URL";
            running::explained(error, way_out.to_owned())
        })?;
        let ran = Box::pin(self.serve(&settings, services, &bus, &mut base, &shutdown)).await;
        let drained = bus.drain().await;
        if let Some(child) = base.child {
            child.stop().await;
        }
        ran?;
        drained.context("what was acknowledged is safe all the same")
    }

    /// Starts everything, runs until told to stop, and lets everything finish.
    async fn serve(
        &self,
        settings: &Settings,
        services: Services,
        bus: &Bus,
        base: &mut Base,
        shutdown: &Shutdown,
    ) -> anyhow::Result<()> {
        let streams = services.streams(settings, bus).await?;
        let health = Health::default();
        let endpoint = HealthServer::bind(&settings.health, health.clone()).await?;
        let address = endpoint.local_addr();
        shutdown.spawn("health", endpoint.serve(shutdown.token()));
        shutdown.spawn(
            "bus",
            watch::bus(bus.clone(), health.readiness.clone(), shutdown.token()),
        );
        if !settings.server.hotels.is_empty() && services.aggregator() {
            shutdown.spawn(
                "hotels",
                hotels::watch(bus.clone(), health.clone(), shutdown.token()),
            );
        }
        let unsynced = watch::check_sync(bus, &health.readiness).await;
        let started = services.start(settings, bus, &health, shutdown).await?;
        let running = Running {
            pid: std::process::id(),
            urls: base.bus.urls.clone(),
            monitoring_url: bus.monitoring_url().map(str::to_owned),
            health: address.to_string(),
            gateway: started.gateway.map(|address| address.to_string()),
        };
        // Only `up` speaks for the whole data directory.
        let _note = match services {
            Services::Up => Some(
                running
                    .leave(&settings.data)
                    .context("cannot leave a note for other commands")?,
            ),
            Services::Aggregator | Services::Checkin | Services::Gateway => None,
        };
        let banner = Banner {
            settings,
            services,
            running: &running,
            streams: &streams,
            origin: &base.origin,
            bus,
        };
        banner.show(&mut self.format.screen())?;
        if let Some(warning) = unsynced {
            note(format!("warning: {warning}"));
        }
        let server_ended = server::until_stopped(base.child.as_mut(), shutdown).await;
        let drained = shutdown
            .run_until_stopped(settings.shutdown.drain_bound())
            .await;
        // Why it stopped says more than that it took long to.
        server_ended?;
        for end in started.ends {
            if end.is_finished() {
                end.await.context("a service broke down")??;
            }
        }
        Ok(drained?)
    }
}

fn create(data: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("cannot create the data directory {}", data.display()))
}
