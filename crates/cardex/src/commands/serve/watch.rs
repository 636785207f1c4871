//! What readiness says of the bus: whether it is there, and whether it keeps what it acknowledges.

use std::collections::BTreeMap;
use std::time::Duration;

use cardex_bus::Bus;
use cardex_bus::streams::{Hotel, SyncCheck, check_sync_always, sourced};
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

/// How often it is looked what there is of hotels' events.
const HOTELS_EVERY: Duration = Duration::from_secs(5);
/// So long a hotel may be away, or its events be on their way, before anybody has to know.
const HOTELS_PATIENCE: u32 = 12;

/// Warns while events of a hotel are not here, or nobody knows whether they are, until told to stop.
pub(super) async fn hotels(bus: Bus, readiness: Readiness, token: CancellationToken) {
    let condition = readiness.condition("bus.hotels");
    condition.ready();
    let mut looks = tokio::time::interval(HOTELS_EVERY);
    let mut late = Late::default();
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = token.cancelled() => return,
        }
        // Headquarters' own server being away is said elsewhere.
        let Ok(hotels) = sourced(&bus).await else {
            continue;
        };
        let missing = late.look(&hotels);
        if missing.is_empty() {
            condition.ready();
        } else {
            condition.warn(missing.join("; "));
        }
    }
}

/// Hotels of which not all is here: how far each was when it last got on, and how many looks ago that is.
#[derive(Debug, Default)]
struct Late(BTreeMap<String, (u64, u32)>);

impl Late {
    /// What is to be said of those that have not got on for too long.
    fn look(&mut self, hotels: &[Hotel]) -> Vec<String> {
        let mut said = Vec::new();
        for hotel in hotels {
            if is_level(hotel) {
                self.0.remove(&hotel.domain);
                continue;
            }
            let (has, looks) = self.0.entry(hotel.domain.clone()).or_insert((hotel.has, 0));
            if hotel.has > *has {
                (*has, *looks) = (hotel.has, 0);
            }
            *looks += 1;
            if *looks > HOTELS_PATIENCE {
                said.push(missing(hotel));
            }
        }
        said
    }
}

fn is_level(hotel: &Hotel) -> bool {
    hotel.last == Some(hotel.has)
}

fn missing(Hotel { domain, has, last }: &Hotel) -> String {
    match last {
        None => format!("hotel {domain} does not answer; its events after {has} are not here"),
        Some(last) if last < has => format!(
            "the events of hotel {domain} end at {last}, and {has} were here: its stream was made anew or cut short"
        ),
        Some(last) => format!(
            "{} events of hotel {domain} are not here, and none comes; look at the line and at \
             `nats stream info CARDEX_EVENTS`",
            last - has
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hotel(has: u64, last: Option<u64>) -> [Hotel; 1] {
        let domain = "macau".to_owned();
        [Hotel { domain, has, last }]
    }

    #[test]
    fn a_hotel_is_named_once_nothing_of_it_has_come_for_long() {
        for (has, last, says) in [
            (7, None, "does not answer"),
            (7, Some(9), "2 events of hotel macau are not here"),
            (7, Some(3), "made anew or cut short"),
        ] {
            let mut late = Late::default();
            for _ in 0..HOTELS_PATIENCE {
                assert!(late.look(&hotel(has, last)).is_empty());
            }
            let said = late.look(&hotel(has, last));
            assert!(said[0].contains(says), "{said:?}");
            assert!(late.look(&hotel(8, Some(8))).is_empty());
            assert!(late.look(&hotel(8, None)).is_empty(), "it begins anew");
        }
    }

    #[test]
    fn who_gets_on_is_only_late() {
        let mut late = Late::default();
        for has in 0..u64::from(HOTELS_PATIENCE) * 3 {
            assert!(late.look(&hotel(has, Some(1_000))).is_empty());
        }
    }
}
