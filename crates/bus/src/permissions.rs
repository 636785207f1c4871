//! Who may do what, as text for the server's configuration: exact allow-lists and nothing else.
//!
//! What no department's user ever has: `$JS.API.>` (it reads any stream), `_INBOX.>` (everybody's replies),
//! `$JS.ACK.>` (forged acknowledgements) and `allow_responses` (it escapes the list).

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Bus;
use crate::consume::{self, Begin, DurableSettings, ListenError};
use crate::startup::may_pass;
use crate::streams::PROMPTS;
use crate::subjects::Token;

mod services;

/// How long a board may stay unacknowledged before it comes again.
const BOARD_ACK_WAIT: Duration = Duration::from_secs(30);
const BOARD_MAX_ACK_PENDING: u32 = 1_000;

/// The file of users beside the server's own configuration, which includes it.
pub const PERMISSIONS_FILE: &str = "cardex-permissions.conf";

/// A subject that nobody listens to.
const NOTHING: &str = "cardex-nothing";

/// Something a user may do at its property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// Publish one department's observations and outcomes from one app.
    Observe {
        /// The department.
        department: Token,
        /// The app.
        app: Token,
    },
    /// Read one department's boards: live, by its pre-made durable, or by asking.
    Board {
        /// The department.
        department: Token,
    },
    /// Publish stay events.
    Stay,
    /// Publish corrections.
    GuestOps,
    /// Ask for profiles as one department.
    Profile {
        /// The department.
        department: Token,
    },
    /// Publish any department's observations and outcomes from one app, naming whom it speaks for. Events of
    /// that app, and of no other, may name somebody.
    OnBehalf {
        /// The app.
        app: Token,
    },
    /// Serve one department's software over HTTP: read its boards, publish its outcomes from one app. Which of the
    /// departments that one gateway serves is spoken to is for its tokens to say: it can read the consumers of all.
    Gateway {
        /// The department.
        department: Token,
        /// The app.
        app: Token,
    },
    /// Work off one department's boards for one webhook.
    Webhook {
        /// The department.
        department: Token,
        /// The webhook.
        name: Token,
    },
    /// Be one of this system's own services.
    Service(ServiceRole),
}

impl FromStr for Capability {
    type Err = PermissionsError;

    /// `observe:<department>/<app>`, `board:<department>`, `stay`, `guest-ops`, `profile:<department>`,
    /// `on-behalf:<app>`, `gateway:<department>/<app>`, `webhook:<department>/<name>`, `service:aggregator`,
    /// `service:checkin` or `service:operator`.
    fn from_str(text: &str) -> Result<Self, PermissionsError> {
        let unknown = || PermissionsError::UnknownCapability(text.to_owned());
        let token = |text: &str| Token::new(text).map_err(|_| unknown());
        let pair = |of: &str| {
            let (department, other) = of.split_once('/').ok_or_else(unknown)?;
            Ok((token(department)?, token(other)?))
        };
        let (kind, of) = text.split_once(':').unwrap_or((text, ""));
        Ok(match (kind, of) {
            ("observe", of) => {
                let (department, app) = pair(of)?;
                Self::Observe { department, app }
            }
            ("gateway", of) => {
                let (department, app) = pair(of)?;
                Self::Gateway { department, app }
            }
            ("webhook", of) => {
                let (department, name) = pair(of)?;
                Self::Webhook { department, name }
            }
            ("board", department) => Self::Board {
                department: token(department)?,
            },
            ("profile", department) => Self::Profile {
                department: token(department)?,
            },
            ("on-behalf", app) => Self::OnBehalf { app: token(app)? },
            ("stay", "") => Self::Stay,
            ("guest-ops", "") => Self::GuestOps,
            ("service", "aggregator") => Self::Service(ServiceRole::Aggregator),
            ("service", "checkin") => Self::Service(ServiceRole::Checkin),
            ("service", "operator") => Self::Service(ServiceRole::Operator),
            _ => return Err(unknown()),
        })
    }
}

/// This system's own services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRole {
    /// Consumes events, answers questions.
    Aggregator,
    /// Turns events into boards.
    Checkin,
    /// The people who run it: settings, corrections, every question, looking at streams.
    Operator,
}

/// How a user proves itself. Shown, it says only which kind it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A bcrypt hash, as `nats server passwd` makes it.
    Bcrypt(String),
    /// The password itself; for tests and one's own loopback.
    Plain(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bcrypt(_) => "Bcrypt(…)",
            Self::Plain(_) => "Plain(…)",
        })
    }
}

