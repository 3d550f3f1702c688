//! Compares what the API answered with what the oracle expects.

use serde_json::Value;

use super::metrics::Metrics;

/// One sentence for each metric that is missing or wrong in `actual`; fields that the oracle does not know are ignored.
///
/// Counts must be equal integers, fractions equal to a relative 1e-9, and null only matches null.
pub fn differences(expected: &Metrics, actual: &Value) -> Vec<String> {
    let expected = expected.to_json();
    let fields = expected.as_object().unwrap();
    let difference = |(name, want): (&String, &Value)| match actual.get(name) {
        None => Some(format!("{name}: expected {want}, is missing")),
        Some(got) if !equal(want, got) => Some(format!("{name}: expected {want}, got {got}")),
        Some(_) => None,
    };
    fields.iter().filter_map(difference).collect()
}

/// Whether two JSON values are the same metric: integers exactly, fractions to a relative 1e-9.
pub fn equal(want: &Value, got: &Value) -> bool {
    if !want.is_f64() {
        return want == got;
    }
    match (want.as_f64(), got.as_f64()) {
        (Some(want), Some(got)) => (want - got).abs() <= 1e-9 * want.abs().max(got.abs()),
        _ => false,
    }
}
