//! The registry of a process's metrics, as OpenMetrics text. Thin, so that services name no metrics library.
//!
//! Every name gets the prefix `cardex_`; counters get the suffix `_total` when encoded. Label values are names out of
//! configuration or code (a department, an outcome): few, and never a guest, a stay or a room.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::registry::Registry;

/// A number that only grows.
pub type Counter = prometheus_client::metrics::counter::Counter;
/// A whole number that goes up and down.
pub type Gauge = prometheus_client::metrics::gauge::Gauge;
/// A fraction that goes up and down, such as a lag in seconds.
pub type FloatGauge = prometheus_client::metrics::gauge::Gauge<f64, AtomicU64>;
pub use prometheus_client::metrics::histogram::Histogram;

/// Content type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PREFIX: &str = "cardex";

/// Upper bounds for latencies, in seconds: from 0.1 ms, below which the bus itself has its noise, to 10 s.
#[must_use]
pub fn latency_buckets_seconds() -> [f64; 16] {
    [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
        5.0, 10.0,
    ]
}

/// The registry. Clones are the same registry.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    registry: Registry,
    names: BTreeSet<String>,
}

/// Metrics of one name that differ in their labels.
#[derive(Clone)]
pub struct Labelled<M, const N: usize> {
    labels: [&'static str; N],
    family: Family<[(&'static str, String); N], M, Make<M>>,
}

impl Metrics {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            registry: Registry::with_prefix(PREFIX),
            names: BTreeSet::new(),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Registers a counter; `folded` is read as `cardex_folded_total`.
    ///
    /// # Panics
    /// When the name is taken, as every registration does: two owners of one metric are a mistake in the program.
    #[must_use]
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        self.register(name, help, Counter::default())
    }

    /// Registers a gauge of whole numbers. Panics when the name is taken.
    #[must_use]
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.register(name, help, Gauge::default())
    }

    /// Registers a gauge of fractions. Panics when the name is taken.
    #[must_use]
    pub fn float_gauge(&self, name: &str, help: &str) -> FloatGauge {
        self.register(name, help, FloatGauge::default())
    }

    /// Registers a histogram with the given upper bounds. Panics when the name is taken.
    #[must_use]
    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.register(name, help, Histogram::new(buckets.iter().copied()))
    }

    /// Registers counters that differ in labels. Panics when the name is taken.
    #[must_use]
    pub fn counters<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
    ) -> Labelled<Counter, N> {
        self.labelled(name, help, labels, Counter::default)
    }

    /// Registers gauges that differ in labels. Panics when the name is taken.
    #[must_use]
    pub fn gauges<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
    ) -> Labelled<Gauge, N> {
        self.labelled(name, help, labels, Gauge::default)
    }

    /// Registers histograms that differ in labels. Panics when the name is taken.
    #[must_use]
    pub fn histograms<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        buckets: &[f64],
    ) -> Labelled<Histogram, N> {
        let buckets = buckets.to_vec();
        self.labelled(name, help, labels, move || {
            Histogram::new(buckets.iter().copied())
        })
    }

    /// All metrics as OpenMetrics text.
    ///
    /// # Errors
    /// When a metric can't be written as text.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.lock().registry)?;
        Ok(text)
    }

    fn labelled<M, const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        make: impl Fn() -> M + Send + Sync + 'static,
    ) -> Labelled<M, N>
    where
        M: Clone + fmt::Debug + EncodeMetric + TypedMetric + Send + Sync + 'static,
    {
        let family = Family::new_with_constructor(Make(Arc::new(make)));
        Labelled {
            labels,
            family: self.register(name, help, family),
        }
    }

    fn register<M>(&self, name: &str, help: &str, metric: M) -> M
    where
        M: Clone + fmt::Debug + EncodeMetric + Send + Sync + 'static,
    {
        let mut inner = self.lock();
        let fresh = inner.names.insert(name.to_owned());
        assert!(fresh, "metric {PREFIX}_{name} is registered twice");
        inner.registry.register(name, help, metric.clone());
        metric
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("names", &self.lock().names)
            .finish()
    }
}

impl<M: Clone + TypedMetric, const N: usize> Labelled<M, N> {
    /// The metric with these label values, in the order of the labels; keep it where it is used often.
    #[must_use]
    pub fn with(&self, values: [&str; N]) -> M {
        let labels = std::array::from_fn(|i| (self.labels[i], values[i].to_owned()));
        self.family.get_or_create_owned(&labels)
    }
}

impl<M, const N: usize> fmt::Debug for Labelled<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labelled")
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

/// Makes a family's next member; a type of its own because histograms need their buckets.
struct Make<M>(Arc<dyn Fn() -> M + Send + Sync>);

impl<M> Clone for Make<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> MetricConstructor<M> for Make<M> {
    fn new_metric(&self) -> M {
        (self.0)()
    }
}
