//! What the aggregator counts. Labels never hold anything about a guest.

use cardex_runtime::metrics::{
    Counter, Gauge, Histogram, Labelled, Metrics, latency_buckets_seconds,
};

/// The aggregator's metrics.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    pub(crate) folded: Counter,
    pub(crate) duplicates: Counter,
    pub(crate) dead_letters: Labelled<Counter, 1>,
    pub(crate) reused_ids: Counter,
    pub(crate) unexplained_gaps: Counter,
    pub(crate) stream_end: Gauge,
    pub(crate) lag_events: Gauge,
    pub(crate) lag_seconds: Gauge,
    pub(crate) unassigned: Labelled<Gauge, 1>,
    pub(crate) commit_seconds: Histogram,
    pub(crate) answers: Labelled<Counter, 2>,
    pub(crate) answer_seconds: Labelled<Histogram, 1>,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let buckets = latency_buckets_seconds();
        Self {
            folded: metrics.counter(
                "events_folded",
                "Events applied to the store for the first time",
            ),
            duplicates: metrics.counter("events_repeated", "Events that were known already"),
            dead_letters: metrics.counters(
                "dead_letters",
                "Messages that could not be decoded or applied, by reason",
                ["code"],
            ),
            reused_ids: metrics.counter(
                "event_ids_reused",
                "Events whose id came before with other content",
            ),
            unexplained_gaps: metrics.counter(
                "stream_gaps_unexplained",
                "Gaps in the stream that nothing explains",
            ),
            stream_end: metrics.gauge("stream_end", "Last sequence of the stream, as far as known"),
            lag_events: metrics.gauge(
                "lag_events",
                "Events of the stream that are not yet applied",
            ),
            lag_seconds: metrics.gauge(
                "lag_seconds",
                "Age of the newest event applied while there is a lag",
            ),
            unassigned: metrics.gauges(
                "unassigned",
                "Observations of the last 30 days that are about nobody known",
                ["property"],
            ),
            commit_seconds: metrics.histogram(
                "commit_seconds",
                "Time of one commit, synced",
                &buckets,
            ),
            answers: metrics.counters("answers", "Questions answered", ["operation", "result"]),
            answer_seconds: metrics.histograms(
                "answer_seconds",
                "Time from question to answer",
                ["operation"],
                &buckets,
            ),
        }
    }
}