/// A user of the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name; its replies go to `_INBOX_<name>`.
    pub name: Token,
    /// Its property.
    pub property: Token,
    /// How it proves itself.
    pub secret: Secret,
    /// What it may do.
    pub capabilities: Vec<Capability>,
}

/// A server's configuration but for its users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfiguration {
    /// Where it listens; loopback unless TLS is added.
    pub listen: String,
    /// Where it is monitored.
    pub monitoring: String,
    /// Where its data lies.
    pub store_dir: PathBuf,
}

/// Why no configuration can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionsError {
    /// The text names no capability.
    #[error(
        "{0:?} is no capability; write observe:<department>/<app>, board:<department>, stay, guest-ops, \
         profile:<department>, on-behalf:<app>, gateway:<department>/<app>, webhook:<department>/<name> or \
         service:aggregator, service:checkin, service:operator"
    )]
    UnknownCapability(String),
    /// Two users share a name, and so an inbox.
    #[error("two users are called {0}; each needs a name, and so an inbox, of its own")]
    SameName(String),
    /// The text given as a hash is none.
    #[error("the secret of {0} is not a bcrypt hash; make one with `nats server passwd`")]
    NotBcrypt(String),
}

/// What one user may publish and subscribe to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Subjects it may publish to.
    pub publish: BTreeSet<String>,
    /// Subjects it may subscribe to.
    pub subscribe: BTreeSet<String>,
}

impl Allowed {
    fn publish(&mut self, subjects: impl IntoIterator<Item = impl Into<String>>) {
        self.publish.extend(subjects.into_iter().map(Into::into));
    }

    fn subscribe(&mut self, subjects: impl IntoIterator<Item = impl Into<String>>) {
        self.subscribe.extend(subjects.into_iter().map(Into::into));
    }

    /// Using one durable of the stream of boards.
    fn work_off_boards(&mut self, durable: &str) {
        self.publish([
            format!("$JS.API.CONSUMER.INFO.{PROMPTS}.{durable}"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{PROMPTS}.{durable}"),
            format!("$JS.ACK.{PROMPTS}.{durable}.>"),
            // The newer form. A wildcard instead of `_`, which means no domain, would also match the
            // acknowledgements of another stream's durable in the older form.
            format!("$JS.ACK._.*.{PROMPTS}.{durable}.>"),
        ]);
    }
}

/// The inbox prefix of a user.
#[must_use]
pub fn inbox_prefix(user: &str) -> String {
    format!("_INBOX_{user}")
}

/// The name of the durable that delivers one department's boards. Tokens have no capitals, so no two
/// departments share a name.
#[must_use]
pub fn board_durable(property: &Token, department: &Token) -> String {
    format!("BOARD-{property}-FOR-{department}")
}

/// The name of the durable that delivers one department's boards to one webhook.
#[must_use]
pub fn webhook_durable(property: &Token, department: &Token, name: &Token) -> String {
    format!("WEBHOOK-{name}-AT-{property}-FOR-{department}")
}

/// Makes the durables of these departments' boards, which their users may not make themselves.
///
/// # Errors
/// When the server does not do it.
pub async fn ensure_board_durables(
    bus: &Bus,
    boards: &[(Token, Token)],
) -> Result<(), ListenError> {
    for (property, department) in boards {
        let settings = DurableSettings {
            stream: PROMPTS.to_owned(),
            name: board_durable(property, department),
            filter_subjects: vec![format!("cardex.{property}.prompt.{department}.*")],
            ack_wait: BOARD_ACK_WAIT,
            max_ack_pending: BOARD_MAX_ACK_PENDING,
            begin: Begin::LastPerSubject,
        };
        let made = bus.patiently(
            "making a durable",
            |error: &ListenError| may_pass(error),
            || consume::make_durable(bus, &settings),
        );
        made.await?;
    }
    Ok(())
}

impl User {
    /// What this user may publish and subscribe to, among these users.
    #[must_use]
    pub fn allowed(&self, all: &[Self]) -> Allowed {
        let mut allowed = Allowed::default();
        allowed.subscribe([format!("{}.>", inbox_prefix(self.name.as_str()))]);
        for capability in &self.capabilities {
            self.allow(capability, all, &mut allowed);
        }
        allowed
    }

