//! How each metric differs from the period it is compared with, and over how many each was taken.

use serde::{Serialize, Serializer};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::definitions::{Kind, METRICS};

/// The changes of all metrics, by name.
pub struct Changes(Vec<(&'static str, Difference)>);

#[derive(Serialize)]
struct Difference {
    change: Option<f64>,
    kind: &'static str,
    sample: i64,
    previous_sample: i64,
}

impl Changes {
    /// Compares two rows of metrics.
    ///
    /// # Errors
    /// When a row lacks a metric.
    pub fn between(current: &Row, previous: &Row) -> Result<Self, tokio_postgres::Error> {
        let changes = METRICS.iter().map(|metric| {
            let difference = Difference {
                change: change(metric.kind, number(current, metric.name)?, number(previous, metric.name)?),
                kind: metric.kind.name(),
                sample: current.try_get(metric.sample)?,
                previous_sample: previous.try_get(metric.sample)?,
            };
            Ok((metric.name, difference))
        });
        Ok(Self(changes.collect::<Result<_, _>>()?))
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, difference)| (name, difference)))
    }
}

/// None where a value is missing, or where something is compared with nothing.
fn change(kind: Kind, current: Option<f64>, previous: Option<f64>) -> Option<f64> {
    let (current, previous) = (current?, previous?);
    match kind {
        Kind::Points => Some(current - previous),
        Kind::Relative if previous != 0.0 => Some((current - previous) / previous),
        Kind::Relative => (current == 0.0).then_some(0.0),
    }
}

/// A number of a row, whatever its type.
#[allow(clippy::cast_precision_loss, reason = "2^53 conversations are out of reach")]
fn number(row: &Row, name: &str) -> Result<Option<f64>, tokio_postgres::Error> {
    let is_integer = row.columns().iter().any(|column| column.name() == name && *column.type_() == Type::INT8);
    if is_integer {
        return Ok(row.try_get::<_, Option<i64>>(name)?.map(|count| count as f64));
    }
    row.try_get(name)
}
