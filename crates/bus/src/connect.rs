//! The connection: settings, the server floor, what the connection goes through, and its end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{BoxError, Refusal};

/// The oldest nats-server this system works with.
pub const SERVER_FLOOR: (u32, u32) = (2, 10);

/// How often the client asks a silent server whether it is there. Twice unanswered, and it reconnects.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// How long [`Bus::drain`] waits for what is under way, in all.
const DRAIN_BOUND: Duration = Duration::from_secs(10);

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(1);

/// How to reach the bus.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusSettings {
    /// Servers, tried in order: `nats://host:port` or `tls://host:port`.
    pub urls: Vec<String>,
    /// The name this client shows to the server's operators.
    pub client_name: String,
    /// User name; needs `password_file`.
    pub user: Option<String>,
    /// File that holds the user's password.
    pub password_file: Option<PathBuf>,
    /// File that holds an nkey seed.
    pub nkey_seed_file: Option<PathBuf>,
    /// Credentials file (JWT and seed).
    pub creds_file: Option<PathBuf>,
    /// Where replies to this client go. Unset: `_INBOX_<user>` with a user, else `_INBOX`.
    pub inbox_prefix: Option<String>,
    /// Certificates that the server's own is checked against, beside the system's.
    pub tls_ca_file: Option<PathBuf>,
    /// The server's monitoring address, `http://host:port`, to check how it syncs.
    pub server_monitoring_url: Option<String>,
    /// How long a request to the server may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long to try for the first connection, in milliseconds.
    pub connect_timeout_ms: u64,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self {
            urls: vec!["nats://127.0.0.1:4222".to_owned()],
            client_name: "cardex".to_owned(),
            user: None,
            password_file: None,
            nkey_seed_file: None,
            creds_file: None,
            inbox_prefix: None,
            tls_ca_file: None,
            server_monitoring_url: None,
            request_timeout_ms: 5_000,
            connect_timeout_ms: 10_000,
        }
    }
}

impl BusSettings {
    /// Whether they fit together and every file of secrets that they name can be read. Asks no server.
    ///
    /// # Errors
    /// With the setting that can't be used.
    pub async fn check(&self) -> Result<(), BusError> {
        let (status, _) = watch::channel(BusStatus::default());
        connect_options(self, Arc::new(status)).await.map(drop)
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The settings contradict each other.
    #[error("bus settings: {0}")]
    Settings(&'static str),
    /// A file of secrets could not be used.
    #[error("cannot read {what} from {}", path.display())]
    Secret {
        /// What the file should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No server answered in time, or it refused us.
    #[error(
        "cannot connect to the bus at {urls}; check the address, the server and the credentials"
    )]
    Connect {
        /// What was tried.
        urls: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The server does not let this user in.
    #[error(
        "the server at {urls} does not let {user} in; check the user, and the file of its password or credentials"
    )]
    NotLetIn {
        /// What was tried.
        urls: String,
        /// Who.
        user: String,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The server is older than this system works with.
    #[error(
        "nats-server {version} is too old: 2.10 or newer is needed (2.12.6 or newer recommended); \
         install a newer one or set the bus address to one"
    )]
    ServerTooOld {
        /// What the server says it is.
        version: String,
    },
    /// The server runs without JetStream.
    #[error(
        "the server at {urls} runs without JetStream; add a jetstream block to its configuration"
    )]
    NoJetStream {
        /// What was tried.
        urls: String,
    },
    /// The connection did not close in time.
    #[error("the connection did not close within {} s", DRAIN_BOUND.as_secs())]
    DrainTimedOut,
}

/// What the connection has gone through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusStatus {
    /// Whether a server is there now.
    pub connected: bool,
    /// Whether the connection has ended for good.
    pub closed: bool,
    /// How often it was lost.
    pub disconnects: u64,
    /// How often messages were dropped because nobody took them fast enough.
    pub slow_consumers: u64,
    /// How often the server complained; a refused subject is such a complaint.
    pub server_errors: u64,
    /// The latest subject that the server does not let this user use.
    pub refusal: Option<Refusal>,
}

/// A connection to the bus. Clones share it.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    status: watch::Receiver<BusStatus>,
    monitoring_url: Option<Arc<str>>,
}