    fn allow(&self, capability: &Capability, all: &[Self], allowed: &mut Allowed) {
        let at = &self.property;
        match capability {
            Capability::Observe { department, app } => allowed.publish([
                format!("cardex.{at}.observation.{department}.{app}"),
                format!("cardex.{at}.outcome.{department}.{app}"),
            ]),
            Capability::OnBehalf { app } => allowed.publish([
                format!("cardex.{at}.observation.*.{app}"),
                format!("cardex.{at}.outcome.*.{app}"),
            ]),
            Capability::Stay => allowed.publish([format!("cardex.{at}.stay.*")]),
            Capability::GuestOps => allowed.publish([format!("cardex.{at}.guest.*")]),
            Capability::Profile { department } => {
                allowed.publish([format!("cardex.profile.{at}.{department}.*")]);
            }
            Capability::Board { department } => {
                let durable = board_durable(at, department);
                allowed.subscribe([format!("cardex.{at}.prompt.{department}.*")]);
                allowed.publish([format!("cardex.profile.{at}.{department}.boards")]);
                allowed.work_off_boards(&durable);
            }
            Capability::Gateway { department, app } => {
                allowed.publish([
                    format!("cardex.{at}.outcome.{department}.{app}"),
                    format!("$JS.API.STREAM.INFO.{PROMPTS}"),
                    // Consumers of one's own, under names that are made up, of this department's boards alone.
                    format!(
                        "$JS.API.CONSUMER.CREATE.{PROMPTS}.*.cardex.{at}.prompt.{department}.*"
                    ),
                    format!("$JS.API.CONSUMER.INFO.{PROMPTS}.*"),
                    format!("$JS.API.CONSUMER.MSG.NEXT.{PROMPTS}.*"),
                ]);
            }
            Capability::Webhook { department, name } => {
                let durable = webhook_durable(at, department, name);
                let filter = format!("cardex.{at}.prompt.{department}.*");
                allowed.publish([format!(
                    "$JS.API.CONSUMER.CREATE.{PROMPTS}.{durable}.{filter}"
                )]);
                allowed.work_off_boards(&durable);
            }
            Capability::Service(role) => services::allow(*role, all, allowed),
        }
    }

    /// The departments whose boards this user reads, with their property.
    pub fn boards(&self) -> impl Iterator<Item = (Token, Token)> {
        self.capabilities
            .iter()
            .filter_map(|capability| match capability {
                Capability::Board { department } => {
                    Some((self.property.clone(), department.clone()))
                }
                _ => None,
            })
    }
}

impl ServerConfiguration {
    /// The text of the server's configuration file, to which its users are still to be added: as
    /// [`authorization`] writes them, or by [`include_permissions`].
    #[must_use]
    pub fn render(&self) -> String {
        format!(
            "# Made by `cardex bus config`, and yours from now on: put TLS in before it listens beyond loopback.\n\
             listen: {}\n\
             http: {}\n\
             jetstream {{\n  store_dir: {}\n  # Written to disk before it is acknowledged.\n  sync_interval: always\n}}\n",
            quoted(&self.listen),
            quoted(&self.monitoring),
            quoted(&self.store_dir.to_string_lossy()),
        )
    }
}

/// The line of a server's configuration that takes in the users, from [`PERMISSIONS_FILE`] beside it.
#[must_use]
pub fn include_permissions() -> String {
    format!("include {PERMISSIONS_FILE}\n")
}

/// The users' part of a server's configuration.
///
/// # Errors
/// When two users share a name or a hash is none.
pub fn authorization(users: &[User]) -> Result<String, PermissionsError> {
    let mut names = BTreeSet::new();
    let mut text = String::from("authorization {\n  users: [\n");
    for user in users {
        let name = user.name.to_string();
        if !names.insert(name.clone()) {
            return Err(PermissionsError::SameName(name));
        }
        let secret = match &user.secret {
            Secret::Bcrypt(hash) if is_bcrypt(hash) => hash,
            Secret::Bcrypt(_) => return Err(PermissionsError::NotBcrypt(name)),
            Secret::Plain(password) => password,
        };
        let allowed = user.allowed(users);
        let written = write!(
            text,
            "    {{\n      user: {}\n      password: {}\n      permissions: {{\n        \
             publish: {{ allow: {} }}\n        subscribe: {{ allow: {} }}\n      }}\n    }}\n",
            quoted(&name),
            quoted(secret),
            list(&allowed.publish),
            list(&allowed.subscribe),
        );
        written.expect("writing to a string cannot fail");
    }
    text.push_str("  ]\n}\n");
    Ok(text)
}

fn is_bcrypt(hash: &str) -> bool {
    hash.len() == 60
        && ["$2a$", "$2b$", "$2y$"]
            .iter()
            .any(|kind| hash.starts_with(kind))
}

fn list(subjects: &BTreeSet<String>) -> String {
    // The server takes an empty list for no restriction.
    if subjects.is_empty() {
        return format!("[ {} ]", quoted(NOTHING));
    }
    let lines: Vec<_> = subjects
        .iter()
        .map(|subject| format!("          {}", quoted(subject)))
        .collect();
    format!("[\n{}\n        ]", lines.join("\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
