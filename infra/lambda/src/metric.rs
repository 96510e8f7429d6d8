//! Numbers as CloudWatch's embedded metrics: one line a set of labels and an event, written to the log.

use metrics::{Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

const NAMESPACE: &str = "Crossdock";

/// Values of one metric in one line, at most: CloudWatch takes a hundred.
const VALUES: usize = 100;

static NUMBERS: OnceLock<Numbers> = OnceLock::new();

/// Numbers since they were last written.
#[derive(Debug, Clone, Default)]
struct Numbers {
    cells: Arc<Mutex<BTreeMap<Cell, Vec<f64>>>>,
}

/// Names and values, in order.
type Labels = Vec<(String, String)>;

/// Metrics by name, with their values.
type Values = Vec<(String, Vec<f64>)>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    labels: Labels,
    name: String,
    /// Added up; else each value is kept.
    counts: bool,
}

#[derive(Debug)]
struct Handle {
    numbers: Numbers,
    cell: Cell,
}

impl Numbers {
    fn handle(&self, key: &Key, counts: bool) -> Arc<Handle> {
        let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
        Arc::new(Handle { numbers: self.clone(), cell: Cell { labels, name: key.name().to_owned(), counts } })
    }

    fn take(&self) -> BTreeMap<Cell, Vec<f64>> {
        std::mem::take(&mut *self.cells.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Handle {
    fn note(&self, value: f64) {
        let mut cells = self.numbers.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let values = cells.entry(self.cell.clone()).or_default();
        if self.cell.counts && !values.is_empty() {
            values[0] += value;
        } else if values.len() < VALUES {
            values.push(value);
        }
    }
}

impl CounterFn for Handle {
    fn increment(&self, value: u64) {
        self.note(value as f64);
    }

    fn absolute(&self, _value: u64) {}
}

impl HistogramFn for Handle {
    fn record(&self, value: f64) {
        self.note(value);
    }
}

impl Recorder for Numbers {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.handle(key, true))
    }

    /// What stands at one process says nothing about all of them.
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.handle(key, false))
    }
}

/// Starts counting.
pub(crate) fn install() {
    let numbers = NUMBERS.get_or_init(Numbers::default);
    // Twice does nothing.
    let _ = metrics::set_global_recorder(numbers.clone());
}

/// Writes what was counted since the last time.
pub(crate) fn flush(program: &str) {
    let Some(numbers) = NUMBERS.get() else { return };
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let mut out = std::io::stdout().lock();
    for line in lines(numbers.take(), program, u64::try_from(at).unwrap_or(u64::MAX)) {
        let _ = writeln!(out, "{line}");
    }
}

fn lines(cells: BTreeMap<Cell, Vec<f64>>, program: &str, at: u64) -> Vec<Value> {
    let mut by_labels: BTreeMap<Labels, Values> = BTreeMap::new();
    for (cell, values) in cells {
        by_labels.entry(cell.labels).or_default().push((cell.name, values));
    }
    let line = |(labels, metrics): (Labels, Values)| {
        let mut line = Map::from_iter([("program".to_owned(), Value::from(program))]);
        let names: Vec<&str> = std::iter::once("program").chain(labels.iter().map(|(name, _)| name.as_str())).collect();
        let told: Vec<Value> = metrics.iter().map(|(name, _)| json!({"Name": name})).collect();
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": told});
        line.insert("_aws".into(), json!({"Timestamp": at, "CloudWatchMetrics": [directive]}));
        line.extend(labels.into_iter().map(|(name, value)| (name, Value::from(value))));
        for (name, values) in metrics {
            let value = if let [one] = values.as_slice() { json!(one) } else { json!(values) };
            line.insert(name, value);
        }
        Value::Object(line)
    };
    by_labels.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_once_with_their_labels() {
        let numbers = Numbers::default();
        metrics::with_local_recorder(&numbers, || {
            metrics::counter!("orders_total", "carrier" => "swiftpost").increment(2);
            metrics::counter!("orders_total", "carrier" => "swiftpost").increment(1);
            metrics::histogram!("seconds", "carrier" => "swiftpost").record(0.5);
            metrics::histogram!("seconds", "carrier" => "swiftpost").record(0.25);
            metrics::gauge!("waiting").set(4.0);
        });
        let told = lines(numbers.take(), "dispatcher", 7);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["orders_total"], json!(3.0));
        assert_eq!(told[0]["seconds"], json!([0.5, 0.25]));
        let directive = &told[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["program", "carrier"]]));
        assert!(numbers.take().is_empty());
    }
}
