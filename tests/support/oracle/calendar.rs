//! Local days, periods and trend buckets of a shop, found by scanning the clock minute by minute.

pub use super::local_time::{day_range, local_day_start};
pub use super::periods::{Period, period, period_days, previous_period, previous_year};
pub use super::trend_buckets::{Granularity, TrendBucket, trend_buckets};

use chrono::{DateTime, Utc};

/// Half-open: from its first instant up to, and without, its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}
