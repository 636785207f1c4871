//! What is measured runs on: a server of its own with its data in a temporary directory, and the services in this
//! process, each with its own connection as when it runs alone.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cardex_aggregator::{Aggregator, AggregatorError, AggregatorSettings};
use cardex_bus::child::{ChildServer, ChildSettings};
use cardex_bus::streams::{self, SyncCheck};
use cardex_bus::{Bus, BusSettings, Outgoing};
use cardex_checkin::{Checkin, CheckinSettings};
use cardex_domain::ids::{DepartmentId, InstallationKey, PropertyId};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_wire::QuerySubject;
use cardex_wire::query::{ErrorCode, List, ListRequest, Operation as _, encode};
use cardex_wire::subject::Token;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// The installation's key, the same in every run.
const KEY: [u8; 32] = [0x5c; 32];
/// The file that it lies in.
const KEY_FILE: &str = "installation.key";
/// How long the aggregator may wait for a sequence in one question.
const WAIT_MS: u32 = 10_000;
/// The durable by which listeners hear that an hour struck.
const MANY: &str = "cardex_many";
/// How often it is looked whether they are done.
const TICK: Duration = Duration::from_millis(50);
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server with its streams, and directories that go when it does.
pub(super) struct Rig {
    server: ChildServer,
    directory: TempDir,
    /// A connection for what is not measured.
    pub(super) bus: Bus,
}

/// The services, running.
pub(super) struct Services {
    token: CancellationToken,
    aggregator: JoinHandle<Result<(), AggregatorError>>,
    checkin: Option<JoinHandle<()>>,
    buses: Vec<Bus>,
    /// What they report.
    pub(super) health: Health,
}

/// The key that ids are derived under.
pub(super) fn key() -> InstallationKey {
    InstallationKey::new(KEY)
}

impl Rig {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("cardex-bench-")?;
        let settings = ChildSettings {
            directory: directory.path().join("nats"),
            ..ChildSettings::default()
        };
        let server = ChildServer::start(&settings).await?;
        let bus = connect(&server).await?;
        streams::ensure_streams(&bus, 1).await?;
        let text: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = std::fs::OpenOptions::new();
        let mut file = file
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(directory.path().join(KEY_FILE))?;
        file.write_all(text.as_bytes())?;
        Ok(Self {
            server,
            directory,
            bus,
        })
    }

    pub(super) async fn connect(&self) -> anyhow::Result<Bus> {
        connect(&self.server).await
    }

    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    pub(super) fn monitoring_url(&self) -> String {
        self.server.monitoring_url()
    }

    /// A place of this name that goes with the rig.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The file with the installation's key.
    pub(super) fn key_file(&self) -> PathBuf {
        self.path(KEY_FILE)
    }

    /// How the server syncs.
    pub(super) async fn sync(&self) -> String {
        match streams::check_sync_always(&self.monitoring_url()).await {
            SyncCheck::Always => "always".to_owned(),
            SyncCheck::Not(how) | SyncCheck::Unknown(how) => how,
        }
    }

    /// Stores the messages and says how far the stream goes then.
    pub(super) async fn fill(&self, messages: Vec<Outgoing>) -> anyhow::Result<u64> {
        let batches = self.bus.batches(streams::EVENTS).await?;
        for (message, stored) in batches.publish(messages).await {
            stored.with_context(|| format!("{} is not stored", message.subject))?;
        }
        Ok(streams::stream_ends(&self.bus, streams::EVENTS).await?.last)
    }

    /// Makes an aggregator ready with the store of this name.
    pub(super) async fn aggregator(
        &self,
        bus: &Bus,
        store: &str,
        health: &Health,
    ) -> anyhow::Result<Aggregator> {
        let settings = AggregatorSettings {
            store_dir: self.path(store),
            installation_key_file: self.key_file(),
            ..AggregatorSettings::default()
        };
        Ok(Aggregator::start(bus.clone(), settings, health).await?)
    }

    /// Starts the services with the store of this name.
    pub(super) async fn services(
        &self,
        store: &str,
        with_checkin: bool,
    ) -> anyhow::Result<Services> {
        let health = Health::default();
        let token = CancellationToken::new();
        let buses = vec![self.connect().await?];
        let aggregator = self.aggregator(&buses[0], store, &health).await?;
        let aggregator = tokio::spawn(aggregator.run(token.clone()));
        let mut services = Services {
            token,
            aggregator,
            checkin: None,
            buses,
            health,
        };
        if with_checkin {
            services.listen(self).await?;
        }
        Ok(services)
    }

    /// Waits until the aggregator has durably come so far.
    pub(super) async fn reached(&self, bus: &Bus, sequence: u64) -> anyhow::Result<()> {
        let subject = QuerySubject {
            property: PropertyId::new("nowhere")?,
            department: DepartmentId::engine(),
            op: Token::new(List::NAME)?,
        };
        let question = ListRequest {
            at_least: Some(sequence),
            wait_ms: Some(WAIT_MS),
            ..ListRequest::default()
        };
        let patience = Duration::from_millis(u64::from(WAIT_MS) * 2);
        loop {
            let asked = encode(&question).into();
            match bus.request(&subject.to_string(), asked, patience).await {
                Ok(_) => return Ok(()),
                Err(cardex_bus::RequestError::Service(error))
                    if error.code == ErrorCode::Behind.number() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until everybody in house was looked at for the hour that may have struck.
    pub(super) async fn hour_is_over(&self) -> anyhow::Result<()> {
        self.worked_off(MANY).await
    }

    /// Waits until all that this durable delivers was worked off.
    pub(super) async fn worked_off(&self, durable: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(TICK);
        loop {
            // There is no such durable until the listener is there.
            let backlog = self.bus.durable_backlog(streams::EVENTS, durable).await;
            if backlog.is_ok_and(|events| events == 0) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{durable} is not worked off");
            ticks.tick().await;
        }
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.bus.drain().await?;
        self.server.stop().await;
        Ok(())
    }
}

impl Services {
    /// Starts the listener beside the aggregator.
    pub(super) async fn listen(&mut self, rig: &Rig) -> anyhow::Result<()> {
        let bus = rig.connect().await?;
        self.buses.push(bus.clone());
        let checkin = Checkin::start(bus, CheckinSettings::default(), &self.health).await?;
        self.checkin = Some(tokio::spawn(checkin.run(self.token.clone())));
        Ok(())
    }

    /// Stops them as an operator would, and waits until they have.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.token.cancel();
        if let Some(checkin) = self.checkin {
            checkin.await?;
        }
        self.aggregator.await??;
        for bus in self.buses {
            bus.drain().await?;
        }
        Ok(())
    }
}

/// The sum of a metric's samples whose line begins like this.
pub(super) fn metric(health: &Health, front: &str) -> anyhow::Result<f64> {
    let text = health.metrics.encode()?;
    let lines = text.lines().filter(|line| line.starts_with(front));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    Ok(values.sum())
}

async fn connect(server: &ChildServer) -> anyhow::Result<Bus> {
    let settings = BusSettings {
        urls: vec![server.url()],
        server_monitoring_url: Some(server.monitoring_url()),
        ..BusSettings::default()
    };
    Ok(Bus::connect(&settings).await?)
}
