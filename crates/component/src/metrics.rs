//! What components count: typed fields, one place that names them.
//!
//! The names are stable: `weir_<kind>_<noun>_<unit>`, labelled with the component's name.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Labels: which component, of which pipeline.
type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter<u64, AtomicU64>>;
type Gauges = Family<Labels, Gauge<i64, AtomicI64>>;

/// Every metric of the process.
#[derive(Clone)]
pub struct Meters {
    registry: Arc<Mutex<Registry>>,
    families: Arc<Families>,
}

macro_rules! families {
    ($($field:ident: $kind:ty = $name:literal, $help:literal;)*) => {
        struct Families { $($field: $kind),* }

        impl Families {
            fn register(registry: &mut Registry) -> Self {
                let families = Self { $($field: <$kind>::default()),* };
                $(registry.register($name, $help, families.$field.clone());)*
                families
            }
        }
    };
}

families! {
    input_events: Counters = "input_events", "Events read";
    input_bytes: Counters = "input_bytes", "Bytes read, line ends included";
    input_errors: Counters = "input_errors", "Attempts to read that the system refused";
    input_cut: Counters = "input_cut_lines", "Lines that were cut at the length limit";
    input_rereads: Counters = "input_rereads", "Times reading started again at the last safe position";
    input_truncations: Counters = "input_truncations", "Files that became shorter or were overwritten while being read";
    input_unread: Counters = "input_truncated_unread_bytes", "Bytes that were known to exist in files when these were truncated before weir had read them";
    input_files: Gauges = "input_files", "Files known";
    input_open_files: Gauges = "input_open_files", "Files held open";
    input_lag_bytes: Gauges = "input_lag_bytes", "Bytes of a file that were not read and delivered yet";
    input_lag_seconds: Gauges = "input_lag_seconds", "Seconds since a file with undelivered bytes was last caught up with";
    filter_dropped: Counters = "filter_dropped_events", "Events dropped by rule";
    filter_failed: Counters = "filter_failed_events", "Events tagged because a filter could not do its work";
    output_events: Counters = "output_events", "Events delivered";
    output_bytes: Counters = "output_bytes", "Bytes delivered, before compression";
    output_sent_bytes: Counters = "output_sent_bytes", "Bytes sent, retries included, after compression";
    output_duplicates: Counters = "output_duplicate_events", "Events that the other side already had";
    output_dead: Counters = "output_dead_lettered_events", "Events refused for good and kept in the dead-letter file";
    output_retries: Counters = "output_retries", "Requests sent again";
    output_buffer: Gauges = "output_buffer_bytes", "Bytes waiting or under way";
    output_buffer_max: Gauges = "output_buffer_max_bytes", "Bytes that may wait before the inputs have to";
    output_healthy: Gauges = "output_healthy", "1 while the last request went well, 0 while retrying";
}

