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

/// One sentence for each place where two JSON documents differ: the same fields and lengths, leaves as `equal` has it,
/// and fractions to an absolute 1e-12 too.
pub fn document_differences(place: &str, want: &Value, got: &Value) -> Vec<String> {
    let inside = |names: &mut dyn Iterator<Item = (String, &Value, &Value)>| {
        names.flat_map(|(name, want, got)| document_differences(&format!("{place}.{name}"), want, got)).collect()
    };
    match (want, got) {
        (Value::Object(wanted), Value::Object(given)) if wanted.keys().eq(given.keys()) => {
            inside(&mut wanted.iter().map(|(name, want)| (name.clone(), want, &got[name.as_str()])))
        }
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            inside(&mut wanted.iter().zip(given).enumerate().map(|(nth, (want, got))| (nth.to_string(), want, got)))
        }
        _ if equal(want, got) => Vec::new(),
        _ => match (want.as_f64(), got.as_f64()) {
            (Some(a), Some(b)) if want.is_f64() && (a - b).abs() <= 1e-12 => Vec::new(),
            _ => vec![format!("{place}: expected {want}, got {got}")],
        },
    }
}
