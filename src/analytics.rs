//! Numbers about conversations: each endpoint takes its parameters apart, runs the SQL file of its name, and replies.

pub mod breakdown;
mod changes;
pub mod dashboard;
pub mod definitions;
mod explain;
pub mod export;
pub mod live;
pub mod metrics;
pub mod performance;
pub mod quality;
pub mod ranges;
pub mod roi;
pub mod trends;

/// By how much the number of conversations grew, as a share of the earlier number: 0.25 is a quarter more.
///
/// From nothing to something is 1.0, from nothing to nothing 0.0; none without a comparison.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "2^53 conversations are out of reach")]
pub fn growth_rate(current: i64, previous: Option<i64>) -> Option<f64> {
    match previous? {
        0 if current > 0 => Some(1.0),
        0 => Some(0.0),
        previous => Some((current - previous) as f64 / previous as f64),
    }
}
