//! Times in order of size.

use std::time::Duration;

/// How long requests took.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of times in any order.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many percent did not exceed; zero when there is none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
    pub fn percentile(&self, percent: f64) -> Duration {
        let place = (self.0.len() as f64 * percent / 100.0).ceil() as usize;
        self.0.get(place.saturating_sub(1).min(self.0.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// The percentile in milliseconds.
    #[must_use]
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        self.percentile(percent).as_secs_f64() * 1e3
    }
}
