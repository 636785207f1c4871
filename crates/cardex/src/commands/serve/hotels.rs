//! What headquarters says of hotels with servers of their own: how much of what happened there is not here, and for how long
//! nothing of it has come.

use std::collections::BTreeMap;
use std::time::Duration;

use cardex_bus::Bus;
use cardex_bus::streams::{Hotel, sourced};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_runtime::metrics::{Gauge, Labelled, Metrics};
use tokio::time::Instant;

/// How often it is looked what there is of hotels' events.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// So long a hotel may be away, or its events be on their way, before anybody has to know.
const PATIENCE: Duration = Duration::from_secs(60);

/// Warns while events of a hotel are not here, or nobody knows whether they are, until told to stop.
pub(super) async fn watch(bus: Bus, health: Health, token: CancellationToken) {
    let condition = health.readiness.condition("bus.hotels");
    condition.ready();
    let meters = Meters::new(&health.metrics);
    let mut looks = tokio::time::interval(LOOK_EVERY);
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
        let mut said = Vec::new();
        for hotel in &hotels {
            let waited = late.look(hotel, Instant::now());
            meters.show(hotel, waited);
            if waited > PATIENCE {
                said.push(missing(hotel));
            }
        }
        if said.is_empty() {
            condition.ready();
        } else {
            condition.warn(said.join("; "));
        }
    }
}

struct Meters {
    lag_events: Labelled<Gauge, 1>,
    lag_seconds: Labelled<Gauge, 1>,
}

impl Meters {
    fn new(metrics: &Metrics) -> Self {
        Self {
            lag_events: metrics.gauges(
                "hotel_lag_events",
                "Events of the hotel's stream that are not here, as far as known; below 0 when it ends before what came of it",
                ["hotel"],
            ),
            lag_seconds: metrics.gauges(
                "hotel_lag_seconds",
                "For how long nothing of the hotel has come though something is missing or it does not answer",
                ["hotel"],
            ),
        }
    }

    fn show(&self, hotel: &Hotel, waited: Duration) {
        let domain = [hotel.domain.as_str()];
        if let Some(last) = hotel.last {
            let lag = last.cast_signed() - hotel.has.cast_signed();
            self.lag_events.with(domain).set(lag);
        }
        let seconds = waited.as_secs().cast_signed();
        self.lag_seconds.with(domain).set(seconds);
    }
}

/// Hotels of which not all is here: how far each was when it last got on, and when that was.
#[derive(Debug, Default)]
struct Late(BTreeMap<String, (u64, Instant)>);

impl Late {
    /// For how long a hotel has not got on; nothing when all of it is here.
    fn look(&mut self, hotel: &Hotel, now: Instant) -> Duration {
        if hotel.last == Some(hotel.has) {
            self.0.remove(&hotel.domain);
            return Duration::ZERO;
        }
        let stood = self.0.entry(hotel.domain.clone());
        let (has, since) = stood.or_insert((hotel.has, now));
        if hotel.has > *has {
            (*has, *since) = (hotel.has, now);
        }
        now - *since
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hotel(has: u64, last: Option<u64>) -> Hotel {
        let domain = "macau".to_owned();
        Hotel { domain, has, last }
    }

    #[test]
    fn it_is_known_for_how_long_nothing_of_a_hotel_has_come() {
        let began = Instant::now();
        let later = |seconds| began + Duration::from_secs(seconds);
        for (last, says) in [
            (None, "does not answer"),
            (Some(9), "2 events of hotel macau are not here"),
            (Some(3), "made anew or cut short"),
        ] {
            let mut late = Late::default();
            assert_eq!(late.look(&hotel(7, last), began), Duration::ZERO);
            assert_eq!(late.look(&hotel(7, last), later(70)).as_secs(), 70);
            assert!(missing(&hotel(7, last)).contains(says));
            assert_eq!(late.look(&hotel(9, Some(9)), later(75)), Duration::ZERO);
            assert_eq!(late.look(&hotel(9, None), later(80)), Duration::ZERO);
            assert_eq!(late.look(&hotel(9, None), later(85)).as_secs(), 5);
        }
    }

    #[test]
    fn who_gets_on_is_only_late() {
        let (mut late, began) = (Late::default(), Instant::now());
        for has in 0..100 {
            let now = began + LOOK_EVERY * u32::try_from(has).unwrap();
            assert_eq!(
                late.look(&hotel(has, Some(1_000)), now),
                Duration::ZERO,
                "{has}"
            );
        }
    }

    #[test]
    fn what_is_missing_of_a_hotel_is_measured() {
        let metrics = Metrics::new();
        let meters = Meters::new(&metrics);
        let shows = |hotel: &Hotel, waited, events: i64, seconds: u64| {
            meters.show(hotel, Duration::from_secs(waited));
            let text = metrics.encode().unwrap();
            for line in [
                format!("cardex_hotel_lag_events{{hotel=\"macau\"}} {events}\n"),
                format!("cardex_hotel_lag_seconds{{hotel=\"macau\"}} {seconds}\n"),
            ] {
                assert!(text.contains(&line), "{line}{text}");
            }
        };
        shows(&hotel(7, Some(9)), 5, 2, 5);
        shows(&hotel(7, None), 10, 2, 10);
        shows(&hotel(9, Some(9)), 0, 0, 0);
        shows(&hotel(9, Some(3)), 65, -6, 65);
    }
}