impl Meters {
    /// A fresh registry.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("weir");
        let families = Arc::new(Families::register(&mut registry));
        Self { registry: Arc::new(Mutex::new(registry)), families }
    }

    /// The Prometheus (`OpenMetrics`) text of all metrics.
    #[must_use]
    pub fn text(&self) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)
            .expect("writing to a string cannot fail");
        text
    }

    /// Registers the version of the program as `weir_build_info`.
    pub fn set_version(&self, version: &str) {
        let info =
            prometheus_client::metrics::info::Info::new(vec![("version", version.to_owned())]);
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register("build", "The running program", info);
    }

    /// What one input counts.
    #[must_use]
    pub fn input(&self, pipeline: &str, name: &str) -> InputCounters {
        let labels = labels(pipeline, "input", name);
        let families = &self.families;
        InputCounters {
            events: families.input_events.get_or_create_owned(&labels),
            bytes: families.input_bytes.get_or_create_owned(&labels),
            errors: families.input_errors.get_or_create_owned(&labels),
            cut: families.input_cut.get_or_create_owned(&labels),
            rereads: families.input_rereads.get_or_create_owned(&labels),
            truncations: families.input_truncations.get_or_create_owned(&labels),
            unread: families.input_unread.get_or_create_owned(&labels),
            files: families.input_files.get_or_create_owned(&labels),
            open_files: families.input_open_files.get_or_create_owned(&labels),
            labels,
            families: self.families.clone(),
        }
    }

    /// What one filter counts.
    #[must_use]
    pub fn filter(&self, pipeline: &str, name: &str) -> FilterCounters {
        let labels = labels(pipeline, "filter", name);
        FilterCounters {
            dropped: self.families.filter_dropped.get_or_create_owned(&labels),
            failed: self.families.filter_failed.get_or_create_owned(&labels),
        }
    }

    /// What one output counts.
    #[must_use]
    pub fn output(&self, pipeline: &str, name: &str) -> OutputCounters {
        let labels = labels(pipeline, "output", name);
        let families = &self.families;
        OutputCounters {
            events: families.output_events.get_or_create_owned(&labels),
            bytes: families.output_bytes.get_or_create_owned(&labels),
            sent_bytes: families.output_sent_bytes.get_or_create_owned(&labels),
            duplicates: families.output_duplicates.get_or_create_owned(&labels),
            dead: families.output_dead.get_or_create_owned(&labels),
            retries: families.output_retries.get_or_create_owned(&labels),
            buffer: families.output_buffer.get_or_create_owned(&labels),
            buffer_max: families.output_buffer_max.get_or_create_owned(&labels),
            healthy: families.output_healthy.get_or_create_owned(&labels),
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

fn labels(pipeline: &str, kind: &'static str, name: &str) -> Labels {
    vec![("pipeline", pipeline.to_owned()), (kind, name.to_owned())]
}

/// What an input counts; see the help text of each metric.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is described where it is named, in `families!`")]
pub struct InputCounters {
    pub events: Counter,
    pub bytes: Counter,
    pub errors: Counter,
    pub cut: Counter,
    pub rereads: Counter,
    pub truncations: Counter,
    pub unread: Counter,
    pub files: Gauge,
    pub open_files: Gauge,
    labels: Labels,
    families: Arc<Families>,
}

impl InputCounters {
    /// Sets how far behind a file is, in bytes and seconds.
    pub fn set_lag(&self, path: &str, bytes: u64, seconds: u64) {
        let labels = self.file_labels(path);
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.families.input_lag_bytes.get_or_create(&labels).set(gauge(bytes));
        self.families.input_lag_seconds.get_or_create(&labels).set(gauge(seconds));
    }

    /// Forgets a file's lag.
    pub fn forget_lag(&self, path: &str) {
        let labels = self.file_labels(path);
        self.families.input_lag_bytes.remove(&labels);
        self.families.input_lag_seconds.remove(&labels);
    }

    fn file_labels(&self, path: &str) -> Labels {
        let mut labels = self.labels.clone();
        labels.push(("path", path.to_owned()));
        labels
    }
}

/// What a filter counts.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is described where it is named, in `families!`")]
pub struct FilterCounters {
    pub dropped: Counter,
    pub failed: Counter,
}

/// What an output counts.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is described where it is named, in `families!`")]
pub struct OutputCounters {
    pub events: Counter,
    pub bytes: Counter,
    pub sent_bytes: Counter,
    pub duplicates: Counter,
    pub dead: Counter,
    pub retries: Counter,
    pub buffer: Gauge,
    pub buffer_max: Gauge,
    pub healthy: Gauge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_carry_their_component() {
        let meters = Meters::new();
        meters.input("web", "nginx").events.inc_by(3);
        meters.input("web", "nginx").set_lag("/var/log/a.log", 7, 2);
        let text = meters.text();
        assert!(
            text.contains("weir_input_events_total{pipeline=\"web\",input=\"nginx\"} 3"),
            "{text}"
        );
        assert!(
            text.contains(
                "weir_input_lag_bytes{pipeline=\"web\",input=\"nginx\",path=\"/var/log/a.log\"} 7"
            ),
            "{text}"
        );
        meters.input("web", "nginx").forget_lag("/var/log/a.log");
        assert!(!meters.text().contains("/var/log/a.log"));
    }
}
