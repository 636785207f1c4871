//! What the listener counts. Labels never hold anything about a guest.

use cardex_runtime::metrics::{
    Counter, Gauge, Histogram, Labelled, Metrics, latency_buckets_seconds,
};

/// The listener's metrics.
#[derive(Clone)]
pub(crate) struct Meters {
    pub(crate) events: Labelled<Counter, 1>,
    pub(crate) boards: Labelled<Counter, 2>,
    pub(crate) conflicts: Counter,
    pub(crate) again: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) backlog: Gauge,
    pub(crate) many_backlog: Gauge,
    pub(crate) board_seconds: Histogram,
    pub(crate) linked: Counter,
    pub(crate) links_backlog: Gauge,
    pub(crate) refused: Gauge,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let buckets = latency_buckets_seconds();
        Self {
            events: metrics.counters(
                "listener_events",
                "Events worked off, by how that ended",
                ["end"],
            ),
            boards: metrics.counters(
                "boards",
                "Board revisions published",
                ["property", "department"],
            ),
            conflicts: metrics.counter(
                "board_conflicts",
                "Boards computed again because another revision came in between",
            ),
            again: metrics.counter(
                "board_looks_again",
                "Stays looked at again because more had been known of them before",
            ),
            in_flight: metrics.gauge("listener_in_flight", "Events being worked off"),
            backlog: metrics.gauge(
                "listener_backlog",
                "Events that are not yet worked off, by all listeners together",
            ),
            many_backlog: metrics.gauge(
                "listener_many_backlog",
                "Hours and settings whose stays were not yet all looked at, by all listeners together",
            ),
            board_seconds: metrics.histogram(
                "board_seconds",
                "Time from the server's receipt of an event to its boards being acknowledged",
                &buckets,
            ),
            refused: metrics.gauge(
                "playbook_refused",
                "1 while the playbook in force has faults by the vocabulary in force, and the rules before serve",
            ),
            links_backlog: metrics.gauge(
                "links_backlog",
                "Events of which it is not yet known whom they let link, by all listeners together",
            ),
            linked: metrics.counter("links", "Links of guests published by Cardex itself"),
        }
    }
}
