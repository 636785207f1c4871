//! The settings of the whole program: one file serves every subcommand, and no key in it goes unread.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_aggregator::AggregatorSettings;
use cardex_bus::BusSettings;
use cardex_bus::subjects::Token;
use cardex_checkin::CheckinSettings;
use cardex_gateway::GatewaySettings;
use cardex_runtime::health::HealthSettings;
use cardex_runtime::settings::{Loader, SettingsError};
use cardex_runtime::shutdown::ShutdownSettings;
use cardex_runtime::telemetry::TelemetrySettings;
use clap::Args;
use serde::Deserialize;

/// The port of the bus that `up` starts, where it is free and no other is set.
pub(crate) const USUAL_PORT: u16 = 4222;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Where everything that is kept lies.
    pub(crate) data: PathBuf,
    /// How to reach the bus. Without `urls`, `up` starts a server of its own and other commands look for it.
    pub(crate) nats: BusSettings,
    /// The server that `up` starts.
    pub(crate) server: ServerSettings,
    /// The aggregator.
    pub(crate) aggregator: AggregatorSettings,
    /// The check-in listener.
    pub(crate) checkin: CheckinSettings,
    /// The gateway.
    pub(crate) gateway: GatewaySettings,
    /// The log.
    pub(crate) log: TelemetrySettings,
    /// The endpoint of health and metrics.
    pub(crate) health: HealthSettings,
    /// The end.
    pub(crate) shutdown: ShutdownSettings,
}

/// The server that `up` starts when it is given none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServerSettings {
    /// The binary; unset: `CARDEX_NATS_SERVER`, then `PATH`, then `target/tools` above the program.
    pub(crate) binary: Option<PathBuf>,
    /// Where it listens on loopback; unset: 4222, or a free one when that is taken.
    pub(crate) port: Option<u16>,
    /// Where it is monitored on loopback; unset: a free one.
    pub(crate) monitoring_port: Option<u16>,
    /// How many servers of a cluster keep each stream, when the streams are created.
    pub(crate) replicas: Option<usize>,
    /// JetStream domains of hotels with servers of their own, whose events this bus takes in.
    pub(crate) hotels: Vec<String>,
}

impl ServerSettings {
    /// How many servers keep each stream.
    pub(crate) fn replicas(&self) -> usize {
        self.replicas.unwrap_or(1)
    }

    /// The hotels whose events are taken in.
    pub(crate) fn hotels(&self) -> anyhow::Result<Vec<Token>> {
        let domains = self.hotels.iter();
        let tokens = domains.map(|domain| Token::new(domain.as_str()));
        tokens
            .collect::<Result<_, _>>()
            .context("server.hotels names JetStream domains: a-z, 0-9, _ and -")
    }
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// Settings file (TOML); the environment variable CARDEX_SETTINGS names one too
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one setting, before file and environment, such as log.filter=debug
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Address of the bus, such as nats://hotel:4222; of a cluster, name every node
    #[arg(long, global = true, value_name = "URL", value_delimiter = ',')]
    nats: Vec<String>,
    /// Directory of everything that is kept [default: ./cardex-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What the defaults are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A service that stays and tells what it does.
    Service,
    /// A command that answers and ends.
    Command,
}

/// What is the same for every purpose; the aggregator's files lie in the data directory.
const DEFAULTS: &str =
    "data = './cardex-data'\nserver = {}\ncheckin = {}\ngateway = {}\nhealth = {}\nshutdown = {}\n";

impl Purpose {
    fn defaults(self) -> &'static str {
        match self {
            Self::Service => "nats = { urls = [] }\nlog = { filter = 'info,async_nats=warn' }\n",
            Self::Command => {
                "nats = { urls = [], connect_timeout_ms = 3000 }\nlog = { filter = 'error,async_nats=off' }\n"
            }
        }
    }
}

impl Settings {
    /// Reads defaults, file, environment and flags, each before the one named earlier.
    pub(crate) fn load(args: &SettingsArgs, purpose: Purpose) -> anyhow::Result<Self> {
        Self::layered(args, purpose, Loader::process_env).context("the settings cannot be used")
    }

    /// Reads twice, because the defaults of the aggregator's files depend on where the data lies.
    fn layered(
        args: &SettingsArgs,
        purpose: Purpose,
        environment: impl Fn(Loader) -> Loader,
    ) -> Result<Self, SettingsError> {
        let load = |aggregator: &str| {
            let loader = Self::loader(args, purpose, aggregator);
            environment(loader)
                .load::<Self>()
                .map(|loaded| loaded.settings)
        };
        let Self {
            data, aggregator, ..
        } = load("{}")?;
        // Of each shard one of its own, so that several may lie side by side. One that can't be is refused later.
        let store = match aggregator.share() {
            Ok(Some(share)) => format!("store-{share}"),
            _ => "store".to_owned(),
        };
        load(&format!(
            "{{ store_dir = {}, installation_key_file = {} }}",
            quoted(&data.join(store)),
            quoted(&data.join("installation.key")),
        ))
    }

    fn loader(args: &SettingsArgs, purpose: Purpose, aggregator: &str) -> Loader {
        let mut flags = args.set.clone();
        if !args.nats.is_empty() {
            flags.push(format!("nats.urls={}", args.nats.join(",")));
        }
        flags.extend(
            args.data
                .iter()
                .map(|dir| format!("data={}", dir.display())),
        );
        let defaults = purpose.defaults();
        Loader::new(format!("{DEFAULTS}{defaults}aggregator = {aggregator}\n"))
            .file(args.config.clone())
            .reserved_env([cardex_bus::child::BINARY_VARIABLE])
            .overrides(flags)
    }
}

/// A path as TOML writes it; JSON's way of writing a text is one of TOML's.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(set: &[&str]) -> SettingsArgs {
        SettingsArgs {
            config: None,
            set: set.iter().map(|s| (*s).to_owned()).collect(),
            nats: vec!["nats://hotel:4222".into()],
            data: None,
        }
    }

    fn load(args: &SettingsArgs) -> Result<Settings, String> {
        Settings::layered(args, Purpose::Service, |loader| loader).map_err(|e| e.to_string())
    }

    #[test]
    fn flags_come_before_the_defaults() {
        let settings = load(&args(&["nats.urls=nats://other:4222", "server.port=4223"])).unwrap();
        assert_eq!(settings.nats.urls, ["nats://hotel:4222"]);
        assert_eq!(settings.server.port, Some(4223));
        assert_eq!(settings.data, PathBuf::from("./cardex-data"));
    }

    #[test]
    fn every_node_of_a_cluster_can_be_named() {
        let mut args = args(&[]);
        args.nats.push("nats://annexe:4222".into());
        let urls = load(&args).unwrap().nats.urls;
        assert_eq!(urls, ["nats://hotel:4222", "nats://annexe:4222"]);
    }

    #[test]
    fn what_is_kept_lies_in_the_data_directory_unless_it_is_said_otherwise() {
        let mut args = args(&["data=/srv/it's"]);
        let store = |args: &SettingsArgs| load(args).unwrap().aggregator.store_dir;
        assert_eq!(store(&args), PathBuf::from("/srv/it's/store"));
        args.set.push("aggregator.store_dir=/fast".into());
        assert_eq!(store(&args), PathBuf::from("/fast"));
    }

    #[test]
    fn an_unknown_key_is_refused_wherever_it_stands() {
        for key in [
            "nats.url=x",
            "server.prot=1",
            "aggregator.store=x",
            "colour=red",
        ] {
            let error = load(&args(&[key])).unwrap_err();
            assert!(error.starts_with("unknown setting"), "{error}");
        }
    }
}
