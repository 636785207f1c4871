//! What can be set of the gateway. Without a file of vendors there is nobody to serve, and `up` starts none.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::vendors::{Vendors, VendorsError};
use crate::webhook::WebhookError;

/// The port on loopback unless another is set.
const USUAL_PORT: u16 = 8480;

/// Settings of the gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySettings {
    /// Who may come, and where boards are sent to. Read at the start.
    pub vendors_file: Option<PathBuf>,
    /// Where it listens; port 0 lets the system choose one.
    pub listen: SocketAddr,
    /// Whether something before it takes care of TLS; else it listens on loopback alone.
    pub tls_ends_before: bool,
    /// How many connections may be open at once; more wait until one ends.
    pub max_connections: usize,
    /// How many streams of events one client may have open at once.
    pub max_streams_per_client: usize,
    /// How often a stream of events that is quiet shows that it is there, in milliseconds.
    pub heartbeat_ms: u64,
    /// Who takes nothing of what is sent for this long is cut off, in milliseconds.
    pub stalled_ms: u64,
    /// A board that a webhook's receiver does not take for this long is put aside, in milliseconds.
    pub webhook_give_up_ms: u64,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            vendors_file: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT)),
            tls_ends_before: false,
            max_connections: 512,
            max_streams_per_client: 16,
            heartbeat_ms: 15_000,
            stalled_ms: 30_000,
            webhook_give_up_ms: 3 * 24 * 60 * 60 * 1_000,
        }
    }
}

/// What of the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is nobody to serve.
    #[error(
        "the gateway has nobody to serve: name a file of clients and webhooks as gateway.vendors_file \
         (`cardex gateway token` makes an entry)"
    )]
    NoVendors,
    /// Tokens would travel in the clear.
    #[error(
        "gateway.listen is {0}, beyond loopback, where tokens and boards would travel in the clear; put something that \
         speaks TLS before it and say so with gateway.tls_ends_before = true, or listen on loopback"
    )]
    Clear(SocketAddr),
    /// A number that leaves nothing.
    #[error("gateway.{0} must be more than 0")]
    Nothing(&'static str),
    /// The file of vendors.
    #[error(transparent)]
    Vendors(#[from] VendorsError),
    /// A webhook in it.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

impl GatewaySettings {
    /// Whether there is anybody to serve.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.vendors_file.is_some()
    }

    /// Looks at everything, the file of vendors and the files that it names included.
    ///
    /// # Errors
    /// With what can't be used.
    pub fn check(&self) -> Result<Vendors, SettingsError> {
        let file = self.vendors_file.as_ref().ok_or(SettingsError::NoVendors)?;
        if !self.listen.ip().is_loopback() && !self.tls_ends_before {
            return Err(SettingsError::Clear(self.listen));
        }
        for (name, value) in [
            ("max_connections", self.max_connections as u64),
            ("max_streams_per_client", self.max_streams_per_client as u64),
            ("heartbeat_ms", self.heartbeat_ms),
            ("stalled_ms", self.stalled_ms),
            ("webhook_give_up_ms", self.webhook_give_up_ms),
        ] {
            if value == 0 {
                return Err(SettingsError::Nothing(name));
            }
        }
        let vendors = Vendors::read(file)?;
        vendors.check()?;
        Ok(vendors)
    }

    pub(crate) const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }

    pub(crate) const fn stalled(&self) -> Duration {
        Duration::from_millis(self.stalled_ms)
    }

    pub(crate) const fn webhook_give_up(&self) -> Duration {
        Duration::from_millis(self.webhook_give_up_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_travel_in_the_clear_on_loopback_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut settings = GatewaySettings {
            vendors_file: Some(file.path().to_owned()),
            ..GatewaySettings::default()
        };
        assert!(settings.check().is_ok());
        settings.listen = "0.0.0.0:8480".parse().unwrap();
        assert!(matches!(settings.check(), Err(SettingsError::Clear(_))));
        settings.tls_ends_before = true;
        assert!(settings.check().is_ok());
        settings.stalled_ms = 0;
        assert!(matches!(
            settings.check(),
            Err(SettingsError::Nothing("stalled_ms"))
        ));
        settings.vendors_file = None;
        assert!(matches!(settings.check(), Err(SettingsError::NoVendors)));
    }
}