impl Bus {
    /// Connects, retrying within the settings' bound, and checks the server.
    ///
    /// # Errors
    /// When a file of secrets cannot be read, no server answers in time or it refuses us, or the server is
    /// too old or without JetStream.
    pub async fn connect(settings: &BusSettings) -> Result<Self, BusError> {
        install_tls_provider();
        if settings.urls.is_empty() {
            return Err(BusError::Settings(
                "urls is empty; name at least one server",
            ));
        }
        let urls = settings.urls.join(", ");
        let (status, seen) = watch::channel(BusStatus::default());
        let status = Arc::new(status);
        let client = first_connection(settings, &urls, &status).await?;
        let info = client.server_info();
        if !server_is_supported(&info.version) {
            return Err(BusError::ServerTooOld {
                version: info.version,
            });
        }
        if !info.jetstream {
            return Err(BusError::NoJetStream { urls });
        }
        // The event of the first connection may still be on its way.
        status.send_modify(|status| status.connected = true);
        let jetstream = jetstream::ContextBuilder::new()
            .timeout(Duration::from_millis(settings.request_timeout_ms))
            .build(client.clone());
        let monitoring_url = settings.server_monitoring_url.as_deref().map(Arc::from);
        Ok(Self {
            client,
            jetstream,
            status: seen,
            monitoring_url,
        })
    }

    /// What the connection has gone through, now and as it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<BusStatus> {
        self.status.clone()
    }

    /// Waits until the server refuses this user a subject. Whoever waits for an answer may be waiting for one that
    /// will never come: race the two. Cancel safe.
    pub async fn refused(&self) -> Refusal {
        let mut status = self.status();
        let refused = status.wait_for(|status| status.refusal.is_some()).await;
        match refused.ok().and_then(|status| status.refusal.clone()) {
            Some(refusal) => refusal,
            // The connection has ended: nothing is refused on it any more.
            None => std::future::pending().await,
        }
    }

    /// The version of the server connected to.
    #[must_use]
    pub fn server_version(&self) -> String {
        self.client.server_info().version
    }

    /// A name that nobody else's consumer has.
    pub(crate) fn fresh_name(&self) -> String {
        let inbox = self.client.new_inbox();
        inbox.rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// The server's monitoring address, when the settings name it.
    #[must_use]
    pub fn monitoring_url(&self) -> Option<&str> {
        self.monitoring_url.as_deref()
    }

    /// Whether the server has at least this version.
    #[must_use]
    pub fn server_is_at_least(&self, major: u32, minor: u32) -> bool {
        parse_version(&self.server_version()).is_some_and(|have| have >= (major, minor))
    }

    /// Sends what is buffered, ends every subscription after its last message, and closes.
    ///
    /// # Errors
    /// When the connection is not closed within a bound; what was acknowledged is safe all the same.
    pub async fn drain(&self) -> Result<(), BusError> {
        let mut status = self.status();
        let drained = async {
            // A closed connection refuses both, which is what we are after.
            if let Err(error) = self.client.flush().await {
                tracing::debug!(%error, "flush before draining");
            }
            if let Err(error) = self.client.drain().await {
                tracing::debug!(%error, "drain");
            }
            status.wait_for(|status| status.closed).await.is_ok()
        };
        match tokio::time::timeout(DRAIN_BOUND, drained).await {
            Ok(_) => Ok(()),
            Err(_) => Err(BusError::DrainTimedOut),
        }
    }
}

/// With two providers compiled in, TLS panics; with none installed, too. So one is chosen, once.
fn install_tls_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // A provider that the process installed earlier stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

async fn first_connection(
    settings: &BusSettings,
    urls: &str,
    status: &Arc<watch::Sender<BusStatus>>,
) -> Result<Client, BusError> {
    let deadline = Instant::now() + Duration::from_millis(settings.connect_timeout_ms);
    let mut delay = FIRST_RETRY_DELAY;
    loop {
        let options = connect_options(settings, Arc::clone(status)).await?;
        let source = match options.connect(settings.urls.as_slice()).await {
            Ok(client) => return Ok(client),
            Err(source) => source,
        };
        let retryable = matches!(
            source.kind(),
            ConnectErrorKind::Io | ConnectErrorKind::TimedOut | ConnectErrorKind::Dns
        );
        let refused = matches!(
            source.kind(),
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation
        );
        if refused {
            return Err(BusError::NotLetIn {
                urls: urls.to_owned(),
                user: named(settings),
                source: Box::new(source),
            });
        }
        if !retryable || Instant::now() + delay > deadline {
            return Err(BusError::Connect {
                urls: urls.to_owned(),
                source: Box::new(source),
            });
        }
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(LONGEST_RETRY_DELAY);
    }
}

