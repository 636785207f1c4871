//! Names, labels and the text that scrapers read.

use super::{Metrics, latency_buckets_seconds};

#[test]
fn everything_registered_is_in_the_text() {
    let metrics = Metrics::new();
    let folded = metrics.counter("folded", "Events folded");
    let lag = metrics.gauge("lag_events", "Events not yet folded");
    let lag_seconds = metrics.float_gauge("lag_seconds", "Age of the oldest event not yet folded");
    let boards = metrics.counters("boards", "Boards published", ["property", "department"]);
    let latency = metrics.histogram("apply_seconds", "Time to apply", &latency_buckets_seconds());
    let queries = metrics.histograms("query_seconds", "Time to answer", ["op"], &[0.5, 1.0]);

    folded.inc_by(3);
    lag.set(-2);
    lag_seconds.set(0.25);
    boards.with(["mfm1", "front_desk"]).inc();
    boards.with(["mfm1", "front_desk"]).inc();
    boards.with(["mfm1", "floor"]).inc();
    latency.observe(0.0002);
    queries.with(["get"]).observe(0.7);

    let text = metrics.encode().expect("the metrics are text");
    let lines: Vec<_> = text.lines().collect();
    for expected in [
        "cardex_folded_total 3",
        "cardex_lag_events -2",
        "cardex_lag_seconds 0.25",
        "cardex_boards_total{property=\"mfm1\",department=\"front_desk\"} 2",
        "cardex_boards_total{property=\"mfm1\",department=\"floor\"} 1",
        "cardex_apply_seconds_bucket{le=\"0.0001\"} 0",
        "cardex_apply_seconds_bucket{le=\"0.00025\"} 1",
        "cardex_query_seconds_bucket{le=\"0.5\",op=\"get\"} 0",
        "cardex_query_seconds_count{op=\"get\"} 1",
        "# EOF",
    ] {
        assert!(lines.contains(&expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn buckets_rise() {
    let buckets = latency_buckets_seconds();
    assert!(buckets.is_sorted_by(|left, right| left < right));
}

#[test]
#[should_panic(expected = "cardex_folded is registered twice")]
fn a_name_has_one_owner() {
    let metrics = Metrics::new();
    let _first = metrics.counter("folded", "Events folded");
    let _second = metrics.clone().gauge("folded", "Events folded");
}
