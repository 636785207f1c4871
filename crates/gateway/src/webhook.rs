//! Webhooks: each board of a department is posted to a vendor's URL, signed, in order for each stay, until it is taken. How
//! far a webhook has come is known to its durable on the bus alone.
//!
//! A board is complete: it takes the place of the one before. So while the receiver takes what it is sent, every revision
//! comes to it in order; what it does not take, however often it is tried, gives way to a newer revision of its stay.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use cardex_bus::consume::ListenError;
use cardex_bus::permissions::webhook_durable;
use cardex_bus::streams::PROMPTS;
use cardex_bus::{Begin, Bus, DurableListener, DurableSettings};
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::{Health, Heartbeat};
use cardex_runtime::metrics::Gauge;
use cardex_runtime::settings::{SecretError, SecretFile};
use cardex_wire::PromptSubject;
use cardex_wire::subject::Token as Name;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::meters::Meters;
use crate::vendors::{parsed, token, uri};

mod lines;
mod pace;
mod post;
mod sign;
mod work;

use post::{Post, PostError};
use sign::Secrets;
pub use sign::{FRESH_SECRET_BYTES, NoSecret, secret_of};
use work::Work;

/// What is neither taken nor kept in progress for so long comes again: after a kill, that is how long the boards that were
/// under way wait.
const ACK_WAIT: Duration = Duration::from_secs(10);
/// How often what is held is kept in progress, and the loop shows that it is alive.
const BEAT: Duration = Duration::from_secs(3);
/// The most boards of one webhook that are held here; more wait in the stream.
const HELD_MAX: u32 = 256;
/// How often it is looked how much is still to be sent.
const BACKLOG_EVERY: Duration = Duration::from_secs(5);
/// The loop must show that it is alive at least this often.
const HEARTBEAT_MAX_AGE: Duration = Duration::from_secs(60);
/// How long an attempt may take unless the webhook says otherwise; the specification asks for 15 to 30 s.
const TIMEOUT_MS: u64 = 15_000;

/// One receiver of one department's boards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// What it is called in logs and metrics, and on the bus.
    #[serde(deserialize_with = "parsed")]
    pub name: Name,
    /// The hotel.
    #[serde(deserialize_with = "parsed")]
    pub property: PropertyId,
    /// Whose boards it gets.
    #[serde(deserialize_with = "parsed")]
    pub department: DepartmentId,
    /// Where they are posted to.
    #[serde(deserialize_with = "uri")]
    pub url: Uri,
    /// The file of the secret, or of several while it is changed, that they are signed with.
    pub secret_file: SecretFile,
    /// Certificates to check the receiver's against, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether boards may go beyond this machine in the clear.
    #[serde(default)]
    pub allow_http: bool,
    /// How long an attempt may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

const fn timeout_ms() -> u64 {
    TIMEOUT_MS
}

/// Why a webhook can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Its secret can't be read.
    #[error("the secret of webhook {name} can't be read")]
    Unreadable {
        /// The webhook.
        name: String,
        /// Why not.
        #[source]
        source: SecretError,
    },
    /// Its secret is none.
    #[error("the secret of webhook {name} can't be used")]
    Secret {
        /// The webhook.
        name: String,
        /// Why not.
        #[source]
        source: NoSecret,
    },
    /// Its URL is none to post to.
    #[error("the url of webhook {name} must be https://host/path, without user and fragment")]
    Url {
        /// The webhook.
        name: String,
    },
    /// Boards would leave this machine in the clear.
    #[error(
        "the url of webhook {name} is http:// beyond this machine, where boards would travel in the clear; use https://, \
         or say allow_http = true where the way there is the hotel's own"
    )]
    Clear {
        /// The webhook.
        name: String,
    },
    /// There is no way to post.
    #[error("webhook {name} can't be posted to")]
    Post {
        /// The webhook.
        name: String,
        /// Why not.
        #[source]
        source: PostError,
    },
    /// Its durable can't be had.
    #[error("webhook {name} can't read the boards")]
    Listen {
        /// The webhook.
        name: String,
        /// Why not.
        #[source]
        source: ListenError,
    },
}