async fn connect_options(
    settings: &BusSettings,
    status: Arc<watch::Sender<BusStatus>>,
) -> Result<ConnectOptions, BusError> {
    let mut options = ConnectOptions::new()
        .name(&settings.client_name)
        .ping_interval(PING_INTERVAL)
        .request_timeout(Some(Duration::from_millis(settings.request_timeout_ms)))
        .custom_inbox_prefix(inbox_prefix(settings))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| {
            let status = Arc::clone(&status);
            async move { note(&event, &status) }
        });
    match (&settings.user, &settings.password_file) {
        (Some(user), Some(path)) => {
            let password = read_secret("a password", path).await?;
            options = options.user_and_password(user.clone(), password);
        }
        (None, None) => {}
        _ => {
            return Err(BusError::Settings(
                "user and password_file go together; set both",
            ));
        }
    }
    if let Some(path) = &settings.nkey_seed_file {
        options = options.nkey(read_secret("an nkey seed", path).await?);
    }
    if let Some(path) = &settings.creds_file {
        options = options
            .credentials_file(path)
            .await
            .map_err(|source| BusError::Secret {
                what: "credentials",
                path: path.clone(),
                source,
            })?;
    }
    if let Some(path) = &settings.tls_ca_file {
        read_secret("certificates", path).await?;
        options = options.add_root_certificates(path.clone());
    }
    Ok(options)
}

/// How the user is called, where settings name one.
fn named(settings: &BusSettings) -> String {
    match &settings.user {
        Some(user) => format!("user {user}"),
        None => "a client without a user".to_owned(),
    }
}

fn inbox_prefix(settings: &BusSettings) -> String {
    match (&settings.inbox_prefix, &settings.user) {
        (Some(prefix), _) => prefix.clone(),
        (None, Some(user)) => format!("_INBOX_{user}"),
        (None, None) => "_INBOX".to_owned(),
    }
}

async fn read_secret(what: &'static str, path: &Path) -> Result<String, BusError> {
    match tokio::fs::read_to_string(path).await {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(source) => Err(BusError::Secret {
            what,
            path: path.to_owned(),
            source,
        }),
    }
}

fn reconnect_delay(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt).unwrap_or(u32::MAX).min(6);
    (FIRST_RETRY_DELAY * 2_u32.pow(doublings)).min(LONGEST_RETRY_DELAY)
}

fn note(event: &Event, status: &watch::Sender<BusStatus>) {
    match event {
        Event::Connected => tracing::info!("connected to the bus"),
        Event::Disconnected => tracing::warn!("lost the bus; reconnecting"),
        Event::SlowConsumer(_) => tracing::warn!("messages dropped: nobody took them fast enough"),
        Event::ServerError(error) => tracing::warn!(%error, "the server complained"),
        Event::ClientError(error) => tracing::warn!(%error, "the client failed"),
        Event::LameDuckMode | Event::Draining | Event::Closed => tracing::info!(%event, "bus"),
    }
    status.send_modify(|status| match event {
        Event::Connected => status.connected = true,
        Event::Disconnected => {
            status.connected = false;
            status.disconnects += 1;
        }
        Event::SlowConsumer(_) => status.slow_consumers += 1,
        Event::ServerError(error) => {
            status.server_errors += 1;
            let refusal = Refusal::of(&error.to_string());
            status.refusal = refusal.or(status.refusal.take());
        }
        Event::Closed => {
            status.connected = false;
            status.closed = true;
        }
        Event::ClientError(_) | Event::LameDuckMode | Event::Draining => {}
    });
}

/// Whether a server that calls itself this is new enough.
pub(crate) fn server_is_supported(version: &str) -> bool {
    parse_version(version).is_some_and(|have| have >= SERVER_FLOOR)
}

fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests;
