//! What readiness says of the bus: whether it is there, and whether it keeps what it acknowledges.

use cardex_bus::Bus;
use cardex_bus::streams::{SyncCheck, check_sync_always};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Readiness;

/// Says whether the bus is there, until told to stop.
pub(super) async fn bus(bus: Bus, readiness: Readiness, token: CancellationToken) {
    let condition = readiness.condition("bus.connected");
    let mut status = bus.status();
    loop {
        if status.borrow_and_update().connected {
            condition.ready();
        } else {
            condition.not_ready("the connection is lost; trying again");
        }
        tokio::select! {
            changed = status.changed() => if changed.is_err() {
                return token.cancelled().await;
            },
            () = token.cancelled() => return,
        }
    }
}

/// Checks that the server writes to disk before it acknowledges; a warning says that it does not, or that nobody knows.
pub(super) async fn check_sync(bus: &Bus, readiness: &Readiness) -> Option<String> {
    let condition = readiness.condition("bus.sync_always");
    let checked = match bus.monitoring_url() {
        Some(url) => check_sync_always(url).await,
        None => SyncCheck::Unknown("nats.server_monitoring_url is not set".to_owned()),
    };
    let warning = match checked {
        SyncCheck::Always => {
            condition.ready();
            return None;
        }
        SyncCheck::Not(interval) => format!(
            "the server syncs every {interval} only: a power cut loses acknowledged events; \
             set jetstream.sync_interval to always"
        ),
        SyncCheck::Unknown(reason) => format!(
            "it is not known whether the server syncs before it acknowledges ({reason}); \
             set jetstream.sync_interval to always, and nats.server_monitoring_url to have it checked"
        ),
    };
    condition.warn(warning.clone());
    Some(warning)
}
