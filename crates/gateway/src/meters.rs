//! What the gateway counts. Labels are names out of the file of vendors, never anything about a guest.

use cardex_runtime::metrics::{Counter, Gauge, Labelled, Metrics};

/// The gateway's metrics.
#[derive(Clone)]
pub(crate) struct Meters {
    /// Requests answered, by path and status.
    pub(crate) requests: Labelled<Counter, 2>,
    pub(crate) connections: Gauge,
    pub(crate) stalled: Counter,
    pub(crate) streams: Labelled<Gauge, 1>,
    pub(crate) sent: Labelled<Counter, 1>,
    pub(crate) outcomes: Labelled<Counter, 1>,
    /// Boards that a webhook is done with, by how that ended.
    pub(crate) webhook_boards: Labelled<Counter, 2>,
    pub(crate) webhook_failures: Labelled<Counter, 1>,
    pub(crate) webhook_backlog: Labelled<Gauge, 1>,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            requests: metrics.counters(
                "gateway_requests",
                "Requests answered, by path and status",
                ["path", "status"],
            ),
            connections: metrics.gauge("gateway_connections", "Connections that are open"),
            stalled: metrics.counter(
                "gateway_stalled",
                "Connections cut off because nothing of what was sent was taken",
            ),
            streams: metrics.gauges(
                "gateway_streams",
                "Streams of events that are open, by client",
                ["client"],
            ),
            sent: metrics.counters(
                "gateway_boards_sent",
                "Boards handed out in streams of events, by client",
                ["client"],
            ),
            outcomes: metrics.counters(
                "gateway_outcomes",
                "Outcomes published, by client",
                ["client"],
            ),
            webhook_boards: metrics.counters(
                "gateway_webhook_boards",
                "Boards that a webhook is done with, by how that ended",
                ["webhook", "end"],
            ),
            webhook_failures: metrics.counters(
                "gateway_webhook_failures",
                "Attempts at which a receiver did not take a board",
                ["webhook"],
            ),
            webhook_backlog: metrics.gauges(
                "gateway_webhook_backlog",
                "Boards that a receiver has not taken yet",
                ["webhook"],
            ),
        }
    }
}
