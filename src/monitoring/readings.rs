//! Gauges that are read when somebody asks, rather than kept.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

type Read = Box<dyn Fn() -> Vec<(String, f64)> + Send + Sync>;

/// A gauge, and how to read it.
pub struct Reading {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    read: Read,
}

impl Reading {
    /// A gauge with one value; none while it cannot be read.
    pub fn one(name: &'static str, help: &'static str, read: impl Fn() -> Option<f64> + Send + Sync + 'static) -> Self {
        Self {
            name,
            help,
            label: "",
            read: Box::new(move || read().map(|value| (String::new(), value)).into_iter().collect()),
        }
    }

    /// A gauge with a value for each of some things, told apart by `label`.
    pub fn each(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        read: impl Fn() -> Vec<(String, f64)> + Send + Sync + 'static,
    ) -> Self {
        Self { name, help, label, read: Box::new(read) }
    }
}

/// Readings as a part of a registry.
pub(super) struct Readings(pub(super) Vec<Reading>);

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        for reading in &self.0 {
            let values = (reading.read)();
            let samples = values.iter().map(|(label, value)| (label.as_str(), *value));
            gauge(&mut encoder, reading.name, reading.help, reading.label, samples)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|reading| reading.name)).finish()
    }
}

/// Writes a gauge with its samples; nothing if there are none. An empty `label` is none.
pub(super) fn gauge<'a>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    label: &str,
    samples: impl IntoIterator<Item = (&'a str, f64)>,
) -> Result<(), fmt::Error> {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return Ok(());
    }
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (value_of_label, value) in samples {
        if label.is_empty() {
            metric.encode_gauge(&value)?;
        } else {
            metric.encode_family(&[(label, value_of_label)])?.encode_gauge(&value)?;
        }
    }
    Ok(())
}
