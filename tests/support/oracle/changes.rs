//! What changed between two periods, and how much each side rests on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::metrics::Metrics;
use super::samples::Sample;

/// The change of a metric.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub change: Option<f64>,
    pub kind: &'static str,
    pub sample: i64,
    pub previous_sample: i64,
}

/// A period's metrics beside what they are made of.
#[derive(Debug, Clone)]
pub struct Measured {
    pub metrics: Metrics,
    pub samples: [(&'static str, Sample); 25],
}

/// The change of each metric from the previous period to the current one.
pub fn changes(current: &Measured, previous: &Measured) -> BTreeMap<&'static str, Change> {
    let (now, before) = (current.metrics.to_json(), previous.metrics.to_json());
    let pairs = current.samples.iter().zip(&previous.samples);
    let change = |((name, sample), (_, previous_sample)): (&(&'static str, Sample), &(&str, Sample))| {
        let (now, before) = (now[name].as_f64(), before[name].as_f64());
        let is_share = name.ends_with("_rate") || *name == "csat";
        let change = Change {
            change: if is_share { points(now, before) } else { relative(now, before) },
            kind: if is_share { "points" } else { "relative" },
            sample: sample.denominator,
            previous_sample: previous_sample.denominator,
        };
        (*name, change)
    };
    pairs.map(change).collect()
}

impl Change {
    /// The change under the names that the API uses.
    pub fn to_json(self) -> Value {
        json!({
            "change": self.change,
            "kind": self.kind,
            "sample": self.sample,
            "previous_sample": self.previous_sample,
        })
    }
}

fn points(now: Option<f64>, before: Option<f64>) -> Option<f64> {
    Some(now? - before?)
}

fn relative(now: Option<f64>, before: Option<f64>) -> Option<f64> {
    match (now?, before?) {
        (0.0, 0.0) => Some(0.0),
        (_, 0.0) => None,
        (now, before) => Some((now - before) / before),
    }
}