impl Webhook {
    /// Looks at everything but the bus.
    ///
    /// # Errors
    /// With what can't be used.
    pub fn check(&self) -> Result<(), WebhookError> {
        self.post().map(drop)
    }

    fn post(&self) -> Result<Post, WebhookError> {
        let name = || self.name.to_string();
        let authority = self
            .url
            .authority()
            .ok_or_else(|| WebhookError::Url { name: name() })?;
        let secure = match self.url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(WebhookError::Url { name: name() }),
        };
        if authority.as_str().contains('@') {
            return Err(WebhookError::Url { name: name() });
        }
        if !secure && !self.allow_http && !is_loopback(authority.host()) {
            return Err(WebhookError::Clear { name: name() });
        }
        let secret = self.secret_file.read();
        let secret = secret.map_err(|source| WebhookError::Unreadable {
            name: name(),
            source,
        })?;
        let secrets = Secrets::parse(secret.expose());
        let secrets = secrets.map_err(|source| WebhookError::Secret {
            name: name(),
            source,
        })?;
        let timeout = Duration::from_millis(self.timeout_ms);
        let post = Post::new(self.url.clone(), secrets, self.ca_file.as_deref(), timeout);
        post.map_err(|source| WebhookError::Post {
            name: name(),
            source,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A webhook that is ready to run.
pub(crate) struct Sender {
    deliveries: DurableListener,
    work: Arc<Work>,
    bus: Bus,
    durable: String,
    backlog: Gauge,
    heartbeat: Heartbeat,
}

impl Sender {
    /// Makes the durable, or goes on with it.
    pub(crate) async fn start(
        bus: &Bus,
        webhook: &Webhook,
        give_up: Duration,
        health: &Health,
        meters: &Meters,
    ) -> Result<Self, WebhookError> {
        let post = webhook.post()?;
        let name = webhook.name.to_string();
        let property = token(webhook.property.as_str());
        let department = token(webhook.department.as_str());
        let durable = webhook_durable(&property, &department, &webhook.name);
        let settings = DurableSettings {
            stream: PROMPTS.to_owned(),
            name: durable.clone(),
            filter_subjects: vec![PromptSubject::of_department(
                &webhook.property,
                &webhook.department,
            )],
            ack_wait: ACK_WAIT,
            max_ack_pending: HELD_MAX,
            begin: Begin::LastPerSubject,
        };
        let failed = |source| WebhookError::Listen {
            name: name.clone(),
            source,
        };
        let deliveries = DurableListener::open(bus, settings).await.map_err(failed)?;
        let progress = bus.durable_progress(PROMPTS, &durable).await;
        let progress = progress.map_err(failed)?;
        let condition = health
            .readiness
            .condition(format!("gateway.webhook.{name}"));
        condition.ready();
        let heartbeat = format!("gateway.webhook.{name}");
        let heartbeat = health.liveness.heartbeat(heartbeat, HEARTBEAT_MAX_AGE);
        Ok(Self {
            deliveries,
            backlog: meters.webhook_backlog.with([&name]),
            work: Arc::new(Work::new(name, post, give_up, progress, condition, meters)),
            bus: bus.clone(),
            durable,
            heartbeat,
        })
    }

    /// Runs until told to stop. What is under way then and not taken comes again at the next start.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look_at = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                delivery = self.deliveries.next(), if !self.work.is_gone() => {
                    self.work.take(delivery, &stop).await;
                }
                _ = beat.tick() => {
                    self.heartbeat.beat();
                    self.work.keep_in_progress().await;
                    if look_at <= Instant::now() {
                        look_at = Instant::now() + BACKLOG_EVERY;
                        self.look().await;
                    }
                }
                () = self.work.asks_where_it_stands() => self.look().await,
            }
        }
        self.work.finished().await;
        self.heartbeat.retire();
    }

    /// Looks where the durable stands.
    async fn look(&self) {
        match self.bus.durable_progress(PROMPTS, &self.durable).await {
            Ok(progress) => {
                self.work.stands_at(progress);
                let boards = i64::try_from(progress.backlog).unwrap_or(i64::MAX);
                self.backlog.set(boards);
            }
            Err(error) => tracing::warn!(
                durable = self.durable,
                error = &error as &dyn std::error::Error,
                "how much is still to be sent is not known"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
