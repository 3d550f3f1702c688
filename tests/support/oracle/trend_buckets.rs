//! The buckets of a trend over local days.

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, Utc};
use chrono_tz::Tz;

use super::local_time::local_day_start;
use super::periods::Period;

/// How fine a trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    Hour,
    Day,
    Week,
    Month,
}

impl Granularity {
    pub const ALL: [Granularity; 4] = [Granularity::Hour, Granularity::Day, Granularity::Week, Granularity::Month];

    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Granularity::Hour => "hour",
            Granularity::Day => "day",
            Granularity::Week => "week",
            Granularity::Month => "month",
        }
    }
}

/// One bucket: the start of the whole of it as its label, and the instants of it that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendBucket {
    pub label_start: DateTime<FixedOffset>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// The buckets of the local days `start` to `end`, both included; a day that clocks skipped whole has none.
pub fn trend_buckets(start: NaiveDate, end: NaiveDate, granularity: Granularity, tz: Tz) -> Vec<TrendBucket> {
    let mut buckets: Vec<TrendBucket> = Vec::new();
    for date in start.iter_days().take_while(|date| *date <= end) {
        let from = local_day_start(date, tz);
        let to = local_day_start(date + Days::new(1), tz);
        let whole = match granularity {
            Granularity::Hour => {
                buckets.extend(hours(from, to, tz));
                continue;
            }
            Granularity::Day => Period::Day,
            Granularity::Week => Period::Week,
            Granularity::Month => Period::Month,
        };
        let label_start = labelled(local_day_start(whole.first_day(date), tz), tz);
        match buckets.last_mut() {
            Some(bucket) if bucket.label_start == label_start => bucket.to = to,
            _ => buckets.push(TrendBucket { label_start, from, to }),
        }
    }
    buckets.retain(|bucket| bucket.from < bucket.to);
    buckets
}

/// Steps of 60 minutes from the day's first instant; the last is shorter where the day is no whole number of hours.
fn hours(day_from: DateTime<Utc>, day_to: DateTime<Utc>, tz: Tz) -> Vec<TrendBucket> {
    let mut buckets = Vec::new();
    let mut from = day_from;
    while from < day_to {
        let to = (from + Duration::hours(1)).min(day_to);
        buckets.push(TrendBucket { label_start: labelled(from, tz), from, to });
        from = to;
    }
    buckets
}

fn labelled(instant: DateTime<Utc>, tz: Tz) -> DateTime<FixedOffset> {
    instant.with_timezone(&tz).fixed_offset()
}
