//! The bus that services run on: the one they are given, or a server of their own on loopback.

use std::net::{Ipv4Addr, TcpListener};

use cardex_bus::BusSettings;
use cardex_bus::child::{ChildError, ChildServer, ChildSettings};
use cardex_runtime::shutdown::Shutdown;

use super::Services;
use crate::running::{self, Found, Running};
use crate::settings::{Settings, USUAL_PORT};

/// The bus that services run on.
pub(crate) struct Base {
    /// How to reach it.
    pub(crate) bus: BusSettings,
    /// Where it comes from, in words.
    pub(crate) origin: String,
    /// The server that was started for it.
    pub(crate) child: Option<ChildServer>,
}

/// Finds the bus, or starts a server for it.
pub(crate) async fn base(settings: &Settings, services: Services) -> anyhow::Result<Base> {
    // A single service joins what runs with the same data.
    if services != Services::Up {
        return given(settings);
    }
    let server = &settings.server;
    let port = server.port.or_else(usual_port);
    given_or_started(settings, port, server.monitoring_port).await
}

/// Finds the bus for a command that reads the stream, or starts a server for it where nobody but that command looks for
/// it: the usual port and those that are set are for services, and several commands may be at work at once.
pub(crate) async fn base_of_command(settings: &Settings) -> anyhow::Result<Base> {
    given_or_started(settings, None, None).await
}

fn given(settings: &Settings) -> anyhow::Result<Base> {
    let (bus, origin) = running::bus_of(settings)?;
    Ok(Base {
        bus,
        origin,
        child: None,
    })
}

async fn given_or_started(
    settings: &Settings,
    port: Option<u16>,
    monitoring_port: Option<u16>,
) -> anyhow::Result<Base> {
    if !settings.nats.urls.is_empty() {
        return given(settings);
    }
    let child = start(settings, port, monitoring_port).await?;
    let bus = BusSettings {
        urls: vec![child.url()],
        server_monitoring_url: Some(child.monitoring_url()),
        ..settings.nats.clone()
    };
    Ok(Base {
        bus,
        origin: "started here".to_owned(),
        child: Some(child),
    })
}

async fn start(
    settings: &Settings,
    port: Option<u16>,
    monitoring_port: Option<u16>,
) -> anyhow::Result<ChildServer> {
    let child = ChildSettings {
        binary: settings.server.binary.clone(),
        directory: settings.data.join("nats"),
        port,
        monitoring_port,
        ..ChildSettings::default()
    };
    let started = ChildServer::start(&child).await;
    started.map_err(|error| {
        let data = settings.data.display();
        let way_out = match (&error, Running::find(&settings.data)) {
            (ChildError::Owned(_), Found::Running(running)) => format!(
                "process {} is at work with the data in {data}; stop it, or give this one a directory of its own \
                 with --data DIR",
                running.pid
            ),
            (ChildError::Owned(_), _) => format!(
                "another process is at work with the data in {data}; stop it, or give this one a directory of its \
                 own with --data DIR"
            ),
            _ => "no bus is given, and none can be started here; mend that, or name one with --nats URL".to_owned(),
        };
        anyhow::Error::from(error).context(way_out)
    })
}

/// The usual port when it is free; else the system chooses one.
fn usual_port() -> Option<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT))
        .ok()
        .map(|_| USUAL_PORT)
}

/// Waits for the order to stop. A server of our own that ends by itself is such an order, and a failure.
pub(super) async fn until_stopped(
    child: Option<&mut ChildServer>,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let token = shutdown.token();
    let Some(child) = child else {
        token.cancelled().await;
        return Ok(());
    };
    tokio::select! {
        () = token.cancelled() => Ok(()),
        () = child.ended() => {
            shutdown.trigger();
            Err(anyhow::anyhow!("the nats-server started here ended by itself; see its log with --set log.filter=debug"))
        }
    }
}
