//! What is asked of a server about a store.

use chrono::{Duration, NaiveDate};

use crate::generator::{Generator, Store};

/// A calendar period of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// As requests name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// The dashboard of a period so far.
#[must_use]
pub fn dashboard(store: &Store, period: Period) -> String {
    format!("/api/v1/analytics/dashboard?store_id={}&period={}", store.id, period.name())
}

/// The metrics of local days, compared with nothing.
#[must_use]
pub fn metrics(store: &Store, days: (NaiveDate, NaiveDate)) -> String {
    format!("/api/v1/analytics/metrics?{}&compare=none", of_days(store, days))
}

/// The metrics of each of some local days.
#[must_use]
pub fn trends(store: &Store, days: (NaiveDate, NaiveDate)) -> String {
    format!("/api/v1/analytics/conversations/trends?{}&granularity=day", of_days(store, days))
}

/// The return on investment in the last local days.
#[must_use]
pub fn roi(store: &Store, period_days: i64) -> String {
    format!("/api/v1/analytics/roi?store_id={}&period_days={period_days}", store.id)
}

/// The conversations of local days as CSV.
#[must_use]
pub fn export(store: &Store, days: (NaiveDate, NaiveDate)) -> String {
    format!("/api/v1/analytics/export?{}&dataset=conversations&format=csv", of_days(store, days))
}

/// So many of a store's local days up to the last that is over in its data.
#[must_use]
pub fn last_days(generator: &Generator, store: &Store, count: i64) -> (NaiveDate, NaiveDate) {
    let last = (generator.until() - Duration::days(1)).with_timezone(&store.timezone).date_naive();
    (last - Duration::days(count - 1), last)
}

fn of_days(store: &Store, (first, last): (NaiveDate, NaiveDate)) -> String {
    format!("store_id={}&start_date={first}&end_date={last}", store.id)
}
